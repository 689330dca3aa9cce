//! Giving money back: the form, and the question before it is done.

use super::parts::{Field, Problem, Select};
use super::shell::Shell;
use askama::Template;

/// `GET` and `POST /admin/payments/{id}/refund`, and `/admin/credit-notes/{id}/refund`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/refund.html")]
pub struct RefundPage {
    pub shell: Shell,
    /// Posted to.
    pub action: String,
    /// `Refund a payment`
    pub title: String,
    /// What the money is, and how much of it can be given back.
    pub intro: String,
    /// What of it was for the invoice and what the fee, if it bore one.
    pub shares: Option<String>,
    /// Why nothing is left to refund, if so: then there is no form.
    pub refused: Option<String>,
    /// So that a double click refunds once.
    pub nonce: String,
    pub problems: Vec<Problem>,
    /// `amount`
    pub amount: Field,
    /// `reason`; `None` where the credit note says it.
    pub reason: Option<Select>,
    /// `method`: how it is given back; `None` if Stripe does that.
    pub method: Option<Select>,
    /// Asked before it is done.
    pub question: Option<Question>,
    pub cancel_url: String,
}

/// What is about to happen, to be confirmed.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// `119.00 €`
    pub amount: String,
    /// `Refund 119.00 € to Visa ending 4242?`
    pub title: String,
    /// A paragraph each.
    pub text: Vec<String>,
    /// `reason` and `method` as they were chosen.
    pub reason: String,
    pub method: String,
}

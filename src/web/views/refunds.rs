//! Giving money back: the form, and the question before it is done.

use super::parts::{Field, Problem, Select};
use super::shell::Shell;
use askama::Template;

/// `GET` and `POST /admin/payments/{id}/refund`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/refund.html")]
pub struct RefundPage {
    pub shell: Shell,
    /// Posted to.
    pub action: String,
    /// `2026-0042`
    pub number: String,
    /// `Visa ending 4242`
    pub method: String,
    /// What the payment brought.
    pub paid: String,
    /// What of it can still be given back.
    pub most: String,
    /// What of it was for the invoice and what the fee, if it bore one.
    pub shares: Option<String>,
    /// Why nothing can be refunded, if so: then there is no form.
    pub refused: Option<String>,
    /// So that a double click refunds once.
    pub nonce: String,
    pub problems: Vec<Problem>,
    /// `amount`
    pub amount: Field,
    /// `reason`
    pub reason: Select,
    /// Asked before it is done.
    pub question: Option<Question>,
    pub cancel_url: String,
}

/// What is about to happen, to be confirmed.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// `119.00 €`
    pub amount: String,
    /// A paragraph each.
    pub text: Vec<String>,
    /// `reason` as it was chosen.
    pub reason: String,
}

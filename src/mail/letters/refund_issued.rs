//! Money goes back to the customer: how much, to where, and when it will be there.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};
use crate::words::Words;

pub struct RefundIssued {
    pub letterhead: Letterhead,
    pub customer: String,
    pub number: String,
    pub amount: String,
    pub issued_on: String,
    /// As the payer knows it: "Visa ending 4242".
    pub method: String,
    pub arrives: Arrives,
    /// The credit note that it pays back, if it does.
    pub note: Option<RefundedNote>,
    /// The public page.
    pub url: String,
}

/// What the customer is to know of a credit note that is paid back.
pub struct RefundedNote {
    pub number: String,
    pub amount: String,
    /// As the owner wrote it, if at all.
    pub reason: Option<String>,
    /// Its page.
    pub url: String,
}

/// How the money gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrives {
    /// Through the bank of the card or the account that paid, in its own time.
    InDays,
    /// Stripe has to be told first where to send it.
    WhenAnswered,
    /// The business gave it back itself.
    ByHand,
}

#[derive(Template)]
#[template(path = "mail/refund_issued.txt")]
struct Text<'a> {
    view: &'a RefundIssued,
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/refund_issued.html")]
struct Html<'a> {
    view: &'a RefundIssued,
    t: Words,
    subject: &'a str,
}

impl RefundIssued {
    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let subject = subject(&t.refund_subject(&self.amount, &self.number));
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

//! A delayed method failed, days after the payer thought it done. The invoice is open again.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};
use crate::words::Words;

pub struct PaymentFailedDelayed {
    pub letterhead: Letterhead,
    pub customer: String,
    pub number: String,
    pub amount: String,
    pub method: String,
    /// What the bank said, in plain words, if it said anything.
    pub reason: Option<String>,
    /// The public page.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/payment_failed_delayed.txt")]
struct Text<'a> {
    view: &'a PaymentFailedDelayed,
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/payment_failed_delayed.html")]
struct Html<'a> {
    view: &'a PaymentFailedDelayed,
    t: Words,
    subject: &'a str,
}

impl PaymentFailedDelayed {
    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let subject = subject(&t.failed_subject(&self.number));
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

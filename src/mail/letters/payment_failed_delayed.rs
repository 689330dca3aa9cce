//! A delayed method failed, days after the payer thought it done. The invoice is open again.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};

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
}

#[derive(Template)]
#[template(path = "mail/payment_failed_delayed.html")]
struct Html<'a> {
    view: &'a PaymentFailedDelayed,
    subject: &'a str,
}

impl PaymentFailedDelayed {
    pub fn render(&self) -> Result<Content, LetterError> {
        let subject = subject(&format!("Your payment for invoice {} could not be completed", self.number));
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

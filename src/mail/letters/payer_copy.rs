//! A copy of the receipt, for a payer who gave another address than the invoice has.

use askama::Template;

use super::{Content, LetterError, Letterhead, Received, subject};

pub struct PayerCopy {
    pub letterhead: Letterhead,
    pub received: Received,
    /// The receipt's page.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/payer_copy.txt")]
struct Text<'a> {
    view: &'a PayerCopy,
}

#[derive(Template)]
#[template(path = "mail/payer_copy.html")]
struct Html<'a> {
    view: &'a PayerCopy,
    subject: &'a str,
}

impl PayerCopy {
    pub fn render(&self) -> Result<Content, LetterError> {
        let subject =
            subject(&format!("Copy of your receipt for invoice {}: {}", self.received.number, self.received.amount));
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

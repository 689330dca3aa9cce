//! The receipt of one payment.

use askama::Template;

use super::{Content, LetterError, Letterhead, Received, subject};

pub struct Receipt {
    pub letterhead: Letterhead,
    pub received: Received,
    /// What is still to be paid; nothing if the invoice is paid in full.
    pub remaining: Option<String>,
    /// What of that comes next, and when: `€300.00, due on 6 December 2026`.
    pub next: Option<String>,
    /// The receipt's page.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/receipt.txt")]
struct Text<'a> {
    view: &'a Receipt,
}

#[derive(Template)]
#[template(path = "mail/receipt.html")]
struct Html<'a> {
    view: &'a Receipt,
    subject: &'a str,
}

impl Receipt {
    pub fn render(&self) -> Result<Content, LetterError> {
        let subject = subject(&format!("Receipt for invoice {}: {}", self.received.number, self.received.amount));
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

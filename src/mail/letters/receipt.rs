//! The receipt of one payment.

use askama::Template;

use super::{Content, LetterError, Letterhead, Received, subject};
use crate::words::Words;

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
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/receipt.html")]
struct Html<'a> {
    view: &'a Receipt,
    t: Words,
    subject: &'a str,
}

impl Receipt {
    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let subject = subject(&t.receipt_subject(&self.received.number, &self.received.amount));
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

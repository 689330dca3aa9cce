//! A copy of the receipt, for a payer who gave another address than the invoice has.

use askama::Template;

use super::{Content, LetterError, Letterhead, Received, subject};
use crate::words::Words;

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
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/payer_copy.html")]
struct Html<'a> {
    view: &'a PayerCopy,
    t: Words,
    subject: &'a str,
}

impl PayerCopy {
    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let subject = subject(&t.copy_subject(&self.received.number, &self.received.amount));
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

//! A credit note: what was taken back of an invoice, and what becomes of the money.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};
use crate::words::Words;

pub struct CreditNote {
    pub letterhead: Letterhead,
    pub customer: String,
    /// The credit note's number.
    pub note: String,
    /// The invoice's number.
    pub number: String,
    pub amount: String,
    /// As the owner wrote it, if at all.
    pub reason: Option<String>,
    /// What is still to be paid on the invoice, if anything is.
    pub remaining: Option<String>,
    /// What is kept for other invoices.
    pub kept: Option<String>,
    /// What had been refunded before.
    pub refunded: Option<String>,
    /// What is paid back.
    pub paid_back: Option<String>,
    /// The credit note's page.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/credit_note.txt")]
struct Text<'a> {
    view: &'a CreditNote,
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/credit_note.html")]
struct Html<'a> {
    view: &'a CreditNote,
    t: Words,
    subject: &'a str,
}

impl CreditNote {
    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let subject = subject(&t.note_subject(&self.note, &self.number, &self.amount));
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: false })
    }
}

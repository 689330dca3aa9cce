//! A new invoice: who, which, how much, until when, and one button.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};
use crate::words::Words;

pub struct Invoice {
    pub letterhead: Letterhead,
    /// Who is addressed.
    pub customer: String,
    pub number: String,
    /// All that is to be paid.
    pub amount: String,
    pub due: String,
    /// What is to be paid in parts: each with its name, amount and day.
    pub parts: Vec<Part>,
    /// The smallest amount that the customer may choose to pay at a time.
    pub least: Option<String>,
    /// The owner's own words to this customer, if any; may have several lines.
    pub note: Option<String>,
    /// Whether nothing is due by the time that this mail leaves: then it asks for nothing.
    pub is_settled: bool,
    /// The public page.
    pub url: String,
}

/// A part of an invoice that is paid in parts.
pub struct Part {
    pub name: String,
    pub amount: String,
    pub due: String,
}

#[derive(Template)]
#[template(path = "mail/invoice.txt")]
struct Text<'a> {
    view: &'a Invoice,
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/invoice.html")]
struct Html<'a> {
    view: &'a Invoice,
    t: Words,
    subject: &'a str,
}

impl Invoice {
    fn in_parts(&self) -> String {
        let parts = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        self.letterhead.t.invoice_mail_parts(&self.letterhead.name, &self.number, &self.amount, parts)
    }

    fn button(&self) -> String {
        let t = self.letterhead.t;
        if self.is_settled { t.view_invoice_number(&self.number) } else { t.view_and_pay() }
    }

    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let subject = subject(&t.invoice_subject(&self.number, &self.letterhead.name));
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: false })
    }
}

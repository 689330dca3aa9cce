//! Money came for an invoice that wants none any more. It is kept, and a person will write.
//!
//! This is no receipt: it must not say that the invoice is paid (again).

use askama::Template;

use super::{Content, LetterError, Letterhead, Received, subject};
use crate::words::Words;

pub struct CreditReceived {
    pub letterhead: Letterhead,
    pub received: Received,
    pub because: Because,
    /// The public page.
    pub url: String,
}

/// Why the invoice wanted no money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    AlreadyPaid,
    Void,
    /// It may want some, but the payment did not agree with it, and a person looks at it first.
    Unclear,
}

#[derive(Template)]
#[template(path = "mail/credit_received.txt")]
struct Text<'a> {
    view: &'a CreditReceived,
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/credit_received.html")]
struct Html<'a> {
    view: &'a CreditReceived,
    t: Words,
    subject: &'a str,
}

impl CreditReceived {
    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let subject = subject(&t.credit_subject(&self.received.amount, &self.received.number));
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

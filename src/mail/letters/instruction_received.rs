//! A delayed method was started: the money is promised, not here. It must not read like a receipt.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};
use crate::words::Words;

pub struct InstructionReceived {
    pub letterhead: Letterhead,
    pub customer: String,
    pub number: String,
    pub amount: String,
    pub method: String,
    /// Working days that the bank may take.
    pub days_max: u32,
    /// The public page.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/instruction_received.txt")]
struct Text<'a> {
    view: &'a InstructionReceived,
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/instruction_received.html")]
struct Html<'a> {
    view: &'a InstructionReceived,
    t: Words,
    subject: &'a str,
}

impl InstructionReceived {
    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let subject = subject(&t.instruction_subject(&self.number));
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

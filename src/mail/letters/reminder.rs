//! A reminder: the same facts as the invoice, in a neutral tone, with thanks to those who have just paid.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};

pub struct Reminder {
    pub letterhead: Letterhead,
    pub customer: String,
    pub number: String,
    /// What is asked for now.
    pub amount: String,
    /// All that is still open, where that is more than what is asked for now.
    pub all: Option<String>,
    pub due: String,
    pub timing: Timing,
    /// The public page.
    pub url: String,
}

/// On which side of the due date the reminder is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    Upcoming,
    Overdue,
}

#[derive(Template)]
#[template(path = "mail/reminder.txt")]
struct Text<'a> {
    view: &'a Reminder,
}

#[derive(Template)]
#[template(path = "mail/reminder.html")]
struct Html<'a> {
    view: &'a Reminder,
    subject: &'a str,
}

impl Reminder {
    pub fn render(&self) -> Result<Content, LetterError> {
        let (number, due) = (&self.number, &self.due);
        let subject = subject(&match (self.timing, self.all.is_some()) {
            (Timing::Upcoming, false) => format!("Invoice {number} is due on {due}"),
            (Timing::Upcoming, true) => format!("A part of invoice {number} is due on {due}"),
            (Timing::Overdue, false) => format!("Reminder: invoice {number} was due on {due}"),
            (Timing::Overdue, true) => format!("Reminder: a part of invoice {number} was due on {due}"),
        });
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

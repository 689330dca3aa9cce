//! A reminder: the same facts as the invoice, in a neutral tone, with thanks to those who have just paid.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};

pub struct Reminder {
    pub letterhead: Letterhead,
    pub customer: String,
    pub number: String,
    /// What is still open.
    pub amount: String,
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
        let subject = subject(&match self.timing {
            Timing::Upcoming => format!("Invoice {} is due on {}", self.number, self.due),
            Timing::Overdue => format!("Reminder: invoice {} was due on {}", self.number, self.due),
        });
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

//! A reminder: the same facts as the invoice, in a neutral tone, with thanks to those who have just paid.

use askama::Template;

use super::{Content, LetterError, Letterhead, subject};
use crate::words::Words;

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
    t: Words,
}

#[derive(Template)]
#[template(path = "mail/reminder.html")]
struct Html<'a> {
    view: &'a Reminder,
    t: Words,
    subject: &'a str,
}

impl Reminder {
    pub fn render(&self) -> Result<Content, LetterError> {
        let t = self.letterhead.t;
        let (number, due) = (&self.number, &self.due);
        let subject = subject(&match (self.timing, self.all.is_some()) {
            (Timing::Upcoming, false) => t.upcoming_subject(number, due),
            (Timing::Upcoming, true) => t.upcoming_part_subject(number, due),
            (Timing::Overdue, false) => t.overdue_subject(number, due),
            (Timing::Overdue, true) => t.overdue_part_subject(number, due),
        });
        let text = Text { view: self, t }.render()?;
        let html = Html { view: self, t, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

//! To the owner: something needs a person. What happened, what to do next, and where.

use askama::Template;

use super::{Content, LetterError, subject};

pub struct OwnerAlert {
    /// The business's name.
    pub business: String,
    /// The subject line.
    pub headline: String,
    /// Whole sentences.
    pub what_happened: String,
    /// Whole sentences.
    pub next_step: String,
    /// The place in the admin page where the next step is done.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/owner_alert.txt")]
struct Text<'a> {
    view: &'a OwnerAlert,
}

#[derive(Template)]
#[template(path = "mail/owner_alert.html")]
struct Html<'a> {
    view: &'a OwnerAlert,
    subject: &'a str,
}

impl OwnerAlert {
    pub fn render(&self) -> Result<Content, LetterError> {
        let subject = subject(&self.headline);
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

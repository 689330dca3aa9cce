//! To the owner: the same trouble several times, told in one mail.

use askama::Template;

use super::{Content, LetterError, subject};

/// Beyond so many lines nobody reads on; the page behind the link has them all.
pub const ITEMS_MAX: usize = 10;

pub struct OwnerDigest {
    /// The business's name.
    pub business: String,
    /// The subject line.
    pub headline: String,
    /// Whole sentences.
    pub what_happened: String,
    /// One line each, at most [`ITEMS_MAX`].
    pub items: Vec<String>,
    /// How many there are beyond those.
    pub more: usize,
    /// Whole sentences.
    pub next_step: String,
    /// The place in the admin page where the next step is done.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/owner_digest.txt")]
struct Text<'a> {
    view: &'a OwnerDigest,
}

#[derive(Template)]
#[template(path = "mail/owner_digest.html")]
struct Html<'a> {
    view: &'a OwnerDigest,
    subject: &'a str,
}

impl OwnerDigest {
    pub fn render(&self) -> Result<Content, LetterError> {
        let subject = subject(&self.headline);
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

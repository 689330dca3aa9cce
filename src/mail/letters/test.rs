//! To the owner: the test mail of the settings page.

use askama::Template;

use super::{Content, LetterError, subject};

pub struct Test {
    /// The business's name.
    pub business: String,
    /// The mail server that it leaves through.
    pub server: String,
    /// The mail settings in the admin page.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/test.txt")]
struct Text<'a> {
    view: &'a Test,
}

#[derive(Template)]
#[template(path = "mail/test.html")]
struct Html<'a> {
    view: &'a Test,
    subject: &'a str,
}

impl Test {
    pub fn render(&self) -> Result<Content, LetterError> {
        let subject = subject("Test mail: your mail settings work");
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

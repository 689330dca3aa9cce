//! To the owner: money has come.

use askama::Template;

use super::{Content, LetterError, subject};

pub struct OwnerPayment {
    /// The business's name.
    pub business: String,
    pub customer: String,
    pub number: String,
    pub amount: String,
    pub method: String,
    /// What is still to be paid; nothing if the invoice is paid in full.
    pub remaining: Option<String>,
    /// The invoice in the admin page.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/owner_payment.txt")]
struct Text<'a> {
    view: &'a OwnerPayment,
}

#[derive(Template)]
#[template(path = "mail/owner_payment.html")]
struct Html<'a> {
    view: &'a OwnerPayment,
    subject: &'a str,
}

impl OwnerPayment {
    pub fn render(&self) -> Result<Content, LetterError> {
        let subject = subject(&format!("{} received from {} (invoice {})", self.amount, self.customer, self.number));
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

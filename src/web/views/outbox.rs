//! Mails: what waits, what left, what was refused and in which words.

use super::parts::{Field, Link, Pager, Tab, Tag, When};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/outbox?s=&after=`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/outbox.html")]
pub struct OutboxPage {
    pub shell: Shell,
    pub tabs: Vec<Tab>,
    pub rows: Vec<MailRow>,
    pub pager: Pager,
    /// Nothing was ever queued.
    pub none_at_all: bool,
}

#[derive(Clone, Debug, Default)]
pub struct MailRow {
    /// `/admin/outbox/mail_…`; `/retry` and `/cancel` are added.
    pub path: String,
    pub to: String,
    pub subject: String,
    /// `Invoice`, `Receipt`, `Reminder`, `Notice to you`
    pub kind: String,
    pub tag: Tag,
    pub at: When,
    /// `3 attempts`; empty for one that left at the first.
    pub attempts: String,
    /// When it is tried again, `in 4 minutes`.
    pub next: Option<String>,
    /// What the server said last, word for word.
    pub answered: Option<String>,
    /// Why it did not leave, where the server said nothing.
    pub reason: Option<String>,
    pub about: Option<Link>,
    pub can_retry: bool,
    /// The address to send it to instead, as it was typed.
    pub another: Field,
    pub can_cancel: bool,
}

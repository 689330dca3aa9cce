//! What Stripe told us: the events of the inbox, and one of them with its payload.

use super::parts::{Link, Pager, Tab, Tag, When};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/events?s=&after=`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/events.html")]
pub struct EventsPage {
    pub shell: Shell,
    pub tabs: Vec<Tab>,
    pub rows: Vec<EventRow>,
    pub pager: Pager,
    /// None was ever kept.
    pub none_at_all: bool,
}

#[derive(Clone, Debug, Default)]
pub struct EventRow {
    /// `/admin/events/evt_…`
    pub url: String,
    /// `checkout.session.completed`
    pub kind: String,
    pub at: When,
    pub tag: Tag,
    /// Why it was not acted on, or what went wrong; may be empty.
    pub reason: String,
}

/// `GET /admin/events/{id}`. Trying again posts to `{path}/retry`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/event.html")]
pub struct EventPage {
    pub shell: Shell,
    /// `/admin/events/evt_…`
    pub path: String,
    pub kind: String,
    pub tag: Tag,
    pub reason: String,
    pub facts: Vec<Fact>,
    pub can_retry: bool,
    pub review: Option<Link>,
    /// As it came, indented; empty for one that was asked for.
    pub payload: String,
}

/// One line of what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    pub name: &'static str,
    pub value: String,
}

//! Believable data for every page in every state, for looking, for accessibility checks and for overflow checks.
//!
//! Names are long, amounts large and lists both full and empty on purpose.

mod credit;
mod desk;
mod disputes;
mod editor;
mod events;
mod invoices;
mod lists;
mod public;
mod refunds;
mod settings;
mod setup;

use super::parts::{Choice, Field, Link, Qr, Select, Tag, Tone, When};
use super::public::InvoicePage;
use super::shell::{Banner, Flash, Section, Shell, Undo};
use askama::Template;

/// A name that no column was made for.
const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH";

/// A finished page.
pub struct Page {
    /// Unique; a group and a state: `public-open`.
    pub name: &'static str,
    pub html: String,
}

pub(super) fn page(name: &'static str, template: &impl Template) -> Page {
    Page { name, html: template.render().expect("a template only fails when writing does") }
}

/// Every page there is.
pub fn all() -> Vec<Page> {
    let mut pages = public::pages();
    pages.extend(setup::pages());
    pages.extend(editor::pages());
    pages.extend(invoices::pages());
    pages.extend(credit::pages());
    pages.extend(refunds::pages());
    pages.extend(desk::pages());
    pages.extend(lists::pages());
    pages.extend(disputes::pages());
    pages.extend(events::pages());
    pages.extend(settings::pages());
    pages
}

/// An open invoice on its public page.
pub fn invoice() -> InvoicePage {
    public::open()
}

pub(super) fn shell(section: Section) -> Shell {
    Shell {
        section,
        business: "Atelier Lindqvist & Söhne".into(),
        owner: "anna.lindqvist@atelier-lindqvist.example".into(),
        reviews: Some("2".into()),
        failed_mails: None,
        banners: vec![],
        typed: vec![],
        flash: None,
        shortcuts: true,
    }
}

pub(super) fn busy_shell(section: Section) -> Shell {
    Shell {
        failed_mails: Some("1".into()),
        banners: vec![Banner {
            tone: Tone::Warn,
            text: "Test mode: no real money moves, and numbers begin with “TEST-”.".into(),
            link: Some(Link::new("Use a live key", "/admin/settings/payments")),
        }],
        flash: Some(Flash {
            tone: Tone::Good,
            text: "Sending to einkauf@donaudampfschifffahrt.example.".into(),
            undo: Some(Undo { action: "/admin/outbox/mail_1/cancel".into(), label: "Undo".into() }),
        }),
        ..shell(section)
    }
}

pub(super) fn at(text: &str) -> When {
    When::new("2026-11-22T14:02:00Z", text)
}

pub(super) fn select(choices: &[(&str, &str)], chosen: &str) -> Select {
    let choices = choices.iter().map(|(value, text)| Choice::new(*value, *text, *value == chosen)).collect();
    Select { choices, error: None }
}

pub(super) fn field(value: &str) -> Field {
    Field::new(value)
}

pub(super) fn tag(text: &str, tone: Tone) -> Tag {
    Tag::new(text, tone)
}

pub(super) fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// As long as Stripe's addresses are.
pub(super) fn qr() -> Qr {
    let address = format!("https://checkout.stripe.com/c/pay/cs_test_{}", "a1B2c3D4e5".repeat(10));
    crate::web::qr::address(&address).unwrap_or_default()
}

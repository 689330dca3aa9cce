//! What surrounds every page of the owner: navigation, banners, the message about what was just done.

use super::parts::{Link, Tone};

/// The entry of the navigation that is marked as current.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    #[default]
    Today,
    Invoices,
    Customers,
    Payments,
    Review,
    Outbox,
    Reconciliation,
    Settings,
    /// None of them.
    Elsewhere,
}

#[derive(Clone, Debug, Default)]
pub struct Shell {
    pub section: Section,
    pub business: String,
    /// E-mail of the owner who is signed in.
    pub owner: String,
    /// Open reviews, formatted; `None` shows no number.
    pub reviews: Option<String>,
    /// Mails that failed, formatted; `None` shows no number.
    pub failed_mails: Option<String>,
    /// Conditions that last: test mode, a store that is read-only, a public address without HTTPS.
    pub banners: Vec<Banner>,
    /// What was typed in a form that is not on this page any more: label and value.
    pub typed: Vec<(String, String)>,
    /// What the last request did.
    pub flash: Option<Flash>,
    /// Single-key shortcuts are on (everybody can switch their own off, WCAG 2.1.4).
    pub shortcuts: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Banner {
    pub tone: Tone,
    pub text: String,
    pub link: Option<Link>,
}

#[derive(Clone, Debug, Default)]
pub struct Flash {
    pub tone: Tone,
    /// `Sending to anna@example.com.`
    pub text: String,
    /// A form that takes it back, as long as that is possible.
    pub undo: Option<Undo>,
}

#[derive(Clone, Debug, Default)]
pub struct Undo {
    /// Posted to.
    pub action: String,
    /// `Undo`.
    pub label: String,
}

/// One entry of the navigation.
pub struct MenuEntry<'a> {
    pub url: &'static str,
    pub icon: &'static str,
    pub text: &'static str,
    pub current: bool,
    /// What waits there, and what it is (`open`, `failed`).
    pub count: Option<&'a str>,
    pub counted: &'static str,
}

impl Shell {
    /// The navigation, in the order of a day's work.
    pub fn menu(&self) -> [MenuEntry<'_>; 8] {
        let reviews = self.reviews.as_deref();
        let failed = self.failed_mails.as_deref();
        [
            self.entry(Section::Today, "/admin", "today", "Today"),
            self.entry(Section::Invoices, "/admin/invoices", "invoice", "Invoices"),
            self.entry(Section::Customers, "/admin/customers", "people", "Customers"),
            self.entry(Section::Payments, "/admin/payments", "card", "Payments"),
            MenuEntry {
                count: reviews,
                counted: "open",
                ..self.entry(Section::Review, "/admin/review", "scales", "Review")
            },
            MenuEntry {
                count: failed,
                counted: "failed",
                ..self.entry(Section::Outbox, "/admin/outbox", "mail", "Outbox")
            },
            self.entry(Section::Reconciliation, "/admin/reconciliations", "sync", "Reconciliation"),
            self.entry(Section::Settings, "/admin/settings/business", "gear", "Settings"),
        ]
    }

    fn entry(&self, section: Section, url: &'static str, icon: &'static str, text: &'static str) -> MenuEntry<'_> {
        MenuEntry { url, icon, text, current: self.section == section, count: None, counted: "" }
    }
}

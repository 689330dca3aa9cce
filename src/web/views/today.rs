//! The owner's first page: what needs a person, then how things stand.

use super::parts::{Link, Tag, Tone};
use super::setup::Finding;
use super::shell::Shell;
use askama::Template;

/// `GET /admin`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/today.html")]
pub struct TodayPage {
    pub shell: Shell,
    /// `Sunday, 22 November`
    pub date: String,
    /// `Last backup 8 hours ago`
    pub backup: String,
    /// Most urgent first. Empty says that nothing needs attention.
    pub needs: Vec<Need>,
    /// One a currency, the business's own first.
    pub figures: Vec<Figures>,
    /// What is left to set up; empty once all is done.
    pub checklist: Vec<Finding>,
    /// The newest payments, at most five.
    pub recent: Vec<Recent>,
    /// Before the first invoice the page teaches one thing only.
    pub no_invoices: bool,
}

/// Something that a person must look at.
#[derive(Clone, Debug, Default)]
pub struct Need {
    pub tone: Tone,
    /// `119.00 € arrived twice for 2026-0007`
    pub title: String,
    /// `Muster GmbH · 2 hours ago`
    pub detail: String,
    pub url: String,
    /// What to do there: `Decide`, `Send reminder`, `Retry`.
    pub action: String,
}

/// Four sums of one currency; each leads to its list.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// `EUR`
    pub currency: String,
    pub is_overdue: bool,
    pub overdue: Figure,
    pub open: Figure,
    pub paid_30_days: Figure,
    /// `18 days`
    pub days_to_pay: Figure,
}

#[derive(Clone, Debug, Default)]
pub struct Figure {
    pub value: String,
    /// `3 invoices`
    pub detail: String,
    pub url: String,
}

#[derive(Clone, Debug, Default)]
pub struct Recent {
    pub customer: String,
    pub invoice: Option<Link>,
    pub amount: String,
    /// `Card`, `Bank transfer`
    pub method: String,
    pub at: String,
    pub tag: Option<Tag>,
}

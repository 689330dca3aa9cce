//! The list of invoices.

use super::parts::{Pager, Tab, Tag};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/invoices?s=&q=&after=`. `s` is the tab, `q` the search.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/invoices.html")]
pub struct InvoicesPage {
    pub shell: Shell,
    /// Open, Overdue, Drafts, Needs review, Paid, All.
    pub tabs: Vec<Tab>,
    /// Kept in the search form.
    pub tab: String,
    pub query: String,
    /// To the same tab without the search.
    pub clear_url: String,
    /// The same search on all tabs; `None` on the last, which has them all.
    pub all_url: Option<String>,
    pub rows: Vec<InvoiceRow>,
    pub pager: Pager,
    /// Nothing was ever written: the page says how to begin.
    pub none_at_all: bool,
}

#[derive(Clone, Debug, Default)]
pub struct InvoiceRow {
    pub url: String,
    /// `2026-0042`, or `Draft`.
    pub number: String,
    pub customer: String,
    /// The state first, then flags.
    pub tags: Vec<Tag>,
    /// `22 Nov 2026`; empty for a draft.
    pub issued: String,
    /// Relative and absolute: `in 14 days`, `12 days overdue`.
    pub due: String,
    /// The date itself, `6 Dec 2026`.
    pub due_on: String,
    pub overdue: bool,
    pub total: String,
    /// What is still open; `None` when nothing is.
    pub open: Option<String>,
}

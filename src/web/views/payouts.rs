//! What Stripe sent to the bank: the list of payouts, and the lines of one.

use super::parts::{Link, Pager, Tag, When};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/payouts?after=`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/payouts.html")]
pub struct PayoutsPage {
    pub shell: Shell,
    pub rows: Vec<PayoutListRow>,
    pub pager: Pager,
}

#[derive(Clone, Debug, Default)]
pub struct PayoutListRow {
    pub url: String,
    pub arrival: When,
    /// `12 lines`, `ordered by hand`
    pub lines: String,
    pub amount: String,
    pub tag: Tag,
}

/// `GET /admin/payouts/{id}?after=`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/payout.html")]
pub struct PayoutPage {
    pub shell: Shell,
    pub id: String,
    pub amount: String,
    pub arrival: When,
    pub tag: Tag,
    /// What is wrong, or cannot be shown.
    pub words: Option<String>,
    pub sums: Vec<SumRow>,
    /// What the sum of all lines is: `Arrives at the bank`.
    pub total: String,
    /// All that Stripe kept.
    pub fees: String,
    pub rows: Vec<LineRow>,
    /// `None` while there are no lines.
    pub csv_url: Option<String>,
    pub pager: Pager,
}

/// What the lines of one sort come to.
#[derive(Clone, Debug, Default)]
pub struct SumRow {
    pub label: String,
    /// `12 lines`; empty for what is no line.
    pub lines: String,
    pub gross: String,
    pub fee: Option<String>,
    pub net: String,
    /// Somebody should look at it.
    pub is_odd: bool,
}

#[derive(Clone, Debug, Default)]
pub struct LineRow {
    pub at: When,
    /// `Payment`, `Refund`
    pub what: String,
    /// Or whose money it is, if it is no customer's.
    pub customer: String,
    pub invoice: Option<Link>,
    pub gross: String,
    pub fee: Option<String>,
    pub net: String,
}

//! The list of payments.

use super::parts::{Link, Pager, Tag, When};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/payments?q=&after=`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/payments.html")]
pub struct PaymentsPage {
    pub shell: Shell,
    pub query: String,
    pub rows: Vec<PaymentListRow>,
    pub pager: Pager,
    pub none_at_all: bool,
}

/// A payment after Stripe's fee, in the currency that Stripe settled it in.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    /// `18.10 €`
    pub fee: String,
    pub net: String,
}

#[derive(Clone, Debug, Default)]
pub struct PaymentListRow {
    pub at: When,
    pub customer: String,
    /// `None` while it belongs to no invoice.
    pub invoice: Option<Link>,
    pub method: String,
    pub amount: String,
    /// What Stripe kept and what it leaves; `None` until known, and where Stripe has no part in it.
    pub brought: Option<Brought>,
    /// `Unapplied`, `Partly refunded`, `Disputed`; none when all is plain.
    pub tag: Option<Tag>,
}

//! Comparing the books with Stripe: the list of passes, and the report of one.

use super::parts::{Link, Pager, Tag, Tone, When};
use super::payouts::PayoutListRow;
use super::shell::Shell;
use askama::Template;

/// `GET /admin/reconciliations`. Running one is a post to the same address.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/reconciliations.html")]
pub struct ReconciliationsPage {
    pub shell: Shell,
    /// `every 15 minutes`, or `None` when the schedule is off.
    pub schedule: Option<String>,
    /// Why it cannot run: `Enter a Stripe key first.`
    pub blocked: Option<String>,
    /// A pass is under way.
    pub running: bool,
    /// Why the last pass stopped, if the key opens another account than the books are of.
    pub other_account: Option<String>,
    pub balances: Vec<BalanceRow>,
    /// The latest few.
    pub payouts: Vec<PayoutListRow>,
    pub rows: Vec<PassRow>,
    pub pager: Pager,
}

/// What Stripe holds in one currency.
#[derive(Clone, Debug, Default)]
pub struct BalanceRow {
    pub currency: String,
    pub books: String,
    /// Of it, what Stripe has not put on its balance yet.
    pub waiting: Option<String>,
    pub stripe: String,
    /// `None` when both sides agree to the cent.
    pub difference: Option<String>,
    pub compared: When,
}

#[derive(Clone, Debug, Default)]
pub struct PassRow {
    pub url: String,
    pub started: When,
    /// `4 s`; empty while it runs.
    pub took: String,
    /// `Schedule`, `You`, `Command line`
    pub source: String,
    /// `212 records`
    pub compared: String,
    pub tag: Tag,
}

/// `GET /admin/reconciliations/{id}`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/reconciliation.html")]
pub struct ReconciliationPage {
    pub shell: Shell,
    pub started: When,
    /// `None` while it runs; the page then loads itself again.
    pub finished: Option<When>,
    pub took: String,
    pub source: String,
    pub tone: Tone,
    /// `Everything agrees` or `2 payments were missing and have been booked`.
    pub verdict: String,
    /// What could not be compared, each in a sentence.
    pub unseen: Vec<String>,
    pub compared: Vec<Count>,
    pub repaired: Vec<ReportLine>,
    pub differences: Vec<ReportLine>,
    /// How many things were found of each class.
    pub classes: Vec<Count>,
    pub payouts: Vec<PayoutRow>,
    /// `14 questions to Stripe`
    pub requests: String,
}

#[derive(Clone, Debug, Default)]
pub struct Count {
    /// `Checkout sessions`
    pub label: String,
    pub value: String,
}

#[derive(Clone, Debug, Default)]
pub struct ReportLine {
    pub text: String,
    pub link: Option<Link>,
}

#[derive(Clone, Debug, Default)]
pub struct PayoutRow {
    pub link: Link,
    pub arrival: String,
    pub amount: String,
    pub explained: String,
    /// `None` when every cent is explained.
    pub remainder: Option<String>,
}

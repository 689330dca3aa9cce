//! What a person must decide: Stripe and the books say different things.

use super::parts::{Link, Pager, Tab, Tone, When};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/review?s=open|resolved`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/reviews.html")]
pub struct ReviewsPage {
    pub shell: Shell,
    pub tabs: Vec<Tab>,
    /// The open tab is shown, and empty means that all is well.
    pub shows_open: bool,
    pub cases: Vec<Case>,
    pub pager: Pager,
}

/// `GET /admin/review/{id}`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/review.html")]
pub struct ReviewPage {
    pub shell: Shell,
    pub case: Case,
    /// Everything that was recorded about it, `name` and `value`.
    pub evidence: Vec<Evidence>,
}

/// One case. Its form posts `action` and `note` to `{url}/resolve`.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// `/admin/review/rev_…`
    pub url: String,
    pub id: String,
    pub tone: Tone,
    /// `Paid twice`
    pub title: String,
    /// What happened and what is proposed, in two sentences.
    pub detail: String,
    pub opened: When,
    pub invoice: Option<Link>,
    pub customer: Option<Link>,
    pub comparison: Vec<Comparison>,
    /// The money did not come through Stripe, so it is not Stripe that the books are compared with.
    pub is_elsewhere: bool,
    /// The proposed one first. Empty once it is resolved.
    pub actions: Vec<CaseAction>,
    /// What was typed before a refusal: `note`, and `invoice`, the number of another one.
    pub note: String,
    pub other_invoice: String,
    /// The `note` of an undo that was refused.
    pub undo_note: String,
    /// An answer is due by then (disputes).
    pub respond_by: Option<String>,
    /// Where the matter itself is dealt with.
    pub next: Option<Link>,
    /// Where the payment is given back, if that ends the matter before a bank takes it.
    pub refund_url: Option<String>,
    pub resolution: Option<Resolution>,
    /// Decisions that were taken back, oldest first.
    pub undone: Vec<Undone>,
    /// Whether the decision can be taken back; `None` where there is none that a person made.
    pub undo: Option<Undo>,
}

/// Posted to `{url}/undo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    Possible,
    /// Why it cannot.
    Not(String),
}

#[derive(Clone, Debug, Default)]
pub struct Undone {
    pub decision: Resolution,
    pub by: String,
    pub at: When,
    pub note: String,
}

/// One row: the same thing according to both.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// `Amount`
    pub label: String,
    pub stripe: String,
    pub books: String,
    pub differs: bool,
}

#[derive(Clone, Debug, Default)]
pub struct CaseAction {
    /// Sent as `action`: `apply`, `write_off`, `keep_credit`, `refund`, `link`, `ignore`.
    pub value: String,
    /// `Refund 119.00 €`
    pub label: String,
    /// What follows, in half a sentence.
    pub hint: String,
    /// Asks for the number of another invoice, sent as `invoice`.
    pub needs_invoice: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Resolution {
    /// `Refunded`
    pub action: String,
    pub by: String,
    pub at: When,
    pub note: String,
}

#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub name: String,
    pub value: String,
}

//! Credit notes on the owner's side: the form, the question before one is issued, the list, and one of them.

use super::editor::TotalsRow;
use super::invoice::RefundRow;
use super::paper::Paper;
use super::parts::{Field, Link, Pager, Problem, Select, Tag, When};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/invoices/{id}/credit`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/credit_form.html")]
pub struct CreditForm {
    pub shell: Shell,
    /// `/admin/invoices/inv_…`; `/credit` and `/credit/preview` are added.
    pub path: String,
    pub number: String,
    pub problems: Vec<Problem>,
    /// What can be credited at most.
    pub left: String,
    /// What is due now; `None` when nothing is.
    pub due: Option<String>,
    /// `mode`: `rest`, `lines` or `amount`
    pub mode: Select,
    /// `amount`
    pub amount: Field,
    /// Prices include tax, so a line's amount does too.
    pub prices_include_tax: bool,
    pub lines: Vec<CreditLine>,
    /// What was refunded already, without a credit note.
    pub refunded: Option<String>,
    /// `settle`: `customer_credit` or `refund`; `None` while nothing can go beyond what is due.
    pub settle: Option<Select>,
    /// `method`: how what had not come through Stripe is given back.
    pub through: Option<Select>,
    /// `reason`
    pub reason: Field,
    /// The customer's address; `None` if there is none to mail the note to.
    pub send_to: Option<String>,
    /// `send`
    pub send: bool,
    pub totals: Vec<TotalsRow>,
    /// Why the totals cannot be computed.
    pub incomplete: Option<String>,
    /// So that a double click issues one note.
    pub nonce: String,
}

/// One line of the invoice, `lines.N.…`.
#[derive(Clone, Debug, Default)]
pub struct CreditLine {
    pub id: String,
    pub description: String,
    /// `2.5 h · 180.00 €`; what is left of it.
    pub left: String,
    /// Nothing of it is left to credit.
    pub done: bool,
    /// `lines.N.quantity`
    pub quantity: Field,
    /// `lines.N.amount`
    pub amount: Field,
}

/// The note as it will be, before it gets its number.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/credit_review.html")]
pub struct CreditReview {
    pub shell: Shell,
    pub path: String,
    /// `Issue credit note CN-2026-0001?`
    pub title: String,
    /// What will happen, a paragraph each.
    pub text: Vec<String>,
    pub paper: Paper,
    /// What was typed, sent again.
    pub hidden: Vec<(String, String)>,
}

/// `GET /admin/credit-notes?after=`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/credit_notes.html")]
pub struct CreditNotesPage {
    pub shell: Shell,
    pub rows: Vec<CreditNoteRow>,
    pub pager: Pager,
    pub none_at_all: bool,
}

/// A credit note in a list.
#[derive(Clone, Debug, Default)]
pub struct CreditNoteRow {
    pub url: String,
    pub number: String,
    pub customer: String,
    pub invoice: Option<Link>,
    pub at: When,
    pub amount: String,
    /// `10.00 € kept as credit`
    pub tag: Option<Tag>,
}

/// `GET /admin/credit-notes/{id}`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/credit_note.html")]
pub struct CreditNotePage {
    pub shell: Shell,
    /// `/admin/credit-notes/crn_…`; `/send` is added.
    pub path: String,
    pub number: String,
    pub customer: Link,
    pub invoice: Link,
    pub amount: String,
    /// What became of it, a label and an amount each.
    pub settled: Vec<(String, String)>,
    pub reason: Option<String>,
    pub public_url: String,
    /// The money that it pays back, oldest first.
    pub refunds: Vec<RefundRow>,
    /// Where what is kept as credit can be paid back, and the words: `Pay back 20.00 €`.
    pub refund: Option<Link>,
    /// There is an address to mail it to.
    pub can_send: bool,
    pub paper: Paper,
}

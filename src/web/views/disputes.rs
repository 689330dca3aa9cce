//! Disputes: all of them, and one with what can be answered.

use super::parts::{Field, Link, Pager, Problem, Tag, Tone, When};
use super::reviews::Comparison;
use super::shell::Shell;
use askama::Template;

/// `GET /admin/disputes?after=`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/disputes.html")]
pub struct DisputesPage {
    pub shell: Shell,
    pub rows: Vec<DisputeListRow>,
    pub pager: Pager,
}

#[derive(Clone, Debug, Default)]
pub struct DisputeListRow {
    /// `/admin/disputes/dsp_…`
    pub url: String,
    pub customer: String,
    /// `2026-0042`; nothing while it belongs to no invoice.
    pub invoice: String,
    pub opened: When,
    pub tag: Tag,
    /// `answer by 10 Dec 2026, 12:00`
    pub deadline: Option<String>,
    pub amount: String,
}

/// `GET /admin/disputes/{id}`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/dispute.html")]
pub struct DisputePage {
    pub shell: Shell,
    /// `/admin/disputes/dsp_…`; verbs are added: `/submit`, `/accept`.
    pub path: String,
    /// `119.00 €`
    pub amount: String,
    pub tags: Vec<Tag>,
    pub invoice: Option<Link>,
    pub customer: String,
    pub opened: When,
    /// The bank's reason, a sentence without its full stop.
    pub reason: String,
    /// What it means and what to do.
    pub story: String,
    pub tone: Tone,
    pub deadline: Option<String>,
    pub comparison: Vec<Comparison>,
    /// What was last sent to Stripe, if that is not simply there.
    pub under_way: Option<UnderWay>,
    /// `None` once nothing can be answered any more.
    pub form: Option<AnswerForm>,
    /// What the bank was told, or the draft that is at Stripe.
    pub told: Vec<Told>,
    pub files: Vec<String>,
    pub can_accept: bool,
    /// Where the payment is given back, while that ends the matter.
    pub refund_url: Option<String>,
    pub facts: Vec<(String, String)>,
    pub external: Option<Link>,
}

/// A filing on its way, or refused.
#[derive(Clone, Debug, Default)]
pub struct UnderWay {
    pub tone: Tone,
    pub title: String,
    pub text: String,
}

/// Posted to the page's own address with its files; `do` is `save` or `submit`.
#[derive(Clone, Debug, Default)]
pub struct AnswerForm {
    pub problems: Vec<Problem>,
    /// What of it is proposed and not written by the owner yet.
    pub is_proposed: bool,
    pub product_description: Field,
    pub customer_name: Field,
    pub customer_email_address: Field,
    pub service_date: Field,
    pub refund_policy_disclosure: Field,
    pub uncategorized_text: Field,
    pub files: Vec<FileField>,
    /// What is wrong with all of them together.
    pub files_error: Option<String>,
    /// How many filings the form knows of: sent twice, it is one.
    pub place: String,
}

#[derive(Clone, Debug, Default)]
pub struct FileField {
    /// `receipt`
    pub name: String,
    /// The box that takes the stored one out.
    pub removal: String,
    /// `Receipt or invoice`
    pub label: String,
    /// `receipt.pdf, 120 KB`, if Stripe has one.
    pub stored: Option<String>,
    pub error: Option<String>,
}

/// A text that was written.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub label: String,
    pub text: String,
}

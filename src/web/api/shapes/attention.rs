//! What an owner looks after: reviews, mails, reconciliations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::actions::resolve_review;
use crate::billing::id::{InvoiceId, MailId, ReviewId, RunId};
use crate::billing::letter::{Delivery, Letter};
use crate::billing::log::Channel;
use crate::billing::report::{Finding, LeftOut, Payout, Run};
use crate::billing::review::{Action, Evidence, Reason, Review};
use crate::store::{self, Reader};
use crate::web::api::time;

#[derive(Serialize)]
pub(in crate::web::api) struct ReviewShape {
    id: ReviewId,
    invoice: Option<InvoiceId>,
    reason: Reason,
    status: &'static str,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    opened_at: Timestamp,
    detail: String,
    actions: Vec<Action>,
    evidence: BTreeMap<String, Value>,
    resolution: Option<ResolutionShape>,
}

#[derive(Serialize)]
struct ResolutionShape {
    action: Action,
    note: String,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    at: Timestamp,
    by: String,
}

/// A case; `actions` are those that can be done as things are now.
pub(in crate::web::api) fn review(reader: &Reader<'_>, review: &Review) -> Result<ReviewShape, store::Error> {
    let resolution = review.resolved.as_ref().map(|made| ResolutionShape {
        action: made.action,
        note: made.note.clone(),
        at: made.at,
        by: made.by.clone(),
    });
    Ok(ReviewShape {
        id: review.id,
        invoice: review.invoice,
        reason: review.reason,
        status: if review.is_open() { "open" } else { "resolved" },
        opened_at: review.opened_at,
        detail: review.detail.clone(),
        actions: resolve_review::possible(reader, review)?,
        evidence: evidence(reader, review)?,
        resolution,
    })
}

/// What was compared; of a dispute also the deadline, null if it cannot be answered.
fn evidence(reader: &Reader<'_>, review: &Review) -> Result<BTreeMap<String, Value>, store::Error> {
    let mut evidence: BTreeMap<String, Value> = review.evidence.iter().map(compared).collect();
    if let Some(dispute) = reader.dispute_of_review(review)? {
        evidence.insert("respond_by".to_owned(), json!(dispute.respond_by.map(time::words)));
        evidence.insert("dispute".to_owned(), json!(dispute.id));
    }
    Ok(evidence)
}

/// `"amount": {"stripe": …, "books": …}`, or `bank_transfer` where the money did not come through Stripe.
fn compared(evidence: &Evidence) -> (String, Value) {
    let name = evidence.name.to_lowercase().replace(' ', "_");
    (name, json!({ evidence.source(): evidence.stripe, "books": evidence.books }))
}

#[derive(Serialize)]
pub(in crate::web::api) struct MailShape<'a> {
    id: MailId,
    to: String,
    subject: String,
    kind: &'static str,
    state: &'static str,
    attempts: u32,
    last_error: Option<&'a str>,
}

/// A mail. Its subject is made when it is first sent; before that it goes by `about`.
pub(in crate::web::api) fn mail(letter: &Letter, about: Option<String>) -> MailShape<'_> {
    let made = Some(letter.subject.clone()).filter(|subject| !subject.is_empty());
    let words = letter.last_words.as_deref();
    MailShape {
        id: letter.id,
        to: letter.to.join(", "),
        subject: made.or(about).unwrap_or_default(),
        kind: letter.subject_matter.kind(),
        state: letter.state_name(),
        attempts: letter.attempts,
        last_error: match letter.state {
            Delivery::Sent { .. } => None,
            Delivery::Withdrawn { .. } => words.or(Some("It was taken back before it left.")),
            Delivery::Queued | Delivery::Failed { .. } => words,
        },
    }
}

#[derive(Serialize)]
pub(in crate::web::api) struct RunShape<'a> {
    id: RunId,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    started_at: Timestamp,
    #[serde(serialize_with = "crate::web::api::time::exact_if")]
    finished_at: Option<Timestamp>,
    source: Channel,
    compared: &'a BTreeMap<String, u64>,
    repaired: &'a [Finding],
    #[serde(skip_serializing_if = "LeftOut::is_nothing")]
    left_out: LeftOut,
    differences: Vec<Finding>,
    payouts: &'a [Payout],
    requests: u64,
}

/// A pass. That it could not be finished, or could not see everything, is a difference that nobody must overlook.
pub(in crate::web::api) fn run(run: &Run) -> RunShape<'_> {
    let about_itself = |kind: &str, words: &String| Finding {
        kind: kind.to_owned(),
        object: run.id.to_string(),
        invoice: None,
        review: None,
        detail: words.clone(),
    };
    let unseen = run.unseen.iter().map(|words| about_itself("not_compared", words));
    let stopped = run.error.iter().map(|words| about_itself("stopped", words));
    RunShape {
        id: run.id,
        started_at: run.started_at,
        finished_at: run.finished_at,
        source: run.source,
        compared: &run.compared,
        repaired: &run.repaired,
        left_out: run.left_out,
        differences: run.differences.iter().cloned().chain(unseen).chain(stopped).collect(),
        payouts: &run.payouts,
        requests: run.requests,
    }
}

//! A review is opened: something about money needs a person. The owner is mailed once a case, unless
//! that is switched off.

use super::mailings;
use crate::billing::id::{AttemptId, InvoiceId, PaymentId, ReviewId};
use crate::billing::letter::Matter;
use crate::billing::review::{Action, BY_ITSELF, Evidence, Reason, Resolution, Review};
use crate::billing::role::Role;
use crate::store::{Error, Reader, Writer};

/// A case to be opened.
#[derive(Clone, Debug)]
pub struct Case {
    pub reason: Reason,
    /// What the case is about; the same matter opens no second case.
    pub matter: String,
    /// By how much the two sides differ: another figure of the same matter is another case, whatever was decided of this
    /// one.
    pub figure: Option<String>,
    pub invoice: Option<InvoiceId>,
    pub payment: Option<PaymentId>,
    pub attempt: Option<AttemptId>,
    pub detail: String,
    pub evidence: Vec<Evidence>,
    pub headline: Option<String>,
    /// Whether the owner is told by a mail of its own.
    pub is_told: bool,
}

impl Case {
    /// A case about `matter`, such as a PaymentIntent's id.
    pub fn new(reason: Reason, matter: &str, detail: impl Into<String>) -> Self {
        Self {
            reason,
            matter: matter.to_owned(),
            figure: None,
            invoice: None,
            payment: None,
            attempt: None,
            detail: detail.into(),
            evidence: Vec::new(),
            headline: None,
            is_told: false,
        }
    }

    #[must_use]
    pub fn figure(mut self, figure: impl Into<String>) -> Self {
        self.figure = Some(figure.into());
        self
    }

    #[must_use]
    pub fn headline(mut self, words: impl Into<String>) -> Self {
        self.headline = Some(words.into());
        self
    }

    /// A case of which the owner is told by another mail.
    #[must_use]
    pub fn told_otherwise(mut self) -> Self {
        self.is_told = true;
        self
    }

    #[must_use]
    pub fn invoice(mut self, invoice: Option<InvoiceId>) -> Self {
        self.invoice = invoice;
        self
    }

    #[must_use]
    pub fn attempt(mut self, attempt: AttemptId) -> Self {
        self.attempt = Some(attempt);
        self
    }

    #[must_use]
    pub fn payment(mut self, payment: PaymentId) -> Self {
        self.payment = Some(payment);
        self
    }

    #[must_use]
    pub fn evidence(mut self, evidence: Vec<Evidence>) -> Self {
        self.evidence = evidence;
        self
    }
}

/// What a person may decide in a case: without money there is nothing to apply or to keep.
fn actions(case: &Case) -> Vec<Action> {
    if case.payment.is_none() {
        return vec![Action::Ignore];
    }
    match (case.reason, case.invoice) {
        (Reason::AmountMismatch, Some(_)) => {
            vec![Action::Apply, Action::WriteOff, Action::KeepCredit, Action::Refund, Action::Link, Action::Ignore]
        }
        (Reason::UnknownSession, Some(_)) => {
            vec![Action::Apply, Action::KeepCredit, Action::Refund, Action::Link, Action::Ignore]
        }
        // The money is where the bank put it; the owner's answer to it is given on the dispute's own page.
        (Reason::MissingAtStripe | Reason::UnknownRefund | Reason::Dispute, _) => vec![Action::Ignore],
        (Reason::RefundFailed, _) => vec![Action::Refund, Action::Ignore],
        _ => vec![Action::KeepCredit, Action::Refund, Action::Link, Action::Ignore],
    }
}

/// What a matter is known by, so that it opens no second case. A figure follows behind `=`, and behind `#` how often it
/// came up.
#[must_use]
pub fn dedupe(reason: Reason, matter: &str) -> String {
    format!("{}:{matter}", reason.name())
}

/// Opens a case unless there is one about its matter, open or decided by a person. One that had closed itself is
/// opened anew.
///
/// # Errors
/// The store failed.
pub fn open(w: &mut Writer<'_>, case: Case) -> Result<Review, Error> {
    let key = dedupe(case.reason, &case.matter);
    let key = case.figure.as_ref().map_or(key.clone(), |figure| format!("{key}={figure}"));
    let (dedupe, known) = latest(w, &key)?;
    if let Some(known) = known {
        return Ok(known);
    }
    let review = Review {
        id: w.id()?,
        actions: actions(&case),
        dedupe,
        reason: case.reason,
        headline: case.headline,
        invoice: case.invoice,
        payment: case.payment,
        attempt: case.attempt,
        opened_at: w.now(),
        detail: case.detail,
        evidence: case.evidence,
        resolved: None,
        undone: Vec::new(),
        place: None,
    };
    w.put_review(&review)?;
    if !case.is_told && w.settings()?.notify_reviews {
        let (to, now) = (owners(w)?, w.now());
        mailings::queue(w, Matter::OwnerAlert { review: review.id }, to, Vec::new(), now)?;
    }
    Ok(review)
}

/// The latest case about a matter that a person may still have to do with, and the key for the next one.
fn latest(r: &Reader<'_>, first: &str) -> Result<(String, Option<Review>), Error> {
    let mut key = first.to_owned();
    for ordinal in 2_u64.. {
        match r.review_of_matter(&key)? {
            Some(review) if review.closed_itself() => key = format!("{first}#{ordinal}"),
            found => return Ok((key, found)),
        }
    }
    Ok((key, None))
}

/// Closes the open case about a matter because both sides were found to agree. Whether there was one.
///
/// # Errors
/// The store failed.
pub fn close_by_itself(w: &mut Writer<'_>, reason: Reason, matter: &str, note: &str) -> Result<bool, Error> {
    match latest(w, &dedupe(reason, matter))? {
        (_, Some(review)) => close(w, review, note),
        (_, None) => Ok(false),
    }
}

/// Closes a case of which a comparison found that there is nothing to decide in it any more. Whether it was open.
///
/// # Errors
/// The store failed.
pub fn close_case_by_itself(w: &mut Writer<'_>, id: ReviewId, note: &str) -> Result<bool, Error> {
    match w.review(id)? {
        Some(review) => close(w, review, note),
        None => Ok(false),
    }
}

fn close(w: &mut Writer<'_>, review: Review, note: &str) -> Result<bool, Error> {
    if !review.is_open() {
        return Ok(false);
    }
    let resolution =
        Resolution { at: w.now(), action: Action::Ignore, note: note.to_owned(), by: BY_ITSELF.to_owned() };
    w.put_review(&Review { resolved: Some(resolution), ..review })?;
    Ok(true)
}

/// The addresses of all owners.
///
/// # Errors
/// The store failed.
pub fn owners(w: &Reader<'_>) -> Result<Vec<String>, Error> {
    let owners = w.owners()?.into_iter().filter(|person| person.role == Role::Owner);
    Ok(owners.map(|owner| owner.email).collect())
}

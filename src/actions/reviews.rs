//! A review is opened: something about money needs a person. The owner is mailed once a case, unless
//! that is switched off.

use super::mailings;
use crate::billing::id::{AttemptId, InvoiceId, PaymentId};
use crate::billing::letter::Matter;
use crate::billing::review::{Action, Evidence, Reason, Review};
use crate::store::{Error, Writer};

/// A case to be opened.
#[derive(Clone, Debug)]
pub struct Case {
    pub reason: Reason,
    /// What the case is about; the same matter opens no second case.
    pub matter: String,
    pub invoice: Option<InvoiceId>,
    pub payment: Option<PaymentId>,
    pub attempt: Option<AttemptId>,
    pub detail: String,
    pub evidence: Vec<Evidence>,
}

impl Case {
    /// A case about `matter`, such as a PaymentIntent's id.
    pub fn new(reason: Reason, matter: &str, detail: impl Into<String>) -> Self {
        Self {
            reason,
            matter: matter.to_owned(),
            invoice: None,
            payment: None,
            attempt: None,
            detail: detail.into(),
            evidence: Vec::new(),
        }
    }

    #[must_use]
    pub fn invoice(mut self, invoice: Option<InvoiceId>) -> Self {
        self.invoice = invoice;
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

/// What a person may decide in a case.
fn actions(reason: Reason, has_payment: bool) -> Vec<Action> {
    match reason {
        Reason::AmountMismatch => vec![Action::Apply, Action::KeepCredit, Action::Link, Action::Ignore],
        Reason::ReferenceMismatch | Reason::UnknownSession | Reason::UnknownPayment if has_payment => {
            vec![Action::Link, Action::KeepCredit, Action::Ignore]
        }
        Reason::PaidAfterVoid | Reason::Overpayment | Reason::DuplicatePayment | Reason::CurrencyMismatch => {
            vec![Action::KeepCredit, Action::Link, Action::Ignore]
        }
        _ => vec![Action::Ignore],
    }
}

/// Opens a case unless there is one about its matter, open or decided.
///
/// # Errors
/// The store failed.
pub fn open(w: &mut Writer<'_>, case: Case) -> Result<Review, Error> {
    let dedupe = format!("{:?}:{}", case.reason, case.matter);
    if let Some(known) = w.review_of_matter(&dedupe)? {
        return Ok(known);
    }
    let review = Review {
        id: w.id()?,
        dedupe,
        reason: case.reason,
        invoice: case.invoice,
        payment: case.payment,
        attempt: case.attempt,
        opened_at: w.now(),
        detail: case.detail,
        actions: actions(case.reason, case.payment.is_some()),
        evidence: case.evidence,
        resolved: None,
    };
    w.put_review(&review)?;
    if w.settings()?.notify_reviews {
        let (to, now) = (owners(w)?, w.now());
        mailings::queue(w, Matter::OwnerAlert { review: review.id }, to, Vec::new(), now)?;
    }
    Ok(review)
}

/// The addresses of all owners.
///
/// # Errors
/// The store failed.
pub fn owners(w: &Writer<'_>) -> Result<Vec<String>, Error> {
    Ok(w.owners()?.into_iter().map(|owner| owner.email).collect())
}

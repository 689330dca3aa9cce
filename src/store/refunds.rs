//! Refunds: found by payment, by invoice, by Stripe's name and by the decision that made them.
//!
//! What was asked for is sealed and never changes; what became of it does.

use jiff::{SignedDuration, Timestamp};

use super::derived::Rows;
use super::error::Error;
use super::journal::Sort;
use super::table::{Order, Reader, Span};
use super::tables::{REFUND_BY_NONCE, REFUND_BY_STRIPE, REFUNDS, REFUNDS_BY_INVOICE, REFUNDS_BY_PAYMENT, REFUNDS_DUE};
use super::writer::Writer;
use crate::billing::id::{InvoiceId, PaymentId, RefundId};
use crate::billing::ledger::Account;
use crate::billing::payment::Payment;
use crate::billing::refund::{Refund, State};
use crate::billing::review::{Reason, Review};

/// A refund that is under way is looked at twice a day.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(13);

impl Reader<'_> {
    pub fn refund(&self, id: RefundId) -> Result<Option<Refund>, Error> {
        self.get(&REFUNDS, &id)
    }

    /// The refund that Stripe calls so (`re_…`).
    pub fn refund_by_stripe(&self, name: &str) -> Result<Option<Refund>, Error> {
        match self.get(&REFUND_BY_STRIPE, &name.to_owned())? {
            Some(id) => self.refund(id),
            None => Ok(None),
        }
    }

    /// The refund that a decision made.
    pub fn refund_by_nonce(&self, nonce: &str) -> Result<Option<Refund>, Error> {
        match self.get(&REFUND_BY_NONCE, &nonce.to_owned())? {
            Some(id) => self.refund(id),
            None => Ok(None),
        }
    }

    /// A payment's refunds, oldest first.
    pub fn refunds_of_payment(&self, payment: PaymentId) -> Result<Vec<Refund>, Error> {
        let ids = self.all(&REFUNDS_BY_PAYMENT, Span::of(&payment), Order::Ascending)?;
        ids.into_iter().filter_map(|((_, id), ())| self.refund(id).transpose()).collect()
    }

    /// The refunds of an invoice's payments, and of others that had been applied to it, oldest first.
    pub fn refunds_of_invoice(&self, invoice: InvoiceId) -> Result<Vec<Refund>, Error> {
        let ids = self.all(&REFUNDS_BY_INVOICE, Span::of(&invoice), Order::Ascending)?;
        ids.into_iter().filter_map(|((_, id), ())| self.refund(id).transpose()).collect()
    }

    /// The newest refunds from behind `after`; one more than `limit` if there are more.
    pub fn refunds(&self, after: Option<RefundId>, limit: usize) -> Result<Vec<Refund>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let rows = self.collect(&REFUNDS, span, Order::Descending, limit.saturating_add(1))?;
        Ok(rows.into_iter().map(|(_, refund)| refund).collect())
    }

    /// Refunds that are to be looked at by now, the longest waiting first.
    pub fn refunds_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Refund>, Error> {
        let due = self.due(&REFUNDS_DUE, now, LONGEST_WAIT, limit)?;
        due.into_iter().filter_map(|id| self.refund(id).transpose()).collect()
    }

    /// Every refund that is still to be looked at, the longest waiting first.
    pub fn refunds_unfinished(&self) -> Result<Vec<Refund>, Error> {
        let rows = self.all(&REFUNDS_DUE, Span::all(), Order::Ascending)?;
        rows.into_iter().filter_map(|((_, id), ())| self.refund(id).transpose()).collect()
    }

    /// When the next refund is to be looked at.
    pub fn next_refund_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.collect(&REFUNDS_DUE, Span::all(), Order::Ascending, 1)?.pop().map(|((when, _), ())| when))
    }

    /// What of a payment is refunded or on its way back, in minor units.
    pub fn refunded_of(&self, payment: PaymentId) -> Result<i64, Error> {
        let refunds = self.refunds_of_payment(payment)?;
        Ok(refunds.iter().filter(|refund| refund.counts()).map(|refund| refund.amount.minor()).sum())
    }

    /// What of a payment went back, in minor units: what Stripe took on, or the owner recorded, and nothing undid.
    pub fn gone_of(&self, payment: PaymentId) -> Result<i64, Error> {
        let refunds = self.refunds_of_payment(payment)?;
        Ok(refunds.iter().filter(|refund| refund.stands()).map(|refund| refund.amount.minor()).sum())
    }

    /// The refund that came to nothing and that a case is about, if it is about one.
    pub fn refund_of_review(&self, review: &Review) -> Result<Option<Refund>, Error> {
        match review.matter().parse() {
            Ok(id) if review.reason == Reason::RefundFailed => self.refund(id),
            _ => Ok(None),
        }
    }

    /// What of a payment's credit may be used, in minor units: what no refund is about to use up, and what the payer's
    /// bank has not got.
    pub fn free_credit_of(&self, payment: &Payment) -> Result<i64, Error> {
        let held = -self.balance(payment.book, payment.amount.currency(), Account::Credit(payment.id))?;
        let refunds = self.refunds_of_payment(payment.id)?;
        let asked_for: i64 = refunds.iter().filter(|refund| refund.is_open()).map(|refund| refund.amount.minor()).sum();
        Ok(held.saturating_sub(asked_for).saturating_sub(self.kept_by_bank(payment)?).max(0))
    }
}

pub(super) fn refund_rows(refund: &Refund) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.mark(&REFUNDS_BY_PAYMENT, &(refund.payment, refund.id))?;
    for invoice in invoices_of(refund) {
        rows.mark(&REFUNDS_BY_INVOICE, &(invoice, refund.id))?;
    }
    if let Some(name) = &refund.stripe_refund {
        rows.add(&REFUND_BY_STRIPE, name, &refund.id)?;
    }
    if let Some(nonce) = &refund.nonce {
        rows.add(&REFUND_BY_NONCE, nonce, &refund.id)?;
    }
    if let Some(next_look) = refund.next_look {
        rows.mark(&REFUNDS_DUE, &(next_look, refund.id))?;
    }
    Ok(rows)
}

/// The invoice of the payment, and those that the money had reached.
fn invoices_of(refund: &Refund) -> Vec<InvoiceId> {
    let shares = refund.accepted.iter().flat_map(|accepted| accepted.shares.iter().map(|share| share.invoice));
    let mut invoices: Vec<InvoiceId> = refund.invoice.into_iter().chain(shares).collect();
    invoices.sort_unstable();
    invoices.dedup();
    invoices
}

/// What of a refund can never change.
pub(super) fn unchanging(refund: &Refund) -> Refund {
    Refund {
        state: State::Requested,
        stripe_refund: None,
        accepted: None,
        returned_at: None,
        returned_to_notes: Vec::new(),
        tries: 0,
        next_look: None,
        ..refund.clone()
    }
}

impl Writer<'_> {
    /// Stores a refund.
    ///
    /// # Errors
    /// What was asked for would change, or Stripe's name or the decision is another's: a defect that must not be stored.
    pub fn put_refund(&mut self, refund: &Refund) -> Result<(), Error> {
        let stored = self.refund(refund.id)?;
        let before = match &stored {
            Some(stored) if unchanging(stored) != unchanging(refund) => {
                return Err(Error::Unsound(format!("what was asked for by the refund {} would be changed", refund.id)));
            }
            Some(stored) => refund_rows(stored)?,
            None => Rows::default(),
        };
        self.put(&REFUNDS, &refund.id, refund)?;
        self.derive(&before, &refund_rows(refund)?)?;
        for invoice in invoices_of(refund) {
            self.touch(invoice);
        }
        self.wake.attempts = true;
        match stored {
            Some(_) => Ok(()),
            None => self.seal(Sort::Refund, refund.id.to_string(), &unchanging(refund)),
        }
    }
}

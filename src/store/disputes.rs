//! Disputes: found by Stripe's name of them, by payment and by invoice; and what each holds and has lost.

use jiff::{SignedDuration, Timestamp};

use super::derived::Rows;
use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{
    DISPUTE_BY_STRIPE, DISPUTES, DISPUTES_BY_INVOICE, DISPUTES_BY_PAYMENT, DISPUTES_DUE, DISPUTES_OPEN,
};
use super::writer::Writer;
use crate::billing::bookings::disputes::{Sums, loss_sources, movement_sources};
use crate::billing::dispute::{Dispute, Status};
use crate::billing::id::{DisputeId, InvoiceId, PaymentId};
use crate::billing::ledger::{Account, Entry, Source};
use crate::billing::payment::Payment;
use crate::billing::review::{Reason, Review};

/// A dispute is looked at daily.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(25);

impl Reader<'_> {
    pub fn dispute(&self, id: DisputeId) -> Result<Option<Dispute>, Error> {
        self.get(&DISPUTES, &id)
    }

    /// The dispute that Stripe calls so (`dp_…`).
    pub fn dispute_by_stripe(&self, name: &str) -> Result<Option<Dispute>, Error> {
        match self.get(&DISPUTE_BY_STRIPE, &name.to_owned())? {
            Some(id) => self.dispute(id),
            None => Ok(None),
        }
    }

    /// A payment's disputes, oldest first. There may be several.
    pub fn disputes_of_payment(&self, payment: PaymentId) -> Result<Vec<Dispute>, Error> {
        let ids = self.all(&DISPUTES_BY_PAYMENT, Span::of(&payment), Order::Ascending)?;
        ids.into_iter().filter_map(|((_, id), ())| self.dispute(id).transpose()).collect()
    }

    /// The disputes of money that was meant for an invoice or has paid it, oldest first.
    pub fn disputes_of_invoice(&self, invoice: InvoiceId) -> Result<Vec<Dispute>, Error> {
        let ids = self.all(&DISPUTES_BY_INVOICE, Span::of(&invoice), Order::Ascending)?;
        let own = ids.into_iter().filter_map(|((_, id), ())| self.dispute(id).transpose());
        let mut disputes = own.collect::<Result<Vec<_>, _>>()?;
        for payment in self.payments_applied_to(invoice)? {
            disputes.extend(self.disputes_of_payment(payment)?);
        }
        disputes.sort_by_key(|dispute| dispute.id);
        disputes.dedup_by_key(|dispute| dispute.id);
        Ok(disputes)
    }

    /// The newest disputes from behind `after`; one more than `limit` if there are more.
    pub fn disputes(&self, after: Option<DisputeId>, limit: usize) -> Result<Vec<Dispute>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let rows = self.collect(&DISPUTES, span, Order::Descending, limit.saturating_add(1))?;
        Ok(rows.into_iter().map(|(_, dispute)| dispute).collect())
    }

    /// The disputes that the bank has not decided, oldest first.
    pub fn open_disputes(&self) -> Result<Vec<Dispute>, Error> {
        let ids = self.all(&DISPUTES_OPEN, Span::all(), Order::Ascending)?;
        ids.into_iter().filter_map(|(id, ())| self.dispute(id).transpose()).collect()
    }

    /// Disputes that Stripe is to be asked about by now, the longest waiting first.
    pub fn disputes_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Dispute>, Error> {
        let due = self.due(&DISPUTES_DUE, now, LONGEST_WAIT, limit)?;
        due.into_iter().filter_map(|id| self.dispute(id).transpose()).collect()
    }

    /// When Stripe is next to be asked about a dispute.
    pub fn next_dispute_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.collect(&DISPUTES_DUE, Span::all(), Order::Ascending, 1)?.pop().map(|((when, _), ())| when))
    }

    /// The dispute for which Stripe would refuse to refund a payment, if there is one: a payment can be refunded while
    /// all its disputes allow it.
    pub fn dispute_that_blocks_refund(&self, payment: PaymentId) -> Result<Option<Dispute>, Error> {
        Ok(self.disputes_of_payment(payment)?.into_iter().rev().find(|dispute| !dispute.refundable))
    }

    /// The dispute that a case is about, if it is about one.
    pub fn dispute_of_review(&self, review: &Review) -> Result<Option<Dispute>, Error> {
        match review.matter().split(':').next() {
            Some(name) if review.reason == Reason::Dispute => self.dispute_by_stripe(name),
            _ => Ok(None),
        }
    }

    /// What of a payment the payer's bank holds while it decides, in minor units; all of it where that was settled in another
    /// currency. What it got back for good is booked as lost, and no credit any more.
    pub fn kept_by_bank(&self, payment: &Payment) -> Result<i64, Error> {
        let all = payment.amount.minor();
        let mut kept = 0_i64;
        for dispute in self.disputes_of_payment(payment.id)? {
            let lost = self.lost_by(&dispute)?;
            for (currency, sum) in self.withdrawn_by(&dispute)? {
                let held = sum.saturating_sub(lost.get(&currency).copied().unwrap_or(0));
                let is_own = currency == payment.amount.currency();
                kept = kept.saturating_add(if is_own || held == 0 { held } else { all });
            }
        }
        Ok(kept.clamp(0, all))
    }

    /// What Stripe has withdrawn for a dispute and not given back, by what is booked of its movements.
    pub fn withdrawn_by(&self, dispute: &Dispute) -> Result<Sums, Error> {
        let sources = dispute.movements.iter().flat_map(|movement| movement_sources(movement));
        self.sums_on(Account::DisputesHeld, sources)
    }

    /// What of a dispute is booked as lost.
    pub fn lost_by(&self, dispute: &Dispute) -> Result<Sums, Error> {
        let sources = (1..=dispute.losses).flat_map(|ordinal| loss_sources(dispute.id, ordinal));
        self.sums_on(Account::DisputeLosses, sources)
    }

    /// What of a dispute should be booked as lost: all that was withdrawn, once the bank has decided against us.
    pub fn to_be_lost_by(&self, dispute: &Dispute) -> Result<Sums, Error> {
        if dispute.status == Status::Lost { self.withdrawn_by(dispute) } else { Ok(Sums::new()) }
    }

    fn sums_on(&self, account: Account, sources: impl Iterator<Item = Source>) -> Result<Sums, Error> {
        let mut sums = Sums::new();
        for source in sources {
            let entry: Option<Entry> = self.entry_of(&source)?;
            for posting in entry.iter().flat_map(Entry::postings).filter(|posting| posting.account == account) {
                let sum = sums.entry(posting.currency).or_default();
                *sum = i64::saturating_add(*sum, posting.amount);
            }
        }
        sums.retain(|_, sum| *sum != 0);
        Ok(sums)
    }
}

pub(super) fn dispute_rows(dispute: &Dispute) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.add(&DISPUTE_BY_STRIPE, &dispute.stripe_dispute, &dispute.id)?;
    rows.mark(&DISPUTES_BY_PAYMENT, &(dispute.payment, dispute.id))?;
    if let Some(invoice) = dispute.invoice {
        rows.mark(&DISPUTES_BY_INVOICE, &(invoice, dispute.id))?;
    }
    if dispute.is_open() {
        rows.mark(&DISPUTES_OPEN, &dispute.id)?;
    }
    if let Some(next_look) = dispute.next_look {
        rows.mark(&DISPUTES_DUE, &(next_look, dispute.id))?;
    }
    Ok(rows)
}

impl Writer<'_> {
    /// Stores a dispute.
    ///
    /// # Errors
    /// It would be about another payment, or Stripe's name of it is another's: a defect that must not be stored.
    pub fn put_dispute(&mut self, dispute: &Dispute) -> Result<(), Error> {
        let before = match self.dispute(dispute.id)? {
            Some(stored) if identity(&stored) != identity(dispute) => {
                return Err(Error::Unsound(format!("the dispute {} would become another", dispute.id)));
            }
            Some(stored) => dispute_rows(&stored)?,
            None => Rows::default(),
        };
        self.put(&DISPUTES, &dispute.id, dispute)?;
        self.derive(&before, &dispute_rows(dispute)?)?;
        if let Some(payment) = self.payment(dispute.payment)? {
            for invoice in self.invoices_of_payment(&payment)? {
                self.touch(invoice);
            }
        }
        self.wake.attempts = true;
        Ok(())
    }
}

/// What of a dispute never changes.
fn identity(dispute: &Dispute) -> (&str, PaymentId, Option<InvoiceId>, Timestamp) {
    (&dispute.stripe_dispute, dispute.payment, dispute.invoice, dispute.opened_at)
}

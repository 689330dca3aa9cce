//! What a pass learns and nobody had told: noted where it is booked, once it is on disk, so that the report of the pass
//! names each of it by whatever way it came.
//!
//! Whoever brings something into the books says so here, after the commit. Only a pass listens; to everybody else it
//! costs nothing.

use std::sync::{Arc, Mutex, PoisonError};

use super::reconcile::class::Class;
use super::settle::Settled;
use super::till::Till;
use crate::billing::dispute::{Dispute, Phase};
use crate::billing::id::{InvoiceId, PaymentId, RefundId};
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::movement::{Belongs, Movement};
use crate::billing::payout::{PayoutRecord, PayoutStatus};
use crate::billing::refund::{Origin, Refund, State};
use crate::store::{Error, Reader};

/// Where finds go to; nowhere, unless somebody listens.
#[derive(Clone, Default)]
pub struct Finds(Option<Arc<Mutex<Vec<Find>>>>);

/// Something that came into the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Find {
    pub kind: &'static str,
    /// `None` of what other classes count already.
    pub class: Option<Class>,
    /// Stripe's id, or ours where Stripe has given none.
    pub object: String,
    pub invoice: Option<InvoiceId>,
    /// One plain sentence.
    pub detail: String,
}

impl Finds {
    pub(super) fn heard() -> Self {
        Self(Some(Arc::default()))
    }

    /// What was noted since the last time, in its order.
    pub(super) fn take(&self) -> Vec<Find> {
        let Some(finds) = &self.0 else { return Vec::new() };
        std::mem::take(&mut *finds.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether what came by this way is noted: a pass also works off what webhooks brought.
    fn hears(&self, channel: Channel) -> bool {
        self.0.is_some() && channel == Channel::Reconciliation
    }

    fn note(&self, find: Option<Find>) {
        if let (Some(finds), Some(find)) = (&self.0, find) {
            finds.lock().unwrap_or_else(PoisonError::into_inner).push(find);
        }
    }
}

impl Till {
    /// The same till, for a pass: what is booked through it is noted.
    pub(super) fn heard(&self) -> Self {
        Self { finds: Finds::heard(), ..self.clone() }
    }

    /// Notes a payment that was booked, if that is what settling came to.
    pub(super) fn note_settled(&self, settled: &Settled, channel: Channel) {
        match settled {
            Settled::Booked(id) if self.finds.hears(channel) => self.note(|r| payment(r, *id)),
            _ => {}
        }
    }

    /// Notes a refund that came, or came into another state than `before`.
    pub(super) fn note_refund(&self, id: RefundId, before: Option<&State>, channel: Channel) {
        if self.finds.hears(channel) {
            self.note(|r| Ok(r.refund(id)?.map(|now| refund(&now, before))));
        }
    }

    /// Notes what became of a dispute, by Stripe's name of it, since it was as `before`.
    pub(super) fn note_dispute(&self, name: &str, before: Option<&Dispute>, channel: Channel) {
        if self.finds.hears(channel) {
            self.note(|r| Ok(r.dispute_by_stripe(name)?.map(|now| dispute(&now, before))));
        }
    }

    /// Notes that a payout reached the bank, or came back.
    pub(super) fn note_payout(&self, before: Option<&PayoutRecord>, now: &PayoutRecord, channel: Channel) {
        if self.finds.hears(channel) {
            self.finds.note(payout(before, now));
        }
    }

    /// Notes a movement that was booked, if it says what a payment cost or that it is gone.
    pub(super) fn note_movement(&self, id: &str, channel: Channel) {
        if self.finds.hears(channel) {
            self.note(|r| r.movement(id)?.map_or(Ok(None), |booked| movement(r, &booked)));
        }
    }

    /// What is on disk is done: that it cannot be read again for a report stops nobody.
    fn note(&self, find: impl FnOnce(&Reader<'_>) -> Result<Option<Find>, Error>) {
        match self.store.read(|r| find(&r)) {
            Ok(found) => self.finds.note(found),
            Err(error) => tracing::warn!(%error, "what a pass has brought into the books could not be named"),
        }
    }
}

fn payment(r: &Reader<'_>, id: PaymentId) -> Result<Option<Find>, Error> {
    let Some(payment) = r.payment(id)? else { return Ok(None) };
    let stripe = payment.method.stripe();
    let object = stripe.map(|stripe| stripe.session.clone().unwrap_or_else(|| stripe.payment_intent.clone()));
    let detail = format!("A payment of {} that had not been reported was booked.", payment.amount);
    let (kind, class) = (Class::MissedPayment.kind(), Some(Class::MissedPayment));
    Ok(Some(Find { kind, class, object: object.unwrap_or_default(), invoice: payment.invoice, detail }))
}

fn refund(now: &Refund, before: Option<&State>) -> Find {
    let is_new = before.is_none();
    let class = if is_new { Class::MissedRefund } else { Class::RefundMoved };
    let whose = if now.origin == Origin::Stripe { ", made at Stripe," } else { "" };
    let what = match &now.state {
        State::Succeeded => "went through",
        State::Failed { .. } => "failed",
        State::Canceled => "was canceled",
        State::Rejected { .. } | State::Lost { .. } => "was not made",
        State::Pending { .. } => "is on its way",
        State::Requested | State::Unknown { .. } => "is asked for",
    };
    let tail = if is_new { "was not in the books as it is; it is now." } else { "was brought up to date." };
    let detail = format!("A refund of {}{whose} {what}: it {tail}", now.amount);
    let object = now.stripe_refund.clone().unwrap_or_else(|| now.id.to_string());
    Find { kind: class.kind(), class: Some(class), object, invoice: now.invoice, detail }
}

fn dispute(now: &Dispute, before: Option<&Dispute>) -> Find {
    let is_over = now.closed_at.is_some();
    let (kind, what) = match (before, now.phase()) {
        (None, _) if !is_over => ("dispute_opened", "was opened and is in the books now"),
        (Some(before), _) if is_over == before.closed_at.is_some() => {
            (Class::DisputeMoved.kind(), "was brought up to date")
        }
        (_, Phase::Lost) => ("dispute_closed", "is lost, and that is in the books now"),
        (_, Phase::Won) => ("dispute_closed", "is won, and that is in the books now"),
        _ if is_over => ("dispute_closed", "is over, and that is in the books now"),
        _ => ("dispute_opened", "was opened again, and that is in the books now"),
    };
    let detail = format!("A dispute over {} {what}.", now.amount);
    Find { kind, class: Some(Class::DisputeMoved), object: now.stripe_dispute.clone(), invoice: now.invoice, detail }
}

/// That a payout is made and under way, no event tells: its arrival and its return are told.
fn payout(before: Option<&PayoutRecord>, now: &PayoutRecord) -> Option<Find> {
    let was_returned = before.is_some_and(|before| before.status.is_returned());
    let was_paid = before.is_some_and(|before| before.status == PayoutStatus::Paid);
    let (kind, what) = if now.status.is_returned() && !was_returned {
        ("payout_returned", "came back to the Stripe balance, which")
    } else if now.status == PayoutStatus::Paid && !was_paid {
        ("missed_payout", "went to the bank, which")
    } else {
        return None;
    };
    let detail = format!("A payout of {} {what} is in the books now.", now.amount);
    Some(Find { kind, class: None, object: now.id.clone(), invoice: None, detail })
}

fn movement(r: &Reader<'_>, booked: &Movement) -> Result<Option<Find>, Error> {
    let Some(payment) = booked.belongs.payment().map(|id| r.payment(id)).transpose()?.flatten() else {
        return Ok(None);
    };
    let sum = |minor| Money::new(minor, booked.currency).unwrap_or(Money::zero(booked.currency));
    let (kind, detail) = match booked.belongs {
        Belongs::Payment { .. } if booked.fee != 0 || booked.converted.is_some() => (
            "missed_fee",
            format!("What Stripe took of a payment of {} was booked: {}.", payment.amount, sum(booked.fee)),
        ),
        Belongs::TakenBack { .. } if booked.amount < 0 => {
            ("payment_taken_back", format!("The payer's bank took a payment of {} back; it is booked.", payment.amount))
        }
        _ => return Ok(None),
    };
    Ok(Some(Find { kind, class: None, object: booked.id.clone(), invoice: payment.invoice, detail }))
}

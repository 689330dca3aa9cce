//! What has become of a payment's money by now: which is used, held, gone back, and which never came.
//!
//! A payment's record says what it was when it was booked; everything here follows from the ledger, the refunds and the
//! movements as they are now, so that pages, API and export cannot tell of it differently.

use jiff::Timestamp;
use serde::Serialize;

use super::error::Error;
use super::table::Reader;
use crate::billing::ledger::Account;
use crate::billing::movement::{Movement, Proceeds};
use crate::billing::payment::Payment;
use crate::billing::refund::Refund;

/// How often money may come back from the bank and set out again before nobody follows it any more.
const RETURNS_MAX: usize = 20;

/// Whether a payment is money that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    Received,
    /// The owner recorded it by mistake: it never came.
    TakenBack,
}

impl PaymentStatus {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::TakenBack => "taken_back",
        }
    }
}

/// Minor units of the payment's currency. What is applied, held, charged as a fee, and went back out of what was held
/// come to the payment; of one that was taken back nothing is left anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub taken_back_at: Option<Timestamp>,
    /// What pays invoices, this one's and others, gross of what went back of it since.
    pub applied: i64,
    /// What is owed back to the customer, whether or not a person must still decide about it.
    pub held: i64,
    /// What went back.
    pub refunded: i64,
    pub proceeds: Proceeds,
}

impl Tally {
    #[must_use]
    pub fn status(&self) -> PaymentStatus {
        if self.taken_back_at.is_some() { PaymentStatus::TakenBack } else { PaymentStatus::Received }
    }
}

impl Reader<'_> {
    /// What has become of a payment's money.
    pub fn tally(&self, payment: &Payment) -> Result<Tally, Error> {
        let taken_back_at = self.taken_back_at(payment.id)?;
        let proceeds = self.proceeds(payment)?;
        if taken_back_at.is_some() {
            return Ok(Tally { taken_back_at, applied: 0, held: 0, refunded: 0, proceeds });
        }
        let (amount, currency) = (payment.amount.minor(), payment.amount.currency());
        let held = -self.balance(payment.book, currency, Account::Credit(payment.id))?;
        let refunds = self.refunds_of_payment(payment.id)?;
        let stand = || refunds.iter().filter(|refund| refund.stands());
        // What went back out of the credit had never been applied.
        let from_credit: i64 = stand().filter_map(|refund: &Refund| Some(refund.accepted.as_ref()?.from_credit)).sum();
        let fee = self.fee_of_payment(payment.id)?.map_or(0, |document| document.fee.total);
        let elsewhere = held.saturating_add(from_credit).saturating_add(fee);
        let refunded = stand().map(|refund| refund.amount.minor()).sum();
        Ok(Tally { taken_back_at, applied: amount.saturating_sub(elsewhere), held, refunded, proceeds })
    }

    /// What a payment brought after Stripe's fee, and the payout by which it reached the bank. What never came brought
    /// nothing.
    pub fn proceeds(&self, payment: &Payment) -> Result<Proceeds, Error> {
        if self.taken_back_at(payment.id)?.is_some() {
            return Ok(Proceeds { fee: Some(0), net: Some(0), ..Proceeds::default() });
        }
        let movement = self.movement_of_payment(payment.id)?;
        let payout = movement.as_ref().map(|movement| self.payout_that_carried(movement)).transpose()?.flatten();
        Ok(Proceeds { payout, ..Proceeds::of(payment, movement.as_ref()) })
    }

    /// The payout, `po_…`, by which a movement reached the bank or is on its way there. One that the bank sent back
    /// carried nothing; the one that took what came back along did.
    pub fn payout_that_carried(&self, movement: &Movement) -> Result<Option<String>, Error> {
        let mut next = movement.payout.clone();
        for _ in 0..RETURNS_MAX {
            let Some(id) = next else { return Ok(None) };
            if !self.payout(&id)?.is_some_and(|payout| payout.status.is_returned()) {
                return Ok(Some(id));
            }
            let came_back = self.movements_of_source(&id)?;
            next = came_back.into_iter().find(|line| line.returned_payout().is_some()).and_then(|line| line.payout);
        }
        Ok(None)
    }
}

//! What has become of a payment's money by now: which is used, held, gone back, and which never came.
//!
//! A payment's record says what it was when it was booked; everything here follows from the ledger, the refunds and the
//! movements as they are now, so that pages, API and export cannot tell of it differently.

use jiff::Timestamp;
use serde::Serialize;

use super::error::Error;
use super::table::Reader;
use crate::billing::id::InvoiceId;
use crate::billing::ledger::Account;
use crate::billing::movement::{Movement, Proceeds};
use crate::billing::payment::Payment;

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

/// Minor units of the payment's currency. Of one that was taken back nothing is left anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub taken_back_at: Option<Timestamp>,
    /// What pays which invoice, gross of what went back of it since.
    pub on_invoices: Vec<(InvoiceId, i64)>,
    /// What is the fee that it bore, gross of what went back of it.
    pub fee: i64,
    /// What is owed back to the customer, whether or not a person must still decide about it.
    pub held: i64,
    /// Whether a person must still decide about what is held.
    pub is_undecided: bool,
    /// What went back, and nothing undid.
    pub refunded: i64,
    pub proceeds: Proceeds,
}

impl Tally {
    #[must_use]
    pub fn is_taken_back(&self) -> bool {
        self.taken_back_at.is_some()
    }

    #[must_use]
    pub fn status(&self) -> PaymentStatus {
        if self.is_taken_back() { PaymentStatus::TakenBack } else { PaymentStatus::Received }
    }

    /// What pays invoices, whichever.
    #[must_use]
    pub fn applied(&self) -> i64 {
        self.on_invoices.iter().map(|(_, minor)| minor).sum()
    }

    /// What pays this invoice.
    #[must_use]
    pub fn applied_to(&self, invoice: InvoiceId) -> i64 {
        self.on_invoices.iter().filter(|(id, _)| *id == invoice).map(|(_, minor)| minor).sum()
    }
}

impl Reader<'_> {
    /// What has become of a payment's money.
    pub fn tally(&self, payment: &Payment) -> Result<Tally, Error> {
        let taken_back_at = self.taken_back_at(payment.id)?;
        let proceeds = self.proceeds(payment)?;
        if taken_back_at.is_some() {
            return Ok(Tally { taken_back_at, proceeds, ..Tally::default() });
        }
        Ok(Tally {
            taken_back_at,
            on_invoices: self.applied_of(payment)?,
            fee: self.fee_of_payment(payment.id)?.map_or(0, |document| document.fee.total),
            held: -self.balance(payment.book, payment.amount.currency(), Account::Credit(payment.id))?,
            is_undecided: self.is_undecided(payment)?,
            refunded: self.gone_of(payment.id)?,
            proceeds,
        })
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

//! Where the money of a payment is by now: on invoices, in the document of its fee, held as credit, or gone.
//!
//! The record of a payment says how it was booked and never changes. What decisions, credit, refunds and corrections made
//! of it since is in the ledger; whoever shows or judges a payment asks here.

use crate::billing::id::InvoiceId;
use crate::billing::payment::Payment;
use crate::store::{Error, PaymentStatus, Reader};

/// All in minor units of the payment's currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// What pays which invoice; a refund out of it leaves it there, as `gone`.
    pub on_invoices: Vec<(InvoiceId, i64)>,
    /// What is the fee that it bore.
    pub fee: i64,
    /// What is held as credit.
    pub held: i64,
    /// What went back to the payer, and nothing undid.
    pub gone: i64,
    /// It was recorded by mistake, and booked back.
    pub is_taken_back: bool,
    /// A person must still decide about what is held.
    pub is_undecided: bool,
}

impl Whereabouts {
    /// # Errors
    /// The store failed.
    pub fn of(reader: &Reader<'_>, payment: &Payment) -> Result<Self, Error> {
        let tally = reader.tally(payment)?;
        if tally.status() == PaymentStatus::TakenBack {
            return Ok(Self { is_taken_back: true, ..Self::default() });
        }
        Ok(Self {
            on_invoices: reader.applied_of(payment)?,
            fee: reader.fee_of_payment(payment.id)?.map_or(0, |document| document.fee.total),
            held: tally.held,
            gone: tally.refunded,
            is_taken_back: false,
            is_undecided: reader.is_undecided(payment)?,
        })
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

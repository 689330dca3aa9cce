//! Payouts, newest first.

use jiff::Timestamp;

use super::derived::Rows;
use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{PAYOUTS, PAYOUTS_BY_TIME};
use super::writer::Writer;
use crate::billing::payout::PayoutRecord;

impl Reader<'_> {
    /// A payout by Stripe's id of it, `po_…`.
    pub fn payout(&self, id: &str) -> Result<Option<PayoutRecord>, Error> {
        self.get(&PAYOUTS, &id.to_owned())
    }

    /// The newest payouts from behind `after`; one more than `limit` if there are more.
    pub fn payouts(&self, after: Option<&str>, limit: usize) -> Result<Vec<PayoutRecord>, Error> {
        let span = match after.map(|id| self.payout(id)).transpose()?.flatten() {
            Some(payout) => Span::all().before(&(payout.created, payout.id)),
            None => Span::all(),
        };
        let keys = self.collect(&PAYOUTS_BY_TIME, span, Order::Descending, limit.saturating_add(1))?;
        let missing = || PAYOUTS.unreadable();
        keys.into_iter().map(|((_, id), ())| self.payout(&id)?.ok_or_else(missing)).collect()
    }

    /// The payouts that Stripe made since a moment, oldest first.
    pub fn payouts_since(&self, from: Timestamp) -> Result<Vec<PayoutRecord>, Error> {
        let span = Span::all().starting(&(from, String::new()));
        let keys = self.all(&PAYOUTS_BY_TIME, span, Order::Ascending)?;
        let missing = || PAYOUTS.unreadable();
        keys.into_iter().map(|((_, id), ())| self.payout(&id)?.ok_or_else(missing)).collect()
    }
}

pub(super) fn payout_rows(payout: &PayoutRecord) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    rows.mark(&PAYOUTS_BY_TIME, &(payout.created, payout.id.clone()))?;
    Ok(rows)
}

impl Writer<'_> {
    /// Stores a payout as Stripe shows it now.
    ///
    /// # Errors
    /// It would be of another amount than before: a defect that must not be stored.
    pub fn put_payout(&mut self, payout: &PayoutRecord) -> Result<(), Error> {
        let before = match self.payout(&payout.id)? {
            Some(stored) if stored.amount != payout.amount => {
                return Err(Error::Unsound(format!("the amount of the payout {} would be changed", payout.id)));
            }
            Some(stored) => payout_rows(&stored)?,
            None => Rows::default(),
        };
        self.put(&PAYOUTS, &payout.id, payout)?;
        self.derive(&before, &payout_rows(payout)?)
    }
}

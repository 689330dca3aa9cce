//! Movements of the Stripe balance: by their source, their payment, and the payout that carried them.

use super::derived::Rows;
use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{MOVEMENTS, MOVEMENTS_BY_PAYMENT, MOVEMENTS_BY_PAYOUT, MOVEMENTS_BY_SOURCE};
use super::writer::Writer;
use crate::billing::id::PaymentId;
use crate::billing::movement::{Belongs, Movement};

/// Lines of a payout that are read at once where all of them are wanted.
const STEP: usize = 500;

impl Reader<'_> {
    /// A movement by Stripe's id of it, `txn_…`.
    pub fn movement(&self, id: &str) -> Result<Option<Movement>, Error> {
        self.get(&MOVEMENTS, &id.to_owned())
    }

    /// What moved for an object of Stripe's, such as `re_…`, in no order that means anything.
    pub fn movements_of_source(&self, source: &str) -> Result<Vec<Movement>, Error> {
        let keys = self.all(&MOVEMENTS_BY_SOURCE, within(source), Order::Ascending)?;
        keys.into_iter().map(|(key, ())| self.movement_of_key(&key)).collect()
    }

    /// Everything that moved about a payment: itself, its refunds, its disputes.
    pub fn movements_of_payment(&self, payment: PaymentId) -> Result<Vec<Movement>, Error> {
        let keys = self.all(&MOVEMENTS_BY_PAYMENT, Span::of(&payment), Order::Ascending)?;
        let missing = || MOVEMENTS.unreadable();
        keys.into_iter().map(|((_, id), ())| self.movement(&id)?.ok_or_else(missing)).collect()
    }

    /// The movement that brought a payment's money, if Stripe has booked it.
    pub fn movement_of_payment(&self, payment: PaymentId) -> Result<Option<Movement>, Error> {
        let is_its_own = |movement: &Movement| matches!(movement.belongs, Belongs::Payment { .. });
        Ok(self.movements_of_payment(payment)?.into_iter().find(is_its_own))
    }

    /// Whether the payer's bank took the money of a payment back without a dispute, and did not give it back since.
    pub fn is_taken_back_by_bank(&self, payment: PaymentId) -> Result<bool, Error> {
        let moved = self.movements_of_payment(payment)?.into_iter();
        let taken = moved.filter(|movement| matches!(movement.belongs, Belongs::TakenBack { .. }));
        Ok(taken.map(|movement| movement.amount).sum::<i64>() < 0)
    }

    /// The lines of a payout from behind the movement `after`; one more than `limit` if there are more.
    pub fn movements_of_payout(&self, payout: &str, after: Option<&str>, limit: usize) -> Result<Vec<Movement>, Error> {
        let span = match after {
            Some(after) => within(payout).after(&joined(payout, after)),
            None => within(payout),
        };
        let keys = self.collect(&MOVEMENTS_BY_PAYOUT, span, Order::Ascending, limit.saturating_add(1))?;
        keys.into_iter().map(|(key, ())| self.movement_of_key(&key)).collect()
    }

    /// Shows every line of a payout to `visit`; some hundreds are in memory at a time.
    pub fn each_movement_of_payout<E: From<Error>>(
        &self,
        payout: &str,
        mut visit: impl FnMut(Movement) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut after: Option<String> = None;
        loop {
            let mut lines = self.movements_of_payout(payout, after.as_deref(), STEP)?;
            let is_last = lines.len() <= STEP;
            lines.truncate(STEP);
            after = lines.last().map(|line| line.id.clone());
            lines.into_iter().try_for_each(&mut visit)?;
            if is_last {
                return Ok(());
            }
        }
    }

    fn movement_of_key(&self, key: &str) -> Result<Movement, Error> {
        let (_, id) = key.split_once(':').ok_or(MOVEMENTS.unreadable())?;
        self.movement(id)?.ok_or(MOVEMENTS.unreadable())
    }
}

/// The key under which a movement stands with its source or payout.
fn joined(other: &str, movement: &str) -> String {
    format!("{other}:{movement}")
}

fn within(other: &str) -> Span {
    Span::of(&joined(other, ""))
}

pub(super) fn movement_rows(movement: &Movement) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    if let Some(source) = &movement.source {
        rows.mark(&MOVEMENTS_BY_SOURCE, &joined(source, &movement.id))?;
    }
    if let Some(payment) = movement.belongs.payment() {
        rows.mark(&MOVEMENTS_BY_PAYMENT, &(payment, movement.id.clone()))?;
    }
    if let Some(payout) = &movement.payout {
        rows.mark(&MOVEMENTS_BY_PAYOUT, &joined(payout, &movement.id))?;
    }
    Ok(rows)
}

/// The movement without what may become known later.
fn unchanging(movement: &Movement) -> Movement {
    Movement { payout: None, belongs: Belongs::Unknown, taken_for: None, converted: None, ..movement.clone() }
}

impl Writer<'_> {
    /// Stores a movement.
    ///
    /// # Errors
    /// It would change what Stripe said of it before: a defect that must not be stored.
    pub fn put_movement(&mut self, movement: &Movement) -> Result<(), Error> {
        let before = match self.movement(&movement.id)? {
            Some(stored) if unchanging(&stored) != unchanging(movement) => {
                return Err(Error::Unsound(format!("the movement {} would be changed", movement.id)));
            }
            Some(stored) => movement_rows(&stored)?,
            None => Rows::default(),
        };
        self.put(&MOVEMENTS, &movement.id, movement)?;
        self.derive(&before, &movement_rows(movement)?)
    }
}

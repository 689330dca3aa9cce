//! Movements and payouts of Stripe: each booked as it is, and what they name is there.

use super::Check;
use crate::billing::bookings::movements::{self, PayoutStep};
use crate::billing::ledger::{Entry, Source, Unbalanced};
use crate::billing::movement::Movement;
use crate::billing::payout::{PayoutRecord, PayoutStatus};
use crate::store::error::Error;
use crate::store::movements::movement_rows;
use crate::store::payouts::payout_rows;
use crate::store::tables::{MOVEMENTS, PAYMENTS, PAYOUTS};

impl Check<'_> {
    pub(super) fn movements(&mut self) -> Result<(), Error> {
        self.each(&MOVEMENTS, |check, _, movement| check.movement(&movement))?;
        self.each(&PAYOUTS, |check, _, payout| check.payout(&payout))
    }

    fn movement(&mut self, movement: &Movement) -> Result<(), Error> {
        let who = format!("movement {}", movement.id);
        self.expect(movement_rows(movement)?)?;
        if let Some(payment) = movement.belongs.payment() {
            self.refers(&who, &PAYMENTS, &payment)?;
        }
        self.movement_chain(movement)?;
        if movement.amount.checked_sub(movement.fee) != Some(movement.net) {
            self.proof.problem(format!("{who} does not add up"));
        }
        self.booked_or_not(&who, &movements::movement_source(movement), movements::movement(movement))?;
        self.booked_or_not(&who, &movements::found_source(movement), movements::found(movement))
    }

    fn booked_or_not(
        &mut self,
        who: &str,
        source: &Source,
        entry: Result<Option<Entry>, Unbalanced>,
    ) -> Result<(), Error> {
        match entry.transpose() {
            Some(entry) => self.booked(who, entry).map(drop),
            None if self.reader.is_booked(source)? => {
                self.proof.problem(format!("{who} is booked although it moves nothing"));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A payout is booked step by step; each step that its state implies is there, of its amount.
    fn payout(&mut self, payout: &PayoutRecord) -> Result<(), Error> {
        self.expect(payout_rows(payout)?)?;
        let mut steps = vec![PayoutStep::Created];
        let was_paid = self.reader.is_booked(&PayoutStep::Arrived.source(&payout.id))?;
        if was_paid || payout.status == PayoutStatus::Paid {
            steps.push(PayoutStep::Arrived);
        }
        if payout.status.is_returned() {
            steps.push(if was_paid { PayoutStep::Returned } else { PayoutStep::Failed });
        }
        for step in steps {
            let at = self.reader.entry_of(&step.source(&payout.id))?.map_or(payout.created, |entry| entry.at());
            self.booked(&format!("payout {}", payout.id), movements::payout(payout, step, at))?;
        }
        Ok(())
    }
}

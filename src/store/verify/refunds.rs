//! Refunds: sealed as they were asked for, booked once they were made, and never more than was paid.

use super::Check;
use crate::billing::bookings;
use crate::billing::payment::Payment;
use crate::billing::refund::{Accepted, Refund};
use crate::store::error::Error;
use crate::store::journal::Sort;
use crate::store::refunds::{refund_rows, unchanging};
use crate::store::tables::{CREDIT_NOTES, PAYMENTS, REFUNDS};

impl Check<'_> {
    pub(super) fn refunds(&mut self) -> Result<(), Error> {
        self.each(&REFUNDS, |check, _, refund| check.refund(&refund))
    }

    fn refund(&mut self, refund: &Refund) -> Result<(), Error> {
        let who = format!("refund {}", refund.id);
        self.expect(refund_rows(refund)?)?;
        self.sealed(Sort::Refund, &refund.id.to_string(), &unchanging(refund))?;
        if let Some(note) = &refund.credit_note {
            self.refers(&who, &CREDIT_NOTES, note)?;
        }
        let Some(payment) = self.reader.payment(refund.payment)? else {
            return self.refers(&who, &PAYMENTS, &refund.payment);
        };
        self.refund_chain(refund, &payment);
        match &refund.accepted {
            Some(accepted) => self.booked_as_it_is(&who, refund, &payment, accepted),
            None if refund.stands() => {
                self.proof.problem(format!("{who} was made and is not booked"));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn booked_as_it_is(
        &mut self,
        who: &str,
        refund: &Refund,
        payment: &Payment,
        accepted: &Accepted,
    ) -> Result<(), Error> {
        self.booked(who, bookings::refund(refund, payment, accepted))?;
        if let Some(at) = refund.returned_at {
            self.booked(who, bookings::refund_failed(refund, payment, accepted, at))?;
        }
        let shared: i64 = accepted.shares.iter().map(|share| share.amount).sum();
        let of_notes: i64 = accepted.from_notes.iter().map(|part| part.amount).sum();
        if shared > refund.amount.minor() - accepted.from_credit || of_notes > shared {
            self.proof.problem(format!("{who} gives invoices more back than it is"));
        }
        if refund.stands() == refund.returned_at.is_some() {
            self.proof.problem(format!("{who} does not stand as it is booked"));
        }
        Ok(())
    }

    /// No more of a payment is refunded, or may be, than it was.
    pub(super) fn refunded_at_most(&mut self, payment: &Payment) -> Result<(), Error> {
        let refunded = self.reader.refunded_of(payment.id)?;
        if refunded > payment.amount.minor() {
            let of = payment.amount.minor();
            self.proof.problem(format!("payment {} has {refunded} refunded of {of}", payment.id));
        }
        Ok(())
    }
}

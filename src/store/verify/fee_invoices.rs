//! Invoices over fees: each sealed and booked as it is, of a payment that is exactly the sum, and one for every payment
//! that bore a fee.

use super::Check;
use crate::billing::bookings;
use crate::billing::fee_invoice::{FeeInvoice, is_paid_by};
use crate::billing::payment::Payment;
use crate::store::error::Error;
use crate::store::fee_invoices::fee_invoice_rows;
use crate::store::journal::Sort;
use crate::store::tables::{CUSTOMERS, FEE_INVOICES, INVOICES, PAYMENTS};

impl Check<'_> {
    pub(super) fn fee_invoices(&mut self) -> Result<(), Error> {
        self.each(&FEE_INVOICES, |check, _, document| check.fee_invoice(&document))
    }

    fn fee_invoice(&mut self, document: &FeeInvoice) -> Result<(), Error> {
        let who = format!("fee invoice {}", document.number);
        self.refers(&who, &INVOICES, &document.invoice)?;
        self.refers(&who, &CUSTOMERS, &document.customer)?;
        self.expect(fee_invoice_rows(document)?)?;
        self.sealed(Sort::FeeInvoice, &document.id.to_string(), document)?;
        self.booked(&who, bookings::fees::charged(document))?;
        let fee = &document.fee;
        let taxes: i64 = fee.taxes.iter().map(|tax| tax.amount).sum();
        if fee.net + taxes != fee.total {
            self.proof.problem(format!("{who} says {} in all and adds up to {}", fee.total, fee.net + taxes));
        }
        if let Some(corrected) = &document.corrects {
            return self.refers(&who, &FEE_INVOICES, &corrected.document);
        }
        self.is_corrected(&who, document)?;
        let Some(payment) = self.reader.payment(document.payment)? else {
            return self.refers(&who, &PAYMENTS, &document.payment);
        };
        if fee.sum() != Some(payment.amount.minor()) || document.currency != payment.amount.currency() {
            self.proof.problem(format!("{who} and its invoice do not come to the payment {}", payment.id));
        }
        // Nobody owes a fee for an invoice that the payment did not pay.
        let applied = self.reader.applied_of(&payment)?;
        if !applied.iter().any(|(invoice, sum)| *invoice == document.invoice && *sum >= fee.principal) {
            self.proof.problem(format!("{who} stands and its payment {} has not paid the invoice", payment.id));
        }
        Ok(())
    }

    /// That what went back of a fee, and no more, has its correction.
    fn is_corrected(&mut self, who: &str, document: &FeeInvoice) -> Result<(), Error> {
        let corrections = self.reader.corrections_of(document)?;
        let mut all = 0;
        for refund in self.reader.refunds_of_payment(document.payment)? {
            let stands = refund.accepted.as_ref().filter(|_| refund.returned_at.is_none());
            let from_fee = stands.map_or(0, |accepted| accepted.from_fee);
            let of_it = corrections.iter().filter(|one| one.corrects.as_ref().is_some_and(|of| of.refund == refund.id));
            let corrected: i64 = of_it.map(|one| -one.fee.total).sum();
            if corrected != from_fee {
                let id = refund.id;
                self.proof
                    .problem(format!("{who} has {corrected} corrected for refund {id}, which took {from_fee} of it"));
            }
            all += corrected;
        }
        if all != corrections.iter().map(|one| -one.fee.total).sum::<i64>() {
            self.proof.problem(format!("{who} is corrected for what is no refund of its payment"));
        }
        Ok(())
    }

    /// That a payment which bore the fee that was asked for has its document, and it says the same.
    pub(super) fn fee_is_invoiced(&mut self, payment: &Payment) -> Result<(), Error> {
        let attempt = payment.method.stripe().and_then(|stripe| stripe.attempt);
        let attempt = attempt.map(|id| self.reader.attempt(id)).transpose()?.flatten();
        let asked = attempt.and_then(|attempt| attempt.fee);
        let invoiced = self.reader.fee_of_payment(payment.id)?.map(|document| document.fee);
        let is_paid = asked.as_ref().is_some_and(|fee| is_paid_by(fee, payment));
        if (is_paid && invoiced.is_none()) || (invoiced.is_some() && invoiced != asked) {
            self.proof.problem(format!("the fee of payment {} is not invoiced as it was asked for", payment.id));
        }
        Ok(())
    }
}

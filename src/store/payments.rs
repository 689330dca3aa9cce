//! Payments: facts that never change once stored.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::derived::Rows;
use super::error::Error;
use super::journal::Sort;
use super::table::{Order, Reader, Span};
use super::tables::{PAYMENT_BY_CHARGE, PAYMENT_BY_INTENT, PAYMENTS, PAYMENTS_BY_CUSTOMER, PAYMENTS_BY_INVOICE};
use super::writer::Writer;
use crate::billing::id::{CustomerId, InvoiceId, PaymentId};
use crate::billing::ledger::Account;
use crate::billing::payment::Payment;

impl Reader<'_> {
    pub fn payment(&self, id: PaymentId) -> Result<Option<Payment>, Error> {
        self.get(&PAYMENTS, &id)
    }

    pub fn payment_by_intent(&self, payment_intent: &str) -> Result<Option<Payment>, Error> {
        match self.get(&PAYMENT_BY_INTENT, &payment_intent.to_owned())? {
            Some(id) => self.payment(id),
            None => Ok(None),
        }
    }

    /// The payment of a charge, `ch_…`.
    pub fn payment_by_charge(&self, charge: &str) -> Result<Option<Payment>, Error> {
        match self.get(&PAYMENT_BY_CHARGE, &charge.to_owned())? {
            Some(id) => self.payment(id),
            None => Ok(None),
        }
    }

    /// An invoice's payments, oldest first.
    pub fn payments_of_invoice(&self, invoice: InvoiceId) -> Result<Vec<Payment>, Error> {
        let ids = self.all(&PAYMENTS_BY_INVOICE, Span::of(&invoice), Order::Ascending)?;
        ids.into_iter().filter_map(|((_, id), ())| self.payment(id).transpose()).collect()
    }

    /// An invoice's payments less those that were taken back, oldest first.
    pub fn standing_payments_of_invoice(&self, invoice: InvoiceId) -> Result<Vec<Payment>, Error> {
        let mut payments = Vec::new();
        for payment in self.payments_of_invoice(invoice)? {
            if self.taken_back_at(payment.id)?.is_none() {
                payments.push(payment);
            }
        }
        Ok(payments)
    }

    /// The payments that paid an invoice, with money that was meant for it or with credit, oldest first.
    pub fn payments_that_paid(&self, invoice: InvoiceId) -> Result<Vec<Payment>, Error> {
        let mut payments = self.standing_payments_of_invoice(invoice)?;
        for entry in self.entries_of_invoice(invoice)? {
            let Some(id) = entry.source().applied_payment() else { continue };
            if payments.iter().all(|known| known.id != id) && self.taken_back_at(id)?.is_none() {
                payments.extend(self.payment(id)?);
            }
        }
        payments.sort_by_key(|payment| payment.id);
        Ok(payments)
    }

    /// The payments of which credit was applied to an invoice and not taken off again.
    pub(super) fn payments_applied_to(&self, invoice: InvoiceId) -> Result<Vec<PaymentId>, Error> {
        let mut applied: BTreeMap<PaymentId, i64> = BTreeMap::new();
        for entry in self.entries_of_invoice(invoice)? {
            if let Some(payment) = entry.source().applied_payment() {
                let sum = applied.entry(payment).or_default();
                *sum = sum.saturating_sub(entry.on(Account::Receivable(invoice)));
            }
        }
        Ok(applied.into_iter().filter(|(_, sum)| *sum > 0).map(|(payment, _)| payment).collect())
    }

    /// A customer's payments, newest first.
    pub fn payments_of_customer(&self, customer: CustomerId, limit: usize) -> Result<Vec<Payment>, Error> {
        let ids = self.collect(&PAYMENTS_BY_CUSTOMER, Span::of(&customer), Order::Descending, limit)?;
        ids.into_iter().filter_map(|((_, id), ())| self.payment(id).transpose()).collect()
    }

    /// The newest payments from behind `after`; one more than `limit` if there are more.
    pub fn payments(&self, after: Option<PaymentId>, limit: usize) -> Result<Vec<Payment>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let rows = self.collect(&PAYMENTS, span, Order::Descending, limit.saturating_add(1))?;
        Ok(rows.into_iter().map(|(_, payment)| payment).collect())
    }

    /// Payments that were booked since a moment, oldest first: of days or weeks.
    ///
    /// # Errors
    /// There are more than a business takes in weeks.
    pub fn payments_since(&self, from: Timestamp) -> Result<Vec<Payment>, Error> {
        let first = PaymentId::from_parts(u64::try_from(from.as_millisecond()).unwrap_or(0), 0);
        Ok(self
            .all(&PAYMENTS, Span::all().starting(&first), Order::Ascending)?
            .into_iter()
            .map(|(_, one)| one)
            .collect())
    }

    /// Some payments that were booked since a moment, oldest first, from behind `after`.
    pub fn some_payments_since(
        &self,
        from: Timestamp,
        after: Option<PaymentId>,
        limit: usize,
    ) -> Result<Vec<Payment>, Error> {
        let first = PaymentId::from_parts(u64::try_from(from.as_millisecond()).unwrap_or(0), 0);
        let span = after.map_or_else(|| Span::all().starting(&first), |after| Span::all().after(&after));
        let rows = self.collect(&PAYMENTS, span, Order::Ascending, limit)?;
        Ok(rows.into_iter().map(|(_, payment)| payment).collect())
    }

    /// The ordinal that the next payment of an invoice has.
    pub fn next_payment_ordinal(&self, invoice: InvoiceId) -> Result<u64, Error> {
        Ok(self.count(&PAYMENTS_BY_INVOICE, Span::of(&invoice))? + 1)
    }
}

pub(super) fn payment_rows(payment: &Payment) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    if let Some(invoice) = payment.invoice {
        rows.mark(&PAYMENTS_BY_INVOICE, &(invoice, payment.id))?;
    }
    if let Some(customer) = payment.customer {
        rows.mark(&PAYMENTS_BY_CUSTOMER, &(customer, payment.id))?;
    }
    if let Some(receipt) = payment.method.stripe() {
        rows.add(&PAYMENT_BY_INTENT, &receipt.payment_intent, &payment.id)?;
        if let Some(charge) = &receipt.charge {
            rows.add(&PAYMENT_BY_CHARGE, charge, &payment.id)?;
        }
    }
    Ok(rows)
}

impl Writer<'_> {
    /// Stores a new payment.
    ///
    /// # Errors
    /// There is one of this id or of this PaymentIntent already: a defect that must not be stored.
    pub fn put_payment(&mut self, payment: &Payment) -> Result<(), Error> {
        let intent_taken = match payment.method.stripe() {
            Some(receipt) => self.payment_by_intent(&receipt.payment_intent)?.is_some(),
            None => false,
        };
        if intent_taken || self.payment(payment.id)?.is_some() {
            return Err(Error::Unsound(format!("the payment {} is stored already", payment.id)));
        }
        self.put(&PAYMENTS, &payment.id, payment)?;
        self.derive(&Rows::default(), &payment_rows(payment)?)?;
        if let Some(invoice) = payment.invoice {
            self.touch(invoice);
        }
        self.seal(Sort::Payment, payment.id.to_string(), payment)
    }
}

//! Every record of a sort, oldest first, one by one: for what must not be held in memory all at once.

use std::ops::ControlFlow;

use serde::de::DeserializeOwned;

use super::error::Error;
use super::key::Key;
use super::table::{Order, Reader, Span, Table};
use super::tables::{
    CREDIT_NOTES, CUSTOMERS, DISPUTES, FEE_INVOICES, INVOICES, LEDGER, LOG, MOVEMENTS, PAYMENTS, PAYOUTS, REFUNDS,
    REVIEWS,
};
use crate::billing::credit_note::CreditNote;
use crate::billing::customer::Customer;
use crate::billing::dispute::Dispute;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Document;
use crate::billing::ledger::Entry;
use crate::billing::log::LogLine;
use crate::billing::movement::Movement;
use crate::billing::payment::Payment;
use crate::billing::payout::PayoutRecord;
use crate::billing::refund::Refund;
use crate::billing::review::Review;

impl Reader<'_> {
    pub fn each_customer<E: From<Error>>(&self, mut visit: impl FnMut(Customer) -> Result<(), E>) -> Result<(), E> {
        self.each(&CUSTOMERS, |_, customer| visit(customer))
    }

    pub fn each_document<E: From<Error>>(&self, mut visit: impl FnMut(Document) -> Result<(), E>) -> Result<(), E> {
        self.each(&INVOICES, |_, document| visit(document))
    }

    pub fn each_payment<E: From<Error>>(&self, mut visit: impl FnMut(Payment) -> Result<(), E>) -> Result<(), E> {
        self.each(&PAYMENTS, |_, payment| visit(payment))
    }

    pub fn each_credit_note<E: From<Error>>(
        &self,
        mut visit: impl FnMut(CreditNote) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each(&CREDIT_NOTES, |_, note| visit(note))
    }

    pub fn each_fee_invoice<E: From<Error>>(
        &self,
        mut visit: impl FnMut(FeeInvoice) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each(&FEE_INVOICES, |_, document| visit(document))
    }

    pub fn each_movement<E: From<Error>>(&self, mut visit: impl FnMut(Movement) -> Result<(), E>) -> Result<(), E> {
        self.each(&MOVEMENTS, |_, movement| visit(movement))
    }

    pub fn each_payout<E: From<Error>>(&self, mut visit: impl FnMut(PayoutRecord) -> Result<(), E>) -> Result<(), E> {
        self.each(&PAYOUTS, |_, payout| visit(payout))
    }

    pub fn each_refund<E: From<Error>>(&self, mut visit: impl FnMut(Refund) -> Result<(), E>) -> Result<(), E> {
        self.each(&REFUNDS, |_, refund| visit(refund))
    }

    /// Every entry of the ledger with its place, from 1.
    pub fn each_entry<E: From<Error>>(&self, visit: impl FnMut(u64, Entry) -> Result<(), E>) -> Result<(), E> {
        self.each(&LEDGER, visit)
    }

    /// Every line of every invoice's log, invoice by invoice.
    pub fn each_log_line<E: From<Error>>(
        &self,
        mut visit: impl FnMut(InvoiceId, LogLine) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each(&LOG, |(invoice, _), line| visit(invoice, line))
    }

    pub fn each_dispute<E: From<Error>>(&self, mut visit: impl FnMut(Dispute) -> Result<(), E>) -> Result<(), E> {
        self.each(&DISPUTES, |_, dispute| visit(dispute))
    }

    pub fn each_review<E: From<Error>>(&self, mut visit: impl FnMut(Review) -> Result<(), E>) -> Result<(), E> {
        self.each(&REVIEWS, |_, review| visit(review))
    }

    fn each<K: Key, V: DeserializeOwned, E: From<Error>>(
        &self,
        table: &Table<K, V>,
        mut visit: impl FnMut(K, V) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut failure = None;
        self.walk(table, Span::all(), Order::Ascending, |key, value| {
            failure = visit(key, value).err();
            Ok(if failure.is_none() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        failure.map_or(Ok(()), Err)
    }
}

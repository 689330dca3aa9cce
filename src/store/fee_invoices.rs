//! Invoices over fees: documents that never change once stored, one a payment at most; and their corrections.

use super::derived::Rows;
use super::error::Error;
use super::journal::Sort;
use super::register::{Given, Numbered};
use super::table::{Order, Reader, Span};
use super::tables::{FEE_INVOICE_BY_NUMBER, FEE_INVOICE_BY_PAYMENT, FEE_INVOICES, FEE_INVOICES_BY_INVOICE};
use super::writer::Writer;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::{FeeInvoiceId, InvoiceId, PaymentId};

impl Reader<'_> {
    pub fn fee_invoice(&self, id: FeeInvoiceId) -> Result<Option<FeeInvoice>, Error> {
        self.get(&FEE_INVOICES, &id)
    }

    /// The document of the fee that a payment bore, if it bore one.
    pub fn fee_of_payment(&self, payment: PaymentId) -> Result<Option<FeeInvoice>, Error> {
        match self.get(&FEE_INVOICE_BY_PAYMENT, &payment)? {
            Some(id) => self.fee_invoice(id),
            None => Ok(None),
        }
    }

    /// What took a fee back, oldest first.
    pub fn corrections_of(&self, document: &FeeInvoice) -> Result<Vec<FeeInvoice>, Error> {
        let mut found = self.fees_of_invoice(document.invoice)?;
        found.retain(|other| other.corrects.as_ref().is_some_and(|corrected| corrected.document == document.id));
        Ok(found)
    }

    /// The documents of an invoice's payments and their corrections, oldest first.
    pub fn fees_of_invoice(&self, invoice: InvoiceId) -> Result<Vec<FeeInvoice>, Error> {
        let ids = self.all(&FEE_INVOICES_BY_INVOICE, Span::of(&invoice), Order::Ascending)?;
        ids.into_iter().filter_map(|((_, id), ())| self.fee_invoice(id).transpose()).collect()
    }

    /// The newest documents from behind `after`; one more than `limit` if there are more.
    pub fn fee_invoices(&self, after: Option<FeeInvoiceId>, limit: usize) -> Result<Vec<FeeInvoice>, Error> {
        let span = after.map_or_else(Span::all, |id| Span::all().before(&id));
        let rows = self.collect(&FEE_INVOICES, span, Order::Descending, limit.saturating_add(1))?;
        Ok(rows.into_iter().map(|(_, document)| document).collect())
    }
}

pub(super) fn fee_invoice_rows(document: &FeeInvoice) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    if document.corrects.is_none() {
        rows.add(&FEE_INVOICE_BY_PAYMENT, &document.payment, &document.id)?;
    }
    rows.mark(&FEE_INVOICES_BY_INVOICE, &(document.invoice, document.id))?;
    rows.add(&FEE_INVOICE_BY_NUMBER, &document.number, &document.id)?;
    Ok(rows)
}

impl Writer<'_> {
    /// Stores and seals a new document.
    ///
    /// # Errors
    /// There is one of this id, number or payment already: a defect that must not be stored.
    pub fn put_fee_invoice(&mut self, document: &FeeInvoice) -> Result<(), Error> {
        if self.fee_invoice(document.id)?.is_some() {
            return Err(Error::Unsound(format!("the fee invoice {} is stored already", document.id)));
        }
        let to = Numbered::FeeInvoice(document.id);
        self.given.push(Given { number: document.number.clone(), to, at: document.issued_at });
        self.put(&FEE_INVOICES, &document.id, document)?;
        self.derive(&Rows::default(), &fee_invoice_rows(document)?)?;
        self.seal(Sort::FeeInvoice, document.id.to_string(), document)
    }
}

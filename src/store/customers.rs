//! Customers.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{CUSTOMERS, INVOICES_BY_CUSTOMER};
use super::writer::Writer;
use crate::billing::customer::Customer;
use crate::billing::id::{CustomerId, InvoiceId};
use crate::billing::sought;
use crate::billing::standing::Status;

impl Reader<'_> {
    pub fn customer(&self, id: CustomerId) -> Result<Option<Customer>, Error> {
        self.get(&CUSTOMERS, &id)
    }

    /// The newest customers whose name or address has every word, from behind `after`; one more than
    /// `limit` if there are more.
    pub fn customers(&self, words: &[String], after: Option<CustomerId>, limit: usize) -> Result<Vec<Customer>, Error> {
        let span = match after {
            Some(id) => Span::all().before(&id),
            None => Span::all(),
        };
        let mut found = Vec::new();
        self.walk(&CUSTOMERS, span, Order::Descending, |_, customer| {
            if words.iter().all(|word| mentions(&customer, word)) {
                found.push(customer);
            }
            Ok(if found.len() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(found)
    }

    /// For each word, the customers whose address has it. An invoice does not show the address that it is found by.
    pub fn customers_by_address(&self, words: &[String]) -> Result<Vec<BTreeSet<CustomerId>>, Error> {
        let mut found = vec![BTreeSet::new(); words.len()];
        if words.is_empty() {
            return Ok(found);
        }
        self.walk(&CUSTOMERS, Span::all(), Order::Ascending, |id, customer| {
            for (word, ids) in words.iter().zip(&mut found) {
                if sought::holds(&customer.party.email, word) {
                    ids.insert(id);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    fn drafts_of_customer(&self, customer: CustomerId) -> Result<Vec<InvoiceId>, Error> {
        let mut drafts = Vec::new();
        self.walk(&INVOICES_BY_CUSTOMER, Span::of(&customer), Order::Ascending, |(_, invoice), ()| {
            if self.summary(invoice)?.is_some_and(|summary| summary.status == Status::Draft) {
                drafts.push(invoice);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(drafts)
    }
}

fn mentions(customer: &Customer, word: &str) -> bool {
    [&customer.party.name, &customer.party.email].into_iter().any(|text| sought::holds(text, word))
}

impl Writer<'_> {
    pub fn put_customer(&mut self, customer: &Customer) -> Result<(), Error> {
        let renamed = self.customer(customer.id)?.is_some_and(|stored| stored.party.name != customer.party.name);
        self.put(&CUSTOMERS, &customer.id, customer)?;
        if renamed {
            // A draft shows the customer's present name; an issued invoice keeps the one it was issued to.
            for invoice in self.drafts_of_customer(customer.id)? {
                self.touch(invoice);
            }
        }
        Ok(())
    }
}

//! The chain of one piece of money, from the invoice by the attempt and the payment to what went back of it or was
//! disputed, is of one book and one currency (V12); an event that was given up is in front of the owner (V10).
//!
//! Where a check held money back the currencies may differ: then nothing of it is applied. Whose Stripe account it is
//! cannot be compared: an account is known by the fingerprint of its key, and keys are rolled.

use super::Check;
use crate::billing::attempt::{Attempt, State};
use crate::billing::currency::Currency;
use crate::billing::dispute::Dispute;
use crate::billing::event::{Event, Handling};
use crate::billing::invoice::Invoice;
use crate::billing::ledger::{Account, Book, Entry};
use crate::billing::movement::{Belongs, Movement};
use crate::billing::payment::Payment;
use crate::billing::refund::{Refund, Way};
use crate::billing::review::Reason;
use crate::store::error::Error;

impl Check<'_> {
    fn chained(&mut self, who: &str, whose: &str, book: (Book, Book), currency: Option<(Currency, Currency)>) {
        if book.0 != book.1 {
            self.proof.problem(format!("{who} is in another book than {whose}"));
        }
        if currency.is_some_and(|(own, theirs)| own != theirs) {
            self.proof.problem(format!("{who} is in another currency than {whose}"));
        }
    }

    pub(super) fn attempt_chain(&mut self, attempt: &Attempt) -> Result<(), Error> {
        let who = format!("attempt {}", attempt.id);
        if let Some(invoice) = self.reader.invoice(attempt.invoice)? {
            let currencies = (attempt.amount.currency(), invoice.content.currency);
            self.chained(&who, "its invoice", (attempt.book, invoice.book), Some(currencies));
        }
        let State::Paid { payment } = attempt.state else { return Ok(()) };
        let Some(payment) = self.reader.payment(payment)? else { return Ok(()) };
        self.chained(&who, "its payment", (attempt.book, payment.book), None);
        if payment.method.stripe().and_then(|stripe| stripe.attempt) != Some(attempt.id) {
            self.proof.problem(format!("{who} was paid by a payment that names another attempt"));
        }
        Ok(())
    }

    pub(super) fn payment_chain(&mut self, payment: &Payment, invoice: Option<&Invoice>, entry: Option<&Entry>) {
        if let Some(invoice) = invoice {
            let applied = (payment.applied != 0).then_some((payment.amount.currency(), invoice.content.currency));
            self.chained(&format!("payment {}", payment.id), "its invoice", (payment.book, invoice.book), applied);
        }
        if let Some(entry) = entry {
            self.shared_out(payment, entry);
        }
    }

    /// V4: of what came in, exactly what the payment says was applied to invoices; the entry balances, so the rest is
    /// held as credit.
    fn shared_out(&mut self, payment: &Payment, entry: &Entry) {
        let of_invoices = entry.postings().iter().filter(|posting| matches!(posting.account, Account::Receivable(_)));
        let applied = of_invoices.map(|posting| posting.amount).sum::<i64>().saturating_neg();
        if applied != payment.applied {
            let (id, says) = (payment.id, payment.applied);
            self.proof
                .problem(format!("payment {id} says that {says} of it were applied, and {applied} are booked so"));
        }
    }

    /// That nobody is owed what a bank has taken back for good, and that what the bank gave back again is owed.
    pub(super) fn not_owed_twice(&mut self, payment: &Payment) -> Result<(), Error> {
        for (account, amount) in self.reader.credit_to_move(payment)? {
            let id = payment.id;
            self.proof.problem(format!("{account} should be {amount} less for what a bank took back of payment {id}"));
        }
        Ok(())
    }

    /// The same of what was refunded although its credit had been spent.
    pub(super) fn not_owed_again(&mut self, invoice: &Invoice) -> Result<(), Error> {
        for (account, amount) in self.reader.credit_to_reclaim(invoice)? {
            let number = &invoice.number;
            self.proof.problem(format!("{account} should be {amount} less for what was refunded of invoice {number}"));
        }
        Ok(())
    }

    pub(super) fn refund_chain(&mut self, refund: &Refund, payment: &Payment) {
        let who = format!("refund {}", refund.id);
        let currencies = (refund.amount.currency(), payment.amount.currency());
        self.chained(&who, "its payment", (refund.book, payment.book), Some(currencies));
        if let (Way::Stripe { payment_intent, .. }, Some(stripe)) = (&refund.way, payment.method.stripe())
            && *payment_intent != stripe.payment_intent
        {
            self.proof.problem(format!("{who} goes back by another PaymentIntent than its payment came by"));
        }
    }

    /// A dispute's currency is the bank's.
    pub(super) fn dispute_chain(&mut self, dispute: &Dispute) -> Result<(), Error> {
        if let Some(payment) = self.reader.payment(dispute.payment)? {
            self.chained(&format!("dispute {}", dispute.id), "its payment", (dispute.book, payment.book), None);
        }
        Ok(())
    }

    pub(super) fn movement_chain(&mut self, movement: &Movement) -> Result<(), Error> {
        let Some(id) = movement.belongs.payment() else { return Ok(()) };
        let Some(payment) = self.reader.payment(id)? else { return Ok(()) };
        // Settled in another currency, it says what it is the settlement of.
        let own = match (movement.converted, movement.belongs) {
            (Some(own), _) => Some(own.currency()),
            (None, Belongs::Payment { .. }) => Some(movement.currency),
            (None, _) => None,
        };
        let currencies = own.map(|own| (own, payment.amount.currency()));
        self.chained(&format!("movement {}", movement.id), "its payment", (movement.book, payment.book), currencies);
        Ok(())
    }

    pub(super) fn event_is_shown(&mut self, event: &Event) -> Result<(), Error> {
        let case = format!("{}:{}", Reason::UnknownPayment.name(), event.id);
        let is_dead = matches!(event.state, Handling::Dead { .. });
        if is_dead && self.reader.review_of_matter(&case)?.is_none() {
            self.proof.problem(format!("event {} was given up and there is no case about it", event.id));
        }
        Ok(())
    }
}

//! Everything that is known about one invoice, read at one moment.

use std::collections::BTreeMap;

use super::super::desk::Desk;
use super::history::LINES_MAX;
use crate::actions::apply_credit;
use crate::actions::disputes::refund_obstacle;
use crate::actions::refund::left_of;
use crate::billing::attempt::Attempt;
use crate::billing::credit_note::CreditNote;
use crate::billing::customer::Customer;
use crate::billing::dispute::Dispute;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::invoice::{Document, Invoice};
use crate::billing::letter::Matter;
use crate::billing::log::LogLine;
use crate::billing::money::Money;
use crate::billing::movement::Proceeds;
use crate::billing::party::Party;
use crate::billing::payment::Payment;
use crate::billing::refund::Refund;
use crate::billing::review::Review;
use crate::billing::standing::{Standing, Status, status};
use crate::store::{Error as StoreError, Tally};
use crate::web::error::Error;

/// Attempts that are looked at for the last decline.
const ATTEMPTS_MAX: usize = 20;

/// What is known.
pub struct Facts {
    pub document: Document,
    /// Oldest first.
    pub disputes: Vec<Dispute>,
    /// The customer as on the books today; an issued invoice has its own copy.
    pub customer: Option<Customer>,
    pub standing: Standing,
    pub status: Status,
    /// Oldest first.
    pub payments: Vec<Payment>,
    /// Of these payments, oldest first.
    pub refunds: Vec<Refund>,
    /// Payments of which something can be refunded.
    pub refundable: Vec<PaymentId>,
    /// What each payment through Stripe brought, as far as that is known.
    pub proceeds: BTreeMap<PaymentId, Proceeds>,
    /// The documents of fees that these payments bore, oldest first.
    pub fees: Vec<FeeInvoice>,
    /// Oldest first.
    pub notes: Vec<CreditNote>,
    /// What of the customer's credit could pay it now, in minor units.
    pub usable_credit: i64,
    /// Newest first.
    pub attempts: Vec<Attempt>,
    /// Those that are open.
    pub reviews: Vec<Review>,
    /// Oldest first.
    pub log: Vec<LogLine>,
    /// Whether the invoice was mailed, or is about to be.
    pub was_mailed: bool,
    /// Payers who were sent a copy of their receipt.
    pub copied: Vec<PaymentId>,
    /// Where the money of these payments is now.
    tallies: BTreeMap<PaymentId, Tally>,
}

impl Facts {
    pub fn gather(desk: &Desk, id: InvoiceId) -> Result<Self, Error> {
        let found = desk.app.store.read(|r| {
            let Some(document) = r.document(id)? else { return Ok(None) };
            let standing = match &document {
                Document::Draft(_) => Standing::default(),
                Document::Issued(invoice) => r.standing(invoice)?,
            };
            let payments = r.payments_of_invoice(id)?;
            let (mut copied, mut refunds, mut refundable) = (Vec::new(), Vec::new(), Vec::new());
            let (mut proceeds, mut tallies) = (BTreeMap::new(), BTreeMap::new());
            for payment in &payments {
                if r.letter_about(&Matter::PayerCopy { payment: payment.id })?.is_some() {
                    copied.push(payment.id);
                }
                tallies.insert(payment.id, r.tally(payment)?);
                refunds.extend(r.refunds_of_payment(payment.id)?);
                if payment.method.stripe().is_some() {
                    proceeds.insert(payment.id, r.proceeds(payment)?);
                }
                if left_of(&r, payment)? > 0 && refund_obstacle(&r, payment)?.is_none() {
                    refundable.push(payment.id);
                }
            }
            Ok::<_, StoreError>(Some(Self {
                customer: r.customer(document.content().customer)?,
                status: status(&document, &standing),
                standing,
                payments,
                refunds,
                refundable,
                proceeds,
                fees: r.fees_of_invoice(id)?,
                notes: r.credit_notes_of_invoice(id)?,
                usable_credit: match &document {
                    Document::Draft(_) => 0,
                    Document::Issued(invoice) => apply_credit::possible(&r, invoice)?,
                },
                attempts: r.attempts_of_invoice(id, ATTEMPTS_MAX)?,
                disputes: r.disputes_of_invoice(id)?,
                reviews: r.reviews_of_invoice(id)?.into_iter().filter(Review::is_open).collect(),
                log: r.log(id, 0, LINES_MAX)?,
                was_mailed: r.letter_about(&Matter::Invoice { invoice: id, ordinal: 1 })?.is_some(),
                copied,
                tallies,
                document,
            }))
        })?;
        found.ok_or(Error::NotFound)
    }

    /// The customer to write to: as on the books today, else as on the document.
    pub fn buyer(&self) -> Party {
        match (&self.customer, &self.document) {
            (Some(customer), _) => customer.party.clone(),
            (None, Document::Issued(invoice)) => invoice.buyer.clone(),
            (None, Document::Draft(_)) => Party::default(),
        }
    }

    /// Whether a case is told of by its dispute already.
    pub fn is_about_a_dispute(&self, review: &Review) -> bool {
        self.disputes.iter().any(|dispute| review.dedupe.contains(&dispute.stripe_dispute))
    }

    /// The payments that were not taken back, oldest first.
    pub fn standing_payments(&self) -> Vec<Payment> {
        self.payments.iter().filter(|payment| !self.money_of(payment).is_taken_back()).cloned().collect()
    }

    /// The document of the fee that a payment bore, if it bore one.
    pub fn fee_of(&self, payment: &Payment) -> Option<&FeeInvoice> {
        self.fees.iter().find(|document| document.payment == payment.id && document.corrects.is_none())
    }

    /// Where the money of one of these payments is now.
    pub fn money_of(&self, payment: &Payment) -> Tally {
        self.tallies.get(&payment.id).cloned().unwrap_or_default()
    }

    /// What is asked for now, if anything is.
    pub fn due_now(&self, desk: &Desk, invoice: &Invoice) -> Option<Money> {
        let now = invoice.asked(&self.standing, desk.today).now;
        Money::new(now, invoice.content.currency).ok().filter(|now| now.minor() > 0)
    }

    /// All that is due, if anything is.
    pub fn due(&self, invoice: &Invoice) -> Option<Money> {
        Money::new(self.standing.due(), invoice.content.currency).ok().filter(|due| due.minor() > 0)
    }
}

//! Refunds of a window against the books, and what each charge says went back of it.

use jiff::Timestamp;

use super::class::Class;
use super::compare::Differences;
use super::{Pass, Stopped};
use crate::actions::reviews::Case;
use crate::billing::log::Channel;
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::payments::client::{Created, Patience};
use crate::payments::objects::{self, Charge};
use crate::payments::refunds::{self, Brought, look};
use crate::payments::scale;
use crate::store::{Error, Reader};

impl Pass<'_> {
    /// Looks at every refund whose end is not known, or at those whose time has come.
    pub(super) async fn open_refunds(&mut self, all: bool) -> Result<(), Stopped> {
        let looked = look::look(self.till, Channel::Reconciliation, all).await?;
        self.compared("open_refunds", usize::try_from(looked.looked_at).unwrap_or(usize::MAX));
        self.name_finds();
        Ok(())
    }

    /// Every refund of the window must be in the books as it is.
    pub(super) async fn refunds(&mut self, from: Timestamp, found: &mut Differences) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).refunds(Created { from, before: None });
        while let Some(page) = pages.next_page().await? {
            self.compared("refunds", page.len());
            for refund in page {
                if self.differs_from_books(&refund)? {
                    found.count(refund.intent_name(), refund.name());
                    found.refunds.push(refund.name().to_owned());
                }
            }
            self.so_far(found)?;
        }
        self.saw("refunds", pages.is_complete());
        Ok(())
    }

    fn differs_from_books(&self, refund: &objects::Refund) -> Result<bool, Stopped> {
        let known = self.till.store.read(|r| r.refund_by_stripe(refund.name()))?;
        if let Some(known) = known {
            return Ok(!refunds::agrees(&known, refund));
        }
        let payment = match refund.intent_name() {
            Some(intent) => self.till.store.read(|r| r.payment_by_intent(intent))?,
            None => None,
        };
        Ok(payment.is_some() || objects::bears(&refund.metadata, &self.till.appliance))
    }

    pub(super) async fn repair_refund(&mut self, name: &str) -> Result<(), Stopped> {
        match refunds::sync_refund(self.till, name, Channel::Reconciliation, None).await? {
            Brought::Foreign => self.foreign(1),
            Brought::Moved(_) => {}
            Brought::Doubtful => self.undecided(name).await?,
            Brought::Unchanged => self.contradiction(name).await?,
        }
        Ok(())
    }

    /// There is a case about it already; the report names it.
    async fn undecided(&mut self, name: &str) -> Result<(), Stopped> {
        let detail = "Stripe has a refund that the books do not hold.".to_owned();
        self.difference(Class::MissedRefund, Case::new(Reason::UnknownRefund, name, detail)).await
    }

    /// Stripe says something of a refund that cannot follow upon what the books have seen of it.
    async fn contradiction(&mut self, name: &str) -> Result<(), Stopped> {
        let stripe = self.till.ask(Patience::Background).refund(name).await?.value;
        let known = self.till.store.read(|r| r.refund_by_stripe(name))?;
        let Some(known) = known.filter(|known| !refunds::agrees(known, &stripe)) else { return Ok(()) };
        let says = crate::payments::checks::word(stripe.status.as_ref());
        let detail = format!("A refund is {says} at Stripe and {} in the books.", known.status().name());
        let case = Case::new(Reason::UnknownRefund, name, detail)
            .invoice(known.invoice)
            .payment(known.payment)
            .evidence(vec![Evidence::new("Status", says, known.status().name())]);
        self.difference(Class::RefundMoved, case).await
    }

    /// Charges that say that something else went back of them than the books do. Their refunds are asked for; what
    /// differs still is shown.
    pub(super) async fn refunded_sums(&mut self, differing: Vec<(Payment, Charge)>) -> Result<(), Stopped> {
        for (payment, charge) in differing {
            let Some(stripe) = payment.method.stripe() else { continue };
            let intent = stripe.payment_intent.clone();
            if refunds::sync_intent(self.till, &intent, Channel::Reconciliation).await? > 0 {
                let words = "The refunds of a payment were brought up to date.".to_owned();
                self.repaired(Class::MissedRefund, &intent, payment.invoice, words);
            }
            let books = self.till.store.read(|r| sum_of(&r, &payment))?;
            let now = self.till.ask(Patience::Background).charge(charge.name()).await?.value;
            let stripe = now.amount_refunded.unwrap_or(0);
            if books != stripe {
                self.unequal_sums(&charge, &payment, stripe, books).await?;
            }
        }
        Ok(())
    }

    async fn unequal_sums(
        &mut self,
        charge: &Charge,
        payment: &Payment,
        stripe: i64,
        books: i64,
    ) -> Result<(), Stopped> {
        let words = |wire| scale::in_words(wire, payment.amount.currency());
        let (stripe, books) = (words(stripe), words(books));
        let detail =
            format!("Of a payment of {}, {stripe} went back at Stripe and {books} in the books.", payment.amount);
        let case = Case::new(Reason::UnknownRefund, charge.name(), detail)
            .figure(format!("{stripe} and {books}"))
            .invoice(payment.invoice)
            .payment(payment.id)
            .evidence(vec![Evidence::new("Amount refunded", stripe, books)]);
        self.difference(Class::RefundSums, case).await
    }
}

/// What the books say went back of a payment, in Stripe's scaling.
pub(super) fn sum_of(r: &Reader<'_>, payment: &Payment) -> Result<i64, Error> {
    let minor = r.gone_of(payment.id)?;
    let scale = scale::scale(payment.amount.currency().code());
    Ok(scale.and_then(|scale| scale.to_stripe(minor).ok()).unwrap_or(minor))
}

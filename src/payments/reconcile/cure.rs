//! What is done about the differences that [`compare`](super::compare) found, in causal order: payments first, then what
//! went back of them, then what banks dispute.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Class;
use super::compare::{Charges, Differences, Missing, case_about, is_in};
use super::{Pass, Stopped};
use crate::actions::reviews::{self, Case};
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::log::Channel;
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::payments::client::Patience;
use crate::payments::fraud_review;
use crate::payments::objects::{Charge, Expandable};
use crate::payments::settle::Settled;
use crate::payments::sync::{sync_intent, sync_session};

impl Pass<'_> {
    /// Repairs what can be repaired and shows the rest. What Stripe has not put on its balance yet is handed on.
    pub(super) async fn cure(&mut self, found: Differences) -> Result<Vec<PaymentId>, Stopped> {
        let Charges { missing, others, waiting, agreed, differing, paid_twice, in_review, refunded, .. } =
            found.charges;
        for (reason, matter) in agreed {
            self.agrees(reason, &matter).await?;
        }
        for (payment, charge) in &differing {
            self.amount_differs(charge, payment).await?;
        }
        for (id, charge) in in_review {
            self.till.store.write(move |w| fraud_review::note(w, id, Some(&charge))).await?;
        }
        for payment in &paid_twice {
            self.paid_twice(payment).await?;
        }
        let of_missing: BTreeSet<&String> = missing.values().filter_map(|missing| missing.session.as_ref()).collect();
        for session in &found.sessions {
            let settled = self.repair(session).await?;
            if settled == Settled::Unchanged && !of_missing.contains(session) {
                self.not_cured(session)?;
            }
        }
        self.missing_here(missing).await?;
        self.foreign(others.len());
        for payment in &found.gone {
            self.gone(payment).await?;
        }
        for name in found.refunds.iter().rev() {
            self.repair_refund(name).await?;
        }
        self.refunded_sums(refunded).await?;
        for seen in found.disputes {
            self.repair_dispute(seen).await?;
        }
        self.older_disputes(&found.disputes_listed).await?;
        self.name_finds();
        Ok(waiting)
    }

    async fn repair(&mut self, session: &str) -> Result<Settled, Stopped> {
        let settled = sync_session(self.till, session, Channel::Reconciliation, None, Patience::Background).await?;
        let invoice = self.invoice_of(session)?;
        match settled {
            Settled::Moved => {
                let words = "The checkout's state was brought up to date.";
                self.repaired(Class::StaleAttempt, session, invoice, words.into());
            }
            Settled::Foreign => self.foreign(1),
            Settled::Booked(_) | Settled::Unchanged => {}
        }
        self.name_finds();
        Ok(settled)
    }

    /// A checkout that is not in the books as it is at Stripe, and that nothing can be done about: a person was shown it,
    /// or its money is still to come.
    fn not_cured(&mut self, session: &str) -> Result<(), Stopped> {
        let invoice = self.invoice_of(session)?;
        let review = self.till.store.read(|r| {
            let attempt = r.attempt_by_session(session)?;
            let intent = attempt.and_then(|attempt| attempt.payment_intent);
            case_about(&r, [Some(session), intent.as_deref()].into_iter().flatten())
        })?;
        self.found(Class::StaleAttempt, 1);
        match review {
            // What a person has decided is not asked again.
            Some(review) if !review.is_open() => {}
            Some(review) => self.differs(review.reason.name(), session, invoice, Some(review.id), review.detail),
            None => {
                let words = "A checkout has ended in the books and is complete at Stripe without its money. When the \
                             money comes it is booked.";
                self.differs(Class::StaleAttempt.kind(), session, invoice, None, words.into());
            }
        }
        Ok(())
    }

    fn invoice_of(&self, session: &str) -> Result<Option<InvoiceId>, Stopped> {
        Ok(self.till.store.read(|r| r.attempt_by_session(session))?.map(|attempt| attempt.invoice))
    }

    async fn amount_differs(&mut self, charge: &Charge, payment: &Payment) -> Result<(), Stopped> {
        let stripe = format!(
            "{} {} in Stripe's units",
            charge.amount_captured.unwrap_or(0),
            charge.currency.as_deref().unwrap_or("of no currency").to_uppercase()
        );
        let detail = format!("A charge is {stripe}, and {} in the books.", payment.amount);
        let reason = if is_in(charge, payment) { Reason::AmountMismatch } else { Reason::CurrencyMismatch };
        let evidence = vec![Evidence::new("Amount", stripe.as_str(), payment.amount.to_string())];
        let case = Case::new(reason, charge.name(), detail).figure(stripe).invoice(payment.invoice).evidence(evidence);
        self.difference(Class::AmountDiffers, case).await
    }

    /// A second payment of an invoice that is still held as credit and that nobody was ever shown.
    async fn paid_twice(&mut self, payment: &Payment) -> Result<(), Stopped> {
        let matter = payment.method.stripe().map(|stripe| stripe.payment_intent.clone()).unwrap_or_default();
        let words = "The invoice was paid already when this payment arrived. The money is held until you decide.";
        let case = Case::new(Reason::DuplicatePayment, &matter, words)
            .invoice(payment.invoice)
            .payment(payment.id)
            .evidence(vec![Evidence::new("Amount", payment.amount.to_string(), "paid before")]);
        self.difference(Class::PaidTwice, case).await
    }

    /// Money at Stripe that is ours and that the books do not have: that is said by its session, if that is one of the
    /// window, or by its PaymentIntent.
    async fn missing_here(&mut self, missing: BTreeMap<String, Missing>) -> Result<(), Stopped> {
        for (intent, Missing { charge, session }) in missing {
            match (session, charge) {
                (Some(session), charge) => self.missed(&intent, charge, &session).await?,
                (None, Some(charge)) => self.stray(&intent, &charge).await?,
                (None, None) => {}
            }
        }
        Ok(())
    }

    async fn missed(&mut self, intent: &str, charge: Option<String>, session: &str) -> Result<(), Stopped> {
        if self.till.store.read(|r| r.payment_by_intent(intent))?.is_some() {
            return Ok(());
        }
        // It may have been paid between the two lists.
        self.repair(session).await?;
        if self.till.store.read(|r| r.payment_by_intent(intent))?.is_some() {
            return Ok(());
        }
        let charge = match charge {
            Some(charge) => charge,
            None => self.charge_of(intent).await?,
        };
        let detail = format!(
            "Stripe has a charge that belongs to a checkout of this Quittance ({session}) and that could not be booked."
        );
        let case = Case::new(Reason::UnknownPayment, &charge, detail)
            .invoice(self.invoice_of(session)?)
            .evidence(vec![Evidence::new("Payment", intent, "unknown")]);
        self.difference(Class::UnknownCharge, case).await
    }

    async fn charge_of(&self, intent: &str) -> Result<String, Stopped> {
        let found = self.till.ask(Patience::Background).payment_intent(intent).await?.value;
        Ok(found.latest_charge.as_ref().and_then(Expandable::id).unwrap_or(intent).to_owned())
    }

    /// A charge that bears our name and that no listed checkout of ours explains. It is booked, and shown unless its
    /// checkout was found after all.
    async fn stray(&mut self, intent: &str, charge: &str) -> Result<(), Stopped> {
        sync_intent(self.till, intent, Channel::Reconciliation, None).await?;
        let dedupe = reviews::dedupe(Reason::UnknownPayment, intent);
        let (payment, review) = self
            .till
            .store
            .read(|r| Ok::<_, crate::store::Error>((r.payment_by_intent(intent)?, r.review_of_matter(&dedupe)?)))?;
        let invoice = payment.as_ref().and_then(|payment| payment.invoice);
        let finds = self.till.finds.take();
        for find in finds.into_iter().filter(|find| review.is_none() || find.class != Some(Class::MissedPayment)) {
            self.name(find);
        }
        match (payment, review) {
            // A person decides about it, which says more than that it was booked.
            (Some(_), Some(review)) => {
                self.found(Class::UnknownCharge, 1);
                self.differs(Class::UnknownCharge.kind(), charge, invoice, Some(review.id), review.detail);
            }
            (Some(_), None) => {}
            (None, _) => {
                let detail = "Stripe has a charge that bears the name of this Quittance and that could not be booked.";
                let case = Case::new(Reason::UnknownPayment, charge, detail)
                    .evidence(vec![Evidence::new("Payment", intent, "unknown")]);
                self.difference(Class::UnknownCharge, case).await?;
            }
        }
        Ok(())
    }

    async fn gone(&mut self, payment: &Payment) -> Result<(), Stopped> {
        let intent = payment.method.stripe().map(|stripe| stripe.payment_intent.clone()).unwrap_or_default();
        let detail = format!("The books have a payment of {} that Stripe does not know as received.", payment.amount);
        let case = Case::new(Reason::MissingAtStripe, &intent, detail)
            .invoice(payment.invoice)
            .payment(payment.id)
            .evidence(vec![Evidence::new("Payment", "unknown", intent.clone())]);
        self.difference(Class::MissingAtStripe, case).await
    }
}

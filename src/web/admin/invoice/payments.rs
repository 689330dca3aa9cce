//! The payments of one invoice, and the form that records one.

use super::super::choices;
use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::super::payments::brought;
use super::super::payouts;
use super::facts::Facts;
use crate::actions::record_payment::Recorded;
use crate::actions::refund::course;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::invoice::Invoice;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::refund::{Origin, Refund, State};
use crate::store::Tally;
use crate::web::form::Form;
use crate::web::views::invoice::{PaymentRow, ReceiptCopy, RecordPayment, RefundRow};
use crate::web::views::parts::{Link, Tag, Tone};

/// One payment as a row.
pub fn row(desk: &Desk, facts: &Facts, payment: &Payment, public: &str) -> PaymentRow {
    let at =
        if payment.method.stripe().is_some() { desk.when(payment.received_at) } else { desk.on(payment.received_on) };
    let money = facts.money_of(payment);
    let of_it = facts.disputes.iter().rev().filter(|dispute| dispute.payment == payment.id);
    let disputed = of_it.into_iter().find_map(super::super::disputes::tag);
    let proceeds = facts.proceeds.get(&payment.id);
    PaymentRow {
        at,
        method: payment.method.words(),
        amount: desk.money(payment.amount),
        brought: proceeds.and_then(|proceeds| brought(desk, proceeds, payment.amount.currency())),
        payout: proceeds.and_then(|proceeds| proceeds.payout.as_ref()).map(|id| payout_link(id)),
        fee: facts.fee_of(payment).map(|document| {
            let url = format!("{public}/fee/{}", document.ordinal);
            (Link::new(document.number.clone(), url), desk.money(document.total()))
        }),
        tag: disputed.or_else(|| tag_of(payment, &money)),
        receipt_url: (!money.is_taken_back()).then(|| format!("{public}/receipt/{}", payment.ordinal)),
        external: dashboard(payment, "At Stripe"),
        copy: copy_offer(facts, payment),
        refund_url: facts.refundable.contains(&payment.id).then(|| format!("/admin/payments/{}/refund", payment.id)),
        refunds: refunds_of(desk, facts, payment),
        take_back_url: (payment.method.stripe().is_none() && !money.is_taken_back() && money.refunded == 0)
            .then(|| format!("/admin/payments/{}/take-back", payment.id)),
    }
}

fn payout_link(id: &str) -> Link {
    Link::new("Payout", format!("{}/{id}", payouts::PAGE))
}

/// What went back of a payment, or was to, oldest first.
fn refunds_of(desk: &Desk, facts: &Facts, payment: &Payment) -> Vec<RefundRow> {
    let of_payment = facts.refunds.iter().filter(|refund| refund.payment == payment.id);
    of_payment
        .map(|refund| RefundRow {
            at: desk.when(refund.created_at),
            amount: desk.money(refund.amount),
            tag: refund_tag(refund),
            detail: corrected_by(facts, refund).or_else(|| refund_detail(refund)),
        })
        .collect()
}

/// The document that took a payment's fee back with a refund.
fn corrected_by(facts: &Facts, refund: &Refund) -> Option<String> {
    let is_of_it = |document: &&FeeInvoice| document.corrects.as_ref().is_some_and(|of| of.refund == refund.id);
    let correction = facts.fees.iter().filter(|_| refund.stands()).find(is_of_it)?;
    Some(format!("{} of it takes the payment fee back: {}", correction.total().negated(), correction.number))
}

/// How far a refund got, in a word.
pub fn refund_tag(refund: &Refund) -> Tag {
    match refund.state {
        State::Requested | State::Unknown { .. } => Tag::new("Waiting for Stripe", Tone::Warn),
        State::Pending { .. } => Tag::new("On its way", Tone::Info),
        State::Succeeded => Tag::new("Refunded", Tone::Plain),
        State::Canceled => Tag::new("Canceled", Tone::Warn),
        State::Failed { .. } | State::Rejected { .. } | State::Lost { .. } => Tag::new("Failed", Tone::Bad),
    }
}

/// What there is to say about how far a refund got.
pub fn refund_detail(refund: &Refund) -> Option<String> {
    match &refund.state {
        State::Pending { waits_for } => Some(format!("{}.", course::waiting(waits_for))),
        State::Requested | State::Unknown { .. } => {
            Some(
                "Stripe has not answered yet. It is asked again by itself and makes the refund once at most. Nothing needs \
                 to be done twice."
                    .to_owned(),
            )
        }
        State::Succeeded if refund.origin == Origin::Stripe => Some("Made at Stripe.".to_owned()),
        _ => refund.why_not().map(|why| format!("{}.", why.trim_end_matches('.'))),
    }
}

/// What is to be known of a payment besides its amount: what of it does not pay its invoice.
pub fn tag_of(payment: &Payment, now: &Tally) -> Option<Tag> {
    let on_its_own = payment.invoice.map_or(0, |invoice| now.applied_to(invoice));
    let is_all = on_its_own == 0 && now.fee == 0;
    let part = |all: &str, some: &str, tone| Some(Tag::new(if is_all { all } else { some }, tone));
    match now {
        _ if now.is_taken_back() => Some(Tag::new("Taken back", Tone::Plain)),
        _ if now.refunded >= payment.amount.minor() => Some(Tag::new("Refunded", Tone::Plain)),
        _ if now.refunded > 0 => Some(Tag::new("Partly refunded", Tone::Plain)),
        _ if now.held > 0 && now.is_undecided => part("Held until decided", "Partly held until decided", Tone::Warn),
        _ if now.held > 0 && now.applied() > on_its_own => Some(Tag::new("Partly held as credit", Tone::Warn)),
        _ if now.held > 0 => part("Held as credit", "Partly held as credit", Tone::Warn),
        _ if now.applied() > on_its_own => part("Pays another invoice", "Partly pays another invoice", Tone::Plain),
        _ => None,
    }
}

/// The payment on Stripe's own pages, in these words.
pub fn dashboard(payment: &Payment, words: &str) -> Option<Link> {
    let receipt = payment.method.stripe()?;
    let mode = if payment.book.is_test() { "test/" } else { "" };
    Some(Link::new(words, format!("https://dashboard.stripe.com/{mode}payments/{}", receipt.payment_intent)))
}

fn copy_offer(facts: &Facts, payment: &Payment) -> Option<ReceiptCopy> {
    let email = payment.payer_email.clone()?;
    let is_other = !email.eq_ignore_ascii_case(&facts.buyer().email);
    let offered = is_other && !facts.copied.contains(&payment.id);
    offered.then(|| ReceiptCopy { email, action: format!("/admin/payments/{}/copy", payment.id) })
}

/// The form for a payment as it was typed, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub amount: String,
    pub method: String,
    pub received_on: String,
    pub reference: String,
    /// The place that the payment was to have; empty takes the next.
    pub nonce: String,
    pub wrong: Wrong,
}

impl Recording {
    pub fn of_form(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            amount: text("amount"),
            method: text("method"),
            received_on: text("received_on"),
            reference: text("reference"),
            nonce: text("nonce"),
            wrong: Wrong::default(),
        }
    }

    /// What it means, or what is wrong with it.
    pub fn read(&self, desk: &Desk, invoice: &Invoice) -> Result<Recorded, Wrong> {
        let mut wrong = Wrong::default();
        let amount = Money::parse_typed(&self.amount, invoice.content.currency, desk.separator());
        if let Err(error) = &amount {
            wrong.add("amount", error);
        }
        let method = choices::method_of(&self.method);
        if method.is_none() {
            wrong.add("method", "Choose how the money came.");
        }
        let received_on = match self.received_on.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some),
        };
        if received_on.is_err() {
            wrong.add("received_on", "Enter a date such as 2026-12-06.");
        }
        match (amount, method, received_on) {
            (Ok(amount), Some(method), Ok(received_on)) => {
                Ok(Recorded { amount: amount.minor(), method, received_on, reference: self.reference.clone() })
            }
            _ => Err(wrong),
        }
    }
}

/// The form: what is due and today, unless something was typed.
pub fn form(desk: &Desk, facts: &Facts, invoice: &Invoice, typed: Option<&Recording>) -> RecordPayment {
    let usual = Recording {
        amount: facts.due(invoice).map(|due| desk.typed(&due.to_decimal_string())).unwrap_or_default(),
        method: choices::USUAL_METHOD.to_owned(),
        received_on: desk.today.to_string(),
        ..Recording::default()
    };
    let shown = typed.unwrap_or(&usual);
    RecordPayment {
        open: typed.is_some(),
        problems: shown.wrong.problems(),
        amount: shown.wrong.field("amount", &*shown.amount),
        method: shown.wrong.select("method", choices::methods(&shown.method)),
        received_on: shown.wrong.field("received_on", &*shown.received_on),
        reference: shown.wrong.field("reference", &*shown.reference),
        // The place that the payment will have: the same form sent twice finds it taken. It stays until somebody was told
        // what came meanwhile.
        nonce: match shown.nonce.as_str() {
            "" => (facts.payments.len() + 1).to_string(),
            own => own.to_owned(),
        },
    }
}

//! What Stripe says of a refund now becomes what the books say of it. Done twice, or ten times at once, it does its work
//! once: a refund is known by the id that it was asked for with, then by Stripe's own.

use super::super::movements;
use super::super::notices::{self, Notice};
use super::super::objects::{self, RefundStatus};
use super::super::scale;
use super::super::settle::News;
use crate::actions::refund::course::{self, Told};
use crate::actions::reviews::{self, Case};
use crate::billing::bookings::book_of;
use crate::billing::id::RefundId;
use crate::billing::log::{Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::refund::{Origin, Reason, Refund, State, Waiting, Way};
use crate::billing::review::{Evidence, Reason as Why};
use crate::store::{Error, Writer};

/// What bringing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// It returns a payment that is not in these books.
    Foreign,
    /// The books agree with Stripe already, or know something newer.
    Unchanged,
    Moved(RefundId),
    /// It cannot be brought into the books as it is; there is a case about it.
    Doubtful,
}

/// Brings the books to what Stripe says about one refund.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn bring(w: &mut Writer<'_>, refund: &objects::Refund, news: &News) -> Result<Brought, Error> {
    let Some(payment) = refund.intent_name().map(|intent| w.payment_by_intent(intent)).transpose()?.flatten() else {
        return unknown_payment(w, refund);
    };
    if payment.book != book_of(news.livemode) {
        return Ok(Brought::Foreign);
    }
    let (Some(amount), Some(next)) = (amount_of(refund, &payment), state_of(refund)) else {
        return doubt(w, refund, Some(&payment), "Its amount, currency or state is not one that the books can hold.");
    };
    let told = Told { channel: news.channel, event: news.event.as_deref() };
    let brought = match row_of(w, refund, &payment, amount)? {
        Some(row) => step(w, row, refund, next, told)?,
        None => import(w, refund, &payment, amount, next, news)?,
    };
    if matches!(brought, Brought::Moved(_)) {
        movements::claim(w, refund.name(), &payment, amount)?;
        note_funds(w)?;
    }
    Ok(brought)
}

/// The row of a refund: the one that asked for it, else the one that knows its name.
fn row_of(w: &Writer<'_>, refund: &objects::Refund, payment: &Payment, amount: Money) -> Result<Option<Refund>, Error> {
    let named = match asked_for(w, refund)? {
        Some(id) => w.refund(id)?,
        None => None,
    };
    let is_it = |row: &Refund| {
        let is_free = row.stripe_refund.as_deref().is_none_or(|name| name == refund.name());
        is_free && row.payment == payment.id && row.amount == amount
    };
    match named.filter(is_it) {
        Some(row) => Ok(Some(row)),
        None => w.refund_by_stripe(refund.name()),
    }
}

/// The id that it was asked for with, if this installation asked for it.
fn asked_for(w: &Writer<'_>, refund: &objects::Refund) -> Result<Option<RefundId>, Error> {
    let ours = objects::bears(&refund.metadata, &w.appliance()?);
    Ok(refund.metadata.get("refund").filter(|_| ours).and_then(|text| text.parse().ok()))
}

fn step(
    w: &mut Writer<'_>,
    row: Refund,
    refund: &objects::Refund,
    next: State,
    told: Told<'_>,
) -> Result<Brought, Error> {
    let is_new = row.stripe_refund.is_none();
    // An answer that was asked for earlier may arrive later: it is told from a change of mind by going backwards.
    if !row.state.may_become(&next) {
        return Ok(Brought::Unchanged);
    }
    let row = if is_new { Refund { stripe_refund: refund.id.clone(), ..row } } else { row };
    let moved = course::advance(w, &row, next, told)?;
    Ok(Brought::Moved(moved.id))
}

/// A refund that nobody asked for here.
fn import(
    w: &mut Writer<'_>,
    refund: &objects::Refund,
    payment: &Payment,
    amount: Money,
    next: State,
    news: &News,
) -> Result<Brought, Error> {
    let earlier = w.refunds_of_payment(payment.id)?;
    let gone: i64 = earlier.iter().filter(|row| row.stands()).map(|row| row.amount.minor()).sum();
    let mut left = payment.amount.minor() - gone - amount.minor();
    let leaves = matches!(next, State::Pending { .. } | State::Succeeded);
    if leaves && left < 0 {
        return doubt(w, refund, Some(payment), "With it, more would have gone back than was paid.");
    }
    let told = Told { channel: news.channel, event: news.event.as_deref() };
    // Stripe gives no more back than was paid: what was asked for here and has no place beside this one was not made.
    for row in earlier.iter().filter(|row| leaves && row.is_open()) {
        left -= row.amount.minor();
        if left < 0 {
            let reason = "The money went back by another refund, made at Stripe.".to_owned();
            course::advance(w, row, State::Rejected { reason }, told)?;
        }
    }
    let row = Refund {
        id: w.id()?,
        payment: payment.id,
        invoice: payment.invoice,
        customer: payment.customer,
        book: payment.book,
        amount,
        reason: refund.reason.as_deref().and_then(Reason::of_name),
        origin: Origin::Stripe,
        channel: news.channel,
        requested_by: String::new(),
        created_at: w.now(),
        nonce: None,
        way: Way::Stripe {
            account: news.account.clone(),
            payment_intent: refund.intent_name().unwrap_or_default().to_owned(),
            request: None,
        },
        credit_note: None,
        state: State::Requested,
        stripe_refund: refund.id.clone(),
        accepted: None,
        returned_at: None,
        returned_to_notes: Vec::new(),
        tries: 0,
        next_look: None,
    };
    w.put_refund(&row)?;
    if let Some(invoice) = row.invoice {
        let words = format!("To {}, made at Stripe", payment.method.words());
        let line = LogLine::new(w.now(), Happening::RefundCreated, news.channel)
            .amount(amount)
            .stripe(news.event.as_deref(), None, row.payment_intent())
            .detail(words);
        w.append_log(invoice, line)?;
    }
    Ok(Brought::Moved(course::advance(w, &row, next, told)?.id))
}

/// A refund of a payment that is not in the books: another program's, unless it says that it is ours.
fn unknown_payment(w: &mut Writer<'_>, refund: &objects::Refund) -> Result<Brought, Error> {
    if !objects::bears(&refund.metadata, &w.appliance()?) {
        return Ok(Brought::Foreign);
    }
    doubt(w, refund, None, "It says that it was made by this Quittance, and the books do not know its payment.")
}

fn doubt(w: &mut Writer<'_>, refund: &objects::Refund, payment: Option<&Payment>, why: &str) -> Result<Brought, Error> {
    let currency = refund.currency.as_deref().unwrap_or("of no currency").to_uppercase();
    let stripe = format!("{} {currency} in Stripe's units", refund.amount.unwrap_or(0));
    let status = super::super::checks::word(refund.status.as_ref());
    let words = format!(
        "Stripe has a refund ({}) that the books do not hold. {why} Look at it in Stripe's dashboard.",
        refund.name()
    );
    let case = Case::new(Why::UnknownRefund, refund.name(), words)
        .invoice(payment.and_then(|payment| payment.invoice))
        .evidence(vec![Evidence::new("Amount", stripe, "nothing"), Evidence::new("Status", status, "unknown")]);
    let case = match payment {
        Some(payment) => case.payment(payment.id),
        None => case,
    };
    reviews::open(w, case)?;
    Ok(Brought::Doubtful)
}

/// In ISO minor units, in the payment's currency.
fn amount_of(refund: &objects::Refund, payment: &Payment) -> Option<Money> {
    let amount = scale::money(refund.amount.filter(|&wire| wire > 0), refund.currency.as_deref());
    amount.filter(|money| money.currency() == payment.amount.currency())
}

/// The state that Stripe's words mean; `None` for a word that is not known.
pub(super) fn state_of(refund: &objects::Refund) -> Option<State> {
    Some(match refund.status.as_ref()? {
        RefundStatus::Pending => State::Pending {
            waits_for: match refund.pending_reason.as_deref() {
                Some("insufficient_funds") => Waiting::Funds,
                Some("charge_pending") => Waiting::Charge,
                _ => Waiting::Processing,
            },
        },
        RefundStatus::RequiresAction => State::Pending { waits_for: Waiting::Customer },
        RefundStatus::Succeeded => State::Succeeded,
        RefundStatus::Failed => State::Failed { reason: failure(refund.failure_reason.as_deref()) },
        RefundStatus::Canceled => State::Canceled,
        RefundStatus::Other(_) => return None,
    })
}

/// Why a refund failed, for the owner.
fn failure(reason: Option<&str>) -> String {
    match reason {
        Some("lost_or_stolen_card") => "The card was lost or stolen".into(),
        Some("expired_or_canceled_card") => "The card has expired or was canceled".into(),
        Some("insufficient_funds") => "The Stripe balance did not have enough money".into(),
        Some("charge_for_pending_refund_disputed") => "The customer disputed the payment meanwhile".into(),
        Some("declined") => "The customer's bank declined it".into(),
        Some("merchant_request") => "It was stopped at your request".into(),
        Some("unknown") | None => "Stripe does not say why".into(),
        Some(other) => format!("Stripe's reason is {}", other.replace('_', " ")),
    }
}

/// Says to the owner that refunds wait for money on the Stripe balance, or that none does any more.
fn note_funds(w: &mut Writer<'_>) -> Result<(), Error> {
    let waits = |refund: &Refund| refund.state == State::Pending { waits_for: Waiting::Funds };
    if w.refunds_unfinished()?.iter().any(waits) {
        notices::raise(w, Notice::RefundsUnfunded)
    } else {
        notices::lower(w, Notice::RefundsUnfunded)
    }
}

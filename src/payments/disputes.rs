//! Disputes come into the books: what Stripe says of one now, and what it moved on the balance.
//!
//! The rule it keeps: a dispute is keyed on Stripe's id; its outcome is its status alone and its money the movements that
//! it names alone. Webhook, sweep, reconciliation and the answer to what the owner files all end in [`bring`], in any
//! order and as often as one likes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::client::Patience;
use super::filings::tell_due;
use super::movements::{self, Known};
use super::objects::{self, BalanceTransaction, EarlyFraudWarning, Expandable};
use super::scale;
use super::settle::{News, Settled};
use super::sync::{SyncError, alone, is_of_one_change, sync_intent};
use super::till::Till;
use super::unheld;
use crate::actions::disputes::{self as turns, Told};
use crate::actions::reviews::{self, Case};
use crate::billing::currency::Currency;
use crate::billing::dispute::{Dispute, Status};
use crate::billing::id::DisputeId;
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::movement::Belongs;
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Reader, Writer};

/// Disputes of one payment that are asked for: there are one or two.
const PAGES_MAX: u32 = 1;
/// Disputes that one sweep asks about; the rest have their turn at the next.
const LOOKS_MAX: usize = 50;

/// Brings the books to what Stripe says about one dispute.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn bring(w: &mut Writer<'_>, seen: &objects::Dispute, news: &News) -> Result<Settled, Error> {
    if seen.livemode != Some(news.livemode) {
        return Ok(Settled::Foreign);
    }
    let before = w.dispute_by_stripe(seen.name())?;
    let payment = match &before {
        Some(before) => w.payment(before.payment)?,
        None => w.payment_by_intent(seen.intent_name().unwrap_or_default())?,
    };
    let Some(payment) = payment else { return Ok(Settled::Foreign) };
    let now = match &before {
        Some(before) => before.clone(),
        None => first_seen(w, seen, &payment, news)?,
    };
    let now = as_seen(now, seen, &payment);
    bring_movements(w, seen, &payment, news)?;
    let told = Told { source: news.channel, event: news.event.as_deref() };
    let changed = turns::take_turn(w, before.as_ref(), now, &payment, told)?;
    Ok(if changed { Settled::Moved } else { Settled::Unchanged })
}

/// Books what Stripe moved for a dispute, each movement once.
fn bring_movements(w: &mut Writer<'_>, seen: &objects::Dispute, payment: &Payment, news: &News) -> Result<(), Error> {
    let known = Known { belongs: Belongs::Dispute { payment: payment.id }, own: None };
    for transaction in seen.balance_transactions.as_deref().unwrap_or_default() {
        let brought = movements::bring_known(w, transaction, known, news)?;
        unheld::tell(w, transaction, &brought)?;
    }
    Ok(())
}

/// The network warns of a payment before anybody disputes it: the owner may refund it and be spared the dispute.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn warn(w: &mut Writer<'_>, seen: &EarlyFraudWarning, news: &News) -> Result<Settled, Error> {
    let intent = seen.payment_intent.as_ref().and_then(Expandable::id).unwrap_or_default();
    let (Some(payment), Some(id)) = (w.payment_by_intent(intent)?, &seen.id) else { return Ok(Settled::Foreign) };
    let is_too_late = seen.actionable == Some(false) || !w.disputes_of_payment(payment.id)?.is_empty();
    let is_known = w.review_of_matter(&reviews::dedupe(Reason::Dispute, id))?.is_some();
    if seen.livemode != Some(news.livemode) || is_too_late || is_known {
        return Ok(Settled::Unchanged);
    }
    let words = format!(
        "The card network calls the payment of {} probably fraudulent. Consider refunding it before the chargeback: a \
         refund costs nothing more, a dispute costs a fee and mostly the money too. This is a warning, no dispute.",
        payment.amount
    );
    let fraud = seen.fraud_type.as_deref().unwrap_or("unknown").replace('_', " ");
    let case = Case::new(Reason::Dispute, id, words)
        .headline("Stripe warns of fraud")
        .invoice(payment.invoice)
        .payment(payment.id)
        .evidence(vec![Evidence::new("Warning", fraud, "paid")]);
    reviews::open(w, case)?;
    Ok(Settled::Moved)
}

/// Asks Stripe about a dispute and brings what it says. A payment that the books do not have yet comes first.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_dispute(till: &Till, id: &str, channel: Channel, event: Option<&str>) -> Result<Settled, SyncError> {
    let mut seen = till.ask(Patience::Background).dispute(id).await?.value;
    if till.store.read(|r| r.dispute_by_stripe(id))?.is_none() {
        let charge = seen.charge.as_ref().and_then(Expandable::id).map(str::to_owned);
        let intent = seen.intent_name().map(str::to_owned);
        let intent = settle_first(till, intent, charge, channel, event).await?;
        seen.payment_intent = intent.map(Expandable::Id);
    }
    Ok(take(till, seen, till.news(channel, event)).await?)
}

/// Brings what Stripe says of a dispute into the books, and notes what that changed.
///
/// # Errors
/// The store failed; nothing was changed.
pub(super) async fn take(till: &Till, seen: objects::Dispute, news: News) -> Result<Settled, Error> {
    let (name, channel) = (seen.name().to_owned(), news.channel);
    let before = till.store.read(|r| r.dispute_by_stripe(&name))?;
    let settled = till.store.write(move |w| bring(w, &seen, &news)).await?;
    if settled.has_moved() {
        till.note_dispute(&name, before.as_ref(), channel);
    }
    Ok(settled)
}

/// Asks Stripe about a warning and brings what it says.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_warning(till: &Till, id: &str, channel: Channel, event: Option<&str>) -> Result<Settled, SyncError> {
    let mut seen = till.ask(Patience::Background).early_fraud_warning(id).await?.value;
    let charge = seen.charge.as_ref().and_then(Expandable::id).map(str::to_owned);
    let intent = seen.payment_intent.as_ref().and_then(Expandable::id).map(str::to_owned);
    let intent = settle_first(till, intent, charge, channel, event).await?;
    seen.payment_intent = intent.map(Expandable::Id);
    let news = till.news(channel, event);
    Ok(till.store.write(move |w| warn(w, &seen, &news)).await?)
}

/// Brings every dispute of a payment that was disputed already when it was booked.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_of_intent(till: &Till, intent: &str, channel: Channel) -> Result<(), SyncError> {
    let mut pages = till.ask(Patience::Background).disputes_of_intent(intent).at_most(PAGES_MAX);
    while let Some(page) = pages.next_page().await? {
        for seen in page {
            take(till, seen, till.news(channel, None)).await?;
        }
    }
    Ok(())
}

/// Whether the books would change if this dispute were brought.
///
/// # Errors
/// The store failed.
pub fn differs(r: &Reader<'_>, seen: &objects::Dispute) -> Result<bool, Error> {
    match r.dispute_by_stripe(seen.name())? {
        Some(stored) => {
            let Some(payment) = r.payment(stored.payment)? else { return Ok(false) };
            Ok(as_seen(stored.clone(), seen, &payment) != stored)
        }
        None => Ok(r.payment_by_intent(seen.intent_name().unwrap_or_default())?.is_some()),
    }
}

/// Asks Stripe about every dispute whose time has come, and tells it what was filed and has not arrived. How many were
/// looked at.
///
/// # Errors
/// The store failed.
pub async fn look(till: &Till, channel: Channel) -> Result<usize, Error> {
    let now = till.now();
    let told = tell_due(till).await?;
    let due = till.store.read(|r| r.disputes_due(now, LOOKS_MAX))?;
    for dispute in &due {
        // A key of the other mode knows nothing of it.
        if dispute.book != till.book() {
            let id = dispute.id;
            till.store.write(move |w| looked_at(w, id)).await?;
            continue;
        }
        match alone(sync_dispute(till, &dispute.stripe_dispute, channel, None)).await {
            Ok(_) => {}
            Err(SyncError::Store(error)) if !is_of_one_change(&error) => return Err(error),
            Err(error) => tracing::warn!(dispute = %dispute.id, %error, "a dispute could not be looked at"),
        }
        let id = dispute.id;
        till.store.write(move |w| looked_at(w, id)).await?;
    }
    till.count_reads().await?;
    Ok(told + due.len())
}

fn looked_at(w: &mut Writer<'_>, id: DisputeId) -> Result<(), Error> {
    let Some(dispute) = w.dispute(id)? else { return Ok(()) };
    let next_look = turns::next_look(&dispute, w.now());
    w.put_dispute(&Dispute { next_look, ..dispute })
}

/// The PaymentIntent of a charge, whose payment is settled first if the books do not have it: Stripe tells in any order.
async fn settle_first(
    till: &Till,
    intent: Option<String>,
    charge: Option<String>,
    channel: Channel,
    event: Option<&str>,
) -> Result<Option<String>, SyncError> {
    let client = till.ask(Patience::Background);
    let intent = match (intent, charge) {
        (Some(intent), _) => Some(intent),
        (None, Some(charge)) => client.charge(&charge).await?.value.intent_name().map(str::to_owned),
        (None, None) => None,
    };
    let Some(name) = &intent else { return Ok(None) };
    if till.store.read(|r| r.payment_by_intent(name))?.is_none() {
        Box::pin(sync_intent(till, name, channel, event)).await?;
    }
    Ok(intent)
}

fn first_seen(w: &Writer<'_>, seen: &objects::Dispute, payment: &Payment, news: &News) -> Result<Dispute, Error> {
    let second = |second: Option<i64>| Timestamp::from_second(second?).ok();
    Ok(Dispute {
        id: w.id()?,
        stripe_dispute: seen.name().to_owned(),
        payment: payment.id,
        invoice: payment.invoice,
        book: payment.book,
        account: news.account.clone(),
        amount: payment.amount,
        status: Status::Other(String::new()),
        reason: String::new(),
        respond_by: None,
        refundable: false,
        opened_at: second(seen.created).unwrap_or(w.now()),
        closed_at: None,
        submissions: 0,
        draft: BTreeMap::new(),
        movements: Vec::new(),
        taken: BTreeMap::new(),
        files: Vec::new(),
        losses: 0,
        turns: 0,
        next_look: None,
    })
}

/// The dispute with everything that Stripe says of it now. A field that Stripe leaves away says nothing; but what takes an
/// answer, and until when, is said with the evidence as a whole.
fn as_seen(before: Dispute, seen: &objects::Dispute, payment: &Payment) -> Dispute {
    let details = seen.evidence_details.as_ref();
    let moved = seen.balance_transactions.as_deref();
    Dispute {
        amount: amount(seen).unwrap_or(payment.amount),
        status: seen.status.as_deref().map_or(before.status.clone(), status),
        reason: seen.reason.clone().unwrap_or(before.reason),
        respond_by: details.map_or(before.respond_by, |details| {
            details.due_by.filter(|&due| due > 0).and_then(|due| Timestamp::from_second(due).ok())
        }),
        refundable: seen.is_charge_refundable.unwrap_or(before.refundable),
        submissions: details.and_then(|details| details.submission_count).unwrap_or(before.submissions),
        movements: moved.map_or(before.movements, |moved| moved.iter().filter_map(|one| one.id.clone()).collect()),
        taken: moved.map_or(before.taken, taken),
        ..before
    }
}

fn status(word: &str) -> Status {
    serde_json::from_value(serde_json::Value::from(word)).unwrap_or_else(|_| Status::Other(word.to_owned()))
}

fn amount(seen: &objects::Dispute) -> Option<Money> {
    scale::money(seen.amount, seen.currency.as_deref())
}

/// What the transactions take from the balance without their fees, by currency.
fn taken(transactions: &[BalanceTransaction]) -> BTreeMap<Currency, i64> {
    let mut sums = BTreeMap::new();
    for transaction in transactions {
        let Some(moved) = scale::money(transaction.amount, transaction.currency.as_deref()) else { continue };
        let sum: &mut i64 = sums.entry(moved.currency()).or_default();
        *sum = sum.saturating_sub(moved.minor());
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

impl objects::Dispute {
    /// `dp_…`.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// `pi_…` of the payment that is disputed.
    pub fn intent_name(&self) -> Option<&str> {
        self.payment_intent.as_ref().and_then(Expandable::id)
    }
}

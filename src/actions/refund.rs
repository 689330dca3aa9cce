//! Money goes back: the owner decides it, and the decision is stored before Stripe is asked.
//!
//! Never more than was paid less what went back already or may be on its way; never while a dispute forbids it. A
//! refund hangs on one payment. If an amount is taken from several, what is held as credit goes first, then the newest
//! payments: whoever paid twice gets the second payment back, and the invoice stays paid. What becomes of a refund is in
//! [`course`].

pub mod course;
mod sources;

use jiff::SignedDuration;

use super::{Actor, Refusal, issued};
use crate::billing::credit_note::CreditNote;
use crate::billing::currency::Currency;
use crate::billing::id::{CreditNoteId, InvoiceId, PaymentId, RefundId};
use crate::billing::log::{Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::payment::{Method, Payment};
use crate::billing::refund::{Origin, Reason, Refund, State, Way};
use crate::store::{Error, Reader, Writer};
use sources::{Found, Source, found, found_of_note, found_of_paid};

/// Payments that one decision may be taken from; an invoice that was paid in more parts is refunded part by part.
const PAYMENTS_MAX: usize = 20;
/// When a refund that nobody finished asking for is taken up again.
const REQUEST_LOOK: SignedDuration = SignedDuration::from_secs(30);

/// What is to go back.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub of: Of,
    /// Minor units of the invoice's currency, or of the payment's if one is named.
    pub amount: i64,
    pub reason: Option<Reason>,
    /// The credit note whose money is paid back.
    pub credit_note: Option<CreditNoteId>,
    /// How the owner gives back what had not come through Stripe; nothing means the way on which it came.
    pub through: Option<Method>,
    /// Names the decision, so that it is made once however often it arrives.
    pub nonce: Option<String>,
}

/// Where the money is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Any payments of the invoice.
    Invoice(InvoiceId),
    /// One payment.
    Payment(PaymentId),
}

/// A part of what is to go back: what of it is taken from one payment.
#[derive(Clone, Debug)]
pub struct Part {
    pub payment: Payment,
    pub amount: Money,
}

/// The refunds of a decision.
#[derive(Clone, Debug)]
pub struct Requested {
    pub refunds: Vec<Refund>,
    /// Whether it was made just now; else it had arrived before.
    pub is_new: bool,
}

/// Which payments a refund would be taken from, and how much of each.
///
/// # Errors
/// Nothing can be refunded, or not as much; the refusal says what can.
pub fn plan(reader: &Reader<'_>, wanted: &Wanted) -> Result<Vec<Part>, Refusal> {
    let Some(note) = wanted.credit_note else {
        let Found { sources, most } = found(reader, wanted.of)?;
        return taken(sources, wanted.amount, most);
    };
    let note = reader.credit_note(note)?.ok_or(Refusal::NotFound("credit note"))?;
    let sources = found_of_note(reader, &note, wanted.of)?;
    let owed = reader.free_credit_of_note(&note)?;
    taken(sources, wanted.amount, Money::new(owed, note.currency).map_err(|error| Refusal::field("amount", error))?)
}

/// Which payments would be given back of what had paid an invoice, for a credit note that is not issued yet.
///
/// # Errors
/// As [`plan`].
pub fn plan_for_note(reader: &Reader<'_>, id: InvoiceId, amount: i64) -> Result<Vec<Part>, Refusal> {
    let currency = issued(reader, id)?.content.currency;
    let most = Money::new(amount, currency).map_err(|error| Refusal::field("amount", error))?;
    taken(found_of_paid(reader, id, Of::Invoice(id))?, amount, most)
}

/// `owed` is what may be taken of all sources together.
fn taken(sources: Vec<Source>, amount: i64, owed: Money) -> Result<Vec<Part>, Refusal> {
    let currency = owed.currency();
    let left = sources.iter().map(|source| source.left).sum::<i64>().min(owed.minor());
    let most = Money::new(left, currency).map_err(|error| Refusal::field("amount", error))?;
    if amount <= 0 {
        return Err(Refusal::field("amount", format_args!("Write an amount of more than nothing, up to {most}.")));
    }
    if amount > left {
        return Err(Refusal::field("amount", format_args!("At most {most} can be refunded.")));
    }
    spread(sources, amount, currency)
}

/// What can be refunded of an invoice or a payment, in minor units, and in which currency.
///
/// # Errors
/// Nothing can be refunded; the refusal says why.
pub fn possible(reader: &Reader<'_>, of: Of) -> Result<Money, Refusal> {
    Ok(found(reader, of)?.most)
}

/// What of a credit note's money can be paid back now, in minor units; nothing if a dispute forbids it.
///
/// # Errors
/// The store failed.
pub fn possible_of_note(reader: &Reader<'_>, note: &CreditNote) -> Result<i64, Error> {
    match found_of_note(reader, note, Of::Invoice(note.invoice)) {
        Ok(sources) => {
            let left: i64 = sources.iter().map(|source| source.left).sum();
            Ok(left.min(reader.free_credit_of_note(note)?))
        }
        Err(Refusal::Store(error)) => Err(error),
        Err(_) => Ok(0),
    }
}

/// What of a payment can still be refunded, in minor units, disputes aside.
///
/// # Errors
/// The store failed.
pub fn left_of(reader: &Reader<'_>, payment: &Payment) -> Result<i64, Error> {
    if reader.taken_back_at(payment.id)?.is_some() {
        return Ok(0);
    }
    Ok(payment.amount.minor() - reader.refunded_of(payment.id)?)
}

/// Credit first, then the newest payments.
fn spread(mut sources: Vec<Source>, amount: i64, currency: Currency) -> Result<Vec<Part>, Refusal> {
    sources.reverse();
    let mut taken = vec![0; sources.len()];
    let mut rest = amount;
    for most in [|source: &Source| source.credit, |source: &Source| source.left] {
        for (source, taken) in sources.iter().zip(&mut taken) {
            let more = rest.min(most(source) - *taken).max(0);
            *taken += more;
            rest -= more;
        }
    }
    let parts: Vec<(Source, i64)> = sources.into_iter().zip(taken).filter(|(_, taken)| *taken > 0).collect();
    if parts.len() > PAYMENTS_MAX {
        return Err(Refusal::conflict(format!(
            "This would be taken from {} payments. Refund at most {PAYMENTS_MAX} at a time, or one after the other.",
            parts.len()
        )));
    }
    let part = |(source, taken): (Source, i64)| {
        let amount = Money::new(taken, currency).map_err(|error| Refusal::field("amount", error))?;
        Ok(Part { payment: source.payment, amount })
    };
    parts.into_iter().map(part).collect()
}

/// Stores what was decided: a refund for each payment. `frame` writes down what Stripe will be asked for a payment that
/// came through it. A decision that was made already is answered with its refunds as they are now.
///
/// # Errors
/// As [`plan`], or `frame` refuses.
pub fn request(
    w: &mut Writer<'_>,
    wanted: &Wanted,
    actor: &Actor,
    frame: impl Fn(RefundId, &Part, Option<Reason>) -> Result<Way, Refusal>,
) -> Result<Requested, Refusal> {
    let made = decided_before(w, wanted)?;
    if !made.is_empty() {
        return Ok(Requested { refunds: made, is_new: false });
    }
    let mut refunds = Vec::new();
    for (index, part) in plan(w, wanted)?.into_iter().enumerate() {
        let id = w.id()?;
        let way = match part.payment.method.stripe() {
            Some(_) => frame(id, &part, wanted.reason)?,
            None => Way::Manual { through: wanted.through.clone() },
        };
        let nonce = wanted.nonce.as_ref().map(|nonce| nth(nonce, index));
        refunds.push(store(w, &Decided { id, part: &part, way, wanted, nonce }, actor)?);
    }
    Ok(Requested { refunds, is_new: true })
}

/// The refunds that this decision made when it arrived before.
///
/// # Errors
/// It was another decision under the same name.
pub fn decided_before(reader: &Reader<'_>, wanted: &Wanted) -> Result<Vec<Refund>, Refusal> {
    let Some(nonce) = &wanted.nonce else { return Ok(Vec::new()) };
    let mut made = Vec::new();
    while let Some(refund) = reader.refund_by_nonce(&nth(nonce, made.len()))? {
        made.push(refund);
    }
    let sum: i64 = made.iter().map(|refund| refund.amount.minor()).sum();
    if made.is_empty() || sum == wanted.amount {
        return Ok(made);
    }
    Err(Refusal::conflict(
        "Another refund was made since this page was opened. Look at it first; nothing more was done.",
    ))
}

fn nth(nonce: &str, index: usize) -> String {
    format!("{nonce}/{index}")
}

/// What is stored of a decision for one payment.
struct Decided<'a> {
    id: RefundId,
    part: &'a Part,
    way: Way,
    wanted: &'a Wanted,
    nonce: Option<String>,
}

fn store(w: &mut Writer<'_>, decided: &Decided<'_>, actor: &Actor) -> Result<Refund, Refusal> {
    let Decided { id, part: Part { payment, amount }, way, wanted, nonce } = decided;
    let next_look = match way {
        Way::Stripe { .. } => w.now().saturating_add(REQUEST_LOOK).ok(),
        Way::Manual { .. } => None,
    };
    let refund = Refund {
        id: *id,
        payment: payment.id,
        invoice: payment.invoice,
        customer: payment.customer,
        book: payment.book,
        amount: *amount,
        reason: wanted.reason,
        origin: Origin::Owner,
        channel: actor.channel,
        requested_by: actor.name.clone(),
        created_at: w.now(),
        nonce: nonce.clone(),
        way: way.clone(),
        credit_note: wanted.credit_note,
        state: State::Requested,
        stripe_refund: None,
        accepted: None,
        returned_at: None,
        returned_to_notes: Vec::new(),
        tries: 0,
        next_look,
    };
    w.put_refund(&refund)?;
    if matches!(refund.way, Way::Manual { .. }) {
        let told = course::Told { channel: actor.channel, event: None };
        return Ok(course::advance(w, &refund, State::Succeeded, told)?);
    }
    if let Some(invoice) = refund.invoice {
        let words = format!("To {}, asked for by {}", payment.method.words(), actor.name);
        let line = LogLine::new(w.now(), Happening::RefundCreated, actor.channel)
            .amount(*amount)
            .stripe(None, None, refund.payment_intent())
            .detail(words);
        w.append_log(invoice, line)?;
    }
    Ok(refund)
}

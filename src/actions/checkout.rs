//! A checkout attempt begins: stored before Stripe is asked, opened when Stripe answered, revoked when the owner is about
//! to change what it asks for.
//!
//! How it goes on is in [`course`]. Whether money came is not decided here but in `payments::settle`.

pub mod course;

use jiff::{SignedDuration, Timestamp};

use super::{Actor, Refusal, day};
use crate::billing::attempt::{Attempt, CREATED_WITHIN, State, Wanted};
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::invoice::Invoice;
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::passthrough::Fee;
use crate::billing::standing::Standing;
use crate::store::{Error, Reader, Writer};

/// What a payer who clicks Pay can be given.
#[derive(Clone, Debug)]
pub enum Begin {
    /// A session that can be paid on: check with Stripe that it still is, then hand it out.
    Resume(Attempt),
    /// An attempt whose creation is under way, by this or another request.
    Wait(Attempt),
    /// A new attempt was stored: ask Stripe for its session.
    Create(Attempt),
}

/// When an attempt that nobody finished creating is taken up again.
const CREATE_LOOK: SignedDuration = SignedDuration::from_secs(30);
/// A session that should have expired is looked at this long after.
pub const EXPIRY_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// A session that Stripe may have made without our hearing of it is looked for this long after it must have ended.
const ORPHAN_LOOK: SignedDuration = SignedDuration::from_mins(10);

/// While a payer waits for news.
const SOON: SignedDuration = SignedDuration::from_secs(5);

/// Sessions that one invoice may start in an hour: a payer needs two, one who cannot decide on an amount a few more, a card
/// tester hundreds.
const STARTS_PER_HOUR_MAX: usize = 10;
/// Attempts of an invoice that are looked through for those of the last hour; refused ones lie between them.
const RECENT_MAX: usize = 50;

/// All that is due on an invoice, if it can be paid by card at all.
///
/// # Errors
/// It is void, paid, a delayed payment is under way, or money that came for it waits for a decision.
pub fn due(reader: &Reader<'_>, invoice: &Invoice) -> Result<Money, Refusal> {
    money(invoice, payable(reader, invoice)?.due())
}

/// The amount that a payer who wants this much is asked for at `now`.
///
/// # Errors
/// As [`due`]; or the invoice offers no such amount.
pub fn amount(reader: &Reader<'_>, invoice: &Invoice, wanted: Wanted, now: Timestamp) -> Result<Money, Refusal> {
    let standing = payable(reader, invoice)?;
    let today = day(&reader.settings()?, now);
    let offered = invoice.offers(wanted, &standing, today).ok_or_else(|| not_offered(invoice, &standing))?;
    money(invoice, offered)
}

fn not_offered(invoice: &Invoice, standing: &Standing) -> Refusal {
    let due = standing.due();
    match invoice.content.plan.least(due).map(|least| (money(invoice, least), money(invoice, due))) {
        Some((Ok(least), Ok(due))) => Refusal::field("amount", format_args!("Choose an amount from {least} to {due}.")),
        _ => Refusal::conflict(format!("Invoice {} cannot be paid in amounts of your own choice.", invoice.number)),
    }
}

fn money(invoice: &Invoice, minor: i64) -> Result<Money, Refusal> {
    Money::new(minor, invoice.content.currency).map_err(|error| Refusal::conflict(error.to_string()))
}

/// Where an invoice stands that can be paid now.
fn payable(reader: &Reader<'_>, invoice: &Invoice) -> Result<Standing, Refusal> {
    if invoice.void.is_some() {
        return Err(Refusal::conflict(format!("Invoice {} is void and is not to be paid.", invoice.number)));
    }
    let standing = reader.standing(invoice)?;
    if standing.processing {
        return Err(Refusal::conflict(format!(
            "A payment of invoice {} is under way at the bank. Nothing needs to be done.",
            invoice.number
        )));
    }
    if standing.due() <= 0 {
        return Err(Refusal::conflict(format!("Nothing is due on invoice {}.", invoice.number)));
    }
    if reader.holds_money(invoice.id)? {
        return Err(Refusal::conflict(format!(
            "A payment for invoice {} has arrived and is held until its review is decided. Nothing needs to be paid now.",
            invoice.number
        )));
    }
    Ok(standing)
}

/// No checkout of the invoice may be open, since the owner is about to change what it asks for.
///
/// # Errors
/// One is open still.
pub fn refuse_live(reader: &Reader<'_>, invoice: InvoiceId) -> Result<(), Refusal> {
    if reader.live_attempt(invoice)?.is_some() { Err(still_open()) } else { Ok(()) }
}

/// What the owner is told while a checkout is open.
pub(super) fn still_open() -> Refusal {
    Refusal::Unavailable("A checkout of this invoice is still open at Stripe. Try again in a minute.".into())
}

/// No delayed payment may be under way, since nobody knows yet whether it pays the invoice.
///
/// # Errors
/// One is.
pub fn refuse_under_way(invoice: &Invoice, standing: &Standing) -> Result<(), Refusal> {
    if standing.processing {
        return Err(under_way(&format!("invoice {}", invoice.number)));
    }
    Ok(())
}

/// What the owner is told while a delayed payment of `what` is under way.
pub fn under_way(what: &str) -> Refusal {
    Refusal::conflict(format!("A payment of {what} is under way at the bank. Wait until it has arrived or failed."))
}

/// What the request will ask of Stripe, once it is known that a new attempt is needed.
#[derive(Clone, Debug)]
pub struct Request {
    /// The part of the invoice and the fee, if one is taken.
    pub amount: Money,
    pub fee: Option<Fee>,
    pub body: String,
    pub idempotency_key: String,
    pub expires_at: Timestamp,
    /// Fingerprint of the key in use.
    pub account: String,
}

/// Finds the live attempt of an invoice or stores a new one for what is `wanted`; `request` is given what of the invoice is
/// to be paid, and writes down what Stripe will be asked. The live one may ask for another amount: then it is for the caller to close it first.
///
/// # Errors
/// Nothing can be paid, or too many sessions were started.
pub fn begin(
    w: &mut Writer<'_>,
    invoice: &Invoice,
    wanted: Wanted,
    actor: &Actor,
    request: impl Fn(AttemptId, Money, Timestamp) -> Result<Request, Refusal>,
) -> Result<Begin, Refusal> {
    let amount = amount(w, invoice, wanted, w.now())?;
    if let Some(live) = w.live_attempt(invoice.id)? {
        return Ok(match live.state {
            State::Open => Begin::Resume(live),
            State::Creating | State::CreateUnknown { .. } => Begin::Wait(live),
            State::Revoking { .. } => {
                return Err(Refusal::Unavailable("This invoice is just being changed. Try again in a minute.".into()));
            }
            _ => return Err(Refusal::conflict("A payment is under way at the bank. Nothing needs to be done.")),
        });
    }
    refuse_flood(w, invoice.id, w.now())?;
    let id = w.id()?;
    let request = request(id, amount, w.now())?;
    let attempt = Attempt {
        id,
        invoice: invoice.id,
        amount: request.amount,
        fee: request.fee,
        wanted,
        book: invoice.book,
        account: request.account,
        body: request.body,
        idempotency_key: request.idempotency_key,
        created_at: w.now(),
        begun_by: Some(actor.channel),
        expires_at: request.expires_at,
        state: State::Creating,
        session: None,
        url: None,
        payment_intent: None,
        instructed_at: None,
        method: None,
        decline: None,
        tries: 0,
        // If the program dies while Stripe is asked, the sweep asks again.
        next_look: w.now().saturating_add(CREATE_LOOK).ok(),
        asked_at: None,
    };
    w.put_attempt(&attempt)?;
    Ok(Begin::Create(attempt))
}

/// Whether another session of the invoice may start now.
///
/// # Errors
/// Too many were started within the hour. What Stripe refused to open was no start: the owner who mends the key must not
/// have locked the payer out.
pub fn refuse_flood(reader: &Reader<'_>, invoice: InvoiceId, now: Timestamp) -> Result<(), Refusal> {
    let hour_ago = now.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
    let recent = reader.attempts_of_invoice(invoice, RECENT_MAX)?;
    let starts = recent
        .iter()
        .filter(|attempt| attempt.created_at > hour_ago && !matches!(attempt.state, State::CreateFailed { .. }));
    if starts.count() >= STARTS_PER_HOUR_MAX {
        return Err(Refusal::Unavailable("This invoice was tried to be paid many times within the hour. Please wait a while, or pay by bank transfer.".into()));
    }
    Ok(())
}

/// What Stripe answered to the request for a session.
#[derive(Clone, Debug)]
pub enum Created {
    Opened {
        session: String,
        url: String,
        expires_at: Timestamp,
    },
    /// The answer was lost, or Stripe may answer better later.
    Unknown {
        retry_at: Timestamp,
    },
    Refused {
        reason: String,
    },
    /// It was never learnt, and asking again is pointless; why, in words.
    GivenUp {
        reason: String,
    },
}

/// Stores what Stripe answered. `None` if the attempt has moved on meanwhile: then nobody may be sent to the session.
///
/// # Errors
/// The store failed.
pub fn created(w: &mut Writer<'_>, id: AttemptId, answer: &Created) -> Result<Option<Attempt>, Error> {
    let Some(attempt) = w.attempt(id)?.filter(Attempt::is_unborn) else { return Ok(None) };
    let now = w.now();
    let was_lost = attempt.state != State::Creating || now.duration_since(attempt.created_at) > CREATED_WITHIN;
    let attempt = match answer.clone() {
        Created::Opened { session, url, expires_at } => {
            let (next_look, asked_at) = (look_after_expiry(expires_at), Some(now));
            let (session, url) = (Some(session), Some(url));
            Attempt { state: State::Open, session, url, expires_at, tries: 0, next_look, asked_at, ..attempt }
        }
        Created::Unknown { retry_at } => {
            let state = match attempt.state {
                State::Creating => State::CreateUnknown { since: now },
                state => state,
            };
            Attempt { state, tries: attempt.tries.saturating_add(1), next_look: Some(retry_at), ..attempt }
        }
        Created::Refused { reason } => Attempt { state: State::CreateFailed { reason }, next_look: None, ..attempt },
        Created::GivenUp { .. } => {
            Attempt { state: State::Abandoned, next_look: look_for_orphan(attempt.expires_at), ..attempt }
        }
    };
    w.put_attempt(&attempt)?;
    let words = match answer {
        Created::Refused { reason } => format!("Stripe did not open a checkout: {reason}"),
        Created::GivenUp { reason } => format!("Nobody was sent to a checkout, and it was given up: {reason}"),
        Created::Opened { .. } => {
            log_start(w, &attempt, was_lost)?;
            return Ok(Some(attempt));
        }
        Created::Unknown { .. } => return Ok(Some(attempt)),
    };
    let source = attempt.begun_by.unwrap_or(Channel::Schedule);
    w.append_log(attempt.invoice, LogLine::new(now, Happening::CheckoutCanceled, source).detail(words))?;
    Ok(Some(attempt))
}

fn log_start(w: &mut Writer<'_>, attempt: &Attempt, was_lost: bool) -> Result<(), Error> {
    // Earlier versions logged it before Stripe was asked, and noted nobody.
    let Some(channel) = attempt.begun_by else { return Ok(()) };
    let line = LogLine::new(w.now(), Happening::CheckoutStarted, channel).amount(attempt.amount).stripe(
        None,
        attempt.session.as_deref(),
        None,
    );
    let line = if was_lost {
        line.detail("Stripe's answer was lost at first; the same request brought it again")
    } else {
        line
    };
    w.append_log(attempt.invoice, line)
}

fn look_after_expiry(expires_at: Timestamp) -> Option<Timestamp> {
    expires_at.saturating_add(EXPIRY_LOOK).ok()
}

/// When a session that nobody was sent to has surely ended, and can be put on record if Stripe made it at all.
fn look_for_orphan(expires_at: Timestamp) -> Option<Timestamp> {
    expires_at.saturating_add(ORPHAN_LOOK).ok()
}

/// The owner is about to change something: no new attempt may begin until this one is closed at Stripe. Answers the
/// attempt that is to be closed, if there is one; a payment that is under way at the bank cannot be revoked and is
/// answered as it is.
///
/// An attempt whose session is not known yet is given up at once: nobody was sent there, and nobody will be.
///
/// # Errors
/// The store failed.
pub fn revoke(w: &mut Writer<'_>, invoice: InvoiceId) -> Result<Option<Attempt>, Error> {
    let Some(attempt) = w.live_attempt(invoice)? else { return Ok(None) };
    if attempt.is_unborn() {
        created(w, attempt.id, &Created::GivenUp { reason: "the invoice was changed meanwhile".into() })?;
        return Ok(None);
    }
    if attempt.state != State::Open {
        return Ok(Some(attempt));
    }
    let attempt = Attempt { state: State::Revoking { since: w.now() }, tries: 0, next_look: Some(w.now()), ..attempt };
    w.put_attempt(&attempt)?;
    Ok(Some(attempt))
}

/// Money came for an invoice another way than through its open checkout: if nobody is to pay there any more what it asks
/// for, it is revoked, and the sweep, which that wakes, closes it at Stripe.
///
/// # Errors
/// The store failed.
pub fn revoke_unasked(w: &mut Writer<'_>, invoice: InvoiceId) -> Result<(), Error> {
    let Some(live) = w.live_attempt(invoice)? else { return Ok(()) };
    if w.holds_money(invoice)? || !asks_for_what_is_due(w, &live, w.now())? {
        revoke(w, invoice)?;
    }
    Ok(())
}

/// The owner's change was given up: the session may be paid on again, if it still asks for what is due.
///
/// # Errors
/// The store failed.
pub fn unrevoke(w: &mut Writer<'_>, id: AttemptId) -> Result<(), Error> {
    match w.attempt(id)? {
        Some(attempt)
            if matches!(attempt.state, State::Revoking { .. }) && asks_for_what_is_due(w, &attempt, w.now())? =>
        {
            let next_look = look_after_expiry(attempt.expires_at);
            w.put_attempt(&Attempt { state: State::Open, tries: 0, next_look, ..attempt })
        }
        _ => Ok(()),
    }
}

/// The owner lets an invoice be paid another way although a bank payment of it is under way. If both arrive, the second
/// becomes credit and a case.
///
/// # Errors
/// No bank payment is under way.
pub fn let_go(w: &mut Writer<'_>, invoice: InvoiceId, actor: &Actor) -> Result<(), Refusal> {
    let under_way = w.live_attempt(invoice)?.filter(Attempt::is_processing);
    let attempt = under_way.ok_or_else(|| Refusal::conflict("No bank payment of this invoice is under way."))?;
    w.put_attempt(&Attempt { state: State::LetGo, ..attempt.clone() })?;
    let line = LogLine::new(w.now(), Happening::PaymentProcessing, actor.channel)
        .amount(attempt.amount)
        .stripe(None, attempt.session.as_deref(), attempt.payment_intent.as_deref())
        .detail("The invoice may be paid another way meanwhile");
    Ok(w.append_log(invoice, line)?)
}

/// Somebody waits for news of an attempt that Stripe could not be asked about: the sweep asks in a moment.
///
/// # Errors
/// The store failed.
pub fn look_soon(w: &mut Writer<'_>, id: AttemptId) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)?.filter(Attempt::is_live) else { return Ok(()) };
    let soon = w.now().saturating_add(SOON).unwrap_or(w.now());
    if attempt.next_look.is_some_and(|planned| planned <= soon) {
        return Ok(());
    }
    w.put_attempt(&Attempt { next_look: Some(soon), ..attempt })
}

/// Whether exactly the attempt's part of the invoice is still what a payer who wanted it would be asked for at `now`. Its
/// fee was frozen with it, and stays what it was.
///
/// # Errors
/// The store failed.
pub fn asks_for_what_is_due(reader: &Reader<'_>, attempt: &Attempt, now: Timestamp) -> Result<bool, Error> {
    let Some(invoice) = reader.invoice(attempt.invoice)?.filter(|invoice| invoice.void.is_none()) else {
        return Ok(false);
    };
    let (standing, today) = (reader.standing(&invoice)?, day(&reader.settings()?, now));
    Ok(invoice.offers(attempt.wanted, &standing, today) == Some(attempt.principal()))
}

//! A checkout attempt moves: begun before Stripe is asked, opened when Stripe answered, closed when it ended.
//!
//! Whether money came is not decided here but in `payments::settle`.

use jiff::{SignedDuration, Timestamp};

use super::{Actor, Refusal};
use crate::billing::attempt::{Attempt, Decline, State};
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::invoice::Invoice;
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::money::Money;
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
const EXPIRY_LOOK: SignedDuration = SignedDuration::from_secs(60);

/// While a payer waits for news.
const SOON: SignedDuration = SignedDuration::from_secs(5);

/// Sessions that one invoice may start in an hour: a payer needs two, a card tester hundreds.
const STARTS_PER_HOUR_MAX: usize = 5;

/// What is due on an invoice, if it can be paid by card at all.
///
/// # Errors
/// It is void, paid, or a delayed payment is under way.
pub fn due(reader: &Reader<'_>, invoice: &Invoice) -> Result<Money, Refusal> {
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
    Money::new(standing.due(), invoice.content.currency).map_err(|error| Refusal::conflict(error.to_string()))
}

/// What the request will ask of Stripe, once it is known that a new attempt is needed.
#[derive(Clone, Debug)]
pub struct Request {
    pub body: String,
    pub idempotency_key: String,
    pub expires_at: Timestamp,
    /// Fingerprint of the key in use.
    pub account: String,
}

/// Finds the live attempt of an invoice or stores a new one; `request` writes down what Stripe will be asked.
///
/// # Errors
/// Nothing can be paid, or too many sessions were started.
pub fn begin(
    w: &mut Writer<'_>,
    invoice: &Invoice,
    actor: &Actor,
    request: impl Fn(AttemptId, Money, Timestamp) -> Result<Request, Refusal>,
) -> Result<Begin, Refusal> {
    let amount = due(w, invoice)?;
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
    refuse_flood(w, invoice.id)?;
    let id = w.id()?;
    let request = request(id, amount, w.now())?;
    let attempt = Attempt {
        id,
        invoice: invoice.id,
        amount,
        book: invoice.book,
        account: request.account,
        body: request.body,
        idempotency_key: request.idempotency_key,
        created_at: w.now(),
        expires_at: request.expires_at,
        state: State::Creating,
        session: None,
        url: None,
        payment_intent: None,
        decline: None,
        tries: 0,
        // If the program dies while Stripe is asked, the sweep asks again.
        next_look: w.now().saturating_add(CREATE_LOOK).ok(),
        asked_at: None,
    };
    w.put_attempt(&attempt)?;
    let line = LogLine::new(w.now(), Happening::CheckoutStarted, actor.channel).amount(amount);
    w.append_log(invoice.id, line)?;
    Ok(Begin::Create(attempt))
}

fn refuse_flood(w: &Writer<'_>, invoice: InvoiceId) -> Result<(), Refusal> {
    let hour_ago = w.now().saturating_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
    let recent = w.attempts_of_invoice(invoice, STARTS_PER_HOUR_MAX)?;
    let all_recent = recent.len() >= STARTS_PER_HOUR_MAX && recent.iter().all(|attempt| attempt.created_at > hour_ago);
    if all_recent {
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
    /// It was never learnt, and asking again is pointless.
    GivenUp,
}

/// Stores what Stripe answered. `None` if the attempt has moved on meanwhile.
///
/// # Errors
/// The store failed.
pub fn created(w: &mut Writer<'_>, id: AttemptId, answer: &Created) -> Result<Option<Attempt>, Error> {
    let Some(attempt) =
        w.attempt(id)?.filter(|attempt| matches!(attempt.state, State::Creating | State::CreateUnknown { .. }))
    else {
        return Ok(None);
    };
    let since = match attempt.state {
        State::CreateUnknown { since } => since,
        _ => w.now(),
    };
    let attempt = match answer.clone() {
        Created::Opened { session, url, expires_at } => Attempt {
            state: State::Open,
            session: Some(session),
            url: Some(url),
            expires_at,
            tries: 0,
            next_look: expires_at.saturating_add(EXPIRY_LOOK).ok(),
            asked_at: Some(w.now()),
            ..attempt
        },
        Created::Unknown { retry_at } => Attempt {
            state: State::CreateUnknown { since },
            tries: attempt.tries.saturating_add(1),
            next_look: Some(retry_at),
            ..attempt
        },
        Created::Refused { reason } => Attempt { state: State::CreateFailed { reason }, next_look: None, ..attempt },
        Created::GivenUp => Attempt { state: State::Abandoned, next_look: None, ..attempt },
    };
    w.put_attempt(&attempt)?;
    log_end(w, &attempt, Channel::Schedule)?;
    Ok(Some(attempt))
}

/// The owner is about to change something: no new attempt may begin until this one is closed at Stripe.
///
/// # Errors
/// The store failed.
pub fn revoke(w: &mut Writer<'_>, invoice: InvoiceId) -> Result<Option<Attempt>, Error> {
    let Some(attempt) = w.live_attempt(invoice)? else { return Ok(None) };
    if attempt.state != State::Open {
        return Ok(Some(attempt));
    }
    let attempt = Attempt { state: State::Revoking { since: w.now() }, tries: 0, next_look: Some(w.now()), ..attempt };
    w.put_attempt(&attempt)?;
    Ok(Some(attempt))
}

/// The owner's change was given up: the session may be paid on again.
///
/// # Errors
/// The store failed.
pub fn unrevoke(w: &mut Writer<'_>, id: AttemptId) -> Result<(), Error> {
    match w.attempt(id)? {
        Some(attempt) if matches!(attempt.state, State::Revoking { .. }) => {
            w.put_attempt(&Attempt { state: State::Open, tries: 0, next_look: None, ..attempt })
        }
        _ => Ok(()),
    }
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

/// Stripe says that the session can't be paid any more.
///
/// # Errors
/// The store failed.
pub fn expired(w: &mut Writer<'_>, id: AttemptId, source: Channel) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    if !matches!(attempt.state, State::Open | State::Revoking { .. }) {
        return Ok(());
    }
    let revoked = matches!(attempt.state, State::Revoking { .. });
    let attempt = Attempt { state: State::Expired, next_look: None, ..attempt };
    w.put_attempt(&attempt)?;
    let kind = if revoked { Happening::CheckoutCanceled } else { Happening::CheckoutExpired };
    w.append_log(attempt.invoice, LogLine::new(w.now(), kind, source).stripe(None, attempt.session.as_deref(), None))
}

/// Stripe says that a method was instructed that takes days.
///
/// # Errors
/// The store failed.
pub fn processing(
    w: &mut Writer<'_>,
    id: AttemptId,
    intent: Option<&str>,
    next_look: Timestamp,
    source: Channel,
) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    if !matches!(attempt.state, State::Open | State::Revoking { .. }) {
        return Ok(());
    }
    let attempt = Attempt {
        state: State::Processing,
        payment_intent: intent.map(str::to_owned).or(attempt.payment_intent),
        next_look: Some(next_look),
        ..attempt
    };
    w.put_attempt(&attempt)?;
    let line = LogLine::new(w.now(), Happening::PaymentProcessing, source)
        .amount(attempt.amount)
        .stripe(None, attempt.session.as_deref(), intent)
        .detail("The bank needs some days; nothing has been received yet");
    w.append_log(attempt.invoice, line)?;
    owe_payer(w, &attempt, crate::billing::letter::Matter::InstructionReceived { attempt: attempt.id })
}

/// Stripe says that a delayed payment did not go through.
///
/// # Errors
/// The store failed.
pub fn failed_delayed(w: &mut Writer<'_>, id: AttemptId, reason: &str, source: Channel) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    if attempt.state != State::Processing {
        return Ok(());
    }
    let attempt = Attempt { state: State::FailedDelayed, next_look: None, ..attempt };
    w.put_attempt(&attempt)?;
    let line = LogLine::new(w.now(), Happening::PaymentFailed, source)
        .amount(attempt.amount)
        .stripe(None, attempt.session.as_deref(), attempt.payment_intent.as_deref())
        .detail(reason);
    w.append_log(attempt.invoice, line)?;
    owe_payer(w, &attempt, crate::billing::letter::Matter::DelayedPaymentFailed { attempt: attempt.id })
}

fn owe_payer(w: &mut Writer<'_>, attempt: &Attempt, matter: crate::billing::letter::Matter) -> Result<(), Error> {
    let Some(invoice) = w.invoice(attempt.invoice)? else { return Ok(()) };
    let Ok(to) = super::mailings::recipients(&invoice) else { return Ok(()) };
    let now = w.now();
    super::mailings::queue(w, matter, to, Vec::new(), now).map(drop)
}

/// Stripe says that a card was declined. That ends nothing: the payer may try another card in the same session.
///
/// # Errors
/// The store failed.
pub fn declined(
    w: &mut Writer<'_>,
    id: AttemptId,
    decline: &Decline,
    words: &str,
    intent: Option<&str>,
    source: Channel,
) -> Result<(), Error> {
    let Some(attempt) = w.attempt(id)? else { return Ok(()) };
    let known =
        attempt.decline.as_ref().is_some_and(|known| known.charge == decline.charge && known.code == decline.code);
    if known || matches!(attempt.state, State::Paid { .. }) {
        return Ok(());
    }
    let attempt = Attempt {
        decline: Some(decline.clone()),
        payment_intent: intent.map(str::to_owned).or(attempt.payment_intent),
        ..attempt
    };
    w.put_attempt(&attempt)?;
    let line = LogLine::new(w.now(), Happening::PaymentFailed, source)
        .amount(attempt.amount)
        .stripe(None, attempt.session.as_deref(), intent)
        .detail(words);
    w.append_log(attempt.invoice, line)
}

fn log_end(w: &mut Writer<'_>, attempt: &Attempt, source: Channel) -> Result<(), Error> {
    let words = match &attempt.state {
        State::CreateFailed { reason } => format!("Stripe did not open a checkout: {reason}"),
        State::Abandoned => "Stripe's answer never came, so the checkout was given up; nobody was sent to it".into(),
        _ => return Ok(()),
    };
    w.append_log(attempt.invoice, LogLine::new(w.now(), Happening::CheckoutCanceled, source).detail(words))
}

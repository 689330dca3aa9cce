//! A payer clicks Pay: one live session of exactly what is due now, however often and from wherever it is asked for.
//! Where another amount is on offer and is chosen, the session of the first is closed at Stripe before the other opens.
//!
//! The attempt is stored, with the exact bytes and the idempotency key of the request, before Stripe is called. A
//! second tab gets the same session; a lost answer is recovered by sending the same bytes again; and a session whose
//! address was never handed out can be paid by nobody.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub use super::sync::{SyncError, sync, sync_invoice, sync_session};

use super::client::{CallError, Patience};
use super::close::{close, expire};
use super::create::{Asked, Refused, ask_for_session};
use super::form::{CheckoutRequest, Methods, Operation, checkout_body, idempotency_key};
use super::scale;
use super::surcharge;
use super::till::Till;
use crate::actions::checkout::{self, Begin, Request};
use crate::actions::{Actor, Refusal};
use crate::billing::attempt::{Attempt, CREATED_WITHIN, State, Wanted};
use crate::billing::id::AttemptId;
use crate::billing::invoice::Invoice;
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::passthrough::{Fee, Terms};
use crate::billing::settings::PaymentMethods;

/// How long a session can be paid on: longer than a payer needs, well within Stripe's 30 minutes to 24 hours.
pub(super) const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(2);
/// A session with less left than this is not handed out again.
const LEFT_MIN: SignedDuration = SignedDuration::from_mins(10);
/// How long a second tab waits for the first one's session.
const WAIT_MAX: Duration = Duration::from_secs(10);
const WAIT_STEP: Duration = Duration::from_millis(100);
/// How long a payer waits in all; the invoice's bank details are the better answer then.
const START_MAX: Duration = Duration::from_secs(25);
/// Sessions that one call may go through: one that is just being made, the same found closed or over another amount, one
/// that Stripe refused for the customer's address, and the fresh one.
const ROUNDS_MAX: usize = 4;

/// Said to a payer who cannot pay by card right now; the invoice's bank details stand beside it.
const UNAVAILABLE: &str =
    "Card payment is not available at the moment. Please try again in a few minutes, or pay by bank transfer.";

/// Said to a payer of an invoice that Stripe cannot take the money for.
const NOT_BY_CARD: &str = "This invoice cannot be paid by card. Please pay by bank transfer.";

/// Why an invoice cannot be paid by card with this account at all, in words for the owner; `None` if it can.
#[must_use]
pub fn obstacle(till: &Till, invoice: &Invoice, due: Money) -> Option<String> {
    if invoice.book != till.book() {
        let (made, key) = if invoice.book.is_test() { ("test", "live") } else { ("live", "test") };
        return Some(format!("The invoice was made in {made} mode, and a {key} key is in use."));
    }
    scale::chargeable(due.minor(), due.currency().code()).err().map(|why| why.to_string())
}

/// The live session of an invoice over what is due now, begun if need be.
///
/// # Errors
/// Nothing is due, card payment is not possible, or Stripe cannot be asked.
pub async fn start(till: &Till, invoice: &Invoice, actor: &Actor) -> Result<Attempt, Refusal> {
    start_for(till, invoice, Wanted::Now, actor).await
}

/// The live session of an invoice over what is wanted, begun if need be. One over another amount is closed first.
///
/// # Errors
/// As [`start`]; or the amount is not on offer, or the other session cannot be closed.
pub async fn start_for(till: &Till, invoice: &Invoice, wanted: Wanted, actor: &Actor) -> Result<Attempt, Refusal> {
    // What is cut off here is safe: the attempt is stored, and the sweep goes on where this stopped.
    let started = tokio::time::timeout(START_MAX, go(till, invoice, wanted, actor)).await;
    started.unwrap_or_else(|_| Err(Refusal::Unavailable(UNAVAILABLE.into())))
}

async fn go(till: &Till, invoice: &Invoice, wanted: Wanted, actor: &Actor) -> Result<Attempt, Refusal> {
    // Before anything else: an attempt of the other mode whose answer was lost must not be sent again with this key.
    if invoice.book != till.book() {
        return Err(Refusal::Unavailable(NOT_BY_CARD.into()));
    }
    let mut with_email = true;
    for _ in 0..ROUNDS_MAX {
        let attempt = match begin(till, invoice, wanted, actor, with_email).await? {
            Begin::Create(attempt) => create(till, &attempt, &mut with_email).await?,
            // What another request was just opening may be over another amount; then the next round closes it.
            Begin::Wait(attempt) => {
                wait(till, &attempt, &mut with_email).await?.filter(|attempt| attempt.wanted == wanted)
            }
            Begin::Resume(attempt) => resume(till, invoice, wanted, attempt).await?,
        };
        if let Some(attempt) = attempt {
            return Ok(attempt);
        }
    }
    Err(Refusal::Unavailable(UNAVAILABLE.into()))
}

async fn begin(
    till: &Till,
    invoice: &Invoice,
    wanted: Wanted,
    actor: &Actor,
    with_email: bool,
) -> Result<Begin, Refusal> {
    let (theirs, invoice, actor) = (till.clone(), invoice.clone(), actor.clone());
    till.store
        .write(move |w| {
            let terms = surcharge::terms(w, Some(&theirs), &invoice.content, &invoice.buyer.address.country)?;
            let offer = Offer { with_email, methods: methods(w.settings()?.payment_methods), terms };
            checkout::begin(w, &invoice, wanted, &actor, |attempt, amount, now| {
                request(&theirs, &invoice, attempt, amount, now, &offer)
            })
        })
        .await
}

/// What of a request is decided anew each time.
struct Offer {
    with_email: bool,
    methods: Methods,
    terms: Terms,
}

fn methods(chosen: PaymentMethods) -> Methods {
    match chosen {
        PaymentMethods::Card => Methods::Card,
        PaymentMethods::All => Methods::AsSetAtStripe,
    }
}

fn request(
    till: &Till,
    invoice: &Invoice,
    attempt: AttemptId,
    amount: Money,
    now: Timestamp,
    offer: &Offer,
) -> Result<Request, Refusal> {
    if let Some(words) = obstacle(till, invoice, amount) {
        tracing::warn!(invoice = %invoice.id, reason = %words, "card payment is not possible");
        return Err(Refusal::Unavailable(NOT_BY_CARD.into()));
    }
    let scale = scale::scale(amount.currency().code()).ok_or_else(|| Refusal::Unavailable(UNAVAILABLE.into()))?;
    let to_stripe = |minor| scale.to_stripe(minor).map_err(|error| Refusal::Unavailable(error.to_string()));
    let fee = surcharge::fee(&offer.terms, amount, &invoice.totals.taxes).ok();
    let wire_fee = fee.as_ref().map(|fee| to_stripe(fee.total)).transpose()?;
    let expires_at = till.client.stripe_now().saturating_add(SESSION_LIFE).unwrap_or(now);
    let page = format!("{}/i/{}", till.public_url, invoice.link.token());
    let email = Some(invoice.buyer.email.as_str()).filter(|email| offer.with_email && !email.is_empty());
    let body = checkout_body(&CheckoutRequest {
        attempt: &attempt.to_string(),
        appliance: &till.appliance,
        invoice: &invoice.id.to_string(),
        number: &invoice.number,
        revision: 1,
        title: &title(invoice, amount),
        amount: to_stripe(amount.minor())?,
        fee: wire_fee.map(|wire| (surcharge::NAME, wire)),
        currency: amount.currency().code(),
        customer_email: email,
        expires_at,
        success_url: &format!("{page}/return?session_id={{CHECKOUT_SESSION_ID}}"),
        cancel_url: &format!("{page}?canceled=1"),
        methods: offer.methods,
    });
    let idempotency_key = idempotency_key(Operation::CreateSession, &till.appliance, &attempt.to_string());
    let asked =
        fee.as_ref().map_or(Some(amount.minor()), Fee::sum).and_then(|sum| Money::new(sum, amount.currency()).ok());
    let amount = asked.ok_or_else(|| Refusal::Unavailable(UNAVAILABLE.into()))?;
    Ok(Request { amount, fee, body, idempotency_key, expires_at, account: till.account.clone() })
}

/// What the payer reads at Stripe.
fn title(invoice: &Invoice, amount: Money) -> String {
    if amount == invoice.total() {
        format!("Invoice {}", invoice.number)
    } else {
        format!("Invoice {}, part payment", invoice.number)
    }
}

/// Asks Stripe for the session of a stored attempt. `None`: look again what there is.
async fn create(till: &Till, attempt: &Attempt, with_email: &mut bool) -> Result<Option<Attempt>, Refusal> {
    match ask_for_session(till, attempt, Patience::Request).await? {
        Asked::Open(attempt) => Ok(Some(*attempt)),
        Asked::MovedOn => {
            close_unwanted(till, attempt.id).await?;
            Ok(None)
        }
        Asked::Refused(Refused::Email) if *with_email => {
            // Stripe did not like the customer's address: the payer types one there.
            *with_email = false;
            Ok(None)
        }
        Asked::Refused(Refused::Expiry) => Ok(None),
        // Another request with the same bytes may have had its answer meanwhile.
        Asked::Lost(error) => {
            let stored = till.store.read(|r| r.attempt(attempt.id))?;
            let open = stored.filter(|attempt| attempt.open_url().is_some());
            open.map(Some).ok_or_else(|| not_opened(&error.to_string()))
        }
        Asked::Refused(Refused::Other { reason }) => Err(not_opened(&reason)),
        Asked::Refused(Refused::Email) => {
            Err(not_opened("it takes no checkout with or without the customer's address"))
        }
    }
}

/// In words for the owner and for programs; a payer's page has its own.
fn not_opened(reason: &str) -> Refusal {
    Refusal::Unavailable(format!("Stripe did not open a checkout: {}.", reason.trim_end_matches('.')))
}

/// What is due changed while Stripe was asked: the session that came of it is closed, now or by the sweep.
async fn close_unwanted(till: &Till, id: AttemptId) -> Result<(), Refusal> {
    let attempt = till.store.read(|r| r.attempt(id))?;
    let unwanted = attempt.is_some_and(|attempt| matches!(attempt.state, State::Revoking { .. }));
    if !unwanted {
        return Ok(());
    }
    match expire(till, id, Channel::Schedule, Patience::Request).await {
        Ok(_) => Ok(()),
        Err(SyncError::Store(error)) => Err(error.into()),
        Err(SyncError::Stripe(error)) => {
            tracing::warn!(attempt = %id, error = %error, "a checkout that nobody wants could not be closed yet");
            Err(Refusal::Unavailable(UNAVAILABLE.into()))
        }
    }
}

/// Waits for the session that another request is just creating. If that one was lost, Stripe is asked for it with the
/// same bytes, which brings the same session.
async fn wait(till: &Till, attempt: &Attempt, with_email: &mut bool) -> Result<Option<Attempt>, Refusal> {
    let was_left = till.now().duration_since(attempt.created_at) > CREATED_WITHIN;
    let until = std::time::Instant::now() + WAIT_MAX;
    while !was_left && std::time::Instant::now() < until {
        match till.store.read(|r| r.attempt(attempt.id))?.map(|attempt| (attempt.state.clone(), attempt)) {
            Some((State::Open, attempt)) => return Ok(Some(attempt)),
            Some((State::Creating, _)) => tokio::time::sleep(WAIT_STEP).await,
            Some((State::CreateUnknown { .. }, _)) => break,
            _ => return Ok(None),
        }
    }
    create(till, attempt, with_email).await
}

/// Hands out an open session again, if Stripe says that it still is. `None`: it is not, or is over another amount than is
/// wanted; look again.
async fn resume(till: &Till, invoice: &Invoice, wanted: Wanted, attempt: Attempt) -> Result<Option<Attempt>, Refusal> {
    let fits = till.store.read(|r| {
        let amount = checkout::amount(&r, invoice, wanted, till.now())?;
        let is_due = checkout::asks_for_what_is_due(&r, &attempt, till.now())?;
        let terms = surcharge::terms(&r, Some(till), &invoice.content, &invoice.buyer.address.country)?;
        // A fee that was changed since, or turned off, is for the next checkout.
        let fee = surcharge::fee(&terms, amount, &invoice.totals.taxes).ok();
        let fits = is_due && attempt.principal() == amount.minor() && attempt.fee == fee;
        // What can still be paid is not closed for a checkout that may not begin.
        if is_due && !fits {
            checkout::refuse_flood(&r, invoice.id, till.now())?;
        }
        Ok::<_, Refusal>(fits)
    })?;
    let left = attempt.expires_at.duration_since(till.client.stripe_now());
    if !fits || left < LEFT_MIN {
        close(till, attempt.invoice, Channel::Schedule).await?;
        return Ok(None);
    }
    match sync(till, &attempt, Channel::Schedule, None, Patience::Request).await {
        // Nobody can pay twice on one session, so handing it out unseen is safe; making a second one would not be.
        Ok(_) | Err(SyncError::Stripe(CallError::Retry { .. })) => {}
        Err(SyncError::Stripe(error)) => {
            tracing::error!(attempt = %attempt.id, error = %error, "an open checkout cannot be looked at");
            return Err(Refusal::Unavailable(UNAVAILABLE.into()));
        }
        Err(SyncError::Store(error)) => return Err(error.into()),
    }
    Ok(till.store.read(|r| r.attempt(attempt.id))?.filter(|attempt| attempt.open_url().is_some()))
}

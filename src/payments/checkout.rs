//! A payer clicks Pay: one live session of exactly what is due, however often and from wherever it is asked for.
//!
//! The attempt is stored, with the exact bytes and the idempotency key of the request, before Stripe is called. A
//! second tab gets the same session; a lost answer is recovered by sending the same bytes again; and a session whose
//! address was never handed out can be paid by nobody.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::client::{CallError, Patience};
use super::close::close;
use super::form::{CheckoutRequest, Methods, Operation, checkout_body, idempotency_key};
use super::objects::{CheckoutSession, SessionMode};
use super::scale;
use super::settle::{Settled, settle};
use super::till::Till;
use crate::actions::checkout::{self, Begin, Created, Request};
use crate::actions::{Actor, Refusal};
use crate::billing::attempt::{Attempt, State};
use crate::billing::id::{AttemptId, InvoiceId};
use crate::billing::invoice::Invoice;
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::store::Error;

/// How long a session can be paid on: longer than a payer needs, well within Stripe's 30 minutes to 24 hours.
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(2);
/// A session with less left than this is not handed out again.
const LEFT_MIN: SignedDuration = SignedDuration::from_mins(10);
/// How far Stripe's expiry may be from the one that was asked for.
const EXPIRY_TOLERANCE_SECONDS: i64 = 300;
/// How long a second tab waits for the first one's session.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// A request that creates a session has given up after this long; an older attempt was left by a crash.
const CREATED_WITHIN: SignedDuration = SignedDuration::from_secs(25);
const WAIT_STEP: Duration = Duration::from_millis(100);
/// When a lost answer is first asked for again.
const RETRY_SECONDS: i64 = 5;
/// Sessions that one call may go through: the one found closed, and the fresh one.
const ROUNDS_MAX: usize = 3;

/// Said to a payer who cannot pay by card right now; the invoice's bank details stand beside it.
const UNAVAILABLE: &str =
    "Card payment is not available at the moment. Please try again in a few minutes, or pay by bank transfer.";

/// Why an invoice cannot be paid by card with this account at all, in words for the owner; `None` if it can.
#[must_use]
pub fn obstacle(till: &Till, invoice: &Invoice, due: Money) -> Option<String> {
    if invoice.book != till.book() {
        let (made, key) = if invoice.book.is_test() { ("test", "live") } else { ("live", "test") };
        return Some(format!("The invoice was made in {made} mode, and a {key} key is in use."));
    }
    scale::chargeable(due.minor(), due.currency().code()).err().map(|why| why.to_string())
}

/// The live session of an invoice, begun if need be.
///
/// # Errors
/// Nothing is due, card payment is not possible, or Stripe cannot be asked.
pub async fn start(till: &Till, invoice: &Invoice, actor: &Actor) -> Result<Attempt, Refusal> {
    for _ in 0..ROUNDS_MAX {
        let attempt = match begin(till, invoice, actor, true).await? {
            Begin::Create(attempt) => create(till, attempt, actor).await?,
            Begin::Wait(attempt) => wait(till, attempt, actor).await?,
            Begin::Resume(attempt) => resume(till, attempt).await?,
        };
        if let Some(attempt) = attempt {
            return Ok(attempt);
        }
    }
    Err(Refusal::Unavailable(UNAVAILABLE.into()))
}

async fn begin(till: &Till, invoice: &Invoice, actor: &Actor, with_email: bool) -> Result<Begin, Refusal> {
    let (theirs, invoice, actor) = (till.clone(), invoice.clone(), actor.clone());
    till.store
        .write(move |w| {
            checkout::begin(w, &invoice, &actor, |attempt, amount, now| {
                request(&theirs, &invoice, attempt, amount, now, with_email)
            })
        })
        .await
}

fn request(
    till: &Till,
    invoice: &Invoice,
    attempt: AttemptId,
    amount: Money,
    now: Timestamp,
    with_email: bool,
) -> Result<Request, Refusal> {
    if let Some(words) = obstacle(till, invoice, amount) {
        tracing::warn!(invoice = %invoice.id, reason = %words, "card payment is not possible");
        return Err(Refusal::Unavailable("This invoice cannot be paid by card. Please pay by bank transfer.".into()));
    }
    let scale = scale::scale(amount.currency().code()).ok_or_else(|| Refusal::Unavailable(UNAVAILABLE.into()))?;
    let wire = scale.to_stripe(amount.minor()).map_err(|error| Refusal::Unavailable(error.to_string()))?;
    let expires_at = till.client.stripe_now().saturating_add(SESSION_LIFE).unwrap_or(now);
    let page = format!("{}/i/{}", till.public_url, invoice.link.token());
    let email = Some(invoice.buyer.email.as_str()).filter(|email| with_email && !email.is_empty());
    let body = checkout_body(&CheckoutRequest {
        attempt: &attempt.to_string(),
        appliance: &till.appliance,
        invoice: &invoice.id.to_string(),
        revision: 1,
        title: &format!("Invoice {}", invoice.number),
        amount: wire,
        currency: amount.currency().code(),
        customer_email: email,
        expires_at,
        success_url: &format!("{page}/return?session_id={{CHECKOUT_SESSION_ID}}"),
        cancel_url: &format!("{page}?canceled=1"),
        methods: Methods::Card,
    });
    let idempotency_key = idempotency_key(Operation::CreateSession, &till.appliance, &attempt.to_string());
    Ok(Request { body, idempotency_key, expires_at, account: till.account.clone() })
}

/// Asks Stripe for the session of a stored attempt. `None`: look again what there is.
async fn create(till: &Till, attempt: Attempt, actor: &Actor) -> Result<Option<Attempt>, Refusal> {
    let id = attempt.id;
    match ask_for_session(till, &attempt, Patience::Request).await? {
        Asked::Open(attempt) => Ok(Some(attempt)),
        Asked::MovedOn => Ok(None),
        // Another request with the same bytes may have had its answer meanwhile.
        Asked::Lost => match till.store.read(|r| r.attempt(id))?.filter(|attempt| attempt.open_url().is_some()) {
            Some(attempt) => Ok(Some(attempt)),
            None => Err(Refusal::Unavailable(UNAVAILABLE.into())),
        },
        Asked::Refused { param: Some(param) } if param == "customer_email" => {
            without_email(till, attempt.invoice, actor).await
        }
        Asked::Refused { .. } => Err(Refusal::Unavailable(UNAVAILABLE.into())),
    }
}

/// Stripe did not like the customer's address: the payer types one there.
async fn without_email(till: &Till, invoice: InvoiceId, actor: &Actor) -> Result<Option<Attempt>, Refusal> {
    let invoice = till.store.read(|r| r.invoice(invoice))?.ok_or(Refusal::NotFound("invoice"))?;
    let Begin::Create(attempt) = begin(till, &invoice, actor, false).await? else { return Ok(None) };
    match ask_for_session(till, &attempt, Patience::Request).await? {
        Asked::Open(attempt) => Ok(Some(attempt)),
        _ => Err(Refusal::Unavailable(UNAVAILABLE.into())),
    }
}

/// What came of asking for a session.
pub(super) enum Asked {
    Open(Attempt),
    /// The invoice or the attempt changed meanwhile.
    MovedOn,
    /// No answer that can be relied on; the sweep asks again.
    Lost,
    Refused {
        param: Option<String>,
    },
}

/// Sends the frozen bytes of an attempt, for the first time or again, and stores what Stripe answered.
pub(super) async fn ask_for_session(till: &Till, attempt: &Attempt, patience: Patience) -> Result<Asked, Error> {
    match till.ask(patience).create_session(&attempt.body, &attempt.idempotency_key).await {
        Ok(answer) => match unfit(till, attempt, &answer.value) {
            None => open(till, attempt, answer.value).await,
            Some(reason) => reject(till, attempt, &answer.value, reason).await,
        },
        Err(CallError::Retry { .. }) => {
            let retry_at =
                attempt.created_at.max(now(till).await?).saturating_add(SignedDuration::from_secs(RETRY_SECONDS));
            note(till, attempt.id, Created::Unknown { retry_at: retry_at.unwrap_or(attempt.created_at) }).await?;
            Ok(Asked::Lost)
        }
        Err(error @ CallError::Fail { .. }) => {
            tracing::error!(attempt = %attempt.id, error = %error, "Stripe refused to open a checkout");
            let param = error.param().map(str::to_owned);
            note(till, attempt.id, Created::Refused { reason: error.to_string() }).await?;
            Ok(Asked::Refused { param })
        }
    }
}

pub(super) async fn now(till: &Till) -> Result<Timestamp, Error> {
    till.store.write(|w| Ok(w.now())).await
}

async fn note(till: &Till, id: AttemptId, answer: Created) -> Result<Option<Attempt>, Error> {
    till.store.write(move |w| checkout::created(w, id, &answer)).await
}

/// What is wrong with the session that Stripe made, if anything: it must be exactly the one that was asked for.
fn unfit(till: &Till, attempt: &Attempt, session: &CheckoutSession) -> Option<&'static str> {
    let wire =
        scale::scale(attempt.amount.currency().code()).and_then(|scale| scale.to_stripe(attempt.amount.minor()).ok());
    let asked = attempt.expires_at.as_second();
    let holds = [
        (session.mode == Some(SessionMode::Payment), "its mode"),
        (session.livemode == Some(till.livemode), "its mode (test or live)"),
        (session.client_reference_id.as_deref() == Some(&attempt.id.to_string()), "its reference"),
        (session.amount_total == wire, "its amount"),
        (session.currency.as_deref() == Some(attempt.amount.currency().code().to_lowercase().as_str()), "its currency"),
        (session.expires_at.is_some_and(|at| (at - asked).abs() <= EXPIRY_TOLERANCE_SECONDS), "its expiry"),
        (!session.is_open() || till.accepts(session.address()), "its address"),
    ];
    holds.into_iter().find_map(|(holds, name)| (!holds).then_some(name))
}

impl Till {
    /// Whether a payer may be sent to this address.
    fn accepts(&self, url: Option<&str>) -> bool {
        let Some(url) = url else { return false };
        self.checkout_origins.iter().any(|origin| {
            url.strip_prefix(origin.as_str()).is_some_and(|rest| rest.starts_with('/') || rest.starts_with('?'))
        })
    }
}

async fn open(till: &Till, attempt: &Attempt, session: CheckoutSession) -> Result<Asked, Error> {
    let (id, asked, news) = (attempt.id, attempt.clone(), till.news(Channel::Schedule, None));
    let expires_at = session.expires_at.and_then(|at| Timestamp::from_second(at).ok()).unwrap_or(attempt.expires_at);
    let url = session.address().unwrap_or_default().to_owned();
    let stored = till
        .store
        .write(move |w| {
            let opened = Created::Opened { session: session.name().to_owned(), url: url.clone(), expires_at };
            let stored = match checkout::created(w, id, &opened)? {
                Some(stored) => stored,
                // Another request with the same bytes was faster; its answer was this one.
                None => match w.attempt(id)?.filter(|attempt| attempt.session.as_deref() == session.id.as_deref()) {
                    Some(stored) if stored.open_url().is_some() => stored,
                    moved_on => return Ok((moved_on, false)),
                },
            };
            // A replayed answer may be of a session that has ended since; what it says now decides.
            if !session.is_open() {
                settle(w, &session, &news)?;
                return Ok((w.attempt(id)?, false));
            }
            let fits = still_fits(w, &asked)?;
            if !fits {
                checkout::revoke(w, asked.invoice)?;
            }
            Ok::<_, Error>((Some(stored), fits))
        })
        .await?;
    match stored {
        (Some(attempt), true) => Ok(Asked::Open(attempt)),
        (Some(attempt), false) if matches!(attempt.state, State::Open) && attempt.url.is_some() => {
            // What is due changed while Stripe was asked: nobody is given the address, and it is closed.
            drop(super::close::expire(till, attempt.id).await);
            Ok(Asked::MovedOn)
        }
        _ => Ok(Asked::MovedOn),
    }
}

/// Whether exactly the attempt's amount is still due on its invoice.
fn still_fits(w: &crate::store::Reader<'_>, attempt: &Attempt) -> Result<bool, Error> {
    let Some(invoice) = w.invoice(attempt.invoice)? else { return Ok(false) };
    Ok(invoice.void.is_none() && w.standing(&invoice)?.due() == attempt.amount.minor())
}

/// Stripe made something else than was asked for: it is closed, and nobody is sent there.
async fn reject(
    till: &Till,
    attempt: &Attempt,
    session: &CheckoutSession,
    reason: &'static str,
) -> Result<Asked, Error> {
    tracing::error!(attempt = %attempt.id, reason, "Stripe opened another checkout than was asked for");
    let key = idempotency_key(Operation::ExpireSession, &till.appliance, &format!("{}:unfit", attempt.id));
    drop(till.ask(Patience::Request).expire_session(session.name(), &key).await);
    note(till, attempt.id, Created::Refused { reason: format!("it was another checkout than asked for ({reason})") })
        .await?;
    Ok(Asked::Refused { param: None })
}

/// Waits for the session that another request is just creating. If that one was lost, Stripe is asked for it with the
/// same bytes, which brings the same session.
async fn wait(till: &Till, attempt: Attempt, actor: &Actor) -> Result<Option<Attempt>, Refusal> {
    let was_left = now(till).await?.duration_since(attempt.created_at) > CREATED_WITHIN;
    let until = std::time::Instant::now() + WAIT_MAX;
    while !was_left && std::time::Instant::now() < until {
        match till.store.read(|r| r.attempt(attempt.id))?.map(|attempt| (attempt.state.clone(), attempt)) {
            Some((State::Open, attempt)) => return Ok(Some(attempt)),
            Some((State::Creating, _)) => tokio::time::sleep(WAIT_STEP).await,
            Some((State::CreateUnknown { .. }, _)) => break,
            _ => return Ok(None),
        }
    }
    create(till, attempt, actor).await
}

/// Hands out an open session again, if Stripe says that it still is. `None`: it is not; look again.
async fn resume(till: &Till, attempt: Attempt) -> Result<Option<Attempt>, Refusal> {
    if attempt.account != till.account {
        return Err(Refusal::Unavailable(UNAVAILABLE.into()));
    }
    let fits = till.store.read(|r| still_fits(&r, &attempt))?;
    let left = attempt.expires_at.duration_since(till.client.stripe_now());
    if !fits || left < LEFT_MIN {
        close(till, attempt.invoice).await?;
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

/// Why the books could not be brought to what Stripe says.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error(transparent)]
    Stripe(#[from] CallError),
    #[error(transparent)]
    Store(#[from] Error),
}

/// Asks Stripe about an attempt's session and settles what it says.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync(
    till: &Till,
    attempt: &Attempt,
    channel: Channel,
    event: Option<&str>,
    patience: Patience,
) -> Result<Settled, SyncError> {
    let Some(session) = &attempt.session else { return Ok(Settled::Unchanged) };
    sync_session(till, session, channel, event, patience).await
}

/// Asks Stripe about a session and settles what it says.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_session(
    till: &Till,
    session: &str,
    channel: Channel,
    event: Option<&str>,
    patience: Patience,
) -> Result<Settled, SyncError> {
    let session = till.ask(patience).session(session).await?.value;
    let news = till.news(channel, event);
    Ok(till.store.write(move |w| settle(w, &session, &news)).await?)
}

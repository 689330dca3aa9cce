//! Stripe is asked for the session of a stored attempt, with the bytes and the key that are stored with it.
//!
//! The rule it keeps: as long as nobody knows whether Stripe made a session, the attempt stays live and the same bytes
//! are sent again. Only a session that is exactly the one asked for is put into force.

use jiff::{SignedDuration, Timestamp};

use super::checks;
use super::client::{CallError, FailKind, Patience};
use super::form::{Operation, idempotency_key};
use super::notices::{Task, note_call};
use super::objects::{CheckoutSession, SessionMode};
use super::scale;
use super::settle::{Settled, settle};
use super::till::Till;
use crate::actions::checkout::{self, Created};
use crate::actions::customers;
use crate::actions::reviews::{self, Case};
use crate::billing::attempt::{Attempt, State};
use crate::billing::id::AttemptId;
use crate::billing::log::Channel;
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Writer};

/// How far Stripe's expiry may be from the one that was asked for.
const EXPIRY_TOLERANCE_SECONDS: i64 = 300;
/// When a lost answer is first asked for again.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// What came of asking for a session.
pub(super) enum Asked {
    Open(Box<Attempt>),
    /// The invoice or the attempt changed meanwhile. Its session, if there is one, was handed to nobody.
    MovedOn,
    /// No answer that can be relied on; the sweep asks again.
    Lost(CallError),
    Refused(Refused),
}

/// What Stripe did not like.
pub(super) enum Refused {
    /// The customer's address.
    Email,
    /// The moment at which the session should expire: our clock is wrong, and Stripe's is known by now.
    Expiry,
    Other {
        reason: String,
    },
}

/// Sends the frozen bytes of an attempt, for the first time or again, and stores what Stripe answered.
pub(super) async fn ask_for_session(till: &Till, attempt: &Attempt, patience: Patience) -> Result<Asked, Error> {
    let asked = made_now(till, attempt, patience).await;
    match asked {
        Ok(session) => {
            note_call(till, Task::Checkout, None).await;
            match unfit(till, attempt, &session) {
                None => open(till, attempt, session).await,
                Some(flaw) => reject(till, attempt, &session, flaw).await,
            }
        }
        Err(error) if leaves_open(&error) => {
            note_call(till, Task::Checkout, Some(&error)).await;
            tracing::warn!(attempt = %attempt.id, error = %error, "whether Stripe opened a checkout is not known");
            let retry_at = till.now().saturating_add(RETRY_AFTER).unwrap_or(attempt.created_at);
            note(till, attempt.id, Created::Unknown { retry_at }).await?;
            Ok(Asked::Lost(error))
        }
        Err(error) => {
            tracing::error!(attempt = %attempt.id, error = %error, "Stripe refused to open a checkout");
            note(till, attempt.id, Created::Refused { reason: error.to_string() }).await?;
            let refused = refused(&error);
            match refused {
                Refused::Other { .. } => note_call(till, Task::Checkout, Some(&error)).await,
                // What another attempt does better by itself is not the owner's to mend; a wrong address is.
                Refused::Email => {
                    let invoice = attempt.invoice;
                    till.store.write(move |w| customers::doubt_email(w, invoice)).await?;
                }
                Refused::Expiry => {}
            }
            Ok(Asked::Refused(refused))
        }
    }
}

/// The session that Stripe made, as it is now: a replayed answer shows it as it was when it was made, and it may have
/// ended since.
async fn made_now(till: &Till, attempt: &Attempt, patience: Patience) -> Result<CheckoutSession, CallError> {
    let made = till.ask(patience).create_session(&attempt.body, &attempt.idempotency_key).await?;
    if !made.replayed {
        return Ok(made.value);
    }
    Ok(till.ask(patience).session(made.value.name()).await?.value)
}

/// Whether an earlier try with the same key may have made a session. A key that is not taken, or that lacks a
/// permission, decides about this try alone.
fn leaves_open(error: &CallError) -> bool {
    match error {
        CallError::Retry { .. } => true,
        CallError::Fail { kind, .. } => matches!(kind, FailKind::NoKey | FailKind::NoPermission { .. }),
    }
}

fn refused(error: &CallError) -> Refused {
    match error.param() {
        Some("customer_email") => Refused::Email,
        Some("expires_at") => Refused::Expiry,
        // Some versions of the API name no parameter.
        None if error.to_string().contains("`expires_at`") => Refused::Expiry,
        _ => Refused::Other { reason: error.to_string() },
    }
}

async fn note(till: &Till, id: AttemptId, answer: Created) -> Result<Option<Attempt>, Error> {
    till.store.write(move |w| checkout::created(w, id, &answer)).await
}

/// How the session that Stripe made differs from the one that was asked for.
struct Flaw {
    reason: Reason,
    evidence: Evidence,
}

/// The first difference, if there is any: it must be exactly the session that was asked for.
fn unfit(till: &Till, attempt: &Attempt, session: &CheckoutSession) -> Option<Flaw> {
    let wire =
        scale::scale(attempt.amount.currency().code()).and_then(|scale| scale.to_stripe(attempt.amount.minor()).ok());
    let (asked, reference) = (attempt.expires_at.as_second(), attempt.id.to_string());
    let currency = attempt.amount.currency().code().to_lowercase();
    let flaw = |reason, name: &str, stripe: String, books: String| {
        Some(Flaw { reason, evidence: Evidence::new(name, stripe, books) })
    };
    if session.mode != Some(SessionMode::Payment) || session.livemode != Some(till.livemode) {
        let mode = |live: Option<bool>| live.map_or("unsaid", |live| if live { "live" } else { "test" });
        let stripe = format!("{}, {}", checks::word(session.mode.as_ref()), mode(session.livemode));
        return flaw(Reason::ReferenceMismatch, "Mode", stripe, format!("payment, {}", mode(Some(till.livemode))));
    }
    if session.client_reference_id.as_ref() != Some(&reference) {
        let stripe = session.client_reference_id.clone().unwrap_or_default();
        return flaw(Reason::ReferenceMismatch, "Reference", stripe, reference);
    }
    if session.currency.as_ref() != Some(&currency) {
        return flaw(Reason::CurrencyMismatch, "Currency", session.currency.clone().unwrap_or_default(), currency);
    }
    if session.amount_total.is_none() || session.amount_total != wire {
        let stripe = session.amount_total.map_or_else(|| "nothing".into(), |wire| format!("{wire} in Stripe's units"));
        return flaw(Reason::AmountMismatch, "Amount", stripe, attempt.amount.to_string());
    }
    if session.expires_at.is_none_or(|at| at.abs_diff(asked) > EXPIRY_TOLERANCE_SECONDS.unsigned_abs()) {
        let stripe = session.expires_at.and_then(|at| Timestamp::from_second(at).ok());
        let stripe = stripe.map_or_else(|| "unsaid".into(), |at| at.to_string());
        return flaw(Reason::ReferenceMismatch, "Expiry", stripe, attempt.expires_at.to_string());
    }
    if session.is_open() && !till.accepts(session.address()) {
        let books = till.checkout_origins.join(", ");
        return flaw(Reason::ReferenceMismatch, "Address", "at another origin".into(), books);
    }
    None
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
    let (id, news) = (attempt.id, till.news(Channel::Schedule, None));
    let expires_at = session.expires_at.and_then(|at| Timestamp::from_second(at).ok()).unwrap_or(attempt.expires_at);
    let url = session.address().unwrap_or_default().to_owned();
    let (is_open, name) = (session.is_open(), session.name().to_owned());
    let stored = till
        .store
        .write(move |w| {
            let opened = Created::Opened { session: session.name().to_owned(), url: url.clone(), expires_at };
            let Some(stored) = checkout::created(w, id, &opened)? else { return w.attempt(id) };
            // A replayed answer may be of a session that has ended since; what it says now decides.
            if !session.is_open() {
                settle(w, &session, &news)?;
            } else if !checkout::asks_for_what_is_due(w, &stored, w.now())? {
                checkout::revoke(w, stored.invoice)?;
            }
            w.attempt(id)
        })
        .await?;
    if let Some(Attempt { state: State::Paid { payment }, .. }) = &stored {
        // Only a pass hears of it, which took up what had been left.
        till.note_settled(&Settled::Booked(*payment), Channel::Reconciliation);
    }
    match stored {
        Some(attempt) if attempt.state == State::Open && is_open => Ok(Asked::Open(Box::new(attempt))),
        Some(attempt) if attempt.session.is_none() && is_open => {
            // The attempt was given up while Stripe was asked. Nobody has the address; it is closed all the same.
            if let Err(error) = super::close::close_session(till, id, &name, Channel::Schedule, Patience::Request).await
            {
                tracing::warn!(attempt = %id, error = %error, "a session that nobody was sent to could not be closed");
            }
            Ok(Asked::MovedOn)
        }
        _ => Ok(Asked::MovedOn),
    }
}

/// Stripe made something else than was asked for: it is closed, nobody is sent there, and the owner is told.
async fn reject(till: &Till, attempt: &Attempt, session: &CheckoutSession, flaw: Flaw) -> Result<Asked, Error> {
    tracing::error!(attempt = %attempt.id, flaw = %flaw.evidence.name, "Stripe opened another checkout than was asked for");
    let key = idempotency_key(Operation::ExpireSession, &till.appliance, &format!("{}:unfit", attempt.id));
    if let Err(error) = till.ask(Patience::Request).expire_session(session.name(), &key).await {
        tracing::warn!(attempt = %attempt.id, error = %error, "it could not be closed; nobody has its address");
    }
    let (id, invoice, name) = (attempt.id, attempt.invoice, session.name().to_owned());
    let reason = format!("it was another checkout than was asked for ({})", flaw.evidence.name);
    let refused = Refused::Other { reason: reason.clone() };
    till.store
        .write(move |w: &mut Writer<'_>| {
            checkout::created(w, id, &Created::Refused { reason: reason.clone() })?;
            let words = "Stripe opened another checkout than was asked for. Nobody was sent to it.";
            let case = Case::new(flaw.reason, &name, words)
                .invoice(Some(invoice))
                .attempt(id)
                .evidence(vec![flaw.evidence.clone()]);
            reviews::open(w, case)
        })
        .await?;
    Ok(Asked::Refused(refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(param: Option<&str>, message: &str) -> CallError {
        let (message, param) = (Some(message.into()), param.map(Into::into));
        CallError::Fail { kind: FailKind::Refused, code: None, message, param, status: 400, request_id: None }
    }

    #[test]
    fn a9_an_expiry_that_is_too_near_is_known_with_and_without_the_parameters_name() {
        let words = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.";
        for param in [Some("expires_at"), None] {
            assert!(matches!(refused(&fails(param, words)), Refused::Expiry), "{param:?}");
        }
        assert!(matches!(refused(&fails(Some("line_items"), words)), Refused::Other { .. }));
        assert!(matches!(refused(&fails(None, "Not a valid URL")), Refused::Other { .. }));
    }
}

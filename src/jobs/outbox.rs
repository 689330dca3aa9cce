//! Mails leave: each as soon as it is due, a few at once, until the mail server took it or refused it for good.
//!
//! "Sent" means that the server accepted it. A mail whose answer was lost is sent again with the same Message-ID: twice
//! is better than never. Who was left out for now (a copy that is greylisted, say) is tried again alone. Without a mail server, and while mails are held back, they wait.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};

use super::compose::{ComposeError, compose};
use super::rest::Rest;
use crate::actions::mailings::{Outcome, note_outcome};
use crate::app::{App, Post, forget_former_post};
use crate::billing::id::MailId;
use crate::billing::letter::{Letter, Matter};
use crate::billing::log::Channel;
use crate::billing::sensitive::Sensitive;
use crate::mail::smtp::{Accepted, Undelivered};
use crate::metrics::Metrics;
use crate::payments::client::Patience;
use crate::payments::notices::{self, Notice};
use crate::payments::settle::Settled;
use crate::payments::sync::sync_invoice;
use crate::store::{Error, mail_accepted_by};

/// Mails that leave at once: small mail servers allow few connections from one address.
const AT_ONCE: usize = 4;
/// Waits between the tries, in minutes; the last one repeats.
const WAITS_MINUTES: [i64; 5] = [1, 5, 15, 60, 240];
/// A mail that could not be handed over in three days of trying will not be missed by the fourth.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// Nobody pays an invoice that is no older before its mail has left.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// Mails that are looked through for those about changes while only they may leave.
const WAITING_MAX: usize = 1_000;

/// Between tries to store what became of a mail.
const NOTE_AGAIN: Duration = Duration::from_secs(5);

pub(super) async fn run(mut rest: Rest) {
    let app = Arc::clone(&rest.app);
    let mut leaving = FuturesUnordered::new();
    let mut busy: BTreeSet<MailId> = BTreeSet::new();
    while !rest.is_over() {
        let next = match due(&app, &busy) {
            Ok(Due { ways, letters, next }) => {
                for letter in letters {
                    busy.insert(letter.id);
                    leaving.push(send(&app, ways.clone(), letter));
                }
                next
            }
            Err(error) if rest.after("outbox", &error).await.is_break() => break,
            Err(_) => continue,
        };
        tokio::select! {
            Some(id) = leaving.next() => {
                busy.remove(&id);
            }
            _ = rest.until(&app.store.signals().outbox, next) => {}
        }
    }
    while leaving.next().await.is_some() {}
}

/// What may leave now.
struct Due {
    ways: Ways,
    letters: Vec<Letter>,
    /// When the next one is due, if another place is free for it.
    next: Option<Timestamp>,
}

fn due(app: &App, busy: &BTreeSet<MailId>) -> Result<Due, Error> {
    if let Some(words) = app.store.trouble() {
        return Err(Error::ReadOnly(words));
    }
    let ways = Ways::of(app)?;
    let free = AT_ONCE.saturating_sub(busy.len());
    if !ways.are_any() || free == 0 {
        return Ok(Due { ways, letters: Vec::new(), next: None });
    }
    let (now, only_of_changes) = (app.clock.now(), ways.present.is_none());
    app.store.read(|r| {
        let mut letters = r.letters_due(now, if only_of_changes { WAITING_MAX } else { AT_ONCE + 1 })?;
        letters.retain(|letter| !only_of_changes || letter.subject_matter.is_for_all_owners());
        letters.retain(|letter| !busy.contains(&letter.id));
        letters.truncate(free);
        // Those that are under way, and those without a free place, have their moment in the past.
        let next = r.next_letter_after(now)?;
        Ok(Due { ways, letters, next })
    })
}

/// The ways that a mail may leave by.
#[derive(Clone, Default)]
struct Ways {
    /// `None` while there is no way out, or it must not be used.
    present: Option<Post>,
    /// The one before, while the owners have not been told by it that it was changed.
    former: Option<Post>,
}

impl Ways {
    fn of(app: &App) -> Result<Self, Error> {
        if app.held_back().is_some() {
            return Ok(Self::default());
        }
        Ok(Self { present: app.connections().post.clone(), former: app.former_post()? })
    }

    fn are_any(&self) -> bool {
        self.present.is_some() || self.former.is_some()
    }
}

/// One try, and the note of what became of it. Until that is stored the mail keeps its place here, so that it is not
/// sent again and again while the store is read-only.
async fn send(app: &App, ways: Ways, letter: Letter) -> MailId {
    let id = letter.id;
    let tried = AssertUnwindSafe(attempt(app, &ways, &letter)).catch_unwind().await;
    // A fault of ours over one mail is that mail's: the others leave (row J9).
    let Tried { subject, outcome, place } = tried.unwrap_or_else(|_| {
        let words = "Quittance failed over it; what happened is in its log".to_owned();
        Tried { subject: letter.subject.clone(), outcome: later(app, &letter, words), place: String::new() }
    });
    count(&app.metrics, &letter, &outcome);
    let mark = mail_accepted_by(&place);
    let ends_former = is_over(&outcome) && is_of_mail_server(&letter);
    loop {
        let (subject, outcome, mark) = (subject.clone(), outcome.clone(), mark.clone());
        let noted = app.store.write(move |w| {
            if matches!(outcome, Outcome::Accepted { .. } | Outcome::Partly { .. }) {
                w.put_first_mark(&mark)?;
            }
            if ends_former {
                forget_former_post(w)?;
            }
            note_outcome(w, id, &subject, &outcome)
        });
        match noted.await {
            Ok(()) => return id,
            Err(error) => tracing::warn!(mail = %id, %error, "what became of a mail could not be stored yet"),
        }
        tokio::time::sleep(NOTE_AGAIN).await;
    }
}

/// What a try came to, and at which server.
struct Tried {
    subject: String,
    outcome: Outcome,
    place: String,
}

fn is_over(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Later { .. } | Outcome::Partly { next: Some(_), .. })
}

fn is_of_mail_server(letter: &Letter) -> bool {
    matches!(letter.subject_matter, Matter::OwnerChange { change: Sensitive::MailServer, .. })
}

/// Owners are told of changes by the mail server that was in force before, for as long as it may still take the mail: whoever
/// put another in its place may be the one whom they are told about, and can bring it about that it is busy for a while.
/// Only when it is given up the present one has the mail. The first page says so from the first refusal on.
async fn attempt(app: &App, ways: &Ways, letter: &Letter) -> Tried {
    let former = ways.former.as_ref().filter(|_| letter.subject_matter.is_for_all_owners());
    if let Some(former) = former {
        let tried = attempt_by(app, former, letter).await;
        let is_refused = matches!(tried.outcome, Outcome::Failed { .. } | Outcome::Later { .. });
        if is_refused && let Err(error) = app.store.write(|w| notices::raise(w, Notice::FormerServerSilent)).await {
            tracing::warn!(%error, "a notice for the owner could not be stored");
        }
        if ways.present.is_none() || !matches!(tried.outcome, Outcome::Failed { .. }) {
            return tried;
        }
    }
    match &ways.present {
        Some(present) => attempt_by(app, present, letter).await,
        None => {
            let outcome = later(app, letter, "there is no mail server".to_owned());
            Tried { subject: letter.subject.clone(), outcome, place: String::new() }
        }
    }
}

async fn attempt_by(app: &App, post: &Post, letter: &Letter) -> Tried {
    let (subject, outcome) = deliver(app, post, letter).await;
    Tried { subject, outcome, place: post.mailer.place() }
}

async fn deliver(app: &App, post: &Post, letter: &Letter) -> (String, Outcome) {
    match ask_whether_paid(app, letter).await {
        Ok(false) => {}
        Ok(true) => {
            let words = "a payment of the invoice has just come in".to_owned();
            return (letter.subject.clone(), Outcome::Needless { words });
        }
        Err(words) => return (letter.subject.clone(), later(app, letter, words)),
    }
    let composed = compose(app, post, letter).and_then(|letter| {
        let subject = letter.content.subject.clone();
        Ok((subject, letter.into_message()?))
    });
    let (subject, message) = match composed {
        Ok(composed) => composed,
        Err(ComposeError::Needless(words)) => {
            return (letter.subject.clone(), Outcome::Needless { words: words.to_owned() });
        }
        Err(error) if error.may_pass() => return (letter.subject.clone(), later(app, letter, error.to_string())),
        Err(error) => return (letter.subject.clone(), Outcome::Failed { words: error.to_string() }),
    };
    let outcome = match post.mailer.deliver_rest(&message, &letter.taken).await {
        // A copy that is refused for good is shown like one that was given up: nobody else would say that it is missing.
        Ok(Accepted { reply, taken, leaves_out: true, others_wait }) => {
            let next = if others_wait { next_try(app, letter) } else { None };
            Outcome::Partly { taken, next, reply }
        }
        Ok(accepted) => Outcome::Accepted { reply: accepted.reply },
        Err(Undelivered::Permanent(reason)) => Outcome::Failed { words: reason.to_string() },
        Err(Undelivered::Temporary(reason) | Undelivered::Unknown(reason)) => later(app, letter, reason.to_string()),
    };
    (subject, outcome)
}

/// Before a mail that asks for money leaves that went before or has waited, Stripe is asked whether the money has come.
/// Whether it is not needed any more; of a reminder, what is due then decides, and an invoice's first mail says how it stands.
async fn ask_whether_paid(app: &App, letter: &Letter) -> Result<bool, String> {
    let is_first = matches!(letter.subject_matter, Matter::Invoice { ordinal: 1, .. });
    let (invoice, once_more) = match letter.subject_matter {
        Matter::Reminder { invoice, .. } => (invoice, false),
        Matter::Invoice { invoice, ordinal } if ordinal > 1 => (invoice, true),
        Matter::Invoice { invoice, .. } if app.clock.now().duration_since(letter.queued_at) > FRESH => (invoice, false),
        _ => return Ok(false),
    };
    let Some(till) = app.till() else { return Ok(false) };
    match sync_invoice(&till, invoice, Channel::Schedule, Patience::Background).await {
        Ok(settled) => Ok(once_more && matches!(settled, Settled::Booked(_))),
        // What it asks for is asked for the first time: better now than when Stripe can be asked again.
        Err(_) if is_first => Ok(false),
        Err(error) => Err(format!("whether the invoice has just been paid could not be asked: {error}")),
    }
}

fn later(app: &App, letter: &Letter, words: String) -> Outcome {
    match next_try(app, letter) {
        Some(at) => Outcome::Later { at, words },
        None => Outcome::Failed { words },
    }
}

/// `None` to give up.
fn next_try(app: &App, letter: &Letter) -> Option<Timestamp> {
    let wait = wait_after(letter.attempts)?;
    Some(app.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX))
}

/// How long to wait after a failed try that `before` others went before; `None` to give up. Counted in waits, not by
/// the clock, so that days without a mail server cost no mail its tries.
fn wait_after(before: u32) -> Option<SignedDuration> {
    let wait = |place: u32| {
        let place = usize::try_from(place).unwrap_or(usize::MAX).min(WAITS_MINUTES.len() - 1);
        SignedDuration::from_mins(WAITS_MINUTES[place])
    };
    let waited = (0..=before)
        .try_fold(SignedDuration::ZERO, |sum, place| sum.checked_add(wait(place)).filter(|sum| *sum <= GIVE_UP_AFTER));
    waited.map(|_| wait(before))
}

fn count(metrics: &Metrics, letter: &Letter, outcome: &Outcome) {
    let (words, kind) = match outcome {
        Outcome::Accepted { .. } => ("accepted", "a mail was accepted"),
        Outcome::Partly { .. } => ("accepted", "a mail was accepted, and a copy of it is tried again"),
        Outcome::Later { .. } => ("later", "a mail could not be handed over and is tried again"),
        Outcome::Failed { .. } => ("refused", "a mail was refused and the owner is shown why"),
        Outcome::Needless { .. } => ("needless", "a mail stays here, because what it would say is not true any more"),
    };
    Metrics::count(&metrics.mails, words);
    tracing::info!(mail = %letter.id, kind = letter.subject_matter.kind(), tries = letter.attempts + 1, "{kind}");
}

#[cfg(test)]
mod tests {
    use super::{GIVE_UP_AFTER, SignedDuration, wait_after};

    #[test]
    fn the_waits_grow_and_end_within_three_days() {
        let waits: Vec<_> = (0..).map_while(wait_after).collect();
        let minutes: Vec<_> = waits.iter().take(6).map(jiff::SignedDuration::as_mins).collect();
        assert_eq!(minutes, [1, 5, 15, 60, 240, 240]);
        let whole = waits.iter().fold(SignedDuration::ZERO, |sum, wait| sum + *wait);
        assert!(whole <= GIVE_UP_AFTER && whole > SignedDuration::from_hours(66), "{whole}");
    }
}

//! What the owner files about a dispute is told to Stripe: first the files, then the evidence that names them.
//!
//! The rule it keeps: each step is stored before and after, sent with a key of its own and the same bytes, and tried
//! again by itself until Stripe has answered. A refusal is believed only after Stripe was asked what the dispute is now:
//! an answer that was lost may have been a yes.

use jiff::{SignedDuration, Timestamp};

use super::client::{CallError, FailKind, Patience};
use super::disputes::bring;
use super::form::{Operation, evidence_body, idempotency_key};
use super::multipart::Multipart;
use super::objects;
use super::sync::{SyncError, alone, is_of_one_change};
use super::till::Till;
use crate::billing::dispute::{Dispute, Phase};
use crate::billing::filing::{Attached, FileField, Filing, State, What};
use crate::billing::id::FilingId;
use crate::billing::log::Channel;
use crate::store::{Error, Writer};

const RETRY_SECONDS: [i64; 6] = [15, 60, 300, 900, 1800, 3600];
/// Filings that one sweep tells; the rest have their turn at the next.
const AT_ONCE: usize = 20;

/// Why a step is not done.
enum Held {
    /// It is tried again; why.
    Later(String),
    /// Stripe keeps a fault under the key: another key is needed.
    OtherKey(String),
    Refused(String),
    Store(Error),
}

impl From<Error> for Held {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<CallError> for Held {
    fn from(error: CallError) -> Self {
        let words = error.to_string();
        match error {
            CallError::Retry { advised_against: true, .. } => Self::OtherKey(words),
            // The owner mends the key, and what was written is not lost for it.
            CallError::Retry { .. } | CallError::Fail { kind: FailKind::NoKey | FailKind::NoPermission { .. }, .. } => {
                Self::Later(words)
            }
            CallError::Fail { .. } => Self::Refused(words),
        }
    }
}

/// Tells Stripe what was filed, and returns how far it got.
///
/// # Errors
/// The store failed.
pub async fn tell(till: &Till, id: FilingId, patience: Patience) -> Result<Option<Filing>, Error> {
    let Some(filing) = till.store.read(|r| r.filing(id))?.filter(Filing::is_waiting) else {
        return till.store.read(|r| r.filing(id));
    };
    let Some(dispute) = till.store.read(|r| r.dispute(filing.dispute))? else { return Ok(None) };
    match steps(till, filing, &dispute, patience).await {
        Ok(()) => {}
        Err(Held::Store(error)) => return Err(error),
        Err(Held::Later(words)) => put_off(till, id, words, false).await?,
        Err(Held::OtherKey(words)) => put_off(till, id, words, true).await?,
        Err(Held::Refused(words)) => refused(till, id, &dispute, words, patience).await?,
    }
    till.store.read(|r| r.filing(id))
}

/// Tells Stripe everything whose time has come.
///
/// # Errors
/// The store failed.
pub async fn tell_due(till: &Till) -> Result<usize, Error> {
    let now = till.now();
    let due = till.store.read(|r| r.filings_due(now, AT_ONCE))?;
    for filing in &due {
        let told = alone(async { tell(till, filing.id, Patience::Background).await.map_err(SyncError::from) });
        match told.await {
            Ok(_) => {}
            Err(SyncError::Store(error)) if !is_of_one_change(&error) => return Err(error),
            Err(error) => {
                put_off(till, filing.id, error.to_string(), false).await?;
            }
        }
    }
    Ok(due.len())
}

async fn steps(till: &Till, filing: Filing, dispute: &Dispute, patience: Patience) -> Result<(), Held> {
    let id = filing.id;
    for place in 0..filing.files().len() {
        upload(till, id, place, patience).await?;
    }
    let (client, name) = (till.ask(patience), dispute.stripe_dispute.as_str());
    let filing = freeze(till, id).await?;
    let row = format!("{id}:{}", filing.round);
    let answer = match &filing.body {
        Some(body) => {
            let key = idempotency_key(Operation::UpdateDispute, &till.appliance, &row);
            client.update_dispute(name, body, &key).await?
        }
        None => {
            let key = idempotency_key(Operation::CloseDispute, &till.appliance, &row);
            client.close_dispute(name, &key).await?
        }
    };
    Ok(done(till, id, answer.value).await?)
}

/// Gives Stripe one file, unless it has it.
async fn upload(till: &Till, id: FilingId, place: usize, patience: Patience) -> Result<(), Held> {
    let row = u64::try_from(place).unwrap_or(u64::MAX);
    let (filing, content) = till.store.read(|r| Ok::<_, Error>((r.filing(id)?, r.filing_content(id, row)?)))?;
    let Some(filing) = filing else { return Ok(()) };
    let Some(file) = filing.files().get(place).filter(|file| file.stripe_file.is_none()) else { return Ok(()) };
    let Some(content) = content else { return Err(Held::Refused("a file was lost; choose it again".into())) };
    let body = Multipart::evidence(&file.name, file.kind.media_type(), &file.digest, &content);
    let key = idempotency_key(Operation::UploadEvidence, &till.appliance, &format!("{id}:{place}:{}", filing.round));
    let made = till.ask(patience).upload(&body, &key).await?.value;
    let Some(name) = made.id else { return Err(Held::Later("Stripe did not say what it calls the file".into())) };
    till.store
        .write(move |w| match w.filing(id)? {
            Some(mut filing) => {
                if let What::Evidence { files, .. } = &mut filing.what
                    && let Some(file) = files.get_mut(place)
                {
                    file.stripe_file = Some(name.clone());
                }
                w.put_filing(&filing)
            }
            None => Ok(()),
        })
        .await?;
    Ok(())
}

/// Writes down what Stripe will be asked, before it is asked.
async fn freeze(till: &Till, id: FilingId) -> Result<Filing, Held> {
    let frozen = till
        .store
        .write(move |w| {
            let Some(filing) = w.filing(id)? else { return Ok::<_, Error>(None) };
            let body = match &filing.what {
                What::Evidence { texts, files, submit } => {
                    let known = w.dispute(filing.dispute)?.map(|dispute| dispute.files).unwrap_or_default();
                    Some(evidence_body(texts, files, &gone(&known, files), *submit))
                }
                What::Accept => None,
            };
            let frozen = Filing { body: filing.body.clone().or(body), ..filing.clone() };
            if frozen != filing {
                w.put_filing(&frozen)?;
            }
            Ok(Some(frozen))
        })
        .await?;
    frozen.ok_or_else(|| Held::Refused("it is not in the books any more".into()))
}

/// The places of files that Stripe has and the draft has no more.
fn gone(known: &[Attached], files: &[Attached]) -> Vec<FileField> {
    let is_kept = |slot: FileField| files.iter().any(|file| file.slot == slot);
    known.iter().map(|file| file.slot).filter(|slot| !is_kept(*slot)).collect()
}

/// Stripe has it: the dispute is what Stripe answered.
async fn done(till: &Till, id: FilingId, seen: objects::Dispute) -> Result<(), Error> {
    let news = till.news(Channel::Owner, None);
    till.store
        .write(move |w| {
            finish(w, id)?;
            bring(w, &seen, &news).map(drop)
        })
        .await
}

fn finish(w: &mut Writer<'_>, id: FilingId) -> Result<(), Error> {
    let Some(filing) = w.filing(id)? else { return Ok(()) };
    w.put_filing(&Filing { state: State::Done { at: w.now() }, ..filing.clone() })?;
    match (w.dispute(filing.dispute)?, filing.what) {
        (Some(dispute), What::Evidence { files, .. }) if dispute.files != files => {
            w.put_dispute(&Dispute { files, ..dispute })
        }
        _ => Ok(()),
    }
}

async fn put_off(till: &Till, id: FilingId, words: String, other_key: bool) -> Result<(), Error> {
    tracing::warn!(filing = %id, error = %words, "Stripe could not be told what was filed about a dispute");
    till.store
        .write(move |w| {
            let Some(filing) = w.filing(id)?.filter(Filing::is_waiting) else { return Ok(()) };
            let step = usize::try_from(filing.tries).unwrap_or(usize::MAX).min(RETRY_SECONDS.len() - 1);
            let next_try = later(w.now(), RETRY_SECONDS[step]);
            let state = State::Waiting { next_try, words: Some(words.clone()) };
            let round = if other_key { filing.round.saturating_add(1) } else { filing.round };
            w.put_filing(&Filing { state, tries: filing.tries.saturating_add(1), round, ..filing })
        })
        .await
}

/// Stripe said no; perhaps because it had said yes to the same request before, and that answer was lost.
async fn refused(till: &Till, id: FilingId, dispute: &Dispute, words: String, patience: Patience) -> Result<(), Error> {
    let seen = match till.ask(patience).dispute(&dispute.stripe_dispute).await {
        Ok(answer) => answer.value,
        // What became of it cannot be told now; then it is not over either.
        Err(error) => return put_off(till, id, error.to_string(), false).await,
    };
    let news = till.news(Channel::Owner, None);
    till.store
        .write(move |w| {
            bring(w, &seen, &news)?;
            let Some(filing) = w.filing(id)?.filter(Filing::is_waiting) else { return Ok(()) };
            let Some(dispute) = w.dispute(filing.dispute)? else { return Ok(()) };
            let was_heard = match &filing.what {
                What::Evidence { submit, .. } => *submit && dispute.submissions > 0,
                What::Accept => dispute.phase() == Phase::Lost,
            };
            if was_heard {
                return finish(w, id);
            }
            let state = State::Refused { at: w.now(), words: words.clone() };
            w.put_filing(&Filing { state, tries: filing.tries.saturating_add(1), ..filing })
        })
        .await
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

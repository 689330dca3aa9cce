//! Once an hour, what is kept for a time only is forgotten; the owner is reminded of deadlines as they come near, and told
//! when the disk fills; and once a day the stored data is proven as a whole.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::task::JoinError;

use super::forget;
use super::rest::Rest;
use crate::actions::disputes;
use crate::app::App;
use crate::payments::notices::{self, Notice};
use crate::store::verify::{Proof, prove};
use crate::store::{BOOKS_PROVEN, Error, FILE_USED, Writer, room};

const INTERVAL: SignedDuration = SignedDuration::from_hours(1);
/// How often every invariant is proven. It reads everything, at about a second for ten thousand invoices.
const PROVEN_EVERY: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn run(mut rest: Rest) {
    let app = Arc::clone(&rest.app);
    while !rest.is_over() {
        let goes_on = match round(&app).await {
            Ok(next) => rest.until(&Notify::new(), Some(next)).await,
            Err(error) => rest.after("clockwork", &error).await,
        };
        if goes_on.is_break() {
            return;
        }
    }
}

async fn round(app: &App) -> Result<Timestamp, Error> {
    forget::round(app).await?;
    let reminder = app.store.write(disputes::remind).await?;
    let is_short = room::is_short(room::left_in(&app.config.data_dir));
    note(app, Notice::DiskFilling, is_short).await?;
    prove_daily(app).await?;
    let next = app.clock.now().saturating_add(INTERVAL).unwrap_or(Timestamp::MAX);
    Ok(reminder.map_or(next, |reminder| reminder.min(next)))
}

/// Proves the stored data, unless that was done within a day, and tells the owner what it came to.
async fn prove_daily(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let last = app.store.read(|r| r.mark(BOOKS_PROVEN))?;
    if last.is_some_and(|last| last <= now && now.duration_since(last) < PROVEN_EVERY) {
        return Ok(());
    }
    note_extent(app).await?;
    let store = app.store.clone();
    // Nobody waits for it, and nobody else is to.
    let ended = tokio::task::spawn_blocking(move || store.read_long(prove)).await;
    let Some(problems) = problems(ended)? else { return Ok(()) };
    for problem in &problems {
        tracing::error!(problem, "the stored data is not whole");
    }
    note(app, Notice::BooksUnsound, !problems.is_empty()).await?;
    app.store.write(|w| w.put_mark(BOOKS_PROVEN, w.now())).await
}

/// Notes how much of the data file is in use: the next start looks whether it is to be made compact.
async fn note_extent(app: &App) -> Result<(), Error> {
    let store = app.store.clone();
    let used = tokio::task::spawn_blocking(move || store.read_long(|r| r.used_bytes())).await;
    match used {
        Ok(used) => {
            let used = used?;
            app.store.write(move |w| w.put_counter(FILE_USED, used)).await
        }
        // Damage that it meets is what the proof is for.
        Err(_) => Ok(()),
    }
}

/// What a proof came to; `None` if it was broken off because the appliance stops. Books at which it panics cannot be proven,
/// and nobody may take that for proven.
fn problems(ended: Result<Result<Proof, Error>, JoinError>) -> Result<Option<Vec<String>>, Error> {
    match ended {
        Ok(proof) => Ok(Some(proof?.problems)),
        Err(error) if error.is_panic() => {
            Ok(Some(vec!["the proof broke off at a record that it cannot read".to_owned()]))
        }
        Err(_) => Ok(None),
    }
}

/// Puts a notice up or takes it down, and writes nothing if it is as it should be.
async fn note(app: &App, notice: Notice, stands: bool) -> Result<(), Error> {
    if app.store.read(|r| notice.stands(&r, app.clock.now()))? == stands {
        return Ok(());
    }
    let change = move |w: &mut Writer<'_>| if stands { notices::raise(w, notice) } else { notices::lower(w, notice) };
    app.store.write(change).await
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::problems;
    use crate::store::verify::Proof;

    #[tokio::test]
    async fn a_proof_that_panics_is_a_problem_and_not_a_proof() {
        let panicked = tokio::task::spawn_blocking(|| panic!("an odd record")).await;
        assert_eq!(problems(panicked).unwrap().unwrap().len(), 1);
        let whole = tokio::task::spawn_blocking(|| Ok(Proof::default())).await;
        assert_eq!(problems(whole).unwrap().unwrap(), Vec::<String>::new());
    }
}

//! Reconciliation: Stripe's objects against the books, and every difference repaired through `settle` or shown.
//!
//! A short pass looks at the attempts whose time has come and asks for events since the last one, in case some were not
//! delivered. A full pass also compares every session, charge, refund and dispute of the window ([`compare`]), because Stripe
//! may fail to make an event at all; then it acts on what differs ([`cure`]), and brings what moved on the Stripe balance
//! and what went to the bank ([`moved`]).
//! Cursors move only after what they passed is stored. What is done about which difference is in [`class`]. A pass that
//! finds another account, or more differences than can be believed, stops itself, and the owner is told at once.

mod account;
mod behind;
pub mod class;
mod compare;
mod cure;
mod disputes;
mod events;
mod moved;
mod refunds;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use self::account::OTHER_ACCOUNT;
use self::class::Class;
use super::client::CallError;
use super::notices::{Notice, Task, note_call, note_clock, note_stop};
use super::settle::Settled;
use super::sweep::sweep;
use super::sync::SyncError;
use super::till::{Thrift, Till};
use crate::actions::reviews::{self, Case};
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::log::Channel;
use crate::billing::report::{Finding, Run};
use crate::billing::review::Reason;
use crate::store::{Error, Store};

pub use account::{accept_account, is_other_account};
pub use events::{EVENT_TYPES, event_of, keep};

/// How far a full pass looks back.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(35 * 24);
/// How far the nightly pass looks back.
pub const NIGHTLY_WINDOW: SignedDuration = SignedDuration::from_hours(72);
/// Open cases that a pass may close again.
const FLAGS_MAX: usize = 1_000;
/// Differences of one pass, of whatever sort, beyond which something else is wrong, such as a key of another account:
/// then none of them is repaired.
const REPAIRS_MAX: usize = 20;
/// When a full pass last ended without an error.
pub const CLEAN: &str = "reconcile.clean";

/// How much a pass compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Attempts that are due and events since the last pass.
    Short,
    /// Also every session and charge of the window.
    Full(SignedDuration),
}

impl Extent {
    /// Everything of the last five weeks.
    #[must_use]
    pub fn whole() -> Self {
        Self::Full(WINDOW)
    }

    fn at_least(self, window: SignedDuration) -> Self {
        match self {
            Self::Short => Self::Full(window),
            Self::Full(own) => Self::Full(own.max(window)),
        }
    }
}

/// When a pass over five weeks last ended without an error.
pub const DEEP: &str = "reconcile.deep";

/// Stores the beginning of a pass.
///
/// # Errors
/// The store failed.
pub async fn begin(till: &Till, extent: Extent, source: Channel) -> Result<Run, Error> {
    let is_full = matches!(extent, Extent::Full(_));
    till.store
        .write(move |w| {
            let run = Run::begun(w.id()?, w.now(), source, is_full);
            w.put_run(&run)?;
            Ok(run)
        })
        .await
}

/// Runs a pass that was begun and stores its report.
///
/// # Errors
/// The store failed; what Stripe refused is in the report.
pub async fn run(till: &Till, run: Run, extent: Extent) -> Result<Run, Error> {
    let reads_before = till.client.reads();
    let behind = till.store.read(|r| behind::window(&r, till.now()))?;
    let extent = behind.map_or(extent, |window| extent.at_least(window));
    let mut pass = Pass {
        till,
        report: run,
        is_behind: behind.is_some(),
        flags: HashSet::new(),
        account: till.account.clone(),
        window: SignedDuration::ZERO,
    };
    // A pass waits for many answers at once: too large to lie within whatever asks for one.
    let outcome = Box::pin(pass.go(extent)).await;
    let (mut report, window) = (pass.report, pass.window);
    report.requests = till.client.reads().saturating_sub(reads_before);
    till.count_reads().await?;
    report.compared.insert("reads_this_month".into(), till.reads_this_month()?);
    note_outcome(till, &outcome, report.full).await;
    match outcome {
        Ok(()) => {}
        Err(Stopped::Store(error)) => return Err(error),
        Err(stopped) => report.error = Some(stopped.to_string()),
    }
    finish(till, report, window).await
}

/// A pass that read everything proves that the key may. One that stopped itself waits for the owner; whether there are
/// still too many differences only a full one knows.
async fn note_outcome(till: &Till, outcome: &Result<(), Stopped>, was_full: bool) {
    match outcome {
        Ok(()) => {
            note_call(till, Task::Pass, None).await;
            note_clock(till).await;
            let down = [Notice::OtherAccount, Notice::TooManyDifferences];
            note_stop(till, None, if was_full { &down } else { &down[..1] }).await;
        }
        Err(Stopped::Stripe(error)) => note_call(till, Task::Pass, Some(error)).await,
        Err(Stopped::TooMuch(_)) => note_stop(till, Some(Notice::TooManyDifferences), &[Notice::OtherAccount]).await,
        Err(Stopped::OtherAccount { .. }) => note_stop(till, Some(Notice::OtherAccount), &[]).await,
        Err(Stopped::Saving | Stopped::Store(_)) => {}
    }
}

async fn finish(till: &Till, report: Run, window: SignedDuration) -> Result<Run, Error> {
    till.store
        .write(move |w| {
            let report = Run { finished_at: Some(w.now()), ..report.clone() };
            w.put_run(&report)?;
            w.put_mark(if report.full { "reconcile.full" } else { "reconcile.short" }, w.now())?;
            if report.full && report.error.is_none() {
                w.put_mark(CLEAN, w.now())?;
                w.catch_up()?;
                if window >= WINDOW {
                    w.put_mark(DEEP, w.now())?;
                }
            }
            Ok(report)
        })
        .await
}

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Stripe(CallError),
    /// The month's reads are nearly used up.
    #[error(
        "Most of the reads that Stripe grants a month are used up, so only open checkouts and refunds were looked at. \
         Webhooks and payments go on as ever, and every night the last days are compared; a pass that you start yourself \
         does everything."
    )]
    Saving,
    /// More differences than can be believed.
    #[error(
        "{0} differences were found where {REPAIRS_MAX} at most are usual, so none of them was repaired. Check that the \
         key and the webhook belong to the same Stripe account, then run it again."
    )]
    TooMuch(usize),
    /// The key opens another account than the books are of.
    #[error(
        "{OTHER_ACCOUNT} {is}, and the books are of {was}. Nothing was compared or repaired. If \
         you mean to go on with the new account, say so on the reconciliation page; else enter the former key again."
    )]
    OtherAccount { was: String, is: String },
    #[error(transparent)]
    Store(Error),
}

impl From<CallError> for Stopped {
    fn from(error: CallError) -> Self {
        Self::Stripe(error)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<SyncError> for Stopped {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Stripe(error) => Self::Stripe(error),
            SyncError::Store(error) => Self::Store(error),
        }
    }
}

struct Pass<'t> {
    till: &'t Till,
    report: Run,
    /// An older copy of the books was put back: payers wait for this pass, and much may be found.
    is_behind: bool,
    /// Keys of the open cases that this pass closes if it finds that both sides agree.
    flags: HashSet<String>,
    /// Stripe's id of the account; the key's fingerprint where the key may not ask.
    account: String,
    /// How far back objects were compared.
    window: SignedDuration,
}

impl Pass<'_> {
    async fn go(&mut self, extent: Extent) -> Result<(), Stopped> {
        self.same_account(extent != Extent::Short).await?;
        self.attempts(extent).await?;
        self.open_refunds(matches!(extent, Extent::Full(_))).await?;
        let thrift = self.thrift()?;
        let asked_for = match extent {
            Extent::Full(window) if thrift >= Thrift::LastDays => Some(window.min(NIGHTLY_WINDOW)),
            Extent::Full(window) => Some(window),
            Extent::Short => None,
        };
        if thrift > Thrift::None && asked_for.is_none() {
            return Err(Stopped::Saving);
        }
        // The comparison of the objects finds what no event told of.
        let gap = if thrift == Thrift::None { self.events().await? } else { None };
        // What happened longer ago than events are listed is found by comparing the objects themselves.
        if let Some(window) = asked_for.max(gap) {
            (self.report.full, self.window) = (true, window);
            let from = self.report.started_at.saturating_sub(window).unwrap_or(Timestamp::MIN);
            self.flags = self.till.store.read(|r| r.open_matters(FLAGS_MAX))?;
            let found = self.compare(from).await?;
            let waiting = self.cure(found).await?;
            self.money(from, waiting).await?;
        }
        Ok(())
    }

    /// Stops the pass if it found more than can be believed. Books that are behind lack what they lack; that all of it is
    /// ours was seen.
    fn believable(&self, differences: usize) -> Result<(), Stopped> {
        if self.is_behind || differences <= REPAIRS_MAX { Ok(()) } else { Err(Stopped::TooMuch(differences)) }
    }

    /// How much this pass must leave away: nothing, if somebody waits for it.
    fn thrift(&self) -> Result<Thrift, Error> {
        let is_awaited = self.is_behind || matches!(self.report.source, Channel::Owner | Channel::Api);
        if is_awaited { Ok(Thrift::None) } else { self.till.thrift() }
    }

    async fn attempts(&mut self, extent: Extent) -> Result<(), Stopped> {
        let all = matches!(extent, Extent::Full(_));
        let swept = sweep(self.till, Channel::Reconciliation, all).await?;
        self.compared("attempts", usize::try_from(swept.looked_at).unwrap_or(usize::MAX));
        for (attempt, settled) in swept.settled {
            let (class, detail) = match settled {
                Settled::Booked(_) => (Class::MissedPayment, "A payment that had not been reported was booked."),
                _ => (Class::StaleAttempt, "The checkout's state was brought up to date."),
            };
            let object = attempt.session.clone().unwrap_or_else(|| attempt.id.to_string());
            self.repaired(class, &object, Some(attempt.invoice), detail.into());
        }
        Ok(())
    }

    /// Counts what was looked at. That a list was empty says that it was looked at; nothing is unreadable as a rule.
    fn compared(&mut self, what: &str, count: usize) {
        if count > 0 || what != "unreadable" {
            let sum = self.report.compared.entry(what.to_owned()).or_default();
            *sum = sum.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }

    fn found(&mut self, class: Class, count: usize) {
        if count > 0 {
            let sum = self.report.classes.entry(class.code().to_owned()).or_default();
            *sum = sum.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }

    fn foreign(&mut self, count: usize) {
        self.compared("foreign", count);
        self.found(Class::Foreign, count);
    }

    fn repaired(&mut self, class: Class, object: &str, invoice: Option<InvoiceId>, detail: String) {
        self.repaired_as(class.kind(), class, object, invoice, detail);
    }

    fn repaired_as(&mut self, kind: &str, class: Class, object: &str, invoice: Option<InvoiceId>, detail: String) {
        self.found(class, 1);
        let (kind, object) = (kind.to_owned(), object.to_owned());
        self.report.repaired.push(Finding { kind, object, invoice, review: None, detail });
    }

    /// Shows a difference to a person and reports it.
    async fn difference(&mut self, class: Class, case: Case) -> Result<(), Stopped> {
        // An amount may differ in its currency: the reason says which.
        let kind = if class == Class::AmountDiffers { case.reason.name() } else { class.kind() };
        self.difference_as(kind, class, case).await
    }

    async fn difference_as(&mut self, kind: &str, class: Class, case: Case) -> Result<(), Stopped> {
        self.found(class, 1);
        let (object, invoice, detail) = (case.matter.clone(), case.invoice, case.detail.clone());
        let review = self.till.store.write(move |w| reviews::open(w, case.clone())).await?;
        self.differs(kind, &object, invoice, Some(review.id), detail);
        Ok(())
    }

    fn differs(
        &mut self,
        kind: &str,
        object: &str,
        invoice: Option<InvoiceId>,
        review: Option<ReviewId>,
        detail: String,
    ) {
        let (kind, object) = (kind.to_owned(), object.to_owned());
        self.report.differences.push(Finding { kind, object, invoice, review, detail });
    }

    /// Both sides agree about a matter: an open case about it closes by itself.
    async fn agrees(&mut self, reason: Reason, matter: &str) -> Result<(), Stopped> {
        if self.flags.is_empty() || !self.flags.contains(&reviews::dedupe(reason, matter)) {
            return Ok(());
        }
        let matter = matter.to_owned();
        let note = "Stripe and the books agree about it again.";
        self.till.store.write(move |w| reviews::close_by_itself(w, reason, &matter, note).map(drop)).await?;
        Ok(())
    }
}

/// The report of a pass that no Stripe account could be asked for.
///
/// # Errors
/// The store failed.
pub async fn without_stripe(store: &Store, source: Channel) -> Result<Run, Error> {
    store
        .write(move |w| {
            let run = Run {
                finished_at: Some(w.now()),
                error: Some("No Stripe key is set, so there was nothing to compare with.".into()),
                ..Run::begun(w.id()?, w.now(), source, true)
            };
            w.put_run(&run)?;
            Ok(run)
        })
        .await
}

//! Reconciliation: Stripe's objects against the books, and every difference repaired through `settle` or shown.
//!
//! A short pass looks at the attempts whose time has come and asks for events since the last one, in case some were not
//! delivered. A full pass also compares every session, charge, refund and dispute of the window ([`compare`]), because Stripe
//! may fail to make an event at all; then it acts on what differs ([`cure`]), and brings what moved on the Stripe balance
//! and what went to the bank ([`moved`]).
//! Cursors move only after what they passed is stored, and belong to the [`Side`] that was looked at. What is done about
//! which difference is in [`class`]. A pass that finds another account, or more differences than can be believed, stops
//! itself, and the owner is told at once. One that could not see everything says so, and proves nothing.

mod account;
mod balance;
mod behind;
pub mod class;
mod compare;
mod cure;
mod disputes;
mod events;
mod moved;
mod refunds;
mod stopped;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use self::class::Class;
use self::stopped::Stopped;
use super::finds::Find;
use super::notices::{Notice, Task, note_call, note_clock, note_stop};
use super::settle::Settled;
use super::side::{Side, Step};
use super::sweep::sweep;
use super::till::{Thrift, Till};
use crate::actions::reviews::{self, Case};
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::log::Channel;
use crate::billing::report::{Finding, Run};
use crate::billing::review::Reason;
use crate::store::{Error, Store, Writer};

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
    let till = &till.heard();
    let reads_before = till.client.reads();
    let is_behind = till.store.read(|r| r.behind_since(till.book()))?.is_some();
    let mut pass = Pass {
        till,
        report: run,
        is_behind,
        flags: BTreeMap::new(),
        side: till.store.read(|r| Side::of(&r, till))?,
        unheld: BTreeSet::new(),
        named: BTreeSet::new(),
        window: SignedDuration::ZERO,
    };
    // A pass waits for many answers at once: too large to lie within whatever asks for one.
    let outcome = Box::pin(pass.go(extent)).await;
    // What was booked before it stopped is booked.
    pass.name_finds();
    let (mut report, side, window) = (pass.report, pass.side, pass.window);
    report.requests = till.client.reads().saturating_sub(reads_before);
    till.count_reads().await?;
    report.compared.insert("reads_this_month".into(), till.reads_this_month()?);
    note_outcome(till, &outcome, report.full).await;
    match outcome {
        Ok(()) => {}
        Err(Stopped::Store(error)) => return Err(error),
        Err(stopped) => report.error = Some(stopped.to_string()),
    }
    finish(till, report, side, window).await
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

/// Notes how far the side was compared. Only a pass that saw all of it proves anything.
async fn finish(till: &Till, report: Run, side: Side, window: SignedDuration) -> Result<Run, Error> {
    let book = till.book();
    till.store
        .write(move |w| {
            let now = w.now();
            let report = Run { finished_at: Some(now), ..report.clone() };
            w.put_run(&report)?;
            let (is_full, has_ended) = (report.full, report.error.is_none());
            let is_clean = is_full && report.is_whole();
            let steps = [
                (Step::Short, !is_full),
                (Step::Tried, is_full),
                (Step::Full, is_full && has_ended),
                (Step::Clean, is_clean),
                (Step::Deep, is_clean && window >= WINDOW),
            ];
            for (step, _) in steps.into_iter().filter(|(_, is_done)| *is_done) {
                side.reach(w, step, now)?;
            }
            if is_clean {
                w.catch_up(book)?;
            }
            Ok(report)
        })
        .await
}

struct Pass<'t> {
    till: &'t Till,
    report: Run,
    /// An older copy of the books was put back: payers wait for this pass, and much may be found.
    is_behind: bool,
    /// The open cases by what they are about: this pass closes those about which it finds that both sides agree.
    flags: BTreeMap<String, Vec<ReviewId>>,
    /// What is compared with the books.
    side: Side,
    /// Currencies in which Stripe has money that the books cannot hold.
    unheld: BTreeSet<String>,
    /// What the report names or counts already, by sort, object and words: a change may be met in two ways.
    named: BTreeSet<(String, String, String)>,
    /// How far back objects were compared.
    window: SignedDuration,
}

impl Pass<'_> {
    async fn go(&mut self, extent: Extent) -> Result<(), Stopped> {
        self.same_account(self.is_behind || extent != Extent::Short).await?;
        let (book, now) = (self.till.book(), self.till.now());
        self.side = self.till.store.read(|r| Side::of(&r, self.till))?;
        let behind = self.till.store.read(|r| behind::window(&r, &self.side, book, now))?;
        let extent = behind.map_or(extent, |window| extent.at_least(window));
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
        for (_, settled) in &swept.settled {
            // Also what was found by a way that did not say so.
            self.till.note_settled(settled, Channel::Reconciliation);
        }
        self.name_finds();
        for (attempt, _) in swept.settled.into_iter().filter(|(_, settled)| *settled == Settled::Moved) {
            let object = attempt.session.clone().unwrap_or_else(|| attempt.id.to_string());
            let words = "The checkout's state was brought up to date.";
            self.repaired(Class::StaleAttempt, &object, Some(attempt.invoice), words.into());
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
        if count > 0 {
            self.compared("foreign", count);
            self.found(Class::Foreign, count);
        }
    }

    fn repaired(&mut self, class: Class, object: &str, invoice: Option<InvoiceId>, detail: String) {
        self.name(Find { kind: class.kind(), class: Some(class), object: object.to_owned(), invoice, detail });
    }

    /// Names in the report what this pass has brought into the books since the last time.
    fn name_finds(&mut self) {
        for find in self.till.finds.take() {
            self.name(find);
        }
    }

    fn name(&mut self, find: Find) {
        let Find { kind, class, object, invoice, detail } = find;
        let finding = Finding { kind: kind.to_owned(), object, invoice, review: None, detail };
        if !self.named.insert((finding.kind.clone(), finding.object.clone(), finding.detail.clone())) {
            return;
        }
        if let Some(class) = class {
            self.found(class, 1);
        }
        self.report.repair(finding);
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
        let others = self.flags.remove(&reviews::dedupe(case.reason, &case.matter)).unwrap_or_default();
        let review = self.till.store.write(move |w| reviews::open(w, case.clone())).await?;
        let others = others.into_iter().filter(|id| *id != review.id).collect();
        self.close(others, "The two sides differ by another figure now, which is a case of its own.").await?;
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
        self.report.differ(Finding { kind, object, invoice, review, detail });
    }

    /// Both sides agree about a matter: an open case about it closes by itself.
    async fn agrees(&mut self, reason: Reason, matter: &str) -> Result<(), Stopped> {
        let cases = self.flags.remove(&reviews::dedupe(reason, matter)).unwrap_or_default();
        self.close(cases, "Stripe and the books agree about it again.").await
    }

    async fn close(&self, cases: Vec<ReviewId>, note: &'static str) -> Result<(), Stopped> {
        if cases.is_empty() {
            return Ok(());
        }
        let close = move |w: &mut Writer<'_>| {
            cases.iter().try_for_each(|id| reviews::close_case_by_itself(w, *id, note).map(drop))
        };
        Ok(self.till.store.write(close).await?)
    }

    fn is_flagged(&self, reason: Reason, matter: &str) -> bool {
        self.flags.contains_key(&reviews::dedupe(reason, matter))
    }

    /// Notes of a list whether it was read to its end: what is not in half a list may be in the other half.
    fn saw(&mut self, what: &str, is_complete: bool) {
        if !is_complete {
            self.unseen(format!("Stripe's list of {what} was cut short, so not all of them were compared."));
        }
    }

    fn unseen(&mut self, words: String) {
        if !self.report.unseen.contains(&words) {
            self.report.unseen.push(words);
        }
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

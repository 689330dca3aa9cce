//! Reconciliation: Stripe's objects against the books, and every difference repaired through `settle` or shown.
//!
//! A short pass looks at the attempts whose time has come and asks for events since the last one, in case some were not
//! delivered. A full pass also compares every session and charge of the window ([`compare`]), because Stripe may fail to
//! make an event at all. Cursors move only after what they passed is stored.

mod behind;
mod compare;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::client::{CallError, Pages, Patience};
use super::inbox;
use super::notices::{Task, note_call, note_clock};
use super::objects::Identified;
use super::settle::Settled;
use super::sweep::sweep;
use super::sync::SyncError;
use super::till::{READS_PER_MONTH, Till};
use super::webhook::HookEvent;
use crate::actions::reviews::{self, Case};
use crate::billing::event::{Arrival, Event, Handling};
use crate::billing::id::InvoiceId;
use crate::billing::log::Channel;
use crate::billing::report::{Finding, Run};
use crate::store::{Error, Store, Writer};

/// Types of event that the books act on; a webhook endpoint needs no others.
pub const EVENT_TYPES: [&str; 8] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.updated",
];
/// Events may appear late, so each poll looks back behind its cursor by this much.
const OVERLAP: SignedDuration = SignedDuration::from_hours(2);
/// Stripe lists events for 30 days.
const EVENTS_REACH: SignedDuration = SignedDuration::from_hours(29 * 24);
/// How far a full pass looks back.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(35 * 24);
/// How far the nightly pass looks back.
pub const NIGHTLY_WINDOW: SignedDuration = SignedDuration::from_hours(72);
/// Pages of a hundred that one list is followed for: 20,000 objects, far over a small business's month.
const PAGES_MAX: u32 = 200;
/// Differences of one comparison beyond which something else is wrong, such as a key of another account: then none of
/// them is repaired.
const REPAIRS_MAX: usize = 20;
/// Rounds of the inbox that a pass waits for: while Stripe answers nothing in time, the same events come round again.
const ROUNDS_MAX: usize = 20;
/// An event that is younger may still be on its way; nobody can say that it was not delivered.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(2);
/// How far the events were asked for.
const CURSOR: &str = "stripe.events";
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

/// Stores the beginning of a pass.
///
/// # Errors
/// The store failed.
pub async fn begin(till: &Till, extent: Extent, source: Channel) -> Result<Run, Error> {
    till.store
        .write(move |w| {
            let run = Run {
                id: w.id()?,
                started_at: w.now(),
                finished_at: None,
                source,
                full: matches!(extent, Extent::Full(_)),
                compared: BTreeMap::new(),
                repaired: Vec::new(),
                differences: Vec::new(),
                payouts: Vec::new(),
                requests: 0,
                error: None,
            };
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
    let mut pass = Pass { till, report: run, is_behind: behind.is_some() };
    let outcome = pass.go(extent).await;
    let mut report = pass.report;
    report.requests = till.client.reads().saturating_sub(reads_before);
    till.count_reads().await?;
    report.compared.insert("reads_this_month".into(), till.reads_this_month()?);
    note_outcome(till, &outcome).await;
    match outcome {
        Ok(()) => {}
        Err(Stopped::Stripe(error)) => report.error = Some(error.to_string()),
        Err(Stopped::Saving) => {
            report.error = Some(format!(
                "Most of the {READS_PER_MONTH} reads that Stripe grants a month are used up, so only open checkouts were \
                 looked at. Webhooks and payments go on as ever; a pass that you start yourself does everything."
            ));
        }
        Err(Stopped::TooMuch(count)) => {
            report.error = Some(format!(
                "{count} differences were found where {REPAIRS_MAX} at most are usual, so none of them was repaired. \
                 Check that the key and the webhook belong to the same Stripe account, then run it again."
            ));
        }
        Err(Stopped::Store(error)) => return Err(error),
    }
    finish(till, report).await
}

/// A pass that read everything proves that the key may; one that stopped by itself proves nothing.
async fn note_outcome(till: &Till, outcome: &Result<(), Stopped>) {
    match outcome {
        Ok(()) => {
            note_call(till, Task::Pass, None).await;
            note_clock(till).await;
        }
        Err(Stopped::Stripe(error)) => note_call(till, Task::Pass, Some(error)).await,
        Err(Stopped::Saving | Stopped::TooMuch(_) | Stopped::Store(_)) => {}
    }
}

async fn finish(till: &Till, report: Run) -> Result<Run, Error> {
    till.store
        .write(move |w| {
            let report = Run { finished_at: Some(w.now()), ..report.clone() };
            w.put_run(&report)?;
            w.put_mark(if report.full { "reconcile.full" } else { "reconcile.short" }, w.now())?;
            if report.full && report.error.is_none() {
                w.put_mark(CLEAN, w.now())?;
                w.catch_up()?;
            }
            Ok(report)
        })
        .await
}

/// Why a pass ended early.
enum Stopped {
    Stripe(CallError),
    /// The month's reads are nearly used up.
    Saving,
    /// More differences than can be believed.
    TooMuch(usize),
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
}

impl Pass<'_> {
    async fn go(&mut self, extent: Extent) -> Result<(), Stopped> {
        self.attempts(extent).await?;
        let is_awaited = self.is_behind || matches!(self.report.source, Channel::Owner | Channel::Api);
        if !is_awaited && self.till.must_save_reads()? {
            return Err(Stopped::Saving);
        }
        let gap = self.events().await?;
        let asked_for = match extent {
            Extent::Full(window) => Some(window),
            Extent::Short => None,
        };
        // What happened longer ago than events are listed is found by comparing the objects themselves.
        if let Some(window) = asked_for.max(gap) {
            self.report.full = true;
            let from = self.report.started_at.saturating_sub(window).unwrap_or(Timestamp::MIN);
            self.compare(from).await?;
        }
        Ok(())
    }

    /// Every item of a list, page by page, and whether that was all.
    async fn all<T: Identified + serde::de::DeserializeOwned>(
        &self,
        pages: Pages<T>,
    ) -> Result<(Vec<T>, bool), Stopped> {
        let mut pages = pages.at_most(PAGES_MAX);
        let mut items = Vec::new();
        while let Some(page) = pages.next_page().await? {
            items.extend(page);
        }
        Ok((items, pages.is_complete()))
    }

    fn compared(&mut self, what: &str, count: usize) {
        let sum = self.report.compared.entry(what.to_owned()).or_default();
        *sum = sum.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn repaired(&mut self, kind: &str, object: &str, invoice: Option<InvoiceId>, detail: String) {
        let (kind, object) = (kind.to_owned(), object.to_owned());
        self.report.repaired.push(Finding { kind, object, invoice, review: None, detail });
    }

    async fn difference(&mut self, case: Case) -> Result<(), Stopped> {
        let (object, invoice, detail, reason) = (case.matter.clone(), case.invoice, case.detail.clone(), case.reason);
        let review = self.till.store.write(move |w| reviews::open(w, case.clone())).await?;
        let kind = reason.name().to_owned();
        self.report.differences.push(Finding { kind, object, invoice, review: Some(review.id), detail });
        Ok(())
    }

    async fn attempts(&mut self, extent: Extent) -> Result<(), Stopped> {
        let all = matches!(extent, Extent::Full(_));
        let swept = sweep(self.till, Channel::Reconciliation, all).await?;
        self.compared("attempts", usize::try_from(swept.looked_at).unwrap_or(usize::MAX));
        for (attempt, settled) in swept.settled {
            let (kind, detail) = match settled {
                Settled::Booked(_) => ("missed_payment", "A payment that had not been reported was booked."),
                _ => ("stale_attempt", "The checkout's state was brought up to date."),
            };
            let object = attempt.session.clone().unwrap_or_else(|| attempt.id.to_string());
            self.repaired(kind, &object, Some(attempt.invoice), detail.into());
        }
        Ok(())
    }

    /// Asks for events since the last pass; those that were not delivered go the same way as those that were. How far
    /// back objects must be compared, if events are not listed that far.
    async fn events(&mut self) -> Result<Option<SignedDuration>, Stopped> {
        let now = self.till.client.stripe_now();
        let cursor = self.till.store.read(|r| r.mark(CURSOR))?;
        let oldest = now.saturating_sub(EVENTS_REACH).unwrap_or(now);
        let since = cursor.unwrap_or(now).saturating_sub(OVERLAP).unwrap_or(oldest);
        let gap = (since < oldest).then(|| now.duration_since(since));
        if gap.is_some() {
            tracing::warn!(
                "events were last asked for longer ago than Stripe lists them; objects are compared instead"
            );
        }
        let question = self.till.ask(Patience::Background).events(since.max(oldest), &EVENT_TYPES);
        let (events, complete) = self.all(question).await?;
        self.compared("events", events.len());
        // Oldest first, as they would have been delivered.
        for event in events.into_iter().rev().filter_map(HookEvent::from_listed) {
            self.event(event_of(event, Arrival::Poll, self.till.now(), String::new())).await?;
        }
        for _ in 0..ROUNDS_MAX {
            if inbox::work_off(self.till).await?.len() < inbox::ROUND_MAX {
                break;
            }
        }
        if complete {
            self.till.store.write(move |w| w.put_mark(CURSOR, now)).await?;
        }
        Ok(gap)
    }

    async fn event(&mut self, event: Event) -> Result<(), Stopped> {
        if self.till.store.read(|r| r.event(&event.id))?.is_some() {
            return Ok(());
        }
        let settled = inbox::work_off_polled(self.till, &event).await?;
        self.compared("missed_events", 1);
        let Some(Settled::Booked(payment)) = settled else { return Ok(()) };
        let invoice = self.till.store.read(|r| r.payment(payment))?.and_then(|payment| payment.invoice);
        let late = self.till.now().duration_since(event.created) > ON_ITS_WAY;
        let (kind, words) = if late {
            tracing::warn!(event = %event.id, "a webhook was not delivered");
            ("missed_webhook", "had not been delivered")
        } else {
            ("missed_payment", "was seen here first")
        };
        self.repaired(
            kind,
            &event.object_id,
            invoice,
            format!("{} of {} {words}; its payment was booked.", event.kind, event.object_id),
        );
        Ok(())
    }
}

/// The inbox row of a hint.
#[must_use]
pub fn event_of(hint: HookEvent, arrival: Arrival, now: Timestamp, payload: String) -> Event {
    Event {
        id: hint.id,
        kind: hint.kind,
        object_id: hint.object_id.unwrap_or_default(),
        object_kind: hint.object_kind.unwrap_or_default(),
        livemode: hint.livemode.unwrap_or(false),
        api_version: hint.api_version,
        account: hint.account,
        created: hint.created.unwrap_or(now),
        received_at: now,
        arrival,
        state: Handling::Pending { next_try: now },
        tries: 0,
        last_error: None,
        payload,
    }
}

/// Keeps an event unless it is known. Whether it is new.
///
/// # Errors
/// The store failed.
pub fn keep(w: &mut Writer<'_>, event: &Event) -> Result<bool, Error> {
    if w.event(&event.id)?.is_some() {
        return Ok(false);
    }
    w.put_event(event)?;
    Ok(true)
}

/// The report of a pass that no Stripe account could be asked for.
///
/// # Errors
/// The store failed.
pub async fn without_stripe(store: &Store, source: Channel) -> Result<Run, Error> {
    store
        .write(move |w| {
            let run = Run {
                id: w.id()?,
                started_at: w.now(),
                finished_at: Some(w.now()),
                source,
                full: true,
                compared: BTreeMap::new(),
                repaired: Vec::new(),
                differences: Vec::new(),
                payouts: Vec::new(),
                requests: 0,
                error: Some("No Stripe key is set, so there was nothing to compare with.".into()),
            };
            w.put_run(&run)?;
            Ok(run)
        })
        .await
}

//! Reconciliation: Stripe's objects against the books, and every difference repaired through `settle` or shown.
//!
//! A short pass looks at the attempts whose time has come and asks for events since the last one, in case some were not
//! delivered. A full pass also compares every session and charge of the window, because Stripe may fail to make an
//! event at all. Cursors move only after what they passed is stored.

use jiff::{SignedDuration, Timestamp};

use super::checkout::sync_session;
use super::client::{CallError, Created, FailKind, Pages, Patience};
use super::inbox;
use super::objects::{Charge, CheckoutSession, Identified};
use super::settle::Settled;
use super::sweep::sweep;
use super::till::Till;
use super::webhook::HookEvent;
use crate::actions::reviews::{self, Case};
use crate::billing::attempt::State;
use crate::billing::event::{Arrival, Event, Handling};
use crate::billing::id::{InvoiceId, RunId};
use crate::billing::log::Channel;
use crate::billing::payment::Payment;
use crate::billing::report::{Finding, Run};
use crate::billing::review::{Evidence, Reason};
use crate::store::Error;

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
const WINDOW: SignedDuration = SignedDuration::from_hours(35 * 24);
/// How far the nightly pass looks back.
pub const NIGHTLY_WINDOW: SignedDuration = SignedDuration::from_hours(72);
/// Pages of a hundred that one list is followed for: 20,000 objects, far over a small business's month.
const PAGES_MAX: u32 = 200;
/// Repairs of one pass beyond which something else is wrong, such as a key of another account: then nothing more is done.
const REPAIRS_MAX: usize = 20;
const CURSOR: &str = "stripe.events";

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
                compared: std::collections::BTreeMap::new(),
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
    let mut pass = Pass { till, report: run };
    let outcome = pass.go(extent).await;
    let mut report = pass.report;
    report.requests = till.client.reads().saturating_sub(reads_before);
    match outcome {
        Ok(()) => {}
        Err(Stopped::Stripe(error)) => report.error = Some(error.to_string()),
        Err(Stopped::TooMuch) => {
            report.error = Some(format!(
                "More than {REPAIRS_MAX} repairs were needed, so the pass stopped. Check that the key and the webhook belong to the same Stripe account, then run it again."
            ));
        }
        Err(Stopped::Store(error)) => return Err(error),
    }
    finish(till, report).await
}

async fn finish(till: &Till, report: Run) -> Result<Run, Error> {
    till.store
        .write(move |w| {
            let report = Run { finished_at: Some(w.now()), ..report.clone() };
            w.put_run(&report)?;
            w.put_mark(if report.full { "reconcile.full" } else { "reconcile.short" }, w.now())?;
            Ok(report)
        })
        .await
}

/// Why a pass ended early.
enum Stopped {
    Stripe(CallError),
    TooMuch,
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

impl From<super::checkout::SyncError> for Stopped {
    fn from(error: super::checkout::SyncError) -> Self {
        match error {
            super::checkout::SyncError::Stripe(error) => Self::Stripe(error),
            super::checkout::SyncError::Store(error) => Self::Store(error),
        }
    }
}

struct Pass<'t> {
    till: &'t Till,
    report: Run,
}

impl Pass<'_> {
    async fn go(&mut self, extent: Extent) -> Result<(), Stopped> {
        self.attempts(extent).await?;
        self.events().await?;
        if let Extent::Full(window) = extent {
            let from = self.report.started_at.saturating_sub(window).unwrap_or(Timestamp::MIN);
            self.sessions(from).await?;
            self.charges(from).await?;
        }
        Ok(())
    }

    /// Every item of a list, page by page.
    async fn all<T: Identified + serde::de::DeserializeOwned>(&self, pages: Pages<T>) -> Result<Vec<T>, Stopped> {
        let mut pages = pages.at_most(PAGES_MAX);
        let mut items = Vec::new();
        while let Some(page) = pages.next_page().await? {
            items.extend(page);
        }
        Ok(items)
    }

    fn compared(&mut self, what: &str, count: usize) {
        let sum = self.report.compared.entry(what.to_owned()).or_default();
        *sum = sum.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn repaired(
        &mut self,
        kind: &str,
        object: &str,
        invoice: Option<InvoiceId>,
        detail: String,
    ) -> Result<(), Stopped> {
        self.report.repaired.push(Finding {
            kind: kind.to_owned(),
            object: object.to_owned(),
            invoice,
            review: None,
            detail,
        });
        if self.report.repaired.len() > REPAIRS_MAX { Err(Stopped::TooMuch) } else { Ok(()) }
    }

    async fn attempts(&mut self, extent: Extent) -> Result<(), Stopped> {
        let all = matches!(extent, Extent::Full(_));
        let swept = sweep(self.till, Channel::Reconciliation, all).await?;
        self.compared("attempts", usize::try_from(swept.looked_at).unwrap_or(usize::MAX));
        for (attempt, settled) in swept.settled {
            let detail = match settled {
                Settled::Booked(_) => "A payment that had not been reported was booked.",
                _ => "The checkout's state was brought up to date.",
            };
            self.repaired(
                kind_of(&settled),
                attempt.session.as_deref().unwrap_or_default(),
                Some(attempt.invoice),
                detail.into(),
            )?;
        }
        Ok(())
    }

    /// Asks for events since the last pass; those that were not delivered go the same way as those that were.
    async fn events(&mut self) -> Result<(), Stopped> {
        let now = self.report.started_at;
        let cursor = self.till.store.read(|r| r.mark(CURSOR))?;
        let oldest = now.saturating_sub(EVENTS_REACH).unwrap_or(now);
        let since = cursor.unwrap_or(now).saturating_sub(OVERLAP).unwrap_or(oldest).max(oldest);
        let events = self.all(self.till.ask(Patience::Background).events(since, &EVENT_TYPES)).await?;
        self.compared("events", events.len());
        let mut missed = std::collections::BTreeSet::new();
        for event in events {
            let Some(kept) =
                HookEvent::from_listed(event).map(|hint| event_of(hint, Arrival::Poll, now, String::new()))
            else {
                continue;
            };
            let id = kept.id.clone();
            let fresh = self.till.store.write(move |w| keep(w, &kept)).await?;
            if fresh {
                missed.insert(id);
            }
        }
        self.compared("missed_events", missed.len());
        loop {
            let worked_off = inbox::work_off(self.till).await?;
            let full_round = worked_off.len() == inbox::ROUND_MAX;
            for (event, settled) in worked_off {
                if missed.contains(&event.id) && matches!(settled, Some(Settled::Booked(_))) {
                    // Not counted against the limit of repairs: after days without connection there may be many.
                    let detail = format!(
                        "{} of {} had not been delivered; its payment was booked.",
                        event.kind, event.object_id
                    );
                    self.report.repaired.push(Finding {
                        kind: "missed_webhook".into(),
                        object: event.object_id,
                        invoice: None,
                        review: None,
                        detail,
                    });
                }
            }
            if !full_round {
                break;
            }
        }
        self.till.store.write(move |w| w.put_mark(CURSOR, now)).await?;
        Ok(())
    }

    async fn sessions(&mut self, from: Timestamp) -> Result<(), Stopped> {
        let sessions = self.all(self.till.ask(Patience::Background).sessions(Created { from, before: None })).await?;
        self.compared("sessions", sessions.len());
        for session in sessions {
            if self.differs(&session)? {
                let settled =
                    sync_session(self.till, session.name(), Channel::Reconciliation, None, Patience::Background)
                        .await?;
                let invoice =
                    self.till.store.read(|r| r.attempt_by_session(session.name()))?.map(|attempt| attempt.invoice);
                match settled {
                    Settled::Booked(_) => {
                        self.repaired(
                            "missed_payment",
                            session.name(),
                            invoice,
                            "A paid checkout was not in the books; it is now.".into(),
                        )?;
                    }
                    Settled::Moved => self.repaired(
                        "stale_attempt",
                        session.name(),
                        invoice,
                        "The checkout's state was brought up to date.".into(),
                    )?,
                    Settled::Foreign => self.compared("foreign", 1),
                    Settled::Unchanged => {}
                }
            }
        }
        Ok(())
    }

    /// Whether a session's state is not the one that its attempt has.
    fn differs(&self, session: &CheckoutSession) -> Result<bool, Stopped> {
        let attempt = self.till.store.read(|r| r.attempt_by_session(session.name()))?;
        Ok(match attempt {
            None => session.is_paid(),
            Some(attempt) if session.is_complete() => match attempt.state {
                State::Paid { .. } => false,
                State::Processing | State::FailedDelayed => session.is_paid(),
                _ => true,
            },
            Some(attempt) => session.is_expired() && matches!(attempt.state, State::Open | State::Revoking { .. }),
        })
    }

    /// Every successful charge of the window that is ours must be a payment of the books, of the same amount.
    async fn charges(&mut self, from: Timestamp) -> Result<(), Stopped> {
        let charges = self.all(self.till.ask(Patience::Background).charges(Created { from, before: None })).await?;
        self.compared("charges", charges.len());
        let mut known = std::collections::BTreeSet::new();
        for charge in charges {
            let Some(intent) = charge.intent_name().map(str::to_owned) else { continue };
            let payment = self.till.store.read(|r| r.payment_by_intent(&intent))?;
            known.insert(intent.clone());
            match payment {
                Some(payment) => self.compare(&charge, &payment).await?,
                None if charge.has_succeeded() => self.missing_here(&charge, &intent).await?,
                None => {}
            }
        }
        self.missing_there(from, &known).await
    }

    async fn compare(&mut self, charge: &Charge, payment: &Payment) -> Result<(), Stopped> {
        let wire = super::scale::scale(payment.amount.currency().code())
            .and_then(|scale| scale.to_stripe(payment.amount.minor()).ok());
        let agrees = !charge.has_succeeded() || charge.amount_captured == wire;
        if agrees {
            return Ok(());
        }
        let detail = format!(
            "A charge of invoice money is {} at Stripe and {} in the books.",
            charge.amount_captured.unwrap_or(0),
            wire.unwrap_or(0)
        );
        let evidence = vec![Evidence::new(
            "Amount",
            charge.amount_captured.unwrap_or(0).to_string(),
            wire.unwrap_or(0).to_string(),
        )];
        self.difference(
            Case::new(Reason::AmountMismatch, charge.name(), detail).invoice(payment.invoice).evidence(evidence),
        )
        .await
    }

    /// Money at Stripe that the books do not have: settled through its session, if it is ours.
    async fn missing_here(&mut self, charge: &Charge, intent: &str) -> Result<(), Stopped> {
        let session =
            self.till.ask(Patience::Background).sessions_of_intent(intent).await?.value.data.into_iter().next();
        let Some(session) = session else {
            self.compared("foreign", 1);
            return Ok(());
        };
        match sync_session(self.till, session.name(), Channel::Reconciliation, None, Patience::Background).await? {
            Settled::Booked(_) => {
                let invoice =
                    self.till.store.read(|r| r.attempt_by_session(session.name()))?.map(|attempt| attempt.invoice);
                self.repaired(
                    "missed_payment",
                    charge.name(),
                    invoice,
                    "A charge was not in the books; it is now.".into(),
                )
            }
            _ => {
                self.compared("foreign", 1);
                Ok(())
            }
        }
    }

    /// Payments of the window that Stripe did not list.
    async fn missing_there(
        &mut self,
        from: Timestamp,
        known: &std::collections::BTreeSet<String>,
    ) -> Result<(), Stopped> {
        let payments = self.till.store.read(|r| r.payments_since(from))?;
        self.compared("payments", payments.len());
        for payment in payments {
            let Some(stripe) = payment.method.stripe() else { continue };
            if stripe.account != self.till.account || known.contains(&stripe.payment_intent) {
                continue;
            }
            let intent = stripe.payment_intent.clone();
            match self.till.ask(Patience::Background).payment_intent(&intent).await {
                Ok(found) if found.value.has_succeeded() => continue,
                Ok(_) => {}
                Err(CallError::Fail { kind: FailKind::NotFound, .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let detail =
                format!("The books have a payment of {} that Stripe does not know as received.", payment.amount);
            let evidence = vec![Evidence::new("Payment", "unknown", intent.clone())];
            let case = Case::new(Reason::MissingAtStripe, &intent, detail).invoice(payment.invoice).payment(payment.id);
            self.difference(case.evidence(evidence)).await?;
        }
        Ok(())
    }

    async fn difference(&mut self, case: Case) -> Result<(), Stopped> {
        let (object, invoice, detail, reason) = (case.matter.clone(), case.invoice, case.detail.clone(), case.reason);
        let review = self.till.store.write(move |w| reviews::open(w, case.clone())).await?;
        let kind = format!("{reason:?}").to_lowercase();
        self.report.differences.push(Finding { kind, object, invoice, review: Some(review.id), detail });
        Ok(())
    }
}

fn kind_of(settled: &Settled) -> &'static str {
    if matches!(settled, Settled::Booked(_)) { "missed_payment" } else { "stale_attempt" }
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
pub fn keep(w: &mut crate::store::Writer<'_>, event: &Event) -> Result<bool, Error> {
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
pub async fn without_stripe(store: &crate::store::Store, source: Channel) -> Result<Run, Error> {
    store
        .write(move |w| {
            let id: RunId = w.id()?;
            let run = Run {
                id,
                started_at: w.now(),
                finished_at: Some(w.now()),
                source,
                full: true,
                compared: std::collections::BTreeMap::new(),
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

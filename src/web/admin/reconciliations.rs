//! Comparing the books with Stripe: the list of passes, a new one, and the report of one.

use std::ops::ControlFlow;

use jiff::SignedDuration;

use super::counts::{count, counted};
use super::desk::{Desk, ROWS_MAX, after, paged};
use super::guard::SignedIn;
use super::invoice::{path, source};
use super::payouts;
use crate::billing::currency::Currency;
use crate::billing::id::RunId;
use crate::billing::log::Channel;
use crate::billing::report::{Balance, Finding, Payout, Run};
use crate::payments::reconcile::class::Class;
use crate::payments::reconcile::{self, Extent};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::{Link, Tag, Tone};
use crate::web::views::payouts::PayoutListRow;
use crate::web::views::reconciliations::{
    BalanceRow, Count, PassRow, PayoutRow, ReconciliationPage, ReconciliationsPage, ReportLine,
};
use crate::web::views::shell::Section;

const PAGE: &str = "/admin/reconciliations";
/// A pass that has not ended after this long was cut off.
const RUNS_AT_MOST: SignedDuration = SignedDuration::from_mins(30);
const NO_KEY: &str =
    "Enter a Stripe key first, under Settings, Card payments. There is nothing to compare with until then.";

/// `GET /admin/reconciliations?after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let from: Option<RunId> = after(&request)?;
    let mut found = desk.app.store.read(|r| r.runs(from, ROWS_MAX))?;
    let pager = paged(&mut found, from.is_none(), &format!("{PAGE}?"), |run: &Run| run.id.to_string());
    let latest = Latest::of(&desk)?;
    reply::page(&ReconciliationsPage {
        shell: desk.shell(Section::Reconciliation)?,
        schedule: desk.app.config.reconcile.interval.map(every),
        blocked: desk.app.till().is_none().then(|| NO_KEY.to_owned()),
        running: running(&desk)?.is_some(),
        other_account: latest.other_account(),
        balances: if from.is_none() { latest.balances(&desk) } else { Vec::new() },
        payouts: if from.is_none() { latest_payouts(&desk)? } else { Vec::new() },
        rows: found.iter().map(|run| row(&desk, run)).collect(),
        pager,
    })
}

/// Passes that are looked through for the latest that was full and that compared balances, at most.
const LOOKED_AT: usize = 200;
/// Payouts that the overview shows; the rest are on a page of their own.
const PAYOUTS_SHOWN: usize = 5;

/// The latest passes of which the overview tells more than a row. No more are read than it takes to find them.
#[derive(Default)]
struct Latest {
    /// That was full and came to an end.
    full: Option<Run>,
    /// That compared what Stripe holds.
    compared: Option<Run>,
}

impl Latest {
    fn of(desk: &Desk) -> Result<Self, Error> {
        let mut latest = Self::default();
        desk.app.store.read(|r| r.each_run(LOOKED_AT, |run| latest.look(run)))?;
        Ok(latest)
    }

    fn look(&mut self, run: Run) -> ControlFlow<()> {
        if self.full.is_none() && run.full && run.finished_at.is_some() {
            self.full = Some(run.clone());
        }
        if self.compared.is_none() && !run.balances.is_empty() {
            self.compared = Some(run);
        }
        if self.full.is_some() && self.compared.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Why the last full pass stopped, if the key opens another account than the books are of.
    fn other_account(&self) -> Option<String> {
        let error = self.full.as_ref().and_then(|run| run.error.clone());
        error.filter(|error| reconcile::is_other_account(error))
    }

    /// What Stripe holds, by the books and by Stripe.
    fn balances(&self, desk: &Desk) -> Vec<BalanceRow> {
        let Some(run) = &self.compared else { return Vec::new() };
        let row = |balance: &Balance| {
            let words = |minor| desk.minor(minor, balance.currency);
            BalanceRow {
                currency: balance.currency.code().to_owned(),
                books: words(balance.books),
                waiting: (balance.waiting != 0).then(|| words(-balance.waiting)),
                stripe: words(balance.stripe),
                difference: (balance.difference != 0).then(|| words(balance.difference)),
                compared: desk.ago(run.finished_at.unwrap_or(run.started_at)),
            }
        };
        run.balances.iter().map(row).collect()
    }
}

fn latest_payouts(desk: &Desk) -> Result<Vec<PayoutListRow>, Error> {
    let payouts = desk.app.store.read(|r| r.payouts(None, PAYOUTS_SHOWN))?;
    Ok(payouts.iter().take(PAYOUTS_SHOWN).map(|payout| payouts::row(desk, payout)).collect())
}

/// `POST /admin/reconciliations/account`: the owner means the account that the key belongs to now.
pub async fn accept_account(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let till = desk.app.till().ok_or_else(|| Error::Conflict(NO_KEY.to_owned()))?;
    reconcile::accept_account(&till).await.map_err(|error| Error::Conflict(error.to_string()))?;
    begin_pass(&desk).await
}

/// `every 15 minutes`
fn every(interval: std::time::Duration) -> String {
    let seconds = interval.as_secs();
    match (seconds / 3600, seconds / 60) {
        (1, 60) => "every hour".to_owned(),
        (hours, _) if hours > 1 && seconds.is_multiple_of(3600) => format!("every {}", counted(hours, "hour", "hours")),
        (_, 1) if seconds == 60 => "every minute".to_owned(),
        (_, minutes) if minutes > 0 && seconds.is_multiple_of(60) => {
            format!("every {}", counted(minutes, "minute", "minutes"))
        }
        _ => format!("every {}", counted(seconds, "second", "seconds")),
    }
}

/// The pass that is under way.
fn running(desk: &Desk) -> Result<Option<Run>, Error> {
    let latest = desk.app.store.read(|r| r.runs(None, 1))?.into_iter().next();
    Ok(latest.filter(|run| goes_on(desk, run)))
}

fn goes_on(desk: &Desk, run: &Run) -> bool {
    run.finished_at.is_none() && desk.now.duration_since(run.started_at) < RUNS_AT_MOST
}

/// `POST /admin/reconciliations`: begins a full pass and leads to its report, which loads itself again until it is done.
pub async fn run(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    begin_pass(&desk).await
}

async fn begin_pass(desk: &Desk) -> Result<Response, Error> {
    if let Some(running) = running(desk)? {
        return Ok(reply::see_other(&format!("{PAGE}/{}", running.id)));
    }
    let till = desk.app.till().ok_or_else(|| Error::Conflict(NO_KEY.to_owned()))?;
    let begun = reconcile::begin(&till, Extent::whole(), Channel::Owner).await?;
    let report = format!("{PAGE}/{}", begun.id);
    #[expect(clippy::disallowed_methods, reason = "a pass goes on when the owner looks elsewhere")]
    drop(tokio::spawn(async move {
        if let Err(error) = reconcile::run(&till, begun, Extent::whole()).await {
            tracing::error!(error = %error, "a reconciliation pass could not be finished");
        }
    }));
    Ok(reply::see_other(&report))
}

/// `GET /admin/reconciliations/{id}`
pub async fn report(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: RunId = request.param("id")?;
    let run = desk.app.store.read(|r| r.run(id))?.ok_or(Error::NotFound)?;
    let (tone, verdict) = verdict(&desk, &run);
    // A pass that was cut off must not be waited for: it is shown as ended when it began.
    let ended = run.finished_at.or_else(|| (!goes_on(&desk, &run)).then_some(run.started_at));
    reply::page(&ReconciliationPage {
        shell: desk.shell(Section::Reconciliation)?,
        started: desk.when(run.started_at),
        finished: ended.map(|at| desk.when(at)),
        took: took(&run),
        source: source(run.source).to_owned(),
        tone,
        verdict,
        unseen: run.unseen.clone(),
        compared: objects(&run).map(|(what, number)| compared(what, *number)).collect(),
        repaired: lines(&run.repaired, run.left_out.repaired),
        differences: lines(&run.differences, run.left_out.differences),
        classes: classes(&run),
        payouts: run.payouts.iter().map(|payout| payout_row(&desk, payout)).collect(),
        requests: questions(&run),
    })
}

fn row(desk: &Desk, run: &Run) -> PassRow {
    let all = objects(run).fold(0_u64, |sum, (_, number)| sum.saturating_add(*number));
    let (repaired, differences) = (run.repairs(), run.differs());
    let tag = match (run.finished_at, &run.error) {
        (None, _) if goes_on(desk, run) => Tag::new("Running", Tone::Info),
        (None, _) => Tag::new("Cut off", Tone::Warn),
        (_, Some(_)) => Tag::new("Not finished", Tone::Bad),
        _ if differences > 0 => Tag::new(format!("{differences} to decide"), Tone::Bad),
        _ if !run.unseen.is_empty() => Tag::new("Not all compared", Tone::Warn),
        _ if repaired > 0 => Tag::new(format!("{repaired} put right"), Tone::Warn),
        _ => Tag::new("Agrees", Tone::Good),
    };
    PassRow {
        url: format!("{PAGE}/{}", run.id),
        started: desk.ago(run.started_at),
        took: took(run),
        source: source(run.source).to_owned(),
        compared: counted(all, "record", "records"),
        tag,
    }
}

fn took(run: &Run) -> String {
    match run.finished_at.map(|at| at.duration_since(run.started_at).as_secs()) {
        None => String::new(),
        Some(..1) => "under a second".to_owned(),
        Some(seconds @ 1..120) => format!("{seconds} s"),
        Some(seconds) => format!("{} min", seconds / 60),
    }
}

fn verdict(desk: &Desk, run: &Run) -> (Tone, String) {
    let (repaired, differences) = (run.repairs(), run.differs());
    if let Some(error) = &run.error {
        return (Tone::Bad, error.clone());
    }
    match run.finished_at {
        None if goes_on(desk, run) => {
            (Tone::Info, "Comparing the books with Stripe. This page follows by itself.".to_owned())
        }
        None => (Tone::Warn, "This pass was cut off before it ended, as by a restart. Run another one.".to_owned()),
        Some(_) if differences > 0 => {
            (Tone::Bad, format!("{} left for you to decide.", counted(differences, "difference is", "differences are")))
        }
        Some(_) if !run.unseen.is_empty() => (Tone::Warn, "Not everything could be compared.".to_owned()),
        Some(_) if repaired > 0 => {
            (Tone::Warn, format!("{} not right and put right.", counted(repaired, "thing was", "things were")))
        }
        Some(_) => (Tone::Good, "Everything agrees.".to_owned()),
    }
}

/// What the report counts and does not compare: Stripe rations how often it is asked.
const READS: &str = "reads_this_month";

/// The sorts of things that were compared, each with how many there were.
fn objects(run: &Run) -> impl Iterator<Item = (&String, &u64)> {
    run.compared.iter().filter(|(what, _)| *what != READS)
}

/// `14 questions to Stripe, 230 this month`
fn questions(run: &Run) -> String {
    let asked = format!("{} to Stripe", counted(run.requests, "question", "questions"));
    match run.compared.get(READS) {
        Some(month) => format!("{asked}, {} this month", count(*month)),
        None => asked,
    }
}

fn compared(what: &str, number: u64) -> Count {
    let label = match what {
        "attempts" => "Open checkouts",
        "events" => "Events",
        "missed_events" => "Events that had not arrived",
        "sessions" => "Checkout sessions",
        "charges" => "Charges",
        "refunds" => "Refunds",
        "open_refunds" => "Refunds that were under way",
        "payments" => "Payments of the books",
        "movements" => "Movements of the balance",
        "payouts" => "Payouts",
        "unreadable" => "Movements that cannot be read",
        "foreign" => "Not ours",
        other => other,
    };
    Count { label: label.to_owned(), value: count(number) }
}

/// What was found, by its class; that both sides agree comes first.
fn classes(run: &Run) -> Vec<Count> {
    let found = Class::ALL.into_iter().filter_map(|class| Some((class, run.classes.get(class.code())?)));
    found.map(|(class, number)| Count { label: class.words().to_owned(), value: count(*number) }).collect()
}

fn lines(findings: &[Finding], left_out: u64) -> Vec<ReportLine> {
    let more = (left_out > 0).then(|| ReportLine { text: format!("And {} more.", count(left_out)), link: None });
    findings.iter().map(line).chain(more).collect()
}

fn line(finding: &Finding) -> ReportLine {
    let review = finding.review.map(|id| Link::new("Decide", format!("/admin/review/{id}")));
    let link = review.or_else(|| finding.invoice.map(|id| Link::new("Invoice", path(id))));
    ReportLine { text: finding.detail.clone(), link }
}

fn payout_row(desk: &Desk, payout: &Payout) -> PayoutRow {
    let currency = Currency::parse(&payout.currency).unwrap_or(desk.settings.currency);
    PayoutRow {
        link: Link::new(payout.id.clone(), format!("{}/{}", payouts::PAGE, payout.id)),
        arrival: payout.arrival_date.parse().map_or(payout.arrival_date.clone(), |date| desk.short(date)),
        amount: desk.minor(payout.amount, currency),
        explained: desk.minor(payout.explained, currency),
        remainder: (payout.remainder != 0).then(|| desk.minor(payout.remainder, currency)),
    }
}

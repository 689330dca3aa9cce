//! What can be asked of the store and of the machine when the figures are wanted.
//!
//! The rule it keeps: what is not known has no figure, and none costs more than a few records. What would have to be counted
//! through is counted once a day beside the work, and shown as it was then.

use std::sync::atomic::AtomicI64;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::app::App;
use crate::billing::standing::Status;
use crate::payments::notices;
use crate::payments::side::{Side, Step};
use crate::process;
use crate::store::{self, FILE_USED, Reader, room};

/// Of so many that wait the one that waits longest is looked for: more are trouble enough, and their count says so.
const LOOKED_AT_MAX: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStatus {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfExtent {
    extent: &'static str,
}

type Figure = Gauge<i64, AtomicI64>;

pub(super) fn add(registry: &mut Registry, app: &App, r: &Reader<'_>) -> Result<(), store::Error> {
    registry.register("build", "What runs", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
    add_work(registry, app, r)?;
    add_machine(registry, app, r)?;
    if let Some(run) = r.last_good_backup(app.clock.now())? {
        let help = "When the latest backup was proven that every place has";
        add_one(registry, "backup_last_success_timestamp_seconds", help, run.ended_at.as_second());
        add_one(registry, "backup_last_size_bytes", "Bytes of that backup", whole(run.bytes));
    }
    registry.register("invoices", "Invoices by status", invoices(r)?);
    let help = "Seconds since a reconciliation pass of this extent was finished";
    registry.register("reconciliation_age_seconds", help, ages(r, app)?);
    Ok(())
}

fn add_one(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let figure = Figure::default();
    figure.set(value);
    registry.register(name, help, figure);
}

/// What waits, and what a person should look after.
fn add_work(registry: &mut Registry, app: &App, r: &Reader<'_>) -> Result<(), store::Error> {
    let now = app.clock.now();
    let events = r.events_due(Timestamp::MAX, LOOKED_AT_MAX)?;
    let mails = r.letters_due(Timestamp::MAX, LOOKED_AT_MAX)?;
    let stands = notices::standing(r, now)?.len();
    for (name, help, value) in [
        ("events_pending", "Events of Stripe's that wait to be worked off", whole(r.count_pending_events()?)),
        (
            "events_oldest_age_seconds",
            "Seconds that the oldest of them has waited, 0 without any",
            oldest(now, events.iter().map(|event| event.received_at)),
        ),
        ("mails_waiting", "Mails that wait to be sent", whole(r.count_waiting_letters()?)),
        (
            "mails_oldest_age_seconds",
            "Seconds that the oldest of them has waited, 0 without any",
            oldest(now, mails.iter().map(|mail| mail.queued_at)),
        ),
        ("mails_failed", "Mails that were refused or given up", whole(r.count_failed_letters()?)),
        ("reviews_open", "Cases that a person must decide", whole(r.count_open_reviews()?)),
        ("notices", "Notices of trouble that stand on the owner's first page", whole_of(stands)),
        ("store_read_only", "1 while nothing can be stored", i64::from(app.store.trouble().is_some())),
    ] {
        add_one(registry, name, help, value);
    }
    Ok(())
}

/// What the machine has room for, and until when visitors are encrypted.
fn add_machine(registry: &mut Registry, app: &App, r: &Reader<'_>) -> Result<(), store::Error> {
    let folder = &app.config.data_dir;
    let used = Some(r.counter(FILE_USED)?).filter(|used| *used > 0);
    let certificate = app.certificates.keychain.shown();
    for (name, help, value) in [
        ("disk_free_bytes", "Bytes that are free on the disk that the data is on", room::left_in(folder).map(whole)),
        ("database_size_bytes", "Bytes of the data file", room::taken_in(folder).map(whole)),
        ("database_used_bytes", "Bytes of it that were in use at the daily look", used.map(whole)),
        ("resident_memory_bytes", "Bytes of memory that the program takes", process::memory().map(whole)),
        (
            "certificate_expiry_timestamp_seconds",
            "When the certificate ends that visitors are shown",
            certificate.map(|identity| identity.life.until.as_second()),
        ),
    ] {
        if let Some(value) = value {
            add_one(registry, name, help, value);
        }
    }
    Ok(())
}

fn oldest(now: Timestamp, since: impl Iterator<Item = Timestamp>) -> i64 {
    since.min().map_or(0, |since| now.duration_since(since).as_secs().max(0))
}

fn invoices(r: &Reader<'_>) -> Result<Family<OfStatus, Figure>, store::Error> {
    let family = Family::<OfStatus, Figure>::default();
    for (status, name) in [
        (Status::Draft, "draft"),
        (Status::Open, "open"),
        (Status::Paid, "paid"),
        (Status::Void, "void"),
        (Status::Uncollectible, "uncollectible"),
    ] {
        family.get_or_create(&OfStatus { status: name }).set(whole(r.count_by_status(status)?));
    }
    Ok(family)
}

/// A pass that was never made with the account in use has no age.
fn ages(r: &Reader<'_>, app: &App) -> Result<Family<OfExtent, Figure>, store::Error> {
    let (family, now) = (Family::<OfExtent, Figure>::default(), app.clock.now());
    let Some(till) = app.till() else { return Ok(family) };
    let side = Side::of(r, &till)?;
    for (extent, step) in [("full", Step::Full), ("short", Step::Short)] {
        if let Some(at) = side.reached(r, step)? {
            family.get_or_create(&OfExtent { extent }).set(now.duration_since(at).as_secs());
        }
    }
    Ok(family)
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn whole_of(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

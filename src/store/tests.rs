//! The data file fails at the first, second, third … call to the system of an invoice's life, the start included: with its
//! list of numbers, its lock and its own healing, as `serve` runs it. Nothing panics, who writes is told, and once the disk
//! is well everything goes on by itself, and nothing is there twice.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use redb::StorageBackend;

use super::file::DataFile;
use super::{Error, Store, Writer, verify};
use crate::actions::mailings::{Outcome, note_outcome, send_invoice};
use crate::actions::record_payment::{Recorded, record};
use crate::actions::{Actor, Refusal, customers, drafts, issue};
use crate::billing::currency::Currency;
use crate::billing::due::Due;
use crate::billing::invoice::{Content, Document};
use crate::billing::ledger::Book;
use crate::billing::letter::Delivery;
use crate::billing::line::Line;
use crate::billing::party::Party;
use crate::billing::payment::Method;
use crate::billing::quantity::UnitPrice;
use crate::clock::Clock;
use crate::store::invoices::Filter;

/// So soon that no test waits for it.
const AT_ONCE: Duration = Duration::from_millis(1);
/// Longer than any healing takes, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_mins(1);

/// Which calls fail, counted from the first; clones share it.
#[derive(Clone, Debug, Default)]
struct Wear(Arc<Worn>);

#[derive(Debug, Default)]
struct Worn {
    calls: AtomicU64,
    first: AtomicU64,
    behind: AtomicU64,
    met: AtomicBool,
}

impl Wear {
    /// From now on the calls with these numbers fail.
    fn fail(&self, calls: Range<u64>) {
        self.0.first.store(calls.start, Ordering::SeqCst);
        self.0.behind.store(calls.end, Ordering::SeqCst);
        self.0.calls.store(0, Ordering::SeqCst);
    }

    fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn was_met(&self) -> bool {
        self.0.met.load(Ordering::SeqCst)
    }

    fn call(&self) -> io::Result<()> {
        let worn = &self.0;
        let call = worn.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if (worn.first.load(Ordering::SeqCst)..worn.behind.load(Ordering::SeqCst)).contains(&call) {
            worn.met.store(true, Ordering::SeqCst);
            return Err(io::Error::other("the disk failed"));
        }
        Ok(())
    }
}

/// The data file on a worn disk.
#[derive(Debug)]
struct WornFile {
    file: DataFile,
    wear: Wear,
}

impl StorageBackend for WornFile {
    fn len(&self) -> io::Result<u64> {
        self.wear.call()?;
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.wear.call()?;
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.wear.call()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        // As the real one does when the system says so.
        self.wear.call().inspect_err(|_| self.file.distrust())?;
        self.file.sync_data()
    }

    /// One that fails has written half of it.
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match self.wear.call() {
            Ok(()) => self.file.write(offset, data),
            Err(error) => self.file.write(offset, &data[..data.len() / 2]).and(Err(error)),
        }
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}

/// The books in a folder, and somebody who waits for them.
struct Desk {
    store: Store,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    fn open(folder: &Path, wear: &Wear) -> Result<Self, Error> {
        let (clock, wear) = (Clock::held_at("2026-11-22T09:00:00Z".parse().unwrap()), wear.clone());
        let store = Store::open_through(folder, AT_ONCE, clock, move |file| WornFile { file, wear: wear.clone() })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Ok(Self { store, runtime })
    }

    /// Goes on with the life until its end or until a step fails; how many steps were acknowledged.
    fn live(&self) -> (usize, Option<Refusal>) {
        let mut steps = 0;
        loop {
            match self.runtime.block_on(self.store.write(next_step)) {
                Ok(true) => return (steps, None),
                Ok(false) => steps += 1,
                Err(refusal) => return (steps, Some(refusal)),
            }
        }
    }

    /// How many steps can be seen.
    fn reached(&self) -> usize {
        let reached = self.store.read(|r| {
            let [customers, invoices] =
                [r.customers(&[], None, 9)?.len(), r.invoices(&Filter::default(), None, 9)?.len()];
            let numbered =
                r.invoices(&Filter::default(), None, 9)?.iter().filter(|(_, row)| row.number.is_some()).count();
            let letters = r.letters(None, 9)?;
            let sent = letters.iter().filter(|letter| matches!(letter.state, Delivery::Sent { .. })).count();
            Ok::<_, Error>(customers + invoices + numbered + letters.len() + sent + r.payments(None, 9)?.len())
        });
        reached.unwrap()
    }

    fn wait_until_healed(&self, what: &str) {
        let began = Instant::now();
        while let Some(words) = self.store.trouble() {
            assert!(began.elapsed() < PATIENCE, "{what}: still {words}");
            std::thread::sleep(AT_ONCE);
        }
    }

    fn assert_whole(&self, what: &str) {
        let proof = self.store.read(verify::prove).unwrap();
        assert!(proof.is_whole(), "{what}: {:?}", proof.problems);
    }
}

/// One customer, one draft, issued, mailed, the mail accepted, paid. Each step looks first, as whoever tries again must.
/// Whether there was nothing left to do.
fn next_step(w: &mut Writer<'_>) -> Result<bool, Refusal> {
    let actor = Actor::owner("owner@example.com");
    let Some(ada) = w.customers(&[], None, 1)?.pop() else {
        let party = Party { name: "Ada".into(), email: "ada@example.com".into(), ..Party::default() };
        return customers::create(w, party).map(|_| false);
    };
    let Some((id, _)) = w.invoices(&Filter::default(), None, 1)?.pop() else {
        let unit_price = UnitPrice::parse("119.00").map_err(|_| Refusal::NotFound("price"))?;
        let line = Line { description: "A day of work".into(), unit_price, ..Line::default() };
        let content = Content { lines: vec![line], ..Content::blank(ada.id, Currency::EUR, Due::InDays(14)) };
        return drafts::create(w, content).map(|_| false);
    };
    let Some(Document::Issued(invoice)) = w.document(id)? else {
        return issue::issue(w, id, Book::Live, &actor).map(|_| false);
    };
    let Some(letter) = w.letters(None, 9)?.pop() else {
        return send_invoice(w, invoice.id, SignedDuration::ZERO, &actor).map(|_| false);
    };
    if matches!(letter.state, Delivery::Queued) {
        note_outcome(w, letter.id, "Invoice", &Outcome::Accepted { reply: "250 OK".into() })?;
        return Ok(false);
    }
    if w.payments_of_invoice(invoice.id)?.is_empty() {
        let method = Method::BankTransfer;
        let seen = Recorded { amount: 11_900, method, received_on: None, reference: "transfer".into() };
        return record(w, invoice.id, &seen, &actor).map(|_| false);
    }
    Ok(true)
}

/// A folder that was begun and closed, as it is before anything happens in it.
fn begun() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    Desk::open(folder.path(), &Wear::default()).unwrap().store.close().unwrap();
    folder
}

/// A life without any failure.
struct Undisturbed {
    /// Calls that opening takes, and all of it.
    opened: u64,
    closed: u64,
    /// What can be seen at its end.
    reached: usize,
}

fn undisturbed() -> Undisturbed {
    let (folder, wear) = (begun(), Wear::default());
    let desk = Desk::open(folder.path(), &wear).unwrap();
    let opened = wear.calls();
    assert!(desk.live().1.is_none());
    let reached = desk.reached();
    desk.store.close().unwrap();
    Undisturbed { opened, closed: wear.calls(), reached }
}

/// Plays the life with these calls failing, and then to its end on the same folder. Whether any of them was made.
fn play(failing: Range<u64>, expected: usize) -> bool {
    let (folder, wear, what) = (begun(), Wear::default(), format!("calls {failing:?}"));
    wear.fail(failing);
    let mut acknowledged = 0;
    if let Ok(desk) = Desk::open(folder.path(), &wear) {
        let (steps, refusal) = desk.live();
        acknowledged = steps;
        if let Some(refusal) = refusal {
            assert!(matches!(refusal, Refusal::Store(Error::InDoubt(_) | Error::ReadOnly(_))), "{what}: {refusal}");
            wear.fail(0..0);
            desk.wait_until_healed(&what);
            assert!(desk.reached() >= acknowledged, "{what}: {acknowledged} steps were acknowledged");
            assert!(desk.live().1.is_none(), "{what}");
            assert_eq!(desk.reached(), expected, "{what}");
            desk.assert_whole(&what);
        }
        // What is left may fail: nobody was promised that a file is closed cleanly.
        drop(desk.store.close());
    }
    wear.fail(0..0);
    let desk = Desk::open(folder.path(), &wear).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(desk.reached() >= acknowledged, "{what}");
    assert!(desk.live().1.is_none(), "{what}");
    assert_eq!(desk.reached(), expected, "{what}: nothing is missing, and nothing is there twice");
    desk.assert_whole(&what);
    wear.was_met()
}

#[test]
fn j4_an_error_at_any_call_of_an_invoices_life_ends_in_nothing_lost_and_nothing_doubled() {
    let Undisturbed { opened, closed, reached } = undisturbed();
    assert!(opened > 3 && closed > opened + 60, "{opened} {closed}");
    let met = (1..=closed).filter(|call| play(*call..*call + 1, reached)).count();
    assert!(met > 60, "only {met} calls failed");
}

#[test]
fn j4_a_disk_that_is_gone_for_a_while_at_any_call_comes_back() {
    let Undisturbed { closed, reached, .. } = undisturbed();
    for call in (1..=closed).step_by(5) {
        play(call..u64::MAX, reached);
    }
}

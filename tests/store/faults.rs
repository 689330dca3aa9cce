//! A disk that fails at the first, second, third … operation of an invoice's life, once or for good, or is full.
//!
//! Each time: whoever writes is told that the store is read-only, whoever reads goes on, nothing is half, and when the
//! disk is well again the store heals by itself and the life goes on where it stopped.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Instant;

use jiff::SignedDuration;
use quittance::actions::mailings::{Outcome, note_outcome, send_invoice};
use quittance::actions::{Refusal, issue};
use quittance::billing::credit_note::Settle;
use quittance::billing::credit_note::plan::What;
use quittance::billing::event::Event;
use quittance::billing::id::InvoiceId;
use quittance::billing::ledger::Book;
use quittance::billing::letter::{Delivery, Matter};
use quittance::store::invoices::Filter;
use quittance::store::{Error, Writer};

use super::business::{AT_ONCE, Business, NEVER, content, credit, open_checkout, owner, pay_checkout, refunded};
use super::disk::{Disk, Fault};
use crate::support::PATIENCE;

/// A store with a draft of an invoice over 119.00.
fn draft() -> (Vec<u8>, InvoiceId) {
    let disk = Disk::default();
    let business = Business::on(&disk, NEVER).unwrap();
    let ada = business.customer("Ada");
    let id = business.write(move |w| quittance::actions::drafts::create(w, content(ada, 11_900))).unwrap().id;
    business.store.close().unwrap();
    drop(business);
    (disk.image(), id)
}

/// How far the invoice has come: each step looks first, as whoever tries again must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Draft,
    Issued,
    Mailed,
    Opened,
    Paid,
    Receipted,
    Refunded,
    Credited,
}

/// In the order of a life.
const STAGES: [Stage; 8] = [
    Stage::Draft,
    Stage::Issued,
    Stage::Mailed,
    Stage::Opened,
    Stage::Paid,
    Stage::Receipted,
    Stage::Refunded,
    Stage::Credited,
];

fn stage(business: &Business, id: InvoiceId) -> Stage {
    business.read(|r| {
        if r.invoice(id)?.is_none() {
            return Ok(Stage::Draft);
        }
        if r.letter_about(&Matter::Invoice { invoice: id, ordinal: 1 })?.is_none() {
            return Ok(Stage::Issued);
        }
        if r.attempts_of_invoice(id, 1)?.is_empty() {
            return Ok(Stage::Mailed);
        }
        let Some(payment) = r.payments_of_invoice(id)?.pop() else { return Ok(Stage::Opened) };
        let receipt = r.letter_about(&Matter::Receipt { payment: payment.id })?;
        if !receipt.is_some_and(|letter| matches!(letter.state, Delivery::Sent { .. })) {
            return Ok(Stage::Paid);
        }
        Ok(match (r.refunds_of_invoice(id)?.is_empty(), r.credit_notes_of_invoice(id)?.is_empty()) {
            (true, _) => Stage::Receipted,
            (false, true) => Stage::Refunded,
            (false, false) => Stage::Credited,
        })
    })
}

fn next_step(w: &mut Writer<'_>, id: InvoiceId, stage: Stage) -> Result<(), Refusal> {
    let invoice = w.invoice(id)?;
    match (stage, invoice) {
        (Stage::Draft, None) => issue::issue(w, id, Book::Live, &owner()).map(drop),
        (Stage::Issued, Some(_)) => send_invoice(w, id, SignedDuration::ZERO, &owner()).map(drop),
        (Stage::Mailed, Some(invoice)) => open_checkout(w, &invoice, "cs_1").map(drop),
        (Stage::Opened, Some(_)) => pay_checkout(w, id, 11_900, "pi_1"),
        (Stage::Paid, Some(_)) => {
            let payment = w.payments_of_invoice(id)?.remove(0).id;
            let letter = w.letter_about(&Matter::Receipt { payment })?.ok_or(Refusal::NotFound("mail"))?;
            Ok(note_outcome(w, letter.id, "Receipt", &Outcome::Accepted { reply: "250 OK".into() })?)
        }
        (Stage::Receipted, Some(_)) => refunded(w, id),
        (Stage::Refunded, Some(_)) => credit(w, id, What::Amount(50), Settle::Invoice).map(drop),
        _ => Ok(()),
    }
}

/// Goes on with the life until its end or until a step fails; says how far it was acknowledged.
fn live(business: &Business, id: InvoiceId) -> (Stage, Option<Refusal>) {
    let mut reached = stage(business, id);
    while reached != Stage::Credited {
        if let Err(refusal) = business.write(move |w| next_step(w, id, reached)) {
            return (reached, Some(refusal));
        }
        reached = stage(business, id);
    }
    (reached, None)
}

/// What the change that met the failure is told, and what all that come after it are told.
fn is_in_doubt(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Store(Error::InDoubt(_)))
}

fn assert_read_only(business: &Business, refusal: &Refusal, what: &str) {
    assert!(matches!(refusal, Refusal::Store(Error::ReadOnly(_))), "{what}: {refusal}");
    let words = refusal.to_string();
    assert!(words.starts_with("the store is read-only since a write failed ("), "{what}: {words}");
    assert!(business.store.trouble().is_some(), "{what}");
}

/// Everything that the owner and the payer look at.
fn assert_reads(business: &Business, id: InvoiceId, at_least: Stage, what: &str) {
    let seen = stage(business, id);
    assert!(seen >= at_least, "{what}: {at_least:?} was acknowledged, {seen:?} is seen");
    assert_eq!(business.read(|r| r.invoices(&Filter::default(), None, 50)).len(), 1, "{what}");
    assert!(business.prove().is_whole(), "{what}: {:?}", business.prove().problems);
    if let Some(invoice) = business.read(|r| r.invoice(id)) {
        assert!(business.read(|r| r.invoice_by_link(invoice.link.token())).is_some(), "{what}");
    }
}

fn wait_until_healed(business: &Business, what: &str) {
    let began = Instant::now();
    while let Some(words) = business.store.trouble() {
        assert!(began.elapsed() < PATIENCE, "{what}: still {words}");
        std::thread::sleep(AT_ONCE);
    }
}

/// What a whole life takes on the disk.
fn operations(image: &[u8], id: InvoiceId) -> u64 {
    let disk = Disk::holding(image.to_vec());
    let business = Business::on(&disk, NEVER).unwrap();
    let before = disk.operations();
    assert_eq!(live(&business, id).0, Stage::Credited);
    disk.operations() - before
}

#[test]
fn an_error_at_any_operation_stops_nobody_for_long() {
    let (image, id) = draft();
    let mut failures = 0;
    for at in 1..=operations(&image, id) {
        let what = format!("error at operation {at}");
        let disk = Disk::holding(image.clone());
        let business = Business::on(&disk, AT_ONCE).unwrap();
        disk.fail(Fault::Once(at));
        let (acknowledged, refusal) = live(&business, id);
        failures += u64::from(refusal.is_some());
        if let Some(refusal) = &refusal {
            assert!(is_in_doubt(refusal), "{what}: {refusal}");
        }
        assert_reads(&business, id, acknowledged, &what);
        wait_until_healed(&business, &what);
        assert!(stage(&business, id) >= acknowledged, "{what}");
        assert_eq!(live(&business, id).0, Stage::Credited, "{what}");
        assert_reads(&business, id, Stage::Credited, &what);
        drop(business);
        let again = Business::on(&Disk::holding(disk.image()), NEVER).unwrap();
        assert_reads(&again, id, Stage::Credited, &what);
    }
    assert!(failures > 20, "only {failures} operations made a difference");
}

#[test]
fn a_disk_that_takes_no_writes_is_read_until_it_does() {
    let (image, id) = draft();
    let mut failures = 0;
    for at in (1..=operations(&image, id)).step_by(3) {
        let what = format!("no writes from operation {at}");
        let disk = Disk::holding(image.clone());
        let business = Business::on(&disk, AT_ONCE).unwrap();
        disk.fail(Fault::WritesFrom(at));
        let (acknowledged, Some(refusal)) = live(&business, id) else { continue };
        failures += 1;
        assert!(is_in_doubt(&refusal), "{what}: {refusal}");
        assert_reads(&business, id, acknowledged, &what);
        // Asked again, also after the store has tried for itself, it still says so and still can be read.
        std::thread::sleep(AT_ONCE * 3);
        let refusal = business.write(|w| Ok::<_, Refusal>(w.add_to_counter("sum", 1)?)).unwrap_err();
        assert_read_only(&business, &refusal, &what);
        assert_reads(&business, id, acknowledged, &what);
        disk.repair();
        wait_until_healed(&business, &what);
        assert_eq!(live(&business, id).0, Stage::Credited, "{what}");
        assert_reads(&business, id, Stage::Credited, &what);
    }
    assert!(failures > 20, "only {failures} operations made a difference");
}

#[test]
fn a_full_disk_is_read_and_heals_when_there_is_room() {
    let (image, id) = draft();
    let before = u64::try_from(image.len()).unwrap();
    let disk = Disk::holding(image);
    let business = Business::on(&disk, AT_ONCE).unwrap();
    assert_eq!(live(&business, id).0, Stage::Credited);
    disk.fill(before.max(u64::try_from(disk.image().len()).unwrap()));
    let mut written = 0_u64;
    let refusal = loop {
        let name = format!("filler {written}");
        match business.write(move |w| w.put_event(&super::business::event(&name.repeat(20), w.now()))) {
            Ok(()) => written += 1,
            Err(error) => break Refusal::Store(error),
        }
        assert!(written < 100_000, "it never fills up");
    };
    assert!(is_in_doubt(&refusal), "{refusal}");
    // Whether a smaller change would still fit is the disk's business; meanwhile everything can be read.
    assert_reads(&business, id, Stage::Credited, "full");
    assert_eq!(business.read(|r| r.count_pending_events()), written);
    disk.repair();
    wait_until_healed(&business, "room");
    business.write(|w| w.add_to_counter("sum", 1)).unwrap();
    assert_eq!(business.read(|r| r.count_pending_events()), written);
    business.assert_whole();
}

#[test]
fn nothing_at_all_works_and_then_it_does() {
    let (image, id) = draft();
    for at in (1..=operations(&image, id)).step_by(5) {
        let what = format!("nothing from operation {at}");
        let disk = Disk::holding(image.clone());
        let business = Business::on(&disk, AT_ONCE).unwrap();
        disk.fail(Fault::Everything(at));
        let acknowledged = {
            let mut reached = Stage::Draft;
            // What a reader sees meanwhile depends on what is in memory, so only the answers to writes count.
            while reached != Stage::Credited && business.write(move |w| next_step(w, id, reached)).is_ok() {
                reached = STAGES.into_iter().find(|next| *next > reached).unwrap_or(reached);
            }
            reached
        };
        disk.repair();
        wait_until_healed(&business, &what);
        assert_reads(&business, id, acknowledged, &what);
        assert_eq!(live(&business, id).0, Stage::Credited, "{what}");
        business.assert_whole();
    }
}

#[test]
fn a_store_that_healed_wakes_everybody() {
    let disk = Disk::default();
    let business = Business::on(&disk, AT_ONCE).unwrap();
    disk.fail(Fault::WritesFrom(1));
    business.write(|w| w.add_to_counter("sum", 1)).unwrap_err();
    disk.repair();
    let signals = business.store.signals();
    business.runtime.block_on(async {
        for bell in [&signals.inbox, &signals.outbox, &signals.attempts] {
            tokio::time::timeout(PATIENCE, bell.notified()).await.unwrap();
        }
    });
}

/// After a failed write redb shows only what it has in memory; this store is larger than that.
#[test]
fn what_is_not_in_memory_can_be_read_too() {
    const EVENTS: usize = 40;
    const PAYLOAD_BYTES: usize = 600_000;
    let disk = Disk::default();
    let business = Business::on(&disk, NEVER).unwrap();
    business
        .write(|w| {
            (0..EVENTS).try_for_each(|n| {
                let payload = "x".repeat(PAYLOAD_BYTES);
                w.put_event(&Event { payload, ..super::business::event(&format!("evt_{n}"), w.now()) })
            })
        })
        .unwrap();
    disk.fail(Fault::WritesFrom(1));
    business.write(|w| w.add_to_counter("sum", 1)).unwrap_err();
    for n in 0..EVENTS {
        assert!(business.read(|r| r.event(&format!("evt_{n}"))).is_some(), "event {n}");
    }
    business.assert_whole();
}

//! A data file of which half is waste gives the room back at the start, and whatever happens meanwhile loses nothing.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::Timestamp;
use quittance::billing::event::{Event, Handling};
use quittance::billing::standing::Status;
use quittance::store::FILE_USED;

use super::business::{Business, NEVER, event};
use super::disk::{Chance, Disk, Fault};

const INVOICES: u64 = 20;
/// Events of one change, of 32 KiB each: with those of the other changes twice what is waste enough.
const EVENTS: usize = 50;
/// Moments at which the power is cut.
const CUTS: u64 = 12;

/// What is on a disk whose file has grown by messages that were forgotten since; everything that was not lies between them.
fn wasteful() -> Vec<u8> {
    let disk = Disk::default();
    let business = Business::on(&disk, NEVER).unwrap();
    let ada = business.customer("Ada");
    for day in 0..INVOICES {
        business.invoice(ada, 500);
        let message = "a message of Stripe's ".repeat(1_500);
        let arrive = move |w: &mut quittance::store::Writer<'_>| {
            (0..EVENTS).try_for_each(|n| {
                let (now, payload) = (w.now(), message.clone());
                let state = Handling::Done { at: now };
                w.put_event(&Event { payload, state, ..event(&format!("evt_{day}_{n}"), now) })
            })
        };
        business.write(arrive).unwrap();
    }
    while business.write(|w| w.forget_events(Timestamp::MAX, 200)).unwrap().0 > 0 {}
    let used = business.store.read_long(|r| r.used_bytes()).unwrap();
    business.write(move |w| w.put_counter(FILE_USED, used)).unwrap();
    business.store.close().unwrap();
    drop(business);
    disk.image()
}

fn length(disk: &Disk) -> u64 {
    u64::try_from(disk.image().len()).unwrap()
}

fn is_all_there(business: &Business) {
    business.assert_whole();
    assert_eq!(business.read(|r| r.count_by_status(Status::Open)), INVOICES);
}

#[test]
fn half_of_the_file_goes_back_to_the_disk_if_it_has_the_room_for_that() {
    let disk = Disk::holding(wasteful());
    let before = length(&disk);
    let business = Business::on(&disk, NEVER).unwrap();
    assert_eq!(business.store.compact(before, Some(0)).unwrap(), None, "there is no room");
    assert_eq!(business.store.compact(15 << 20, None).unwrap(), None, "so little is not worth it");
    assert_eq!(length(&disk), before);
    let compacted = business.store.compact(before, None).unwrap().unwrap();
    assert_eq!(compacted.before_bytes, before);
    let after = length(&disk);
    assert!(after < before / 2, "{before} bytes became {after}");
    is_all_there(&business);
    business.customer("Grace");
    assert_eq!(business.read(|r| r.counter(FILE_USED)), 0, "a start that is killed meanwhile does not begin again");
    assert_eq!(business.store.compact(before, None).unwrap(), None, "once is enough");
    business.store.close().unwrap();
    is_all_there(&Business::on(&disk, NEVER).unwrap());
}

#[test]
fn a_file_that_nobody_has_looked_at_is_left_alone() {
    let disk = Disk::holding(wasteful());
    let business = Business::on(&disk, NEVER).unwrap();
    business.write(|w| w.put_counter(FILE_USED, 0)).unwrap();
    assert_eq!(business.store.compact(length(&disk), None).unwrap(), None);
    // What was noted is not believed either: much may have been written since.
    business.write(|w| w.put_counter(FILE_USED, 1)).unwrap();
    let full = business.store.compact(length(&disk), None).unwrap();
    assert!(full.is_some_and(|compacted| compacted.used_bytes > 1));
}

#[test]
fn j10_a_power_cut_meanwhile_loses_nothing() {
    let image = wasteful();
    let operations = {
        let disk = Disk::holding(image.clone());
        let business = Business::on(&disk, NEVER).unwrap();
        let before = disk.operations();
        business.store.compact(length(&disk), None).unwrap().unwrap();
        usize::try_from(disk.operations() - before).unwrap()
    };
    for seed in 0..CUTS {
        let (mut chance, disk) = (Chance::from_seed(seed), Disk::holding(image.clone()));
        let business = Business::on(&disk, NEVER).unwrap();
        disk.fail(Fault::Everything(1 + u64::try_from(chance.below(operations)).unwrap()));
        drop(business.store.compact(u64::try_from(image.len()).unwrap(), None));
        drop(business);
        let disk = Disk::holding(disk.after_power_cut(&mut chance));
        let business = Business::on(&disk, NEVER).unwrap();
        is_all_there(&business);
        // It is tried again once somebody has looked again.
        business.write(|w| w.put_counter(FILE_USED, 1)).unwrap();
        business.store.compact(length(&disk), None).unwrap();
        assert!(length(&disk) <= u64::try_from(image.len()).unwrap() / 2, "seed {seed}");
        is_all_there(&business);
    }
}

#[test]
fn a_disk_that_fails_meanwhile_stops_no_start() {
    let image = wasteful();
    let disk = Disk::holding(image.clone());
    let business = Business::on(&disk, NEVER).unwrap();
    disk.fail(Fault::Once(100));
    assert_eq!(business.store.compact(length(&disk), None).unwrap(), None);
    is_all_there(&business);
    business.customer("Grace");
}

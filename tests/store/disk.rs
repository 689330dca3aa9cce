//! A disk in memory that fails as real ones do: out of space, worn, or without power in the middle of a write.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use quittance::store::{Access, Error};
use redb::StorageBackend;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// A disk; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What a reader sees.
    live: Vec<u8>,
    /// What is there after a power cut in any case.
    durable: Vec<u8>,
    /// What was written since, oldest first: of this any part may be there, or not.
    pending: Vec<Pending>,
    operations: u64,
    syncs: u64,
    fault: Option<Fault>,
    bytes_max: Option<u64>,
    lies: bool,
    sync_takes: Duration,
}

#[derive(Clone, Debug)]
enum Pending {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// What goes wrong, counted in operations from the first.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// This one operation fails.
    Once(u64),
    /// From this operation on nothing can be written; it can be read.
    WritesFrom(u64),
    /// From this operation on nothing works at all.
    Everything(u64),
}

impl Disk {
    /// A disk that holds what an earlier one held.
    pub fn holding(image: Vec<u8>) -> Self {
        let disk = Self::default();
        *disk.state() = State { live: image.clone(), durable: image, ..State::default() };
        disk
    }

    /// For `Store::over`.
    pub fn medium(&self) -> impl Fn(Access) -> Result<Self, Error> + Send + Sync + 'static {
        let disk = self.clone();
        move |_| Ok(disk.clone())
    }

    pub fn image(&self) -> Vec<u8> {
        self.state().live.clone()
    }

    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// Lets it fail, counting from now.
    pub fn fail(&self, fault: Fault) {
        let mut state = self.state();
        state.operations = 0;
        state.fault = Some(fault);
    }

    /// Lets it grow to this size at most.
    pub fn fill(&self, bytes_max: u64) {
        self.state().bytes_max = Some(bytes_max);
    }

    /// Everything works again.
    pub fn repair(&self) {
        let mut state = self.state();
        (state.fault, state.bytes_max) = (None, None);
    }

    /// Says that it has written what it has not.
    pub fn lie(&self) {
        self.state().lies = true;
    }

    pub fn slow_down(&self, sync_takes: Duration) {
        self.state().sync_takes = sync_takes;
    }

    /// What may be on it after the power was cut: all that was synced, and any part of the rest.
    pub fn after_power_cut(&self, chance: &mut Chance) -> Vec<u8> {
        let state = self.state();
        let mut image = state.durable.clone();
        let mut pending = state.pending.clone();
        let in_order = chance.below(4) == 0;
        if chance.below(4) == 0 {
            chance.shuffle(&mut pending);
        }
        let reached = if in_order { chance.below(pending.len() + 1) } else { pending.len() };
        for operation in pending.iter().take(reached) {
            match operation {
                Pending::Length(bytes) if in_order || chance.below(2) == 0 => image.resize(*bytes, 0),
                Pending::Length(_) => {}
                Pending::Write(offset, data) => tear(&mut image, *offset, data, in_order, chance),
            }
        }
        image
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

/// Writes those sectors of `data` that made it.
fn tear(image: &mut Vec<u8>, offset: usize, data: &[u8], whole: bool, chance: &mut Chance) {
    let mut done = 0;
    while done < data.len() {
        let at = offset + done;
        let bytes = (SECTOR_BYTES - at % SECTOR_BYTES).min(data.len() - done);
        if whole || chance.below(2) == 0 {
            image.resize(image.len().max(at + bytes), 0);
            image[at..at + bytes].copy_from_slice(&data[done..done + bytes]);
        }
        done += bytes;
    }
}

impl State {
    /// Counts an operation, and fails if it is its turn.
    fn next(&mut self, writes: bool) -> io::Result<()> {
        self.operations += 1;
        let fails = match self.fault {
            Some(Fault::Once(at)) => self.operations == at,
            Some(Fault::WritesFrom(at)) => writes && self.operations >= at,
            Some(Fault::Everything(at)) => self.operations >= at,
            None => false,
        };
        if fails { Err(io::Error::other("the disk failed")) } else { Ok(()) }
    }

    fn grow(&mut self, bytes: usize) -> io::Result<()> {
        if self.bytes_max.is_some_and(|most| to_u64(bytes) > most) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.live.resize(bytes, 0);
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.state();
        state.next(false)?;
        Ok(to_u64(state.live.len()))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.state();
        state.next(false)?;
        let offset = to_usize(offset);
        let read = state.live.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(read);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.next(true)?;
        state.grow(to_usize(len))?;
        state.pending.push(Pending::Length(to_usize(len)));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let takes = self.state().sync_takes;
        std::thread::sleep(takes);
        let mut state = self.state();
        state.next(true)?;
        state.syncs += 1;
        if !state.lies {
            let State { durable, pending, .. } = &mut *state;
            for operation in pending.drain(..) {
                match operation {
                    Pending::Length(bytes) => durable.resize(bytes, 0),
                    Pending::Write(offset, data) => {
                        durable.resize(durable.len().max(offset + data.len()), 0);
                        durable[offset..offset + data.len()].copy_from_slice(&data);
                    }
                }
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let outcome = state.next(true);
        if matches!(state.fault, Some(Fault::Everything(at)) if state.operations > at) {
            return outcome;
        }
        // A write that fails has written part of it.
        let data = if outcome.is_ok() { data } else { &data[..data.len() / 2] };
        let (offset, end) = (to_usize(offset), to_usize(offset) + data.len());
        if end > state.live.len() {
            state.grow(end)?;
        }
        state.live[offset..end].copy_from_slice(data);
        state.pending.push(Pending::Write(offset, data.to_vec()));
        outcome
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap()
}

/// Chance that a seed repeats.
pub struct Chance(u64);

impl Chance {
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, by Vigna's splitmix64.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        to_usize((mixed ^ (mixed >> 31)) % to_u64(end))
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

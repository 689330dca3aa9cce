//! A medium that is read and never written: what redb writes on it stays in memory.
//!
//! After a write failed, a redb handle refuses to read what it has not in memory, and to open another it wants to
//! write a little. Through this it is opened all the same, on a full disk, a worn one, or one that the system made
//! read-only: the owner and the payers go on seeing their invoices.

use std::io;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

#[derive(Debug)]
pub(super) struct Frozen<B> {
    beneath: B,
    beneath_bytes: u64,
    over: Mutex<Over>,
}

/// What was done since, oldest first. It is little: no change is let in, so only recovery and closing write.
#[derive(Debug)]
struct Over {
    bytes: u64,
    done: Vec<Done>,
}

#[derive(Debug)]
enum Done {
    Wrote {
        offset: u64,
        data: Vec<u8>,
    },
    /// Everything from here on was cut off; what grows there later is nothing but zeros.
    Cut {
        from: u64,
    },
}

impl<B: StorageBackend> Frozen<B> {
    pub(super) fn new(beneath: B) -> io::Result<Self> {
        let bytes = beneath.len()?;
        Ok(Self { beneath, beneath_bytes: bytes, over: Mutex::new(Over { bytes, done: Vec::new() }) })
    }

    fn over(&self) -> MutexGuard<'_, Over> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: StorageBackend> StorageBackend for Frozen<B> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.over().bytes)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let over = self.over();
        let wanted = offset..end(offset, out)?;
        if wanted.end > over.bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let beneath = within(&wanted, &(0..self.beneath_bytes));
        out.fill(0);
        if !beneath.is_empty() {
            self.beneath.read(offset, &mut out[beneath])?;
        }
        for done in &over.done {
            match done {
                Done::Wrote { offset: at, data } => {
                    let written = *at..end(*at, data)?;
                    let (to, from) = (within(&wanted, &written), within(&written, &wanted));
                    out[to].copy_from_slice(&data[from]);
                }
                Done::Cut { from } => out[within(&wanted, &(*from..u64::MAX))].fill(0),
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut over = self.over();
        if len < over.bytes {
            over.done.push(Done::Cut { from: len });
        }
        over.bytes = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut over = self.over();
        over.bytes = over.bytes.max(end(offset, data)?);
        over.done.push(Done::Wrote { offset, data: data.to_vec() });
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.beneath.close()
    }
}

fn end(offset: u64, data: &[u8]) -> io::Result<u64> {
    let bytes = u64::try_from(data.len()).map_err(io::Error::other)?;
    offset.checked_add(bytes).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Where the common part of both ranges lies within the first; empty if there is none.
fn within(first: &Range<u64>, second: &Range<u64>) -> Range<usize> {
    let place = |at: u64| usize::try_from(at.clamp(first.start, first.end) - first.start).unwrap_or(usize::MAX);
    let (start, end) = (place(second.start), place(second.end));
    if start < end { start..end } else { 0..0 }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::Frozen;
    use redb::StorageBackend;
    use redb::backends::InMemoryBackend;

    fn shown(frozen: &Frozen<InMemoryBackend>) -> Vec<u8> {
        let mut all = vec![9; usize::try_from(frozen.len().unwrap()).unwrap()];
        frozen.read(0, &mut all).unwrap();
        all
    }

    #[test]
    fn writes_are_seen_and_do_not_reach_what_lies_beneath() {
        let beneath = InMemoryBackend::new();
        beneath.set_len(6).unwrap();
        beneath.write(0, b"abcdef").unwrap();
        let frozen = Frozen::new(beneath).unwrap();
        frozen.write(1, b"XY").unwrap();
        frozen.write(5, b"Z!").unwrap();
        assert_eq!(shown(&frozen), b"aXYdeZ!");
        let mut part = [0; 3];
        frozen.read(2, &mut part).unwrap();
        assert_eq!(&part, b"Yde");
        let mut kept = [0; 6];
        frozen.beneath.read(0, &mut kept).unwrap();
        assert_eq!(&kept, b"abcdef");
    }

    #[test]
    fn what_was_cut_off_does_not_come_back() {
        let beneath = InMemoryBackend::new();
        beneath.set_len(4).unwrap();
        beneath.write(0, b"abcd").unwrap();
        let frozen = Frozen::new(beneath).unwrap();
        frozen.set_len(2).unwrap();
        assert!(frozen.read(0, &mut [0; 3]).is_err(), "it ends earlier now");
        frozen.set_len(5).unwrap();
        frozen.write(4, b"e").unwrap();
        assert_eq!(shown(&frozen), b"ab\0\0e");
    }
}

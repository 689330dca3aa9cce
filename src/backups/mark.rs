//! The mark that stands behind a backup, by which an installation knows what it made itself.
//!
//! The rule it keeps: a mark is an HMAC of all that stands before it, under a key that follows from `master.key` alone. So
//! whoever may write where backups lie can change one, or take its mark away, and make none that seems to be made here. A
//! backup without a mark of ours may be good all the same, since `master.key` is easily lost with the machine: that is said,
//! and for that alone nothing is refused.

use std::io::{self, Read, Write};

use hmac::Mac;

use crate::store::vault::Marker;

/// What stands before the mark; no stream of gzip ends with it by accident.
const TITLE: &[u8] = b"\nquittance-mark 1\n";
const MAC_BYTES: usize = 32;
const MARK_BYTES: usize = TITLE.len() + MAC_BYTES;
/// Bytes that are read at a time.
const PIECE_BYTES: usize = 64 << 10;

/// Where a backup comes from, as far as that can be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It bears the mark of this key.
    Here,
    /// It bears the mark of another key, or one that somebody made up.
    Elsewhere,
    /// It bears no mark.
    Unmarked,
    /// It bears a mark, and there is no key to compare it with.
    NoKey,
}

/// Passes a backup on, and marks it at its end. Without a key it gets no mark.
pub struct Marking<W> {
    out: W,
    marker: Option<Marker>,
}

impl<W: Write> Marking<W> {
    pub fn new(out: W, marker: Option<Marker>) -> Self {
        Self { out, marker }
    }

    /// # Errors
    /// The mark cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        if let Some(marker) = self.marker {
            self.out.write_all(TITLE)?;
            self.out.write_all(&marker.finalize().into_bytes())?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Marking<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        if let Some(marker) = &mut self.marker {
            marker.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Reads a backup without its mark.
pub struct Marked<R> {
    input: R,
    marker: Option<Marker>,
    /// Read and not passed on: the end of it may be the mark.
    held: Vec<u8>,
    is_at_end: bool,
    mark: Option<Vec<u8>>,
}

impl<R: Read> Marked<R> {
    pub fn new(input: R, marker: Option<Marker>) -> Self {
        Self { input, marker, held: Vec::new(), is_at_end: false, mark: None }
    }

    /// Where it comes from; to be asked once all of it was read.
    #[must_use]
    pub fn origin(self) -> Origin {
        let Some(mark) = self.mark else { return Origin::Unmarked };
        let Some(marker) = self.marker else { return Origin::NoKey };
        if marker.verify_slice(&mark).is_ok() { Origin::Here } else { Origin::Elsewhere }
    }

    /// Reads on until there is something that is not the mark, or nothing more.
    fn fill(&mut self) -> io::Result<()> {
        while !self.is_at_end && self.held.len() <= MARK_BYTES {
            let piece = u64::try_from(PIECE_BYTES).map_err(io::Error::other)?;
            if self.input.by_ref().take(piece).read_to_end(&mut self.held)? == 0 {
                self.is_at_end = true;
                self.take_mark();
            }
        }
        Ok(())
    }

    fn take_mark(&mut self) {
        let Some(begin) = self.held.len().checked_sub(MARK_BYTES) else { return };
        if self.held[begin..].starts_with(TITLE) {
            self.mark = Some(self.held[begin + TITLE.len()..].to_vec());
            self.held.truncate(begin);
        }
    }
}

impl<R: Read> Read for Marked<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let free = if self.is_at_end { self.held.len() } else { self.held.len() - MARK_BYTES };
        let count = free.min(bytes.len());
        bytes[..count].copy_from_slice(&self.held[..count]);
        if let Some(marker) = &mut self.marker {
            marker.update(&bytes[..count]);
        }
        self.held.drain(..count);
        Ok(count)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::{Read, Write};

    use super::{MARK_BYTES, Marked, Marker, Marking, Origin, PIECE_BYTES};
    use crate::store::vault::Vault;

    fn key(byte: u8) -> Option<Marker> {
        Vault::under(&[byte; 32]).unwrap().marker()
    }

    fn marked(plain: &[u8], key: Option<Marker>) -> Vec<u8> {
        let mut marking = Marking::new(Vec::new(), key);
        marking.write_all(plain).unwrap();
        marking.finish().unwrap()
    }

    fn read(bytes: &[u8], key: Option<Marker>) -> (Vec<u8>, Origin) {
        let (mut plain, mut reading) = (Vec::new(), Marked::new(bytes, key));
        reading.read_to_end(&mut plain).unwrap();
        (plain, reading.origin())
    }

    #[test]
    fn what_was_marked_comes_back_and_is_known_under_its_key_alone() {
        for length in [0, 1, MARK_BYTES - 1, MARK_BYTES, PIECE_BYTES - MARK_BYTES, PIECE_BYTES, 3 * PIECE_BYTES + 7] {
            let plain: Vec<u8> = (0..=255).cycle().take(length).collect();
            let copy = marked(&plain, key(1));
            assert_eq!(copy.len(), length + MARK_BYTES);
            for (key, origin) in [(key(1), Origin::Here), (key(2), Origin::Elsewhere), (None, Origin::NoKey)] {
                assert_eq!(read(&copy, key), (plain.clone(), origin), "{length}");
            }
            assert_eq!(marked(&plain, None), plain, "without a key there is no mark");
            assert_eq!(read(&plain, key(1)), (plain.clone(), Origin::Unmarked));
        }
    }

    #[test]
    fn nothing_that_was_changed_or_cut_is_made_here() {
        let copy = marked(b"books of a small business", key(1));
        for place in 0..copy.len() {
            let mut changed = copy.clone();
            changed[place] ^= 1;
            assert_ne!(read(&changed, key(1)).1, Origin::Here, "{place}");
            assert_ne!(read(&copy[..place], key(1)).1, Origin::Here, "{place}");
        }
        assert_ne!(read(&[copy.as_slice(), b"x"].concat(), key(1)).1, Origin::Here);
    }
}

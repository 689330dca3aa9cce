//! A copy of the books, written and put back at once: what is stored is what came out the same.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::encryption::seal;
use super::mark::{Marked, Marking};
use super::place::{Digest, Hashed};
use crate::config::Recipient;
use crate::store::Store;
use crate::store::backup::{BackupError, PutBack, put_back};
use crate::store::vault::Marker;

/// What is written at a time.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces that may wait to be put back: what one transaction of that takes, so that neither waits for the other's turn of work.
const PIECES_WAITING: usize = 64;

/// Writes a copy of this moment into `file`, durably, and puts what is written back at `scratch` meanwhile.
///
/// # Errors
/// It cannot be written or put back, or what came of it is not what was copied.
pub(super) fn copied(
    store: &Store,
    file: &File,
    marker: Option<Marker>,
    scratch: &Path,
) -> Result<(Digest, PutBack), BackupError> {
    let (pieces, waiting) = sync_channel(PIECES_WAITING);
    thread::scope(|scope| {
        let theirs = marker.clone();
        let putting_back = scope.spawn(move || put_back(Marked::new(Taking::of(waiting), theirs), scratch));
        let written = written(store, file, Giving(pieces), marker);
        let put_back = putting_back.join().unwrap_or_else(|panic| resume_unwind(panic));
        match (written, put_back) {
            // Nobody took the rest of it: why is the other's to say.
            (Err(BackupError::Stream(broken)), Err(error)) if broken.kind() == io::ErrorKind::BrokenPipe => Err(error),
            (written, put_back) => Ok((written?, put_back?)),
        }
    })
}

fn written(store: &Store, file: &File, giving: Giving, marker: Option<Marker>) -> Result<Digest, BackupError> {
    let out = BufWriter::with_capacity(PIECE_BYTES, Both(Both(file, Hashed::default()), giving));
    let out = store.copy(Marking::new(out, marker))?.finish()?;
    // With that nothing more is given: whoever takes of it learns that this is all.
    let Both(Both(file, hashed), _) = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(hashed.digest())
}

/// Encrypts `plain` into `file`, durably, and says what came of it.
///
/// # Errors
/// The one cannot be read or the other written.
pub(super) fn encrypted(plain: File, file: &File, recipients: &[Recipient]) -> io::Result<Digest> {
    let mut out = seal(BufWriter::new(Both(file, Hashed::default())), recipients)?;
    io::copy(&mut BufReader::new(plain), &mut out)?;
    let Both(file, hashed) = out.finish()?.into_inner()?;
    file.sync_all()?;
    Ok(hashed.digest())
}

/// Writes the same to the one and to the other.
struct Both<A, B>(A, B);

impl<A: Write, B: Write> Write for Both<A, B> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(bytes)?;
        self.1.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        self.1.flush()
    }
}

/// Gives what is written to another thread.
struct Giving(SyncSender<Vec<u8>>);

impl Write for Giving {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads what another thread gives.
struct Taking {
    pieces: Receiver<Vec<u8>>,
    piece: io::Cursor<Vec<u8>>,
}

impl Taking {
    fn of(pieces: Receiver<Vec<u8>>) -> Self {
        Self { pieces, piece: io::Cursor::default() }
    }
}

impl Read for Taking {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(bytes)?;
            if read > 0 || bytes.is_empty() {
                return Ok(read);
            }
            let Ok(next) = self.pieces.recv() else { return Ok(0) };
            self.piece = io::Cursor::new(next);
        }
    }
}

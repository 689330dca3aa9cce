//! A copy is put back: read into a new file, proven, and only then given the name of the data file.
//!
//! Whatever is wrong with the copy, the folder's data is afterwards as it was.

use std::io::{self, BufRead, BufReader, Read};
use std::ops::Bound;
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use redb::{CursorError, Database, ReadableDatabase, TableDefinition};

use super::backup::{BackupError, END, Hashing, Header, MAGIC, ROW};
use super::contents::Contents;
use super::file::{self, DataFile, FILE_NAME, UNFINISHED_NAME};
use super::handle;
use super::snapshot::Snapshot;
use super::table::{Reader, Source};
use super::verify::{self, Proof};
use super::{migrate, register, writer};
use crate::clock::Clock;

/// Bytes that one transaction of a restore holds, so that its memory is bounded.
const BYTES_PER_COMMIT: usize = 32 << 20;
/// The longest key or value that is believed: far over any record, far under the memory of a small server.
const FIELD_BYTES_MAX: u32 = 16 << 20;
/// What is unpacked ahead, and read ahead to unpack.
const PLAIN_BYTES: usize = 256 << 10;
const PACKED_BYTES: usize = 64 << 10;
const TABLE_NAME_BYTES_MAX: usize = 64;
const HEADER_BYTES_MAX: u64 = 64 << 10;
const DIGEST_BYTES: usize = 32;

const TOO_EARLY: BackupError = BackupError::Damaged("it ends too early");

/// What was put back, and where what was there before is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub header: Header,
    pub kept: Option<PathBuf>,
    /// Whether the list of the numbers that were given out is beside the data, so that those given since the copy was made
    /// are known.
    pub knows_numbers: bool,
    /// Names of the API tokens that are good again, those among them that were taken back since.
    pub tokens: Vec<String>,
}

/// Puts a copy into `folder`, which must be empty or, with `force`, keeps its data under another name.
///
/// # Errors
/// The folder is in use or not empty, or the copy is damaged or not whole. The folder is then as it was, or missing again.
pub fn restore(folder: &Path, copy: impl Read, force: bool, clock: &Clock) -> Result<Restored, BackupError> {
    if !force && let Some(holds) = file::anything_in(folder)? {
        return Err(BackupError::NotEmpty { folder: folder.display().to_string(), holds });
    }
    let traces = file::Traces::before(folder);
    let outcome = restore_into(folder, copy, clock);
    if outcome.is_err() {
        traces.remove();
    }
    outcome
}

fn restore_into(folder: &Path, copy: impl Read, clock: &Clock) -> Result<Restored, BackupError> {
    file::make_folder(folder)?;
    let _lock = file::lock(folder)?;
    let path = folder.join(FILE_NAME);
    let fresh = folder.join(UNFINISHED_NAME);
    let outcome = fill(folder, &fresh, copy, clock);
    if outcome.is_err() {
        file::remove(&fresh)?;
    }
    let (header, knows_numbers, tokens) = outcome?;
    let moment = clock.now().as_millisecond();
    let kept = file::exists(&path)?.then(|| path.with_extension(format!("replaced-{moment}")));
    if let Some(kept) = &kept {
        file::keep_as(&path, kept)?;
    }
    file::publish(&fresh, &path)?;
    Ok(Restored { header, kept, knows_numbers, tokens })
}

/// A folder in which a restore was cut off holds nothing, and yet is no place for a new beginning.
pub(super) fn refuse_unfinished(folder: &Path) -> Result<(), super::Error> {
    if file::exists(&folder.join(UNFINISHED_NAME))? {
        return Err(super::Error::Unfinished(folder.display().to_string()));
    }
    Ok(())
}

/// Whether `file` begins as a copy does.
pub fn is_backup(file: impl Read) -> bool {
    let mut beginning = Vec::new();
    let length = u64::try_from(MAGIC.len()).unwrap_or_default();
    let read = GzDecoder::new(BufReader::new(file)).take(length).read_to_end(&mut beginning);
    read.is_ok() && beginning == MAGIC.as_bytes()
}

/// Fills the file at `path` with the copy, and notes in it what it may lack; whether the numbers are known that were given
/// since, and the names of its tokens.
fn fill(
    folder: &Path,
    path: &Path,
    copy: impl Read,
    clock: &Clock,
) -> Result<(Header, bool, Vec<String>), BackupError> {
    let PutBack { database, header } = PutBack::of(copy, path)?;
    prove(&database)?;
    let (knows_numbers, tokens) = {
        let moment = database.begin_read().map_err(super::Error::from)?;
        let snapshot = Snapshot::of(&moment);
        let reader = Reader(Source::Snapshot(&snapshot));
        let tokens = reader.api_tokens()?.into_iter().map(|token| token.name).collect();
        (register::covers(folder, reader)?, tokens)
    };
    writer::change(&database, clock.now(), |w| {
        if !knows_numbers {
            w.lose_numbers(header.made_at)?;
        }
        w.fall_behind(header.made_at)
    })?;
    database.close().map_err(super::Error::from)?;
    Ok((header, knows_numbers, tokens))
}

/// What a copy turned out to be.
#[derive(Debug)]
pub struct Examined {
    pub header: Header,
    /// What was counted when it was put back.
    pub proof: Proof,
}

/// Proves a copy by putting it back into a new file at `scratch`, which is gone again afterwards, whatever it came to.
///
/// # Errors
/// The copy is damaged or not whole, or there is no room for the file.
pub fn examine(copy: impl Read, scratch: &Path) -> Result<Examined, BackupError> {
    let examined = PutBack::of(copy, scratch).and_then(PutBack::proven);
    file::remove(scratch)?;
    examined
}

/// A copy that was put back into a new file, and holds what it says of itself. Its books are not proven yet.
pub struct PutBack {
    database: Database,
    pub header: Header,
}

impl PutBack {
    /// Reads a copy into a new file at `path` and compares what came of it with its header: the rows of each table, the sums of
    /// the ledger, the head of the journal.
    ///
    /// # Errors
    /// The copy is damaged, or there is no room for the file.
    pub(super) fn of(copy: impl Read, path: &Path) -> Result<Self, BackupError> {
        let database = handle::database(DataFile::create(path)?)?;
        let header = read_copy(&database, copy)?;
        if let Some(counted) = &header.contents {
            let moment = database.begin_read().map_err(super::Error::from)?;
            if let Some(what) = counted.differs(&Contents::of(&moment)?) {
                return Err(BackupError::Damaged(what));
            }
        }
        // The copy itself is what a migration must keep.
        if migrate::is_behind(&database)? {
            migrate::to_present(&database)?;
        }
        let moment = database.begin_read().map_err(super::Error::from)?;
        if !header.is_of(Reader(Source::Snapshot(&Snapshot::of(&moment))))? {
            return Err(BackupError::Damaged("its header is another's"));
        }
        Ok(Self { database, header })
    }

    /// Proves the books in it; the file is closed afterwards.
    ///
    /// # Errors
    /// They are not whole.
    pub fn proven(self) -> Result<Examined, BackupError> {
        Ok(Examined { proof: prove(&self.database)?, header: self.header })
    }
}

fn prove(database: &Database) -> Result<Proof, BackupError> {
    let moment = database.begin_read().map_err(super::Error::from)?;
    let proof = verify::prove(Reader(Source::Snapshot(&Snapshot::of(&moment))))?;
    match proof.problems.first() {
        Some(problem) => Err(BackupError::NotWhole(problem.clone())),
        None => Ok(proof),
    }
}

fn read_copy(database: &Database, copy: impl Read) -> Result<Header, BackupError> {
    let mut source = Hashing::new(BufReader::with_capacity(
        PLAIN_BYTES,
        GzDecoder::new(BufReader::with_capacity(PACKED_BYTES, copy)),
    ));
    if source.line()? != MAGIC {
        return Err(BackupError::Damaged("it does not begin like one"));
    }
    let header: Header = serde_json::from_str(&source.line()?).map_err(|_| BackupError::Damaged("its header"))?;
    let known = migrate::present_format();
    if header.format > known {
        return Err(super::Error::Newer { found: header.format, known }.into());
    }
    let mut rows = Rows::of(&mut source);
    let mut is_more = rows.advance()?;
    while is_more {
        is_more = rows.store(database)?;
    }
    let (mut rest, digest) = source.finish();
    let mut stored = [0; DIGEST_BYTES];
    rest.read_exact(&mut stored).map_err(unread)?;
    if stored[..] != digest[..] {
        return Err(BackupError::Damaged("its check sum"));
    }
    ends(rest)?;
    Ok(header)
}

/// That nothing comes behind the end; reading up to it also checks what gzip says of itself.
fn ends<R: Read>(mut rest: BufReader<GzDecoder<BufReader<R>>>) -> Result<(), BackupError> {
    let inside = rest.read(&mut [0]).map_err(unread)?;
    let mut copy = rest.into_inner().into_inner();
    if inside == 0 && copy.fill_buf()?.is_empty() {
        Ok(())
    } else {
        Err(BackupError::Damaged("it goes on after its end"))
    }
}

/// The rows of a copy, one after another. The room of one is used again for the next.
struct Rows<'s, R> {
    source: &'s mut R,
    table: Vec<u8>,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl<'s, R: Read> Rows<'s, R> {
    fn of(source: &'s mut R) -> Self {
        Self { source, table: Vec::new(), key: Vec::new(), value: Vec::new() }
    }

    /// Goes on to the next row; whether there is one.
    fn advance(&mut self) -> Result<bool, BackupError> {
        let mut mark = [END];
        self.source.read_exact(&mut mark).map_err(unread)?;
        match mark {
            [END] => Ok(false),
            [ROW] => {
                for field in [&mut self.table, &mut self.key, &mut self.value] {
                    read_field(self.source, field)?;
                }
                Ok(true)
            }
            _ => Err(BackupError::Damaged("a row's beginning")),
        }
    }

    /// Stores rows, from the one that was read last on, by one transaction; whether there are more.
    ///
    /// They come table by table in the order of their keys, so that they are laid one behind the other, and no place is looked
    /// for.
    fn store(&mut self, database: &Database) -> Result<bool, BackupError> {
        let transaction = database.begin_write().map_err(super::Error::from)?;
        let (mut is_more, mut bytes) = (true, 0);
        while is_more && bytes < BYTES_PER_COMMIT {
            let name = table_name(&self.table)?;
            let mut table =
                transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(name)).map_err(super::Error::from)?;
            let mut end = table.upper_bound_mut(Bound::<&[u8]>::Unbounded).map_err(super::Error::from)?;
            let name = name.to_owned();
            while is_more && bytes < BYTES_PER_COMMIT && self.table == name.as_bytes() {
                end.insert_before(self.key.as_slice(), self.value.as_slice()).map_err(misplaced)?;
                bytes += self.key.len() + self.value.len();
                is_more = self.advance()?;
            }
            end.close().map_err(super::Error::from)?;
        }
        transaction.commit().map_err(super::Error::from)?;
        Ok(is_more)
    }
}

fn misplaced(error: CursorError) -> BackupError {
    match error {
        CursorError::Storage(error) => super::Error::from(error).into(),
        _ => BackupError::Damaged("the order of its rows"),
    }
}

/// A table's name. A damaged one may be anything, and redb does not take every name.
fn table_name(bytes: &[u8]) -> Result<&str, BackupError> {
    let fits = |name: &&str| {
        (1..=TABLE_NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'))
    };
    str::from_utf8(bytes).ok().filter(fits).ok_or(BackupError::Damaged("a table's name"))
}

fn read_field(source: &mut impl Read, field: &mut Vec<u8>) -> Result<(), BackupError> {
    let mut length = [0; 4];
    source.read_exact(&mut length).map_err(unread)?;
    let length = u32::from_be_bytes(length);
    if length > FIELD_BYTES_MAX {
        return Err(BackupError::Damaged("a record is too large"));
    }
    field.clear();
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    // Piece by piece: a damaged length must not cost memory that is not there.
    while field.len() < length {
        let begin = field.len();
        field.resize(length.min(begin + PLAIN_BYTES), 0);
        source.read_exact(&mut field[begin..]).map_err(unread)?;
    }
    Ok(())
}

/// What could not be read: because of what it is, or because of where it is.
fn unread(error: io::Error) -> BackupError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => TOO_EARLY,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => BackupError::Damaged("its compression"),
        _ => BackupError::Stream(error),
    }
}

impl<T: BufRead> Hashing<T> {
    fn line(&mut self) -> Result<String, BackupError> {
        let mut line = String::new();
        self.inner.by_ref().take(HEADER_BYTES_MAX).read_line(&mut line).map_err(unread)?;
        self.hash(line.as_bytes());
        Ok(line)
    }
}

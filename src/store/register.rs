//! The register of numbers: a list beside the data file, with one line for each number that an invoice, a credit
//! note or an invoice over a fee was given.
//!
//! The rule it keeps: a number is on the list, on disk, before anybody hears of it. If the list cannot be written, on a full
//! disk say, that is logged, the document stands, and the number is written with the next one. When an older backup is put in the
//! place of the data, the list stays as it is; so the numbers that were given out since are known at the next start,
//! are noted in the data as lost, and are never given to other invoices. What else such a backup lacks is for
//! reconciliation and for the owner. The data names its list: where another one lies beside it, or none, it was put there from
//! elsewhere, and numbers may have been given since that nobody here knows of. Each appliance has a list of its own: one that
//! begins anew in the same folder, or another one's backup, knows nothing of the numbers that were given there before.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use redb::Database;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::file;
use super::handle::Handle;
use super::ids;
use super::journal::{Sealed, Sort};
use super::snapshot::Snapshot;
use super::table::{Order, Reader, Source, Span};
use super::tables::{CREDIT_NOTE_BY_NUMBER, FEE_INVOICE_BY_NUMBER, INVOICE_BY_NUMBER, JOURNAL, LOST_NUMBERS};
use super::writer::{self, Writer};
use crate::billing::id::{CreditNoteId, FeeInvoiceId, InvoiceId};

const TITLE: &str = "quittance-numbers 1\n";
/// How the second line begins, which names the list. Lists of older versions have no name.
const NAMED: &str = "list ";
/// Title and name are no longer.
const HEAD_BYTES: usize = 128;
/// How the mark begins by which the data names its list.
const MARK: &str = "numbers.list ";
/// What is read from the list's end at a start: about a thousand numbers. More only if none of them is in the data.
const TAIL_BYTES: u64 = 64 << 10;
/// Seals that are looked through for invoices that the list lacks: those of the last commit before a kill, at most.
const SEALS_MAX: usize = 2_000;

/// Where an appliance's list is.
pub(super) fn path(folder: &Path, appliance: &str) -> PathBuf {
    folder.join(format!("numbers.{appliance}"))
}

/// A document that has a number. Written as its id, which says what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Numbered {
    Invoice(InvoiceId),
    CreditNote(CreditNoteId),
    FeeInvoice(FeeInvoiceId),
}

/// A number, and the document that it was given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub number: String,
    pub to: Numbered,
    pub at: Timestamp,
}

/// What is known of a number that was given out and whose document is not in the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The document that had it; an invoice is called so at Stripe, too.
    #[serde(rename = "invoice")]
    pub document: Numbered,
    pub given_at: Timestamp,
    pub noticed_at: Timestamp,
}

/// The list.
pub(super) struct Register {
    file: File,
    /// Tells it from another list of the same appliance.
    name: Option<String>,
    /// How long it is without what could not be written.
    bytes: u64,
    /// Numbers that could not be written down yet.
    waiting: Vec<Given>,
}

impl Register {
    /// Opens the appliance's list in `folder`, making it if need be; also whether it was there.
    fn open(folder: &Path, appliance: &str) -> Result<(Self, bool), Error> {
        let path = path(folder, appliance);
        let was_there = file::exists(&path)?;
        if !was_there {
            let fresh = path.with_extension("new");
            file::write(&fresh, format!("{TITLE}{NAMED}{:032x}\n", ids::entropy()?).as_bytes())?;
            file::publish(&fresh, &path)?;
        }
        let open = || {
            let file = File::options().read(true).write(true).open(&path)?;
            let name = name_in(&file)?;
            let mut register = Self { bytes: file.metadata()?.len(), file, name, waiting: Vec::new() };
            // The end of a line that was being written when the power went.
            register.bytes -= register.read_from(register.bytes.saturating_sub(TAIL_BYTES))?.1;
            Ok(register)
        };
        open().map(|register| (register, was_there)).map_err(|source| file::unusable(&path, source))
    }

    /// Writes numbers down, and those that could not be written before. It is done when they are on disk.
    pub(super) fn add(&mut self, given: Vec<Given>) -> io::Result<()> {
        self.waiting.extend(given);
        if self.waiting.is_empty() {
            return Ok(());
        }
        let lines: String = self.waiting.iter().map(Given::line).collect();
        self.file.write_all_at(lines.as_bytes(), self.bytes)?;
        self.file.sync_data()?;
        self.bytes += u64::try_from(lines.len()).map_err(io::Error::other)?;
        self.waiting.clear();
        Ok(())
    }

    /// The numbers that were given out and of which the data knows nothing, oldest first. The data is as it was at some
    /// moment, so they are the last ones on the list.
    pub(super) fn unknown(&self, reader: Reader<'_>) -> Result<Vec<Given>, Error> {
        let mut from = self.bytes.saturating_sub(TAIL_BYTES);
        loop {
            let mut unknown = Vec::new();
            let mut met_known = false;
            for given in self.lines(from)?.into_iter().rev() {
                met_known = reader.has_given(&given.number)?;
                if met_known {
                    break;
                }
                unknown.push(given);
            }
            if met_known || from == 0 {
                unknown.reverse();
                return Ok(unknown);
            }
            from = 0;
        }
    }

    /// What it is to these books.
    fn matched(&self, books: Reader<'_>) -> Result<Match, Error> {
        if self.name != books.list_of_numbers()? {
            return Ok(Match::Foreign);
        }
        Ok(match last_given(books) {
            Ok(Some(last)) if !self.has(last)? => Match::Short,
            // Of a damaged journal `verify` tells.
            _ => Match::Whole,
        })
    }

    fn has(&self, document: Numbered) -> Result<bool, Error> {
        let is_it = |given: Given| given.to == document;
        let tail = self.lines(self.bytes.saturating_sub(TAIL_BYTES))?;
        Ok(tail.into_iter().any(is_it) || self.lines(0)?.into_iter().any(is_it))
    }

    /// Adds the documents at the journal's end that the list lacks: the program was killed between storing and listing
    /// them, or they are of a time before there was a list.
    pub(super) fn catch_up(&mut self, reader: Reader<'_>) -> Result<(), Error> {
        let tail = self.lines(self.bytes.saturating_sub(TAIL_BYTES))?;
        let listed: BTreeSet<Numbered> = tail.into_iter().map(|given| given.to).collect();
        let (mut missing, mut seen) = (Vec::new(), 0);
        reader.walk(&JOURNAL, Span::all(), Order::Descending, |_, seal| {
            seen += 1;
            let issued = numbered_by(&seal);
            if seen > SEALS_MAX || issued.is_some_and(|id| listed.contains(&id)) {
                return Ok(ControlFlow::Break(()));
            }
            missing.extend(issued);
            Ok(ControlFlow::Continue(()))
        })?;
        let mut given = Vec::new();
        for to in missing.into_iter().rev() {
            let found = match to {
                Numbered::Invoice(id) => reader.invoice(id)?.map(|invoice| (invoice.number, invoice.issued_at)),
                Numbered::CreditNote(id) => reader.credit_note(id)?.map(|note| (note.number, note.issued_at)),
                Numbered::FeeInvoice(id) => reader.fee_invoice(id)?.map(|fee| (fee.number, fee.issued_at)),
            };
            given.extend(found.map(|(number, at)| Given { number, to, at }));
        }
        self.add(given).map_err(unusable)
    }

    fn lines(&self, from: u64) -> Result<Vec<Given>, Error> {
        let read = self.read_from(from).map_err(unusable)?;
        Ok(read.0.lines().filter_map(Given::of_line).collect())
    }

    /// The whole lines from `from` on, and how many bytes come behind them.
    fn read_from(&self, from: u64) -> io::Result<(String, u64)> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(from))?;
        file.take(self.bytes.saturating_sub(from)).read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let behind = u64::try_from(bytes.len() - end).map_err(io::Error::other)?;
        Ok((String::from_utf8_lossy(&bytes[..end]).into_owned(), behind))
    }
}

impl Numbered {
    fn of_text(id: &str) -> Option<Self> {
        let invoice = || id.parse().map(Self::Invoice).ok();
        let note = || id.parse().map(Self::CreditNote).ok();
        invoice().or_else(note).or_else(|| id.parse().map(Self::FeeInvoice).ok())
    }
}

impl std::fmt::Display for Numbered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invoice(id) => id.fmt(f),
            Self::CreditNote(id) => id.fmt(f),
            Self::FeeInvoice(id) => id.fmt(f),
        }
    }
}

impl Given {
    fn line(&self) -> String {
        format!("{} {} {}\n", self.number, self.to, self.at)
    }

    /// `None` of a title, of a line whose beginning was not read, and of what this version does not know.
    fn of_line(line: &str) -> Option<Self> {
        let (number, rest) = line.split_once(' ')?;
        let (id, at) = rest.split_once(' ')?;
        Some(Self { number: number.to_owned(), to: Numbered::of_text(id)?, at: at.parse().ok()? })
    }
}

/// The name of a list; none in one of an older version.
fn name_in(file: &File) -> io::Result<Option<String>> {
    let mut head = [0; HEAD_BYTES];
    let length = file.read_at(&mut head, 0)?;
    let text = String::from_utf8_lossy(&head[..length]);
    let named = text.strip_prefix(TITLE).and_then(|rest| rest.strip_prefix(NAMED)?.split_once('\n'));
    Ok(named.map(|(name, _)| name.to_owned()))
}

/// Whether the list beside the data in `folder` has all numbers that were given since these books: it is the one that they
/// name, and has the last one that they know. One that was put back itself, with an older copy of the whole folder, has not.
pub(super) fn covers(folder: &Path, books: Reader<'_>) -> Result<bool, Error> {
    let appliance = books.appliance()?;
    if !file::exists(&path(folder, &appliance))? {
        return Ok(false);
    }
    Ok(Register::open(folder, &appliance)?.0.matched(books)? == Match::Whole)
}

/// The document that was the last to get a number.
fn last_given(books: Reader<'_>) -> Result<Option<Numbered>, Error> {
    let mut last = None;
    books.walk(&JOURNAL, Span::all(), Order::Descending, |_, seal| {
        last = numbered_by(&seal);
        Ok(if last.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(last)
}

/// The document that a seal is of, if it has a number.
fn numbered_by(seal: &Sealed) -> Option<Numbered> {
    match seal.kind {
        Sort::Invoice | Sort::CreditNote | Sort::FeeInvoice => Numbered::of_text(&seal.key),
        _ => None,
    }
}

/// What the list beside the data is to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// It has every number that was given since.
    Whole,
    /// It lacks the last number that the data knows: the program was killed before it was listed, or the list is an older one.
    Short,
    /// It is not there, or not the one that the data names.
    Foreign,
}

/// Compares the data with the list of numbers beside it, and notes which of them the data does not know any more.
pub(super) fn compare(handle: &Handle, folder: &Path, now: Timestamp) -> Result<(Register, Match), Error> {
    let moment = handle.snapshot()?;
    let snapshot = Snapshot::of(&moment);
    let reader = Reader(Source::Snapshot(&snapshot));
    let (mut register, was_there) = Register::open(folder, &reader.appliance()?)?;
    let found = if was_there { register.matched(reader)? } else { Match::Foreign };
    let unknown = register.unknown(reader)?;
    if let [first, ..] = unknown.as_slice() {
        tracing::warn!(
            numbers = unknown.len(),
            from = first.number,
            "the data is older than the numbers that were given out: a backup was put back. They are not given again"
        );
        handle.writable(|database| note_lost(database, &unknown, now))?;
    }
    match register.catch_up(reader) {
        Err(error @ (Error::Unreadable { .. } | Error::Damaged { .. })) => {
            // `verify` names it; a start must not fail for it.
            tracing::warn!(%error, "whether every number is listed beside the data could not be seen");
        }
        outcome => outcome?,
    }
    Ok((register, found))
}

/// Notes in the data which list is beside it now.
pub(super) fn name(handle: &Handle, register: &Register, now: Timestamp) -> Result<(), Error> {
    let moment = handle.snapshot()?;
    let named = Reader(Source::Snapshot(&Snapshot::of(&moment))).list_of_numbers()?;
    if named == register.name {
        return Ok(());
    }
    handle.writable(|database| {
        writer::change(database, now, |writer| {
            if let Some(former) = &named {
                writer.remove_mark(&format!("{MARK}{former}"))?;
            }
            register.name.iter().try_for_each(|name| writer.put_mark(&format!("{MARK}{name}"), now))
        })
    })
}

/// Notes in the data that these numbers are not to be given again, and that it is older than they are.
fn note_lost(database: &Database, lost: &[Given], now: Timestamp) -> Result<(), Error> {
    writer::change(database, now, |writer| {
        for Given { number, to, at } in lost {
            writer.put_lost_number(number, &Lost { document: *to, given_at: *at, noticed_at: now })?;
            writer.fall_behind(*at)?;
        }
        Ok(())
    })
}

fn unusable(source: io::Error) -> Error {
    file::unusable(Path::new("numbers"), source)
}

impl Writer<'_> {
    /// Notes that a number was given to a document that is not here, so that no other gets it.
    pub fn put_lost_number(&mut self, number: &str, lost: &Lost) -> Result<(), Error> {
        self.put(&LOST_NUMBERS, &number.to_owned(), lost)
    }
}

impl Reader<'_> {
    /// Numbers that were given out before an older backup was put in the place of the data, and whose documents are
    /// therefore not here.
    pub fn lost_numbers(&self) -> Result<Vec<(String, Lost)>, Error> {
        self.all(&LOST_NUMBERS, Span::all(), Order::Ascending)
    }

    /// The name of the list of numbers that lies beside this data; none before there was one, or of an older version's.
    pub(super) fn list_of_numbers(&self) -> Result<Option<String>, Error> {
        Ok(self.marks_under(MARK)?.into_iter().next().map(|(name, _)| name))
    }

    /// Whether a number was given to a document that is not here.
    pub fn is_lost(&self, number: &str) -> Result<bool, Error> {
        self.has(&LOST_NUMBERS, &number.to_owned())
    }

    /// Whether a number was ever given to a document, be it here or not.
    pub fn has_given(&self, number: &str) -> Result<bool, Error> {
        let number = number.to_owned();
        Ok(self.has(&INVOICE_BY_NUMBER, &number)?
            || self.has(&CREDIT_NOTE_BY_NUMBER, &number)?
            || self.has(&FEE_INVOICE_BY_NUMBER, &number)?
            || self.has(&LOST_NUMBERS, &number)?)
    }
}

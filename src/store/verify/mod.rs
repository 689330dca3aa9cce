//! Proof that the stored data is whole: the journal's chain, the ledger's sums, every derived row rebuilt, and every
//! record readable.
//!
//! It reads one snapshot and changes nothing. What it finds are sentences for a person. A record that cannot be read
//! is one of them and ends nothing: whoever has to mend the data wants to know everything that is broken.

mod chains;
mod credit_notes;
mod disputes;
mod facts;
mod fee_invoices;
mod money;
mod movements;
mod refunds;
mod seals;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use redb::ReadTransaction;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::derived::Rows;
use super::error::Error;
use super::journal::{Sealed, Sort, digest, hex};
use super::key::Key;
use super::snapshot::Snapshot;
use super::table::{Order, Raw, Reader, Source, Span, Table};
use super::tables::{DERIVED, JOURNAL};
use seals::{Claim, Seals};

/// Sentences that one proof lists: enough to see what kind of damage it is.
const PROBLEMS_MAX: usize = 200;

/// What was counted and what is broken.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Proof {
    pub invoices: u64,
    pub payments: u64,
    pub entries: u64,
    pub seals: u64,
    /// The latest hash of the journal: keep it to prove later that nothing before it was changed.
    pub journal_head: String,
    /// Numbers whose invoices are not here because a backup was put back that is older than they are. The data is
    /// whole all the same.
    #[serde(default)]
    pub lost_numbers: Vec<String>,
    /// Documents of which numbers may have been given that are not known here, for the same reason.
    #[serde(default)]
    pub numbers_unknown: Vec<String>,
    pub problems: Vec<String>,
    /// Names of secrets that whoever asked cannot read, for want of their key. The data is whole all the same.
    #[serde(default)]
    pub unreadable_secrets: Vec<String>,
}

impl Proof {
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    /// What one part of the proof found, beside others: each finds something else.
    fn add(&mut self, other: Self) {
        self.invoices += other.invoices;
        self.payments += other.payments;
        self.entries += other.entries;
        self.seals += other.seals;
        self.journal_head.push_str(&other.journal_head);
        self.lost_numbers.extend(other.lost_numbers);
        self.numbers_unknown.extend(other.numbers_unknown);
        self.problems.extend(other.problems);
        self.unreadable_secrets.extend(other.unreadable_secrets);
    }

    fn problem(&mut self, words: String) {
        match self.problems.len() {
            PROBLEMS_MAX => self.problems.push("and more; these are the first".into()),
            listed if listed > PROBLEMS_MAX => {}
            _ => self.problems.push(words),
        }
    }
}

/// Every invariant of one moment's data. Takes some seconds for a hundred thousand invoices, so ask with
/// [`super::Store::read_long`], where nobody waits for the answer.
///
/// # Errors
/// The store cannot be read at all.
pub fn prove(reader: Reader<'_>) -> Result<Proof, Error> {
    match prove_whole(reader)? {
        Some(proof) => Ok(proof),
        None => prove_by_name(reader),
    }
}

/// The proof of books that are whole, its parts side by side; none of others.
fn prove_whole(reader: Reader<'_>) -> Result<Option<Proof>, Error> {
    let Source::Snapshot(snapshot) = reader.0 else { return Ok(None) };
    let mut whole = Check::begin(reader, Seals::summed()?);
    let (moment, seals, next) = (snapshot.transaction, &whole.seals, &AtomicUsize::new(0));
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(Check::PARTS.len());
    let shares: Vec<Option<Share>> = thread::scope(|scope| {
        let work = || scope.spawn(|| prove_parts(moment, seals.part(), next));
        let working: Vec<_> = (0..threads).map(|_| work()).collect();
        working.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    for share in shares {
        let Some(share) = share else { return Ok(None) };
        whole.add(share);
    }
    whole.derived_tables()?;
    Ok((whole.proof.is_whole() && whole.seals.is_nought()).then_some(whole.proof))
}

/// Goes through parts that nobody has begun, until none is left or something is broken.
fn prove_parts(moment: &ReadTransaction, seals: Seals, next: &AtomicUsize) -> Option<Share> {
    let snapshot = Snapshot::of(moment);
    let mut check = Check::begin(Reader(Source::Snapshot(&snapshot)), seals);
    while let Some(part) = Check::PARTS.get(next.fetch_add(1, Ordering::Relaxed)) {
        if part(&mut check).is_err() || !check.proof.is_whole() {
            next.store(Check::PARTS.len(), Ordering::Relaxed);
            return None;
        }
    }
    Some(Share { proof: check.proof, seals: check.seals, derived: check.derived })
}

/// The proof that names everything that is broken.
fn prove_by_name(reader: Reader<'_>) -> Result<Proof, Error> {
    let mut check = Check::begin(reader, Seals::listed()?);
    for part in Check::PARTS {
        let read = part(&mut check);
        check.unless_damaged(read, "some of what belongs together could not be compared")?;
    }
    if check.is_cut_short {
        check.proof.problem("what could not be read could not be compared with the rest either".to_owned());
        return Ok(check.proof);
    }
    check.derived_tables()?;
    check.sealed_facts_exist();
    Ok(check.proof)
}

struct Check<'r> {
    reader: Reader<'r>,
    proof: Proof,
    /// Seals whose facts have not come by yet.
    seals: Seals,
    /// How many rows each derived table should have.
    derived: BTreeMap<&'static str, u64>,
    /// Whether a part of the file could not be read further.
    is_cut_short: bool,
}

/// Something that can be proven by itself.
type Part<C> = fn(&mut C) -> Result<(), Error>;

/// What came of some of the parts.
struct Share {
    proof: Proof,
    seals: Seals,
    derived: BTreeMap<&'static str, u64>,
}

impl<'r> Check<'r> {
    /// What can be proven by itself, in the order in which what is broken is listed: the journal comes before what it seals.
    const PARTS: [Part<Self>; 8] = [
        Self::journal,
        Self::ledger,
        Self::documents,
        Self::payments,
        Self::further_money,
        Self::log,
        Self::facts,
        Self::disputes,
    ];

    fn begin(reader: Reader<'r>, seals: Seals) -> Self {
        Self { reader, proof: Proof::default(), seals, derived: BTreeMap::new(), is_cut_short: false }
    }

    fn add(&mut self, share: Share) {
        self.proof.add(share.proof);
        self.seals.add(&share.seals);
        for (table, rows) in share.derived {
            *self.derived.entry(table).or_default() += rows;
        }
    }
}

impl Check<'_> {
    /// Shows every record of a table to `visit`; those that cannot be read are noted and passed over.
    fn each<K: Key, V: DeserializeOwned>(
        &mut self,
        table: &Table<K, V>,
        mut visit: impl FnMut(&mut Self, K, V) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let reader = self.reader;
        let walked = reader.walk_raw(table.raw(), Span::all(), Order::Ascending, &mut |key, value| {
            let outcome = match table.record(key, value) {
                Some((key, value)) => visit(self, key, value),
                None => Err(table.unreadable()),
            };
            match outcome {
                Err(Error::Unreadable { table: unreadable }) => {
                    let record = record_name(table, key);
                    self.proof.problem(if table.name == unreadable {
                        format!("{record} cannot be read")
                    } else {
                        format!("{record} needs one of {unreadable} that cannot be read")
                    });
                }
                Err(Error::Damaged { place }) => {
                    self.is_cut_short = true;
                    let record = record_name(table, key);
                    self.proof.problem(format!("{record} needs {place}, which is damaged"));
                }
                other => other?,
            }
            Ok(ControlFlow::Continue(()))
        });
        self.unless_damaged(
            walked,
            &format!("{} could not be read further: the data file is damaged there", table.name),
        )
    }

    /// Makes a sentence of damage, so that the rest is looked at all the same.
    fn unless_damaged(&mut self, read: Result<(), Error>, words: &str) -> Result<(), Error> {
        match read {
            Err(error) if error.is_damage() => {
                self.is_cut_short = true;
                self.proof.problem(words.to_owned());
                Ok(())
            }
            other => other,
        }
    }

    fn journal(&mut self) -> Result<(), Error> {
        let (mut expected, mut previous) = (1, Sealed::origin());
        self.each(&JOURNAL, |check, seq, seal| {
            if seq != expected || !seal.follows(&previous, seq) {
                check.proof.problem(format!("the journal's chain is broken at {seq}"));
            }
            expected = seq.saturating_add(1);
            check.proof.seals += 1;
            previous.clone_from(&seal.hash);
            let name = format!("{} {}", seal.kind, seal.key);
            if !check.seals.seal(seal.kind, seal.key, seal.digest) {
                check.proof.problem(format!("the journal seals {name} twice"));
            }
            Ok(())
        })?;
        self.proof.journal_head = previous;
        Ok(())
    }

    /// That the fact is sealed as it is stored.
    fn sealed<V: Serialize>(&mut self, kind: Sort, key: &str, fact: &V) -> Result<(), Error> {
        let words = match self.seals.claim(kind, key, &digest(fact)?) {
            Claim::Sealed => return Ok(()),
            Claim::Otherwise => "is not what the journal sealed",
            Claim::Nowhere => "is not in the journal",
        };
        self.proof.problem(format!("{kind} {key} {words}"));
        Ok(())
    }

    fn sealed_facts_exist(&mut self) {
        for words in self.seals.left_over() {
            self.proof.problem(words);
        }
        // Whatever else there may be: what has no name is not whole either.
        if self.proof.is_whole() && !self.seals.is_nought() {
            self.proof.problem("what the journal seals and what is stored are not the same".to_owned());
        }
    }

    /// That each of these rows is there with this value.
    fn expect(&mut self, rows: Rows) -> Result<(), Error> {
        for row in rows.0 {
            *self.derived.entry(row.table).or_default() += 1;
            if self.reader.get_raw(Raw::new(row.table), &row.key)?.as_ref() != Some(&row.value) {
                self.proof.problem(format!("a row of {} is not what the facts say", row.table));
            }
        }
        Ok(())
    }

    /// That a record is there which another one names.
    fn refers<K: Key, V>(&mut self, who: &str, table: &Table<K, V>, key: &K) -> Result<(), Error> {
        if !self.reader.has(table, key)? {
            self.proof.problem(format!("{who} names a record of {} that is not there", table.name));
        }
        Ok(())
    }

    /// That no derived table has a row too many.
    fn derived_tables(&mut self) -> Result<(), Error> {
        for table in DERIVED {
            let rows = self.reader.length(Raw::new(table))?;
            let expected = self.derived.get(table).copied().unwrap_or(0);
            if rows != expected {
                self.proof.problem(format!("{table} has {rows} rows where the facts make {expected}"));
            }
        }
        Ok(())
    }
}

/// A record in words that lead a person to it, as far as its key can be read.
fn record_name<K: Key, V>(table: &Table<K, V>, key: &[u8]) -> String {
    let name = K::from_bytes(key).map_or_else(|| hex(key), |key| key.shown());
    format!("the record {name} of {}", table.name)
}

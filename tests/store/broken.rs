//! Broken on purpose: whatever is changed behind the store's back, the proof names it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use quittance::store::vault::Vault;
use quittance::store::verify::prove;
use quittance::store::{Error, FILE_NAME, Store};
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition, TableHandle};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::business::{Business, clock, fill_every_table};
use super::disk::Chance;

/// Tables whose records nothing else speaks of: that one is gone cannot be known.
const NOT_MISSED: [&str; 17] = [
    "api_tokens.1",
    "backups.1",
    "certificates.1",
    "counters.1",
    "endpoints.1",
    "home.1",
    "lost_numbers.1",
    "marks.1",
    "observed_endpoints.1",
    "old_host.1",
    "owners.1",
    "pursuits.1",
    "remembered.1",
    "runs.1",
    "secrets.1",
    "sessions.1",
    "settings.1",
];
/// How many tables there are. A new one must be filled in [`fill_every_table`], so that it is broken here too.
const TABLES: usize = 85;

/// A record as the store writes it: format, check sum over table, key and JSON, JSON.
pub fn record(table: &str, key: &[u8], json: &[u8]) -> Vec<u8> {
    let sum = crc32fast::hash(&[table.as_bytes(), &[0], key, json].concat());
    [&[1], sum.to_be_bytes().as_slice(), json].concat()
}

/// A file with a row in every table, and a place for broken copies of it.
struct Sample {
    folder: TempDir,
    whole: Vec<u8>,
}

impl Sample {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let business = Business::in_folder(folder.path());
        fill_every_table(&business, &Vault::under(&[7; 32]).unwrap());
        business.assert_whole();
        drop(business);
        let whole = std::fs::read(folder.path().join(FILE_NAME)).unwrap();
        Self { folder, whole }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(FILE_NAME)
    }

    fn tables(&self) -> Vec<String> {
        std::fs::write(self.path(), &self.whole).unwrap();
        let database = Database::open(self.path()).unwrap();
        let snapshot = database.begin_read().unwrap();
        let tables: Vec<String> = snapshot.list_tables().unwrap().map(|handle| handle.name().to_owned()).collect();
        for table in &tables {
            let rows = snapshot.open_table(TableDefinition::<&[u8], &[u8]>::new(table)).unwrap().len().unwrap();
            assert!(rows > 0, "the sample has nothing in {table}");
        }
        tables
    }

    /// What a proof says after `change` was made to a row of a table, chosen by chance.
    fn break_row(&self, table: &str, change: impl Fn(&[u8], &[u8]) -> Option<Vec<u8>>) -> String {
        std::fs::write(self.path(), &self.whole).unwrap();
        change_row(&self.path(), table, change);
        match Store::open(self.folder.path(), clock()) {
            Ok(store) => store.read(prove).unwrap().problems.join("\n"),
            Err(error @ Error::Unreadable { .. }) => error.to_string(),
            Err(error) => panic!("{table}: {error}"),
        }
    }
}

fn change_row(path: &Path, table: &str, change: impl Fn(&[u8], &[u8]) -> Option<Vec<u8>>) {
    let database = Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut rows = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(table)).unwrap();
        let all: Vec<_> = rows
            .iter()
            .unwrap()
            .map(|row| row.map(|(k, v)| (k.value().to_vec(), v.value().to_vec())).unwrap())
            .collect();
        let (key, value) = &all[Chance::from_seed(u64::try_from(table.len()).unwrap()).below(all.len())];
        match change(key, value) {
            Some(changed) => drop(rows.insert(key.as_slice(), changed.as_slice()).unwrap()),
            None => drop(rows.remove(key.as_slice()).unwrap()),
        }
    }
    transaction.commit().unwrap();
}

#[test]
fn a_byte_of_any_table_that_changed_is_named() {
    let sample = Sample::new();
    let tables = sample.tables();
    assert_eq!(tables.len(), TABLES, "{tables:?}");
    for table in tables {
        let mut chance = Chance::from_seed(5);
        let places: Vec<usize> = (0..2).map(|_| chance.below(1 << 20)).collect();
        for place in places {
            let said = sample.break_row(&table, |_, value| {
                let mut changed = value.to_vec();
                let at = place % changed.len();
                changed[at] ^= 1 << (place % 8);
                Some(changed)
            });
            assert!(said.contains(&table), "{table}: {said}");
        }
    }
}

#[test]
fn a_row_of_any_table_that_is_gone_is_named() {
    let sample = Sample::new();
    for table in sample.tables().iter().filter(|table| !NOT_MISSED.contains(&table.as_str())) {
        let said = sample.break_row(table, |_, _| None);
        assert_ne!(said, "", "{table}");
    }
}

/// Rewriting with a check sum that is right: what somebody with bad intentions does.
#[test]
fn a_sealed_fact_that_was_rewritten_is_named() {
    let sample = Sample::new();
    for (table, from, to) in [
        ("ledger.1", "2026-11-22T09:00:00Z", "2026-11-21T09:00:00Z"),
        ("log.1", "2026-11-22T09:00:00Z", "2026-11-21T09:00:00Z"),
        ("payments.1", "payer@example.com", "other@example.com"),
        ("invoices.1", "A day of work", "A day of rest"),
        ("reviews.1", "seen", "lies"),
        ("journal.1", "2026-11-22T09:00:00Z", "2026-11-21T09:00:00Z"),
    ] {
        let mut said = String::new();
        // Not every row of a table holds the words; the first that does is rewritten.
        std::fs::write(sample.path(), &sample.whole).unwrap();
        rewrite(&sample.path(), table, from, to);
        if let Ok(store) = Store::open(sample.folder.path(), clock()) {
            said = store.read(prove).unwrap().problems.join("\n");
        }
        assert!(said.contains("is not what the journal sealed") || said.contains("chain is broken"), "{table}: {said}");
        assert!(!said.contains("cannot be read"), "{table}: {said}");
    }
}

/// The chain is right then, and the fact is as it was sealed; it is only that somebody with bad intentions was at work.
#[test]
fn a_fact_that_is_sealed_twice_is_named() {
    let sample = Sample::new();
    std::fs::write(sample.path(), &sample.whole).unwrap();
    let database = Database::open(sample.path()).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut rows = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new("journal.1")).unwrap();
        let (key, mut seal) = {
            let (key, value) = rows.last().unwrap().unwrap();
            let seal: serde_json::Value = serde_json::from_slice(&value.value()[5..]).unwrap();
            ((u64::from_be_bytes(key.value().try_into().unwrap()) + 1), seal)
        };
        let mut hasher = Sha256::new();
        for part in [&seal["hash"], &key.to_string().into(), &seal["at"], &seal["kind"], &seal["key"], &seal["digest"]]
        {
            hasher.update(part.as_str().unwrap());
            hasher.update([0]);
        }
        seal["hash"] = data_encoding::HEXLOWER.encode(&hasher.finalize()).into();
        let again = record("journal.1", &key.to_be_bytes(), seal.to_string().as_bytes());
        rows.insert(key.to_be_bytes().as_slice(), again.as_slice()).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    let said = Store::open(sample.folder.path(), clock()).unwrap().read(prove).unwrap().problems;
    assert!(said.len() == 1 && said[0].starts_with("the journal seals ") && said[0].ends_with(" twice"), "{said:?}");
}

pub fn rewrite(path: &Path, table: &str, from: &str, to: &str) {
    let database = Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut rows = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(table)).unwrap();
        let (key, json) = rows
            .iter()
            .unwrap()
            .map(|row| {
                row.map(|(k, v)| (k.value().to_vec(), String::from_utf8(v.value()[5..].to_vec()).unwrap())).unwrap()
            })
            .find(|(_, json)| json.contains(from) && !(table == "invoices.1" && json.contains("\"draft\"")))
            .unwrap();
        let changed = record(table, &key, json.replace(from, to).as_bytes());
        rows.insert(key.as_slice(), changed.as_slice()).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn a_record_under_anothers_key_is_named() {
    let sample = Sample::new();
    std::fs::write(sample.path(), &sample.whole).unwrap();
    let database = Database::open(sample.path()).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut rows = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new("settings.1")).unwrap();
        let value = rows.first().unwrap().unwrap().1.value().to_vec();
        rows.insert(b"other".as_slice(), value.as_slice()).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    let store = Store::open(sample.folder.path(), clock()).unwrap();
    let said = store.read(prove).unwrap().problems;
    assert_eq!(said, ["the record other of settings.1 cannot be read"]);
}

/// Facts as the first version wrote them: read and written again they must be the same text, or no seal of an old
/// journal would hold. A field that is added later is left out of the JSON when it has its default.
#[test]
fn sealed_facts_of_the_first_version_are_still_the_same_text() {
    use quittance::billing::invoice::Invoice;
    use quittance::billing::ledger::Entry;
    use quittance::billing::log::LogLine;
    use quittance::billing::payment::Payment;
    use quittance::billing::review::Resolution;

    fn same<T: serde::de::DeserializeOwned + serde::Serialize>(text: &str) {
        let text = text.trim_end();
        let fact: T = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&fact).unwrap(), text);
    }

    same::<Entry>(include_str!("../golden/store/entry.json"));
    same::<LogLine>(include_str!("../golden/store/log_line.json"));
    same::<Payment>(include_str!("../golden/store/payment.json"));
    same::<Invoice>(include_str!("../golden/store/invoice.json"));
    same::<Resolution>(include_str!("../golden/store/resolution.json"));
}

/// As a disk that returns another letter in the middle of a page: redb sees nothing of it.
#[test]
fn what_a_disk_changed_silently_is_not_copied_as_if_it_were_whole() {
    let sample = Sample::new();
    let (mut bytes, name) = (sample.whole.clone(), b"\"name\":\"");
    let places: Vec<usize> = (name.len()..bytes.len()).filter(|at| bytes[at - name.len()..*at] == name[..]).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place] ^= 1;
    }
    std::fs::write(sample.path(), bytes).unwrap();
    let store = Store::open(sample.folder.path(), clock()).unwrap();
    assert!(!store.read_long(prove).unwrap().is_whole());
    let refused = store.back_up(std::io::sink()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("not whole, so nothing was copied") && refused.contains("verify"), "{refused}");
}

/// As a disk that returns other bytes than it was given: redb panics over some of them, and nobody hears of it.
#[test]
fn no_damage_of_a_page_is_a_panic() {
    let sample = Sample::new();
    let (mut refused, mut met) = (0, 0);
    for page in 0..sample.whole.len() / 4096 {
        let mut bytes = sample.whole.clone();
        bytes.iter_mut().skip(page * 4096).take(16).for_each(|byte| *byte ^= 0xa5);
        std::fs::write(sample.path(), bytes).unwrap();
        let store = match Store::open(sample.folder.path(), clock()) {
            Ok(store) => store,
            Err(error) => {
                assert!(error.to_string().contains("restore"), "{page}: {error}");
                refused += 1;
                continue;
            }
        };
        let proof = store.read_long(prove).map(|proof| proof.problems.join("\n"));
        let copied = store.back_up(std::io::sink());
        assert!(copied.is_err() || proof.as_ref().is_ok_and(String::is_empty), "{page}: {proof:?}");
        if store.damage().is_some() {
            met += 1;
            assert!(copied.is_err(), "{page}: what is damaged is not backed up as if it were whole");
            assert!(
                proof.as_ref().map_or_else(Error::is_damage, |said| said.contains("could not be")),
                "{page}: {proof:?}"
            );
        }
    }
    // With its debug assertions redb walks the whole file when it is opened, and without them it meets damage later.
    assert!(refused > 3 && refused + met > 20, "{refused} refused, {met} met later");
}

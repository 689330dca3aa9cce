//! Books that are not whole: a copy of them is kept and called so, and what was whole before stays.

use quittance::store::{FILE_NAME, Store};
use redb::{Database, ReadableTable, TableDefinition};

use super::stored;
use crate::process::Bench;

/// A table that the ledger makes, so that nothing but the proof misses a row of it.
const DERIVED: TableDefinition<&[u8], &[u8]> = TableDefinition::new("invoices_by_customer.1");

/// A folder with an invoice and a good backup, and then one row less.
fn broken() -> Bench {
    let bench = super::filled();
    super::life::issue_one(&bench.data);
    bench.run(&["backup", "now"]).good();
    let database = Database::open(bench.data.join(FILE_NAME)).unwrap();
    let transaction = database.begin_write().unwrap();
    let key = {
        let table = transaction.open_table(DERIVED).unwrap();
        table.first().unwrap().unwrap().0.value().to_vec()
    };
    transaction.open_table(DERIVED).unwrap().remove(key.as_slice()).unwrap();
    transaction.commit().unwrap();
    bench
}

#[test]
fn a_copy_of_broken_books_is_kept_and_called_so_and_takes_no_others_place() {
    let bench = broken();
    let good = stored(&bench);
    for _ in 0..7 {
        let said = bench.run(&["backup", "now"]);
        assert_eq!(said.code, Some(1), "{}", said.out);
        assert!(
            said.out.contains("the books in it are not whole") && said.out.contains("quittance verify"),
            "{}",
            said.out
        );
    }
    let all = stored(&bench);
    // The first of them is the nearest to what went wrong; behind it, the latest stay.
    assert!(all.len() == good.len() + 6 && all.contains(&good[0]), "{all:?}");
    let list: serde_json::Value = serde_json::from_str(&bench.run(&["backup", "list", "--json"]).good()).unwrap();
    let origins: Vec<_> = list["backups"].as_array().unwrap().iter().map(|backup| &backup["origin"]).collect();
    assert_eq!(origins.iter().filter(|origin| **origin == "not_whole").count(), 6, "{origins:?}");
    assert!(bench.run(&["backup", "list"]).good().contains("its books are not whole"));
    // What it was kept for: it is what the books were, and is known as broken.
    assert!(bench.run(&["backup", "verify", &all[all.len() - 1]]).bad(1).contains("not whole"));
    bench.run(&["backup", "verify", &good[0]]).good();
    bench.run(&["backup", "prune"]).good();
    assert!(stored(&bench).contains(&good[0]), "a pruning takes what is broken for no better");
    let store = Store::open(&bench.data, quittance::clock::Clock::machine()).unwrap();
    let runs = store.read(|r| r.all_backup_runs()).unwrap();
    assert!(runs.iter().filter(|run| run.is_of_broken_books()).all(|run| run.bytes > 0 && run.invoices == 1));
}

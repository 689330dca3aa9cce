//! Every row of the table of cases is played by a test that bears its name, or stands in ARCHITECTURE.md with the reason
//! why not. A name begins with the rows that it plays: `c8_c9_…`. What plays in the stand-in alone proves nothing about
//! the product and does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The sections of the table, the last row of each, and what they are about: money's ways from a click to the bank (A to L),
/// what a comparison with Stripe finds (M), and what always holds (V).
const SECTIONS: [(char, u8, u8); 14] = [
    ('a', 1, 26),
    ('b', 1, 21),
    ('c', 1, 27),
    ('d', 1, 14),
    ('e', 1, 12),
    ('f', 1, 20),
    ('g', 1, 15),
    ('h', 1, 7),
    ('i', 1, 8),
    ('j', 1, 13),
    ('k', 1, 7),
    ('l', 1, 10),
    ('m', 0, 15),
    ('v', 1, 13),
];

/// Rows that no test bears the name of yet, although they could be played. A row that is played leaves this list.
const MISSING: &[&str] = &[];

/// The heading of the list in ARCHITECTURE.md; it ends at the next heading.
const LISTED: &str = "## Not played, or otherwise on purpose";

/// Other numbers that look like rows: the tasks `3.10` and `3.11`.
const NO_ROWS: [&str; 2] = ["f3_10_", "f3_11_"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> BTreeSet<String> {
    SECTIONS.iter().flat_map(|(letter, first, last)| (*first..=*last).map(move |n| format!("{letter}{n}"))).collect()
}

fn sources(folder: &str) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((path != root().join("src/demo")).then_some(path));
            } else if path.extension().is_some_and(|own| own == "rs") {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// The names of the tests of a file.
fn tests_of(source: &str) -> impl Iterator<Item = &str> {
    let starts = source.match_indices("#[test]").chain(source.match_indices("#[tokio::test"));
    starts.filter_map(|(at, _)| {
        let line = source[at..].lines().find(|line| line.contains("fn "))?;
        line.split("fn ").nth(1)?.split('(').next()
    })
}

/// The rows that a test's name begins with.
fn named(test: &str, rows: &BTreeSet<String>) -> Vec<String> {
    let name = NO_ROWS.iter().fold(test.to_owned(), |name, other| name.replace(other, "-"));
    name.split('_').map_while(|word| rows.get(word.trim_start_matches('-'))).cloned().collect()
}

fn played(rows: &BTreeSet<String>) -> BTreeSet<String> {
    let all = [sources("tests"), sources("src")].concat();
    all.iter().flat_map(|source| tests_of(source)).flat_map(|test| named(test, rows)).collect()
}

/// The rows on the list in ARCHITECTURE.md, each with its line.
fn listed() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let list = text.split(&format!("\n{LISTED}\n")).nth(1).unwrap_or_else(|| panic!("{LISTED} is not there"));
    let list = list.split("\n## ").next().unwrap_or_default();
    let entries = list.split("\n- **").skip(1).filter_map(|entry| entry.split_once("**"));
    entries
        .flat_map(|(ids, words)| ids.split(", ").map(move |id| (id.to_lowercase(), words.trim().to_owned())))
        .collect()
}

#[test]
fn every_row_is_played_by_a_test_of_its_name_or_listed_with_the_reason() {
    let rows = rows();
    assert_eq!(rows.len(), 209);
    let (played, listed) = (played(&rows), listed());
    let is_accounted_for = |row: &str| played.contains(row) || listed.contains_key(row) || MISSING.contains(&row);
    let silent: Vec<_> = rows.iter().filter(|row| !is_accounted_for(row)).collect();
    assert!(silent.is_empty(), "neither played nor listed: {silent:?}");
    for (row, words) in &listed {
        assert!(rows.contains(row), "{row} is no row");
        assert!(words.len() > 20, "{row} is listed without a reason");
    }
}

#[test]
fn a_name_plays_the_rows_that_it_begins_with() {
    let rows = rows();
    for (test, plays) in [
        ("c8_c9_what_stripe_did_not_sign", vec!["c8", "c9"]),
        ("k7_f3_10_declines_are_mailed", vec!["k7"]),
        ("f3_11_after_an_upgrade", vec![]),
        ("f3_a_double_click", vec!["f3"]),
        ("a_total_of_m4_is_no_row", vec![]),
    ] {
        assert_eq!(named(test, &rows), plays, "{test}");
    }
    let source = "#[test]\n#[expect(unused)]\nfn one() {}\n\n#[tokio::test(flavor = \"x\")]\nasync fn two() {}\n";
    assert_eq!(tests_of(source).collect::<Vec<_>>(), ["one", "two"]);
}

//! SECURITY.md, kept true: every file and function that it names is there, and every line of its tables is kept by a test
//! that exists. And what it says of the program as a whole: what it is built from, and that it runs nothing else.

use std::fs;
use std::path::Path;

/// The head of every table of promises.
const HEAD: &str = "| What | How | Code | Test |";

/// How a name on the page begins that is a file or a folder of the repository.
const FOLDERS: [&str; 8] = ["src/", "tests/", "fuzz/", "templates/", "assets/", "packaging/", ".cargo/", ".ci/"];
/// Files at the top that the page names.
const TOP: [&str; 2] = ["Cargo.toml", "Cargo.lock"];

/// The versions that mended a flaw of a library that we use: none below may be locked.
const MENDED: [(&str, [u64; 3], &str); 8] = [
    ("bytes", [1, 11, 1], "RUSTSEC-2026-0007"),
    ("h2", [0, 4, 16], "RUSTSEC-2026-0258"),
    ("hickory-proto", [0, 26, 1], "RUSTSEC-2026-0119"),
    ("lettre", [0, 11, 22], "RUSTSEC-2026-0141"),
    ("redb", [4, 6, 0], "opened a damaged file as an empty one"),
    ("ring", [0, 17, 12], "RUSTSEC-2025-0009"),
    ("rustls-webpki", [0, 103, 13], "RUSTSEC-2026-0104"),
    ("time", [0, 3, 47], "RUSTSEC-2026-0009"),
];

/// Ways to run or load what is not this program.
const FOREIGN: [&str; 6] = ["Command::new", "process::Command", "CommandExt", "libloading", "dlopen", "self_update"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_default()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A name on the page that is a file, and what in it is meant: `src/web/csrf.rs::check`.
fn place(name: &str) -> Option<(&str, Option<&str>)> {
    let (file, item) = match name.split_once("::") {
        Some((file, item)) => (file, Some(item)),
        None => (name, None),
    };
    let is_file = TOP.contains(&file) || FOLDERS.iter().any(|folder| file.starts_with(folder));
    is_file.then_some((file, item))
}

/// Whether something of this name is made in a source file.
fn defines(source: &str, item: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    ["fn", "const", "static", "struct", "enum"].iter().any(|kind| {
        let wanted = format!("{kind} {item}");
        source.match_indices(&wanted).any(|(at, found)| !goes_on(&source[at + found.len()..]))
    })
}

/// Whether a source file has a test of this name that is run.
fn has_test(source: &str, name: &str) -> bool {
    let Some(at) = source.find(&format!("fn {name}()")) else { return false };
    let before = &source[..at];
    let mark = before.rfind("#[test]").max(before.rfind("#[tokio::test"));
    // Between the mark and the function are attributes only.
    mark.is_some_and(|mark| !before[mark..].contains("fn ") && !before[mark..].contains("#[ignore"))
}

/// The rows of all tables of promises, cell by cell.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let mut rows = Vec::new();
    for table in page.split(HEAD).skip(1) {
        // Behind the head is the end of its line, and then the line that parts it from the rows.
        let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        rows.extend(lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>()));
    }
    rows
}

/// What is wrong with a row.
fn flaw(row: &[&str]) -> Option<String> {
    let &[what, how, code, tests] = row else { return Some(format!("{} cells instead of four", row.len())) };
    if what.is_empty() || how.is_empty() {
        return Some("says nothing".to_owned());
    }
    if !quoted(code).any(|name| place(name).is_some()) {
        return Some("names no place in the code".to_owned());
    }
    if quoted(tests).next().is_none() {
        return Some("names no test".to_owned());
    }
    let is_kept = |name: &str| matches!(place(name), Some((file, Some(test))) if has_test(&text(file), test));
    quoted(tests).find(|name| !is_kept(name)).map(|name| format!("there is no test {name}"))
}

#[test]
fn every_file_and_function_on_the_page_is_there() {
    let page = text("SECURITY.md");
    let named: Vec<_> = quoted(&page).filter_map(place).collect();
    assert!(named.len() > 200, "{} places are named", named.len());
    for (file, item) in named {
        assert!(root().join(file).exists(), "{file} is not there");
        assert!(item.is_none_or(|item| defines(&text(file), item)), "{file} has no {}", item.unwrap_or_default());
    }
}

#[test]
fn every_promise_on_the_page_is_kept_by_a_test() {
    let page = text("SECURITY.md");
    let rows = rows(&page);
    assert!(rows.len() > 80, "{} rows", rows.len());
    let flaws: Vec<_> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row.first().copied()?, flaw(row)?))).collect();
    assert!(flaws.is_empty(), "\n{}", flaws.join("\n"));
}

#[test]
fn what_is_not_there_is_noticed() {
    assert!(defines("pub async fn check(x: u8) {}", "check") && !defines("fn checked() {}", "check"));
    let source =
        "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test]\nasync fn three() {}\n#[test]\n#[ignore]\nfn four() {}";
    assert_eq!(
        ["one", "two", "three", "four", "five"].map(|name| has_test(source, name)),
        [true, false, true, false, false]
    );
    assert_eq!(place("src/lib.rs::x"), Some(("src/lib.rs", Some("x"))));
    assert_eq!((place("Cargo.lock"), place("noindex")), (Some(("Cargo.lock", None)), None));
    let page = format!("Words.\n\n{HEAD}\n|---|---|---|---|\n| a | b | c | d |\n| e |\n\n| no | row | of | it |\n");
    assert_eq!(rows(&page), [vec!["a", "b", "c", "d"], vec!["e"]]);
    let own = "`tests/security.rs::what_is_not_there_is_noticed`";
    assert_eq!(flaw(&["a", "b", "`src/lib.rs`", own]), None);
    for row in [
        &["a", "b", "`src/lib.rs`"][..],
        &["a", "", "`src/lib.rs`", own],
        &["a", "b", "`noindex`", own],
        &["a", "b", "`src/lib.rs`", "by hand"],
        &["a", "b", "`src/lib.rs`", "`tests/security.rs`"],
        &["a", "b", "`src/lib.rs`", "`tests/security.rs::defines`"],
        &["a", "b", "`src/lib.rs`", "`tests/nowhere.rs::what_is_not_there_is_noticed`"],
    ] {
        assert!(flaw(row).is_some(), "{row:?}");
    }
}

/// The numbers of a version; what stands behind them counts for nothing.
fn version(text: &str) -> Vec<u64> {
    text.split(['.', '-', '+']).map_while(|number| number.parse().ok()).take(3).collect()
}

#[test]
fn what_it_is_built_from_has_no_known_flaw_and_no_unsafe_code_of_ours() {
    assert!(text("Cargo.toml").contains("\n[lints.rust]\nunsafe_code = \"forbid\"\n"));
    let lock = text("Cargo.lock");
    let packages: Vec<(&str, Vec<u64>)> = lock
        .split("[[package]]")
        .filter_map(|package| {
            let value = |name: &str| package.split(&format!("\n{name} = \"")).nth(1)?.split('"').next();
            Some((value("name")?, version(value("version")?)))
        })
        .collect();
    assert!(packages.len() > 100, "{} packages", packages.len());
    for (name, mended, flaw) in MENDED {
        let found: Vec<_> = packages.iter().filter(|(own, _)| *own == name).collect();
        assert!(!found.is_empty(), "{name} is used no more: take it off the list");
        for (_, locked) in found {
            assert!(*locked >= mended.to_vec(), "{name} {locked:?} has the flaw {flaw}");
        }
    }
}

#[test]
fn only_what_deny_toml_allows_is_built_in() {
    let rules: toml::Table = text(".cargo/deny.toml").parse().unwrap();
    let lock: toml::Table = text("Cargo.lock").parse().unwrap();
    let texts = |list: &toml::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let sources = texts(&rules["sources"]["allow-registry"]);
    let denied = rules["bans"]["deny"].as_array().unwrap();
    let denied: Vec<&str> = denied.iter().map(|one| one["crate"].as_str().unwrap()).collect();
    assert!(denied.len() > 3 && texts(&rules["licenses"]["allow"]).len() > 5 && sources.len() == 1);
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 100, "{} packages", packages.len());
    for package in packages {
        let name = package["name"].as_str().unwrap();
        assert!(!denied.contains(&name), "{name} is not to be built in");
        // What has no source is ours.
        let source = package.get("source").and_then(toml::Value::as_str);
        let is_known =
            source.map_or(name == "quittance", |source| sources.iter().any(|own| source == format!("registry+{own}")));
        assert!(is_known, "{name} comes from {source:?}");
    }
}

/// What of a file is in the program: all before its test module.
fn own_part(source: &str) -> &str {
    let is_module = |place: &usize| {
        let rest = source[*place..].trim_start_matches("\n#[cfg(test)]\n");
        let item = rest.lines().find(|line| !line.starts_with('#') && !line.starts_with(' ') && !line.starts_with(')'));
        item.is_some_and(|item| item.starts_with("mod ") && item.ends_with('{'))
    };
    let end = source.match_indices("\n#[cfg(test)]\n").map(|(place, _)| place).find(is_module);
    &source[..end.unwrap_or(source.len())]
}

#[test]
fn only_a_test_module_is_left_out_of_what_is_searched() {
    let helper = "fn one() {}\n#[cfg(test)]\nfn helper() {}\nfn two() {}\n";
    assert_eq!(own_part(helper), helper);
    let tested =
        format!("{helper}\n#[cfg(test)]\n#[expect(clippy::unwrap_used, reason = \"a test\")]\nmod tests {{\n}}\n");
    assert_eq!(own_part(&tested).trim_end(), helper.trim_end());
}

#[test]
fn no_other_program_is_run_or_loaded() {
    let (mut folders, mut seen) = (vec![root().join("src")], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).unwrap_or_default();
            // A test may use the tools of the machine.
            let own = own_part(&source);
            let is_test = path.ends_with("config/tests.rs");
            let found = FOREIGN.iter().find(|way| own.contains(**way));
            assert!(is_test || found.is_none(), "{}: {}", path.display(), found.copied().unwrap_or_default());
            seen += 1;
        }
    }
    assert!(seen > 300, "{seen} files");
}

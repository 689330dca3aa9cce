//! `quittance upgrade --check`: what is to be done before an upgrade, and after one.

use crate::process::{Bench, Said};
use crate::store::doors::set_format;

fn check(bench: &Bench) -> Said {
    bench.run(&["upgrade", "--check"])
}

#[test]
fn without_data_there_is_nothing_to_do() {
    let bench = Bench::new();
    let said = check(&bench).good();
    assert!(said.contains("skip format  there is no data yet") && said.contains("There is nothing to do."), "{said}");
    assert!(said.contains("ok   upgrade  to another version, once you have it here: "), "{said}");
    assert!(!bench.data.exists(), "nothing is made");
}

#[test]
fn books_of_the_present_format_with_a_young_backup_need_nothing_beside_a_server_and_without_one() {
    let bench = Bench::new();
    bench.run(&["token", "create", "--name", "till"]).good();
    let said = check(&bench);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.out.contains("warn backup  there is none yet; ") && said.out.contains("backup now"), "{}", said.out);
    assert!(said.out.contains("One thing is to be done."), "{}", said.out);
    bench.run(&["backup", "now"]).good();
    for is_running in [false, true] {
        let server = is_running.then(|| bench.serve());
        let said = check(&bench).good();
        assert!(said.contains("ok   backup  made and proven") && said.contains("a start changes nothing"), "{said}");
        assert_eq!(said.contains("ok   server  it runs version"), is_running, "{said}");
        assert!(said.ends_with("There is nothing to do. Nothing was asked of the network.\n"), "{said}");
        drop(server);
    }
    let lines = bench.run(&["upgrade", "--check", "--json"]).good();
    let lines: serde_json::Value = serde_json::from_str(&lines).unwrap();
    let codes: Vec<_> = lines.as_array().unwrap().iter().map(|line| line["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["version", "server", "format", "backup", "upgrade"]);
}

#[test]
fn books_of_an_older_format_are_told_and_left_as_they_are() {
    let bench = Bench::new();
    bench.run(&["backup", "now"]).bad(1);
    bench.run(&["token", "create", "--name", "till"]).good();
    bench.run(&["backup", "now"]).good();
    let path = bench.data.join("quittance.redb");
    for (format, words) in [
        (2, "warn format  the books are in format 2, and this version writes 3"),
        (77, "fail format  the books are in format 77, of a newer version"),
    ] {
        set_format(&path, format);
        let before = std::fs::read(&path).unwrap();
        let said = check(&bench);
        assert_eq!(said.code, Some(1), "{}", said.out);
        assert!(said.out.contains(words), "{words}: {}", said.out);
        assert!(std::fs::read(&path).unwrap() == before, "nothing is changed");
    }
}

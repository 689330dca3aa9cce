//! The dashboard and the alerts in `packaging/` against what the server really says.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use quittance::metrics::Metrics;
use quittance::store::{FILE_USED, Scope};
use quittance::tls::Identity;
use serde_json::{Value, json};

use crate::support::{TestApp, change, until};

fn packed(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)).unwrap()
}

/// Every name of a figure of ours.
fn figures_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("quittance_")).map(str::to_owned).collect()
}

/// All figures of a server of which everything is known.
async fn said() -> BTreeSet<String> {
    let app = TestApp::start().await;
    app.program().await.post("/reconciliations", json!({})).await;
    app.app.back_up().await.unwrap();
    change(&app, |w| Ok(w.put_counter(FILE_USED, 1)?)).await;
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let identity = Identity::from_pem(made.cert.pem().as_bytes(), made.signing_key.serialize_pem().as_bytes());
    app.app.certificates.keychain.show(identity.unwrap());
    let counted = &app.app.metrics;
    for counts in [&counted.webhooks, &counted.mails, &counted.sign_ins] {
        Metrics::count(counts, "accepted");
    }
    let authorization = format!("Bearer {}", app.token(Scope::Read).await);
    let page = async || app.ask("GET", "/metrics").header("authorization", &authorization).send().await.text();
    until("the pass is over", async || page().await.contains("quittance_reconciliation_age_seconds{")).await;
    let page = page().await;
    figures_in(&page.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn the_dashboard_shows_every_figure_and_the_alerts_name_no_other() {
    let said = said().await;
    let (dashboard, alerts) = (packed("grafana/quittance.json"), packed("prometheus/quittance.rules.yml"));
    assert_eq!(figures_in(&dashboard), said);
    let unknown: Vec<_> = figures_in(&alerts).difference(&said).cloned().collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_dashboard_can_be_read_and_no_panel_is_empty_or_over_another() {
    let dashboard: Value = serde_json::from_str(&packed("grafana/quittance.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let place = |side: &str| panel["gridPos"][side].as_u64().unwrap();
        for (x, y) in (0..place("w")).flat_map(|x| (0..place("h")).map(move |y| (x, y))) {
            assert!(place("x") + x < 24 && places.insert((place("x") + x, place("y") + y)), "{panel}");
        }
        if panel["type"] != "row" {
            assert!(panel["targets"].as_array().unwrap().iter().all(|target| !target["expr"].is_null()), "{panel}");
        }
    }
}

/// The rules are written in the simplest form of YAML that there is, so that a look at each line is a proof.
#[test]
fn the_alerts_can_be_read_and_each_says_what_to_do() {
    let rules = packed("prometheus/quittance.rules.yml");
    let mut lines = rules.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(
        [lines.next(), lines.next(), lines.next()],
        [Some("groups:"), Some("  - name: quittance"), Some("    rules:")]
    );
    let form = [
        "      - alert: Quittance",
        "        expr: '",
        "        for: ",
        "        labels:",
        "          severity: ",
        "        annotations:",
        "          summary: '",
        "          description: '",
    ];
    let lines: Vec<_> = lines.collect();
    assert!(lines.len() > form.len() && lines.len() % form.len() == 0);
    for (line, begins) in lines.iter().zip(form.iter().cycle()) {
        let value = line.strip_prefix(begins).unwrap_or_else(|| panic!("{line} is not {begins}…"));
        // A quoted text ends with its quote, and one within is written twice.
        if begins.ends_with('\'') {
            let text = value.strip_suffix('\'').unwrap_or_else(|| panic!("{line} has no end"));
            assert!(!text.is_empty() && !text.replace("''", "").contains('\''), "{line}");
        }
    }
}

//! `serve --domain`: a certificate is obtained by either way, kept, renewed, and explained when it is refused. The authority
//! rejects one nonce in five throughout.

use std::net::SocketAddr;
use std::path::Path;

use hyper::{StatusCode, Version};

use super::authority::{Authority, HTTP_PORT, TLS_PORT};
use super::{NAME, Visitor, file, plain};
use crate::process::{Bench, Serving};
use crate::support::until;

/// Half a year: nothing is renewed during a test.
const LONG: u32 = 180 * 24 * 3600;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doors {
    Both,
    HttpsOnly,
}

/// The settings of a house for which `authority` vouches.
fn settings(bench: &Bench, authority: &Authority, doors: Doors) -> Vec<(String, String)> {
    let roots = file(bench, "roots.pem", &authority.root.pem());
    let at = |port: u16| SocketAddr::from((authority.address, port)).to_string();
    let http = if doors == Doors::Both { at(HTTP_PORT) } else { "off".to_owned() };
    [
        ("DOMAIN", NAME.to_owned()),
        ("ACME_DIRECTORY", authority.directory()),
        ("ACME_ROOTS_FILE", roots.to_str().unwrap().to_owned()),
        ("ACME_CONTACT", "jane@example.com".to_owned()),
        ("HTTPS_LISTEN", at(TLS_PORT)),
        ("HTTP_LISTEN", http),
    ]
    .map(|(key, value)| (format!("QUITTANCE_SERVER__{key}"), value))
    .to_vec()
}

fn serve(bench: &Bench, settings: &[(String, String)]) -> Serving {
    bench.serve_with(|command| {
        command.envs(settings.iter().cloned());
    })
}

fn https(authority: &Authority) -> SocketAddr {
    SocketAddr::from((authority.address, TLS_PORT))
}

/// Nothing secret of the certificate is in the clear in any file of the data folder.
fn assert_keys_are_closed(data: &Path) {
    let content = std::fs::read(data.join("quittance.redb")).unwrap();
    for words in ["PRIVATE KEY", "key_pkcs8"] {
        assert!(!content.windows(words.len()).any(|window| window == words.as_bytes()), "{words} lies open");
    }
}

#[tokio::test]
#[ignore = "needs pebble: tests/run installs it"]
async fn a_certificate_is_obtained_by_either_way_and_used_again_after_a_start() {
    for doors in [Doors::Both, Doors::HttpsOnly] {
        let (authority, bench) = (Authority::start(LONG).await, Bench::new());
        let settings = settings(&bench, &authority, doors);
        let mut serving = serve(&bench, &settings);
        let way = serving.heard("a certificate is being obtained");
        assert!(way.contains(if doors == Doors::Both { "way=Http" } else { "way=Tls" }), "{way}");
        serving.heard("a certificate was obtained");
        let visitor = Visitor::new(&authority.issuing_root().await);
        let page = visitor.get(https(&authority), NAME, "/healthz").await.unwrap();
        assert_eq!((page.status, page.version), (StatusCode::OK, Version::HTTP_2));
        assert!(page.header("strict-transport-security").is_some());
        let shown = visitor.connect(https(&authority), NAME).await.unwrap().certificate;
        if doors == Doors::Both {
            let sent_on = plain(SocketAddr::from((authority.address, HTTP_PORT)), NAME, "/i/x").await;
            assert_eq!(sent_on.header("location"), Some("https://pay.localhost/i/x"));
        }
        let check = bench.run_like(&["check", "--online"], &serving);
        assert!(
            check.contains("ok   certificate  good until 20") && check.contains("ok   server.https_listen"),
            "{check}"
        );
        assert!(
            check.contains(&format!("ok   server.acme_directory  {} can be reached", authority.directory())),
            "{check}"
        );
        serving.stop();
        assert_keys_are_closed(&bench.data);

        let mut again = serve(&bench, &settings);
        again.heard("the certificate was taken from the store");
        again.heard("visitors are let in");
        let same = visitor.connect(https(&authority), NAME).await.unwrap().certificate;
        assert_eq!(same, shown, "nothing is obtained twice");
        let (_, log) = again.stop();
        assert!(!log.contains("is being obtained"), "{log}");
    }
}

#[tokio::test]
#[ignore = "needs pebble: tests/run installs it"]
async fn a_certificate_is_renewed_after_two_thirds_of_its_life_and_ends_no_connection() {
    let (authority, bench) = (Authority::start(30).await, Bench::new());
    let mut serving = serve(&bench, &settings(&bench, &authority, Doors::Both));
    serving.heard("a certificate was obtained");
    let visitor = Visitor::new(&authority.issuing_root().await);
    let mut open = visitor.connect(https(&authority), NAME).await.unwrap();
    let first = open.certificate.clone();
    until("another certificate", async || {
        // A connection that is asked something stays open.
        assert_eq!(open.get(NAME, "/healthz").await.status, StatusCode::OK);
        visitor.connect(https(&authority), NAME).await.unwrap().certificate != first
    })
    .await;
    assert_eq!(open.get(NAME, "/healthz").await.status, StatusCode::OK);
    let (_, log) = serving.stop();
    assert!(log.matches("an account for certificates was opened").count() == 1, "{log}");
}

#[tokio::test]
#[ignore = "needs pebble: tests/run installs it"]
async fn an_authority_that_does_not_find_us_is_explained_and_asked_again_on_sighup() {
    let (authority, bench) = (Authority::start(LONG).await, Bench::new());
    let mut wrong = settings(&bench, &authority, Doors::Both);
    // The door that the authority knocks at is somebody else's.
    for (key, value) in &mut wrong {
        if key.ends_with("HTTP_LISTEN") || key.ends_with("HTTPS_LISTEN") {
            *value = "127.0.0.1:0".to_owned();
        }
    }
    let mut serving = serve(&bench, &wrong);
    let line = serving.heard("the certificate needs somebody");
    assert!(line.contains("did not find this server at pay.localhost"), "{line}");
    assert!(line.contains("let the A and AAAA records of the name lead to this machine"), "{line}");
    assert!(serving.get("/admin/setup").1.contains("setup address"), "this machine's own way in");
    let check = bench.run_like(&["check", "--online"], &serving);
    assert!(check.contains("fail certificate  ") && check.contains("did not find this server"), "{check}");
    serving.stop();

    // A start with the right doors tries again after a minute at most, and on SIGHUP at once.
    let mut serving = serve(&bench, &settings(&bench, &authority, Doors::Both));
    serving.signal("HUP");
    serving.heard("a certificate was obtained");
    let visitor = Visitor::new(&authority.issuing_root().await);
    assert_eq!(visitor.get(https(&authority), NAME, "/healthz").await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
#[ignore = "needs pebble: tests/run installs it"]
async fn an_authority_that_is_not_there_or_not_to_be_trusted_is_explained() {
    let bench = Bench::new();
    let authority = Authority::start(LONG).await;
    let mut settings = settings(&bench, &authority, Doors::HttpsOnly);
    let stranger = file(&bench, "stranger.pem", &super::Root::new().pem());
    settings.iter_mut().find(|(key, _)| key.ends_with("ROOTS_FILE")).unwrap().1 = stranger.to_str().unwrap().to_owned();
    let mut serving = serve(&bench, &settings);
    let line = serving.heard("the certificate needs somebody");
    assert!(line.contains("not to be trusted") && line.contains("server.acme_roots_file"), "{line}");
    serving.stop();
    drop(authority);
    let mut serving = serve(&bench, &settings);
    serving.signal("HUP");
    let line = serving.heard("the certificate needs somebody");
    assert!(line.contains("could not be asked: no connection"), "{line}");
    assert_eq!(serving.get("/healthz").0, 200);
}

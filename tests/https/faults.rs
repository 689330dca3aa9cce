//! An authority that refuses, has had enough, or has another time than this machine: one sentence each with its remedy, the same
//! in the log and from the doctor, and this machine's own way in stays open. The authority here is a few lines that say no.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::stand_in::speaking;
use super::{NAME, Root, file};
use crate::process::Bench;
use crate::support::PATIENCE;

/// How an authority says no.
#[derive(Clone, Copy)]
struct No {
    status: &'static str,
    sort: &'static str,
    detail: &'static str,
    /// How far its clock is ahead of ours.
    ahead: SignedDuration,
}

fn date(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What it answers to the request that begins so.
fn answer(request: &str, base: &str, no: No) -> String {
    let now = quittance::clock::Clock::machine().now().checked_add(no.ahead).unwrap();
    let (status, kind, body) = if request.starts_with("GET /dir") {
        let place = |name: &str| format!("\"{name}\": \"{base}/{name}\"");
        let places = ["newNonce", "newAccount", "newOrder", "revokeCert", "keyChange"].map(place).join(", ");
        ("200 OK", "application/json", format!("{{{places}}}"))
    } else if request.starts_with("HEAD ") {
        ("200 OK", "text/plain", String::new())
    } else {
        let sort = format!("urn:ietf:params:acme:error:{}", no.sort);
        let body = serde_json::json!({"type": sort, "detail": no.detail}).to_string();
        (no.status, "application/problem+json", body)
    };
    format!(
        "HTTP/1.1 {status}\r\nDate: {}\r\nReplay-Nonce: bm9uY2U\r\nRetry-After: 3600\r\nContent-Type: {kind}\r\nContent-Length: \
         {}\r\nConnection: close\r\n\r\n{body}",
        date(now),
        body.len()
    )
}

#[tokio::test]
async fn an_authority_that_refuses_or_has_another_time_is_explained_everywhere_alike() {
    let plain = No { status: "400 Bad Request", sort: "", detail: "", ahead: SignedDuration::ZERO };
    let two_hours = SignedDuration::from_hours(2);
    for (no, sentence, remedy) in [
        (
            No { status: "429 Too Many Requests", sort: "rateLimited", detail: "too many new accounts", ..plain },
            "was asked too often: too many new accounts",
            "wait; it is asked again when it allows it",
        ),
        (
            No { status: "403 Forbidden", sort: "rejectedIdentifier", detail: "policy forbids this name", ..plain },
            "refuses: policy forbids this name",
            "correct what it names",
        ),
        (
            No { status: "400 Bad Request", sort: "malformed", detail: "no", ahead: two_hours },
            "this machine's clock is wrong by 1",
            "set it, and let it be kept by NTP",
        ),
    ] {
        let (bench, root) = (Bench::new(), Root::new());
        let directory = speaking(&root, move |request, base| answer(request, base, no)).await;
        let roots = file(&bench, "roots.pem", &root.pem());
        let looked = tokio::task::spawn_blocking(move || {
            let mut serving = bench.serve_with(|command| {
                for (key, value) in [
                    ("DOMAIN", NAME),
                    ("ACME_DIRECTORY", &directory),
                    ("ACME_ROOTS_FILE", roots.to_str().unwrap()),
                    ("HTTPS_LISTEN", "127.0.0.1:0"),
                    ("HTTP_LISTEN", "127.0.0.1:0"),
                ] {
                    command.env(format!("QUITTANCE_SERVER__{key}"), value);
                }
            });
            let line = serving.heard("the certificate needs somebody");
            assert!(line.contains(sentence) && line.contains(remedy), "{line}");
            assert!(serving.get("/admin/setup").1.contains("setup address"), "this machine's own way in");
            // The notice is stored behind the line of the log.
            let notice = "fail notices  Visitors cannot come in: there is no HTTPS certificate";
            let begun = Instant::now();
            loop {
                let looked = bench.run_like(&["doctor"], &serving);
                if looked.contains(notice) {
                    break looked;
                }
                assert!(begun.elapsed() < PATIENCE, "no notice: {looked}");
            }
        });
        let looked = looked.await.unwrap();
        let told = looked.lines().find(|line| line.starts_with("fail certificate  ")).unwrap_or_default();
        assert!(told.contains(sentence) && told.contains(remedy), "{looked}");
        let of_authority = looked.lines().find(|line| line.contains(" certificate-authority  ")).unwrap_or_default();
        let is_clock = sentence.contains("clock");
        assert_eq!(of_authority.starts_with("fail ") && of_authority.contains("clock is wrong"), is_clock, "{looked}");
    }
}

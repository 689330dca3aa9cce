//! What whoever looks after the machine asks, and the few addresses that every site has.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use quittance::store::Scope;

use crate::support::TestApp;

#[tokio::test]
async fn a_probe_is_answered_on_any_host() {
    let app = TestApp::start().await;
    for (path, text) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = app.ask_host("GET", path, "10.0.0.9").send().await;
        assert_eq!((answer.status, answer.text().as_str()), (200, text), "{path}");
    }
}

#[tokio::test]
async fn figures_are_for_whoever_holds_a_token() {
    let app = TestApp::start().await;
    app.invoice("119").await;
    let token = app.token(Scope::Read).await;
    for wrong in ["", "Bearer", "Bearer qtt_x", "Basic YTpi", &format!("Bearer {token}x")] {
        let answer = app.ask("GET", "/metrics").header("authorization", wrong).send().await;
        assert_eq!(answer.status, 401, "{wrong}");
    }
    assert_eq!(app.get("/metrics").await.status, 401);
    let answer = app.ask("GET", "/metrics").header("authorization", &format!("Bearer {token}")).send().await;
    let figures = answer.text();
    assert_eq!(answer.status, 200, "{figures}");
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    for line in [
        "quittance_http_answers_total{outcome=\"4xx\"} 6",
        "quittance_invoices{status=\"open\"} 1",
        "quittance_invoices{status=\"paid\"} 0",
        "quittance_events_pending 0",
        "quittance_mails_waiting 0",
        "quittance_mails_failed 0",
        "quittance_reviews_open 0",
        "quittance_store_read_only 0",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line} is not in {figures}");
    }
}

#[tokio::test]
async fn the_front_door_and_its_signs() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/").await.header("location"), Some("/admin"));
    let robots = app.get("/robots.txt").await.text();
    assert!(robots.contains("Disallow: /i/") && robots.contains("Disallow: /admin"), "{robots}");
    let icon = app.get("/favicon.ico").await;
    let icon = app.get(icon.header("location").unwrap()).await;
    assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/svg+xml")));
    assert_eq!(icon.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(app.get("/.well-known/security.txt").await.status, 404, "nobody to write to yet");
    app.invoice("119").await;
    let security = app.get("/.well-known/security.txt").await.text();
    assert!(security.contains("Contact: mailto:pat@example.com\nExpires: 2027-"), "{security}");
}

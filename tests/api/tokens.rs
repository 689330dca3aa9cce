//! Who may use the API.

use serde_json::json;

use crate::support::TestApp;
use quittance::actions::tokens;
use quittance::credentials::ApiKey;
use quittance::store::Scope;

#[tokio::test]
async fn only_a_valid_token_opens_the_api() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let key: ApiKey = program.token.parse().unwrap();
    let other_secret = ApiKey { token: key.token, secret: "x".repeat(43) }.to_string();
    for header in [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some(program.token.clone()),
        Some(format!("Basic {}", program.token)),
        Some(format!("Bearer {other_secret}")),
        Some(format!("Bearer {}x", program.token)),
    ] {
        let ask = app.ask("GET", "/api/v1/settings");
        let ask = match &header {
            Some(value) => ask.header("authorization", value),
            None => ask,
        };
        let answer = ask.send().await;
        answer.expect(401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{header:?}");
    }
    let any_case = app.ask("GET", "/api/v1/settings").header("authorization", &format!("bearer {}", program.token));
    any_case.send().await.expect(200);
}

#[tokio::test]
async fn a_read_token_reads_and_a_revoked_one_does_nothing() {
    let app = TestApp::start().await;
    let mut program = app.program().await;
    program.token = app.token(Scope::Read).await;
    program.get("/customers").await.expect(200);
    program.post("/customers", json!({"name": "Anna"})).await.expect(403);
    program.patch("/settings", json!({})).await.expect(403);
    program.delete("/invoices/inv_00000000000000000000000000").await.expect(403);
    let id = program.token.parse::<ApiKey>().unwrap().token;
    crate::support::change(&app, move |w| tokens::revoke(w, id, "a test")).await;
    program.get("/customers").await.expect(401);
}

#[tokio::test]
async fn when_a_token_was_used_is_known_to_the_minute() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let id = program.token.parse::<ApiKey>().unwrap().token;
    let began = app.clock.now();
    let mut seen = Vec::new();
    for seconds in [0, 30, 31] {
        app.clock.advance(seconds);
        program.get("/settings").await.expect(200);
        // Changes are made in order: this one is behind the note.
        crate::support::change(&app, |_| Ok(())).await;
        let token = app.app.store.read(|r| r.api_token(id)).unwrap().unwrap();
        seen.push(token.used_at.unwrap().duration_since(began).as_secs());
    }
    assert_eq!(seen, [0, 0, 61]);
}

//! The JSON API as programs meet it: every name of CONTRACT.md, over real HTTP.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use crate::support::TestApp;

#[tokio::test]
async fn without_a_token_there_is_nothing() {
    let app = TestApp::start().await;
    let _program = app.program().await;
    assert_eq!(app.get("/api/v1/nothing").await.status, 404);
}

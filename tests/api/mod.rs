//! The JSON API as programs meet it: every name of CONTRACT.md, over real HTTP.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

mod credit;
mod customers;
mod disputes;
mod idempotency;
mod invoices;
mod money;
mod plans;
mod refunds;
mod settings;
mod tables;
mod tokens;
mod watching;

use serde_json::{Value, json};

use crate::support::{Program, TestApp};

/// The names of an object, in the order in which they were sent.
fn names(object: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut rest) = (0, object);
    while let Some(at) = rest.find(['{', '}', '[', ']', '"']) {
        match rest.as_bytes()[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {
                let end = at + 1 + rest[at + 1..].find('"').expect("a text ends");
                if depth == 1 && rest[end + 1..].starts_with(':') {
                    names.push(rest[at + 1..end].to_owned());
                }
                rest = &rest[end + 1..];
                continue;
            }
        }
        rest = &rest[at + 1..];
    }
    names
}

/// One line as in CONTRACT.md's example: two hours at 80.00, 19 %.
fn design() -> Value {
    json!({"description": "Design", "quantity": "2", "unit": "h", "unit_price": "80.00", "tax_rate": "19"})
}

impl Program<'_> {
    /// A customer with an address, and its id.
    async fn anna(&self) -> String {
        let answer = self.post("/customers", json!({"name": "Anna Muster", "email": "anna@example.com"})).await;
        text(&answer.expect(201), "id")
    }

    /// A draft over 190.40 EUR for a new customer, and its id.
    async fn draft(&self) -> String {
        let customer = self.anna().await;
        let body = json!({"customer": customer, "currency": "EUR", "lines": [design()]});
        text(&self.post("/invoices", body).await.expect(201), "id")
    }

    /// As [`Program::draft`], issued.
    async fn issued(&self) -> String {
        let id = self.draft().await;
        self.act(&format!("/invoices/{id}/issue")).await.expect(200);
        id
    }

    async fn invoice(&self, id: &str) -> Value {
        self.get(&format!("/invoices/{id}")).await.expect(200)
    }

    /// Everything on the first page of a list.
    async fn all(&self, path: &str) -> Vec<Value> {
        self.get(path).await.expect(200)["data"].as_array().expect("a list").clone()
    }
}

#[track_caller]
fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {object}")).to_owned()
}

fn ids(list: &[Value]) -> Vec<String> {
    list.iter().map(|item| text(item, "id")).collect()
}

#[tokio::test]
async fn lists_come_in_pages_newest_first() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let mut made = Vec::new();
    for name in ["one", "two", "three", "four", "five"] {
        made.push(text(&program.post("/customers", json!({ "name": name })).await.expect(201), "id"));
    }
    made.reverse();
    let first = program.get("/customers?limit=2").await;
    assert_eq!(names(&first.text()), ["data", "next"]);
    let first = first.expect(200);
    assert_eq!(ids(first["data"].as_array().unwrap()), made[..2]);
    assert_eq!(first["next"], made[1].as_str());
    let last = program.get(&format!("/customers?limit=3&after={}", made[1])).await.expect(200);
    assert_eq!(ids(last["data"].as_array().unwrap()), made[2..]);
    assert_eq!(last["next"], Value::Null);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("after=x", "after"),
        ("after=inv_00000000000000000000000000", "after"),
        ("nmae=x", "nmae"),
    ] {
        assert_eq!(program.get(&format!("/customers?{query}")).await.fields(), [field], "{query}");
    }
}

#[tokio::test]
async fn what_is_no_json_or_not_there_is_a_problem() {
    let app = TestApp::start().await;
    let program = app.program().await;
    for (body, status) in [("", 400), ("{", 400), ("[]", 400), ("3", 400), ("{} {}", 400), ("{}", 422)] {
        let answer = program.ask("POST", "/customers").body("application/json", body).send().await;
        assert_eq!(answer.status, status, "{body}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let problem = answer.json();
        assert_eq!((&problem["type"], &problem["status"]), (&json!("about:blank"), &json!(status)));
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "text/json"] {
        program.ask("POST", "/customers").body(kind, r#"{"name": "x"}"#).send().await.expect(415);
    }
    let answer = program.ask("POST", "/customers").body("Application/JSON; charset=utf-8", r#"{"name": "x"}"#);
    answer.send().await.expect(201);
    for path in ["/customers/x", "/invoices/inv_1", "/attempts/att_00000000000000000000000000", "/nothing"] {
        program.get(path).await.expect(404);
    }
    for path in ["/invoices/inv_00000000000000000000000000/issue", "/reviews/rev_00000000000000000000000000/resolve"] {
        program.post(path, json!({})).await.expect(404);
    }
    assert_eq!(program.delete("/customers").await.status, 405);
    let too_large = format!(r#"{{"name": "{}"}}"#, "x".repeat(1 << 20));
    program.ask("POST", "/customers").body("application/json", too_large).send().await.expect(413);
}

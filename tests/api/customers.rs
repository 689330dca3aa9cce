//! `/customers`.

use serde_json::{Value, json};

use super::{ids, names, text};
use crate::support::TestApp;

#[tokio::test]
async fn a_customer_is_written_shown_and_changed_in_part() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let body = json!({
        "name": "Acme GmbH", "email": "billing@acme.example", "tax_id": "DE123456789", "language": "de",
        "buyer_reference": "04011000-12345-34", "endpoint": {"scheme": "0204", "id": "04011000-12345-34"},
        "address": {"line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "de"},
    });
    let made = program.post("/customers", body).await;
    let made_names = names(&made.text());
    assert_eq!(
        made_names,
        ["id", "name", "email", "address", "tax_id", "language", "buyer_reference", "endpoint", "created_at"]
    );
    let made = made.expect(201);
    assert_eq!(made["address"]["country"], "DE", "capitals are a matter of form");
    let path = format!("/customers/{}", text(&made, "id"));
    let mut shown = program.get(&path).await.expect(200);
    assert_eq!(shown.as_object_mut().and_then(|fields| fields.remove("credit")), Some(json!([])));
    assert_eq!(shown, made);

    let change = json!({"email": null, "address": {"line2": "3. Stock", "country": "AT"}, "endpoint": null});
    let changed = program.patch(&path, change).await.expect(200);
    assert_eq!((&changed["email"], &changed["endpoint"]), (&json!(""), &Value::Null));
    let address = json!({"line1": "Hauptstr. 1", "line2": "3. Stock", "city": "Berlin", "postal_code": "10115", "state": "", "country": "AT"});
    assert_eq!(changed["address"], address);
    assert_eq!((&changed["name"], &changed["tax_id"]), (&made["name"], &made["tax_id"]));
    assert_eq!(program.patch(&path, json!({})).await.expect(200), changed);
}

#[tokio::test]
async fn every_wrong_field_of_a_customer_is_named() {
    let app = TestApp::start().await;
    let program = app.program().await;
    for (body, fields) in [
        (json!({}), vec!["name"]),
        (json!({"name": " "}), vec!["name"]),
        (json!({"name": 3, "email": true, "e-mail": ""}), vec!["name", "email", "e-mail"]),
        (json!({"name": "A", "email": "a", "address": {"country": "Germany"}}), vec!["email", "address.country"]),
        (json!({"name": "A", "address": {"street": "x"}}), vec!["address.street"]),
        (json!({"name": "A", "address": "Berlin"}), vec!["address"]),
        (json!({"name": "A", "endpoint": {"scheme": "x", "id": ""}}), vec!["endpoint.scheme", "endpoint.id"]),
        (json!({"name": "A\r\nBcc: x@example.com"}), vec!["name"]),
    ] {
        assert_eq!(program.post("/customers", body.clone()).await.fields(), fields, "{body}");
    }
    assert_eq!(program.all("/customers").await, Vec::<Value>::new(), "nothing was stored");
    let id = program.anna().await;
    assert_eq!(program.patch(&format!("/customers/{id}"), json!({"name": ""})).await.fields(), ["name"]);
}

#[tokio::test]
async fn customers_are_found_by_name_and_address() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let anna = program.anna().await;
    program.post("/customers", json!({"name": "Bo"})).await.expect(201);
    assert_eq!(ids(&program.all("/customers?q=MUSTER+anna%40").await), [anna]);
    assert_eq!(program.all("/customers?q=nobody").await.len(), 0);
}

//! `/settings`.

use serde_json::json;

use super::names;
use crate::support::TestApp;

#[tokio::test]
async fn settings_are_shown_and_changed_in_part() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let answer = program.get("/settings").await;
    let expected = [
        "business",
        "currency",
        "time_zone",
        "language",
        "numbering",
        "credit_note_numbering",
        "terms_days",
        "tax_rates",
    ];
    assert_eq!(names(&answer.text())[..8], expected);
    let usual = answer.expect(200);
    let address = json!({"line1": "", "line2": "", "city": "", "postal_code": "", "state": "", "country": ""});
    let business = json!({
        "name": "", "address": address, "tax_id": "", "email": "", "phone": "", "website": "", "iban": "", "bic": "",
    });
    assert_eq!(usual["business"], business);
    assert_eq!(usual["numbering"], json!({"pattern": "{YYYY}-{SEQ:4}", "next": 1}));

    let change = json!({
        "business": {"name": "Pat Sample", "address": {"city": "Wien", "country": "at"}, "iban": "de89 3704 0044 0532 0130 00"},
        "currency": "CHF", "time_zone": "Europe/Vienna", "language": "de", "terms_days": 7, "notify_payments": false,
        "tax_rates": [{"name": "Standard", "rate": "20"}, {"name": "Reduced", "rate": "10.0"}],
    });
    let changed = program.patch("/settings", change).await.expect(200);
    assert_eq!(changed["business"]["iban"], "DE89370400440532013000");
    assert_eq!((&changed["terms_days"], &changed["tax_rates"][1]["rate"]), (&json!(7), &json!("10.0")));
    let changed = program.patch("/settings", json!({"business": {"address": {"line1": "Ring 1"}}})).await.expect(200);
    let address = &changed["business"]["address"];
    assert_eq!(
        (&address["line1"], &address["city"], &address["country"]),
        (&json!("Ring 1"), &json!("Wien"), &json!("AT"))
    );
    assert_eq!(program.get("/settings").await.expect(200), changed);
}

#[tokio::test]
async fn each_notice_to_the_owner_can_be_switched_off_by_itself() {
    let app = TestApp::start().await;
    let program = app.program().await;
    for what in ["payments", "reviews", "declines", "mails", "stripe", "reads"] {
        let name = format!("notify_{what}");
        assert_eq!(program.get("/settings").await.expect(200)[&name], true);
        let changed = program.patch("/settings", json!({ name.as_str(): false })).await.expect(200);
        assert_eq!(changed[&name], false);
    }
    assert_eq!(program.patch("/settings", json!({"notify_mails": "no"})).await.fields(), ["notify_mails"]);
}

#[tokio::test]
async fn how_long_something_is_kept_is_a_setting() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let kept = async || program.get("/settings").await.expect(200)["retention"].clone();
    assert_eq!(kept().await, json!({"mail_months": 24, "event_days": 90}));
    for (given, then) in [
        (json!({"event_days": 7}), json!({"mail_months": 24, "event_days": 7})),
        (json!({"mail_months": null}), json!({"mail_months": null, "event_days": 7})),
        (json!({"mail_months": 12}), json!({"mail_months": 12, "event_days": 7})),
    ] {
        let changed = program.patch("/settings", json!({"retention": given})).await.expect(200);
        assert_eq!(changed["retention"], then);
        assert_eq!(kept().await, then);
    }
}

#[tokio::test]
async fn every_wrong_setting_is_named() {
    let app = TestApp::start().await;
    let program = app.program().await;
    for (body, fields) in [
        (json!({"buisness": {}}), vec!["buisness"]),
        (json!({"business": {"iban": "DE00", "logo": ""}}), vec!["business.logo"]),
        (json!({"business": {"iban": "DE00", "email": "x"}}), vec!["business.email", "business.iban"]),
        (json!({"business": {"address": {"country": "Austria"}}}), vec!["business.address.country"]),
        (json!({"time_zone": "Mars/Base", "language": ""}), vec!["time_zone", "language"]),
        (json!({"currency": "???", "terms_days": 1.5}), vec!["currency", "terms_days"]),
        (json!({"numbering": {"pattern": "{YYYY}"}}), vec!["numbering.pattern"]),
        (
            json!({"retention": {"mail_months": 0, "event_days": 3_651}}),
            vec!["retention.mail_months", "retention.event_days"],
        ),
        (json!({"retention": {"event_days": "90", "years": 1}}), vec!["retention.event_days", "retention.years"]),
        (json!({"numbering": {"pattern": "TEST-{SEQ}"}}), vec!["numbering.pattern"]),
        (json!({"numbering": {"next": 0}}), vec!["numbering.next"]),
        (json!({"numbering": {"next": -4}}), vec!["numbering.next"]),
        (json!({"numbering": {"next": "5"}}), vec!["numbering.next"]),
        (
            json!({"tax_rates": [{"name": "A", "rate": 19}, {"rate": "7"}]}),
            vec!["tax_rates[0].rate", "tax_rates[1].name"],
        ),
        (json!({"tax_rates": [{"name": "A", "rate": "-1"}]}), vec!["tax_rates[0].rate"]),
    ] {
        assert_eq!(program.patch("/settings", body.clone()).await.fields(), fields, "{body}");
    }
}

#[tokio::test]
async fn numbers_start_where_the_owner_says_and_never_go_back() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let numbering = json!({"numbering": {"pattern": "R{YYYY}-{SEQ:3}", "next": 124}});
    let changed = program.patch("/settings", numbering).await.expect(200);
    assert_eq!(changed["numbering"], json!({"pattern": "R{YYYY}-{SEQ:3}", "next": 124}));
    let id = program.issued().await;
    assert_eq!(program.invoice(&id).await["number"], "TEST-R2026-124");
    assert_eq!(program.patch("/settings", json!({"numbering": {"next": 124}})).await.fields(), ["numbering.next"]);
    assert_eq!(program.get("/settings").await.expect(200)["numbering"]["next"], 125);
    let live = app.app.store.read(|r| r.settings()).unwrap().numbering;
    assert_eq!(live.take("2026-11-22".parse().unwrap()).unwrap().0, "R2026-124", "an unused series starts there too");
}

#[tokio::test]
async fn the_highest_start_locks_no_series() {
    let app = TestApp::start().await;
    let program = app.program().await;
    let start = |next: u64| json!({"numbering": {"next": next}});
    assert_eq!(program.patch("/settings", start(999_999_999_999)).await.fields(), ["numbering.next"]);
    program.patch("/settings", start(999_999_999)).await.expect(200);
    for number in ["TEST-2026-999999999", "TEST-2026-1000000000", "TEST-2026-1000000001"] {
        let id = program.issued().await;
        assert_eq!(program.invoice(&id).await["number"], number);
    }
    let shown = program.get("/settings").await.expect(200)["numbering"]["next"].as_u64().unwrap();
    program.patch("/settings", start(shown)).await.expect(200);
}

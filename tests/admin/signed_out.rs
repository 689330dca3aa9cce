//! The session ends while somebody types: nothing is done, and nothing that was typed is lost.

use super::person::{EMAIL, PASSWORD, Person, Sheet, leads_to};
use crate::support::TestApp;

const LOGIN: &str = "/admin/login";
const SIGN_IN: [(&str, &str); 2] = [("email", EMAIL), ("password", PASSWORD)];

fn customers(app: &TestApp) -> Vec<String> {
    let found = app.app.store.read(|r| r.customers(&[], None, 10)).unwrap();
    found.into_iter().map(|customer| customer.party.name).collect()
}

#[tokio::test]
async fn what_was_typed_is_shown_again_after_signing_in_and_sent_by_its_button_only() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let form = person.sheet("/admin/customers/new", "/admin/customers").await;
    person.forget_cookie();
    let typed = [("name", "Müller & \"Söhne\" <b>"), ("line1", "Back door, left")];
    let turned_away = person.send(&form, &typed).await;
    assert_eq!((turned_away.status, turned_away.header("cache-control")), (401, Some("no-store")));
    assert!(turned_away.text().contains("nothing was done") && !turned_away.text().contains("<b>"));

    // A wrong password loses nothing either.
    let sign_in = Sheet::read(&turned_away.text(), LOGIN);
    let refused = person.send(&sign_in, &[("email", EMAIL), ("password", "not it at all")]).await;
    assert_eq!(refused.status, 422);
    let sign_in = Sheet::read(&refused.text(), LOGIN);
    let page = person.send(&sign_in, &SIGN_IN).await;
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
    assert!(page.text().contains("Nothing was done yet") && page.text().contains(EMAIL), "{}", page.text());
    assert!(customers(&app).is_empty(), "signing in does nothing else");

    let again = Sheet::read(&page.text(), "/admin/customers");
    let saved = person.send(&again, &[]).await;
    assert!(leads_to(&saved).ends_with("?done=customer"));
    assert_eq!(customers(&app), ["Müller & \"Söhne\" <b>"]);
    // The one-time value of the form came along: once more is not twice.
    assert_eq!(leads_to(&person.send(&again, &[]).await), leads_to(&saved));
    assert_eq!(customers(&app).len(), 1);
}

#[tokio::test]
async fn passwords_keys_and_other_sites_get_nothing_out_of_it() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let key = "sk_test_a_secret_that_was_typed_0123";
    let secrets = [("secret_key", key), ("webhook_secret", key), ("setup_key", key), ("do", "save")];
    let change = [("current", key), ("password", key)];
    person.forget_cookie();
    for (path, fields) in [("/admin/settings/payments", &secrets[..]), ("/admin/settings/account/password", &change)] {
        let answer = person.post(path, fields).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(!answer.text().contains(key) && answer.text().contains(path), "{path}: {}", answer.text());
    }
    // A sign-in form leads nowhere but to the admin page, whatever it brings along.
    for path in ["https://evil.example/admin/", "//evil.example", "/i/x/checkout", "javascript:alert(1)"] {
        let answer = person.post(LOGIN, &[&SIGN_IN[..], &[("kept-path", path)]].concat()).await;
        assert_eq!(leads_to(&answer), "/admin", "{path}");
    }
    person.forget_cookie();
    let foreign = app.ask("POST", "/admin/customers").header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.form("name=Evil").send().await.status, 403);
    assert_eq!(leads_to(&person.post("/admin/logout", &[]).await), LOGIN);
    assert!(customers(&app).is_empty());
}

#[tokio::test]
async fn a_long_invoice_and_the_words_beside_files_come_along_and_what_is_too_large_is_said() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let sheet = person.sheet("/admin/invoices/new", "/admin/invoices").await;
    let mut fields = sheet.fields.clone();
    fields.retain(|(name, _)| !name.starts_with("lines."));
    let words = "x".repeat(1_000);
    for n in 0..200 {
        for (field, value) in [("id", ""), ("description", words.as_str()), ("quantity", "1"), ("unit", "h")] {
            fields.push((format!("lines.{n}.{field}"), value.to_owned()));
        }
        for (field, value) in [("unit_price", "80.00"), ("discount", ""), ("tax", "0")] {
            fields.push((format!("lines.{n}.{field}"), value.to_owned()));
        }
    }
    let changes = [("customer", "new"), ("new.name", "Ben"), ("do", "save")];
    person.forget_cookie();
    let answer = person.send(&Sheet { action: "/admin/invoices".into(), fields }, &changes).await;
    assert_eq!(answer.status, 401);
    let page = person.send(&Sheet::read(&answer.text(), LOGIN), &SIGN_IN).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let saved = person.send(&Sheet::read(&page.text(), "/admin/invoices"), &[]).await;
    assert!(leads_to(&saved).ends_with("?done=draft"), "{}", saved.text());

    person.forget_cookie();
    let body = |file: usize| {
        let file = "y".repeat(file);
        format!(
            "--b\r\ncontent-disposition: form-data; name=\"story\"\r\n\r\nIt was fetched.\r\n--b\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n{file}\r\n--b--\r\n"
        )
    };
    let (path, kind) = ("/admin/disputes/dsp_00000000000000000000000000", "multipart/form-data; boundary=b");
    let answer = person.post_body(path, kind, body(100).into_bytes()).await;
    assert_eq!(answer.status, 401);
    let page = person.send(&Sheet::read(&answer.text(), LOGIN), &SIGN_IN).await.text();
    assert!(page.contains("It was fetched.") && page.contains("multipart/form-data"), "{page}");
    person.forget_cookie();
    let answer = person.post_body(path, kind, body(300 << 10).into_bytes()).await;
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("too large to be kept") && !answer.text().contains("yyy"), "{}", answer.text());
}

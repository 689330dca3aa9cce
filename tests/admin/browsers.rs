//! Which browsers an owner signed in with: a new one is told by mail and let in; sessions are seen and ended.

use quittance::billing::letter::Matter;

use super::person::{EMAIL, PASSWORD, Person, leads_to};
use crate::support::TestApp;

const LOGIN: [(&str, &str); 2] = [("email", EMAIL), ("password", PASSWORD)];
const PAGE: &str = "/admin/settings/account";

/// What the owners were told of new browsers, each with the browser.
fn told(app: &TestApp) -> Vec<String> {
    let letters = app.app.store.read(|r| r.letters(None, 100)).unwrap();
    let told = letters.into_iter().filter_map(|letter| match letter.subject_matter {
        Matter::OwnerChange { change, by, .. } if change.to_string().contains("not seen before") => Some(by),
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn a_browser_that_was_not_seen_before_is_told_and_let_in() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    app.invoice("119").await;
    for _ in 0..2 {
        person.forget_cookie();
        leads_to(&person.post("/admin/login", &LOGIN).await);
    }
    assert_eq!(told(&app), [""; 0], "the browser of the first run is known");
    let other = Person::new(&app);
    leads_to(&other.post("/admin/login", &LOGIN).await);
    assert_eq!(told(&app), ["Another program, from 127.0.0.1"]);
    app.clock.advance(60);
    other.forget_cookie();
    leads_to(&other.post("/admin/login", &LOGIN).await);
    assert_eq!(told(&app).len(), 1, "once");

    // Another password makes marks worthless for the counting of tries; browsers are known all the same.
    let new = "the ledger sits on my cat";
    leads_to(&person.post(&format!("{PAGE}/password"), &[("current", PASSWORD), ("password", new)]).await);
    other.forget_cookie();
    leads_to(&other.post("/admin/login", &[("email", EMAIL), ("password", new)]).await);
    assert_eq!(told(&app).len(), 1);
    // A cookie that somebody made up is none that was seen.
    let made_up = format!("quittance-browser={}.x", "A".repeat(43));
    let ask = app.ask("POST", "/admin/login").header("sec-fetch-site", "same-origin").header("cookie", &made_up);
    let answer = ask.form(&format!("email={EMAIL}&password={}", new.replace(' ', "+"))).send().await;
    assert_eq!((answer.status, told(&app).len()), (303, 2));
}

#[tokio::test]
async fn one_browser_of_two_owners_is_known_to_both() {
    use quittance::credentials::{Chosen, Whose};
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    app.invoice("119").await;
    let hash = app.app.hashing.hash(Chosen::new(PASSWORD, Whose::default()).unwrap()).await.unwrap();
    let add = move |w: &mut quittance::store::Writer<'_>| {
        quittance::actions::owners::add(w, "eve@example.com", &hash, "a test")
    };
    crate::support::change(&app, add).await;
    for _ in 0..2 {
        for email in ["eve@example.com", EMAIL] {
            app.clock.advance(60);
            person.forget_cookie();
            leads_to(&person.post("/admin/login", &[("email", email), ("password", PASSWORD)]).await);
        }
    }
    assert_eq!(told(&app).len(), 1, "the other owner's first");
}

#[tokio::test]
async fn all_other_sessions_are_ended_at_once() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    assert!(!person.page(PAGE).await.contains("everywhere else"), "there is no other");
    let others = [Person::new(&app), Person::new(&app)];
    for other in &others {
        leads_to(&other.post("/admin/login", &LOGIN).await);
        other.page("/admin").await;
    }
    let sheet = person.sheet(PAGE, &format!("{PAGE}/sessions")).await;
    assert_eq!(leads_to(&person.send(&sheet, &[]).await), format!("{PAGE}?done=ended-others"));
    person.page("/admin").await;
    for other in &others {
        assert_eq!(other.get("/admin").await.status, 303);
    }
}

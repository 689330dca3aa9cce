//! The way in and out: sessions, throttling, other sites.

use quittance::actions::owners::{AGE_MAX, IDLE_MAX, add};
use quittance::credentials::{Chosen, Whose};

use super::person::{EMAIL, PASSWORD, Person, leads_to};
use crate::support::TestApp;

#[tokio::test]
async fn signing_in_leads_back_and_signing_out_ends_the_session() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let first = person.cookie().unwrap();
    assert!(first.starts_with("quittance=ses_"), "a plain name on loopback: {first}");
    person.forget_cookie();

    assert_eq!(leads_to(&person.get("/admin/").await), "/admin");
    let back = leads_to(&person.get("/admin/invoices?s=paid").await);
    assert_eq!(back, "/admin/login?next=%2Fadmin%2Finvoices%3Fs%3Dpaid");
    let sheet = person.sheet(&back, "/admin/login").await;
    let answer = person.send(&sheet, &[("email", "PAT@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(leads_to(&answer), "/admin/invoices?s=paid");
    let flags = answer.header("set-cookie").unwrap();
    for flag in ["Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(flags.contains(flag), "{flags}");
    }
    let session = person.cookie().unwrap();
    assert_ne!(session, first);
    person.page("/admin").await;

    let out = person.post("/admin/logout", &[]).await;
    assert_eq!(out.header("clear-site-data"), Some("\"cache\""), "going back shows nothing");
    assert_eq!(leads_to(&out), "/admin/login?done=out");
    assert_eq!(person.cookie(), None);
    let stolen = app.ask("GET", "/admin").header("cookie", &session).send().await;
    assert_eq!(stolen.status, 303, "the session is over, whoever has its cookie");
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        person.forget_cookie();
        let answer = person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(leads_to(&answer), "/admin", "{next}");
    }
}

#[tokio::test]
async fn a_session_ends_by_idleness_and_by_age() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    app.clock.advance(IDLE_MAX.as_secs() - 1);
    person.page("/admin").await;
    app.clock.advance(IDLE_MAX.as_secs() - 1);
    person.page("/admin").await;
    app.clock.advance(IDLE_MAX.as_secs());
    assert_eq!(person.get("/admin").await.status, 303, "idle too long");

    let answer = person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert_eq!(leads_to(&answer), "/admin");
    for _ in 0..AGE_MAX.as_hours() / 11 {
        app.clock.advance(11 * 3600);
        person.get("/admin").await;
    }
    app.clock.advance(11 * 3600);
    assert_eq!(person.get("/admin").await.status, 303, "too old, however busy");
}

#[tokio::test]
async fn a_forged_cookie_opens_nothing() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let cookie = person.cookie().unwrap();
    let (id, secret) = cookie.split_once('.').unwrap();
    let (name, _) = cookie.split_once('=').unwrap();
    for forged in [
        format!("{id}.{}x", &secret[1..]),
        format!("{id}."),
        id.to_owned(),
        format!("{name}=ses_00000000000000000000000000.{secret}"),
        format!("__Host-{cookie}"),
    ] {
        assert_eq!(app.ask("GET", "/admin").header("cookie", &forged).send().await.status, 303, "{forged}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_the_same_and_are_throttled() {
    let app = TestApp::start().await;
    Person::owner(&app).await;
    let stranger = Person::new(&app);
    let wrong = stranger.post("/admin/login", &[("email", EMAIL), ("password", "a wrong password")]).await;
    let unknown =
        stranger.post("/admin/login", &[("email", "eve@example.com"), ("password", "a wrong password")]).await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(wrong.text().replace(EMAIL, ""), unknown.text().replace("eve@example.com", ""));
    assert!(stranger.cookie().is_none());
    for _ in 0..4 {
        let again = stranger.post("/admin/login", &[("email", EMAIL), ("password", "x")]).await;
        assert_eq!(again.status, 422);
    }
    // There were five tries for this account from here, so even the right password waits: it must not be tried out.
    let throttled = stranger.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert_eq!(throttled.status, 429);
    let wait: u64 = throttled.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert!(throttled.text().contains("Please wait"), "{}", throttled.text());
    let mut figures = String::new();
    prometheus_client::encoding::text::encode(&mut figures, &app.app.metrics.registry()).unwrap();
    for line in ["outcome=\"refused\"} 6", "outcome=\"throttled\"} 1"] {
        assert!(figures.contains(&format!("quittance_sign_ins_total{{{line}")), "{figures}");
    }
}

#[tokio::test]
async fn strangers_lock_nobody_out() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    person.forget_cookie();
    let stranger = Person::new(&app);
    // All come from the same address, as behind a proxy that nobody named as trusted.
    while stranger.post("/admin/login", &[("email", EMAIL), ("password", "guess")]).await.status != 429 {}
    let answer = person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert_eq!(leads_to(&answer), "/admin", "a browser that signed in before is not held up");
    let other = stranger.post("/admin/login", &[("email", "eve@example.com"), ("password", "guess")]).await;
    assert!([422, 429].contains(&other.status));
    let wait = other.header("retry-after").map_or(0, |wait| wait.parse::<u64>().unwrap());
    assert!(wait <= 1, "other accounts wait a moment at most: {wait}");

    // The mark opens nothing, is good for its account alone, and its own tries are counted.
    person.forget_cookie();
    assert_eq!(person.get("/admin").await.status, 303);
    let mut tries = 0;
    while person.post("/admin/login", &[("email", EMAIL), ("password", "guess")]).await.status != 429 {
        tries += 1;
    }
    assert_eq!(tries, 5);
}

#[tokio::test]
async fn another_password_makes_the_marks_of_browsers_worthless() {
    let app = TestApp::start().await;
    let (person, other) = (Person::owner(&app).await, Person::new(&app));
    other.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    let new = "the ledger sits on my cat";
    let changed = person.post("/admin/settings/account/password", &[("current", PASSWORD), ("password", new)]).await;
    assert_eq!(changed.status, 303);
    let stranger = Person::new(&app);
    while stranger.post("/admin/login", &[("email", EMAIL), ("password", "guess")]).await.status != 429 {}
    assert_eq!(other.post("/admin/login", &[("email", EMAIL), ("password", new)]).await.status, 429);
}

#[tokio::test]
async fn where_the_site_is_https_every_cookie_is() {
    let app = TestApp::start_with(|config| {
        config.server.public_url = "https://pay.example".parse().unwrap();
    })
    .await;
    let setup = format!("/admin/setup/{}", app.app.setup_secret().unwrap().unwrap());
    // The peer is a proxy on this machine that nobody named as trusted.
    let ask = app.ask("POST", &setup).header("sec-fetch-site", "same-origin").header("x-forwarded-proto", "https");
    let answer = ask.form(&format!("email={EMAIL}&password={PASSWORD}")).send().await;
    let cookies: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in &cookies {
        assert!(cookie.starts_with("__Host-quittance") && cookie.contains("; Secure"), "{cookie}");
    }
    let session = cookies[0].split(';').next().unwrap();
    assert_eq!(app.ask("GET", "/admin").header("cookie", session).send().await.status, 200);
    let plain = session.replace("__Host-", "");
    // A plain one is looked at only where the machine's own address was asked.
    assert_eq!(app.ask_host("GET", "/admin", "pay.example").header("cookie", &plain).send().await.status, 303);
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let cookie = person.cookie().unwrap();
    let form = |ask: crate::support::Ask| ask.header("cookie", &cookie).form("name=Evil&do=save");
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let ask = app.ask("POST", "/admin/settings/business").header(name, value);
        let refused = form(ask.header("accept", "text/html")).send().await;
        assert_eq!(refused.status, 403, "{name}: {value}");
        let page = refused.text();
        assert!(page.contains("That came from elsewhere") && page.contains("href=\"/admin\""), "a way back: {page}");
    }
    let wrong =
        app.ask("DELETE", "/admin/invoices").header("cookie", &cookie).header("accept", "text/html").send().await;
    assert_eq!((wrong.status, wrong.header("allow").is_some()), (405, true));
    assert!(wrong.text().contains("class=\"gate\"") && wrong.text().contains("href=\"/admin\""), "{}", wrong.text());
    assert_eq!(
        form(app.ask("POST", "/admin/settings/business")).send().await.status,
        403,
        "no word of where it is from"
    );
    let login = app.ask("POST", "/admin/login").header("sec-fetch-site", "cross-site");
    let body = format!("email={EMAIL}&password={PASSWORD}");
    assert_eq!(login.form(&body).send().await.status, 403, "nobody is signed in by another site either");
    assert_eq!(app.app.store.read(|r| r.settings()).unwrap().business.name, "");
    let own = app.ask("POST", "/admin/settings/notifications").header("origin", &app.base).header("cookie", &cookie);
    assert_eq!(own.form("on_payment=yes").send().await.status, 303, "an older browser says its origin");
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let other = Person::new(&app);
    other.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    other.page("/admin").await;
    let page = person.page("/admin/settings/account").await;
    assert_eq!(page.matches("/revoke").count(), 1, "the other session can be ended, this one not: {page}");

    let path = "/admin/settings/account/password";
    let new = "the ledger sits on my cat";
    let refused = person.post(path, &[("current", "not it at all"), ("password", new)]).await;
    assert!(refused.status == 422 && refused.text().contains("not your present password"), "{}", refused.text());
    let refused = person.post(path, &[("current", PASSWORD), ("password", "password123")]).await;
    assert!(refused.status == 422 && refused.text().contains("most used"), "{}", refused.text());
    let changed = person.post(path, &[("current", PASSWORD), ("password", new)]).await;
    assert_eq!(leads_to(&changed), "/admin/settings/account?done=password");
    person.page("/admin").await;
    assert_eq!(other.get("/admin").await.status, 303);
    assert_eq!(other.post("/admin/login", &[("email", EMAIL), ("password", new)]).await.status, 303);
}

#[tokio::test]
async fn an_open_browser_does_not_let_passwords_be_tried_out() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let path = "/admin/settings/account/password";
    let new = ("password", "the ledger sits on my cat");
    for _ in 0..5 {
        assert_eq!(person.post(path, &[("current", "a guess"), new]).await.status, 422);
    }
    let throttled = person.post(path, &[("current", PASSWORD), new]).await;
    assert_eq!(throttled.status, 429, "the right one must not be found out either");
    assert!(throttled.header("retry-after").is_some());
}

#[tokio::test]
async fn an_owner_ends_sessions_of_their_own_and_of_nobody_else() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let revoke = |of: &Person<'_>| {
        let cookie = of.cookie().unwrap();
        let id = cookie.split_once('=').unwrap().1.split('.').next().unwrap();
        format!("/admin/settings/sessions/{id}/revoke")
    };
    let hash = app.app.hashing.hash(Chosen::new(PASSWORD, Whose::default()).unwrap()).await.unwrap();
    crate::support::change(&app, move |w| add(w, "eve@example.com", &hash, "a test")).await;
    let eve = Person::new(&app);
    eve.post("/admin/login", &[("email", "eve@example.com"), ("password", PASSWORD)]).await;
    eve.page("/admin").await;
    assert_eq!(eve.post(&revoke(&person), &[]).await.status, 404);
    person.page("/admin").await;

    let other = Person::new(&app);
    other.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    other.page("/admin").await;
    assert_eq!(leads_to(&person.post(&revoke(&other), &[]).await), "/admin/settings/account?done=ended");
    assert_eq!(other.get("/admin").await.status, 303);
    person.page("/admin").await;
    eve.page("/admin").await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_an_address_that_works_once_for_an_hour() {
    use quittance::actions::owners::reset_access;

    const YEAR: i64 = 365 * 24 * 60 * 60;
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let reset = |secret: &'static str| {
        crate::support::change(&app, move |w| reset_access(w, EMAIL, &quittance::credentials::digest(secret)))
    };
    reset("the-first").await;
    assert_eq!(person.get("/admin").await.status, 303, "every session has ended");
    let known = Person::new(&app).post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert_eq!(known.status, 422, "who knows the old password does not get in with it");
    reset("the-second").await;
    let gone = person.get("/admin/access/the-first").await;
    assert_eq!(gone.status, 409);
    assert!(gone.text().contains("Run quittance owner reset-access"), "{}", gone.text());

    let path = "/admin/access/the-second";
    let sheet = person.sheet(path, path).await;
    let short = person.send(&sheet, &[("password", "short")]).await;
    assert!(short.status == 422 && short.text().contains("at least 8"), "{}", short.text());
    let new = "the ledger sits on my cat";
    assert_eq!(leads_to(&person.send(&sheet, &[("password", new)]).await), "/admin?done=password");
    person.page("/admin").await;
    assert_eq!(person.send(&sheet, &[("password", "another one of mine")]).await.status, 409, "it works once");
    let other = Person::new(&app);
    assert_eq!(other.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await.status, 422);
    assert_eq!(other.post("/admin/login", &[("email", EMAIL), ("password", new)]).await.status, 303);

    reset("the-third").await;
    app.clock.advance(61 * 60);
    assert_eq!(person.get("/admin/access/the-third").await.status, 409);
    app.clock.advance(YEAR);
    reset("the-one-of-next-year").await;
    app.clock.advance(-YEAR);
    assert_eq!(person.get("/admin/access/the-one-of-next-year").await.status, 409, "the clock was set right");
    let foreign = app.ask("POST", "/admin/access/the-third").header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.form("password=whatever it is").send().await.status, 403);
}

#[tokio::test]
async fn who_signs_in_again_or_changes_the_password_has_a_new_session_and_no_old_one() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let sessions = || app.app.store.read(|r| r.sessions()).unwrap().into_iter().map(|one| one.id).collect::<Vec<_>>();
    let first = sessions();
    person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    let second = sessions();
    assert!(second.len() == 1 && second != first, "the one that the browser had is over");
    let cookie = person.cookie();
    let fields = [("current", PASSWORD), ("password", "the ledger sits on my cat")];
    leads_to(&person.post("/admin/settings/account/password", &fields).await);
    assert!(sessions().len() == 1 && sessions() != second && person.cookie() != cookie);
    person.page("/admin").await;
}

#[tokio::test]
async fn a_hash_of_former_parameters_is_renewed_at_the_next_sign_in() {
    use argon2::password_hash::PasswordHasher;
    use argon2::{Algorithm, Argon2, Params, Version};

    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let former = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, None).unwrap());
    let former = former.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let owner = || app.app.store.read(|r| r.owners()).unwrap().pop().unwrap();
    let weak = quittance::store::Owner { password_hash: former.clone(), ..owner() };
    crate::support::change(&app, move |w| Ok(w.put_owner(&weak)?)).await;
    let wrong =
        Person::new(&app).post("/admin/login", &[("email", EMAIL), ("password", "a guess that is wrong")]).await;
    assert_eq!((wrong.status, owner().password_hash), (422, former.clone()));
    person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert!(owner().password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", owner().password_hash);
    assert_eq!(person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await.status, 303);
}

#[tokio::test]
async fn fifty_wrong_passwords_for_one_account_within_a_day_are_told() {
    const TOLD: &str = "Somebody tries passwords at the sign-in";
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let owner = app.app.store.read(|r| r.owners()).unwrap()[0].id;
    let guess = || async {
        let stranger = Person::new(&app);
        assert_eq!(stranger.post("/admin/login", &[("email", EMAIL), ("password", "not it at all")]).await.status, 422);
    };
    // The tries themselves are spread over hours by the waits between them.
    for _ in 0..49 {
        app.app.guesses.count(owner, app.app.clock.now());
    }
    guess().await;
    assert!(!person.page("/admin").await.contains(TOLD), "fifty are not too many");
    // Wherever they are typed.
    let fields = [("current", "not it at all"), ("password", "the ledger sits on my cat")];
    assert_eq!(person.post("/admin/settings/account/password", &fields).await.status, 422);
    assert!(person.page("/admin").await.contains(TOLD));
    guess().await;
    let mails = app.app.store.read(|r| r.letters(None, 10)).unwrap();
    assert_eq!(mails.iter().filter(|mail| mail.subject_matter.kind() == "owner_trouble").count(), 1, "{mails:?}");
    app.clock.advance(24 * 60 * 60);
    assert_eq!(app.app.guesses.count(owner, app.app.clock.now()), 1);
}

//! The second step of the sign-in: set up, asked for, used up, lost, switched off.

use quittance::actions::owners;
use quittance::actions::second_step::begun_secret;
use quittance::billing::letter::Matter;
use quittance::credentials::one_time::OneTime;
use quittance::store::Owner;

use super::person::{EMAIL, PASSWORD, Person, Sheet, leads_to};
use crate::support::{Answer, TestApp};

const PAGE: &str = "/admin/settings/account/second-step";
const CODE: &str = "/admin/login/code";

fn owner(app: &TestApp) -> Owner {
    app.app.store.read(|r| r.owners()).unwrap().remove(0)
}

/// What the owners were told, the oldest first.
fn told(app: &TestApp) -> Vec<String> {
    let letters = app.app.store.read(|r| r.letters(None, 100)).unwrap();
    let mut told: Vec<String> = letters
        .into_iter()
        .filter_map(|letter| match letter.subject_matter {
            Matter::OwnerChange { change, .. } => Some(change.to_string()),
            _ => None,
        })
        .collect();
    told.reverse();
    told
}

/// Sets it up: the app, and the recovery codes.
async fn set_up(app: &TestApp, person: &Person<'_>) -> (OneTime, Vec<String>) {
    let begun = person.post(PAGE, &[("do", "begin")]).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let id = owner(app).id;
    let secret = app.app.store.read(|r| begun_secret(&r, &app.app.vault, id)).unwrap().unwrap();
    let typed: String = begun.text().split("<code class=\"break\">").nth(1).unwrap().split('<').next().unwrap().into();
    assert_eq!(typed.replace(' ', ""), secret, "the key for whoever types it");
    let phone = OneTime::of(&secret).unwrap();
    let confirmed = person.post(PAGE, &[("do", "confirm"), ("code", &phone.code(app.app.clock.now()))]).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    (phone, codes(&confirmed))
}

fn codes(page: &Answer) -> Vec<String> {
    let text = page.text();
    text.split("<li><code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// The page for the code, after the password.
async fn password(person: &Person<'_>) -> Sheet {
    let asked = person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD), ("next", "/admin/payments")]);
    let asked = asked.await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert_eq!(person.cookie(), None, "nothing is open yet");
    Sheet::read(&asked.text(), CODE)
}

#[tokio::test]
async fn a_code_is_asked_for_behind_the_password_and_is_good_once() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (phone, recovery) = set_up(&app, &person).await;
    assert_eq!(recovery.len(), 10);
    assert!(!person.page(PAGE).await.contains(&recovery[0]), "they are shown once");
    person.forget_cookie();

    let sheet = password(&person).await;
    let used = phone.code(app.app.clock.now());
    let again = person.send(&sheet, &[("code", &used)]).await;
    assert_eq!((again.status, person.cookie()), (422, None), "it was shown when it was set up");
    app.clock.advance(30);
    let code = phone.code(app.app.clock.now());
    let opened = person.send(&sheet, &[("code", &format!("{} {}", &code[..3], &code[3..]))]).await;
    assert_eq!(leads_to(&opened), "/admin/payments");
    person.page("/admin").await;
    person.forget_cookie();
    let replayed = person.send(&sheet, &[("code", &code)]).await;
    assert_eq!((replayed.status, person.cookie()), (422, None), "nor is any other good twice");

    app.clock.advance(90);
    let before = phone.code(app.app.clock.now());
    app.clock.advance(30);
    leads_to(&person.send(&sheet, &[("code", &before)]).await);
    person.forget_cookie();
    // A clock that was ahead and is set back does not lock anybody out.
    app.clock.advance(-86_400);
    let sheet = password(&person).await;
    leads_to(&person.send(&sheet, &[("code", &phone.code(app.app.clock.now()))]).await);
}

#[tokio::test]
async fn a_ticket_is_for_ten_minutes_and_for_whoever_typed_the_password() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (phone, _) = set_up(&app, &person).await;
    person.forget_cookie();
    let sheet = password(&person).await;
    let ticket = sheet.value("ticket").unwrap().to_owned();
    app.clock.advance(60);
    let code = phone.code(app.app.clock.now());
    let (start, proof) = ticket.rsplit_once('.').unwrap();
    let later = start.rsplit_once('.').map(|(id, until)| (id, until.parse::<i64>().unwrap() + 60)).unwrap();
    for forged in [
        String::new(),
        "..".to_owned(),
        format!("{start}."),
        format!("{start}.{}", proof.replace(&proof[..1], if proof.starts_with('0') { "1" } else { "0" })),
        format!("{}.{}.{proof}", later.0, later.1),
    ] {
        let refused = person.send(&sheet, &[("ticket", &forged), ("code", &code)]).await;
        assert_eq!((refused.status, person.cookie()), (422, None), "{forged}");
        assert!(refused.text().contains("Please sign in again"), "{}", refused.text());
    }
    assert_eq!(leads_to(&person.get(CODE).await), "/admin/login");
    app.clock.advance(600);
    let late = person.send(&sheet, &[("code", &phone.code(app.app.clock.now()))]).await;
    assert_eq!((late.status, person.cookie()), (422, None));
}

#[tokio::test]
async fn codes_are_counted_wherever_they_come_from_and_the_owners_are_told() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (phone, _) = set_up(&app, &person).await;
    app.clock.advance(60);
    let thief = Person::new(&app);
    let sheet = password(&thief).await;
    for _ in 0..5 {
        assert_eq!(thief.send(&sheet, &[("code", "000000")]).await.status, 422);
    }
    // Signing in with the password again gives no tries back, although the ticket is another one.
    app.clock.advance(1);
    let sheet = password(&thief).await;
    let throttled = thief.send(&sheet, &[("code", &phone.code(app.app.clock.now()))]).await;
    assert_eq!(throttled.status, 429);
    assert!(throttled.header("retry-after").is_some() && throttled.text().contains("Please wait"));
    assert_eq!(
        thief.send(&sheet, &[("recovery", "aaaa-bbbb-cccc-dddd")]).await.status,
        429,
        "nor has it another way in"
    );
    // The owner's own browser is not held up, and counted by itself.
    person.forget_cookie();
    let own = password(&person).await;
    for _ in 0..4 {
        assert_eq!(person.send(&own, &[("code", "000000")]).await.status, 422);
    }
    leads_to(&person.send(&own, &[("code", &phone.code(app.app.clock.now()))]).await);
    let wrong = "Somebody typed the right password of pat@example.com, and many wrong codes behind it";
    assert!(!told(&app).contains(&wrong.to_owned()));
    let off = [("do", "off"), ("current", PASSWORD), ("code", "000000")];
    assert_eq!(person.post(PAGE, &off).await.status, 422);
    app.invoice("119").await;
    assert_eq!(person.post(PAGE, &off).await.status, 422);
    assert!(!told(&app).is_empty() && owner(&app).second_step.is_some());
}

#[tokio::test]
async fn ten_wrong_codes_are_told() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    app.invoice("119").await;
    set_up(&app, &person).await;
    let mut sheet = password(&Person::new(&app)).await;
    let id = owner(&app).id;
    let wrong = "Somebody typed the right password of pat@example.com, and many wrong codes behind it";
    for round in 1..=12 {
        app.app.sign_in_tries.forget(&format!("code {id}"));
        let refused = Person::new(&app).send(&sheet, &[("code", "000000")]).await;
        assert_eq!(refused.status, 422);
        sheet = Sheet::read(&refused.text(), CODE);
        assert_eq!(told(&app).iter().filter(|what| *what == wrong).count(), usize::from(round >= 10), "{round}");
    }
}

#[tokio::test]
async fn a_recovery_code_opens_once_and_can_be_made_anew() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    app.invoice("119").await;
    let (phone, recovery) = set_up(&app, &person).await;
    person.forget_cookie();
    let sheet = password(&person).await;
    let typed = recovery[3].to_uppercase().replace('-', " ");
    leads_to(&person.send(&sheet, &[("recovery", &typed)]).await);
    assert!(person.page(PAGE).await.contains("9 recovery codes are left"));
    person.forget_cookie();
    assert_eq!(person.send(&sheet, &[("recovery", &recovery[3])]).await.status, 422, "each once");
    leads_to(&person.send(&sheet, &[("recovery", &recovery[4])]).await);

    let alone = person.post(PAGE, &[("do", "codes"), ("current", PASSWORD)]).await;
    assert_eq!(alone.status, 422, "the password alone makes none");
    app.clock.advance(60);
    let code = phone.code(app.app.clock.now());
    let made = person.post(PAGE, &[("do", "codes"), ("current", PASSWORD), ("code", &code)]).await;
    assert_eq!((made.status, codes(&made).len()), (200, 10));
    let (digests, fresh) = (owner(&app).second_step.unwrap().recovery, codes(&made));
    assert!(digests.iter().all(|digest| digest.len() == 64 && !fresh.contains(digest)));
    person.forget_cookie();
    let sheet = password(&person).await;
    assert_eq!(person.send(&sheet, &[("recovery", &recovery[5])]).await.status, 422, "the former ones are worthless");
    leads_to(&person.send(&sheet, &[("recovery", &fresh[0])]).await);
    let expected = [
        "The second step of the sign-in of pat@example.com was set up",
        "A recovery code of pat@example.com was used, and 9 are left",
        "A recovery code of pat@example.com was used, and 8 are left",
        "Other recovery codes were made for pat@example.com",
        "A recovery code of pat@example.com was used, and 9 are left",
    ];
    assert_eq!(told(&app), expected);
}

#[tokio::test]
async fn it_is_set_up_by_whoever_has_the_password_and_a_right_code() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let wrong = person.post(PAGE, &[("do", "confirm"), ("code", "000000")]).await;
    assert_eq!(leads_to(&wrong), PAGE, "nothing was begun");
    assert_eq!(person.post(PAGE, &[("do", "begin")]).await.status, 200);
    let wrong = person.post(PAGE, &[("do", "confirm"), ("code", "000000")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("class=\"qr\""), "the picture stays: {}", wrong.text());
    assert!(owner(&app).second_step.is_none());
    app.clock.advance(16 * 60);
    let asked = person.post(PAGE, &[("do", "begin")]).await;
    assert!(asked.status == 401 && !asked.text().contains("class=\"qr\""), "an open browser is not enough");
    let asked = person.post(PAGE, &[("do", "confirm"), ("code", "123456")]).await;
    assert!(asked.status == 401 && !asked.text().contains("class=\"qr\""));
    let begun = person.post(PAGE, &[("do", "begin"), ("proof", PASSWORD)]).await;
    assert!(begun.status == 200 && begun.text().contains("otpauth://totp/"), "{}", begun.text());
}

#[tokio::test]
async fn setting_it_up_ends_what_the_password_alone_opened_elsewhere() {
    let app = TestApp::start().await;
    let (person, elsewhere) = (Person::owner(&app).await, Person::new(&app));
    elsewhere.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD), ("next", "/admin/payments")]).await;
    assert_eq!(elsewhere.get("/admin/payments").await.status, 200);
    set_up(&app, &person).await;
    assert_eq!(person.get("/admin/payments").await.status, 200, "whoever set it up stays");
    assert_ne!(elsewhere.get("/admin/payments").await.status, 200);
}

#[tokio::test]
async fn switching_it_off_takes_password_and_code_and_a_reset_takes_the_machine() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    app.invoice("119").await;
    let (phone, _) = set_up(&app, &person).await;
    app.clock.advance(60);
    let code = phone.code(app.app.clock.now());
    for fields in [
        [("current", PASSWORD), ("code", "000000")],
        [("current", "another password"), ("code", &code)],
        [("current", PASSWORD), ("code", "")],
    ] {
        let refused = person.post(PAGE, &[&[("do", "off")], &fields[..]].concat()).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        assert!(refused.text().contains("do not both fit"), "it does not say which");
    }
    let off = person.post(PAGE, &[("do", "off"), ("current", PASSWORD), ("code", &code)]).await;
    assert_eq!(leads_to(&off), "/admin/settings/account?done=second-step-off");
    assert!(owner(&app).second_step.is_none());
    let left = app.app.store.read(|r| r.has_secrets()).unwrap();
    person.forget_cookie();
    leads_to(&person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await);

    app.clock.advance(60);
    set_up(&app, &person).await;
    assert!(app.app.unreadable_secrets().unwrap().is_empty());
    let digest = quittance::credentials::digest("one-time");
    let had = app.app.store.write(move |w| quittance::actions::owners::reset_access(w, EMAIL, &digest)).await.unwrap();
    assert!(had && owner(&app).second_step.is_none());
    assert_eq!(app.app.store.read(|r| r.has_secrets()).unwrap(), left, "its secret goes with it");
    let off = "The second step of the sign-in of pat@example.com was switched off";
    assert_eq!(told(&app).iter().filter(|what| *what == off).count(), 2);
}

#[tokio::test]
async fn what_was_typed_is_kept_through_both_steps() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (phone, _) = set_up(&app, &person).await;
    person.forget_cookie();
    let interrupted = person.post("/admin/customers", &[("name", "Anna")]).await;
    let sheet = Sheet::read(&interrupted.text(), "/admin/login");
    let asked = person.send(&sheet, &[("email", EMAIL), ("password", PASSWORD)]).await;
    let sheet = Sheet::read(&asked.text(), CODE);
    app.clock.advance(60);
    let shown = person.send(&sheet, &[("code", &phone.code(app.app.clock.now()))]).await;
    assert_eq!(shown.status, 200);
    assert_eq!(Sheet::read(&shown.text(), "/admin/customers").value("name"), Some("Anna"));
}

#[tokio::test]
async fn without_the_key_of_the_secrets_a_recovery_code_opens() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let (phone, recovery) = set_up(&app, &person).await;
    let id = owner(&app).id;
    let other = quittance::store::vault::Vault::under(&[9; 32]).unwrap();
    let name = format!("{}:{id}", quittance::actions::second_step::SECRETS);
    app.app.store.write(move |w| w.put_secret(&other, &name, "unreadable")).await.unwrap();
    assert_eq!(app.app.unreadable_second_steps().unwrap(), [EMAIL]);
    person.forget_cookie();
    app.clock.advance(60);
    let asked = person.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert!(asked.text().contains("master.key"), "{}", asked.text());
    let sheet = Sheet::read(&asked.text(), CODE);
    assert_eq!(person.send(&sheet, &[("code", &phone.code(app.app.clock.now()))]).await.status, 422);
    leads_to(&person.send(&sheet, &[("recovery", &recovery[0])]).await);
}

/// To show password and code takes a while, and whoever is thrown out meanwhile was thrown out of every session there was.
#[tokio::test]
async fn what_was_shown_before_a_change_opens_nothing_after_it() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let shown = owner(&app);
    let opened = async |proven: &Owner| {
        let proven = proven.clone();
        app.app.store.write(move |w| owners::sign_in(w, &proven, "digest", "a browser", None).map(drop)).await
    };
    assert!(opened(&shown).await.is_ok());
    set_up(&app, &person).await;
    let refused = opened(&shown).await.unwrap_err().to_string();
    assert!(refused.contains("Please sign in again"), "{refused}");
    let with_code = owner(&app);
    assert!(opened(&with_code).await.is_ok());
    let id = with_code.id;
    app.app.store.write(move |w| owners::change_password(w, id, "another hash", "a test")).await.unwrap();
    assert!(opened(&with_code).await.is_err());
    let renewed = {
        let of = with_code.clone();
        app.app.store.write(move |w| owners::renew_hash(w, &of, "the hash of today")).await.unwrap()
    };
    assert!(opened(&renewed).await.is_err(), "another hash of the former password is that one still");
    let present = owner(&app);
    app.app.store.write(move |w| w.remove_owner(id)).await.unwrap();
    assert!(opened(&present).await.is_err());
}

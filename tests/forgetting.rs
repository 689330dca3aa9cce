//! What is no record of the books is forgotten when its time is over, and nothing else is.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use jiff::{SignedDuration, Timestamp};
use quittance::billing::event::{Arrival, Event, Handling};
use quittance::billing::letter::{Delivery, Letter, Matter};
use quittance::billing::retention::Retention;
use quittance::billing::settings::Settings;
use quittance::jobs;
use quittance::store::verify::prove;
use quittance::store::{Error, FORGOTTEN_EVENTS, FORGOTTEN_MAILS};

use crate::admin::person::{Person, leads_to};
use crate::support::{TestApp, change, until};

const PAGE: &str = "/admin/settings/retention";
const WORDS: &str = "{\"email\":\"payer@example.com\"}";

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now - SignedDuration::from_hours(24 * days)
}

fn event(id: &str, received_at: Timestamp, state: Handling) -> Event {
    Event {
        id: id.into(),
        kind: "charge.updated".into(),
        object_id: "ch_1".into(),
        object_kind: "charge".into(),
        livemode: false,
        api_version: None,
        account: None,
        created: received_at,
        received_at,
        arrival: Arrival::Webhook,
        state,
        tries: 0,
        last_error: None,
        payload: WORDS.into(),
    }
}

/// Stores mails that ended so many days ago, one each.
async fn mails(app: &TestApp, ended: &'static [(i64, bool)]) {
    change(app, move |w| {
        for (days, is_sent) in ended {
            let at = days_before(w.now(), *days);
            let letter = Letter {
                id: w.id()?,
                subject_matter: Matter::OwnerTrouble { trouble: "x".into(), day: *days },
                to: vec!["payer@example.com".into()],
                cc: vec!["copy@example.com".into()],
                taken: Vec::new(),
                queued_at: at,
                not_before: at,
                state: if *is_sent { Delivery::Sent { at } } else { Delivery::Failed { at } },
                attempts: 1,
                last_words: Some("250 OK payer@example.com".into()),
                subject: format!("{days} days ago"),
            };
            w.put_letter(&letter)?;
        }
        Ok(())
    })
    .await;
}

async fn keep(app: &TestApp, retention: Retention) {
    change(app, move |w| {
        let settings = w.settings()?;
        Ok(w.put_settings(&Settings { retention, ..settings })?)
    })
    .await;
}

/// Lets the jobs work until the counters are so.
async fn work_until(app: &TestApp, mails: u64, events: u64) {
    let jobs = jobs::start(&app.app);
    let counted = || {
        let read = app.app.store.read(|r| Ok::<_, Error>((r.counter(FORGOTTEN_MAILS)?, r.counter(FORGOTTEN_EVENTS)?)));
        read.unwrap()
    };
    until("it was looked through", async || {
        counted() == (mails, events) && app.app.store.read(|r| r.mark("forgotten")).unwrap().is_some()
    })
    .await;
    jobs.stop().await;
    let proof = app.app.store.read(prove).unwrap();
    assert!(proof.is_whole(), "{:?}", proof.problems);
}

#[tokio::test]
async fn whom_a_mail_was_for_is_forgotten_after_two_years_and_what_it_was_stays() {
    let app = TestApp::start().await;
    mails(&app, &[(900, true), (729, true), (901, true), (902, false)]).await;
    work_until(&app, 2, 0).await;
    for letter in app.app.store.read(|r| r.letters(None, 10)).unwrap() {
        let is_forgotten = matches!(letter.state, Delivery::Sent { .. }) && letter.subject != "729 days ago";
        let gone = letter.to.is_empty() && letter.cc.is_empty() && letter.last_words.is_none();
        assert_eq!(gone, is_forgotten, "{letter:?}");
        assert!(letter.subject.ends_with("days ago"));
    }
    let shown = app.program().await.get("/outbox").await.expect(200);
    assert!(
        shown["data"].as_array().unwrap().iter().any(|mail| mail["to"] == "" && mail["state"] == "sent"),
        "{shown}"
    );
    let owner = Person::owner(&app).await;
    assert!(owner.page("/admin/outbox").await.contains("Address forgotten"));
    assert!(owner.page(PAGE).await.contains("Forgotten so far: 2 mails."));
}

#[tokio::test]
async fn what_stripe_said_is_forgotten_and_that_it_came_is_known_while_it_may_come_again() {
    let app = TestApp::start().await;
    keep(&app, Retention { mail_months: None, event_days: 7 }).await;
    mails(&app, &[(4_000, true)]).await;
    change(&app, |w| {
        let now = w.now();
        let done = |days| (days_before(now, days), Handling::Done { at: days_before(now, days) });
        for (id, (at, state)) in [("evt_36", done(36)), ("evt_8", done(8)), ("evt_6", done(6))] {
            w.put_event(&event(id, at, state))?;
        }
        let later = now + SignedDuration::from_hours(24);
        Ok(w.put_event(&event("evt_waits", days_before(now, 40), Handling::Pending { next_try: later }))?)
    })
    .await;
    work_until(&app, 0, 2).await;
    let words = |id: &str| app.app.store.read(|r| r.event(id)).unwrap().map(|event| event.payload);
    assert_eq!(words("evt_36"), None);
    assert_eq!(words("evt_8").as_deref(), Some(""));
    assert_eq!(words("evt_6").as_deref(), Some(WORDS));
    assert_eq!(words("evt_waits").as_deref(), Some(WORDS), "it is not worked off");
    let mail = app.app.store.read(|r| r.letters(None, 10)).unwrap().pop().unwrap();
    assert_eq!(mail.to, ["payer@example.com"], "for ever is for ever");
}

#[tokio::test]
async fn the_owner_says_how_long() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    let stored = || app.app.store.read(|r| r.settings()).unwrap().retention;
    let sheet = owner.sheet(PAGE, PAGE).await;
    assert_eq!((sheet.value("mail_months"), sheet.value("event_days")), (Some("24"), Some("90")));
    assert_eq!(
        leads_to(&owner.send(&sheet, &[("mail_months", ""), ("event_days", " 30 ")]).await),
        format!("{PAGE}?done=saved")
    );
    assert_eq!(stored(), Retention { mail_months: None, event_days: 30 });
    let sheet = owner.sheet(PAGE, PAGE).await;
    for (months, days, words) in [
        ("0", "30", "Write 1 to 120 months"),
        ("two", "30", "Enter a number of months"),
        ("2", "", "Enter a number of days"),
        ("2", "4000", "Write 1 to 3650 days."),
    ] {
        let answer = owner.send(&sheet, &[("mail_months", months), ("event_days", days)]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(words), "{}", answer.text());
        assert_eq!(stored().event_days, 30);
    }
    let late = owner.send(&sheet, &[("mail_months", "6")]).await;
    assert_eq!((late.status, stored().mail_months), (303, Some(6)));
    assert_eq!(owner.send(&sheet, &[("mail_months", "9")]).await.status, 409, "the window is old");
}

//! What Stripe told, as the owner sees it: what was not acted on and why, and what is tried again.

use jiff::SignedDuration;
use quittance::billing::event::{Arrival, Event, Handling};
use quittance::demo::stripe::{DeliveryMode, Operation};
use quittance::payments::notices::{self, Notice};
use serde_json::json;

use super::person::{Person, leads_to};
use crate::support::{TestApp, change};

const PAGE: &str = "/admin/events";

fn notices(app: &TestApp) -> Vec<Notice> {
    let standing = app.app.store.read(|r| notices::standing(&r, app.clock.now())).unwrap();
    standing.into_iter().map(|(notice, _)| notice).collect()
}

#[tokio::test]
async fn c14_c15_c18_c19_c20_strangers_are_kept_shown_with_the_reason_and_settle_nothing() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    assert!(person.page(PAGE).await.contains("No event yet"));
    let session = json!({"id": "cs_test_1", "object": "checkout.session", "payment_status": "paid"});
    let completed = "checkout.session.completed";
    let stranger = app.stand_in.announce("invoice.finalized", &json!({"id": "in_1", "object": "invoice"}));
    let live = app.stand_in.announce_strange(completed, &session, |event| event["livemode"] = json!(true));
    let old = app.stand_in.announce_strange(completed, &session, |event| event["api_version"] = json!("2022-11-15"));
    let connect = app.stand_in.announce_strange(completed, &session, |event| event["account"] = json!("acct_other"));
    let thin = app.stand_in.announce_strange(completed, &session, |event| {
        *event = json!({
            "id": event["id"], "object": "v2.core.event", "type": "v1.checkout.session.completed", "livemode": false,
            "created": "2026-11-22T12:00:00Z", "related_object": {"id": "cs_test_1", "type": "checkout.session"},
        });
    });
    app.stand_in.delivered().await;
    assert!(app.stand_in.deliveries().iter().all(|delivery| delivery.tries.iter().all(|one| one.status == Some(200))));
    let page = person.page(&format!("{PAGE}?s=ignored")).await;
    for (id, reason) in [(&stranger, "events of this type"), (&live, "other mode"), (&connect, "connected account")] {
        assert!(page.contains(&format!("{PAGE}/{id}")) && page.contains(reason), "{id} {reason}: {page}");
    }
    assert!(page.contains(&format!("{PAGE}/{thin}")) && page.contains("thin event"), "{page}");
    assert!(person.page(&format!("{PAGE}?s=waiting")).await.contains(&old), "a hint like any other");
    let shown = person.page(&format!("{PAGE}/{connect}")).await;
    for words in ["acct_other", "What Stripe sent", "checkout.session cs_test_1"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let told = notices(&app);
    for notice in [Notice::ThinEvents, Notice::OtherMode, Notice::ConnectEvents] {
        assert!(told.contains(&notice), "{notice:?}: {told:?}");
    }
    assert!(person.page("/admin").await.contains("Events of connected accounts arrive"));
    app.clock.advance(24 * 3600);
    assert_eq!(notices(&app), []);
    assert!(app.app.store.read(|r| r.payments(None, 10)).unwrap().is_empty());
}

#[tokio::test]
async fn c25_c27_an_event_that_was_given_up_is_tried_again_by_the_owner() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let gone = app
        .stand_in
        .announce("checkout.session.completed", &json!({"id": "cs_test_elsewhere", "object": "checkout.session"}));
    for _ in 0..8 {
        app.work_off().await;
        app.clock.advance(3_600);
    }
    let state = || app.app.store.read(|r| r.event(&gone)).unwrap().unwrap().state;
    assert!(matches!(state(), Handling::Dead { .. }), "{:?}", state());
    let page = person.page(&format!("{PAGE}?s=failed")).await;
    assert!(page.contains(&gone) && page.contains("Given up"), "{page}");
    let path = format!("{PAGE}/{gone}");
    let shown = person.page(&path).await;
    assert!(shown.contains("Try again now") && shown.contains("/admin/review/"), "{shown}");
    assert_eq!(leads_to(&person.post(&format!("{path}/retry"), &[]).await), format!("{path}?done=trying"));
    assert!(matches!(state(), Handling::Pending { .. }), "{:?}", state());
    let before = app.stand_in.count(Operation::GetSession);
    app.work_off().await;
    assert!(app.stand_in.count(Operation::GetSession) > before, "Stripe is asked again");
    let ignored = app.stand_in.announce("invoice.finalized", &json!({"id": "in_1", "object": "invoice"}));
    app.stand_in.delivered().await;
    assert_eq!(
        person.post(&format!("{PAGE}/{ignored}/retry"), &[]).await.status,
        409,
        "nothing is to be done about it"
    );
    assert_eq!(person.get(&format!("{PAGE}/evt_none")).await.status, 404);
}

#[tokio::test]
async fn events_are_paged() {
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    app.stand_in.set_delivery_mode(DeliveryMode::Hold);
    for n in 0..60 {
        app.stand_in.announce("invoice.finalized", &json!({"id": format!("in_{n}"), "object": "invoice"}));
    }
    app.stand_in.resend_all().await;
    let first = person.page(PAGE).await;
    let next = first.split("href=\"").find(|part| part.contains("after=evt_")).unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    let second = person.page(&next).await;
    let rows = |page: &str| page.matches("class=\"row-link").count();
    assert_eq!((rows(&first), rows(&second)), (50, 10));
}

#[tokio::test]
async fn an_event_of_a_rare_state_is_found_however_many_came_since() {
    // More than any page would look through.
    const SINCE: usize = 3_000;
    let app = TestApp::start().await;
    let person = Person::owner(&app).await;
    let event = |n: usize, state| Event {
        id: format!("evt_{n}"),
        kind: "charge.succeeded".to_owned(),
        object_id: format!("ch_{n}"),
        object_kind: "charge".to_owned(),
        livemode: false,
        api_version: None,
        account: None,
        created: app.clock.now(),
        received_at: app.clock.now().saturating_add(SignedDuration::from_secs(n.try_into().unwrap())).unwrap(),
        arrival: Arrival::Webhook,
        state,
        tries: 0,
        last_error: None,
        payload: "{}".to_owned(),
    };
    let at = app.clock.now();
    let mut events = vec![event(0, Handling::Ignored { reason: "it is of the other mode".to_owned() })];
    events.extend((1..=SINCE).map(|n| event(n, Handling::Done { at })));
    change(&app, move |w| Ok(events.iter().try_for_each(|event| w.put_event(event))?)).await;
    let page = person.page(&format!("{PAGE}?s=ignored")).await;
    assert!(page.contains("/admin/events/evt_0") && page.contains("It is of the other mode"), "{page}");
    assert!(person.page(&format!("{PAGE}?s=waiting")).await.contains("No event is in this state"));
}

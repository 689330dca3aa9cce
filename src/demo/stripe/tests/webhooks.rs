//! Webhooks: what arrives at an endpoint, how often, in which order, and signed with what.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::net::TcpListener;
use warp::Filter;
use warp::http::StatusCode;

use super::{beside, get, ordered, post, stand_in, types};
use crate::demo::stripe::{Card, DeliveryMode, Progress, StandIn, WebhookEndpoint, signature_header};

/// What arrived: signature header and body.
type Arrived = Arc<Mutex<Vec<(String, String)>>>;

/// An endpoint that answers with `answers` in turn, then 200 for ever. Returns its address and what arrives.
async fn endpoint(answers: &[u16]) -> (String, Arrived) {
    let arrived = Arrived::default();
    let (seen, mut answers) = (arrived.clone(), answers.to_vec());
    answers.reverse();
    let answers = Arc::new(Mutex::new(answers));
    let hook = warp::post().and(warp::header::<String>("stripe-signature")).and(warp::body::bytes()).map(
        move |signature, body: Bytes| {
            seen.lock().unwrap().push((signature, String::from_utf8(body.to_vec()).unwrap()));
            StatusCode::from_u16(answers.lock().unwrap().pop().unwrap_or(200)).unwrap()
        },
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/stripe", listener.local_addr().unwrap());
    beside(warp::serve(hook).incoming(listener).run());
    (url, arrived)
}

fn arrived_types(arrived: &Arrived) -> Vec<String> {
    let bodies = arrived.lock().unwrap();
    bodies
        .iter()
        .map(|(_, body)| serde_json::from_str::<Value>(body).unwrap()["type"].as_str().unwrap().to_owned())
        .collect()
}

/// A stand-in with an endpoint and one paid session.
async fn paid(mode: DeliveryMode) -> (StandIn, Arrived, String) {
    let (stand_in, _) = stand_in();
    let (url, arrived) = endpoint(&[]).await;
    stand_in.add_webhook(WebhookEndpoint::new(url.clone(), "whsec_1"));
    stand_in.set_delivery_mode(mode);
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    stand_in.delivered().await;
    (stand_in, arrived, url)
}

#[tokio::test]
async fn events_arrive_at_once_in_order_and_signed() {
    let (stand_in, arrived, _) = paid(DeliveryMode::AtOnce).await;
    assert_eq!(arrived_types(&arrived), types(&stand_in));
    for (signature, body) in arrived.lock().unwrap().iter() {
        assert_eq!(*signature, signature_header(body, stand_in.now(), &["whsec_1".to_owned()], true));
    }
    let list = get(&stand_in, "events", "delivery_success=false").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn c10_a_rolled_secret_signs_beside_the_old_one() {
    let (stand_in, arrived, url) = paid(DeliveryMode::AtOnce).await;
    stand_in.roll_secret(&url, "whsec_2");
    let event = stand_in.events()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(stand_in.replay(&event).await, [Some(200)]);
    let (signature, body) = arrived.lock().unwrap().last().unwrap().clone();
    let secrets = ["whsec_2".to_owned(), "whsec_1".to_owned()];
    assert_eq!(signature, signature_header(&body, stand_in.now(), &secrets, true));
    assert_eq!((signature.matches("v1=").count(), signature.matches("v0=").count()), (2, 1));
}

#[tokio::test]
async fn c1_c4_duplicates_and_reversed_order() {
    let (stand_in, arrived, _) = paid(DeliveryMode::Duplicate).await;
    assert_eq!(arrived.lock().unwrap().len(), 2 * types(&stand_in).len());
    let (stand_in, arrived, _) = paid(DeliveryMode::Reorder).await;
    let reversed: Vec<String> = types(&stand_in).into_iter().rev().collect();
    assert_eq!(arrived_types(&arrived), reversed);
}

#[tokio::test]
async fn held_and_lost_events_wait_for_a_word() {
    let (stand_in, arrived, _) = paid(DeliveryMode::Lose).await;
    assert!(arrived.lock().unwrap().is_empty());
    assert!(stand_in.deliveries().iter().all(|delivery| delivery.progress == Progress::Lost));
    let completed = stand_in.events().into_iter().find(|event| event["type"] == "checkout.session.completed").unwrap();
    assert_eq!(stand_in.deliver_now(completed["id"].as_str().unwrap()).await, [Some(200)]);
    assert_eq!(arrived_types(&arrived), ["checkout.session.completed"]);
    stand_in.set_delivery_mode(DeliveryMode::Hold);
    let other = ordered(&stand_in).await;
    stand_in.decline(&other, "insufficient_funds").unwrap();
    let all = types(&stand_in).len();
    assert_eq!(stand_in.resend_all().await.len(), all - 1);
    assert_eq!(arrived.lock().unwrap().len(), all);
}

#[tokio::test]
async fn c22_a_refused_event_is_tried_again_and_signed_anew() {
    let (stand_in, clock) = stand_in();
    stand_in.adjust(|state| state.options.retry_delays = vec![Duration::from_millis(5); 2]);
    let (url, arrived) = endpoint(&[503, 302, 200, 500, 500, 500]).await;
    stand_in.add_webhook(WebhookEndpoint {
        types: vec!["checkout.session.*".into()],
        ..WebhookEndpoint::new(url, "whsec_1")
    });
    for (session, progress, tries) in [(1, Progress::Delivered, [503, 302, 200]), (2, Progress::Failed, [500; 3])] {
        let id = ordered(&stand_in).await;
        stand_in.pay(&id, Card::Visa).unwrap();
        stand_in.delivered().await;
        let delivery = stand_in.deliveries().pop().unwrap();
        assert_eq!(delivery.progress, progress);
        assert_eq!(delivery.tries.iter().filter_map(|tried| tried.status).collect::<Vec<_>>(), tries);
        assert_eq!(arrived.lock().unwrap().len(), 3 * session);
        clock.advance(60);
    }
    assert_eq!(stand_in.resend_all().await, [Some(200)]);
    assert_eq!(stand_in.resend_all().await, []);
    assert!(arrived.lock().unwrap().last().unwrap().0.starts_with("t=1800000120,"));
}

#[tokio::test]
async fn b20_the_page_lets_the_payer_go_when_the_endpoint_has_answered() {
    let (stand_in, _) = stand_in();
    let (url, arrived) = endpoint(&[]).await;
    stand_in.add_webhook(WebhookEndpoint::new(url, "whsec_1"));
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    assert!(arrived.lock().unwrap().is_empty(), "sending is no part of paying");
    let completed = stand_in.events().into_iter().find(|event| event["type"] == "checkout.session.completed").unwrap();
    stand_in.first_answer(completed["id"].as_str().unwrap()).await;
    assert_eq!(arrived_types(&arrived).last().unwrap(), "checkout.session.completed");
}

#[tokio::test]
async fn an_endpoint_made_by_the_api_signs_with_the_secret_that_is_shown_once() {
    let (stand_in, _) = stand_in();
    let (url, arrived) = endpoint(&[]).await;
    let form = format!("url={url}&enabled_events[0]=checkout.session.completed&api_version=2026-05-27.dahlia");
    let made = post(&stand_in, "webhook_endpoints", &form, None).await.json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    let listed = get(&stand_in, "webhook_endpoints", "").await.json();
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["secret"]), (&made["id"], &Value::Null));
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    stand_in.delivered().await;
    assert_eq!(arrived_types(&arrived), ["checkout.session.completed"]);
    let (signature, body) = arrived.lock().unwrap()[0].clone();
    assert_eq!(signature, stand_in.sign(&body, &[secret]));
    let old = form.replace("2026-05-27.dahlia", "2020-08-27");
    assert_eq!(post(&stand_in, "webhook_endpoints", &old, None).await.status, 400);
}

#[tokio::test]
async fn nobody_answers_at_a_closed_port() {
    let (stand_in, _) = stand_in();
    stand_in.adjust(|state| state.options.retry_delays.clear());
    stand_in.add_webhook(WebhookEndpoint::new("http://127.0.0.1:1/webhooks/stripe", "whsec_1"));
    let event = stand_in.announce("product.created", &serde_json::json!({ "id": "prod_1", "object": "product" }));
    stand_in.delivered().await;
    let delivery = stand_in.deliveries().pop().unwrap();
    assert_eq!((delivery.event, delivery.progress), (event, Progress::Failed));
    assert_eq!(delivery.tries[0].status, None);
}

//! Keys, headers and idempotency at the door of the API; lists and expansion behind it.

use warp::http::{HeaderValue, Method};

use super::{ORDER, get, intent_of, ordered, post, read, request, stand_in, types};
use crate::demo::stripe::api;
use crate::demo::stripe::{Card, Operation};

#[tokio::test]
async fn a13_a_wrong_key_a_missing_permission_and_another_version_are_refused() {
    let (stand_in, _) = stand_in();
    let mut wrong = request(Method::GET, "account", "", None);
    wrong.headers.insert("authorization", HeaderValue::from_static("Bearer sk_test_somebody_else"));
    let answer = read(api::answer(&stand_in, wrong).await).await;
    assert_eq!(answer.error(), (401, "invalid_request_error".into(), None));
    assert!(!answer.text.contains("somebody"), "the key is masked");

    stand_in.withhold(Operation::CreateSession);
    let answer = post(&stand_in, "checkout/sessions", ORDER, None).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("'rak_checkout_session_write'"));
    stand_in.grant_all();

    let mut old = request(Method::GET, "account", "", None);
    old.headers.insert("stripe-version", HeaderValue::from_static("2020-08-27"));
    assert_eq!(read(api::answer(&stand_in, old).await).await.status, 400);
    let seen = stand_in.requests();
    assert_eq!(seen.last().unwrap().headers["stripe-version"], "2020-08-27");
    assert!(stand_in.sessions().is_empty());
}

#[tokio::test]
async fn answers_carry_stripes_headers_and_its_own_clock() {
    let (stand_in, _) = stand_in();
    stand_in.set_skew(3_600);
    let answer = get(&stand_in, "account", "").await;
    assert_eq!(answer.header("date"), Some("Fri, 15 Jan 2027 09:00:00 GMT"));
    assert!(answer.header("request-id").unwrap().starts_with("req_"));
    assert_eq!(answer.json()["id"], "acct_1QuittanceDemo");
    assert_eq!(get(&stand_in, "customers", "").await.status, 404);
}

#[tokio::test]
async fn a5_the_same_key_replays_the_first_answer() {
    let (stand_in, _) = stand_in();
    let first = post(&stand_in, "checkout/sessions", ORDER, Some("k1")).await;
    let again = post(&stand_in, "checkout/sessions", ORDER, Some("k1")).await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), (None, Some("true")));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_eq!(stand_in.sessions().len(), 1);
    let seen: Vec<bool> = stand_in.requests().iter().map(|logged| logged.replayed).collect();
    assert_eq!(seen, [false, true]);
}

#[tokio::test]
async fn a6_the_same_key_with_other_parameters_is_refused() {
    let (stand_in, _) = stand_in();
    post(&stand_in, "checkout/sessions", ORDER, Some("k1")).await;
    let other = post(&stand_in, "checkout/sessions", &ORDER.replace("12345", "99"), Some("k1")).await;
    assert_eq!(other.error(), (400, "idempotency_error".into(), None));
    assert_eq!(stand_in.sessions().len(), 1);
}

#[tokio::test]
async fn a8_a_key_older_than_a_day_makes_a_second_object() {
    let (stand_in, clock) = stand_in();
    post(&stand_in, "checkout/sessions", ORDER, Some("k1")).await;
    clock.advance(24 * 60 * 60);
    post(&stand_in, "checkout/sessions", ORDER, Some("k1")).await;
    assert_eq!(stand_in.sessions().len(), 2);
}

#[tokio::test]
async fn a_refused_parameter_leaves_the_key_free() {
    let (stand_in, _) = stand_in();
    let wrong = post(&stand_in, "checkout/sessions", &format!("{ORDER}&surprise=1"), Some("k1")).await;
    assert_eq!(wrong.error(), (400, "invalid_request_error".into(), Some("parameter_unknown".into())));
    assert_eq!(post(&stand_in, "checkout/sessions", ORDER, Some("k1")).await.status, 200);
}

#[tokio::test]
async fn i5_lists_page_newest_first_while_rows_are_added() {
    let (stand_in, _) = stand_in();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, ordered(&stand_in).await);
    }
    let page = |query: String| {
        let stand_in = stand_in.clone();
        async move {
            let list = get(&stand_in, "checkout/sessions", &query).await.json();
            let rows = list["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned());
            (rows.collect::<Vec<_>>(), list["has_more"].as_bool().unwrap())
        }
    };
    assert_eq!(page("limit=2".into()).await, (ids[..2].to_vec(), true));
    ordered(&stand_in).await;
    assert_eq!(page(format!("limit=2&starting_after={}", ids[1])).await, (ids[2..4].to_vec(), true));
    assert_eq!(page(format!("limit=2&starting_after={}", ids[3])).await, (ids[4..].to_vec(), false));
    assert_eq!(page(format!("limit=2&ending_before={}", ids[4])).await, (ids[2..4].to_vec(), true));
    assert_eq!(page(format!("limit=2&ending_before={}", ids[1])).await.0[1], ids[0]);
    let unknown = get(&stand_in, "checkout/sessions", "starting_after=cs_0").await;
    assert_eq!(unknown.error().0, 400);
}

#[tokio::test]
async fn lists_filter_by_time_intent_and_status() {
    let (stand_in, clock) = stand_in();
    let old = ordered(&stand_in).await;
    clock.advance(10);
    let new = ordered(&stand_in).await;
    stand_in.pay(&new, Card::Visa).unwrap();
    let intent = intent_of(&stand_in, &new);
    for (query, expected) in [
        ("created[gte]=1800000010".to_owned(), vec![&new]),
        ("created[gt]=1800000010".to_owned(), vec![]),
        ("created[lt]=1800000010".to_owned(), vec![&old]),
        ("created[lte]=1800000010".to_owned(), vec![&new, &old]),
        ("created=1800000000".to_owned(), vec![&old]),
        ("status=open".to_owned(), vec![&old]),
        (format!("payment_intent={intent}"), vec![&new]),
    ] {
        let list = get(&stand_in, "checkout/sessions", &query).await.json();
        let rows: Vec<&str> = list["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(rows, expected, "{query}");
    }
}

#[tokio::test]
async fn a18_lists_have_no_filter_for_our_reference() {
    let (stand_in, _) = stand_in();
    let answer = get(&stand_in, "checkout/sessions", "client_reference_id=att_1").await;
    assert_eq!(answer.error(), (400, "invalid_request_error".into(), Some("parameter_unknown".into())));
    for query in ["limit=0", "limit=101", "limit=x"] {
        assert_eq!(get(&stand_in, "checkout/sessions", query).await.error().0, 400, "{query}");
    }
}

#[tokio::test]
async fn only_what_is_expanded_is_an_object() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    let path = format!("checkout/sessions/{id}");
    let deep = "expand[0]=payment_intent.latest_charge.balance_transaction&expand[]=line_items";
    let unpaid = get(&stand_in, &path, deep).await.json();
    assert!(unpaid["payment_intent"].is_null(), "no intent before the first try");
    stand_in.pay(&id, Card::Visa).unwrap();
    let paid = get(&stand_in, &path, deep).await.json();
    let charge = &paid["payment_intent"]["latest_charge"];
    assert_eq!((&charge["balance_transaction"]["net"], &charge["amount"]), (&12_135.into(), &12_345.into()));
    assert_eq!(paid["line_items"]["data"][0]["description"], "Invoice 2026-0001");
    let shallow = get(&stand_in, &path, "expand[]=payment_intent").await.json();
    assert!(shallow["payment_intent"]["latest_charge"].is_string());
    assert!(get(&stand_in, &path, "").await.json()["payment_intent"].is_string());
    let rows = get(&stand_in, "charges", "expand[]=data.balance_transaction").await.json();
    assert_eq!(rows["data"][0]["balance_transaction"]["fee"], 210);
    for wrong in ["expand[]=metadata", "expand[]=payment_intent.latest_charge.balance_transaction.source.x"] {
        assert_eq!(get(&stand_in, &path, wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(get(&stand_in, "charges", "expand[]=balance_transaction").await.status, 400);
}

#[tokio::test]
async fn c23_events_are_listed_by_type_for_thirty_days() {
    let (stand_in, clock) = stand_in();
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    let count = |query: &'static str| {
        let stand_in = stand_in.clone();
        async move { get(&stand_in, "events", query).await.json()["data"].as_array().unwrap().len() }
    };
    assert_eq!(count("types[0]=checkout.session.completed&types[1]=charge.updated").await, 2);
    assert_eq!(count("type=charge.*").await, 2);
    assert_eq!(count("limit=100").await, types(&stand_in).len());
    let many: Vec<String> = (0..21).map(|n| format!("types[{n}]=t{n}")).collect();
    assert_eq!(get(&stand_in, "events", &many.join("&")).await.status, 400);
    let first = stand_in.events()[0]["id"].as_str().unwrap().to_owned();
    clock.advance(30 * 24 * 60 * 60 + 1);
    assert_eq!(count("limit=100").await, 0);
    assert_eq!(get(&stand_in, &format!("events/{first}"), "").await.status, 200);
}

#[tokio::test]
async fn the_balance_is_what_the_transactions_come_to() {
    let (stand_in, clock) = stand_in();
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    stand_in.refund(&intent_of(&stand_in, &id), 345).unwrap();
    let balance = get(&stand_in, "balance", "").await.json();
    assert_eq!((&balance["pending"][0]["amount"], &balance["available"][0]["amount"]), (&11_790.into(), &0.into()));
    clock.advance(2 * 24 * 60 * 60);
    let balance = get(&stand_in, "balance", "").await.json();
    assert_eq!((&balance["pending"][0]["amount"], &balance["available"][0]["amount"]), (&0.into(), &11_790.into()));
    let list = get(&stand_in, "balance_transactions", "type=refund").await.json();
    assert_eq!((&list["data"][0]["amount"], &list["data"][0]["status"]), (&(-345).into(), &"available".into()));
}

#[tokio::test]
async fn f6_a_refund_takes_what_is_left_and_no_more() {
    let (stand_in, _) = stand_in();
    let id = ordered(&stand_in).await;
    stand_in.pay(&id, Card::Visa).unwrap();
    let intent = intent_of(&stand_in, &id);
    let form = format!("payment_intent={intent}&amount=345&reason=requested_by_customer&metadata[refund]=r1");
    let refund = post(&stand_in, "refunds", &form, Some("re1")).await.json();
    assert_eq!((&refund["status"], &refund["metadata"]["refund"]), (&"succeeded".into(), &"r1".into()));
    let too_much = post(&stand_in, "refunds", &format!("payment_intent={intent}&amount=12001"), None).await;
    assert_eq!(too_much.status, 400);
    let rest = post(&stand_in, "refunds", &format!("payment_intent={intent}"), None).await.json();
    assert_eq!(rest["amount"], 12_000);
    let none = post(&stand_in, "refunds", &format!("payment_intent={intent}"), None).await;
    assert_eq!(none.error().2.as_deref(), Some("charge_already_refunded"));
    let list = get(&stand_in, "refunds", &format!("payment_intent={intent}")).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    assert_eq!(types(&stand_in).iter().filter(|kind| *kind == "charge.refunded").count(), 2);
}

//! Faults on a real connection: what a client sees, and what was made all the same.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ORDER, listening, post, stand_in};
use crate::demo::stripe::{API_VERSION, Fault, Operation};

/// Sends an order and reads until the connection closes; gives up after `patience`.
async fn order(address: SocketAddr, key: &str, patience: Duration) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/checkout/sessions HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer sk_test_quittance_demo\r\n\
         Stripe-Version: {API_VERSION}\r\nIdempotency-Key: {key}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{ORDER}",
        ORDER.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(patience, stream.read_to_end(&mut answer)).await;
    String::from_utf8(answer).unwrap()
}

/// Nothing takes so long unless it never happens.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks at whether something has happened.
const STEP: Duration = Duration::from_millis(10);

#[tokio::test]
async fn a5_a_lost_answer_comes_again_with_the_same_key() {
    let (stand_in, _) = stand_in();
    let address = listening(&stand_in).await;
    stand_in.fault_next(Operation::CreateSession, Fault::DropBeforeEffect);
    assert_eq!(order(address, "k", PATIENCE).await, "");
    assert_eq!(stand_in.sessions().len(), 0);
    stand_in.fault_next(Operation::CreateSession, Fault::DropAfterEffect);
    assert_eq!(order(address, "k", PATIENCE).await, "");
    assert_eq!(stand_in.sessions().len(), 1);
    stand_in.fault_next(Operation::CreateSession, Fault::CutBody);
    let cut = order(address, "k", PATIENCE).await;
    let (head, body) = cut.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("200 OK") && head.contains("idempotent-replayed: true"));
    assert!(!body.is_empty() && serde_json::from_str::<serde_json::Value>(body).is_err());
    let whole = order(address, "k", PATIENCE).await;
    assert!(whole.contains("idempotent-replayed: true") && whole.contains("\"att_1\""));
    assert_eq!((stand_in.sessions().len(), stand_in.count(Operation::CreateSession)), (1, 4));
}

#[tokio::test]
async fn a_hung_request_holds_its_key_until_the_client_leaves() {
    let (stand_in, _) = stand_in();
    let address = listening(&stand_in).await;
    stand_in.fault_next(Operation::CreateSession, Fault::Hang);
    let beside = async {
        while stand_in.count(Operation::CreateSession) == 0 {
            tokio::time::sleep(STEP).await;
        }
        post(&stand_in, "checkout/sessions", ORDER, Some("k")).await
    };
    let second = tokio::select! {
        hung = order(address, "k", PATIENCE) => panic!("the first was answered: {hung}"),
        second = beside => second,
    };
    assert_eq!(second.error(), (409, "idempotency_error".into(), Some("idempotency_key_in_use".into())));
    // The client has left; the stand-in notices it in a moment.
    let freed = async {
        while post(&stand_in, "checkout/sessions", ORDER, Some("k")).await.status != 200 {
            tokio::time::sleep(STEP).await;
        }
    };
    tokio::time::timeout(PATIENCE, freed).await.unwrap();
}

#[tokio::test]
async fn a14_a15_a16_statuses_and_what_their_key_remembers() {
    let (stand_in, _) = stand_in();
    for (fault, status, header, made) in [
        (Fault::Status(429), 429, Some(("stripe-rate-limited-reason", "global-rate")), 0),
        (Fault::LockTimeout, 429, Some(("stripe-should-retry", "true")), 0),
        (Fault::Status(503), 503, None, 0),
        (Fault::Status(409), 409, Some(("stripe-should-retry", "true")), 0),
        (Fault::Cached500, 500, Some(("stripe-should-retry", "false")), 0),
    ] {
        stand_in.fault_next(None, fault);
        let answer = post(&stand_in, "checkout/sessions", ORDER, Some("k")).await;
        assert_eq!((answer.status.as_u16(), stand_in.sessions().len()), (status, made), "{fault:?}");
        if let Some((name, value)) = header {
            assert_eq!(answer.header(name), Some(value), "{fault:?}");
        }
    }
    let replayed = post(&stand_in, "checkout/sessions", ORDER, Some("k")).await;
    assert_eq!((replayed.status.as_u16(), replayed.header("idempotent-replayed")), (500, Some("true")));
    stand_in.fault_next(None, Fault::Cached500AfterEffect);
    assert_eq!(post(&stand_in, "checkout/sessions", ORDER, Some("k2")).await.status, 500);
    assert_eq!(stand_in.sessions().len(), 1, "an orphan");
}

#[tokio::test]
async fn bodies_are_limited() {
    let (stand_in, _) = stand_in();
    let address = listening(&stand_in).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = "POST /v1/refunds HTTP/1.1\r\nHost: x\r\nContent-Length: 7000000\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"error\""), "{answer}");
}

//! The client against a peer that answers by script: refusals, faults, silence, half a body.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Access, CallError, Client, Created, FailKind, Limits, Patience, RetryCause};
use crate::clock::Clock;
use crate::payments::objects::{CheckoutSession, SessionStatus};
use crate::resolve::Resolver;
use jiff::Timestamp;

const KEY: &str = "rk_test_never_show_this";

/// What the peer does with one request.
enum Reply {
    /// Status, further headers, body.
    Answer(u16, &'static str, String),
    /// Promises more than it sends.
    Cut,
    /// Says nothing until the test is over.
    Hang,
    /// Closes without a word.
    Close,
}

fn ok(body: &str) -> Reply {
    Reply::Answer(200, "request-id: req_ok\r\n", body.to_owned())
}

fn status(status: u16) -> Reply {
    Reply::Answer(status, "", "{}".to_owned())
}

/// A server that plays `replies` in order, a connection each, and is gone afterwards.
struct Peer {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    _until_dropped: Sender<()>,
}

impl Peer {
    fn playing(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (until_dropped, test_over) = channel::<()>();
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for reply in replies {
                let (mut stream, _) = listener.accept().unwrap();
                ears.lock().unwrap().push(hear(&stream));
                match reply {
                    Reply::Answer(status, headers, body) => {
                        let length = body.len();
                        write!(
                            stream,
                            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
                        )
                        .unwrap();
                    }
                    Reply::Cut => write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{{\"id\":").unwrap(),
                    Reply::Hang => silent.push(stream),
                    Reply::Close => {}
                }
            }
            drop(listener);
            let _ = test_over.recv();
        });
        Self { address, heard, _until_dropped: until_dropped }
    }

    fn client_with(&self, limits: Limits, clock: Clock) -> Client {
        client_of(self.address, limits, clock)
    }

    fn client(&self) -> Client {
        self.client_with(hurried(), Clock::machine())
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn client_of(address: SocketAddr, limits: Limits, clock: Clock) -> Client {
    let access = Access {
        secret_key: KEY.parse().unwrap(),
        api_base: Some(format!("http://{address}").parse().unwrap()),
        appliance: "4d0c".to_owned(),
    };
    Client::with_limits(access, Resolver::system().unwrap(), clock, limits).unwrap()
}

/// One request, headers and body.
fn hear(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        if reader.read_line(&mut text).unwrap() == 0 {
            return text;
        }
    }
    let mut body = vec![0; field(&text, "content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    text + std::str::from_utf8(&body).unwrap()
}

fn field<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let lines = request.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn hurried() -> Limits {
    Limits {
        connect: Duration::from_secs(30),
        request: Duration::from_secs(30),
        background: Duration::from_secs(30),
        request_tries: 3,
        background_tries: 5,
        first_pause: Duration::from_millis(1),
    }
}

fn cause(error: CallError) -> RetryCause {
    let CallError::Retry { cause, .. } = error else { panic!("{error:?}") };
    cause
}

fn kind(error: CallError) -> FailKind {
    let CallError::Fail { kind, .. } = error else { panic!("{error:?}") };
    kind
}

#[tokio::test]
async fn a_post_carries_what_stripe_asks_for() {
    let peer = Peer::playing(vec![ok(r#"{"id":"cs_1","status":"open"}"#), ok("{}"), ok("{}")]);
    let client = peer.client();
    let answer = client.create_session("mode=payment", "v1:cs:4d0c:att_1").await.unwrap();
    assert_eq!(answer.value.status, Some(SessionStatus::Open));
    assert_eq!((answer.request_id.as_deref(), answer.replayed), (Some("req_ok"), false));
    client.expire_session("cs_1", "v1:csx:4d0c:att_1:1").await.unwrap();
    client.session("cs_1").await.unwrap();

    let [create, expire, read] = peer.heard().try_into().unwrap();
    assert!(create.starts_with("POST /v1/checkout/sessions HTTP/1.1\r\n") && create.ends_with("\r\n\r\nmode=payment"));
    assert!(expire.starts_with("POST /v1/checkout/sessions/cs_1/expire HTTP/1.1\r\n"));
    assert!(read.starts_with(
        "GET /v1/checkout/sessions/cs_1?expand%5B0%5D=payment_intent.latest_charge.balance_transaction HTTP/1.1\r\n"
    ));
    for request in [&create, &expire, &read] {
        assert_eq!(field(request, "authorization"), Some("Bearer rk_test_never_show_this"));
        assert_eq!(field(request, "stripe-version"), Some("2026-05-27.dahlia"));
        assert_eq!(field(request, "content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(field(request, "user-agent"), Some(concat!("quittance/", env!("CARGO_PKG_VERSION"))));
    }
    assert_eq!(field(&create, "idempotency-key"), Some("v1:cs:4d0c:att_1"));
    assert_eq!(field(&expire, "idempotency-key"), Some("v1:csx:4d0c:att_1:1"));
    assert_eq!(field(&expire, "content-length"), Some("0"));
    assert_eq!(field(&read, "idempotency-key"), None);
}

#[tokio::test]
async fn a14_a_rate_limited_call_is_made_again_with_the_same_bytes_and_key() {
    let limited = Reply::Answer(429, "stripe-rate-limited-reason: endpoint-rate\r\n", "{}".to_owned());
    let peer = Peer::playing(vec![limited, status(409), ok(r#"{"id":"cs_1"}"#)]);
    let answer = peer.client().create_session("mode=payment&a=b", "v1:cs:4d0c:att_1").await.unwrap();
    assert_eq!(answer.value.id.as_deref(), Some("cs_1"));
    let heard = peer.heard();
    assert_eq!(heard.len(), 3);
    assert!(heard.iter().all(|request| *request == heard[0]), "{heard:?}");
}

#[tokio::test]
async fn a14_patience_ends_and_the_reason_is_kept() {
    let limited = || Reply::Answer(429, "stripe-rate-limited-reason: global-rate\r\n", "{}".to_owned());
    let peer = Peer::playing((0..5).map(|_| limited()).collect());
    let error = peer.client().balance().await.unwrap_err();
    assert_eq!(cause(error), RetryCause::RateLimited { reason: Some("global-rate".into()) });
    assert_eq!(peer.heard().len(), 3);
    let background = peer.client().with_patience(Patience::Background);
    assert!(background.balance().await.unwrap_err().is_retry());
    assert_eq!(peer.heard().len(), 5, "the rest of the script, then nobody answers");
}

#[tokio::test]
async fn a15_a_fault_that_stripe_advises_against_repeating_is_not_repeated() {
    let stored = Reply::Answer(
        500,
        "stripe-should-retry: false\r\nrequest-id: req_500\r\n",
        r#"{"error":{"type":"api_error","message":"An unknown error occurred"}}"#.to_owned(),
    );
    let peer = Peer::playing(vec![stored, ok("{}")]);
    let error = peer.client().create_session("mode=payment", "k").await.unwrap_err();
    let CallError::Retry { cause, advised_against, request_id, .. } = error else { panic!() };
    assert_eq!((cause, advised_against), (RetryCause::ServerFault { status: 500 }, true));
    assert_eq!(request_id.as_deref(), Some("req_500"));
    assert_eq!(peer.heard().len(), 1);
}

#[tokio::test]
async fn a_refusal_that_stripe_wants_repeated_is_repeated() {
    let again = Reply::Answer(400, "stripe-should-retry: true\r\n", "{}".to_owned());
    let peer = Peer::playing(vec![again, ok(r#"{"livemode":false}"#)]);
    assert_eq!(peer.client().balance().await.unwrap().value.livemode, Some(false));
}

#[tokio::test]
async fn a5_a_lost_answer_is_asked_for_again_and_known_as_a_replay() {
    let replay = Reply::Answer(200, "idempotent-replayed: true\r\n", r#"{"id":"cs_1"}"#.to_owned());
    let peer = Peer::playing(vec![Reply::Close, replay]);
    let answer = peer.client().create_session("mode=payment", "k").await.unwrap();
    assert!(answer.replayed);
    let heard = peer.heard();
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn i4_half_a_body_is_a_broken_connection_and_not_an_answer() {
    let peer = Peer::playing(vec![Reply::Cut, ok(r#"{"id":"cs_1"}"#)]);
    assert_eq!(peer.client().session("cs_1").await.unwrap().value.id.as_deref(), Some("cs_1"));
    let peer = Peer::playing(vec![Reply::Cut, Reply::Cut, Reply::Cut]);
    assert_eq!(cause(peer.client().create_session("", "k").await.unwrap_err()), RetryCause::CutShort);
}

#[tokio::test]
async fn silence_ends_with_patience_and_leaves_the_outcome_open() {
    let peer = Peer::playing(vec![Reply::Hang]);
    let limits = Limits { request: Duration::from_secs(1), ..hurried() };
    let started = Instant::now();
    let error = peer.client_with(limits, Clock::machine()).create_session("mode=payment", "k").await.unwrap_err();
    assert_eq!(cause(error), RetryCause::TimedOut { after: limits.request });
    assert!(started.elapsed() < hurried().request / 2);
    assert_eq!(peer.heard().len(), 1);
}

#[tokio::test]
async fn a_pause_that_would_outlast_patience_is_not_begun() {
    for wait in ["retry-after: 3600\r\n", "retry-after: 18446744073709551615\r\n"] {
        let peer = Peer::playing(vec![Reply::Answer(503, wait, "{}".to_owned())]);
        let started = Instant::now();
        assert_eq!(cause(peer.client().balance().await.unwrap_err()), RetryCause::ServerFault { status: 503 });
        assert!(started.elapsed() < hurried().request / 2);
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable_in_plain_words_without_the_address() {
    // Taken, so that nobody else gets it, and not listened at.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let error = client_of(taken.local_addr().unwrap(), hurried(), Clock::machine()).balance().await.unwrap_err();
    let shown = error.to_string();
    assert!(matches!(cause(error), RetryCause::Unreachable { .. }));
    assert!(shown.starts_with("Stripe could not be reached: ") && !shown.contains("/v1/"), "{shown}");
}

#[tokio::test]
async fn a13_a_wrong_key_and_a_missing_permission_are_told_apart_and_not_repeated() {
    let echo = format!(r#"{{"error":{{"message":"Invalid API Key provided: {KEY}"}}}}"#);
    let lacking =
        r#"{"error":{"message":"Having the 'rak_charge_read' permission would allow this request to continue."}}"#;
    let peer = Peer::playing(vec![
        Reply::Answer(401, "", echo),
        Reply::Answer(403, "", lacking.to_owned()),
        Reply::Answer(
            404,
            "",
            r#"{"error":{"code":"resource_missing","message":"No such charge: 'ch_1'"}}"#.to_owned(),
        ),
    ]);
    let client = peer.client();
    let error = client.account().await.unwrap_err();
    assert!(!format!("{error} {error:?} {client:?}").contains(KEY));
    assert_eq!(kind(error), FailKind::NoKey);
    let error = client.charge("ch_1").await.unwrap_err();
    assert_eq!(kind(error), FailKind::NoPermission { what: Some("rak_charge_read".into()) });
    let error = client.charge("ch_1").await.unwrap_err();
    assert_eq!(error.code(), Some("resource_missing"));
    assert_eq!(kind(error), FailKind::NotFound);
    assert_eq!(peer.heard().len(), 3);
}

#[tokio::test]
async fn what_is_not_stripe_is_no_answer_and_no_redirect_is_followed() {
    let login = || Reply::Answer(200, "", "<html>Sign in to the network</html>".to_owned());
    let peer = Peer::playing(vec![login(), login(), login()]);
    assert_eq!(cause(peer.client().balance().await.unwrap_err()), RetryCause::NotStripe { status: 200 });
    let elsewhere = Reply::Answer(302, "location: /v1/account\r\n", String::new());
    let peer = Peer::playing(vec![elsewhere, ok("{}")]);
    assert_eq!(cause(peer.client().balance().await.unwrap_err()), RetryCause::NotStripe { status: 302 });
    assert_eq!(peer.heard().len(), 1);
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let peer = Peer::playing(vec![ok(&" ".repeat(8 * 1024 * 1024 + 1)), ok("{}")]);
    assert_eq!(cause(peer.client().balance().await.unwrap_err()), RetryCause::TooLong);
    assert_eq!(peer.heard().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_sent() {
    let peer = Peer::playing(vec![]);
    let client = peer.client();
    for id in ["", "../account", "cs_1/expire", "cs_1?x", "cs 1", "ü", &"a".repeat(256)] {
        assert!(matches!(kind(client.session(id).await.unwrap_err()), FailKind::NotSent { .. }), "{id:?}");
    }
    let error = client.create_session("", "key\r\nx: y").await.unwrap_err();
    assert!(matches!(kind(error), FailKind::NotSent { .. }));
    assert!(peer.heard().is_empty());
}

#[tokio::test]
async fn j7_the_distance_to_stripes_clock_is_measured() {
    let dated = Reply::Answer(200, "date: Fri, 15 Jan 2027 08:05:00 GMT\r\n", "{}".to_owned());
    let peer = Peer::playing(vec![dated, ok("{}")]);
    let clock = Clock::held_at(Timestamp::from_second(1_800_000_000).unwrap());
    let client = peer.client_with(hurried(), clock.clone());
    assert_eq!(client.skew(), 0);
    client.balance().await.unwrap();
    assert_eq!(client.skew(), 300);
    clock.advance(60);
    assert_eq!(client.stripe_now().as_second(), 1_800_000_360);
    client.balance().await.unwrap();
    assert_eq!(client.skew(), 300, "an answer without a date says nothing about the time");
}

#[tokio::test]
async fn i6_every_read_is_counted_repetitions_too() {
    let peer = Peer::playing(vec![status(500), ok("{}"), ok("{}")]);
    let client = peer.client();
    client.event("evt_1").await.unwrap();
    client.with_patience(Patience::Background).create_session("", "k").await.unwrap();
    assert_eq!(client.reads(), 2);
}

#[tokio::test]
async fn i5_a_list_is_followed_page_by_page_to_its_end() {
    let peer = Peer::playing(vec![
        ok(r#"{"data":[{"id":"cs_3"},{"id":"cs_2"}],"has_more":true}"#),
        status(500),
        ok(r#"{"data":[{"id":"cs_1"}],"has_more":false}"#),
    ]);
    let from = Timestamp::from_second(1_800_000_000).unwrap();
    let before = Timestamp::from_second(1_800_086_400).ok();
    let mut pages = peer.client().sessions(Created { from, before });
    let mut ids = Vec::new();
    while let Some(page) = pages.next_page().await.unwrap() {
        ids.extend(page.into_iter().filter_map(|session: CheckoutSession| session.id));
    }
    assert_eq!(ids, ["cs_3", "cs_2", "cs_1"]);
    assert!(pages.is_complete());
    let heard = peer.heard();
    let question = "GET /v1/checkout/sessions?created%5Bgte%5D=1800000000&created%5Blt%5D=1800086400&limit=100";
    assert!(heard[0].starts_with(&format!("{question} HTTP/1.1\r\n")), "{}", heard[0]);
    assert!(heard[2].starts_with(&format!("{question}&starting_after=cs_2 HTTP/1.1\r\n")), "{}", heard[2]);
}

#[tokio::test]
async fn a_list_that_ends_too_soon_is_not_called_complete() {
    let more = || ok(r#"{"data":[{"id":"evt_1"}],"has_more":true}"#);
    let since = Timestamp::from_second(1_800_000_000).unwrap();
    let peer = Peer::playing(vec![more(), more()]);
    let mut pages = peer.client().events(since, &["charge.updated", "payout.paid"]).at_most(2).starting_after("evt_9");
    while pages.next_page().await.unwrap().is_some() {}
    assert!(!pages.is_complete());
    assert_eq!(peer.heard().len(), 2);
    let asked = "types%5B0%5D=charge.updated&types%5B1%5D=payout.paid&limit=100&starting_after=evt_9 ";
    assert!(peer.heard()[0].contains(asked), "{}", peer.heard()[0]);

    let peer = Peer::playing(vec![ok(r#"{"data":[],"has_more":true}"#)]);
    let mut pages = peer.client().events(since, &[]);
    assert_eq!(pages.next_page().await, Ok(None));
    assert!(!pages.is_complete());
}

#[test]
fn a_client_for_stripe_itself_can_be_made_without_a_provider_for_the_whole_process() {
    let access = Access { secret_key: KEY.parse().unwrap(), api_base: None, appliance: String::new() };
    assert!(Client::new(access, Resolver::system().unwrap(), Clock::machine()).is_ok_and(|client| !client.livemode()));
}

#[test]
fn calls_may_be_awaited_on_any_thread() {
    fn on_any_thread(_: impl Send) {}
    let client = client_of(([127, 0, 0, 1], 9).into(), hurried(), Clock::machine());
    on_any_thread(client.session("cs_1"));
    on_any_thread(client.create_session("", "k"));
    on_any_thread(client.events(Timestamp::UNIX_EPOCH, &[]).next_page());
}

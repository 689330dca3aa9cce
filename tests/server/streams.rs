//! HTTP/2, spoken by a client that does not take what it asked for, or does not send what it announced.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use quittance::tls::{Certificates, Encryption, Identity};
use quittance::web::server::{Limits, Server};
use tokio::task::JoinHandle;
use warp::http::{Method, Request, Response};

use super::{Running, milliseconds, until, within};
use crate::https::{NAME, Root, Visitor};
use crate::support::PATIENCE;

/// What HTTP/2 begins with.
const USUAL_WINDOW: u32 = 65_535;

/// A server that speaks TLS, and how to come to it.
struct House {
    server: Running,
    visitor: Visitor,
}

impl House {
    async fn with(limits: Limits) -> Self {
        Self::waiting_for_bodies(limits, PATIENCE).await
    }

    async fn waiting_for_bodies(limits: Limits, body_read_max: Duration) -> Self {
        let root = Root::new();
        let (chain, key) = root.issue(NAME, 90);
        let certificates = Certificates::default();
        certificates.keychain.show(Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap());
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), limits).await.unwrap();
        let server = server.encrypted(Encryption::with(&certificates).unwrap());
        Self { server: Running::behind(server, body_read_max), visitor: Visitor::new(&root.pem()) }
    }

    /// A client that has room for so much of each answer, answers pings, and never makes more.
    async fn client(&self, window: u32) -> Client {
        let stream = within(self.visitor.shake_hands(self.server.address, NAME)).await.unwrap();
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(window);
        let (sender, connection) = within(builder.handshake(stream)).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "the connection goes on beside its test")]
        let ended = tokio::spawn(async { drop(connection.await) });
        Client { sender, ended, origin: format!("https://{}", self.server.address) }
    }
}

struct Client {
    sender: SendRequest<Bytes>,
    /// The connection.
    ended: JoinHandle<()>,
    origin: String,
}

impl Client {
    fn send(&mut self, method: Method, path: &str, length: usize) -> (ResponseFuture, SendStream<Bytes>) {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.origin));
        let request = request.header("content-length", length).body(()).unwrap();
        self.sender.send_request(request, length == 0).unwrap()
    }

    /// The head of the answer, and what may be taken of the rest.
    async fn get(&mut self, path: &str) -> Response<RecvStream> {
        within(self.send(Method::GET, path, 0).0).await.unwrap()
    }

    /// Done when the server lets nothing new begin.
    async fn is_told_to_go(&self) {
        within(async {
            while self.sender.clone().ready().await.is_ok() {
                tokio::time::sleep(milliseconds(5)).await;
            }
        })
        .await;
    }
}

/// Sends a byte now and then, for as long as somebody waits for what comes of it.
async fn trickle(mut body: SendStream<Bytes>) {
    loop {
        // What comes after an answer is refused.
        let _ = body.send_data(Bytes::from_static(b"x"), false);
        // The library ends a connection of many tiny frames by itself, and that is not what is meant here.
        tokio::time::sleep(milliseconds(100)).await;
    }
}

#[tokio::test]
async fn who_takes_none_of_an_answer_gives_way_to_others() {
    // That nobody takes them would end them as well, but not before this test.
    let limits = Limits { connections: 2, answer: 2 * PATIENCE, idle: 2 * PATIENCE, ..Limits::default() };
    let house = House::with(limits).await;
    let mut stuck = [house.client(0).await, house.client(1).await];
    let mut answers = Vec::new();
    for client in &mut stuck {
        for path in ["/i/good", "/large"] {
            let answer = client.get(path).await;
            assert_eq!(answer.status(), 200);
            answers.push(answer);
        }
    }
    let mut others = Vec::new();
    for client in stuck {
        let mut other = house.client(USUAL_WINDOW).await;
        assert_eq!(other.get("/healthz").await.status(), 200);
        // It stays, so that the next one needs a place as well.
        others.push(other);
        within(client.ended).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_is_not_taken_ends_its_connection_once_all_else_is_answered() {
    let limits =
        Limits { answer: milliseconds(300), head: milliseconds(2_000), idle: 2 * PATIENCE, ..Limits::default() };
    let house = House::with(limits).await;
    let mut stuck = house.client(0).await;
    let untaken = stuck.get("/large").await;
    let (waiting, _) = stuck.send(Method::GET, "/wait", 0);
    stuck.is_told_to_go().await;
    let app = Arc::clone(&house.server.app);
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    assert!(!stuck.ended.is_finished(), "what is worked on is not cut off");
    app.bell.notify_one();
    assert_eq!(within(waiting).await.unwrap().status(), 200);
    within(&mut stuck.ended).await.unwrap();
    drop(untaken);
}

#[tokio::test]
async fn an_answer_that_is_taken_slowly_arrives() {
    let limits = Limits { answer: milliseconds(2_000), ..Limits::default() };
    let house = House::with(limits).await;
    let mut slow = house.client(USUAL_WINDOW).await;
    let mut body = slow.get("/large").await.into_body();
    let mut taken = 0;
    // More than two seconds in all, and never two at once.
    for _ in 0..30 {
        tokio::time::sleep(milliseconds(100)).await;
        let part = within(body.data()).await.unwrap().unwrap();
        taken += part.len();
        body.flow_control().release_capacity(part.len()).unwrap();
    }
    assert!(taken > 0 && slow.sender.clone().ready().await.is_ok(), "nobody tells it to go");
}

#[tokio::test]
async fn a_body_that_trickles_is_answered_408_and_the_connection_goes_on() {
    let house = House::waiting_for_bodies(Limits::default(), milliseconds(300)).await;
    let mut client = house.client(USUAL_WINDOW).await;
    let (answer, body) = client.send(Method::POST, "/webhooks/stripe", 1_000);
    let answer = tokio::select! {
        answer = within(answer) => answer.unwrap(),
        () = trickle(body) => unreachable!("it has no end"),
    };
    assert_eq!(answer.status(), 408);
    assert_eq!(client.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn who_lets_a_body_trickle_gives_way_to_others() {
    let house = House::with(Limits { connections: 1, ..Limits::default() }).await;
    let mut slow = house.client(USUAL_WINDOW).await;
    let (_answer, body) = slow.send(Method::POST, "/webhooks/stripe", 1_000);
    // What comes behind it on the connection is answered: so it has begun.
    assert_eq!(slow.get("/healthz").await.status(), 200);
    let next = async { house.client(USUAL_WINDOW).await.get("/healthz").await.status() };
    let status = tokio::select! {
        status = within(next) => status,
        () = trickle(body) => unreachable!("it has no end"),
    };
    assert_eq!(status, 200);
    within(slow.ended).await.unwrap();
}

#[tokio::test]
async fn too_large_is_said_before_it_comes() {
    let house = House::with(Limits::default()).await;
    let mut client = house.client(USUAL_WINDOW).await;
    let (answer, _body) = client.send(Method::POST, "/webhooks/stripe", 2_000_000);
    assert_eq!(within(answer).await.unwrap().status(), 413);
    assert_eq!(client.get("/healthz").await.status(), 200, "and everything else goes on");
}

#[tokio::test]
async fn what_one_connection_may_send_has_an_end() {
    let house = House::with(Limits::default()).await;
    let mut client = house.client(USUAL_WINDOW).await;
    // With an answer, the server's settings have come as well.
    assert_eq!(client.get("/healthz").await.status(), 200);
    let (_answer, mut body) = client.send(Method::POST, "/webhooks/stripe", 1 << 20);
    body.reserve_capacity(1 << 20);
    let room = within(std::future::poll_fn(|context| body.poll_capacity(context))).await.unwrap().unwrap();
    assert!((1..=65_535).contains(&room), "{room} bytes that nobody has asked for");
    for (length, status) in [(4 << 10, 200), (9 << 10, 431)] {
        let request = Request::get(format!("{}/healthz", client.origin)).header("x-a", "a".repeat(length));
        let (answer, _) = client.sender.send_request(request.body(()).unwrap(), true).unwrap();
        assert_eq!(within(answer).await.unwrap().status(), status, "a head of {length} bytes");
    }
}

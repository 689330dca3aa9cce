//! The server, spoken to over raw sockets: what it refuses, what it gives up, and what it finishes.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

mod streams;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use quittance::billing::role::Role;
use quittance::web::assets;
use quittance::web::body::{BodyMax, EVENT, FORM};
use quittance::web::csrf::Csrf;
use quittance::web::error::Error;
use quittance::web::guard::{Class, Guard, Probe, Public, Signed};
use quittance::web::headers::Headers;
use quittance::web::host::Hosts;
use quittance::web::reply::{self, Response};
use quittance::web::request::Request;
use quittance::web::route::{Cache, Endpoint, get, post};
use quittance::web::server::{Limits, Room, Server};
use quittance::web::site::{Site, mount};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use warp::http::StatusCode;

use crate::support::PATIENCE;

/// What the handlers of these tests share.
#[derive(Default)]
struct Desk {
    /// Lets `/wait` go on.
    bell: Notify,
    begun: AtomicUsize,
    finished: AtomicUsize,
}

type App = Arc<Desk>;

/// A guard that proves something, as the owner's does.
#[derive(Clone)]
struct Owner;

impl Guard<App> for Owner {
    type By = String;

    fn class(&self) -> Class {
        Class::Desk(Role::Owner)
    }

    fn admit(&self, _app: &App, request: &Request) -> Result<String, Error> {
        let name = request.cookie("s").map(str::to_owned);
        name.ok_or_else(|| Error::SeeOther("/admin/login".to_owned()))
    }
}

fn table() -> Vec<Endpoint<App>> {
    vec![
        get("/i/{token}", Public, Cache::Page, invoice),
        post("/i/{token}/checkout", Public, Csrf::Checkout, BodyMax::Ignored, say_ok),
        get("/admin", Owner, Cache::Page, hello),
        post("/admin/save", Owner, Csrf::SameOrigin, FORM, save),
        get("/a/{hash}/{name}", Public, Cache::Immutable, assets::asset),
        get("/healthz", Probe, Cache::NoStore, say_ok),
        post("/webhooks/stripe", Signed, Csrf::Exempt("Stripe signs what it sends"), EVENT, count),
        get("/wait", Public, Cache::NoStore, wait),
        get("/panic", Public, Cache::NoStore, panic),
        get("/large", Public, Cache::NoStore, large),
        get("/client", Public, Cache::NoStore, client),
    ]
}

async fn say_ok(_app: App, _request: Request) -> Result<Response, Error> {
    Ok(reply::text(StatusCode::OK, "ok"))
}

async fn invoice(_app: App, request: Request) -> Result<Response, Error> {
    match request.param::<String>("token")?.as_str() {
        "good" => Ok(reply::html(StatusCode::OK, "<p>Invoice</p>".repeat(200))),
        _ => Err(Error::NotFound),
    }
}

async fn hello(_app: App, request: Request<String>) -> Result<Response, Error> {
    Ok(reply::html(StatusCode::OK, format!("<p>{}</p>", request.by)))
}

async fn save(_app: App, request: Request<String>) -> Result<Response, Error> {
    Ok(reply::text(StatusCode::OK, request.form()?.text("name")))
}

async fn count(_app: App, request: Request) -> Result<Response, Error> {
    Ok(reply::text(StatusCode::OK, &request.body.len().to_string()))
}

async fn wait(app: App, _request: Request) -> Result<Response, Error> {
    app.begun.fetch_add(1, Ordering::SeqCst);
    app.bell.notified().await;
    app.finished.fetch_add(1, Ordering::SeqCst);
    Ok(reply::text(StatusCode::OK, "waited"))
}

async fn panic(_app: App, _request: Request) -> Result<Response, Error> {
    panic!("a handler that panics")
}

async fn large(_app: App, _request: Request) -> Result<Response, Error> {
    Ok(reply::bytes(StatusCode::OK, "application/octet-stream", vec![7; LARGE]))
}

/// More than the kernel keeps for a client that does not read.
const LARGE: usize = 48 << 20;

async fn client(_app: App, request: Request) -> Result<Response, Error> {
    Ok(reply::text(StatusCode::OK, &format!("{} {}", request.client.address, request.client.secure)))
}

/// A running server, stopped when dropped.
struct Running {
    address: SocketAddr,
    app: App,
    stop: Option<oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    async fn with(limits: Limits) -> Self {
        Self::waiting_for_bodies(limits, PATIENCE).await
    }

    async fn waiting_for_bodies(limits: Limits, body_read_max: Duration) -> Self {
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), limits).await.unwrap();
        Self::behind(server, body_read_max)
    }

    fn behind(server: Server, body_read_max: Duration) -> Self {
        let address = server.address().unwrap();
        let origin = format!("http://{address}");
        let trusted = vec!["127.0.0.1".parse().unwrap()];
        let mut site = Site::new(&origin, Hosts::new(&origin, address), trusted, Headers::new(&[], false));
        site.body_read_max = body_read_max;
        let app = App::default();
        let route = mount(table(), Arc::clone(&app), site);
        let (stop, stopped) = oneshot::channel();
        #[expect(clippy::disallowed_methods, reason = "the server runs beside its test")]
        let ended = tokio::spawn(server.serve(route, async {
            let _ = stopped.await;
        }));
        Self { address, app, stop: Some(stop), ended }
    }

    async fn connect(&self) -> Client {
        Client { stream: TcpStream::connect(self.address).await.unwrap(), read: Vec::new() }
    }

    /// Sends one request with our host and these further header lines, and reads its answer.
    async fn ask(&self, line: &str, headers: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(&self.request(line, headers)).await;
        client.answer_to(line).await.expect("an answer")
    }

    fn request(&self, line: &str, headers: &str) -> String {
        format!("{line} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.address)
    }

    fn stop(&mut self) {
        let _ = self.stop.take().expect("not stopped yet").send(());
    }
}

struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The headers that do not change with the clock.
    fn headers(&self) -> Vec<&str> {
        self.head.lines().filter(|line| !line.starts_with("date:")).collect()
    }
}

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The next answer, if the connection does not end before it.
    async fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET").await
    }

    async fn answer_to(&mut self, line: &str) -> Option<Answer> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        if !line.starts_with("HEAD") && status != 304 {
            let length: usize = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
            while self.read.len() < length {
                self.more().await?;
            }
            answer.body = self.read.drain(..length).collect();
        }
        Some(answer)
    }

    async fn more(&mut self) -> Option<()> {
        let mut part = [0; 4096];
        let read = within(self.stream.read(&mut part)).await.unwrap_or(0);
        self.read.extend_from_slice(&part[..read]);
        (read > 0).then_some(())
    }

    /// Whether the server has closed the connection and sent nothing more.
    async fn is_closed(&mut self) -> bool {
        self.more().await.is_none()
    }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("this took too long")
}

async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Appendix G of the reliability notes: what hyper refuses by itself, and what we refuse on top of it.
#[tokio::test]
async fn a_request_that_can_be_read_in_two_ways_is_refused() {
    let server = Running::start().await;
    let host = format!("Host: {}\r\n", server.address);
    let many = "X-A: 1\r\n".repeat(150);
    let long = format!("X-A: {}\r\n", "a".repeat(20_000));
    let post = format!("POST /webhooks/stripe HTTP/1.1\r\n{host}");
    let page = format!("GET /i/good HTTP/1.1\r\n{host}");
    for (name, request, status, closes) in [
        ("plain", format!("{page}\r\n"), 200, false),
        ("two lengths", format!("{post}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"), 400, true),
        (
            "two lengths, reversed",
            format!("{post}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG"),
            400,
            true,
        ),
        (
            "two different Content-Length",
            format!("{post}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
            400,
            true,
        ),
        ("TE: xchunked", format!("{post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 400, true),
        ("TE: chunked, identity", format!("{post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), 400, true),
        (
            "TE in HTTP/1.0",
            format!("POST /webhooks/stripe HTTP/1.0\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400,
            true,
        ),
        ("space before colon", format!("{post}Content-Length : 3\r\n\r\nabc"), 400, true),
        ("obs-fold", format!("{page}X-A: 1\r\n 2\r\n\r\n"), 400, true),
        ("bare LF line ends", format!("GET /i/good HTTP/1.1\nHost: {}\n\n", server.address), 200, false),
        ("Content-Length: +3", format!("{post}Content-Length: +3\r\n\r\nabc"), 400, true),
        ("no Host header", "GET /i/good HTTP/1.1\r\n\r\n".to_owned(), 400, true),
        ("two Host headers", format!("{page}Host: b\r\n\r\n"), 400, true),
        ("the same Host twice", format!("{page}{host}\r\n"), 400, true),
        ("absolute-form, other host", format!("GET http://evil/i/good HTTP/1.1\r\n{host}\r\n"), 400, true),
        ("absolute-form, foreign host", "GET http://evil/i/good HTTP/1.1\r\nHost: evil\r\n\r\n".to_owned(), 421, false),
        ("absolute-form, own host", format!("GET http://{}/i/good HTTP/1.1\r\n{host}\r\n", server.address), 200, false),
        ("authority-form", "CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n".to_owned(), 405, true),
        ("authority-form with GET", "GET evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n".to_owned(), 400, true),
        ("asterisk-form with GET", format!("GET * HTTP/1.1\r\n{host}\r\n"), 400, true),
        ("asterisk-form", format!("OPTIONS * HTTP/1.1\r\n{host}\r\n"), 204, false),
        ("header 20 KiB", format!("{page}{long}\r\n"), 431, true),
        ("150 headers", format!("{page}{many}\r\n"), 431, true),
        ("chunked", format!("{post}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), 200, false),
        ("bad chunk size", format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"), 400, true),
        ("not HTTP", "\u{16}\u{3}\u{1} hello\r\n\r\n".to_owned(), 400, true),
    ] {
        let mut client = server.connect().await;
        client.send(&request).await;
        let answer = client.answer().await.unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        if closes {
            assert!(client.is_closed().await, "{name}: stays open");
        } else {
            client.send(format!("{page}\r\n")).await;
            assert_eq!(client.answer().await.unwrap().status, 200, "{name}: the next request");
        }
    }
}

#[tokio::test]
async fn a_request_hidden_behind_another_is_refused_with_all_that_follow() {
    let server = Running::start().await;
    let page = server.request("GET /i/good", "");
    let smuggling = server.request("POST /webhooks/stripe", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n");
    let mut client = server.connect().await;
    client.send(format!("{page}{smuggling}0\r\n\r\n{page}")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    assert_eq!(client.answer().await.unwrap().status, 400);
    assert!(client.is_closed().await, "nothing behind it is answered");
}

#[tokio::test]
async fn a_head_that_does_not_end_is_given_up() {
    let head = milliseconds(300);
    let server = Running::with(Limits { head, idle: PATIENCE, ..Limits::default() }).await;
    for begun in ["", "G", "PRI * HT", "GET /i/good HTTP/1.1\r\nHost: a\r\n"] {
        let started = Instant::now();
        let mut client = server.connect().await;
        client.send(begun).await;
        assert!(client.is_closed().await, "{begun:?}");
        assert!(started.elapsed() >= head, "{begun:?}: closed after {:?}", started.elapsed());
    }
    let mut client = server.connect().await;
    let started = Instant::now();
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    assert!(client.is_closed().await && started.elapsed() < PATIENCE / 2, "HTTP/2 is not spoken in the clear");
    // One byte at a time does not buy more time.
    let mut client = server.connect().await;
    let started = Instant::now();
    for byte in server.request("GET /i/good", "").bytes() {
        if client.stream.write_all(&[byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(milliseconds(40)).await;
    }
    assert!(client.is_closed().await);
    assert!(started.elapsed() < PATIENCE / 2, "given up after {:?}", started.elapsed());
}

#[tokio::test]
async fn a_quiet_connection_stays_open_longer_than_a_head_may_take() {
    let limits = Limits { head: milliseconds(1_000), idle: milliseconds(6_000), ..Limits::default() };
    let server = Running::with(limits).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client.send(server.request("GET /healthz", "")).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
        tokio::time::sleep(milliseconds(1_500)).await;
    }
    assert!(client.is_closed().await, "but not for ever");
}

#[tokio::test]
async fn a_second_head_has_no_more_time_than_the_first() {
    let limits = Limits { head: milliseconds(1_000), idle: 2 * PATIENCE, ..Limits::default() };
    let server = Running::with(limits).await;
    let mut client = server.connect().await;
    client.send(server.request("GET /healthz", "")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    client.send("GET /healthz HT").await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn c21_a_body_that_does_not_come_is_answered_408() {
    let server = Running::waiting_for_bodies(Limits::default(), milliseconds(300)).await;
    let mut client = server.connect().await;
    client.send(server.request("POST /webhooks/stripe", "Content-Length: 10\r\n")).await;
    client.send("abc").await;
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_answered_413_and_the_answer_arrives() {
    let server = Running::start().await;
    let limit = 1 << 20;
    for (name, headers, body, status) in [
        ("as large as it may be", format!("Content-Length: {limit}\r\n"), vec![b'x'; limit], 200),
        ("one more", format!("Content-Length: {}\r\n", limit + 1), vec![b'x'; limit + 1], 413),
        ("far more", format!("Content-Length: {}\r\n", 8 * limit), vec![b'x'; 8 * limit], 413),
        ("in one chunk", "Transfer-Encoding: chunked\r\n".to_owned(), chunked(limit + 1), 413),
        ("announced, and not sent", format!("Content-Length: {}\r\n", 8 * limit), vec![], 413),
        ("announced only", format!("Content-Length: {}\r\nExpect: 100-continue\r\n", 8 * limit), vec![], 413),
    ] {
        let mut client = server.connect().await;
        client.send(server.request("POST /webhooks/stripe", &headers)).await;
        client.send(&body).await;
        assert_eq!(client.answer().await.unwrap_or_else(|| panic!("{name}: no answer")).status, status, "{name}");
    }
    // Whoever hears it late, or does not care, writes on and loses nothing.
    let mut client = server.connect().await;
    client.send(server.request("POST /webhooks/stripe", &format!("Content-Length: {}\r\n", 8 * limit))).await;
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")));
    client.send(vec![b'x'; 8 * limit]).await;
    assert!(client.is_closed().await);
    // A refusal before the body is read arrives as well, and the connection goes on.
    let mut client = server.connect().await;
    client.send(server.request("POST /admin/save", &format!("Content-Length: {limit}\r\n"))).await;
    client.send(vec![b'x'; limit]).await;
    assert_eq!(client.answer().await.unwrap().status, 403);
    client.send(server.request("GET /healthz", "")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
}

fn chunked(length: usize) -> Vec<u8> {
    let mut body = format!("{length:x}\r\n").into_bytes();
    body.resize(body.len() + length, b'x');
    body.extend_from_slice(b"\r\n0\r\n\r\n");
    body
}

#[tokio::test]
async fn stopping_finishes_the_open_request_and_takes_no_new_one() {
    let mut server = Running::start().await;
    let mut quiet = server.connect().await;
    quiet.send(server.request("GET /healthz", "")).await;
    assert_eq!(quiet.answer().await.unwrap().status, 200);
    let mut busy = server.connect().await;
    busy.send(server.request("GET /wait", "")).await;
    let app = Arc::clone(&server.app);
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    server.stop();
    assert!(quiet.is_closed().await, "a connection that asks nothing is closed at once");
    assert!(TcpStream::connect(server.address).await.is_err(), "the address is free");
    app.bell.notify_one();
    let answer = busy.answer().await.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "waited\n"));
    assert!(busy.is_closed().await);
    within(&mut server.ended).await.unwrap();
}

#[tokio::test]
async fn stopping_hears_the_first_words_of_whoever_has_just_come() {
    let mut server = Running::with(Limits { first_words: PATIENCE, ..Limits::default() }).await;
    let mut fresh = server.connect().await;
    // Connections are let in one after another: with this one, the first is in.
    assert_eq!(server.ask("GET /healthz", "").await.status, 200);
    server.stop();
    let address = server.address;
    until(|| std::net::TcpStream::connect(address).is_err()).await;
    fresh.send(server.request("GET /healthz", "")).await;
    assert_eq!(fresh.answer().await.unwrap().status, 200);
    assert!(fresh.is_closed().await);
    within(&mut server.ended).await.unwrap();
}

#[tokio::test]
async fn stopping_waits_for_nobody_who_keeps_silent() {
    let mut server = Running::with(Limits { first_words: milliseconds(50), ..Limits::default() }).await;
    let mut silent = server.connect().await;
    assert_eq!(server.ask("GET /healthz", "").await.status, 200);
    server.stop();
    within(&mut server.ended).await.unwrap();
    assert!(silent.is_closed().await);
}

#[tokio::test]
async fn stopping_ends_even_if_a_request_does_not() {
    let mut server = Running::with(Limits { drain: milliseconds(200), ..Limits::default() }).await;
    let mut busy = server.connect().await;
    busy.send(server.request("GET /wait", "")).await;
    let app = Arc::clone(&server.app);
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    server.stop();
    within(&mut server.ended).await.unwrap();
    assert!(busy.is_closed().await);
    assert_eq!(app.finished.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_has_begun_is_finished_even_if_its_client_has_gone() {
    let server = Running::start().await;
    let mut client = server.connect().await;
    client.send(server.request("GET /wait", "")).await;
    until(|| server.app.begun.load(Ordering::SeqCst) == 1).await;
    drop(client);
    tokio::time::sleep(milliseconds(50)).await;
    server.app.bell.notify_one();
    until(|| server.app.finished.load(Ordering::SeqCst) == 1).await;
    // A client that only has nothing more to say still gets its answer.
    let mut client = server.connect().await;
    client.send(server.request("GET /wait", "")).await;
    client.stream.shutdown().await.unwrap();
    until(|| server.app.begun.load(Ordering::SeqCst) == 2).await;
    server.app.bell.notify_one();
    assert_eq!(client.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_panic_is_answered_500_and_nothing_else_ends() {
    let server = Running::start().await;
    let mut client = server.connect().await;
    client.send(server.request("GET /panic", "")).await;
    let answer = client.answer().await.unwrap();
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("Something went wrong") && !answer.text().contains("panics"), "{}", answer.text());
    assert!(answer.header("content-security-policy").is_some());
    client.send(server.request("GET /healthz", "")).await;
    assert_eq!(client.answer().await.unwrap().status, 200, "on the same connection");
}

#[tokio::test]
async fn a_peer_holds_only_so_many_connections() {
    let limits = Limits { connections_per_peer: 2, exempt: vec![], ..Limits::default() };
    let server = Running::with(limits).await;
    let mut held = [server.connect().await, server.connect().await];
    for client in &mut held {
        client.send(server.request("GET /healthz", "")).await;
        assert_eq!(client.answer().await.unwrap().status, 200);
    }
    let another = async || {
        let mut client = server.connect().await;
        // The server may have closed the connection before this is written.
        let _ = client.stream.write_all(server.request("GET /healthz", "").as_bytes()).await;
        client.answer().await.is_some_and(|answer| answer.status == 200)
    };
    assert!(!another().await, "the third is one too many");
    drop(held);
    within(async { while !another().await {} }).await;
}

#[tokio::test]
async fn beyond_all_places_who_is_silent_gives_way_and_who_is_answered_does_not() {
    let server = Running::with(Limits { connections: 2, head: PATIENCE, ..Limits::default() }).await;
    let mut busy = server.connect().await;
    busy.send(server.request("GET /healthz", "")).await;
    assert_eq!(busy.answer().await.unwrap().status, 200);
    tokio::time::sleep(milliseconds(50)).await; // silent for a while, and longest
    busy.send(server.request("GET /wait", "")).await;
    until(|| server.app.begun.load(Ordering::SeqCst) == 1).await;
    let mut quiet = server.connect().await;
    quiet.send(server.request("GET /healthz", "")).await;
    assert_eq!(quiet.answer().await.unwrap().status, 200);
    let mut half = server.connect().await;
    half.send("GET /healthz HT").await;
    assert!(quiet.is_closed().await);
    let mut third = server.connect().await;
    third.send(server.request("GET /wait", "")).await;
    assert!(half.is_closed().await);
    until(|| server.app.begun.load(Ordering::SeqCst) == 2).await;
    // Both places are busy: the next one waits.
    let mut fourth = server.connect().await;
    fourth.send(server.request("GET /healthz", "")).await;
    let early = tokio::time::timeout(milliseconds(100), fourth.answer()).await;
    assert!(early.is_err(), "{early:?}");
    server.app.bell.notify_one();
    assert_eq!(busy.answer().await.unwrap().status, 200);
    assert_eq!(fourth.answer().await.unwrap().status, 200);
    server.app.bell.notify_one();
    assert_eq!(third.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn visitors_who_take_all_their_places_keep_nobody_out_at_the_machines_own_door() {
    let room = Room::new(Limits { connections: 3, kept: 1, ..Limits::default() });
    let bind = async |key| Server::bind_in(Arc::clone(&room), "127.0.0.1:0".parse().unwrap(), key).await.unwrap();
    let visitors = Running::behind(bind("server.http_listen").await.for_visitors(), PATIENCE);
    let own = Running::behind(bind("server.listen").await, PATIENCE);
    let mut busy = [visitors.connect().await, visitors.connect().await];
    for client in &mut busy {
        client.send(visitors.request("GET /wait", "")).await;
    }
    until(|| visitors.app.begun.load(Ordering::SeqCst) == 2).await;
    let mut third = visitors.connect().await;
    third.send(visitors.request("GET /healthz", "")).await;
    for _ in 0..3 {
        assert_eq!(own.ask("GET /healthz", "").await.status, 200);
    }
    let early = tokio::time::timeout(milliseconds(100), third.answer()).await;
    assert!(early.is_err(), "{early:?}");
    visitors.app.bell.notify_one();
    assert_eq!(third.answer().await.unwrap().status, 200);
    visitors.app.bell.notify_one();
    until(|| visitors.app.finished.load(Ordering::SeqCst) == 2).await;
}

#[tokio::test]
async fn who_keeps_a_body_back_gives_way_to_others() {
    let server = Running::with(Limits { connections: 4, ..Limits::default() }).await;
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut client = server.connect().await;
        client.send(server.request("POST /webhooks/stripe", "Content-Length: 1000\r\n")).await;
        client.send("abc").await;
        slow.push(client);
    }
    let started = Instant::now();
    assert_eq!(server.ask("GET /healthz", "").await.status, 200);
    assert!(started.elapsed() < PATIENCE / 4, "answered after {:?}", started.elapsed());
    let mut left = 0;
    for client in &mut slow {
        // Whoever was sent away can still not be written to.
        let _ = client.stream.write_all(&[b'x'; 997]).await;
        left += usize::from(client.answer().await.is_some_and(|answer| answer.status == 200));
    }
    assert!((1..4).contains(&left), "{left} of four were heard to the end: places are needed, not all of them");
}

#[tokio::test]
async fn bodies_take_only_so_much_memory_together_and_the_longest_coming_gives_way() {
    let server = Running::with(Limits { body_bytes: 100, ..Limits::default() }).await;
    let mut hoarder = server.connect().await;
    hoarder.send(server.request("POST /webhooks/stripe", "Content-Length: 100\r\n")).await;
    hoarder.send([b'x'; 90]).await;
    let mut next = server.connect().await;
    next.send(server.request("POST /webhooks/stripe", "Content-Length: 50\r\n")).await;
    next.send([b'y'; 50]).await;
    assert_eq!(next.answer().await.unwrap().status, 200, "it waits until there is room");
    let refused = hoarder.answer().await.unwrap();
    let facts = (refused.status, refused.header("connection"), refused.header("retry-after"));
    assert_eq!(facts, (503, Some("close"), Some("30")));
    assert!(hoarder.is_closed().await);
}

#[tokio::test]
async fn hundreds_of_half_open_connections_keep_nobody_waiting() {
    let server = Running::with(Limits { connections: 32, head: PATIENCE, ..Limits::default() }).await;
    let mut half_open = Vec::new();
    for _ in 0..300 {
        let mut client = server.connect().await;
        // Those that gave way already cannot be written to.
        let _ = client.stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n").await;
        half_open.push(client);
    }
    let started = Instant::now();
    assert_eq!(server.ask("GET /healthz", "").await.status, 200);
    assert!(started.elapsed() < PATIENCE / 4, "answered after {:?}", started.elapsed());
}

#[tokio::test]
async fn who_takes_none_of_an_answer_gives_way_to_others() {
    // That nobody takes it would end it as well, but not before this test.
    let server = Running::with(Limits { answer: 2 * PATIENCE, connections: 1, ..Limits::default() }).await;
    let mut stuck = server.connect().await;
    stuck.send(server.request("GET /large", "")).await;
    let mut next = server.connect().await;
    next.send(server.request("GET /healthz", "")).await;
    assert_eq!(next.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let limits = Limits { answer: milliseconds(200), connections: 1, ..Limits::default() };
    let server = Running::with(limits).await;
    let mut stuck = server.connect().await;
    stuck.send(server.request("GET /large", "")).await;
    let mut next = server.connect().await;
    next.send(server.request("GET /healthz", "")).await;
    assert_eq!(next.answer().await.unwrap().status, 200, "the place is free again");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Running::start().await;
    for (path, headers) in
        [("/i/good", ""), ("/i/good", "Accept-Encoding: gzip\r\n"), ("/healthz", ""), ("/i/none", "")]
    {
        let got = server.ask(&format!("GET {path}"), headers).await;
        let mut client = server.connect().await;
        client.send(server.request(&format!("HEAD {path}"), headers)).await;
        let head = client.answer_to("HEAD").await.unwrap();
        assert_eq!(head.headers(), got.headers(), "{path} {headers}");
        assert_eq!(head.header("content-length"), Some(got.body.len().to_string().as_str()));
        client.send(server.request("GET /healthz", "")).await;
        assert_eq!(client.answer().await.unwrap().text(), "ok\n", "no body was in between");
    }
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_answered_405() {
    let server = Running::start().await;
    for (line, status, allow) in [
        ("POST /i/good", 405, Some("GET, HEAD")),
        ("GET /i/good/checkout", 405, Some("POST")),
        ("HEAD /webhooks/stripe", 405, Some("POST")),
        ("OPTIONS /admin", 405, Some("GET, HEAD")),
        ("BREW /admin", 405, Some("GET, HEAD")),
        ("GET /nowhere", 404, None),
        ("POST /", 404, None),
        ("GET /i", 404, None),
        ("GET /i/good/", 404, None),
        ("OPTIONS *", 204, Some("GET, HEAD, POST, PATCH, DELETE")),
    ] {
        let answer = server.ask(line, "").await;
        assert_eq!((answer.status, answer.header("allow")), (status, allow), "{line}");
    }
}

#[tokio::test]
async fn what_is_not_found_reads_the_same_wherever_it_was_looked_for() {
    let server = Running::start().await;
    let unknown = server.ask("GET /i/unknown", "").await;
    assert_eq!(unknown.status, 404);
    for path in ["/i/", "/i/../x", "/i/x/y/z", "/i/%00", "/i/good/pdf", "/i/x?y=%FF", "/nowhere"] {
        let other = server.ask(&format!("GET {path}"), "").await;
        if path.contains("%FF") {
            assert_eq!(other.status, 400, "a query that is no text: {path}");
            continue;
        }
        assert_eq!((other.headers(), other.text()), (unknown.headers(), unknown.text()), "{path}");
    }
}

#[tokio::test]
async fn every_answer_is_strict_and_says_how_long_it_may_be_kept() {
    let server = Running::start().await;
    let asset = assets::url("app.css");
    for (line, status, cache, policy) in [
        ("GET /i/good".to_owned(), 200, "private, no-cache", "form-action 'self' https://checkout.stripe.com"),
        ("GET /i/unknown".to_owned(), 404, "no-store", "form-action 'self' https://checkout.stripe.com"),
        ("POST /i/good/checkout".to_owned(), 200, "no-store", "form-action 'self' https://checkout.stripe.com"),
        ("GET /admin/unknown".to_owned(), 404, "no-store", "form-action 'self'"),
        ("GET /admin".to_owned(), 303, "no-store", "form-action 'self'"),
        ("GET /healthz".to_owned(), 200, "no-store", "form-action 'none'"),
        ("GET /api/v1/unknown".to_owned(), 404, "no-store", "form-action 'none'"),
        (format!("GET {asset}"), 200, "public, max-age=31536000, immutable", "form-action 'none'"),
        ("GET /a/00000000/app.css".to_owned(), 404, "no-store", "form-action 'none'"),
    ] {
        let answer = server.ask(&line, "").await;
        assert_eq!((answer.status, answer.header("cache-control")), (status, Some(cache)), "{line}");
        let found = answer.header("content-security-policy").unwrap();
        assert_eq!(found.split("; ").find(|part| part.starts_with("form-action")), Some(policy), "{line}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{line}");
    }
}

#[tokio::test]
async fn a_page_is_sent_once_and_packed_for_who_takes_it() {
    let server = Running::start().await;
    let plain = server.ask("GET /i/good", "").await;
    let packed = server.ask("GET /i/good", "Accept-Encoding: gzip\r\n").await;
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), (Some("gzip"), Some("accept-encoding")));
    assert!(packed.body.len() < plain.body.len() / 4);
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*packed.body), &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    let tag = packed.header("etag").unwrap();
    assert_eq!(plain.header("etag"), Some(tag));
    let again = server.ask("GET /i/good", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((again.status, again.header("etag"), again.header("content-length")), (304, Some(tag), None));
    assert!(again.header("content-security-policy").is_some());
    assert_eq!(server.ask("GET /i/good", "If-None-Match: \"other\"\r\n").await.status, 200);
}

#[tokio::test]
async fn only_our_own_names_are_answered_to_except_for_probes_and_stripe() {
    let server = Running::start().await;
    for (line, status) in
        [("GET /i/good", 421), ("GET /nowhere", 421), ("GET /healthz", 200), ("POST /webhooks/stripe", 200)]
    {
        let mut client = server.connect().await;
        client.send(format!("{line} HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n")).await;
        assert_eq!(client.answer().await.unwrap().status, status, "{line}");
    }
}

#[tokio::test]
async fn another_site_cannot_have_the_owner_do_things() {
    let server = Running::start().await;
    let kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\nCookie: s=owner\r\n";
    for (line, site, status) in [
        ("POST /admin/save", "Sec-Fetch-Site: same-origin\r\n", 200),
        ("POST /admin/save", "Sec-Fetch-Site: same-site\r\n", 403),
        ("POST /admin/save", "Sec-Fetch-Site: none\r\n", 403),
        ("POST /admin/save", "", 403),
        ("POST /i/good/checkout", "Sec-Fetch-Site: none\r\n", 200),
        ("POST /i/good/checkout", "Sec-Fetch-Site: cross-site\r\n", 403),
        ("POST /i/good/checkout", "Origin: null\r\n", 200),
        ("POST /i/good/checkout", "Origin: http://evil.example\r\n", 403),
        ("POST /webhooks/stripe", "Sec-Fetch-Site: cross-site\r\n", 200),
    ] {
        let mut client = server.connect().await;
        client.send(server.request(line, &format!("{kind}{site}"))).await;
        client.send("name=Ann").await;
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.status, status, "{line} {site}");
        if line.ends_with("save") && status == 200 {
            assert_eq!(answer.text(), "Ann\n");
        }
    }
    let own = format!("Origin: http://{}\r\n", server.address);
    assert_eq!(server.ask("POST /admin/save", &format!("Cookie: s=owner\r\n{own}")).await.status, 200);
}

#[tokio::test]
async fn a_guard_says_who_it_is_or_leads_to_the_sign_in() {
    let server = Running::start().await;
    let stranger = server.ask("GET /admin", "").await;
    assert_eq!((stranger.status, stranger.header("location")), (303, Some("/admin/login")));
    assert_eq!(server.ask("GET /admin", "Cookie: s=ann\r\n").await.text(), "<p>ann</p>");
}

#[tokio::test]
async fn the_client_is_who_a_trusted_proxy_says_it_is() {
    let server = Running::start().await;
    assert_eq!(server.ask("GET /client", "").await.text(), "127.0.0.1 false\n");
    let forwarded = "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
    assert_eq!(server.ask("GET /client", forwarded).await.text(), "203.0.113.9 true\n");
}

#[test]
fn the_table_says_what_was_decided_about_each_route() {
    let facts: Vec<_> = table().iter().map(|endpoint| endpoint.facts().clone()).collect();
    assert!(facts.iter().any(|route| route.path == "/admin" && route.class == Class::Desk(Role::Owner)));
    for route in &facts {
        let changes = route.method != "GET";
        assert_eq!(route.csrf == Csrf::Safe, !changes, "{route:?}");
        assert!(!changes || route.cache == Cache::NoStore, "{route:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_with_the_remedy() {
    let server = Running::start().await;
    let refusal = Server::bind(server.address, Limits::default()).await.unwrap_err().to_string();
    assert!(refusal.contains(&server.address.to_string()) && refusal.contains("server.listen"), "{refusal}");
}

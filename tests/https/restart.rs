//! The end of the program while it is asked things: what has begun is answered, over either protocol, and nothing that was
//! answered is lost.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode};
use quittance::clock::Clock;
use quittance::store::Store;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{House, NAME, Root, Sender, Visitor};
use crate::support::PATIENCE;

const CUSTOMERS: &str = "/api/v1/customers";

fn body(name: &str) -> String {
    format!(r#"{{"name":"{name}"}}"#)
}

/// A request of HTTP/1.1 of which only the head was sent, on a connection that has been used before.
struct Begun<S> {
    stream: S,
    rest: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Begun<S> {
    async fn on(mut stream: S, host: &str, token: &str, name: &str) -> Self {
        let probe = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(probe.as_bytes()).await.unwrap();
        assert!(read_until(&mut stream, "ok\n").await.starts_with("HTTP/1.1 200"));
        let rest = body(name);
        let head = format!(
            "POST {CUSTOMERS} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            rest.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Asked to go on, it is certain that the server is waiting.
        assert!(read_until(&mut stream, "\r\n\r\n").await.starts_with("HTTP/1.1 100 "));
        Self { stream, rest }
    }

    /// The whole answer, up to the connection's end.
    async fn finish(mut self) -> String {
        self.stream.write_all(self.rest.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        String::from_utf8(answer).unwrap()
    }
}

async fn read_until(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        read.push(tokio::time::timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(read).unwrap()
}

/// Makes one customer after another over one connection until that ends.
async fn keep_on(mut sender: Sender, token: String, name: &str, answered: Arc<Mutex<Vec<String>>>) {
    for number in 0.. {
        let name = format!("{name} {number}");
        let request = Request::post(format!("https://{NAME}{CUSTOMERS}")).header("host", NAME);
        let request = request.header("authorization", format!("Bearer {token}"));
        let request =
            request.header("content-type", "application/json").body(Full::new(Bytes::from(body(&name)))).unwrap();
        let sent = match &mut sender {
            Sender::Http1(sender) => {
                let Ok(()) = sender.ready().await else { return };
                let (mut parts, body) = request.into_parts();
                parts.uri = CUSTOMERS.parse().unwrap();
                sender.send_request(Request::from_parts(parts, body)).await
            }
            Sender::Http2(sender) => {
                let Ok(()) = sender.ready().await else { return };
                let (mut parts, body) = request.into_parts();
                parts.headers.remove("host");
                sender.send_request(Request::from_parts(parts, body)).await
            }
        };
        let Ok(answer) = sent else { return };
        assert_eq!(answer.status(), StatusCode::CREATED);
        answered.lock().unwrap().push(name);
    }
}

#[tokio::test]
async fn what_has_begun_is_answered_and_nothing_that_was_answered_is_lost() {
    let root = Root::new();
    let mut house = House::with_files(&root.issue(NAME, 90), |_| ());
    let token = house.bench.run(&["token", "create", "--name", "till"]).good().trim().to_owned();
    let (visitor, first) = (Visitor::new(&root.pem()), Visitor::speaking(&root.pem(), &[b"http/1.1"]));

    let stream = first.shake_hands(house.https, NAME).await.unwrap();
    let secured = Begun::on(stream, NAME, &token, "Secured").await;
    let stream = TcpStream::connect(house.own).await.unwrap();
    let plain = Begun::on(stream, &house.own.to_string(), &token, "Plain").await;

    let stream = visitor.shake_hands(house.https, NAME).await.unwrap();
    let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the connection goes on beside its test")]
    let second = tokio::spawn(connection);
    let request = Request::post(format!("https://{NAME}{CUSTOMERS}")).header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {token}")).body(()).unwrap();
    let (answer, mut rest) = sender.send_request(request, false).unwrap();
    let (begin, end) = (Bytes::from_static(br#"{"name":"#), Bytes::from_static(br#""Streamed"}"#));
    rest.send_data(begin, false).unwrap();

    // Beside them, whoever asks as fast as it goes.
    let answered: Arc<Mutex<Vec<String>>> = Arc::default();
    let [one, other] =
        [first.connect(house.https, NAME).await.unwrap(), visitor.connect(house.https, NAME).await.unwrap()];
    let both = [("One", one.sender), ("Other", other.sender)].map(|(name, sender)| {
        #[expect(clippy::disallowed_methods, reason = "they go on beside the test")]
        tokio::spawn(keep_on(sender, token.clone(), name, Arc::clone(&answered)))
    });
    while answered.lock().unwrap().len() < 8 {
        tokio::task::yield_now().await;
    }

    house.serving.signal("TERM");
    house.serving.heard("stopping");
    // HTTP/2 is told that nothing new is taken (GOAWAY); what has begun goes on.
    let told = async {
        while sender.clone().ready().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    rest.send_data(end, true).unwrap();
    assert_eq!(tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap().status(), StatusCode::CREATED);
    for begun in [secured.finish().await, plain.finish().await] {
        let head = begun.to_lowercase();
        assert!(head.starts_with("http/1.1 201 ") && head.contains("\r\nconnection: close\r\n"), "{begun}");
    }
    // Whether the client's last words still find somebody is nobody's concern.
    drop(tokio::time::timeout(PATIENCE, second).await.unwrap().unwrap());
    for one in both {
        tokio::time::timeout(PATIENCE, one).await.unwrap().unwrap();
    }
    assert!(house.serving.end().0.success());

    let store = Store::open(&house.bench.data, Clock::machine()).unwrap();
    let stored = store.read(|r| r.customers(&[], None, usize::MAX)).unwrap();
    let mut stored: Vec<String> = stored.into_iter().map(|customer| customer.party.name).collect();
    let mut expected = answered.lock().unwrap().clone();
    expected.extend(["Secured", "Plain", "Streamed"].map(str::to_owned));
    stored.sort();
    expected.sort();
    assert_eq!(stored, expected, "what was answered is stored, and what was stored is answered");
}

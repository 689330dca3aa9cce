//! One request to the store, and what comes back: bounded, repeated where that does no harm, and judged once.
//!
//! What is read may be as large as the books and come over a slow line, so that no limit stands for the whole of it: only
//! for how long nothing comes.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, ETAG};
use reqwest::{Client, Method, Response, Url};
use rusty_s3::S3Action;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::error::{self, S3Error};
use crate::clock::Clock;
use crate::config::{ROOTS_BYTES_MAX, bytes_of};
use crate::http::{self, SetupError, innermost, is_untrusted};
use crate::resolve::{Reach, Resolver};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Until the store begins to answer, with one part sent: a slow line takes minutes for it.
const ANSWER_WITHIN: Duration = Duration::from_mins(10);
/// Until the next piece of an answer comes, however many there are: a store that puts parts together has nothing to say
/// for minutes.
const PIECE_WITHIN: Duration = Duration::from_mins(5);
/// How long a signature is good for; a repeated request is signed again.
pub(super) const SIGNED_FOR: Duration = Duration::from_mins(15);
/// A list of a thousand names is a third of this.
const ANSWER_BYTES_MAX: usize = 1 << 20;
const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A request that can be signed, and again.
pub(super) struct Ask<'a> {
    method: Method,
    sign: Box<dyn Fn(&jiff::Timestamp) -> Url + Send + Sync + 'a>,
    body: Bytes,
    /// Whether it may be sent again when nobody knows what became of it.
    again: bool,
}

impl<'a> Ask<'a> {
    fn of<A: S3Action<'a> + Sync>(method: Method, action: &'a A, body: Bytes) -> Self {
        Self { body, ..Self::signed(method, |now| action.sign_with_time(SIGNED_FOR, now)) }
    }

    /// One that the library has no name for.
    pub fn signed(method: Method, sign: impl Fn(&jiff::Timestamp) -> Url + Send + Sync + 'a) -> Self {
        Self { again: method != Method::POST, method, sign: Box::new(sign), body: Bytes::new() }
    }

    pub fn get<A: S3Action<'a> + Sync>(action: &'a A) -> Self {
        Self::of(Method::GET, action, Bytes::new())
    }

    pub fn put<A: S3Action<'a> + Sync>(action: &'a A, body: Bytes) -> Self {
        Self::of(Method::PUT, action, body)
    }

    pub fn delete<A: S3Action<'a> + Sync>(action: &'a A) -> Self {
        Self::of(Method::DELETE, action, Bytes::new())
    }

    pub fn post<A: S3Action<'a> + Sync>(action: &'a A, body: &str) -> Self {
        Self::of(Method::POST, action, Bytes::copy_from_slice(body.as_bytes()))
    }
}

/// What the store said.
pub(super) struct Answer {
    body: Vec<u8>,
    /// What it calls the object, or the part, that it took.
    pub tag: Option<String>,
}

impl Answer {
    pub fn is(&self, bytes: &[u8]) -> bool {
        self.body == bytes
    }

    pub fn text(&self) -> Result<String, S3Error> {
        String::from_utf8(self.body.clone()).map_err(|_| S3Error::NotUnderstood)
    }
}

/// The way to one store.
pub(super) struct Wire {
    http: Client,
    host: String,
    clock: Clock,
    answer_within: Duration,
    piece_within: Duration,
}

impl Wire {
    pub fn new(host: String, roots_file: Option<&Path>, resolver: Resolver, clock: Clock) -> Result<Self, SetupError> {
        // The owner may well keep a store next door.
        // Of a file that cannot be read nothing is trusted: that is said where it is configured, and by whoever is not reached.
        let roots = roots_file.and_then(|path| bytes_of(path, ROOTS_BYTES_MAX).ok());
        let http = http::client_trusting(roots.as_deref(), resolver, Reach::Configured, CONNECT_WITHIN)?;
        Ok(Self { http, host, clock, answer_within: ANSWER_WITHIN, piece_within: PIECE_WITHIN })
    }

    pub async fn ask(&self, ask: Ask<'_>) -> Result<Answer, S3Error> {
        let mut response = self.answered(&ask).await?;
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        Ok(Answer { body: self.body(&mut response).await?, tag })
    }

    /// Hands on the pieces of what comes, until its end or until nobody takes them any more.
    pub async fn read(&self, ask: Ask<'_>, into: mpsc::Sender<Bytes>) -> Result<(), S3Error> {
        let mut response = self.answered(&ask).await?;
        while let Some(piece) = self.piece(&mut response).await? {
            if into.send(piece).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Sends it until the store said yes, or why not.
    async fn answered(&self, ask: &Ask<'_>) -> Result<Response, S3Error> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.once(ask).await {
                Err(error) if ask.again && error.may_pass() => {
                    tracing::info!(host = self.host, %error, "asking the store for backups again");
                    sleep(pause).await;
                    pause = pause.saturating_mul(2);
                }
                outcome => return outcome,
            }
        }
        self.once(ask).await
    }

    async fn once(&self, ask: &Ask<'_>) -> Result<Response, S3Error> {
        let url = (ask.sign)(&self.clock.now());
        let request = self.http.request(ask.method.clone(), url);
        // Written out, because the library leaves it away for an empty body and some stores insist on it.
        let request = request.header(CONTENT_LENGTH, ask.body.len()).body(ask.body.clone());
        let sent = timeout(self.answer_within, request.send()).await.map_err(|_| self.silent())?;
        let mut response = sent.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let said = self.body(&mut response).await.unwrap_or_default();
        Err(error::refusal(status.as_u16(), &String::from_utf8_lossy(&said)))
    }

    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, S3Error> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece(response).await? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(S3Error::NotUnderstood);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// The next piece of an answer; `None` at its end.
    async fn piece(&self, response: &mut Response) -> Result<Option<Bytes>, S3Error> {
        let piece = timeout(self.piece_within, response.chunk()).await.map_err(|_| self.silent())?;
        piece.map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &reqwest::Error) -> S3Error {
        if error.is_timeout() {
            return self.silent();
        }
        if is_untrusted(error) {
            return S3Error::Untrusted { host: self.host.clone(), reason: innermost(error) };
        }
        S3Error::Unreachable { host: self.host.clone(), reason: innermost(error) }
    }

    fn silent(&self) -> S3Error {
        S3Error::Unreachable { host: self.host.clone(), reason: "no answer in time".to_owned() }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Duration;

    use super::{Ask, Clock, Method, S3Error, Url, Wire, mpsc};
    use crate::resolve::Resolver;

    /// Long enough for a machine that has much to do, and short for a test.
    const PATIENCE: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(50);
    /// What takes longer in all than is waited for any of it.
    const PIECES: usize = 60;

    /// A store that says so many pieces of `PIECES`, one after the other, and then nothing more.
    fn slow_store(pieces: usize) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/a", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let asked = stream.read(&mut [0; 4096]).unwrap();
            assert!(asked > 0);
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {PIECES}\r\n\r\n").unwrap();
            for _ in 0..pieces {
                stream.write_all(b"x").unwrap();
                std::thread::sleep(PAUSE);
            }
            // Until the other side has had enough.
            drop(stream.read(&mut [0; 1]));
        });
        url.parse().unwrap()
    }

    async fn read(url: Url) -> (Result<(), S3Error>, usize) {
        let mut wire = Wire::new("store".into(), None, Resolver::system().unwrap(), Clock::machine()).unwrap();
        (wire.answer_within, wire.piece_within) = (PATIENCE, PATIENCE);
        let (into, mut pieces) = mpsc::channel(PIECES);
        let read = wire.read(Ask::signed(Method::GET, |_| url.clone()), into).await;
        let mut bytes = 0;
        while let Some(piece) = pieces.recv().await {
            bytes += piece.len();
        }
        (read, bytes)
    }

    #[tokio::test]
    async fn what_comes_slowly_is_read_to_its_end() {
        assert!(PATIENCE < PAUSE * u32::try_from(PIECES).unwrap());
        let (read, bytes) = read(slow_store(PIECES)).await;
        assert!(read.is_ok() && bytes == PIECES, "{read:?} after {bytes}");
    }

    #[tokio::test]
    async fn what_comes_no_more_is_not_waited_for() {
        let (read, bytes) = read(slow_store(3)).await;
        assert!(read.unwrap_err().to_string().contains("no answer in time"));
        assert_eq!(bytes, 3);
    }
}

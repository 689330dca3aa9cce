//! One request to the store, and what comes back: bounded, repeated where that does no harm, and judged once.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, ETAG};
use reqwest::{Client, Method, Response, Url};
use rusty_s3::S3Action;
use tokio::time::sleep;

use super::error::{self, S3Error};
use crate::clock::Clock;
use crate::http::{self, SetupError, innermost};
use crate::resolve::{Reach, Resolver};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// For one part, or the whole of what comes back in pieces between two of them: a slow line takes minutes for a part.
const ANSWER_WITHIN: Duration = Duration::from_mins(10);
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
    pub fn text(&self) -> Result<String, S3Error> {
        String::from_utf8(self.body.clone()).map_err(|_| S3Error::NotUnderstood)
    }
}

/// The way to one store.
pub(super) struct Wire {
    http: Client,
    host: String,
    clock: Clock,
}

impl Wire {
    pub fn new(host: String, resolver: Resolver, clock: Clock) -> Result<Self, SetupError> {
        // The owner may well keep a store next door.
        Ok(Self { http: http::client(resolver, Reach::Configured, CONNECT_WITHIN)?, host, clock })
    }

    pub async fn ask(&self, ask: Ask<'_>) -> Result<Answer, S3Error> {
        let mut response = self.answered(&ask).await?;
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        Ok(Answer { body: self.body(&mut response).await?, tag })
    }

    pub async fn read(
        &self,
        ask: Ask<'_>,
        mut take: impl FnMut(&[u8]) -> io::Result<()> + Send,
    ) -> Result<(), S3Error> {
        let mut response = self.answered(&ask).await?;
        while let Some(piece) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            take(&piece)?;
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
        let request = self.http.request(ask.method.clone(), url).timeout(ANSWER_WITHIN);
        // Written out, because the library leaves it away for an empty body and some stores insist on it.
        let request = request.header(CONTENT_LENGTH, ask.body.len()).body(ask.body.clone());
        let mut response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let said = self.body(&mut response).await.unwrap_or_default();
        Err(error::refusal(status.as_u16(), &String::from_utf8_lossy(&said)))
    }

    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, S3Error> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(S3Error::NotUnderstood);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    fn unreachable(&self, error: &reqwest::Error) -> S3Error {
        let reason = if error.is_timeout() { "no answer in time".to_owned() } else { innermost(error) };
        S3Error::Unreachable { host: self.host.clone(), reason }
    }
}

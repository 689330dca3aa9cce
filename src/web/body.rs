//! A request's body: read whole, within a size and a time, or thrown away.
//!
//! Handlers get bytes and never wait for a client. What is refused for another reason than its body is still read to its end
//! for a while, so that the connection can go on. What is too large is refused at once; its connection ends, and `wire` sees
//! to it that the answer arrives.

use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::{FutureExt, Stream, StreamExt};
use warp::http::{HeaderMap, header};

use super::bodies::{Crowded, Share};
use super::error::Error;
use super::hearing::{Hearing, Listening};

/// How much of a body a route reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyMax {
    /// The route has no use for a body; one that comes is not read.
    Ignored,
    Bytes(usize),
}

/// A form of ours: 250 invoice lines with long descriptions.
pub const FORM: BodyMax = BodyMax::Bytes(256 << 10);
/// Signing in, with a form that was sent when the session had ended: its fields have longer names here.
pub const SIGN_IN: BodyMax = BodyMax::Bytes(320 << 10);
/// A form with one amount in it.
pub const CHOICE: BodyMax = BodyMax::Bytes(4 << 10);
/// A JSON body, by the same measure with room for escapes and notes.
pub const JSON: BodyMax = BodyMax::Bytes(1 << 20);
/// Evidence for a bank: files of 4.5 MB together, and what is written beside them.
pub const EVIDENCE: BodyMax = BodyMax::Bytes(5 << 20);
/// An event of Stripe's. CONTRACT names the figure: above it, `413`.
pub const EVENT: BodyMax = BodyMax::Bytes(1 << 20);

/// From the end of the head to the end of the body: 1 MiB at 100 KiB/s, which phones reach.
pub const READ_MAX: Duration = Duration::from_secs(10);

/// What of a body comes within that time; a larger one may take longer by the same pace.
const PACE_BYTES: usize = 1 << 20;

/// What is read of a body that nobody wants, so that the answer arrives. More closes the connection.
pub(super) const DISCARD_BYTES_MAX: usize = 16 << 20;
pub(super) const DISCARD_MAX: Duration = Duration::from_secs(5);

/// Why a body did not come whole.
enum Broken {
    Off,
    Crowded,
}

/// A body that is still on its way.
pub struct Incoming {
    stream: Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send>>,
    /// `None` in tests without a server.
    hearing: Option<Hearing>,
    listening: Option<Listening>,
    announced: Option<u64>,
    is_asked_for: bool,
    time_max: Duration,
}

impl Incoming {
    pub fn new<S, B>(hearing: Option<Hearing>, stream: S) -> Self
    where
        S: Stream<Item = Result<B, warp::Error>> + Send + 'static,
        B: Buf,
    {
        let stream = Box::pin(stream.map(|part| part.map(|mut part| part.copy_to_bytes(part.remaining()))));
        Self { stream, hearing, listening: None, announced: None, is_asked_for: false, time_max: READ_MAX }
    }

    /// The body that these header lines came before.
    #[must_use]
    pub fn with(self, headers: &HeaderMap) -> Self {
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Self { announced, is_asked_for: headers.contains_key(header::EXPECT), ..self }
    }

    /// Waits no longer than `time_max` for the whole body.
    #[must_use]
    pub fn within(self, time_max: Duration) -> Self {
        Self { time_max, ..self }
    }

    /// The whole body. Too large is said before anything is read if the client announced its length, else as soon as it is.
    pub async fn read(mut self, max: BodyMax) -> Result<Bytes, Error> {
        let BodyMax::Bytes(bytes_max) = max else {
            self.discard().await;
            return Ok(Bytes::new());
        };
        if self.is_announced_beyond(bytes_max) {
            return Err(Error::TooLarge { bytes_max });
        }
        let paces = u32::try_from(bytes_max.div_ceil(PACE_BYTES)).unwrap_or(u32::MAX).max(1);
        let time_max = self.time_max.saturating_mul(paces);
        match tokio::time::timeout(time_max, self.gather(bytes_max)).await {
            Ok(Ok(Some(bytes))) => Ok(bytes),
            Ok(Ok(None)) => Err(Error::TooLarge { bytes_max }),
            Ok(Err(Broken::Off)) => Err(Error::BadRequest("The request broke off before its end.".to_owned())),
            Ok(Err(Broken::Crowded)) => Err(Error::Crowded),
            Err(_) => Err(Error::TooSlow),
        }
    }

    fn is_announced_beyond(&self, bytes_max: usize) -> bool {
        self.announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > bytes_max))
    }

    /// The body, or nothing if it is larger.
    async fn gather(&mut self, bytes_max: usize) -> Result<Option<Bytes>, Broken> {
        let mut whole = Vec::new();
        let mut share: Option<Share> = None;
        while let Some(part) = self.next(share.as_ref()).await {
            let part = part?;
            if part.len() > bytes_max - whole.len() {
                return Ok(None);
            }
            if let Some(hearing) = &self.hearing {
                let share = share.get_or_insert_with(|| hearing.bodies.share());
                share.grow(part.len()).await.map_err(|Crowded| Broken::Crowded)?;
            }
            whole.extend_from_slice(&part);
        }
        Ok(Some(match share {
            Some(share) => share.hold(whole),
            None => whole.into(),
        }))
    }

    /// The next part. While it is not here, the connection counts as silent: nothing has begun.
    async fn next(&mut self, share: Option<&Share>) -> Option<Result<Bytes, Broken>> {
        if let Some(here) = self.stream.next().now_or_never() {
            return here.map(|part| part.map_err(|_| Broken::Off));
        }
        if self.listening.is_none() {
            self.listening = self.hearing.as_ref().map(Hearing::listen);
        }
        let asked = async {
            match share {
                Some(share) => share.asked_to_leave().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            part = self.stream.next() => part.map(|part| part.map_err(|_| Broken::Off)),
            () = asked => Some(Err(Broken::Crowded)),
        }
    }

    /// Reads what the client is sending without keeping it. A client that asked whether it should send
    /// (`Expect: 100-continue`), or says that it sends more than would be read, is answered instead.
    pub async fn discard(mut self) {
        if self.is_asked_for || self.is_announced_beyond(DISCARD_BYTES_MAX) {
            return;
        }
        let within = DISCARD_MAX.min(self.time_max);
        let drain = async {
            let mut read = 0_usize;
            while let Some(Ok(part)) = self.next(None).await {
                read = read.saturating_add(part.len());
                if read > DISCARD_BYTES_MAX {
                    break;
                }
            }
        };
        // Whether it ended or not, the answer is next.
        let _ = tokio::time::timeout(within, drain).await;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use std::time::{Duration, Instant};

    use bytes::Bytes;
    use futures_util::{Stream, StreamExt, stream};

    use super::{BodyMax, Error, HeaderMap, Incoming};

    fn parts(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, warp::Error>> + Send + 'static {
        let parts: Vec<_> = parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect();
        stream::iter(parts)
    }

    fn announcing(length: &str) -> HeaderMap {
        HeaderMap::from_iter([(super::header::CONTENT_LENGTH, length.parse().unwrap())])
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let (none, five, lie) = (HeaderMap::new(), announcing("5"), announcing("18446744073709551615"));
        for (sent, headers, max, expected) in [
            (vec![], &none, BodyMax::Bytes(0), Some("")),
            (vec!["he", "llo"], &none, BodyMax::Bytes(5), Some("hello")),
            (vec!["he", "llo"], &five, BodyMax::Bytes(5), Some("hello")),
            (vec!["he", "llo", "!"], &none, BodyMax::Bytes(5), None),
            (vec!["hello"], &five, BodyMax::Bytes(4), None),
            (vec!["x"], &lie, BodyMax::Bytes(4), None),
            (vec!["hello"], &none, BodyMax::Ignored, Some("")),
        ] {
            let read = Incoming::new(None, parts(&sent)).with(headers).read(max).await;
            match expected {
                Some(text) => assert_eq!(read.unwrap(), text, "{sent:?}"),
                None => assert!(matches!(read, Err(Error::TooLarge { .. })), "{sent:?}"),
            }
        }
    }

    #[tokio::test]
    async fn what_is_announced_to_be_too_large_is_refused_without_waiting_for_it() {
        let unread = || {
            Incoming::new(
                None,
                stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, _>>> { panic!("nobody waits for it") }),
            )
        };
        let read = unread().with(&announcing("2000000")).read(BodyMax::Bytes(1 << 20)).await;
        assert!(matches!(read, Err(Error::TooLarge { .. })));
        unread().with(&announcing("2000000000")).discard().await;
    }

    #[tokio::test]
    async fn a_client_that_stops_writing_is_not_waited_for() {
        let started = Instant::now();
        let endless = || Incoming::new(None, parts(&["a"]).chain(stream::pending()));
        let read = endless().within(Duration::from_millis(50)).read(BodyMax::Bytes(9)).await;
        assert!(matches!(read, Err(Error::TooSlow)));
        endless().within(Duration::from_millis(50)).discard().await;
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

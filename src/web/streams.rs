//! The requests of an HTTP/2 connection: how many are being answered, and that each is answered to its end.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::Service;
use tokio::sync::Notify;
use warp::http::{Request, StatusCode};

use super::reply::{self, Response};

/// The most that is handed over at once: hyper asks for more when the client has room for it.
const PART_BYTES_MAX: usize = 16 << 10;

/// Answers a request of HTTP/2 on a task of its own: hyper would drop the handler with the stream.
pub(super) async fn to_the_end<S>(filters: S, request: Request<Incoming>, one: One) -> (Response, Option<One>)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Send + 'static,
    S::Future: Send,
{
    let answer = async move {
        let Ok(response) = filters.call(request).await;
        (response, Some(one))
    };
    #[expect(clippy::disallowed_methods, reason = "it ends by itself, and its connection waits for it")]
    let answered = tokio::spawn(answer).await;
    // A handler that panics is answered by the site.
    answered.unwrap_or_else(|_| (reply::text(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong."), None))
}

/// The requests of a connection that are being answered.
#[derive(Default)]
pub(super) struct Requests {
    open: Arc<AtomicUsize>,
    /// One began or ended.
    turned: Arc<Notify>,
}

/// One request; over when dropped.
pub(super) struct One {
    open: Arc<AtomicUsize>,
    turned: Arc<Notify>,
}

impl Requests {
    pub fn begin(&self) -> One {
        self.open.fetch_add(1, Ordering::AcqRel);
        self.turned.notify_waiters();
        One { open: Arc::clone(&self.open), turned: Arc::clone(&self.turned) }
    }

    /// How many are being answered.
    pub fn count(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    /// Done once nothing was asked or answered for so long.
    pub async fn quiet(&self, limit: Duration) {
        loop {
            let turned = self.turned.notified();
            let is_quiet = tokio::time::timeout(limit, turned).await.is_err();
            if is_quiet && self.count() == 0 {
                return;
            }
        }
    }

    pub async fn all_done(&self) {
        loop {
            let turned = self.turned.notified();
            if self.count() == 0 {
                return;
            }
            turned.await;
        }
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::AcqRel);
        self.turned.notify_waiters();
    }
}

/// The body of an answer, which keeps its request counted until it has been handed over.
pub(super) struct Counted<B> {
    body: B,
    rest: Bytes,
    one: Option<One>,
}

impl<B> Counted<B> {
    pub fn new(body: B, one: Option<One>) -> Self {
        Self { body, rest: Bytes::new(), one }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let counted = self.get_mut();
        if counted.rest.is_empty() {
            let frame = std::task::ready!(Pin::new(&mut counted.body).poll_frame(context));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                None => {
                    counted.one = None;
                    return Poll::Ready(None);
                }
                Some(Ok(Ok(data))) if counted.one.is_some() => counted.rest = data,
                Some(Ok(Ok(data))) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            }
        }
        let length = counted.rest.len().min(PART_BYTES_MAX);
        Poll::Ready(Some(Ok(Frame::data(counted.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        let inner = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(rest));
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

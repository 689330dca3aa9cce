//! The answers of HTTP/2: each is worked out to its end, and taken in parts, between which it is seen whether its client
//! takes them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::Service;
use warp::http::{Request, StatusCode};

use super::reply::{self, Response};
use super::requests::One;

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

/// The body of an answer, which keeps its request counted until it has been taken. Between two parts hyper waits for room in
/// the client's window, and says so to nobody: hence each part is noted when it is handed over.
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
        // Whoever asks for more has sent what it had.
        if let Some(one) = &counted.one {
            one.go_on();
        }
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
        if let Some(one) = &counted.one {
            one.hand_over();
        }
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

//! One connection's bytes on their way to hyper and back, with the clocks that hyper does not have.
//!
//! hyper waits as long for the rest of a request's head as for the next request. Here the two differ: a head that has
//! begun must end soon, while a quiet connection may stay open (hyper's own timer ends that). A client that does not
//! read its answer is given up, too. What passes is followed by [`Framing`]; the connection's [`Seat`] learns when it is
//! silent.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::framing::Framing;
use super::seats::Seat;

/// What the connection's requests are told about its bytes.
#[derive(Clone, Debug)]
pub struct Verdict(Arc<AtomicU64>);

/// A connection that is read along and cannot stall.
#[derive(Debug)]
pub struct Wire<I> {
    io: I,
    /// `None` for HTTP/2, whose frames say nothing to it.
    framing: Option<Framing>,
    verdict: Verdict,
    seat: Arc<Seat>,
    head: Patience,
    answer: Patience,
    flush: Patience,
}

/// A clock that runs only while something is waited for.
#[derive(Debug)]
struct Patience {
    limit: Duration,
    running: Option<Pin<Box<Sleep>>>,
}

impl Verdict {
    /// Whether the `index`-th request of this connection (counted from 0) can be told apart from its neighbours.
    pub fn is_clear(&self, index: u64) -> bool {
        index < self.0.load(Ordering::Acquire)
    }
}

impl<I> Wire<I> {
    /// `head` bounds the wait for the end of a request's head, `answer` the wait for the client to take more of an answer.
    pub fn new(io: I, seat: Arc<Seat>, head: Duration, answer: Duration) -> Self {
        let verdict = Verdict(Arc::new(AtomicU64::new(u64::MAX)));
        let (head, answer, flush) = (Patience::new(head), Patience::new(answer), Patience::new(answer));
        Self { io, framing: Some(Framing::default()), verdict, seat, head, answer, flush }
    }

    /// The same without reading along: for HTTP/2.
    pub fn unread(io: I, seat: Arc<Seat>, answer: Duration) -> Self {
        Self { framing: None, ..Self::new(io, seat, answer, answer) }
    }

    pub fn verdict(&self) -> Verdict {
        self.verdict.clone()
    }

    fn follow(&mut self, arrived: &[u8]) {
        let Some(framing) = &mut self.framing else { return };
        framing.read(arrived);
        if let Some(index) = framing.refuse_from() {
            self.verdict.0.store(index, Ordering::Release);
        }
        if !framing.awaits_head() {
            self.head.rest();
        }
    }
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self { limit, running: None }
    }

    /// Still waiting, unless that has lasted too long.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let limit = self.limit;
        let running = self.running.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        running.as_mut().poll(context).map(|()| io::ErrorKind::TimedOut.into())
    }

    fn rest(&mut self) {
        self.running = None;
    }

    /// Passes on what came of an attempt to write; the clock runs while nothing did.
    fn watch<T>(&mut self, context: &mut Context<'_>, attempt: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if attempt.is_pending() {
            return self.poll(context).map(Err);
        }
        self.rest();
        attempt
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Wire<I> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        let before = into.filled().len();
        if let Poll::Ready(result) = Pin::new(&mut wire.io).poll_read(context, into) {
            result?;
            wire.follow(into.filled().get(before..).unwrap_or_default());
            return Poll::Ready(Ok(()));
        }
        let Some(framing) = &wire.framing else { return Poll::Pending };
        // hyper reads on between two requests only once the answer to the first is written.
        if framing.is_between_bodies() {
            wire.seat.fall_silent();
        }
        if framing.awaits_head() {
            return Poll::Ready(Err(ready!(wire.head.poll(context))));
        }
        Poll::Pending
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Wire<I> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let attempt = Pin::new(&mut wire.io).poll_write(context, bytes);
        wire.answer.watch(context, attempt)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let attempt = Pin::new(&mut wire.io).poll_write_vectored(context, parts);
        wire.answer.watch(context, attempt)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // With a clock of its own: on TCP a flush is always done, and would set the clock back that a stuck write needs.
        let wire = self.get_mut();
        let attempt = Pin::new(&mut wire.io).poll_flush(context);
        wire.flush.watch(context, attempt)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}

//! One connection's bytes on their way to hyper and back, with the clocks that hyper does not have.
//!
//! hyper waits as long for the rest of a request's head as for the next request. Here the two differ: a head that has
//! begun must end soon, while a quiet connection may stay open (hyper's own timer ends that). A client that does not
//! read its answer is given up, too. What passes is followed by [`Framing`]; the connection's [`Seat`] learns when it is
//! silent. And a connection that ends while a body is still coming lingers: the system throws an answer away that its client
//! has not read yet if more arrives at a socket that was closed, so the rest is read and thrown away instead.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::body::{DISCARD_BYTES_MAX, DISCARD_MAX};
use super::framing::Framing;
use super::seats::Seat;

/// What is read at once of a body that nobody wants.
const LINGER_PART_BYTES: usize = 4 << 10;

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
    linger: Linger,
}

/// What is still read of a body that nobody wants, once everything was said.
#[derive(Debug)]
struct Linger {
    patience: Patience,
    bytes_left: usize,
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
        let linger = Linger { patience: Patience::new(DISCARD_MAX), bytes_left: DISCARD_BYTES_MAX };
        Self { io, framing: Some(Framing::default()), verdict, seat, head, answer, flush, linger }
    }

    /// The same without reading along: for HTTP/2.
    pub fn unread(io: I, seat: Arc<Seat>, answer: Duration) -> Self {
        Self { framing: None, ..Self::new(io, seat, answer, answer) }
    }

    pub fn verdict(&self) -> Verdict {
        self.verdict.clone()
    }

    /// Whoever does not take what is written waits for nobody but himself. Whoever takes some of it goes behind the others
    /// who are silent. Over HTTP/2 what is written may be no answer, and its requests tell.
    fn note_taken(&self, is_taken: bool) {
        match (self.framing.is_some(), is_taken) {
            (true, false) => self.seat.fall_silent(),
            (true, true) if self.seat.is_silent() => self.seat.begin(),
            _ => {}
        }
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

impl<I: AsyncRead + Unpin> Wire<I> {
    /// Reads what is still coming of a body, until its end, the connection's, or that of our patience.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut part = [0; LINGER_PART_BYTES];
        while self.linger.bytes_left > 0 && self.framing.as_ref().is_some_and(|framing| !framing.is_between_bodies()) {
            let mut into = ReadBuf::new(&mut part);
            match Pin::new(&mut self.io).poll_read(context, &mut into) {
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {
                    self.linger.bytes_left = self.linger.bytes_left.saturating_sub(into.filled().len());
                    self.follow(into.filled());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    // Nothing is worked on any more.
                    self.seat.fall_silent();
                    return self.linger.patience.poll(context).map(drop);
                }
            }
        }
        Poll::Ready(())
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

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<I> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let attempt = Pin::new(&mut wire.io).poll_write(context, bytes);
        wire.note_taken(attempt.is_ready());
        wire.answer.watch(context, attempt)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let attempt = Pin::new(&mut wire.io).poll_write_vectored(context, parts);
        wire.note_taken(attempt.is_ready());
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
        let wire = self.get_mut();
        ready!(Pin::new(&mut wire.io).poll_shutdown(context))?;
        wire.poll_linger(context).map(Ok)
    }
}

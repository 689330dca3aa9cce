//! One connection from its first byte to its last: the handshake, then HTTP/1.1 or HTTP/2.
//!
//! What is answered is the business of `answering`, how long that goes on that of `conversation`. A handler that has begun is
//! finished on either protocol, even if its client has gone: nothing is left half done.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;

use super::answering::{Answering, STREAMS_MAX};
use super::client_address::Peer;
use super::conversation::Conversation;
use super::hearing::Hearing;
use super::listener::Arrived;
use super::newcomers::Newcomer;
use super::peers::Place;
use super::requests::Requests;
use super::route::Route;
use super::seats::Seat;
use super::server::{HEAD_BYTES_MAX, Limits, Room};
use super::wire::Wire;
use crate::tls::{Encryption, Handshake, Secured};

/// The head of a request of HTTP/2, counted as RFC 9113 does (6.5.2): with 32 bytes a line. Its lines can be sent in a byte
/// each, and one connection has many heads, so that it is half of what HTTP/1.1 may send.
const HEAD_LIST_BYTES_MAX: u32 = 8 << 10;
/// Of bodies that have come and were not read, a stream and a connection: what HTTP/2 begins with (RFC 9113, 6.9.2), which
/// nobody can make less for a connection. A client a fifth of a second away sends 300 KiB/s by it.
const WINDOW_BYTES: u32 = (1 << 16) - 1;
/// Of an answer that is being written, a stream.
const SEND_BYTES_MAX: usize = 64 << 10;
/// A peer that does not answer a ping for so long is gone.
const PING_EVERY: Duration = Duration::from_secs(20);
/// What a TLS handshake begins with (RFC 8446, section 5.1); no HTTP request does.
const HANDSHAKE_RECORD: u8 = 0x16;

/// What a server's connections speak.
#[derive(Clone, Debug)]
pub(super) enum Speech {
    Plain,
    Tls(Encryption),
    /// The first byte tells.
    Either(Encryption),
}

/// What all connections of a server share.
pub(super) struct Hall {
    room: Arc<Room>,
    speech: Speech,
    route: Route,
    http_1: auto::Builder<TokioExecutor>,
    http_2: auto::Builder<TokioExecutor>,
}

/// The bytes of a connection.
enum Stream {
    Tcp(TcpStream),
    Tls(Box<Secured>),
    Unix(UnixStream),
}

/// A connection that is ready for requests.
struct Met {
    stream: Stream,
    peer: Peer,
    speaks_http_2: bool,
}

impl Hall {
    pub fn new(room: Arc<Room>, speech: Speech, route: Route) -> Arc<Self> {
        let (http_1, http_2) = (http_1(&room.limits), http_2());
        Arc::new(Self { room, speech, route, http_1, http_2 })
    }

    pub async fn serve(
        self: Arc<Self>,
        arrived: Arrived,
        seat: Arc<Seat>,
        place: Place,
        newcomer: Newcomer,
        mut told: watch::Receiver<bool>,
    ) {
        seat.fall_silent();
        let met = tokio::select! {
            // Who needs no handshake is met at once, and what it has sent is answered even now.
            biased;
            met = tokio::time::timeout(self.room.limits.head, self.meet(arrived)) => met,
            () = seat.asked_to_leave() => return,
            _ = told.wait_for(|over| *over) => return,
        };
        match met {
            Ok(Ok(Some(met))) => self.converse(met, seat, &newcomer, told).await,
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
        drop(place);
    }

    /// Shakes hands, if there are hands to shake. `None` if that was all the other side wanted.
    async fn meet(&self, arrived: Arrived) -> io::Result<Option<Met>> {
        let (stream, address) = match arrived {
            Arrived::Tcp(stream, address) => (stream, address),
            Arrived::Unix(stream) => {
                let peer = Peer { address: None, secure: false };
                return Ok(Some(Met { stream: Stream::Unix(stream), peer, speaks_http_2: false }));
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's delay");
        }
        let encryption = match &self.speech {
            Speech::Tls(encryption) => Some(encryption),
            Speech::Either(encryption) if begins_with_tls(&stream).await? => Some(encryption),
            Speech::Plain | Speech::Either(_) => None,
        };
        let peer = Peer { address: Some(address), secure: encryption.is_some() };
        let Some(encryption) = encryption else {
            return Ok(Some(Met { stream: Stream::Tcp(stream), peer, speaks_http_2: false }));
        };
        Ok(match encryption.accept(stream).await? {
            Handshake::Visitor { stream, speaks_http_2 } => {
                Some(Met { stream: Stream::Tls(stream), peer, speaks_http_2 })
            }
            Handshake::Authority => None,
        })
    }

    async fn converse(&self, met: Met, seat: Arc<Seat>, newcomer: &Newcomer, told: watch::Receiver<bool>) {
        let Met { stream, peer, speaks_http_2 } = met;
        let limits = &self.room.limits;
        let wire = if speaks_http_2 {
            Wire::unread(stream, Arc::clone(&seat), limits.answer)
        } else {
            Wire::new(stream, Arc::clone(&seat), limits.head, limits.answer)
        };
        let requests = Requests::of(seat);
        let answering = Answering {
            filters: TowerToHyperService::new(warp::service(self.route.clone())),
            hearing: Hearing { requests: requests.clone(), bodies: Arc::clone(&self.room.bodies) },
            newcomer,
            verdict: wire.verdict(),
            peer,
            speaks_http_2,
            count: AtomicU64::new(0),
        };
        let protocol = if speaks_http_2 { &self.http_2 } else { &self.http_1 };
        let service = service_fn(|request| answering.answer(request));
        let mut connection = Box::pin(protocol.serve_connection(TokioIo::new(wire), service));
        Conversation { requests: &requests, limits, speaks_http_2 }.hold(connection.as_mut(), told).await;
        // Whoever still waits for a body hears now that none will come.
        drop(connection);
        requests.all_done().await;
    }
}

/// Looks at the first byte and leaves it where it is.
async fn begins_with_tls(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    Ok(stream.peek(&mut first).await? == 1 && first == [HANDSHAKE_RECORD])
}

/// HTTP/1.1 with our limits.
fn http_1(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(HEAD_BYTES_MAX)
        .half_close(true);
    builder
}

/// HTTP/2 with our limits. It is for TLS, which says so by ALPN: no browser speaks it in the clear.
fn http_2() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http2_only();
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(u32::try_from(STREAMS_MAX).unwrap_or(u32::MAX))
        .max_header_list_size(HEAD_LIST_BYTES_MAX)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_send_buf_size(SEND_BYTES_MAX)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_EVERY);
    builder
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, into),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, into),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(context, parts),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, parts),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(context, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
            Self::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

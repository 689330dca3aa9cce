//! The accept loop: warp's filters behind hyper, with the limits that `warp::serve` does not have.
//!
//! Every connection has a place among all and among its peer's, a clock on its head, its quiet and its answer, and an end:
//! on shutdown nothing new is accepted, open requests are finished, and after [`Limits::drain`] what is left is dropped.
//! Requests whose boundaries or host can be read in two ways are refused here. What a request may do is decided by the
//! route (`route.rs`), which also reads its body.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use warp::http::{HeaderValue, Method, Request, StatusCode, header};

use super::client_address::Peer;
use super::host::{HostRefusal, RequestedHost};
use super::newcomers::{Newcomer, Newcomers};
use super::peers::{Peers, Place};
use super::reply::{self, Response};
use super::route::Route;
use super::seats::{Seat, Seats};
use super::wire::{Verdict, Wire};
use crate::config::Network;

/// The head of a request, all header lines together. Browsers stay under 4 KiB; more is answered `431`.
pub const HEAD_BYTES_MAX: usize = 16 << 10;

/// After an accept that failed for want of file descriptors or memory, others get the time to give some back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What connections may take, and how long anything may last.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From a connection's start, or a head's first byte, to the head's end. Half-open requests are the cheapest attack.
    pub head: Duration,
    /// Quiet between two requests. A minute spares a reader of several pages new handshakes.
    pub idle: Duration,
    /// While the client takes nothing of its answer.
    pub answer: Duration,
    /// After the shutdown signal, for the first request of whoever has just come: it may be on its way.
    pub first_words: Duration,
    /// For open requests after the shutdown signal; systemd kills after 20 seconds in our unit.
    pub drain: Duration,
    /// Each costs up to 40 KiB and a file descriptor, of which a service has 1,024 unless told otherwise. Beyond them, who
    /// is silent gives way.
    pub connections: usize,
    /// A browser opens 6; a company behind one address has several people.
    pub connections_per_peer: usize,
    /// Networks that are only bound by `connections`: the machine itself, and trusted proxies.
    pub exempt: Vec<Network>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            idle: Duration::from_mins(1),
            answer: Duration::from_secs(30),
            first_words: Duration::from_millis(500),
            drain: Duration::from_secs(10),
            connections: 512,
            connections_per_peer: 32,
            exempt: Network::LOOPBACK.to_vec(),
        }
    }
}

/// Where connections come from. TLS, a Unix socket and sockets handed over by systemd get their variants here.
#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
}

impl Listener {
    async fn next(&self) -> (TcpStream, Peer) {
        let Self::Tcp(listener) = self;
        loop {
            match listener.accept().await {
                Ok((stream, address)) => return (stream, Peer { address, secure: false }),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// A bound address that does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    address: SocketAddr,
    limits: Limits,
}

/// The address could not be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}: {cause}; change server.listen, or stop what listens there")]
pub struct BindError {
    address: SocketAddr,
    cause: io::Error,
}

impl Server {
    /// Takes `address`; port 0 takes any free port.
    pub async fn bind(address: SocketAddr, limits: Limits) -> Result<Self, BindError> {
        let failed = |cause| BindError { address, cause };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener: Listener::Tcp(listener), address, limits })
    }

    /// Answers at a socket that listens already and does not block.
    pub fn at(listener: std::net::TcpListener, limits: Limits) -> Result<Self, BindError> {
        let failed = |address, cause| BindError { address, cause };
        let address = listener.local_addr().map_err(|cause| failed(SocketAddr::from(([0, 0, 0, 0], 0)), cause))?;
        let listener = TcpListener::from_std(listener).map_err(|cause| failed(address, cause))?;
        Ok(Self { listener: Listener::Tcp(listener), address, limits })
    }

    /// The address that was taken, with its port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers by `route` until `shutdown` is done and the open requests are finished.
    pub async fn serve(self, route: Route, shutdown: impl Future<Output = ()> + Send) {
        let hall = Hall::new(&self.limits, route);
        let ending = GracefulShutdown::new();
        let mut open = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let (stream, peer) = tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(ended) = open.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a connection ended in a panic");
                    }
                    continue;
                }
                arrived = self.listener.next() => arrived,
            };
            // A peer with too many gets a closed connection: an answer would cost what the limit is there to save.
            let Some(place) = hall.peers.admit(peer.address.ip()) else { continue };
            let seat = tokio::select! {
                // Who was let in is not sent away again if there is a seat.
                biased;
                seat = hall.seats.take() => seat,
                () = &mut shutdown => break,
            };
            let newcomer = hall.newcomers.arrive();
            open.spawn(Arc::clone(&hall).serve(stream, peer, seat, place, newcomer, ending.watcher()));
        }
        drop(self.listener);
        // Who keeps silent is not waited for any longer.
        let _ = tokio::time::timeout(self.limits.first_words, hall.newcomers.have_spoken()).await;
        let finished = async { while open.join_next().await.is_some() {} };
        let drained = async { tokio::join!(ending.shutdown(), finished) };
        if tokio::time::timeout(self.limits.drain, drained).await.is_err() {
            tracing::warn!(connections = open.len(), "requests that did not end in time were dropped");
        }
    }
}

/// What all connections share.
struct Hall {
    route: Route,
    protocol: auto::Builder<TokioExecutor>,
    seats: Arc<Seats>,
    peers: Arc<Peers>,
    newcomers: Arc<Newcomers>,
    head: Duration,
    answer: Duration,
}

impl Hall {
    fn new(limits: &Limits, route: Route) -> Arc<Self> {
        Arc::new(Self {
            route,
            protocol: protocol(limits),
            seats: Seats::new(limits.connections),
            peers: Peers::new(limits.connections_per_peer, limits.exempt.clone()),
            newcomers: Arc::default(),
            head: limits.head,
            answer: limits.answer,
        })
    }

    async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        peer: Peer,
        seat: Arc<Seat>,
        place: Place,
        newcomer: Newcomer,
        watcher: Watcher,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's delay");
        }
        let wire = Wire::new(stream, Arc::clone(&seat), self.head, self.answer);
        let (verdict, count) = (wire.verdict(), AtomicU64::new(0));
        let filters = TowerToHyperService::new(warp::service(self.route.clone()));
        let service = service_fn(|request| {
            seat.begin();
            newcomer.speaks();
            let filters = filters.clone();
            let checked = check(request, peer, &verdict, count.fetch_add(1, Ordering::Relaxed));
            async move {
                match checked {
                    Ok(request) if asks_what_is_possible(&request) => Ok(what_is_possible()),
                    Ok(request) => filters.call(request).await,
                    Err(unclear) => Ok::<_, Infallible>(refusal(unclear)),
                }
            }
        });
        let connection = self.protocol.serve_connection(TokioIo::new(wire), service);
        let mut connection = std::pin::pin!(watcher.watch(connection));
        loop {
            tokio::select! {
                ended = &mut connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    break;
                }
                () = seat.asked_to_leave() => if seat.is_silent() { break },
            }
        }
        drop(place);
    }
}

/// HTTP/1.1 with our limits. HTTP/2 is for TLS, which says so by ALPN: no browser speaks it in the clear, and its frames
/// have nothing that [`Wire`] could follow.
fn protocol(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(HEAD_BYTES_MAX)
        // A handler that has begun is finished even if its client has gone: nothing is left half done.
        .half_close(true);
    builder
}

/// Why a request can be read in two ways, or names nothing that could be answered.
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum Unclear {
    #[error("The request names no page: its target must be a path that begins with a slash.")]
    Target,
    #[error("This server connects nobody to others.")]
    Tunnel,
    #[error("The request has two lengths, Content-Length and Transfer-Encoding, or comes behind one that has.")]
    Length,
    #[error("{0}")]
    Host(#[from] HostRefusal),
}

/// Lets through what can be read in one way only, with what the filters need to know beside it.
fn check(
    mut request: Request<Incoming>,
    peer: Peer,
    verdict: &Verdict,
    index: u64,
) -> Result<Request<Incoming>, Unclear> {
    if !verdict.is_clear(index) {
        return Err(Unclear::Length);
    }
    // The filters expect a path: there is none in `CONNECT host:443`.
    if request.method() == Method::CONNECT {
        return Err(Unclear::Tunnel);
    }
    if !request.uri().path().starts_with('/') && !asks_what_is_possible(&request) {
        return Err(Unclear::Target);
    }
    let host = RequestedHost::of(&request)?;
    request.extensions_mut().insert(host);
    request.extensions_mut().insert(peer);
    Ok(request)
}

/// Every method of the route table, and what is made of `GET`.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PATCH, DELETE");

/// `OPTIONS *` asks for the server as a whole (RFC 9110, 9.3.7), not for a page.
fn asks_what_is_possible<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS && request.uri().path() == "*"
}

fn what_is_possible() -> Response {
    let mut response = reply::text(StatusCode::NO_CONTENT, "");
    response.headers_mut().remove(header::CONTENT_TYPE);
    response.headers_mut().insert(header::ALLOW, METHODS);
    response
}

/// `400` or `405` in plain words, and the end of the connection: what follows on it cannot be trusted.
fn refusal(unclear: Unclear) -> Response {
    let (status, allow) = match unclear {
        Unclear::Tunnel => (StatusCode::METHOD_NOT_ALLOWED, Some(METHODS)),
        Unclear::Target | Unclear::Length | Unclear::Host(_) => (StatusCode::BAD_REQUEST, None),
    };
    let mut response = reply::text(status, &unclear.to_string());
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    for (name, value) in [
        (header::CONNECTION, "close"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

//! The accept loop: warp's filters behind hyper, with the limits that `warp::serve` does not have.
//!
//! Every connection has a place among all and among its peer's, a clock on its handshake, its head, its quiet and its answer,
//! and an end: on shutdown nothing new is accepted, open requests are finished, and after [`Limits::drain`] what is left is
//! dropped. What is said on a connection is the business of `connection`; what a request may do is decided by the route
//! (`route.rs`), which also reads its body.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::bodies::Bodies;
use super::connection::{Hall, Speech};
pub use super::listener::BindError;
use super::listener::{Arrived, Listener, Wanted};
use super::newcomers::Newcomers;
use super::peers::Peers;
use super::route::Route;
use super::seats::{Entrance, Seats};
use crate::config::Network;
use crate::tls::Encryption;

/// The head of a request, all header lines together. Browsers stay under 4 KiB; more is answered `431`.
pub const HEAD_BYTES_MAX: usize = 16 << 10;

/// A line of the log about nobody being let in.
const COMPLAIN_EVERY: Duration = Duration::from_mins(1);

/// What connections may take, and how long anything may last.
#[derive(Clone, Debug)]
pub struct Limits {
    /// From a connection's start, or a head's first byte, to the head's end; and for a handshake. Half-open requests are the
    /// cheapest attack.
    pub head: Duration,
    /// Quiet between two requests. A minute spares a reader of several pages new handshakes.
    pub idle: Duration,
    /// While the client takes nothing of its answer.
    pub answer: Duration,
    /// After the shutdown signal, for the first request of whoever has just come: it may be on its way.
    pub first_words: Duration,
    /// For open requests after the shutdown signal; systemd kills after 20 seconds in our unit.
    pub drain: Duration,
    /// Each costs a file descriptor, of which a service has 1,024 unless told otherwise, and up to 40 KiB. Whoever asks for
    /// all that HTTP/2 lets one connection have makes it some 600 KiB: 64 KiB of bodies that nobody has read yet, and of
    /// each of 16 requests a head of 8 KiB, which takes four times as much, and the answer. Our unit gives the process
    /// 512 MiB. Beyond them, who is silent gives way.
    pub connections: usize,
    /// How many of them visitors never get, where this machine has a door of its own beside theirs: health checks, Stripe
    /// through a proxy, and the owner get in whatever happens at the others.
    pub kept: usize,
    /// A browser opens 6; a company behind one address has several people.
    pub connections_per_peer: usize,
    /// Of all bodies that are coming or being worked on, together; what is made of them is some five times as much. As much
    /// again may wait for room, for two seconds.
    pub body_bytes: usize,
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
            kept: 64,
            connections_per_peer: 32,
            body_bytes: 32 << 20,
            exempt: Network::LOOPBACK.to_vec(),
        }
    }
}

/// The limits, and what is used up of them; all servers of an appliance share one.
#[derive(Debug)]
pub struct Room {
    pub(super) limits: Limits,
    pub(super) seats: Arc<Seats>,
    pub(super) bodies: Arc<Bodies>,
    pub(super) peers: Arc<Peers>,
    /// When it was last said that nobody can be let in.
    complained: Mutex<Option<Instant>>,
}

impl Room {
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Self> {
        let seats = Seats::new(limits.connections, limits.kept);
        let peers = Peers::new(limits.connections_per_peer, limits.exempt.clone());
        let bodies = Bodies::new(limits.body_bytes);
        Arc::new(Self { limits, seats, bodies, peers, complained: Mutex::default() })
    }

    /// Whether it is time to say again that nobody can be let in: a shortage lasts, and lines fill a disk.
    pub(super) fn may_complain(&self) -> bool {
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = complained.is_none_or(|at| at.elapsed() >= COMPLAIN_EVERY);
        if is_due {
            *complained = Some(Instant::now());
        }
        is_due
    }
}

/// A bound place that does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    /// `None` for a Unix socket.
    address: Option<SocketAddr>,
    room: Arc<Room>,
    speech: Speech,
    entrance: Entrance,
}

impl Server {
    /// Takes `address`, which `server.listen` names; port 0 takes any free port.
    pub async fn bind(address: SocketAddr, limits: Limits) -> Result<Self, BindError> {
        Self::bind_in(Room::new(limits), address, "server.listen").await
    }

    /// Takes `address`, which `key` names.
    pub async fn bind_in(room: Arc<Room>, address: SocketAddr, key: &'static str) -> Result<Self, BindError> {
        let failed = |cause: io::Error| BindError { wanted: Wanted::Address(address), key, cause };
        let listener = Listener::at(address).await.map_err(failed)?;
        let address = match &listener {
            Listener::Tcp(listener) => Some(listener.local_addr().map_err(failed)?),
            Listener::Unix(..) => None,
        };
        Ok(Self { listener, address, room, speech: Speech::Plain, entrance: Entrance::Own })
    }

    /// Answers at a socket that listens already and does not block; `key` names what it stands for.
    pub fn at(room: Arc<Room>, listener: std::net::TcpListener, key: &'static str) -> Result<Self, BindError> {
        let failed = |address, cause| BindError { wanted: Wanted::Address(address), key, cause };
        let address = listener.local_addr().map_err(|cause| failed(SocketAddr::from(([0, 0, 0, 0], 0)), cause))?;
        let listener = Listener::passed(listener).map_err(|cause| failed(address, cause))?;
        Ok(Self { listener, address: Some(address), room, speech: Speech::Plain, entrance: Entrance::Own })
    }

    /// Makes the Unix socket `path`, which `server.listen` names.
    pub async fn bind_socket(room: Arc<Room>, path: &Path) -> Result<Self, BindError> {
        let wanted = Wanted::Socket(path.to_owned());
        let failed = |cause| BindError { wanted, key: "server.listen", cause };
        let listener = Listener::in_folder(path).await.map_err(failed)?;
        Ok(Self { listener, address: None, room, speech: Speech::Plain, entrance: Entrance::Own })
    }

    /// Answers in TLS only.
    #[must_use]
    pub fn encrypted(self, encryption: Encryption) -> Self {
        Self { speech: Speech::Tls(encryption), ..self }
    }

    /// A door for visitors: they do not get the places that are kept for this machine's own.
    #[must_use]
    pub fn for_visitors(self) -> Self {
        Self { entrance: Entrance::Visitors, ..self }
    }

    /// Answers in TLS to whoever begins with it, and in the clear to others.
    #[must_use]
    pub fn bilingual(self, encryption: Encryption) -> Self {
        Self { speech: Speech::Either(encryption), ..self }
    }

    /// The address that was taken, with its port; `None` for a Unix socket.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Answers by `route` until `shutdown` is done and the open requests are finished.
    pub async fn serve(self, route: Route, shutdown: impl Future<Output = ()> + Send) {
        let hall = Hall::new(Arc::clone(&self.room), self.speech, route);
        let (ending, told) = watch::channel(false);
        let newcomers: Arc<Newcomers> = Arc::default();
        let mut open = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let arrived = tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(ended) = open.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a connection ended in a panic");
                    }
                    continue;
                }
                arrived = self.listener.next(&self.room) => arrived,
            };
            // A peer with too many gets a closed connection: an answer would cost what the limit is there to save.
            let place = match &arrived {
                Arrived::Tcp(_, address) => self.room.peers.admit(address.ip()),
                Arrived::Unix(_) => Some(Peers::exempted()),
            };
            let Some(place) = place else { continue };
            let seat = tokio::select! {
                // Who was let in is not sent away again if there is a seat.
                biased;
                seat = self.room.seats.take(self.entrance) => seat,
                () = &mut shutdown => break,
            };
            let newcomer = newcomers.arrive();
            open.spawn(Arc::clone(&hall).serve(arrived, seat, place, newcomer, told.clone()));
        }
        drop(self.listener);
        // Who keeps silent is not waited for any longer.
        let _ = tokio::time::timeout(self.room.limits.first_words, newcomers.have_spoken()).await;
        ending.send_replace(true);
        let finished = async { while open.join_next().await.is_some() {} };
        if tokio::time::timeout(self.room.limits.drain, finished).await.is_err() {
            tracing::warn!(connections = open.len(), "requests that did not end in time were dropped");
        }
    }
}

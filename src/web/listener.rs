//! Where connections come from: an address, or a Unix socket that a proxy on this machine opens.

use std::fmt;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::server::Room;
use crate::said::Said;

/// After an accept that failed for want of file descriptors or memory, others get the time to give some back: enough to
/// spare the processor, and little enough that a queue of silent ones is soon worked off.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);
/// Whoever is of the socket's group may connect: that is the proxy.
const SOCKET_MODE: u32 = 0o660;
/// Ports below need a permission.
const FREE_PORTS_FROM: u16 = 1024;

/// A bound place.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(Socket),
}

/// A Unix socket that was made here.
#[derive(Debug)]
pub(super) struct Socket {
    /// Goes first, so that nobody finds a socket at which nobody listens.
    _file: SocketFile,
    listener: UnixListener,
}

/// Its name in the file system: gone when dropped, unless it is another's by then.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    /// Device and number, by which the file system knows it.
    identity: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::debug!(%error, "the socket's file stays; the next start takes it over");
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()))
}

/// A connection as it arrived.
#[derive(Debug)]
pub(super) enum Arrived {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Listener {
    /// Takes an address. Where there is no IPv6, "every address" is every IPv4 address.
    pub async fn at(address: SocketAddr) -> io::Result<Self> {
        let bound = match TcpListener::bind(address).await {
            Err(error) if address.is_ipv6() && address.ip().is_unspecified() && !is_taken(&error) => {
                TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
            }
            bound => bound,
        };
        bound.map(Self::Tcp)
    }

    /// Takes a socket that listens already and does not block.
    pub fn passed(listener: std::net::TcpListener) -> io::Result<Self> {
        TcpListener::from_std(listener).map(Self::Tcp)
    }

    /// Makes a Unix socket, and takes its file away at the end. One that a killed server has left behind is taken away;
    /// nothing else is.
    pub async fn in_folder(path: &Path) -> io::Result<Self> {
        let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
        if is_socket {
            match UnixStream::connect(path).await {
                Ok(_) => return Err(ErrorKind::AddrInUse.into()),
                Err(_) => fs::remove_file(path)?,
            }
        }
        let listener = UnixListener::bind(path)?;
        let file = SocketFile::of(path)?;
        fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE))?;
        Ok(Self::Unix(Socket { _file: file, listener }))
    }

    /// The next connection. While there is none to be had for want of descriptors or memory, whoever is silent is asked to
    /// leave, and those who are answered are not disturbed.
    pub async fn next(&self, room: &Room) -> Arrived {
        loop {
            let arrived = match self {
                Self::Tcp(listener) => listener.accept().await.map(|(stream, address)| Arrived::Tcp(stream, address)),
                Self::Unix(socket) => socket.listener.accept().await.map(|(stream, _)| Arrived::Unix(stream)),
            };
            match arrived {
                Ok(arrived) => return arrived,
                // Whoever knocked has gone again: the next one need not wait for that.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
                Err(error) => {
                    room.seats.ask_one_to_leave();
                    if room.may_complain() {
                        tracing::warn!(%error, "connections cannot be let in at the moment; who is silent gives way");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

/// What was to be listened at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Address(SocketAddr),
    Socket(PathBuf),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Socket(path) => write!(f, "the socket {}", path.display()),
        }
    }
}

/// The place could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.said())]
pub struct BindError {
    pub(super) wanted: Wanted,
    /// The key that says so.
    pub(super) key: &'static str,
    pub(super) cause: io::Error,
}

impl BindError {
    #[must_use]
    pub fn said(&self) -> Said {
        Said::new(format!("cannot listen at {}: {}", self.wanted, self.cause), self.remedy())
    }

    /// What to do, for the cause that it has.
    fn remedy(&self) -> String {
        let key = self.key;
        match (&self.wanted, self.cause.kind()) {
            (Wanted::Address(address), ErrorKind::AddrInUse) => {
                let port = address.port();
                format!("see who listens there with: ss -ltnp 'sport = :{port}', and stop it, or change {key}")
            }
            (Wanted::Address(address), ErrorKind::PermissionDenied) if address.port() < FREE_PORTS_FROM => format!(
                "ports below {FREE_PORTS_FROM} need a permission: if it was installed as a package, run sudo systemctl enable \
                 quittance.socket && sudo systemctl restart quittance; otherwise run sudo setcap cap_net_bind_service=+ep FILE \
                 with the file of this program, or change {key}"
            ),
            (Wanted::Address(_), ErrorKind::AddrNotAvailable) => {
                format!("this machine has no such address; change {key}")
            }
            (Wanted::Address(_), _) => format!("change {key}, or stop what listens there"),
            (Wanted::Socket(_), ErrorKind::AddrInUse) => {
                format!("stop what listens there, take the file away if it is no socket, or change {key}")
            }
            (Wanted::Socket(_), _) => format!("make its folder, let this user write there, or change {key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BindError, ErrorKind, Wanted};

    #[test]
    fn why_an_address_cannot_be_had_has_its_remedy() {
        let said = |wanted: Wanted, kind: ErrorKind| {
            BindError { wanted, key: "server.https_listen", cause: kind.into() }.to_string()
        };
        let at = |port: u16| Wanted::Address(([0, 0, 0, 0], port).into());
        for (wanted, kind, words) in [
            (at(443), ErrorKind::AddrInUse, "ss -ltnp 'sport = :443'"),
            (at(443), ErrorKind::PermissionDenied, "setcap cap_net_bind_service=+ep"),
            (at(8443), ErrorKind::PermissionDenied, "change server.https_listen"),
            (at(443), ErrorKind::AddrNotAvailable, "this machine has no such address"),
            (Wanted::Socket("/run/q/http.sock".into()), ErrorKind::NotFound, "make its folder"),
        ] {
            let said = said(wanted, kind);
            assert!(said.starts_with("cannot listen at ") && said.contains(words), "{said}");
        }
    }
}

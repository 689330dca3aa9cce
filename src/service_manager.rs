//! What systemd is told, if it asks: ready, reloading, stopping, and that the process still works (`Type=notify`,
//! `WatchdogSec=`); and the sockets that it passes.
//!
//! The protocol is sd_notify(3): lines in a datagram to the socket that the environment names. Without one, nothing.

mod sockets;

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

pub use self::sockets::{PassedSocket, PassedSocketError, PassedSockets};
use crate::config::Surroundings;

/// Whether its journal keeps what this process writes to standard error (`JOURNAL_STREAM` in systemd.exec(5)): device and
/// file number of the stream that it made, which is another one if somebody redirected it since.
#[must_use]
pub fn keeps_log(surroundings: &Surroundings) -> bool {
    let named = surroundings.variables.iter().find(|(name, _)| name == "JOURNAL_STREAM");
    let Some(named) = named.and_then(|(_, value)| value.to_str()) else { return false };
    rustix::fs::fstat(io::stderr()).is_ok_and(|stream| named == format!("{}:{}", stream.st_dev, stream.st_ino))
}

/// The way to the service manager.
pub struct ServiceManager {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// The one that started this process, if one did.
    #[must_use]
    pub fn of(surroundings: &Surroundings) -> Self {
        let variable = |wanted: &str| {
            let found = surroundings.variables.iter().find(|(name, _)| name == wanted);
            found.and_then(|(_, value)| value.to_str().map(str::to_owned))
        };
        let socket = variable("NOTIFY_SOCKET").and_then(|name| {
            let address = match name.strip_prefix('@') {
                Some(name) => SocketAddr::from_abstract_name(name),
                None => SocketAddr::from_pathname(&name),
            };
            Some((UnixDatagram::unbound().ok()?, address.ok()?))
        });
        let microseconds = variable("WATCHDOG_USEC").and_then(|text| text.parse().ok()).filter(|usec| *usec > 0);
        Self { socket, watchdog: microseconds.map(Duration::from_micros) }
    }

    /// How often it wants to hear [`ServiceManager::alive`]: twice in the time after which it would kill.
    #[must_use]
    pub fn heartbeat(&self) -> Option<Duration> {
        self.watchdog.filter(|_| self.socket.is_some()).map(|limit| limit / 2)
    }

    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// To be followed by [`ServiceManager::ready`].
    pub fn reloading(&self) {
        self.tell("RELOADING=1");
    }

    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// Nobody there is not our trouble: the service manager notices by itself.
    fn tell(&self, state: &str) {
        if let Some((socket, address)) = &self.socket {
            let _ = socket.send_to_addr(state.as_bytes(), address);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Duration, ServiceManager, Surroundings, UnixDatagram};

    #[test]
    fn it_is_told_where_the_environment_says_and_nobody_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).unwrap();
        let variables =
            vec![("NOTIFY_SOCKET".into(), path.into_os_string()), ("WATCHDOG_USEC".into(), "30000000".into())];
        let manager = ServiceManager::of(&Surroundings { variables, ..Surroundings::default() });
        assert_eq!(manager.heartbeat(), Some(Duration::from_secs(15)));
        manager.ready();
        let mut heard = [0; 32];
        let length = listener.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");

        let nobody = ServiceManager::of(&Surroundings::default());
        nobody.ready();
        assert_eq!(nobody.heartbeat(), None);
    }
}

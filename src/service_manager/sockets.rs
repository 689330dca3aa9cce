//! The sockets that the service manager listens at for this process (sd_listen_fds(3)).
//!
//! A socket stands for the address in the configuration that has its port; it is taken instead of listening there anew.
//! So a service without any right of its own answers on ports 80 and 443, and whoever calls while it restarts waits
//! instead of being refused.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};

/// The sockets that were passed and that nobody has taken yet.
#[derive(Debug, Default)]
pub struct PassedSockets(Vec<PassedSocket>);

/// One socket, listening already.
#[derive(Debug)]
pub struct PassedSocket {
    /// `FileDescriptorName=` of the unit, which is the unit's own name if nobody says.
    pub name: String,
    pub address: SocketAddr,
    listener: TcpListener,
}

/// Something was passed that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PassedSocketError {
    #[error("systemd passes sockets in a way that cannot be understood; check LISTEN_PID and LISTEN_FDS")]
    Environment,
    #[error(
        "the socket {name} that systemd passes takes no TCP connections ({source}); let its unit say ListenStream= with a port"
    )]
    Kind { name: String, source: io::Error },
}

/// The descriptors are there once; taken twice, each would be closed twice.
static ARE_TAKEN: AtomicBool = AtomicBool::new(false);

impl PassedSockets {
    /// Those of this process. The first call gets them, any later one gets none.
    ///
    /// # Errors
    /// One of them is no TCP socket.
    pub fn of_this_process() -> Result<Self, PassedSocketError> {
        if ARE_TAKEN.swap(true, Ordering::SeqCst) {
            return Ok(Self::default());
        }
        let passed = sd_listen_fds::get().map_err(|_| PassedSocketError::Environment)?;
        let named = passed.into_iter().map(|(name, socket)| {
            let name = name.unwrap_or_default();
            let listener = TcpListener::from(socket);
            // The runtime waits for connections; a call must not.
            let ready = listener.set_nonblocking(true).and_then(|()| listener.local_addr());
            match ready {
                Ok(address) => Ok(PassedSocket { name, address, listener }),
                Err(source) => Err(PassedSocketError::Kind { name, source }),
            }
        });
        named.collect::<Result<_, _>>().map(Self)
    }

    /// Takes the socket that stands for `address`: the very address if it is there, else any with its port, since the unit
    /// says where to listen then.
    pub fn take(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let exact = self.0.iter().position(|socket| socket.address == address);
        let place = exact.or_else(|| self.0.iter().position(|socket| socket.address.port() == address.port()))?;
        Some(self.0.swap_remove(place).listener)
    }

    /// Those that no address in the configuration stands for.
    pub fn left(&self) -> &[PassedSocket] {
        &self.0
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::net::{SocketAddr, TcpListener};

    use super::{PassedSocket, PassedSockets};

    fn passed(address: &str) -> PassedSocket {
        let listener = TcpListener::bind(address).unwrap();
        PassedSocket { name: "quittance.socket".to_owned(), address: listener.local_addr().unwrap(), listener }
    }

    #[test]
    fn a_socket_stands_for_the_address_with_its_port() {
        let sockets = [passed("127.0.0.1:0"), passed("127.0.0.2:0")];
        let [one, other] = [sockets[0].address, sockets[1].address];
        let mut passed = PassedSockets(sockets.into());
        assert!(passed.take(SocketAddr::new(one.ip(), 0)).is_none(), "any port is no port");
        let everywhere = SocketAddr::new("0.0.0.0".parse().unwrap(), other.port());
        assert_eq!(passed.take(everywhere).unwrap().local_addr().unwrap(), other);
        assert!(passed.take(everywhere).is_none(), "it is taken once");
        assert_eq!(passed.left().iter().map(|socket| socket.address).collect::<Vec<_>>(), [one]);
    }

    #[test]
    fn the_very_address_comes_before_others_with_its_port() {
        let first = passed("127.0.0.1:0");
        let second = passed(&format!("127.0.0.2:{}", first.address.port()));
        let wanted = second.address;
        let mut passed = PassedSockets(vec![first, second]);
        assert_eq!(passed.take(wanted).unwrap().local_addr().unwrap(), wanted);
    }
}

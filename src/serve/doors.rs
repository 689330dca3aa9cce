//! The ways in. The one for this machine itself must open, or nothing starts; those for visitors are tried until they do.
//!
//! A door that cannot be opened (another program has the port, a permission is missing) is said once with the remedy and
//! tried again, so that whoever mends it need not start anything anew. The admin page stays reachable meanwhile.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::over;
use crate::app::App;
use crate::config::Config;
use crate::service_manager::PassedSockets;
use crate::tls::Encryption;
use crate::tls::state::{Door, DoorState};
use crate::web::route::Route;
use crate::web::server::{BindError, Room, Server};

/// Whoever frees a port is not to wait long, and a port that stays taken costs a system call each time.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// The door for this machine itself, or for a proxy on it.
pub(super) async fn own(config: &Config, room: &Arc<Room>, passed: &mut PassedSockets) -> Result<Server, BindError> {
    const KEY: &str = "server.listen";
    let (room, address) = (Arc::clone(room), config.server.listen);
    if let Some(path) = &config.server.socket {
        return Server::bind_socket(room, path).await;
    }
    match passed.take(address) {
        Some(listener) => Server::at(room, listener, KEY),
        None => Server::bind_in(room, address, KEY).await,
    }
}

/// A door for visitors.
pub(super) struct Visitors {
    pub app: Arc<App>,
    pub room: Arc<Room>,
    pub door: Door,
    pub address: SocketAddr,
    /// The door as the service manager opened it already.
    pub passed: Option<TcpListener>,
    /// Of the door for HTTPS.
    pub encryption: Option<Encryption>,
    pub route: Route,
}

impl Visitors {
    /// Opens the door, as soon as that can be done, and answers until it is over.
    pub async fn welcome(mut self, told: watch::Receiver<bool>) {
        let Some(server) = self.open(told.clone()).await.map(Server::for_visitors) else { return };
        let server = match self.encryption {
            Some(encryption) => server.encrypted(encryption),
            None => server,
        };
        server.serve(self.route, over(told)).await;
        self.app.certificates.state.set_door(self.door, &DoorState::Shut);
    }

    async fn open(&mut self, mut told: watch::Receiver<bool>) -> Option<Server> {
        let (passed, door) = (self.passed.take(), self.door);
        let state = &self.app.certificates.state;
        let mut tried = passed.map(|listener| Server::at(Arc::clone(&self.room), listener, door.key()));
        loop {
            let opened = match tried.take() {
                Some(opened) => opened,
                None => Server::bind_in(Arc::clone(&self.room), self.address, door.key()).await,
            };
            match opened {
                Ok(server) => {
                    let address = server.address().unwrap_or(self.address);
                    tracing::info!(%address, key = door.key(), "visitors are let in");
                    state.set_door(door, &DoorState::Open(address));
                    return Some(server);
                }
                Err(error) => {
                    let failed = DoorState::Failed(error.said());
                    if state.door(door) != failed {
                        tracing::error!(%error, "visitors cannot come in; it is tried again every two seconds");
                    }
                    state.set_door(door, &failed);
                }
            }
            let is_over = tokio::select! {
                _ = told.wait_for(|over| *over) => true,
                () = tokio::time::sleep(TRY_AGAIN) => false,
            };
            if is_over {
                return None;
            }
        }
    }
}

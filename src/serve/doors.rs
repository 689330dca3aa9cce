//! The ways in. The one for this machine itself must open, or nothing starts; those for visitors are tried until they do.
//!
//! A door that cannot be opened (another program has the port, a permission is missing) is said once with the remedy and
//! tried again, so that whoever mends it need not start anything anew. The admin page stays reachable meanwhile.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::over;
use crate::app::App;
use crate::config::Config;
use crate::tls::Encryption;
use crate::tls::state::{Door, DoorState};
use crate::web::route::Route;
use crate::web::server::{BindError, Room, Server};

/// Whoever frees a port is not to wait long, and a port that stays taken costs a system call each time.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// The door for this machine itself, or for a proxy on it.
pub(super) async fn own(config: &Config, room: &Arc<Room>) -> Result<Server, BindError> {
    match &config.server.socket {
        Some(path) => Server::bind_socket(Arc::clone(room), path).await,
        None => Server::bind_in(Arc::clone(room), config.server.listen, "server.listen").await,
    }
}

/// A door for visitors.
pub(super) struct Visitors {
    pub app: Arc<App>,
    pub room: Arc<Room>,
    pub door: Door,
    pub address: SocketAddr,
    /// Of the door for HTTPS.
    pub encryption: Option<Encryption>,
    pub route: Route,
}

impl Visitors {
    /// Opens the door, as soon as that can be done, and answers until it is over.
    pub async fn welcome(self, told: watch::Receiver<bool>) {
        let Some(server) = self.open(told.clone()).await else { return };
        let server = match self.encryption {
            Some(encryption) => server.encrypted(encryption),
            None => server,
        };
        server.serve(self.route, over(told)).await;
        self.app.certificates.state.set_door(self.door, &DoorState::Shut);
    }

    async fn open(&self, mut told: watch::Receiver<bool>) -> Option<Server> {
        let (state, door) = (&self.app.certificates.state, self.door);
        loop {
            match Server::bind_in(Arc::clone(&self.room), self.address, door.key()).await {
                Ok(server) => {
                    let address = server.address().unwrap_or(self.address);
                    tracing::info!(%address, key = door.key(), "visitors are let in");
                    state.set_door(door, &DoorState::Open(address));
                    return Some(server);
                }
                Err(error) => {
                    let failed = DoorState::Failed(error.to_string());
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

//! HTTPS by itself: which certificate is shown, where it comes from, and what is wrong with it.
//!
//! The rule of the room: a certificate is exchanged between two handshakes and never ends a connection; whatever happens to
//! certificates, only the doors of visitors are touched, never this machine's own. Nobody else knows rustls' server side or
//! the protocol of certificate authorities (ACME, RFC 8555). When something is to be done is the business of `jobs`.

pub mod acme;
mod challenge;
mod door;
mod doubt;
pub mod files;
mod identity;
mod keychain;
mod roots;
pub mod state;
pub mod whereabouts;

use std::sync::Arc;

use tokio::sync::Notify;

pub use challenge::Challenges;
pub use door::{Encryption, Handshake, Secured};
pub use doubt::{Doubt, date, doubt};
pub use identity::{Identity, IdentityError, Life};
pub use keychain::Keychain;
pub use roots::roots;
use state::State;

/// Everything about certificates that the appliance has in hand.
#[derive(Debug, Default)]
pub struct Certificates {
    pub keychain: Arc<Keychain>,
    pub challenges: Arc<Challenges>,
    pub state: State,
    /// Rung when somebody says that the files have changed (SIGHUP).
    pub look_again: Notify,
}

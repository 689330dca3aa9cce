//! A mail server that keeps every mail and delivers none.
//!
//! The rule it keeps: it is a real SMTP server, so that what sends to it is the code that sends to real ones; it only
//! listens on this machine; and it does what it was told to do wrong ([`Fault`]) exactly once, and nothing else.
//!
//! Left to others: the page that shows the mails. Not here on purpose: TLS (so STARTTLS is never offered) and
//! everything between mail servers.

mod conversation;
mod fault;
mod inbox;
mod received;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use conversation::Conversation;
use inbox::Inbox;

pub use fault::{Fault, How, When};
pub use received::Received;

/// Enough for every worker of ours at once; whoever comes after waits.
const CONNECTIONS_MAX: usize = 32;

/// Why the mailbox does not run.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    #[error("the mailbox takes mail from anybody who can reach it, so it only listens on loopback, not on {0}")]
    NotLoopback(SocketAddr),
    #[error("the mailbox cannot listen on {address} ({source}); choose another port")]
    Listen { address: SocketAddr, source: io::Error },
}

/// A user name and a password that the mailbox asks for.
#[derive(Clone)]
pub struct Login {
    pub user: String,
    pub password: String,
}

/// A running mailbox; dropping it stops it.
pub struct Mailbox {
    address: SocketAddr,
    inbox: Arc<Inbox>,
    server: JoinHandle<()>,
}

impl Mailbox {
    /// Listens on `listen` (port 0: any free one) and takes mail without a login.
    pub async fn start(listen: SocketAddr) -> Result<Self, MailboxError> {
        Self::start_with(listen, None).await
    }

    /// As [`Mailbox::start`]; with a login, mail is taken only after it was given.
    pub async fn start_with(listen: SocketAddr, login: Option<Login>) -> Result<Self, MailboxError> {
        if !listen.ip().is_loopback() {
            return Err(MailboxError::NotLoopback(listen));
        }
        let failed = |source| MailboxError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let inbox = Arc::new(Inbox::new(login));
        #[expect(clippy::disallowed_methods, reason = "the stand-in's own accept loop, ended by Drop")]
        let server = tokio::spawn(accept(listener, Arc::clone(&inbox)));
        Ok(Self { address, inbox, server })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mails it keeps, oldest first; of very many, the last.
    #[must_use]
    pub fn messages(&self) -> Vec<Arc<Received>> {
        self.inbox.messages()
    }

    /// One mail by its [`Received::id`], if it is still kept.
    #[must_use]
    pub fn message(&self, id: u64) -> Option<Arc<Received>> {
        self.inbox.messages().into_iter().find(|received| received.id == id)
    }

    /// Waits until `count` mails have come since the start.
    pub async fn arrived(&self, count: u64) {
        self.inbox.arrived(count).await;
    }

    /// Forgets every mail; ids go on counting.
    pub fn clear(&self) {
        self.inbox.clear();
    }

    /// Does this once, at the next occasion. Faults for the same occasion happen in the order they were given.
    pub fn fail_next(&self, fault: Fault) {
        self.inbox.arm(fault);
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Connections live in a set inside this task, so that ending the task ends them.
async fn accept(listener: TcpListener, inbox: Arc<Inbox>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let inbox = Arc::clone(&inbox);
                connections.spawn(async move {
                    let _place = place;
                    if let Err(error) = Conversation::new(stream, inbox).run().await {
                        tracing::debug!(%error, "mailbox: a connection ended early");
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "mailbox: a connection could not be accepted"),
        }
        while connections.try_join_next().is_some() {}
    }
}

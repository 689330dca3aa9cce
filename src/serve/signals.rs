//! What the machine tells the process: to end, or to look at its files again.

use std::io::IsTerminal;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::ServeError;

/// The signal to look at files again. A terminal that closes sends the same one and means the end: there it is left alone.
pub(super) struct Reloads(Option<Signal>);

impl Reloads {
    pub fn new() -> Result<Self, ServeError> {
        if std::io::stderr().is_terminal() {
            return Ok(Self(None));
        }
        signal(SignalKind::hangup()).map(|hangup| Self(Some(hangup))).map_err(ServeError::Signals)
    }

    pub async fn next(&mut self) {
        match &mut self.0 {
            Some(hangup) => drop(hangup.recv().await),
            None => std::future::pending().await,
        }
    }
}

/// The signals that end the program; from here on they are waited for instead of ending it at once.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// # Errors
    /// Signals cannot be received.
    pub fn new() -> Result<Self, ServeError> {
        let receive = |kind| signal(kind).map_err(ServeError::Signals);
        Ok(Self { terminate: receive(SignalKind::terminate())?, interrupt: receive(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

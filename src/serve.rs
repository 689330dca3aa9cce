//! The running appliance: the store, the pages, the jobs and the control socket, together.
//!
//! The rule it keeps: what tests and the demo start is exactly what the service starts. It stops in the order in which
//! nothing is lost: no new requests, open ones finished, jobs finished, the store last.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::config::check::{self, Level};
use crate::config::{Config, Surroundings, Tls, WebOrigin};
use crate::control::Door;
use crate::jobs::{self, JobHandles};
use crate::resolve::{ResolveError, Resolver};
use crate::say::say;
use crate::service_manager::{PassedSocketError, PassedSockets, ServiceManager};
use crate::store::{self, Store, room};
use crate::web;
use crate::web::server::{BindError, Limits, Server};

/// Why the appliance does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Resolver(#[from] ResolveError),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("{}; {}", check::NO_TLS_YET, check::NO_TLS_REMEDY)]
    Tls,
    #[error(transparent)]
    PassedSockets(#[from] PassedSocketError),
    #[error("the server ended by itself, which it never should; start it again, and look at what it last logged")]
    Ended,
    #[error("the signals that end the program cannot be received: {0}")]
    Signals(std::io::Error),
}

/// An appliance that answers.
pub struct Running {
    pub app: Arc<App>,
    /// Where it listens, with its port.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    doors: JoinSet<()>,
    jobs: JobHandles,
}

impl Running {
    /// Starts everything. Links lead to where it really listens unless the configuration says otherwise.
    ///
    /// # Errors
    /// The address or the store cannot be had, or the configuration asks for what cannot be done.
    pub async fn start(config: Config, clock: Clock, resolver: Resolver) -> Result<Self, ServeError> {
        Self::start_at(config, &mut PassedSockets::default(), clock, resolver).await
    }

    /// [`Running::start`] at the sockets that the service manager passed, where they stand for a configured address.
    ///
    /// # Errors
    /// As there.
    pub async fn start_at(
        mut config: Config,
        passed: &mut PassedSockets,
        clock: Clock,
        resolver: Resolver,
    ) -> Result<Self, ServeError> {
        if config.server.tls != Tls::Off {
            return Err(ServeError::Tls);
        }
        let server = match passed.take(config.server.listen) {
            Some(listener) => Server::at(listener, limits(&config))?,
            None => Server::bind(config.server.listen, limits(&config)).await?,
        };
        let address = server.address();
        let anywhere = config.server.listen.port() == 0;
        if anywhere && !config.is_fixed("server.public_url") && config.server.domain.is_none() {
            config.server.public_url = WebOrigin::http(address);
        }
        config.server.listen = address;
        let app = App::start(config, clock, resolver)?;
        let (stop, told) = watch::channel(false);
        let mut doors = JoinSet::new();
        doors.spawn(server.serve(web::mount_app(Arc::clone(&app)), over(told.clone())));
        match Door::open(&app) {
            Ok(door) => {
                doors.spawn(door.answer(over(told)));
            }
            Err(error) => tracing::warn!(%error, "commands cannot reach this server; it works otherwise"),
        }
        let jobs = jobs::start(&app);
        Ok(Self { app, address, stop, doors, jobs })
    }

    /// Waits for what must not happen: that nobody answers any more. Whoever runs this should end the process then, so that
    /// it is started again.
    pub async fn ended(&mut self) {
        // Doors close after they are told to; one that ends before has failed.
        let _ = self.doors.join_next().await;
    }

    /// Ends everything, open requests and whatever the jobs are at first.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.doors.join_next().await.is_some() {}
        self.jobs.stop().await;
        // By name, because a command that was cut off may still hold the appliance.
        if let Err(error) = self.app.store.close() {
            tracing::warn!(%error, "the store was not closed cleanly; the next start sets that right");
        }
    }
}

async fn over(mut told: watch::Receiver<bool>) {
    // The sender is gone only with the appliance: that is the word, too.
    let _ = told.wait_for(|over| *over).await;
}

fn limits(config: &Config) -> Limits {
    let mut limits = Limits::default();
    limits.exempt.extend_from_slice(&config.server.trusted_proxies);
    limits
}

/// Runs the appliance until it is told to end.
///
/// # Errors
/// It could not be started.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let (mut signals, mut reloads) = (Signals::new()?, Reloads::new()?);
    report(&config);
    let mut passed = PassedSockets::of_this_process()?;
    let mut running = Running::start_at(config, &mut passed, Clock::machine(), Resolver::system()?).await?;
    for socket in passed.left() {
        let (name, address) = (&socket.name, socket.address);
        tracing::warn!(name, %address, "systemd passes a socket whose port no setting names; nobody answers there");
    }
    let url = running.app.config.server.public_url.as_str();
    tracing::info!(address = %running.address, public_url = url, version = env!("CARGO_PKG_VERSION"), "listening");
    if let Some(hold) = running.app.payments_held() {
        tracing::warn!("{}", hold.words());
    }
    if let Some(left) = room::left_in(&running.app.config.data_dir).filter(|left| room::is_short(Some(*left))) {
        tracing::warn!(mebibytes = left >> 20, "the disk that holds the data folder is nearly full; make room on it");
    }
    let unreadable = running.app.unreadable_secrets()?;
    if !unreadable.is_empty() {
        let names = unreadable.join(", ");
        tracing::warn!(
            names,
            "secrets typed into the admin page cannot be read because master.key is gone, or is another one; put it back \
             and start again, or type them in again"
        );
    }
    if let Some(address) = setup_address(&running.app)? {
        say(format_args!("Open this address once to set up Quittance: {address}"));
    }
    let manager = ServiceManager::of(&Surroundings::of_this_process());
    manager.ready();
    let store = running.app.store.clone();
    let ended = loop {
        tokio::select! {
            () = signals.wait() => break Ok(()),
            () = running.ended() => break Err(ServeError::Ended),
            () = reloads.next() => reload(&manager),
            () = heartbeat(&manager, &store) => {}
        }
    };
    manager.stopping();
    tracing::info!("stopping");
    running.stop().await;
    tracing::info!("stopped");
    ended
}

/// Says what a person should know about the configuration.
fn report(config: &Config) {
    for finding in check::offline(config) {
        let remedy = finding.remedy.as_deref().unwrap_or_default();
        match finding.level {
            Level::Ok => {}
            Level::Warn => tracing::warn!(subject = finding.subject, remedy, "{}", finding.detail),
            Level::Fail => tracing::error!(subject = finding.subject, remedy, "{}", finding.detail),
        }
    }
}

/// Where the first owner is made, as long as there is none. The admin page answers over HTTPS or on this machine only.
///
/// # Errors
/// The store cannot be read.
pub fn setup_address(app: &App) -> Result<Option<String>, store::Error> {
    let Some(secret) = app.setup_secret()? else { return Ok(None) };
    Ok(Some(app.owners_url(&format!("/admin/setup/{secret}"))))
}

/// One sign of life to a service manager that wants them, given only once the store's writer has answered: a process that
/// can store nothing and not even say so is better started again.
async fn heartbeat(manager: &ServiceManager, store: &Store) {
    let Some(pause) = manager.heartbeat() else { return std::future::pending().await };
    tokio::time::sleep(pause).await;
    writer_answers(store).await;
    manager.alive();
}

/// That nothing can be stored at present (a full disk) is an answer, too; that its queue is full is none.
async fn writer_answers(store: &Store) {
    while let Err(store::Error::Busy) = store.write(|_| Ok::<_, store::Error>(())).await {}
}

/// Settings count from the start on, so a reload changes none; it is answered, so that nobody waits for it.
fn reload(manager: &ServiceManager) {
    manager.reloading();
    tracing::info!("told to reload: settings are read at the start, so restart Quittance to change them");
    manager.ready();
}

/// The signal to look at files again. A terminal that closes sends the same one and means the end: there it is left alone.
struct Reloads(Option<tokio::signal::unix::Signal>);

impl Reloads {
    fn new() -> Result<Self, ServeError> {
        if std::io::stderr().is_terminal() {
            return Ok(Self(None));
        }
        signal(SignalKind::hangup()).map(|hangup| Self(Some(hangup))).map_err(ServeError::Signals)
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Some(hangup) => drop(hangup.recv().await),
            None => std::future::pending().await,
        }
    }
}

/// The signals that end the program; from here on they are waited for instead of ending it at once.
pub struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::{Store, store, writer_answers};
    use crate::clock::Clock;

    #[tokio::test]
    async fn a_writer_that_hangs_gives_no_sign_of_life() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Clock::machine()).unwrap();
        let ((begun, has_begun), (go_on, told)) = (mpsc::channel(), mpsc::channel());
        let hang = store.write(move |_| {
            begun.send(()).unwrap();
            told.recv().unwrap();
            Ok::<_, store::Error>(())
        });
        let look_on = async {
            tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
            let soon = Duration::from_millis(100);
            assert!(tokio::time::timeout(soon, writer_answers(&store)).await.is_err(), "nobody answers while it hangs");
            go_on.send(()).unwrap();
            writer_answers(&store).await;
        };
        tokio::join!(hang, look_on).0.unwrap();
    }
}

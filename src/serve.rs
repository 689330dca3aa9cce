//! The running appliance: the store, the pages, the jobs and the control socket, together.
//!
//! The rule it keeps: what tests and the demo start is exactly what the service starts. It stops in the order in which
//! nothing is lost: no new requests, open ones finished, jobs finished, the store last.

mod doors;
mod heartbeat;
mod setup_link;
mod signals;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;
use tokio::task::JoinSet;

use self::doors::Visitors;
use self::heartbeat::heartbeat;
use self::signals::Reloads;
pub use self::signals::Signals;
use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::config::check::{self, Level};
use crate::config::{Config, Surroundings, Tls, WebOrigin};
use crate::control::Door as ControlDoor;
use crate::jobs::{self, JobHandles};
use crate::resolve::{ResolveError, Resolver};
use crate::service_manager::{PassedSocketError, PassedSockets, ServiceManager};
use crate::store::{self, room};
use crate::tls::Encryption;
use crate::tls::state::Door;
use crate::web;
use crate::web::route::Route;
use crate::web::server::{BindError, Limits, Room};

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
    #[error("the encryption for visitors could not be set up ({0}); please report this")]
    Tls(String),
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
    /// Where this machine itself reaches it, with its port; of no meaning with a Unix socket.
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
        let begun = Instant::now();
        let room = Room::new(limits(&config));
        let server = doors::own(&config, &room, passed).await?;
        let address = server.address().unwrap_or(config.server.listen);
        let anywhere = config.server.listen.port() == 0;
        if anywhere && !config.is_fixed("server.public_url") && config.server.domain.is_none() {
            config.server.public_url = WebOrigin::http(address);
        }
        config.server.listen = address;
        let app = App::start(config, clock, resolver)?;
        give_back_room(&app)?;
        let (stop, told) = watch::channel(false);
        let mut doors = JoinSet::new();
        let site = web::mount_app(Arc::clone(&app));
        app.show_certificate().await;
        let encryption = encryption(&app)?;
        for visitors in visitors(&app, &room, &site, encryption.as_ref(), passed) {
            doors.spawn(visitors.welcome(told.clone()));
        }
        let server = match encryption {
            Some(encryption) if app.config.server.socket.is_none() => server.bilingual(encryption),
            _ => server,
        };
        doors.spawn(server.serve(site, over(told.clone())));
        match ControlDoor::open(&app) {
            Ok(door) => {
                doors.spawn(door.answer(over(told)));
            }
            Err(error) => tracing::warn!(%error, "commands cannot reach this server; it works otherwise"),
        }
        let jobs = jobs::start(&app);
        app.metrics.startup.set(i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX));
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

/// How visitors are encrypted, if that is done here.
fn encryption(app: &App) -> Result<Option<Encryption>, ServeError> {
    if app.config.server.tls == Tls::Off {
        return Ok(None);
    }
    let encryption = Encryption::with(&app.certificates).map_err(|error| ServeError::Tls(error.to_string()))?;
    Ok(Some(encryption))
}

/// The doors for visitors that the configuration asks for.
fn visitors(
    app: &Arc<App>,
    room: &Arc<Room>,
    site: &Route,
    encryption: Option<&Encryption>,
    passed: &mut PassedSockets,
) -> Vec<Visitors> {
    let server = &app.config.server;
    let mut door = |door: Door, address: Option<SocketAddr>, encryption: Option<&Encryption>, route: Route| {
        let (app, room, address) = (Arc::clone(app), Arc::clone(room), address?);
        let passed = passed.take(address);
        Some(Visitors { app, room, door, address, passed, encryption: encryption.cloned(), route })
    };
    let forwarding = web::forwarding::mount(Arc::clone(app), site.clone());
    let https = door(Door::Https, server.https_listen, encryption, site.clone());
    https.into_iter().chain(door(Door::Http, server.http_listen, None, forwarding)).collect()
}

/// Has the data file made compact, if half of it is waste: now nobody is served yet.
fn give_back_room(app: &App) -> Result<(), store::Error> {
    let folder = &app.config.data_dir;
    let Some(bytes) = room::taken_in(folder) else { return Ok(()) };
    if let Some(compacted) = app.store.compact(bytes, room::left_in(folder))? {
        let (before_bytes, after_bytes) = (compacted.before_bytes, room::taken_in(folder).unwrap_or_default());
        tracing::info!(before_bytes, after_bytes, "the data file is compact now");
    }
    Ok(())
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
    let server = &running.app.config.server;
    let url = server.public_url.as_str();
    let version = env!("CARGO_PKG_VERSION");
    match &server.socket {
        Some(socket) => tracing::info!(socket = %socket.display(), public_url = url, version, "listening"),
        None => tracing::info!(address = %running.address, public_url = url, version, "listening"),
    }
    if let Some(hold) = running.app.payments_held() {
        tracing::warn!("{}", hold.words());
    }
    if let Some(words) = running.app.numbers_held() {
        tracing::warn!("{words}");
    }
    if let Some(left) = room::left_in(&running.app.config.data_dir).filter(|left| room::is_short(Some(*left))) {
        tracing::warn!(left_bytes = left, "the disk that holds the data folder is nearly full; make room on it");
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
    let manager = ServiceManager::of(&Surroundings::of_this_process());
    manager.ready();
    let app = Arc::clone(&running.app);
    let live = async {
        loop {
            tokio::select! {
                () = signals.wait() => return Ok(()),
                () = running.ended() => return Err(ServeError::Ended),
                () = reloads.next() => reload(&manager, &app),
                () = heartbeat(&manager, &app.store) => {}
            }
        }
    };
    let ended = tokio::select! {
        ended = live => ended,
        () = setup_link::introduce(&app) => Ok(()),
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
            Level::Ok | Level::Skipped => {}
            Level::Warn => tracing::warn!(subject = finding.subject, remedy, "{}", finding.detail),
            Level::Fail => tracing::error!(subject = finding.subject, remedy, "{}", finding.detail),
        }
    }
}

/// Settings count from the start on, so a reload changes none of them; the files of a certificate are read again.
fn reload(manager: &ServiceManager, app: &App) {
    manager.reloading();
    if app.config.server.tls == Tls::Off {
        tracing::info!("told to reload: settings are read at the start, so restart Quittance to change them");
    } else {
        tracing::info!("told to reload: the certificate is looked at again; restart Quittance to change settings");
        app.certificates.look_again.notify_one();
    }
    manager.ready();
}

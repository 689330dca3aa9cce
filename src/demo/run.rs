//! Puts the demo together: the stand-in, the mailbox, and the product itself, on this machine and in a folder that goes
//! away with it.

use std::fs::DirBuilder;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use warp::Filter;

use super::mailbox::{Mailbox, MailboxError};
use super::page::{self, Places};
use super::sample::{self, OWNER, PASSWORD, SampleError};
use super::stripe::{Options, StandIn, WebhookEndpoint};
use crate::clock::Clock;
use crate::config::{Config, Flaw, Surroundings, WebOrigin};
use crate::logging;
use crate::resolve::{ResolveError, Resolver};
use crate::say::say;
use crate::serve::{Running, ServeError, Signals};
use crate::service_manager::ServiceManager;

/// Where the demo is to be found if nobody says and nobody else is there.
const USUAL_PORT: u16 = 8080;
/// How long the introduction waits for the first mails.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Known to everybody, and good for nothing: the stand-in's webhooks come from this machine alone.
const WEBHOOK_SECRET: &str = "whsec_quittance_demo_secret";

/// Why the demo does not run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("a temporary folder cannot be made: {0}")]
    Folder(io::Error),
    #[error("the demo cannot listen ({0}); choose another address with --listen")]
    Listen(io::Error),
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error("the demo's own settings are wrong ({0:?}); please report this")]
    Settings(Flaw),
    #[error(transparent)]
    Resolver(#[from] ResolveError),
    #[error(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl From<Flaw> for DemoError {
    fn from(flaw: Flaw) -> Self {
        Self::Settings(flaw)
    }
}

/// Runs the demo until somebody ends it.
///
/// # Errors
/// It could not be started.
pub async fn run(listen: Option<SocketAddr>) -> Result<(), DemoError> {
    logging::start_quietly();
    // Before the folder is made: from here on Ctrl+C takes it away, too.
    let mut signals = Signals::new()?;
    let demo = Demo::start(listen).await?;
    demo.introduce();
    signals.wait(&ServiceManager::of(&Surroundings::default()), None).await;
    demo.stop().await;
    Ok(())
}

/// The running demo.
struct Demo {
    places: Arc<Places>,
    running: Running,
    stand_in: JoinHandle<()>,
    #[cfg_attr(not(test), expect(dead_code, reason = "held until the demo ends; only its test looks in"))]
    mailbox: Arc<Mailbox>,
    _folder: Folder,
}

impl Demo {
    async fn start(listen: Option<SocketAddr>) -> Result<Self, DemoError> {
        let folder = Folder::new().map_err(DemoError::Folder)?;
        let stand_in =
            StandIn::new(Options { business: sample::BUSINESS.to_owned(), ..Options::new(Clock::machine()) });
        let mailbox = Arc::new(Mailbox::start(SocketAddr::new(LOOPBACK, 0)).await?);
        let (reserved, listen) = reserve(listen).map_err(DemoError::Listen)?;
        let listener = TcpListener::bind((listen.ip(), 0)).await.map_err(DemoError::Listen)?;
        let beside = listener.local_addr().map_err(DemoError::Listen)?;
        let addresses = Addresses { product: listen, beside };
        stand_in.set_public_base(addresses.shown(beside).as_str());

        let config = config(&folder, addresses, mailbox.address())?;
        let resolver = Resolver::system()?;
        sample::past(&config, &resolver).await?;
        let origin = config.server.public_url.as_str().to_owned();
        let running = Running::start(config, Clock::machine(), resolver).await?;
        drop(reserved);
        let hook = format!("http://{}/webhooks/stripe", called(running.address));
        stand_in.add_webhook(WebhookEndpoint::new(hook, WEBHOOK_SECRET));

        let places = Arc::new(Places::new(origin, addresses.shown(beside).as_str().to_owned()));
        let served = serve_beside(&stand_in, &mailbox, &places, listener);
        let invoice = sample::present(&running.app, &stand_in).await?;
        places.show(&invoice);
        // What the introduction points at should be there. Mails that take longer than this still come.
        let _ = timeout(PATIENCE, mailbox.arrived(sample::MAILS)).await;
        Ok(Self { places, running, stand_in: served, mailbox, _folder: folder })
    }

    fn introduce(&self) {
        let Places { product, beside, .. } = self.places.as_ref();
        say("Quittance is running with sample data. Nothing leaves this machine, no money moves, nothing is kept.");
        say("");
        say(format_args!("  Everything at a glance  {beside}/demo"));
        say(format_args!("  Admin page              {product}/admin"));
        say(format_args!("    sign in with          {OWNER}"));
        say(format_args!("    password              {PASSWORD}"));
        say(format_args!("  An invoice to pay       {}", self.places.invoice()));
        say(format_args!("  The stand-in for Stripe {beside}/demo/stripe"));
        say(format_args!("  Every mail that is sent {beside}/demo/mail"));
        say("");
        if self.running.app.config.server.is_for_show {
            say("Whoever reaches this machine can open all of it, in the clear: it is for showing, not for keeping.");
        }
        say("Ctrl+C ends it and takes everything away.");
    }

    async fn stop(self) {
        self.running.stop().await;
        self.stand_in.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "the stand-in's own server, ended with the demo")]
fn serve_beside(
    stand_in: &StandIn,
    mailbox: &Arc<Mailbox>,
    places: &Arc<Places>,
    listener: TcpListener,
) -> JoinHandle<()> {
    let routes = page::routes(mailbox, places).or(stand_in.routes()).unify();
    tokio::spawn(warp::serve(routes).incoming(listener).run())
}

/// The usual address, or any free one beside it. While the socket is held the system gives its port to nobody who takes
/// any; the server, which names it, can have it.
fn reserve(wanted: Option<SocketAddr>) -> io::Result<(TcpSocket, SocketAddr)> {
    let usual = SocketAddr::new(LOOPBACK, USUAL_PORT);
    let socket = match wanted {
        Some(wanted) => bound(wanted)?,
        None => bound(usual).or_else(|_| bound(SocketAddr::new(LOOPBACK, 0)))?,
    };
    let address = socket.local_addr()?;
    Ok((socket, address))
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Where the product and the pages beside it listen.
#[derive(Clone, Copy)]
struct Addresses {
    product: SocketAddr,
    beside: SocketAddr,
}

impl Addresses {
    /// What is told to people of one of the two: an address that leads here from wherever it listens for.
    fn shown(self, listens: SocketAddr) -> WebOrigin {
        let own = if self.product.ip().is_unspecified() { own_address() } else { self.product.ip() };
        WebOrigin::http(SocketAddr::new(own, listens.port()))
    }

    fn is_on_this_machine_alone(self) -> bool {
        self.product.ip().is_loopback()
    }
}

/// Where this machine itself reaches what listens there.
fn called(listens: SocketAddr) -> SocketAddr {
    if listens.ip().is_unspecified() { SocketAddr::new(LOOPBACK, listens.port()) } else { listens }
}

/// The address by which others know this machine: the one that it would send from. Nothing is sent to find out; what is
/// named is for documentation (RFC 5737).
fn own_address() -> IpAddr {
    let route = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    route.map_or(LOOPBACK, |address| address.ip())
}

fn config(folder: &Folder, addresses: Addresses, smtp: SocketAddr) -> Result<Config, Flaw> {
    let mut config = Config::default();
    config.data_dir.clone_from(&folder.0);
    config.server.listen = addresses.product;
    config.server.public_url = addresses.shown(addresses.product);
    config.server.is_for_show = !addresses.is_on_this_machine_alone();
    config.stripe.secret_key = Some("sk_test_quittance_demo".parse()?);
    config.stripe.webhook_secrets = vec![WEBHOOK_SECRET.parse()?];
    config.stripe.api_base = Some(WebOrigin::http(called(addresses.beside)));
    config.stripe.checkout_origins = vec![addresses.shown(addresses.beside)];
    config.mail.smtp = Some(format!("smtp+plain://{smtp}").parse()?);
    config.mail.from = Some(format!("{} <{}>", sample::BUSINESS, sample::BUSINESS_EMAIL).parse()?);
    Ok(config)
}

/// What the demo's folders are called, before the number of its process.
const PREFIX: &str = "quittance-demo-";

/// A folder that goes away with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let place = std::env::temp_dir();
        remove_left_behind(&place);
        let path = place.join(format!("{PREFIX}{}", std::process::id()));
        // Not recursive: a folder that is there already is somebody else's.
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

/// Folders of demos that were killed. What belongs to somebody else cannot be removed, and is left.
fn remove_left_behind(place: &Path) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok());
        let is_over = process.is_some_and(|process| !Path::new("/proc").join(process.to_string()).exists());
        if is_over && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "the demo's folder could not be removed");
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::{Demo, SocketAddr, TcpListener, remove_left_behind, reserve, sample};

    #[test]
    fn what_a_killed_demo_left_is_taken_away_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let of = |name: &str| place.path().join(name);
        let running = format!("quittance-demo-{}", std::process::id());
        // No process has this number: the largest that Linux gives is 2^22.
        for name in ["quittance-demo-4294967295", "quittance-demo-x", "quittance", running.as_str()] {
            std::fs::create_dir(of(name)).unwrap();
        }
        remove_left_behind(place.path());
        assert!(!of("quittance-demo-4294967295").exists());
        assert!(["quittance-demo-x", "quittance", running.as_str()].iter().all(|name| of(name).exists()));
    }

    #[tokio::test]
    async fn an_address_is_kept_for_the_server_and_not_taken_from_another() {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let (_held, address) = reserve(Some(any)).unwrap();
        let _server = TcpListener::bind(address).await.unwrap();
        assert!(reserve(Some(address)).is_err(), "somebody listens there");
    }

    #[tokio::test]
    async fn the_demo_has_an_invoice_in_every_state_and_takes_its_folder_away() {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let demo = Demo::start(Some(any)).await.unwrap();
        let folder = demo.running.app.config.data_dir.clone();
        let states: Vec<_> = {
            let rows = demo
                .running
                .app
                .store
                .read(|r| r.invoices(&crate::store::invoices::Filter::default(), None, 50))
                .unwrap();
            rows.into_iter().map(|(_, row)| format!("{:?}", row.status)).collect()
        };
        for state in ["Draft", "Open", "Paid", "Void"] {
            assert!(states.iter().any(|found| found == state), "{state} in {states:?}");
        }
        assert!(demo.mailbox.message(sample::MAILS).is_some());
        assert!(demo.mailbox.message(sample::MAILS + 1).is_none());
        assert!(demo.places.invoice().contains("/i/"));
        assert!(folder.exists());
        demo.stop().await;
        assert!(!folder.exists());
        shown_to_others().await;
    }

    /// Its folder bears the number of the process, so that this must wait for the other demo's end.
    async fn shown_to_others() {
        let all: SocketAddr = "0.0.0.0:0".parse().unwrap();
        let demo = Demo::start(Some(all)).await.unwrap();
        for (origin, path) in [(&demo.places.product, "/admin/login"), (&demo.places.beside, "/demo/mail")] {
            let host = origin.strip_prefix("http://").unwrap();
            let answer = answer(host, path).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{origin}{path}: {answer}");
        }
        // The story that the demo tells begins weeks ago; its mails have just come.
        let dated = demo.mailbox.message(1).unwrap().header("Date").unwrap();
        let dated = jiff::fmt::rfc2822::parse(&dated).unwrap().timestamp();
        let age = crate::clock::Clock::machine().now().duration_since(dated);
        assert!(age.as_mins().abs() < 60, "{dated}");
        demo.stop().await;
    }

    async fn answer(host: &str, path: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

//! The whole appliance for a test: books in a folder that goes away, a clock that stands until it is moved, the stand-in
//! for Stripe, a mailbox, and the site on a port of its own.
//!
//! A test speaks to it over real HTTP and looks behind it through `app`, `stand_in` and `mailbox`. Jobs do not run by
//! themselves: a test does by hand what it is about. When the app is dropped, its books must be sound.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
#![expect(dead_code, reason = "each story uses the part that it needs")]

mod ask;
mod books;
pub mod names;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quittance::actions::sensitive::Before;
use quittance::actions::{Refusal, tokens};
use quittance::app::App;
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::credentials::{ApiKey, digest, new_secret};
use quittance::demo::mailbox::Mailbox;
use quittance::demo::stripe::{Options, StandIn, WebhookEndpoint};
use quittance::resolve::Resolver;
use quittance::store::{Scope, Store, verify};
use quittance::web::mount_app;
use quittance::web::server::{Limits, Server};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::store::disk::Disk;

pub use ask::{Answer, Ask};
pub use books::{IBAN, issue, path, try_to_issue};

/// Nothing that a test waits for takes so long, on the slowest machine either, unless it never happens.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// When every test begins: noon on a Sunday, UTC.
pub const START: &str = "2026-11-22T12:00:00Z";
/// What the stand-in signs webhooks with.
pub const WEBHOOK_SECRET: &str = "whsec_quittance_test_secret_0123456789";
/// What the product signs in to Stripe with.
pub const STRIPE_KEY: &str = "sk_test_quittance_test_0123456789";
/// Nobody listens there: no test asks a name server.
const NO_NAME_SERVER: &str = "127.0.0.1:9";
/// A disk that failed is tried again so soon.
const RETRY_AFTER: Duration = Duration::from_millis(5);

/// A running appliance, stopped and checked when it is dropped.
pub struct TestApp {
    pub app: Arc<App>,
    /// Origin of the site, such as `http://127.0.0.1:40123`.
    pub base: String,
    pub clock: Clock,
    pub stand_in: StandIn,
    pub mailbox: Mailbox,
    address: SocketAddr,
    _folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl TestApp {
    /// With a test key, a webhook secret and a mail server.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// As [`TestApp::start`], with the configuration changed first.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::begin(change, |config, clock, resolver| App::start(config, clock, resolver).unwrap()).await
    }

    /// As [`TestApp::start`], with its books on a disk that fails when it is told to.
    pub async fn start_on(disk: &Disk) -> Self {
        let over = |config: Config, clock: Clock, resolver| {
            std::fs::create_dir_all(&config.data_dir).unwrap();
            let store = Store::over(disk.medium(), RETRY_AFTER, clock.clone()).unwrap();
            App::over(store, config, clock, resolver).unwrap()
        };
        Self::begin(|_| (), over).await
    }

    async fn begin(change: impl FnOnce(&mut Config), open: impl FnOnce(Config, Clock, Resolver) -> Arc<App>) -> Self {
        let clock = Clock::held_at(START.parse::<Timestamp>().unwrap());
        let (stand_in, stripe) = stand_in(&clock).await;
        let mailbox = Mailbox::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Limits::default()).await.unwrap();
        let (address, folder) = (server.address().unwrap(), tempfile::tempdir().unwrap());
        let base = format!("http://{address}");
        // There is no route for it in a test that is about something else; nothing is tried again.
        stand_in.add_webhook(WebhookEndpoint::new(format!("{base}/webhooks/stripe"), WEBHOOK_SECRET));

        let mut config = Config::default();
        config.data_dir = folder.path().join("data");
        config.server.listen = address;
        config.server.public_url = base.parse().unwrap();
        config.stripe.secret_key = Some(STRIPE_KEY.parse().unwrap());
        config.stripe.webhook_secrets = vec![WEBHOOK_SECRET.parse().unwrap()];
        config.stripe.api_base = Some(stripe.parse().unwrap());
        config.mail.smtp = Some(format!("smtp+plain://{}", mailbox.address()).parse().unwrap());
        config.mail.from = Some("Pat Sample <pat@example.com>".parse().unwrap());
        change(&mut config);

        let resolver = Resolver::with_server(NO_NAME_SERVER.parse().unwrap()).unwrap();
        let app = open(config, clock.clone(), resolver);
        let stop = serve(server, Arc::clone(&app));
        Self { app, base, clock, stand_in, mailbox, address, _folder: folder, _stop: stop }
    }

    /// A new API token, as the owner would be shown it.
    pub async fn token(&self, scope: Scope) -> String {
        let secret = new_secret().unwrap();
        let stored = digest(&secret);
        let token =
            self.app.store.write(move |w| tokens::create(w, "test", scope, &stored, Before::Nothing, "a test")).await;
        ApiKey { token: token.unwrap().id, secret }.to_string()
    }

    /// A program that may read and write.
    pub async fn program(&self) -> Program<'_> {
        Program { app: self, token: self.token(Scope::Write).await }
    }

    /// A request by anybody, to be refined and sent.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.address, method, path)
    }

    /// A request that names another host than the site's.
    pub fn ask_host(&self, method: &str, path: &str, host: &str) -> Ask {
        Ask::to_host(self.address, method, path, host)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send().await
    }

    /// A form, as our own pages send it.
    pub async fn post_form(&self, path: &str, form: &str) -> Answer {
        self.ask("POST", path).header("sec-fetch-site", "same-origin").form(form).send().await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let proof = self.app.store.read(verify::prove).unwrap();
            assert!(proof.is_whole(), "the books are not sound: {:?}", proof.problems);
        }
    }
}

/// A program with a token. Its paths begin behind `/api/v1`.
pub struct Program<'a> {
    pub app: &'a TestApp,
    pub token: String,
}

impl Program<'_> {
    /// A request with the token, to be refined and sent.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        let ask = self.app.ask(method, &format!("/api/v1{path}"));
        ask.header("authorization", &format!("Bearer {}", self.token))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send().await
    }

    pub async fn post(&self, path: &str, body: serde_json::Value) -> Answer {
        self.ask("POST", path).json(&body).send().await
    }

    /// Something that is done without saying more.
    pub async fn act(&self, path: &str) -> Answer {
        self.ask("POST", path).send().await
    }

    pub async fn patch(&self, path: &str, body: serde_json::Value) -> Answer {
        self.ask("PATCH", path).json(&body).send().await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path).send().await
    }
}

/// What a test does that no request can.
pub async fn change<T: Send + 'static>(
    app: &TestApp,
    change: impl FnMut(&mut quittance::store::Writer<'_>) -> Result<T, Refusal> + Send + 'static,
) -> T {
    app.app.store.write(change).await.unwrap()
}

/// Waits until something is so. One that waits in vain fails, and says for what.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "it never came to this: {what}");
}

/// The stand-in on a port of its own, and its origin.
async fn stand_in(clock: &Clock) -> (StandIn, String) {
    let options =
        Options { secret_key: STRIPE_KEY.to_owned(), retry_delays: Vec::new(), ..Options::new(clock.clone()) };
    let stand_in = StandIn::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    stand_in.set_public_base(&origin);
    beside(stand_in.clone().serve_on(listener));
    (stand_in, origin)
}

fn serve(server: Server, app: Arc<App>) -> oneshot::Sender<()> {
    let route = mount_app(app);
    let (stop, stopped) = oneshot::channel();
    beside(server.serve(route, async {
        let _ = stopped.await;
    }));
    stop
}

/// Serves until the test's runtime ends.
#[expect(clippy::disallowed_methods, reason = "what a test talks to ends with its runtime")]
pub fn beside(serving: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(serving);
}

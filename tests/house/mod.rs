//! The appliance as `serve` runs it, jobs included, beside the stand-in for Stripe and a mailbox, under a clock that
//! stands until it is moved.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::net::SocketAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance::actions::{Actor, Refusal, customers, drafts, issue, mailings};
use quittance::app::App;
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::id::MailId;
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::letter::Letter;
use quittance::billing::line::Line;
use quittance::billing::party::Party;
use quittance::billing::quantity::UnitPrice;
use quittance::clock::Clock;
use quittance::config::Config;
use quittance::demo::mailbox::Mailbox;
use quittance::demo::stripe::{Options, StandIn};
use quittance::resolve::Resolver;
use quittance::serve::Running;
use quittance::store::verify;
use tokio::net::TcpListener;

use crate::support::PATIENCE;

/// When every story begins.
pub const START: &str = "2026-11-22T12:00:00Z";
const STRIPE_KEY: &str = "sk_test_quittance_house_0123456789";

pub struct House {
    pub running: Running,
    pub clock: Clock,
    pub stand_in: StandIn,
    pub mailbox: Mailbox,
    pub folder: tempfile::TempDir,
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    /// With the configuration changed first. Reconciliation is off unless that turns it on.
    pub async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::open_asking(resolver(), change).await
    }

    /// The same, with names looked up there.
    pub async fn open_asking(names: Resolver, change: impl FnOnce(&mut Config)) -> Self {
        Self::open_at(Clock::held_at(START.parse::<Timestamp>().unwrap()), names, change).await
    }

    /// The same, under this clock.
    pub async fn open_at(clock: Clock, names: Resolver, change: impl FnOnce(&mut Config)) -> Self {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let (mailbox, folder) = (Mailbox::start(anywhere).await.unwrap(), tempfile::tempdir().unwrap());
        let (stand_in, stripe) = stand_in(&clock, anywhere).await;
        let mut config = Config::default();
        config.data_dir = folder.path().join("data");
        config.server.listen = anywhere;
        config.stripe.secret_key = Some(STRIPE_KEY.parse().unwrap());
        config.stripe.api_base = Some(stripe.parse().unwrap());
        config.mail.smtp = Some(format!("smtp+plain://{}", mailbox.address()).parse().unwrap());
        config.mail.from = Some("Pat Sample <pat@example.com>".parse().unwrap());
        config.reconcile.interval = None;
        change(&mut config);
        let running = Running::start(config, clock.clone(), names).await.unwrap();
        Self { running, clock, stand_in, mailbox, folder }
    }

    /// Stopped and started again with the same data, with the configuration changed in between.
    pub async fn restarted(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { running, clock, stand_in, mailbox, folder } = self;
        let mut config = running.app.config.clone();
        running.stop().await;
        config.server.listen.set_port(0);
        change(&mut config);
        let running = Running::start(config, clock.clone(), resolver()).await.unwrap();
        Self { running, clock, stand_in, mailbox, folder }
    }

    pub fn app(&self) -> &App {
        &self.running.app
    }

    /// An issued invoice of 119.00 EUR to Jane.
    pub async fn invoice(&self) -> Invoice {
        let book = self.app().book();
        self.app()
            .store
            .write(move |w| {
                let party = Party { name: "Jane Doe".into(), email: "jane@example.com".into(), ..Party::default() };
                let customer = customers::create(w, party)?;
                let line = Line {
                    description: "Design".into(),
                    unit_price: UnitPrice::parse("119.00").unwrap(),
                    ..Line::default()
                };
                let content =
                    Content { lines: vec![line], ..Content::blank(customer.id, Currency::EUR, Due::InDays(14)) };
                let draft = drafts::create(w, content)?;
                issue::issue(w, draft.id, book, &Actor::owner("pat@example.com"))
            })
            .await
            .unwrap()
    }

    /// Queues the mail of an invoice.
    pub async fn send(&self, invoice: &Invoice) -> MailId {
        self.send_in(invoice, 0).await
    }

    /// The same, not to leave before so many seconds have passed.
    pub async fn send_in(&self, invoice: &Invoice, seconds: i64) -> MailId {
        let (id, wait) = (invoice.id, SignedDuration::from_secs(seconds));
        let owner = Actor::owner("pat@example.com");
        let sent = self.app().store.write(move |w| mailings::send_invoice(w, id, wait, &owner));
        sent.await.unwrap_or_else(|error: Refusal| panic!("{error}")).id
    }

    pub fn letter(&self, id: MailId) -> Letter {
        self.app().store.read(|r| r.letter(id)).unwrap().unwrap()
    }

    /// Waits until a mail is as it should be.
    pub async fn letter_when(&self, id: MailId, is: impl Fn(&Letter) -> bool) -> Letter {
        self.until(|| is(&self.letter(id))).await;
        self.letter(id)
    }

    /// Waits until `happened`.
    pub async fn until(&self, happened: impl Fn() -> bool) {
        let wait = async {
            while !happened() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "it never happened");
    }

    /// Ends the appliance and proves its books.
    pub async fn close(self) {
        let proof = self.app().store.read(verify::prove).unwrap();
        assert!(proof.is_whole(), "{:?}", proof.problems);
        self.running.stop().await;
    }
}

/// Nobody listens there: no test asks a name server.
fn resolver() -> Resolver {
    Resolver::with_server(SocketAddr::from(([127, 0, 0, 1], 9))).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the other side ends with the test's runtime")]
async fn stand_in(clock: &Clock, anywhere: SocketAddr) -> (StandIn, String) {
    let options = Options { secret_key: STRIPE_KEY.to_owned(), retry_delays: vec![], ..Options::new(clock.clone()) };
    let stand_in = StandIn::new(options);
    let listener = TcpListener::bind(anywhere).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    stand_in.set_public_base(&origin);
    tokio::spawn(stand_in.clone().serve_on(listener));
    (stand_in, origin)
}

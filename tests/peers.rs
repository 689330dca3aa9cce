//! Stripe's own libraries as the other side. They are development tools: nothing of them is in the product.
//!
//! `tests/run` installs them with `tests/peers/install` and then leaves no test out; without them these are reported as
//! ignored. What each peer does is told in its own file under `tests/peers`.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use quittance::actions::Actor;
use quittance::actions::file_evidence::{self, Chosen, Files};
use quittance::billing::filing::{FileField, TextField, Texts};
use quittance::billing::invoice::Invoice;
use quittance::clock::Clock;
use quittance::demo::stripe::{Card, DisputeOrder, Fault, Logged, Operation, Options, RefundFate, StandIn};
use quittance::payments::client::Patience;
use quittance::payments::filings;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::process::{Bench, Serving};
use crate::support::{STRIPE_KEY, TestApp, WEBHOOK_SECRET};

/// No peer takes so long, on a slow machine either, unless what it waits for never happens.
const PATIENCE: Duration = Duration::from_mins(5);

/// A program that was written around one of Stripe's libraries.
struct Peer {
    command: Command,
    name: &'static str,
}

impl Peer {
    fn node(name: &'static str) -> Self {
        Self::new(Command::new("node"), name)
    }

    fn python(name: &'static str) -> Self {
        let mut command = Command::new(installed().join("python/bin/python"));
        command.arg("-X").arg(format!("pycache_prefix={}", installed().join("pycache").display()));
        Self::new(command, name)
    }

    fn new(mut command: Command, name: &'static str) -> Self {
        assert!(installed().join("installed").exists(), "Stripe's libraries are missing: run tests/peers/install");
        command.arg(scripts().join(name)).env("PEERS", installed());
        Self { command, name }
    }

    /// The stand-in that it speaks to.
    fn at(mut self, stand_in: &StandIn) -> Self {
        self.command.env("STRIPE_BASE", stand_in.public_base()).env("STRIPE_KEY", STRIPE_KEY);
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    async fn agrees(mut self) {
        let folder = tempfile::tempdir().unwrap();
        let said = folder.path().join("said");
        let file = File::create(&said).unwrap();
        self.command.stdout(file.try_clone().unwrap()).stderr(file);
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let began = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if began.elapsed() > PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let said = std::fs::read_to_string(&said).unwrap();
        eprintln!("{} says:\n{said}", self.name); // shown if the test fails, or is asked to
        assert!(status.is_some_and(|status| status.success()), "{} ended with {status:?}", self.name);
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}

fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers")
}

/// The stand-in by itself, at the time of the machine, which the libraries look at too.
async fn stand_in() -> StandIn {
    let options = Options { secret_key: STRIPE_KEY.to_owned(), ..Options::new(Clock::machine()) };
    let stand_in = StandIn::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    stand_in.set_public_base(&format!("http://{}", listener.local_addr().unwrap()));
    crate::support::beside(stand_in.clone().serve_on(listener));
    stand_in
}

/// The real program beside the stand-in, which is to tell it nothing; and an API token.
fn product(bench: &Bench, stand_in: &StandIn) -> (Serving, String) {
    let server = bench.serve_with(|command| {
        command
            .env("QUITTANCE_STRIPE__SECRET_KEY", STRIPE_KEY)
            .env("QUITTANCE_STRIPE__WEBHOOK_SECRETS", WEBHOOK_SECRET);
        command.env("QUITTANCE_STRIPE__API_BASE", stand_in.public_base()).env("QUITTANCE_RECONCILE__INTERVAL", "0");
    });
    let token = bench.run(&["token", "create", "--name", "peer"]).good();
    (server, token.trim_end().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Stripe's libraries: tests/run installs them"]
async fn the_node_library_speaks_to_the_stand_in() {
    let stand_in = stand_in().await;
    Peer::node("client.mjs").at(&stand_in).agrees().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Stripe's libraries: tests/run installs them"]
async fn the_node_library_signs_webhooks_that_the_product_acts_on() {
    let (bench, stand_in) = (Bench::new(), stand_in().await);
    let (server, token) = tokio::task::block_in_place(|| product(&bench, &stand_in));
    let peer = Peer::node("signer.mjs").at(&stand_in).with("WEBHOOK_SECRET", WEBHOOK_SECRET);
    let base = format!("http://{}", server.address);
    peer.with("QUITTANCE_BASE", &base).with("QUITTANCE_TOKEN", &token).agrees().await;
    assert!(stand_in.deliveries().is_empty(), "the library alone tells the product");
    let asked = |logged: &&Logged| logged.operation == Some(Operation::GetSession) && is_ours(logged);
    assert!(stand_in.requests().iter().filter(asked).count() >= 2, "the product asks before it believes");
    drop(server);
    tokio::task::block_in_place(|| bench.run(&["verify"]).good());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Stripe's libraries: tests/run installs them"]
async fn every_answer_of_the_stand_in_fits_stripes_own_schema() {
    let stand_in = stand_in().await;
    Peer::python("stand_in.py").at(&stand_in).agrees().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Stripe's libraries: tests/run installs them"]
async fn everything_the_product_asks_fits_stripes_own_schema() {
    let app = TestApp::start().await;
    Box::pin(everything(&app)).await;
    let calls: Vec<Value> = app.stand_in.requests().iter().filter(|logged| is_ours(logged)).map(call).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("requests.json");
    std::fs::write(&file, json!(calls).to_string()).unwrap();
    let mut peer = Peer::python("product.py").at(&app.stand_in);
    peer.command.arg(&file);
    peer.agrees().await;
}

/// Every way that the product speaks to Stripe: paying, a decline, an expiry, voiding, reconciling.
async fn everything(app: &TestApp) {
    let program = app.program().await;
    let (paid, expired, voided) = (app.invoice("119.00").await, app.invoice("20.00").await, app.invoice("30.00").await);
    for invoice in [&paid, &expired, &voided] {
        assert_eq!(app.click_pay(invoice).await.status, 303);
    }
    app.stand_in.decline(&app.session(&paid), "insufficient_funds").unwrap();
    app.work_off().await;
    app.stand_in.pay(&app.session(&paid), Card::Visa).unwrap();
    app.stand_in.expire(&app.session(&expired)).unwrap();
    app.work_off().await;
    assert_eq!([app.status(&paid).await, app.status(&expired).await], ["paid", "canceled"]);
    let reason = json!({"reason": "ordered twice"});
    program.post(&format!("/invoices/{}/void", voided.id), reason).await.expect(200);
    let refunds = format!("/invoices/{}/refunds", paid.id);
    app.stand_in.next_refund(RefundFate::Unfunded);
    let body = json!({"amount": 4000, "reason": "requested_by_customer"});
    let waits = program.post(&refunds, body).await.expect(201);
    app.stand_in.succeed_refund(waits["stripe_refund"].as_str().unwrap()).unwrap();
    app.stand_in.fault_always(Operation::CreateRefund, Fault::Cached500AfterEffect);
    program.post(&refunds, json!({"amount": 100})).await.expect(202);
    app.stand_in.clear_faults();
    app.work_off().await;
    answer_a_dispute(app, &paid).await;
    program.act("/reconciliations").await.expect(201);
    set_up_and_mend_the_endpoint(app).await;
    for operation in [
        Operation::CreateWebhook,
        Operation::UpdateWebhook,
        Operation::ListWebhooks,
        Operation::CreateSession,
        Operation::GetSession,
        Operation::ExpireSession,
        Operation::ListSessions,
        Operation::ListCharges,
        Operation::CreateRefund,
        Operation::GetRefund,
        Operation::ListRefunds,
        Operation::ListEvents,
        Operation::GetDispute,
        Operation::ListDisputes,
        Operation::CreateFile,
        Operation::UpdateDispute,
        Operation::GetWarning,
    ] {
        assert!(app.stand_in.count(operation) > 0, "nobody asked {operation}");
    }
}

/// A bank disputes the payment, and the owner answers with a file.
async fn answer_a_dispute(app: &TestApp, invoice: &Invoice) {
    let intent = app.stand_in.session(&app.session(invoice)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    app.stand_in.warn_of_fraud(&intent).unwrap();
    app.stand_in.dispute(&intent, &DisputeOrder::chargeback()).unwrap();
    app.work_off().await;
    let dispute = app.app.store.read(|r| r.disputes(None, 1)).unwrap().remove(0);
    let draft = app.app.store.write(move |w| {
        let content = b"%PDF-1.7".to_vec();
        let receipt = Chosen { slot: FileField::Receipt, name: "receipt.pdf".to_owned(), content };
        let texts = Texts::from([(TextField::ProductDescription, "A poster & its frame".to_owned())]);
        let files = Files { chosen: vec![receipt], ..Files::default() };
        file_evidence::draft(w, dispute.id, texts, &files, 0, &Actor::owner("pat@example.com"))
    });
    let draft = draft.await.unwrap();
    let told = filings::tell(&app.app.till().unwrap(), draft.id, Patience::Request).await.unwrap().unwrap();
    assert!(!told.is_waiting(), "{told:?}");
}

/// The endpoint is made, loses its events and gets them back.
async fn set_up_and_mend_the_endpoint(app: &TestApp) {
    let till = app.app.till().unwrap();
    app.app.set_up_endpoint(&till).await.unwrap();
    app.stand_in.set_webhook_types(&format!("{}/webhooks/stripe", app.base), &["charge.updated"]);
    app.app.set_up_endpoint(&till).await.unwrap();
}

fn is_ours(logged: &Logged) -> bool {
    logged.headers.get("user-agent").is_some_and(|agent| agent.starts_with("quittance/"))
}

fn call(logged: &Logged) -> Value {
    json!({
        "method": logged.method, "path": logged.path, "query": logged.query, "body": logged.body,
        "version": logged.headers.get("stripe-version"), "key": logged.headers.get("idempotency-key"),
    })
}

//! The real program on a free port, with the stand-in for Stripe and a mail server beside it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use quittance::clock::Clock;
use quittance::demo::mailbox::Mailbox;
use quittance::demo::stripe::{Options, StandIn};

use crate::support::PATIENCE;

pub const STRIPE_KEY: &str = "sk_test_quittance_demo";

pub struct Desk {
    pub base: String,
    /// The one-time setup address that the program printed.
    pub setup: String,
    /// Nothing is set up there yet.
    pub stand_in: StandIn,
    pub mailbox: Mailbox,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// A fresh installation; Stripe and mail are not set up yet.
    pub async fn first_run() -> Self {
        let stand_in = StandIn::new(Options::new(Clock::machine()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stripe = listener.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the stand-in lives as long as the test")]
        tokio::spawn(stand_in.clone().serve_on(listener));
        let mailbox = Mailbox::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_quittance"))
            .arg("serve")
            .env("QUITTANCE_DATA_DIR", folder.path())
            .env("QUITTANCE_SERVER__LISTEN", "127.0.0.1:0")
            .env("QUITTANCE_STRIPE__API_BASE", format!("http://{stripe}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let setup = tokio::task::block_in_place(|| setup_address(&mut process));
        let (base, _) = setup.split_once("/admin/setup/").unwrap();
        let base = base.to_owned();
        Self { base, setup, stand_in, mailbox, process, _folder: folder }
    }

    /// Waits for a mail whose subject has these words.
    pub async fn mail(&self, words: &str) -> std::sync::Arc<quittance::demo::mailbox::Received> {
        self.mail_to("", words).await
    }

    /// Waits for such a mail to somebody.
    pub async fn mail_to(&self, to: &str, words: &str) -> std::sync::Arc<quittance::demo::mailbox::Received> {
        let began = std::time::Instant::now();
        while began.elapsed() < PATIENCE {
            let mails = self.mailbox.messages().into_iter();
            let found = mails.into_iter().find(|mail| {
                mail.subject().contains(words) && (to.is_empty() || mail.to.iter().any(|address| address == to))
            });
            if let Some(mail) = found {
                return mail;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let subjects: Vec<_> = self.mailbox.messages().iter().map(|mail| mail.subject()).collect();
        panic!("no mail about {words:?} came, only {subjects:?}");
    }
}

fn setup_address(process: &mut Child) -> String {
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    for line in lines {
        let line = line.unwrap();
        if let Some(start) = line.find("http://").filter(|_| line.contains("/admin/setup/")) {
            return line[start..].trim().to_owned();
        }
    }
    panic!("the program printed no setup address, and ended with {:?}", process.wait());
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

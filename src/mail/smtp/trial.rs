//! "Test these settings": everything a delivery does except delivering, told step by step.

use lettre::transport::smtp::commands::Noop;

use super::outcome::{Stage, Undelivered, words};
use super::session::sign_off;
use super::{Mailer, Security};

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What, as a heading: "Connect".
    pub what: &'static str,
    /// What came of it, in plain words for the owner's screen.
    pub outcome: Result<String, String>,
}

/// The steps up to the first that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    pub steps: Vec<Step>,
}

impl Trial {
    #[must_use]
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.outcome.is_ok())
    }

    fn passes(&mut self, what: &'static str, detail: String) {
        self.steps.push(Step { what, outcome: Ok(detail) });
    }
}

impl Mailer {
    /// Connects, encrypts, signs in and leaves again. Nothing is sent.
    pub async fn try_login(&self) -> Trial {
        let mut trial = Trial::default();
        if let Err((what, failure)) = self.rehearse(&mut trial).await {
            trial.steps.push(Step { what, outcome: Err(failure.to_string()) });
        }
        trial
    }

    async fn rehearse(&self, trial: &mut Trial) -> Result<(), (&'static str, Undelivered)> {
        let (host, port) = (&self.server.host, self.server.port);
        let at = |what: &'static str| move |failure| (what, failure);

        let addresses = self.find().await.map_err(at("Find the mail server"))?;
        let listed: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
        let found = match listed.as_slice() {
            [address] if address == host => format!("{host} is an address already."),
            _ => format!("{host} is {}.", listed.join(", ")),
        };
        trial.passes("Find the mail server", found);

        let mut connection = self.connect(&addresses).await.map_err(at("Connect"))?;
        trial.passes("Connect", format!("{host} answers on port {port}."));

        self.encrypt(&mut connection).await.map_err(at("Encrypt"))?;
        trial.passes("Encrypt", self.encryption());

        let reply = self.sign_in(&mut connection).await.map_err(at("Sign in"))?;
        trial.passes("Sign in", reply.unwrap_or_else(|| "No user name is set, so no login was tried.".to_owned()));

        let noop = self.bounded(Stage::Envelope, self.timeouts.command, connection.command(Noop));
        let reply = noop.await.map_err(at("Talk"))?;
        trial.passes("Talk", words(&reply));

        let left = if sign_off(connection).await { "Done." } else { "Done; the mail server hung up without a word." };
        trial.passes("Sign off", left.to_owned());
        Ok(())
    }

    fn encryption(&self) -> String {
        let host = &self.server.host;
        match self.server.security {
            Security::StartTls => format!("Encrypted with STARTTLS; the certificate is for {host}."),
            Security::Tls => format!("Encrypted from the start; the certificate is for {host}."),
            Security::Plain => "Not encrypted: the mail server is on this machine.".to_owned(),
        }
    }
}

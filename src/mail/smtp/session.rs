//! One delivery, step by step: find, connect, encrypt, sign in, hand over, sign off.
//!
//! lettre speaks the protocol; the steps are taken one by one here because its own `send` neither bounds its waits
//! nor tells a refusal from an answer that never came.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use lettre::address::{Address, Envelope};
use lettre::message::header::To;
use lettre::message::{Mailboxes, Message};
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::line::LineAtATime;
use super::outcome::{Accepted, LeftOut, Stage, Undelivered, cannot_be_sent, waits, words};
use super::{Mailer, Security};
use crate::resolve::Reach;

/// A mail server behind more addresses than this is not reached better by trying them all.
const ADDRESSES_TRIED_MAX: usize = 4;

/// Said where a try was noted as missing somebody, and nobody is missing.
const REACHED_ALL: &str = "the mail server had taken it for everybody before";

/// Politeness after the fact: the outcome is known, so hardly any time is spent on it.
const SIGN_OFF_TIMEOUT: Duration = Duration::from_secs(2);

impl Mailer {
    /// Hands `message` to the mail server. A copy that is refused is left out and named in what the server said; the mail
    /// itself is refused if nobody whom it is addressed to is taken.
    pub async fn deliver(&self, message: &Message) -> Result<Accepted, Undelivered> {
        self.deliver_rest(message, &[]).await
    }

    /// The same for those alone that are not among `taken`, for whom it was taken before. They get the very same mail.
    pub async fn deliver_rest(&self, message: &Message, taken: &[String]) -> Result<Accepted, Undelivered> {
        let all = message.envelope().to();
        let rest: Vec<&Address> = all.iter().filter(|to| !taken.contains(&to.to_string())).collect();
        if rest.is_empty() {
            let reply = REACHED_ALL.to_owned();
            return Ok(Accepted { reply, taken: Vec::new(), leaves_out: false, others_wait: false });
        }
        let mut connection = self.open().await?;
        let outcome = self.hand_over(&mut connection, message, &rest).await;
        // Whoever fell silent would not answer a goodbye either.
        let answered = outcome.as_ref().map_or_else(|failure| failure.reason().code().is_some(), |_| true);
        if answered {
            sign_off(connection).await;
        }
        outcome
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Undelivered> {
        let addresses = self.find().await?;
        let mut connection = self.connect(&addresses).await?;
        self.encrypt(&mut connection).await?;
        self.sign_in(&mut connection).await?;
        Ok(connection)
    }

    /// The mail server's addresses, never an empty list.
    pub(super) async fn find(&self) -> Result<Vec<SocketAddr>, Undelivered> {
        let host = &self.server.host;
        let found = self.resolver.addresses(host, Reach::Configured).await;
        let mut addresses = found.map_err(|error| waits(&error.to_string()))?;
        if self.server.security == Security::Plain {
            addresses.retain(std::net::IpAddr::is_loopback);
            if addresses.is_empty() {
                return Err(waits(&format!(
                    "Mail without encryption is only sent within this machine, and {host} is another one; \
                     choose STARTTLS or TLS in the mail settings."
                )));
            }
        }
        addresses.truncate(ADDRESSES_TRIED_MAX);
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, self.server.port)).collect())
    }

    /// The first address that answers; if none does, what went wrong at the first.
    pub(super) async fn connect(&self, addresses: &[SocketAddr]) -> Result<AsyncSmtpConnection, Undelivered> {
        let mut first_failure = None;
        for address in addresses {
            match self.connect_to(*address).await {
                Ok(connection) => return Ok(connection),
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            }
        }
        Err(first_failure.unwrap_or_else(|| Stage::Connect.lost(&self.server.host, "it has no address")))
    }

    async fn connect_to(&self, address: SocketAddr) -> Result<AsyncSmtpConnection, Undelivered> {
        if self.server.security == Security::Tls {
            let (limit, tls) = (self.timeouts.connect, self.tls.clone());
            // A socket address needs no lookup, so lettre's own resolving never happens.
            let work = AsyncSmtpConnection::connect_tokio1(address, Some(limit), &self.hello, Some(tls), None);
            return self.bounded(Stage::Connect, limit + self.timeouts.command, work).await;
        }
        let stream = match timeout(self.timeouts.connect, TcpStream::connect(address)).await {
            Ok(connected) => connected.map_err(|error| self.unreachable(&error))?,
            Err(_) => return Err(self.timed_out(Stage::Connect, self.timeouts.connect)),
        };
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(LineAtATime(stream)), &self.hello);
        match timeout(self.timeouts.command, greeted).await {
            Ok(greeted) => greeted.map_err(|error| Stage::Connect.failed(&self.server.host, &error)),
            Err(_) => Err(self.silent()),
        }
    }

    /// Nothing but STARTTLS has to be done here, and where it was asked for, nothing goes on without it.
    pub(super) async fn encrypt(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Undelivered> {
        if self.server.security != Security::StartTls {
            return Ok(());
        }
        if !connection.can_starttls() {
            let host = &self.server.host;
            return Err(waits(&format!(
                "{host} does not offer STARTTLS, so nothing was sent: login and mail would have been readable on the \
                 way. If the port is for TLS from the start (465 as a rule), choose TLS in the mail settings."
            )));
        }
        let work = connection.starttls(self.tls.clone(), &self.hello);
        self.bounded(Stage::Encrypt, self.timeouts.command, work).await
    }

    /// What the mail server said to the login; nothing if none is configured.
    pub(super) async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<Option<String>, Undelivered> {
        let (Some(user), Some(password)) = (&self.server.user, &self.server.password) else {
            return Ok(None);
        };
        let credentials = Credentials::new(user.clone(), password.0.clone());
        let work = connection.auth(DEFAULT_MECHANISMS, &credentials);
        let reply = self.bounded(Stage::SignIn, self.timeouts.command, work).await?;
        Ok(Some(words(&reply)))
    }

    async fn hand_over(
        &self,
        to: &mut AsyncSmtpConnection,
        message: &Message,
        recipients: &[&Address],
    ) -> Result<Accepted, Undelivered> {
        let (envelope, bytes) = (message.envelope(), message.formatted());
        let parameters = parameters(to, envelope, &bytes)?;
        let limit = self.timeouts.command;
        let sender = Mail::new(envelope.from().cloned(), parameters);
        self.bounded(Stage::Envelope, limit, to.command(sender)).await?;
        let (taken, left_out) = self.name_recipients(to, message, recipients).await?;
        self.bounded(Stage::Envelope, limit, to.command(Data)).await?;
        let reply = self.bounded(Stage::Message, self.timeouts.message, to.message(&bytes)).await?;
        Ok(Accepted::with(&reply, &taken, &left_out))
    }

    /// Asks for all of them before anything is given up, so that a server which takes nobody at the first time takes all
    /// at the second. Those that it takes, and those that it does not. Copies alone are handed over only where nobody whom
    /// the mail is addressed to is left.
    async fn name_recipients(
        &self,
        to: &mut AsyncSmtpConnection,
        message: &Message,
        recipients: &[&Address],
    ) -> Result<(Vec<Address>, Vec<LeftOut>), Undelivered> {
        let addressed: Vec<Address> =
            message.headers().get::<To>().into_iter().flat_map(Mailboxes::from).map(|mailbox| mailbox.email).collect();
        let are_copies = !recipients.iter().any(|recipient| addressed.contains(recipient));
        let is_meant = |recipient: &Address| are_copies || addressed.contains(recipient);
        let (mut taken, mut left_out) = (Vec::new(), Vec::<LeftOut>::new());
        for recipient in recipients {
            let recipient = Address::clone(recipient);
            let asked = Rcpt::new(recipient.clone(), vec![]);
            match self.bounded(Stage::Envelope, self.timeouts.command, to.command(asked)).await {
                Ok(_) => taken.push(recipient),
                Err(refused) if refused.reason().code().is_some() => left_out.push((recipient, refused)),
                Err(lost) => return Err(lost),
            }
        }
        if !taken.iter().any(is_meant) {
            // If one of them may be taken later, the mail is.
            left_out.retain(|(recipient, _)| is_meant(recipient));
            left_out.sort_by_key(|(_, why)| !why.may_pass());
            if let Some((_, why)) = left_out.into_iter().next() {
                return Err(why);
            }
            return Err(cannot_be_sent("The mail is addressed to nobody."));
        }
        Ok((taken, left_out))
    }

    pub(super) async fn bounded<T>(
        &self,
        stage: Stage,
        limit: Duration,
        work: impl Future<Output = Result<T, smtp::Error>>,
    ) -> Result<T, Undelivered> {
        match timeout(limit, work).await {
            Ok(done) => done.map_err(|error| stage.failed(&self.server.host, &error)),
            Err(_) => Err(self.timed_out(stage, limit)),
        }
    }

    fn timed_out(&self, stage: Stage, limit: Duration) -> Undelivered {
        stage.lost(&self.server.host, &format!("no answer within {} s", limit.as_secs().max(1)))
    }

    /// A server that waits for TLS says nothing until it comes, and neither does one that is down.
    fn silent(&self) -> Undelivered {
        let seconds = self.timeouts.command.as_secs().max(1);
        let cause = "if the port is for TLS from the start (465 as a rule), choose TLS";
        Stage::Connect.lost(&self.server.host, &format!("it did not say anything within {seconds} s; {cause}"))
    }

    fn unreachable(&self, error: &io::Error) -> Undelivered {
        Stage::Connect.lost(&self.server.host, &format!("{error}; check host and port"))
    }
}

/// What must be announced about the message, or why this server cannot take it.
fn parameters(
    connection: &AsyncSmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
) -> Result<Vec<MailParameter>, Undelivered> {
    let mut people = envelope.from().into_iter().chain(envelope.to());
    let ascii = people.all(|address| AsRef::<str>::as_ref(address).is_ascii());
    if ascii && bytes.is_ascii() {
        return Ok(vec![]);
    }
    if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        return Err(cannot_be_sent(
            "The mail server cannot deliver to addresses with letters outside ASCII (it lacks SMTPUTF8); \
             use another address.",
        ));
    }
    Ok(vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)])
}

/// Says goodbye. Whether the mail server answers changes nothing any more.
pub(super) async fn sign_off(mut connection: AsyncSmtpConnection) -> bool {
    matches!(timeout(SIGN_OFF_TIMEOUT, connection.quit()).await, Ok(Ok(_)))
}

//! One connection, from greeting to `QUIT` (RFC 5321, with `AUTH` of RFC 4954).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::fault::{How, When};
use super::inbox::Inbox;

/// The largest message taken, as announced by `SIZE`.
pub(super) const MESSAGE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// RFC 5321 has 512 for a command and 1000 for a line of a message, and 12288 for `AUTH` (RFC 4954); one limit
/// above all three.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// RFC 5321, section 4.5.3.1.8 asks for at least this many.
const RECIPIENTS_MAX: usize = 100;

/// RFC 5321, section 4.5.3.2.7.
const IDLE_MAX: Duration = Duration::from_mins(5);

/// What follows an answer.
enum Next {
    Go,
    End,
}

pub(super) struct Conversation {
    stream: BufReader<TcpStream>,
    inbox: Arc<Inbox>,
    signed_in: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl Conversation {
    pub(super) fn new(stream: TcpStream, inbox: Arc<Inbox>) -> Self {
        let signed_in = inbox.login.is_none();
        Self { stream: BufReader::new(stream), inbox, signed_in, from: None, to: vec![] }
    }

    pub(super) async fn run(mut self) -> io::Result<()> {
        let mut next = match self.fault(When::Connected).await? {
            Some(next) => next,
            None => self.say("220 mailbox.localhost ready").await?,
        };
        while matches!(next, Next::Go) {
            let Some(line) = self.line().await? else { return Ok(()) };
            next = self.obey(&line).await?;
        }
        self.stream.get_mut().shutdown().await
    }

    async fn obey(&mut self, line: &[u8]) -> io::Result<Next> {
        let line = String::from_utf8_lossy(line);
        let (verb, rest) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.ehlo().await,
            "HELO" => self.say("250 mailbox.localhost").await,
            "AUTH" => self.auth(rest).await,
            "MAIL" => self.mail(rest).await,
            "RCPT" => self.rcpt(rest).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.forget();
                self.say("250 2.0.0 Forgotten").await
            }
            "NOOP" => self.say("250 2.0.0 Here").await,
            "VRFY" => self.say("252 2.1.5 Try it").await,
            "QUIT" => {
                self.say("221 2.0.0 Goodbye").await?;
                Ok(Next::End)
            }
            _ => self.say("500 5.5.2 Unknown command").await,
        }
    }

    async fn ehlo(&mut self) -> io::Result<Next> {
        self.forget();
        let login = if self.inbox.login.is_some() { "250-AUTH PLAIN LOGIN\r\n" } else { "" };
        let abilities = format!("250-SIZE {MESSAGE_BYTES_MAX}\r\n250-8BITMIME\r\n{login}250 SMTPUTF8");
        self.say(&format!("250-mailbox.localhost\r\n{abilities}")).await
    }

    async fn auth(&mut self, rest: &str) -> io::Result<Next> {
        let Some(login) = self.inbox.login.clone() else {
            return self.say("502 5.5.1 No login is needed here").await;
        };
        let (mechanism, initial) = rest.split_once(' ').map_or((rest, None), |(name, initial)| (name, Some(initial)));
        let right = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let given = self.challenge(initial, "334 ").await?;
                let expected = format!("\0{}\0{}", login.user, login.password);
                given.is_some_and(|given| given == expected.as_bytes())
            }
            "LOGIN" => {
                let user = self.challenge(initial, "334 VXNlcm5hbWU6").await?;
                let password = self.challenge(None, "334 UGFzc3dvcmQ6").await?;
                user.is_some_and(|given| given == login.user.as_bytes())
                    && password.is_some_and(|given| given == login.password.as_bytes())
            }
            _ => return self.say("504 5.5.4 PLAIN or LOGIN, please").await,
        };
        if let Some(next) = self.fault(When::SignedIn).await? {
            return Ok(next);
        }
        self.signed_in = right;
        self.say(if right { "235 2.7.0 Signed in" } else { "535 5.7.8 User name or password is wrong" }).await
    }

    /// What the other side says to a challenge; nothing if it is not base64.
    async fn challenge(&mut self, given: Option<&str>, question: &str) -> io::Result<Option<Vec<u8>>> {
        let answer = if let Some(given) = given {
            given.as_bytes().to_vec()
        } else {
            self.say(question).await?;
            self.line().await?.unwrap_or_default()
        };
        Ok(BASE64.decode(answer.trim_ascii()).ok())
    }

    async fn mail(&mut self, rest: &str) -> io::Result<Next> {
        if !self.signed_in {
            return self.say("530 5.7.0 Sign in first").await;
        }
        let Some(path) = path(rest, "FROM:") else {
            return self.say("501 5.5.4 MAIL FROM:<address>, please").await;
        };
        self.forget();
        if let Some(next) = self.fault(When::Sender).await? {
            return Ok(next);
        }
        self.from = Some(path);
        self.say("250 2.1.0 Sender noted").await
    }

    async fn rcpt(&mut self, rest: &str) -> io::Result<Next> {
        let path = path(rest, "TO:").filter(|path| !path.is_empty());
        match (&self.from, path) {
            (None, _) => self.say("503 5.5.1 MAIL first").await,
            (Some(_), None) => self.say("501 5.5.4 RCPT TO:<address>, please").await,
            (Some(_), Some(_)) if self.to.len() >= RECIPIENTS_MAX => self.say("452 4.5.3 Too many recipients").await,
            (Some(_), Some(path)) => {
                let when = if self.to.is_empty() { When::Recipient } else { When::Copy };
                if let Some(next) = self.fault(when).await? {
                    return Ok(next);
                }
                self.to.push(path);
                self.say("250 2.1.5 Recipient noted").await
            }
        }
    }

    async fn data(&mut self) -> io::Result<Next> {
        let Some(from) = self.from.clone().filter(|_| !self.to.is_empty()) else {
            return self.say("503 5.5.1 MAIL and RCPT first").await;
        };
        if let Some(next) = self.fault(When::BeforeMessage).await? {
            return Ok(next);
        }
        self.say("354 Go on; end with a dot").await?;
        let Some(raw) = self.message().await? else {
            self.forget();
            return self.say("552 5.3.4 Message too large").await;
        };
        let fault = self.inbox.fault(When::AfterMessage);
        if !matches!(fault, Some(How::Answer(_))) {
            self.inbox.keep(from, std::mem::take(&mut self.to), raw);
        }
        self.forget();
        match fault {
            Some(how) => self.go_wrong(how).await,
            None => self.say("250 2.0.0 Kept").await,
        }
    }

    /// The message up to its final dot; nothing if it is too large (it is read to its end all the same).
    async fn message(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut raw = Vec::new();
        let mut fits = true;
        loop {
            let line = self.line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if line == b".\r\n" {
                return Ok(fits.then_some(raw));
            }
            // RFC 5321, section 4.5.2: a leading dot was doubled on the way.
            let line = line.strip_prefix(b".").unwrap_or(&line);
            fits = fits && raw.len() + line.len() <= MESSAGE_BYTES_MAX;
            if fits {
                raw.extend_from_slice(line);
            }
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// One line with its end; nothing when the other side has closed.
    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let read = timeout(IDLE_MAX, (&mut self.stream).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)).await??;
        match line.last() {
            Some(b'\n') => Ok(Some(line)),
            None => Ok(None),
            Some(_) if u64::try_from(read).is_ok_and(|read| read >= LINE_BYTES_MAX) => {
                self.say("500 5.5.6 Line too long").await?;
                Err(io::ErrorKind::InvalidData.into())
            }
            Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// What went wrong here, if anything was to.
    async fn fault(&mut self, now: When) -> io::Result<Option<Next>> {
        match self.inbox.fault(now) {
            Some(how) => Ok(Some(self.go_wrong(how).await?)),
            None => Ok(None),
        }
    }

    async fn go_wrong(&mut self, how: How) -> io::Result<Next> {
        match how {
            How::Answer(reply) => {
                self.say(reply).await?;
                // RFC 5321, section 3.8: 421 announces that the connection is being closed.
                Ok(if reply.starts_with("421") { Next::End } else { Next::Go })
            }
            How::HangUp => Ok(Next::End),
            How::Stall => {
                tokio::io::copy(&mut self.stream, &mut tokio::io::sink()).await?;
                Ok(Next::End)
            }
        }
    }

    async fn say(&mut self, reply: &str) -> io::Result<Next> {
        self.stream.get_mut().write_all(format!("{reply}\r\n").as_bytes()).await?;
        Ok(Next::Go)
    }
}

/// The address of `FROM:<address> PARAMETERS`; parameters are understood as far as they change nothing.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let (head, tail) = rest.split_at_checked(keyword.len())?;
    let (address, _) = tail.trim_start().strip_prefix('<')?.split_once('>')?;
    head.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}

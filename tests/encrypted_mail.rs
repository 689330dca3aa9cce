//! The way to a mail server that encrypts: from the first byte, by STARTTLS, or not at all rather than in the clear.
//!
//! In front of the mailbox stands somebody who speaks TLS with a certificate made for the test and, behind it, hands
//! everything on. The mailbox asks for a login, so that a mail in it proves that the login went the same way.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quittance::demo::mailbox::{Login, Mailbox};
use quittance::mail::letters::Content;
use quittance::mail::message::{Correspondent, Letter};
use quittance::mail::smtp::{Accepted, Mailer, Security, Server, Undelivered};
use quittance::resolve::Resolver;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const USER: &str = "pat";
const PASSWORD: &str = "correct horse battery staple";
/// The name under which the mail server is configured; resolved without asking anybody.
const HOST: &str = "localhost";
/// Nothing here takes so long, whatever the machine is busy with.
const PATIENCE: Duration = Duration::from_mins(1);

/// What stands in front of the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    /// TLS from the first byte.
    Tls,
    StartTls,
    /// Offers STARTTLS and then refuses it.
    Refuses,
    /// Somebody in between appends an answer of his own to the one that begins encryption.
    Injected,
    /// Offers no encryption at all.
    Plain,
}

/// A mail server, and the certificate that it shows.
struct Post {
    mailbox: Mailbox,
    address: SocketAddr,
    certificate: Vec<u8>,
}

impl Post {
    /// A mail server whose certificate is for `name`.
    async fn open(front: Front, name: &str) -> Self {
        let login = Login { user: USER.to_owned(), password: PASSWORD.to_owned() };
        let mailbox = Mailbox::start_with(SocketAddr::from(([127, 0, 0, 1], 0)), Some(login)).await.unwrap();
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let acceptor = acceptor(made.cert.der().clone(), &made.signing_key);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, behind) = (listener.local_addr().unwrap(), mailbox.address());
        beside(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that hangs up is what some of these tests are about.
                let _ = hand_on(front, stream, &acceptor, behind).await;
            }
        });
        Self { mailbox, address, certificate: made.cert.pem().into_bytes() }
    }

    /// Sends one mail there; `believes` says whether the owner named its certificate as one to be believed.
    async fn deliver(&self, security: Security, believes: bool) -> Result<Accepted, Undelivered> {
        let server = Server {
            security,
            host: HOST.to_owned(),
            port: self.address.port(),
            user: Some(USER.to_owned()),
            password: Some(PASSWORD.to_owned().into()),
            extra_roots: if believes { vec![self.certificate.clone()] } else { Vec::new() },
        };
        let mailer = Mailer::new(server, Resolver::system().unwrap(), "pay.example.com").unwrap();
        tokio::time::timeout(PATIENCE, mailer.deliver(&letter().into_message().unwrap())).await.unwrap()
    }

    /// That a mail waits for better times, none arrived, and why in words that hold `why`.
    async fn refuses(&self, security: Security, believes: bool, why: &str) {
        match self.deliver(security, believes).await {
            Err(Undelivered::Temporary(reason)) => assert!(reason.to_string().contains(why), "{reason}"),
            other => panic!("{other:?}"),
        }
        assert!(self.mailbox.messages().is_empty(), "nothing may leave in the clear");
    }
}

pub fn acceptor(certificate: CertificateDer<'static>, key: &rcgen::KeyPair) -> TlsAcceptor {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key.into()).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn hand_on(
    front: Front,
    mut client: TcpStream,
    acceptor: &TlsAcceptor,
    behind: SocketAddr,
) -> std::io::Result<()> {
    let mut mailbox = TcpStream::connect(behind).await?;
    match front {
        Front::Plain => {
            copy_bidirectional(&mut client, &mut mailbox).await?;
        }
        Front::Tls => {
            copy_bidirectional(&mut acceptor.accept(client).await?, &mut mailbox).await?;
        }
        Front::StartTls | Front::Refuses | Front::Injected => {
            // The mailbox has greeted, which the client must not hear a second time.
            line(&mut mailbox).await?;
            client.write_all(b"220 mail.example ready\r\n").await?;
            assert!(line(&mut client).await?.starts_with("EHLO "));
            client.write_all(b"250-mail.example\r\n250 STARTTLS\r\n").await?;
            assert_eq!(line(&mut client).await?, "STARTTLS\r\n", "nothing is said before it is encrypted");
            match front {
                Front::Refuses => client.write_all(b"454 4.7.0 TLS not available\r\n").await?,
                Front::Injected => client.write_all(b"220 go ahead\r\n250 mail.example\r\n").await?,
                _ => client.write_all(b"220 go ahead\r\n").await?,
            }
            if front == Front::Refuses {
                let said = line(&mut client).await?;
                assert!(said.is_empty() || said.starts_with("QUIT"), "{said}");
                return Ok(());
            }
            copy_bidirectional(&mut acceptor.accept(client).await?, &mut mailbox).await?;
        }
    }
    Ok(())
}

/// One line, read byte by byte, so that nothing behind it is taken.
async fn line(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut line = String::new();
    while !line.ends_with('\n') {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            break;
        }
        line.push(char::from(byte[0]));
    }
    Ok(line)
}

#[expect(clippy::disallowed_methods, reason = "what a test talks to ends with its runtime")]
fn beside(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}

fn letter() -> Letter {
    Letter {
        from: Correspondent::parse("Pat <pat@example.com>").unwrap(),
        to: vec![Correspondent::parse("jane@example.com").unwrap()],
        cc: Vec::new(),
        reply_to: None,
        content: Content {
            subject: "Invoice 2026-0001".into(),
            text: "Grüße\n".into(),
            html: "<p>Grüße</p>".into(),
            automatic: true,
        },
        message_id: "mail_1@pay.example.com".into(),
        date: "2026-11-22T18:00:00Z".parse().unwrap(),
        attachments: Vec::new(),
    }
}

#[tokio::test]
async fn a_mail_leaves_encrypted_from_the_first_byte_or_by_starttls() {
    for (front, security) in [(Front::Tls, Security::Tls), (Front::StartTls, Security::StartTls)] {
        let post = Post::open(front, HOST).await;
        let accepted =
            post.deliver(security, true).await.unwrap_or_else(|error| panic!("{front:?}: {error:?} {error}"));
        assert!(accepted.reply.starts_with("250"), "{}", accepted.reply);
        let messages = post.mailbox.messages();
        assert_eq!((messages.len(), messages[0].subject().as_str()), (1, "Invoice 2026-0001"), "{front:?}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_or_from_nobody_known_is_refused() {
    for (front, security) in [(Front::Tls, Security::Tls), (Front::StartTls, Security::StartTls)] {
        Post::open(front, "mail.example.com").await.refuses(security, true, "not valid for name").await;
        Post::open(front, HOST).await.refuses(security, false, "UnknownIssuer").await;
    }
}

#[tokio::test]
async fn encryption_that_was_asked_for_is_never_given_up() {
    let plain = Post::open(Front::Plain, HOST).await;
    plain.refuses(Security::StartTls, true, "does not offer STARTTLS, so nothing was sent").await;
    plain.refuses(Security::Tls, true, "does not answer in TLS").await;
    let refuses = Post::open(Front::Refuses, HOST).await;
    refuses.refuses(Security::StartTls, true, "refused to encrypt the connection, so nothing was sent").await;
}

#[tokio::test]
async fn an_answer_that_was_slipped_in_before_encryption_is_never_believed() {
    let post = Post::open(Front::Injected, HOST).await;
    post.refuses(Security::StartTls, true, "No secure connection").await;
}

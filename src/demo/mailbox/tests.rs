//! Deliveries through the real SMTP path into the mailbox, and what the mailbox itself must get right.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::conversation::MESSAGE_BYTES_MAX;
use super::inbox::MESSAGES_MAX;
use super::{Fault, How, Login, Mailbox, MailboxError, When};
use crate::mail::letters::Content;
use crate::mail::message::{Attachment, Correspondent, Letter};
use crate::mail::smtp::{Accepted, Mailer, Security, Server, Timeouts, Undelivered};
use crate::resolve::Resolver;

/// Nothing takes so long unless it never happens.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a sender waits who is to wait in vain; long enough for all that comes before that.
const SHORT: Duration = Duration::from_secs(1);
/// The text has what transports trip over: leading dots, a line that is only a dot, bare line feeds, umlauts.
const TEXT: &str = ".\n..\n.hidden\nGrüße ✓\n\n.";

fn letter() -> Letter {
    Letter {
        from: Correspondent::parse("Acme GmbH <billing@acme.example>").unwrap(),
        to: vec![Correspondent::parse("Jane Doe <jane@example.com>").unwrap()],
        cc: vec![Correspondent::parse("books@example.com").unwrap()],
        reply_to: None,
        content: Content {
            subject: "Rechnung 2026-0001 von Müller & Söhne".into(),
            text: TEXT.into(),
            html: "<p>Grüße</p>".into(),
            automatic: true,
        },
        message_id: "mail_1@pay.example.com".into(),
        date: "2026-11-22T18:00:00Z".parse().unwrap(),
        attachments: vec![Attachment {
            file_name: "notes.txt".into(),
            content_type: "text/plain".into(),
            bytes: b"attached".to_vec(),
        }],
    }
}

fn server(port: u16) -> Server {
    Server {
        security: Security::Plain,
        host: "localhost".into(),
        port,
        user: None,
        password: None,
        extra_roots: vec![],
    }
}

fn mailer(server: Server) -> Mailer {
    mailer_with(server, PATIENCE)
}

fn mailer_with(server: Server, patience: Duration) -> Mailer {
    Mailer::new(server, Resolver::system().unwrap(), "pay.example.com").unwrap().with_timeouts(Timeouts {
        connect: PATIENCE,
        command: patience,
        message: patience,
    })
}

async fn deliver(mailer: &Mailer) -> Result<Accepted, Undelivered> {
    mailer.deliver(&letter().into_message().unwrap()).await
}

async fn mailbox() -> (Mailbox, Mailer) {
    let mailbox = Mailbox::start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let mailer = mailer(server(mailbox.address().port()));
    (mailbox, mailer)
}

/// What becomes of a delivery when this goes wrong, how many mails were kept, and the fate of the next delivery.
async fn with_fault(when: When, how: How) -> (Undelivered, usize) {
    let (mailbox, mailer) = mailbox().await;
    // Only who waits in vain is to wait for a short time.
    let hasty = matches!(how, How::Stall).then(|| mailer_with(server(mailbox.address().port()), SHORT));
    mailbox.fail_next(Fault::new(when, how));
    let outcome = deliver(hasty.as_ref().unwrap_or(&mailer)).await.unwrap_err();
    let kept = mailbox.messages().len();
    assert!(deliver(&mailer).await.is_ok(), "a fault happens once");
    (outcome, kept)
}

#[tokio::test]
async fn a_mail_arrives_exactly_as_it_was_written() {
    let (mailbox, mailer) = mailbox().await;
    let accepted = deliver(&mailer).await.unwrap();
    assert_eq!(accepted.reply, "250 2.0.0 Kept");
    mailbox.arrived(1).await;
    let received = mailbox.message(1).unwrap();
    assert_eq!(received.from, "billing@acme.example");
    assert_eq!(received.to, ["jane@example.com", "books@example.com"]);
    assert_eq!(received.subject(), "Rechnung 2026-0001 von Müller & Söhne");
    assert_eq!(received.header("message-id").unwrap(), "<mail_1@pay.example.com>");
    assert_eq!(received.header("Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(received.header("X-Absent"), None);
    assert_eq!(received.text().unwrap().trim_end_matches('\n'), TEXT);
    assert_eq!(received.html().unwrap().trim_end(), "<p>Grüße</p>");
    let sent = letter().into_message().unwrap().formatted();
    assert_eq!(received.raw.strip_suffix(b"\r\n").unwrap(), sent);
}

#[tokio::test]
async fn a_4xx_waits_and_a_5xx_dies_with_the_servers_own_words() {
    let cases = [
        (When::Sender, "451 4.3.0 Try later", false),
        (When::Recipient, "450 4.2.0 Mailbox busy", false),
        (When::Recipient, "550 5.1.1 No such user here", true),
        (When::BeforeMessage, "554 5.5.1 No", true),
        (When::AfterMessage, "451 4.3.1 Disk full", false),
        (When::AfterMessage, "552 5.3.4 Too large", true),
    ];
    for (when, reply, dies) in cases {
        let (outcome, kept) = with_fault(when, How::Answer(reply)).await;
        assert_eq!(outcome.reason().to_string(), reply);
        assert_eq!(matches!(outcome, Undelivered::Permanent(_)), dies, "{reply}");
        assert_eq!(matches!(outcome, Undelivered::Temporary(_)), !dies, "{reply}");
        assert_eq!(kept, 0, "{reply}");
    }
}

#[tokio::test]
async fn a_copy_that_is_refused_keeps_the_mail_from_nobody_else() {
    for refusal in ["550 5.1.1 No such user here", "451 4.7.1 Try later"] {
        let (mailbox, mailer) = mailbox().await;
        mailbox.fail_next(Fault::new(When::Copy, How::Answer(refusal)));
        let accepted = deliver(&mailer).await.unwrap();
        assert_eq!(accepted.reply, format!("250 2.0.0 Kept; no copy to books@example.com: {refusal}"));
        assert_eq!(
            (accepted.others_wait, accepted.taken.as_slice()),
            (refusal.starts_with('4'), &["jane@example.com".to_owned()][..])
        );
        let received = mailbox.messages();
        assert_eq!(received.iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), [["jane@example.com"]]);
    }
}

#[tokio::test]
async fn a_mail_that_reaches_only_a_copy_is_refused() {
    let (mailbox, mailer) = mailbox().await;
    mailbox.fail_next(Fault::new(When::Recipient, How::Answer("550 5.1.1 No such user here")));
    assert!(matches!(deliver(&mailer).await, Err(Undelivered::Permanent(_))));
    assert!(mailbox.messages().is_empty());
}

#[tokio::test]
async fn a_server_that_takes_no_connections_makes_mails_wait() {
    for reply in ["421 4.3.2 Too busy", "554 5.3.2 Not today"] {
        let (outcome, kept) = with_fault(When::Connected, How::Answer(reply)).await;
        assert!(matches!(outcome, Undelivered::Temporary(_)));
        assert!(outcome.to_string().ends_with(reply), "{outcome}");
        assert_eq!(kept, 0);
    }
}

#[tokio::test]
async fn an_answer_lost_after_the_final_dot_is_unknown_and_the_mail_may_well_be_there() {
    for how in [How::HangUp, How::Stall] {
        let (outcome, kept) = with_fault(When::AfterMessage, how).await;
        assert!(matches!(outcome, Undelivered::Unknown(_)), "{outcome}");
        assert_eq!(kept, 1);
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_message_only_waits() {
    for when in [When::Connected, When::Sender, When::Recipient, When::BeforeMessage] {
        for how in [How::HangUp, How::Stall] {
            let start = Instant::now();
            let (outcome, kept) = with_fault(when, how).await;
            assert!(matches!(outcome, Undelivered::Temporary(_)), "{when:?}: {outcome}");
            assert_eq!(kept, 0);
            assert!(start.elapsed() < PATIENCE, "{when:?} took too long");
        }
    }
}

#[tokio::test]
async fn where_nobody_listens_mails_wait() {
    // Taken, so that nobody else gets it, and not listened at.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = taken.local_addr().unwrap().port();
    let outcome = deliver(&mailer(server(port))).await.unwrap_err();
    assert!(matches!(outcome, Undelivered::Temporary(_)));
    assert!(outcome.to_string().starts_with("No connection to localhost: "), "{outcome}");
}

#[tokio::test]
async fn starttls_that_is_not_offered_is_not_done_without() {
    let (mailbox, _) = mailbox().await;
    let mailer = mailer(Server { security: Security::StartTls, ..server(mailbox.address().port()) });
    let outcome = deliver(&mailer).await.unwrap_err();
    assert!(matches!(outcome, Undelivered::Temporary(_)));
    assert!(outcome.to_string().contains("does not offer STARTTLS"), "{outcome}");
    assert!(mailbox.messages().is_empty());
}

#[tokio::test]
async fn tls_at_a_port_without_it_says_what_to_choose_instead() {
    let (mailbox, _) = mailbox().await;
    let mailer = mailer(Server { security: Security::Tls, ..server(mailbox.address().port()) });
    let outcome = deliver(&mailer).await.unwrap_err();
    assert!(matches!(outcome, Undelivered::Temporary(_)));
    assert!(outcome.to_string().contains("choose STARTTLS"), "{outcome}");
}

#[tokio::test]
async fn a_port_that_waits_for_tls_says_what_to_choose_instead() {
    let (mailbox, _) = mailbox().await;
    mailbox.fail_next(Fault::new(When::Connected, How::Stall));
    let server = Server { security: Security::StartTls, ..server(mailbox.address().port()) };
    let outcome = deliver(&mailer_with(server, SHORT)).await.unwrap_err();
    assert!(outcome.to_string().contains("choose TLS"), "{outcome}");
}

#[tokio::test]
async fn plain_smtp_never_leaves_this_machine() {
    let mailer = mailer(Server { host: "192.0.2.1".into(), ..server(25) });
    let outcome = deliver(&mailer).await.unwrap_err();
    assert!(outcome.to_string().starts_with("Mail without encryption is only sent within this machine"), "{outcome}");
}

async fn mailbox_with_login() -> Mailbox {
    let login = Login { user: "jane".into(), password: "hunter2".into() };
    Mailbox::start_with("127.0.0.1:0".parse().unwrap(), Some(login)).await.unwrap()
}

fn with_password(port: u16, password: &str) -> Mailer {
    mailer(Server { user: Some("jane".into()), password: Some(password.to_owned().into()), ..server(port) })
}

#[tokio::test]
async fn a_login_is_given_and_a_wrong_one_makes_mails_wait() {
    let mailbox = mailbox_with_login().await;
    let port = mailbox.address().port();
    assert!(deliver(&with_password(port, "hunter2")).await.is_ok());

    for mailer in [with_password(port, "wrong"), mailer(server(port))] {
        let outcome = deliver(&mailer).await.unwrap_err();
        assert!(matches!(outcome, Undelivered::Temporary(_)));
        assert!(outcome.to_string().starts_with("localhost refused the login."), "{outcome}");
        assert!(!format!("{outcome} {outcome:?}").contains("wrong\""));
    }
    assert_eq!(mailbox.messages().len(), 1);

    mailbox.fail_next(Fault::new(When::SignedIn, How::Answer("454 4.7.0 Try later")));
    let outcome = deliver(&with_password(port, "hunter2")).await.unwrap_err();
    assert!(outcome.to_string().starts_with("localhost could not check the login"), "{outcome}");
}

#[tokio::test]
async fn a_login_where_none_is_offered_makes_mails_wait() {
    let (mailbox, _) = mailbox().await;
    let outcome = deliver(&with_password(mailbox.address().port(), "hunter2")).await.unwrap_err();
    assert!(matches!(outcome, Undelivered::Temporary(_)));
    assert!(outcome.to_string().starts_with("localhost offers no login that fits"), "{outcome}");
}

#[tokio::test]
async fn a_trial_tells_each_step_and_sends_nothing() {
    let mailbox = mailbox_with_login().await;
    let port = mailbox.address().port();
    let trial = with_password(port, "hunter2").try_login().await;
    assert!(trial.passed(), "{trial:?}");
    let steps: Vec<&str> = trial.steps.iter().map(|step| step.what).collect();
    assert_eq!(steps, ["Find the mail server", "Connect", "Encrypt", "Sign in", "Talk", "Sign off"]);
    assert_eq!(trial.steps[3].outcome, Ok("235 2.7.0 Signed in".into()));

    let trial = with_password(port, "wrong").try_login().await;
    assert!(!trial.passed());
    let last = trial.steps.last().unwrap();
    assert_eq!((trial.steps.len(), last.what), (4, "Sign in"));
    assert!(last.outcome.as_ref().unwrap_err().contains("refused the login"));
    assert!(mailbox.messages().is_empty());
}

#[tokio::test]
async fn an_address_outside_ascii_needs_a_server_that_knows_how() {
    let (mailbox, mailer) = mailbox().await;
    let mut letter = letter();
    letter.to[0].email = "jäne@example.com".into();
    mailer.deliver(&letter.into_message().unwrap()).await.unwrap();
    assert_eq!(mailbox.messages()[0].to[0], "jäne@example.com");
}

#[tokio::test]
async fn a_mailbox_that_strangers_could_reach_does_not_start() {
    let refused = Mailbox::start("0.0.0.0:0".parse().unwrap()).await.err();
    assert!(matches!(refused, Some(MailboxError::NotLoopback(_))));
}

/// Sends `lines` at once, as a pipelining client may, and gives back the reply codes.
async fn speak(mailbox: &Mailbox, lines: &str) -> Vec<String> {
    let mut stream = TcpStream::connect(mailbox.address()).await.unwrap();
    stream.write_all(lines.replace('\n', "\r\n").as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    said.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| line[..3].to_owned()).collect()
}

#[tokio::test]
async fn the_mailbox_keeps_the_order_of_smtp() {
    let (mailbox, _) = mailbox().await;
    let cases = [
        ("HELO a\nNOOP\nRSET\nVRFY x\nquit\n", "220 250 250 250 252 221"),
        ("EHLO a\nDATA\nRCPT TO:<a@b>\nMAIL x\nNONSENSE\nAUTH PLAIN\nQUIT\n", "220 250 503 503 501 500 502 221"),
        ("MAIL FROM:<>\nRCPT TO:<>\nRCPT TO:<a@b> X=Y\nRSET\nDATA\nQUIT\n", "220 250 501 250 250 503 221"),
        ("mail from:<a@b> SIZE=3\nrcpt to:<c@d>\ndata\n..\n.\nQUIT\n", "220 250 250 354 250 221"),
    ];
    for (lines, replies) in cases {
        assert_eq!(speak(&mailbox, lines).await.join(" "), replies, "{lines}");
    }
    let received = mailbox.messages();
    assert_eq!((received.len(), received[0].raw.as_slice()), (1, &b".\r\n"[..]));
}

#[tokio::test]
async fn the_mailbox_takes_logins_in_every_usual_form() {
    let mailbox = mailbox_with_login().await;
    let cases = [
        ("AUTH PLAIN AGphbmUAaHVudGVyMg==\nMAIL FROM:<a@b>\nQUIT\n", "220 235 250 221"),
        ("AUTH PLAIN\nAGphbmUAaHVudGVyMg==\nQUIT\n", "220 334 235 221"),
        ("AUTH LOGIN\namFuZQ==\naHVudGVyMg==\nQUIT\n", "220 334 334 235 221"),
        ("AUTH LOGIN amFuZQ==\naHVudGVyMg==\nQUIT\n", "220 334 235 221"),
        ("AUTH LOGIN\namFuZQ==\n*\nMAIL FROM:<a@b>\nQUIT\n", "220 334 334 535 530 221"),
        ("AUTH CRAM-MD5\nMAIL FROM:<a@b>\nQUIT\n", "220 504 530 221"),
    ];
    for (lines, replies) in cases {
        assert_eq!(speak(&mailbox, lines).await.join(" "), replies, "{lines}");
    }
}

#[tokio::test]
async fn the_mailbox_stays_within_its_limits() {
    let (mailbox, _) = mailbox().await;
    let open = "MAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\n";
    let large = format!("{}\n", "x".repeat(10_000)).repeat(MESSAGE_BYTES_MAX / 10_000 + 1);
    let replies = speak(&mailbox, &format!("{open}{large}.\nNOOP\nQUIT\n")).await;
    assert_eq!(replies.join(" "), "220 250 250 354 552 250 221");
    assert!(mailbox.messages().is_empty());

    let many = format!("{open}hello\n.\n").repeat(MESSAGES_MAX + 1);
    speak(&mailbox, &format!("{many}QUIT\n")).await;
    assert_eq!(mailbox.messages().len(), MESSAGES_MAX);
    assert!(mailbox.message(1).is_none() && mailbox.message(2).is_some());
    mailbox.clear();
    assert!(mailbox.messages().is_empty());

    let mut stream = TcpStream::connect(mailbox.address()).await.unwrap();
    stream.write_all("x".repeat(20_000).as_bytes()).await.unwrap();
    let mut said = String::new();
    // The rest of the overlong line is never read, so the close may arrive as a reset.
    let _ = stream.read_to_string(&mut said).await;
    assert!(!said.contains("250"), "{said}");
}

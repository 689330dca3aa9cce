//! How mail leaves. A test that succeeds also puts what was typed in force: the password is never shown again, so it
//! would have to be typed twice otherwise.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::seen::{SEEN, Stored, overtaken};
use super::{Sent, Why, fixed, from_start, origin, text, unreadable};
use crate::app::{MAIL_FROM, SMTP};
use crate::billing::email::check_email;
use crate::config::{Secret, Sender, SmtpAddress, SmtpSecurity};
use crate::mail::letters::Test;
use crate::mail::message::{Correspondent, Letter, message_id};
use crate::mail::smtp::Mailer;
use crate::store::mail_accepted_by;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::views::forms::MailForm;
use crate::web::views::parts::{Choice, Trial};

/// Name in the form, scheme of the address, and what the list says.
const SECURITIES: [(&str, &str, &str); 3] = [
    ("starttls", "smtp", "STARTTLS (usual, port 587)"),
    ("tls", "smtps", "TLS (port 465)"),
    ("none", "smtp+plain", "None (a mail server on this machine)"),
];

/// What stands in the form, the password aside.
#[derive(Clone, Debug, Default)]
struct Typed {
    host: String,
    port: String,
    security: String,
    username: String,
    from: String,
    test_to: String,
}

/// What it means. `None` is no mail server, or nobody to be from.
struct Read {
    address: Option<SmtpAddress>,
    /// The address as it is stored, login included.
    text: Option<String>,
    from: Option<Sender>,
}

/// The form as things are.
pub fn stored(desk: &Desk) -> MailForm {
    let typed = in_force(desk);
    MailForm { seen: typed.fields(desk).written(), ..view(desk, &typed, &Wrong::default(), None) }
}

impl Typed {
    /// What this form can change, the password aside.
    fn fields(&self, desk: &Desk) -> Stored {
        let server =
            [("host", &self.host), ("port", &self.port), ("security", &self.security), ("username", &self.username)];
        let config = &desk.app.config;
        // What the form proposes while there is no mail server is not stored.
        let is_stored = desk.app.connections().post.is_some();
        let server = server.into_iter().filter(|_| is_stored && !config.is_fixed(SMTP));
        let from = [("from", &self.from)].into_iter().filter(|_| !config.is_fixed(MAIL_FROM));
        Stored::of(server.chain(from).map(|(name, value)| (name, value.clone())))
    }
}

fn in_force(desk: &Desk) -> Typed {
    let test_to = desk.me.owner.email.clone();
    let from = sender_in_force(desk).map(|from| from.to_string()).unwrap_or_default();
    let connections = desk.app.connections();
    let Some(post) = &connections.post else {
        let usual = SECURITIES[0].0.to_owned();
        return Typed { port: "587".to_owned(), security: usual, from, test_to, ..Typed::default() };
    };
    let security = match post.address.security {
        SmtpSecurity::StartTls => "starttls",
        SmtpSecurity::Tls => "tls",
        SmtpSecurity::Plain => "none",
    };
    Typed {
        host: post.address.host.to_string(),
        port: post.address.port.to_string(),
        security: security.to_owned(),
        username: post.address.user.clone().unwrap_or_default(),
        from,
        test_to,
    }
}

/// Whom mails are from, even while there is no mail server.
fn sender_in_force(desk: &Desk) -> Option<Sender> {
    let connected = desk.app.connections().post.as_ref().and_then(|post| post.from.clone());
    connected.or_else(|| desk.app.config.mail.from.clone()).or_else(|| {
        let kept = desk.app.store.read(|r| r.secret(&desk.app.vault, MAIL_FROM));
        kept.ok().flatten().and_then(|text| text.parse().ok())
    })
}

/// Whether the form would have mails leave another way than now, or be from somebody else.
pub fn changes_the_way_out(desk: &Desk, form: &Form) -> bool {
    let (typed, now) = (of_form(desk, form), in_force(desk));
    let way =
        |typed: &Typed| [&typed.host, &typed.port, &typed.security, &typed.username, &typed.from].map(Clone::clone);
    let has_password = !desk.app.config.is_fixed(SMTP) && !form.text("password").is_empty();
    has_password || way(&typed) != way(&now)
}

/// Stores the form, or tries what it says.
pub async fn save(desk: &Desk, form: &Form) -> Result<Sent<MailForm>, Error> {
    let present = in_force(desk).fields(desk);
    if let Some((merged, wrong)) = overtaken(desk, &present, form) {
        let view = MailForm { seen: present.written(), ..view(desk, &of_form(desk, &merged), &wrong, None) };
        return Ok(Sent::Again { view, why: Why::Stale });
    }
    Ok(match save_or_try(desk, form).await? {
        // What was put in force by a trial has been seen.
        Sent::Again { view, why } if view.trial.as_ref().is_some_and(|trial| trial.ok) => {
            Sent::Again { view: MailForm { seen: in_force(desk).fields(desk).written(), ..view }, why }
        }
        Sent::Again { view, why } => Sent::Again { view: MailForm { seen: text(form, SEEN), ..view }, why },
        Sent::Saved => Sent::Saved,
    })
}

async fn save_or_try(desk: &Desk, form: &Form) -> Result<Sent<MailForm>, Error> {
    let typed = of_form(desk, form);
    let wrong = contradicts(desk, &typed, form);
    if !wrong.is_empty() {
        return Ok(Sent::Again { view: view(desk, &typed, &wrong, None), why: Why::Wrong });
    }
    let read = match read(desk, &typed, form.get("password").unwrap_or_default()) {
        Ok(read) => read,
        Err(wrong) => return Ok(Sent::Again { view: view(desk, &typed, &wrong, None), why: Why::Wrong }),
    };
    if form.text("do") != "test" {
        keep(desk, read).await?;
        return Ok(Sent::Saved);
    }
    if let Err(wrong) = can_be_tried(&typed, &read) {
        return Ok(Sent::Again { view: view(desk, &typed, &wrong, None), why: Why::Wrong });
    }
    let mut trial = attempt(desk, &typed, &read).await?;
    if trial.ok {
        let changes = !(desk.app.config.is_fixed(SMTP) && desk.app.config.is_fixed(MAIL_FROM));
        keep(desk, read).await?;
        if changes {
            trial.summary.push_str(" These settings are in force now.");
        }
    }
    Ok(Sent::Again { view: view(desk, &typed, &Wrong::default(), Some(trial)), why: Why::Asked })
}

async fn keep(desk: &Desk, read: Read) -> Result<(), Error> {
    let config = &desk.app.config;
    let mut secrets = Vec::new();
    if !config.is_fixed(SMTP) {
        secrets.push((SMTP, read.text));
    }
    if !config.is_fixed(MAIL_FROM) {
        secrets.push((MAIL_FROM, read.from.map(|from| from.to_string())));
    }
    desk.app.keep_secrets(secrets, desk.hand()).await.map_err(from_start)
}

/// What was typed; what the configuration says is not asked for.
fn of_form(desk: &Desk, form: &Form) -> Typed {
    let (config, now) = (&desk.app.config, in_force(desk));
    let from = if config.is_fixed(MAIL_FROM) { now.from.clone() } else { text(form, "from") };
    let test_to = text(form, "test_to");
    if config.is_fixed(SMTP) {
        return Typed { from, test_to, ..now };
    }
    Typed {
        host: text(form, "host"),
        port: text(form, "port"),
        security: text(form, "security"),
        username: text(form, "username"),
        from,
        test_to,
    }
}

/// What was typed against what the configuration says; the form itself does not ask for it.
fn contradicts(desk: &Desk, now: &Typed, form: &Form) -> Wrong {
    let config = &desk.app.config;
    let server = [
        ("host", now.host.as_str()),
        ("port", now.port.as_str()),
        ("security", now.security.as_str()),
        ("username", now.username.as_str()),
        ("password", ""),
    ];
    let mut wrong = Wrong::default();
    for (key, fields) in [(SMTP, &server[..]), (MAIL_FROM, &[("from", now.from.as_str())])] {
        let Some(words) = fixed(config, key) else { continue };
        for (field, present) in fields {
            let given = form.text(field);
            if !given.is_empty() && given != *present {
                wrong.add(*field, &words);
            }
        }
    }
    wrong
}

fn read(desk: &Desk, typed: &Typed, password: &str) -> Result<Read, Wrong> {
    let mut wrong = Wrong::default();
    let from = match typed.from.as_str() {
        "" => None,
        text => text.parse::<Sender>().map_err(|_| wrong.add("from", FROM_WRONG)).ok(),
    };
    if desk.app.config.is_fixed(SMTP) {
        let address = desk.app.config.mail.smtp.clone();
        return if wrong.is_empty() { Ok(Read { address, text: None, from }) } else { Err(wrong) };
    }
    if typed.host.is_empty() {
        return if wrong.is_empty() { Ok(Read { address: None, text: None, from }) } else { Err(wrong) };
    }
    let text = address_text(desk, typed, password, &mut wrong);
    let address = text.as_ref().and_then(|text| text.parse::<SmtpAddress>().ok());
    if address.is_none() && wrong.is_empty() {
        wrong.add("host", "Enter the name of the mail server, such as smtp.example.com.");
    }
    if typed.from.is_empty() {
        wrong.add("from", FROM_WRONG);
    }
    if wrong.is_empty() { Ok(Read { address, text, from }) } else { Err(wrong) }
}

const FROM_WRONG: &str = "Enter the address that mails come from, such as Anna Example <anna@example.com>.";

/// The mail server as one address, login included.
fn address_text(desk: &Desk, typed: &Typed, password: &str, wrong: &mut Wrong) -> Option<String> {
    let scheme = SECURITIES.iter().find(|(name, _, _)| *name == typed.security).map(|(_, scheme, _)| *scheme);
    if scheme.is_none() {
        wrong.add("security", "Choose how the connection is encrypted.");
    }
    let port = typed.port.parse::<u16>().ok().filter(|port| *port > 0);
    if port.is_none() {
        wrong.add("port", "Enter the port as a number, such as 587.");
    }
    let (scheme, port) = (scheme?, port?);
    let place = if typed.host.contains(':') && !typed.host.starts_with('[') {
        format!("[{}]:{port}", typed.host)
    } else {
        format!("{}:{port}", typed.host)
    };
    let somewhere_else = format!("{scheme}://{place}").parse::<SmtpAddress>().is_err();
    if scheme == "smtp+plain" && somewhere_else && format!("smtp://{place}").parse::<SmtpAddress>().is_ok() {
        wrong.add(
            "security",
            "Only a mail server on this machine can be used without encryption. Choose STARTTLS or TLS.",
        );
    }
    let kept = kept_password(desk, &format!("{scheme}://{place}"), &typed.username);
    let login = login(typed, password, kept.as_ref(), wrong)?;
    Some(format!("{scheme}://{login}{place}"))
}

/// The stored password, if it is of this user at this very server, encrypted in this way: it is sent to no other.
fn kept_password(desk: &Desk, server: &str, user: &str) -> Option<Secret> {
    let (stored, typed) = (desk.app.connections().post.as_ref()?.address.clone(), server.parse::<SmtpAddress>().ok()?);
    let is_the_same = (&stored.security, &stored.host, stored.port) == (&typed.security, &typed.host, typed.port);
    stored.password.filter(|_| is_the_same && stored.user.as_deref() == Some(user))
}

/// `user:password@`; nothing without a user. The kept password stays if none was typed.
fn login(typed: &Typed, password: &str, kept: Option<&Secret>, wrong: &mut Wrong) -> Option<String> {
    if typed.username.is_empty() {
        return Some(String::new());
    }
    let password = match (password, kept) {
        ("", Some(kept)) => kept.expose(),
        ("", None) => {
            wrong.add("password", "Enter the password of this user.");
            return None;
        }
        (typed, _) => typed,
    };
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    Some(format!("{}:{}@", encoded(&typed.username), encoded(password)))
}

fn can_be_tried(typed: &Typed, read: &Read) -> Result<(), Wrong> {
    let mut wrong = Wrong::default();
    if read.address.is_none() {
        wrong.add("host", "Enter the mail server first.");
    }
    if read.from.is_none() {
        wrong.add("from", FROM_WRONG);
    }
    if check_email(&typed.test_to).is_err() {
        wrong.add("test_to", "Enter the address that the test mail goes to.");
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Signs in, then sends a real mail; tells what was said.
async fn attempt(desk: &Desk, typed: &Typed, read: &Read) -> Result<Trial, Error> {
    let (Some(address), Some(from)) = (&read.address, &read.from) else { return Ok(Trial::default()) };
    let mailer = desk.app.mailer_of(address).map_err(Error::internal)?;
    let rehearsal = mailer.try_login().await;
    let told = |step: &crate::mail::smtp::Step| match &step.outcome {
        Ok(words) => format!("{}: {words}", step.what),
        Err(words) => format!("{} failed: {words}", step.what),
    };
    let lines: Vec<String> = rehearsal.steps.iter().map(told).collect();
    if !rehearsal.passed() {
        let words = rehearsal.steps.last().and_then(|step| step.outcome.clone().err()).unwrap_or_default();
        return Ok(Trial { ok: false, summary: words, lines });
    }
    deliver(desk, &mailer, typed, from, lines).await
}

async fn deliver(
    desk: &Desk,
    mailer: &Mailer,
    typed: &Typed,
    from: &Sender,
    mut lines: Vec<String>,
) -> Result<Trial, Error> {
    let to = &typed.test_to;
    let message = letter(desk, typed, from)?.into_message().map_err(Error::internal)?;
    let (ok, summary) = match mailer.deliver(&message).await {
        Ok(accepted) => {
            lines.push(format!("Send the mail: {}", accepted.reply));
            note_accepted(desk, mailer).await?;
            (true, format!("The server accepted the mail for {to}."))
        }
        Err(undelivered) => {
            lines.push(format!("Send the mail failed: {undelivered}"));
            (false, format!("The server did not accept the mail for {to}: {undelivered}"))
        }
    };
    Ok(Trial { ok, summary, lines })
}

/// A test mail proves as much as any other.
async fn note_accepted(desk: &Desk, mailer: &Mailer) -> Result<(), Error> {
    let mark = mail_accepted_by(&mailer.place());
    Ok(desk.app.store.write(move |w| w.put_first_mark(&mark)).await?)
}

fn letter(desk: &Desk, typed: &Typed, from: &Sender) -> Result<Letter, Error> {
    let business = &desk.settings.business.name;
    let content = Test {
        business: if business.is_empty() { "Quittance".to_owned() } else { business.clone() },
        server: typed.host.clone(),
        url: desk.app.url("/admin/settings/mail"),
    };
    let unique = format!("test-{}", desk.now.as_millisecond());
    Ok(Letter {
        from: Correspondent { name: from.name().map(str::to_owned), email: from.address().to_owned() },
        to: vec![Correspondent { name: None, email: typed.test_to.clone() }],
        cc: Vec::new(),
        reply_to: None,
        content: content.render().map_err(Error::internal)?,
        message_id: message_id(&unique, &desk.app.config.server.public_url.host().to_string()),
        date: desk.now,
        attachments: Vec::new(),
    })
}

fn view(desk: &Desk, typed: &Typed, wrong: &Wrong, trial: Option<Trial>) -> MailForm {
    let config = &desk.app.config;
    let securities =
        SECURITIES.iter().map(|(name, _, words)| Choice::new(*name, *words, *name == typed.security)).collect();
    let connections = desk.app.connections();
    MailForm {
        seen: String::new(),
        // A store that cannot be read is said by every page.
        lost: unreadable(desk, &[SMTP, MAIL_FROM]).unwrap_or_default(),
        origin: origin(config, SMTP),
        from_origin: origin(config, MAIL_FROM),
        problems: wrong.problems(),
        host: wrong.field("host", typed.host.as_str()),
        port: wrong.field("port", typed.port.as_str()),
        security: wrong.select("security", securities),
        username: wrong.field("username", typed.username.as_str()),
        has_password: connections.post.as_ref().is_some_and(|post| post.address.password.is_some()),
        password_error: wrong.about("password"),
        from: wrong.field("from", typed.from.as_str()),
        test_to: wrong.field("test_to", typed.test_to.as_str()),
        trial,
    }
}

//! A letter becomes a message: headers, a text and an HTML part, attachments, all of it 7-bit and in short lines.
//!
//! The rule it keeps: the same letter gives the same bytes (date and Message-ID are given, boundaries are fixed), so a
//! mail that is sent twice is recognised as one; and no field can bring a header of its own, because a line break in
//! any of them is refused.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::address::{Address, Envelope};
use lettre::message::header::{self, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, Message, MultiPart, SinglePart};

use super::letters::Content;
use crate::billing::email::on_the_wire;

/// To and Cc together: an invoice goes to a handful of people, a list of strangers is a mistake.
pub const RECIPIENTS_MAX: usize = 20;

/// Longer subjects and names are cut by every mail program and are never meant.
pub const HEADER_CHARS_MAX: usize = 300;

/// Mail servers commonly refuse messages above 10 MB, and base64 makes a third more of this.
pub const ATTACHMENT_BYTES_MAX: usize = 7 * 1024 * 1024;

/// `=_` occurs neither in quoted-printable nor in base64, so no part can contain its own boundary.
const BOUNDARY_OUTER: &str = "=_quittance_mixed";
const BOUNDARY_INNER: &str = "=_quittance_alternative";

/// Why a letter can never be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("the {field} of the mail contains a line break or another control character; remove it")]
    ControlCharacter { field: &'static str },
    #[error("the {field} of the mail is longer than {HEADER_CHARS_MAX} characters; shorten it")]
    TooLong { field: &'static str },
    #[error("the {field} is not a mail address; it looks like 'name@example.com'")]
    Address { field: &'static str },
    #[error("the mail has no recipient, or more than {RECIPIENTS_MAX}")]
    Recipients,
    #[error("the Message-ID of the mail is malformed; it looks like 'unique@example.com'")]
    MessageId,
    #[error("the attachments of the mail are larger than {ATTACHMENT_BYTES_MAX} bytes; send a link instead")]
    AttachmentsTooLarge,
    #[error("an attachment of the mail has no usable type; it looks like 'application/pdf'")]
    AttachmentType,
    #[error("the mail could not be put together: {0}")]
    Assembly(String),
}

/// Somebody who writes or receives a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Correspondent {
    pub name: Option<String>,
    pub email: String,
}

impl Correspondent {
    /// Reads `Name <address>`, `"Name" <address>` or a bare address.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let text = text.trim();
        let (name, email) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, email)) => (name.trim(), email.trim()),
            None => ("", text),
        };
        let name = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name).trim();
        let name = if name.is_empty() { None } else { Some(name.to_owned()) };
        let correspondent = Self { name, email: email.to_owned() };
        correspondent.mailbox("mail address")?;
        Ok(correspondent)
    }

    fn mailbox(&self, field: &'static str) -> Result<Mailbox, MessageError> {
        let wrong = MessageError::Address { field };
        let written = on_the_wire(one_line(field, &self.email)?).ok_or_else(|| wrong.clone())?;
        let email: Address = written.parse().map_err(|_| wrong)?;
        let name = match &self.name {
            Some(name) if !name.trim().is_empty() => Some(one_line(field, name)?.trim().to_owned()),
            _ => None,
        };
        Ok(Mailbox::new(name, email))
    }
}

/// A file that travels with a letter.
#[derive(Clone)]
pub struct Attachment {
    pub file_name: String,
    /// A media type, such as `application/pdf`.
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// Everything about one mail, before it is a message.
#[derive(Clone)]
pub struct Letter {
    pub from: Correspondent,
    pub to: Vec<Correspondent>,
    pub cc: Vec<Correspondent>,
    pub reply_to: Option<Correspondent>,
    pub content: Content,
    /// Without angle brackets; the same for every attempt at this mail. [`message_id`] makes one.
    pub message_id: String,
    pub date: Timestamp,
    pub attachments: Vec<Attachment>,
}

/// The Message-ID of the mail that `unique` (an outbox row's id) names, on the server whose public host is `own_host`.
#[must_use]
pub fn message_id(unique: &str, own_host: &str) -> String {
    let plain = |text: &str, fallback: &str| {
        let text: String = text.chars().map(|c| if is_atom(c) || c == '.' { c } else { '-' }).collect();
        let atoms: Vec<&str> = text.split('.').filter(|atom| !atom.is_empty()).collect();
        if atoms.is_empty() { fallback.to_owned() } else { atoms.join(".") }
    };
    format!("{}@{}", plain(unique, "mail"), plain(own_host, "localhost"))
}

impl Letter {
    /// The message, ready for [`super::smtp::Mailer::deliver`].
    pub fn into_message(self) -> Result<Message, MessageError> {
        let from = self.from.mailbox("sender")?;
        let to = mailboxes("recipient", &self.to)?;
        let cc = mailboxes("copy recipient", &self.cc)?;
        let envelope = envelope(&from, &to, &cc)?;

        // Headers are set once and the envelope by hand: the builder's own `to()` reads back what it wrote.
        let mut builder = Message::builder()
            .envelope(envelope)
            .header(header::Date::new(SystemTime::from(self.date)))
            .header(header::From::from(Mailboxes::from(from)))
            .header(header::To::from(Mailboxes::from(to)));
        if !cc.is_empty() {
            builder = builder.header(header::Cc::from(Mailboxes::from(cc)));
        }
        if let Some(reply_to) = &self.reply_to {
            builder = builder.header(header::ReplyTo::from(Mailboxes::from(reply_to.mailbox("reply address")?)));
        }
        builder = builder
            .header(header::Subject::from(one_line("subject", &self.content.subject)?.to_owned()))
            .header(header::MessageId::from(bracketed(&self.message_id)?));
        if self.content.automatic {
            for (name, value) in AUTOMATIC {
                builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()));
            }
        }
        let body = body(self.content, self.attachments)?;
        builder.multipart(body).map_err(|error| MessageError::Assembly(error.to_string()))
    }
}

/// RFC 3834, and Exchange's own word for the same: no out-of-office answers to mails that no person sent.
const AUTOMATIC: [(&str, &str); 2] =
    [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "OOF, AutoReply")];

fn mailboxes(field: &'static str, people: &[Correspondent]) -> Result<Vec<Mailbox>, MessageError> {
    people.iter().map(|person| person.mailbox(field)).collect()
}

fn envelope(from: &Mailbox, to: &[Mailbox], cc: &[Mailbox]) -> Result<Envelope, MessageError> {
    if to.is_empty() || to.len() + cc.len() > RECIPIENTS_MAX {
        return Err(MessageError::Recipients);
    }
    let mut recipients: Vec<Address> = Vec::with_capacity(to.len() + cc.len());
    for mailbox in to.iter().chain(cc) {
        if !recipients.contains(&mailbox.email) {
            recipients.push(mailbox.email.clone());
        }
    }
    Envelope::new(Some(from.email.clone()), recipients).map_err(|_| MessageError::Recipients)
}

fn body(content: Content, attachments: Vec<Attachment>) -> Result<MultiPart, MessageError> {
    let words = MultiPart::alternative()
        .boundary(BOUNDARY_INNER)
        .singlepart(written(ContentType::TEXT_PLAIN, content.text))
        .singlepart(written(ContentType::TEXT_HTML, content.html));
    if attachments.is_empty() {
        return Ok(words);
    }
    if attachments.iter().map(|attachment| attachment.bytes.len()).sum::<usize>() > ATTACHMENT_BYTES_MAX {
        return Err(MessageError::AttachmentsTooLarge);
    }
    let mut whole = MultiPart::mixed().boundary(BOUNDARY_OUTER).multipart(words);
    for attachment in attachments {
        whole = whole.singlepart(attached(attachment)?);
    }
    Ok(whole)
}

/// Always quoted-printable: short lines and ASCII whatever the text, and still readable in a raw message.
fn written(content_type: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(content_type).header(ContentTransferEncoding::QuotedPrintable).body(text)
}

fn attached(attachment: Attachment) -> Result<SinglePart, MessageError> {
    let file_name = one_line("attachment's name", &attachment.file_name)?;
    let content_type = one_line("attachment's type", &attachment.content_type)?;
    let content_type = ContentType::parse(content_type).map_err(|_| MessageError::AttachmentType)?;
    let file = lettre::message::Attachment::new(file_name.to_owned());
    Ok(file.body(attachment.bytes, content_type))
}

fn one_line<'a>(field: &'static str, text: &'a str) -> Result<&'a str, MessageError> {
    if text.chars().any(char::is_control) {
        return Err(MessageError::ControlCharacter { field });
    }
    if text.chars().count() > HEADER_CHARS_MAX {
        return Err(MessageError::TooLong { field });
    }
    Ok(text)
}

fn bracketed(message_id: &str) -> Result<String, MessageError> {
    let is_dotted = |text: &str| text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    match one_line("Message-ID", message_id)?.split_once('@') {
        Some((left, right)) if is_dotted(left) && is_dotted(right) => Ok(format!("<{message_id}>")),
        _ => Err(MessageError::MessageId),
    }
}

/// RFC 5322, section 3.2.3.
fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

    use super::*;

    fn letter() -> Letter {
        Letter {
            from: Correspondent::parse("Acme GmbH <billing@acme.example>").unwrap(),
            to: vec![Correspondent::parse("jane@example.com").unwrap()],
            cc: vec![],
            reply_to: None,
            content: Content {
                subject: "Invoice 2026-0001".into(),
                text: "Hello\n".into(),
                html: "<p>Hello</p>".into(),
                automatic: false,
            },
            message_id: "mail_1@acme.example".into(),
            date: "2026-11-22T18:00:00Z".parse().unwrap(),
            attachments: vec![],
        }
    }

    fn raw(letter: Letter) -> String {
        String::from_utf8(letter.into_message().unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_letter_becomes_exactly_this_message() {
        let expected = "Date: Sun, 22 Nov 2026 18:00:00 +0000\r\n\
            From: \"Acme GmbH\" <billing@acme.example>\r\n\
            To: jane@example.com\r\n\
            Subject: Invoice 2026-0001\r\n\
            Message-ID: <mail_1@acme.example>\r\n\
            MIME-Version: 1.0\r\n\
            Content-Type: multipart/alternative; boundary=\"=_quittance_alternative\"\r\n\
            \r\n\
            --=_quittance_alternative\r\n\
            Content-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\
            \r\n\
            Hello\r\n\r\n\
            --=_quittance_alternative\r\n\
            Content-Type: text/html; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\
            \r\n\
            <p>Hello</p>\r\n\
            --=_quittance_alternative--\r\n";
        assert_eq!(raw(letter()), expected);
    }

    #[test]
    fn names_of_every_kind_survive_the_headers() {
        for name in
            ["Müller & Söhne, Bau (GmbH)", "O'Hara \"Jim\" \\ Co.", "株式会社 請求書", "a.b;c:d@e <f>", "=?utf-8?q?x?="]
        {
            let mut letter = letter();
            letter.from.name = Some(name.into());
            letter.to = vec![
                Correspondent { name: Some(name.into()), email: "one@example.com".into() },
                Correspondent { name: Some(name.into()), email: "two@example.com".into() },
            ];
            letter.cc = vec![Correspondent { name: None, email: "two@example.com".into() }];
            letter.content.subject = format!("Invoice for {name}");
            let message = letter.into_message().unwrap();
            let recipients: Vec<String> = message.envelope().to().iter().map(ToString::to_string).collect();
            assert_eq!(recipients, ["one@example.com", "two@example.com"]);
            let raw = message.formatted();
            let parsed = mailparse::parse_mail(&raw).unwrap();
            let from =
                mailparse::addrparse_header(parsed.headers.iter().find(|header| header.get_key() == "From").unwrap());
            assert_eq!(from.unwrap().extract_single_info().unwrap().addr, "billing@acme.example", "{name}");
        }
    }

    #[test]
    fn a_domain_of_another_script_goes_out_as_every_mail_server_knows_it() {
        let mut letter = letter();
        letter.to = vec![Correspondent { name: Some("Anna".into()), email: "anna@bücher.example".into() }];
        letter.cc = vec![Correspondent { name: None, email: "b@例え.テスト".into() }];
        let message = letter.clone().into_message().unwrap();
        let recipients: Vec<String> = message.envelope().to().iter().map(ToString::to_string).collect();
        assert_eq!(recipients, ["anna@xn--bcher-kva.example", "b@xn--r8jz45g.xn--zckzah"]);
        assert!(raw(letter.clone()).is_ascii());
        letter.to[0].email = format!("a@{}.example", "ü".repeat(63));
        assert_eq!(letter.into_message().err(), Some(MessageError::Address { field: "recipient" }));
    }

    #[test]
    fn a_line_break_is_refused_in_every_field() {
        let evil = "x\r\nBcc: victim@example.com";
        let fields: [fn(&mut Letter, String); 10] = [
            |letter, evil| letter.from.name = Some(evil),
            |letter, evil| letter.from.email = evil,
            |letter, evil| letter.to[0].name = Some(evil),
            |letter, evil| letter.to[0].email = format!("a@example.com{evil}"),
            |letter, evil| letter.cc = vec![Correspondent { name: Some(evil), email: "a@example.com".into() }],
            |letter, evil| letter.reply_to = Some(Correspondent { name: Some(evil), email: "a@example.com".into() }),
            |letter, evil| letter.content.subject = evil,
            |letter, evil| letter.message_id = format!("a@example.com{evil}"),
            |letter, evil| letter.attachments[0].file_name = evil,
            |letter, evil| letter.attachments[0].content_type = format!("application/pdf; name=\"{evil}\""),
        ];
        for (index, spoil) in fields.into_iter().enumerate() {
            for evil in [evil, "x\ny", "x\ry", "x\0y"] {
                let mut letter = letter();
                letter.attachments = vec![pdf()];
                spoil(&mut letter, evil.to_owned());
                let refused = letter.into_message().err();
                assert!(matches!(refused, Some(MessageError::ControlCharacter { .. })), "field {index}: {refused:?}");
            }
        }
    }

    fn pdf() -> Attachment {
        Attachment {
            file_name: "Rechnung Müller 2026-0001.pdf".into(),
            content_type: "application/pdf".into(),
            bytes: vec![0xff; 5000],
        }
    }

    #[test]
    fn attachments_travel_unchanged_and_no_line_is_long() {
        let mut letter = letter();
        letter.content.text = "ä".repeat(5000);
        letter.content.html = "x".repeat(5000);
        letter.content.subject = "ö".repeat(HEADER_CHARS_MAX);
        letter.attachments = vec![pdf()];
        let raw = raw(letter);
        assert!(raw.is_ascii());
        assert!(raw.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
        let parsed = mailparse::parse_mail(raw.as_bytes()).unwrap();
        assert_eq!(parsed.ctype.mimetype, "multipart/mixed");
        let file = &parsed.subparts[1];
        assert_eq!(file.get_body_raw().unwrap(), vec![0xff; 5000]);
        assert_eq!(file.get_content_disposition().params["filename"], "Rechnung Müller 2026-0001.pdf");
        assert_eq!(parsed.subparts[0].subparts[0].get_body().unwrap().trim_end(), "ä".repeat(5000));
    }

    #[test]
    fn automatic_mail_says_so_and_written_mail_does_not() {
        let mut automatic = letter();
        automatic.content.automatic = true;
        assert!(raw(automatic).contains("\r\nAuto-Submitted: auto-generated\r\n"));
        assert!(!raw(letter()).contains("Auto-Submitted"));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        type Spoil = fn(&mut Letter);
        let spoiled: [(Spoil, MessageError); 8] = [
            (|letter| letter.to.clear(), MessageError::Recipients),
            (|letter| letter.to = vec![letter.to[0].clone(); RECIPIENTS_MAX + 1], MessageError::Recipients),
            (|letter| letter.to[0].email = "nobody".into(), MessageError::Address { field: "recipient" }),
            (|letter| letter.content.subject = "x".repeat(301), MessageError::TooLong { field: "subject" }),
            (|letter| letter.message_id = "no-at".into(), MessageError::MessageId),
            (|letter| letter.message_id = "<a@b>".into(), MessageError::MessageId),
            (
                |letter| letter.attachments = vec![Attachment { bytes: vec![0; ATTACHMENT_BYTES_MAX + 1], ..pdf() }],
                MessageError::AttachmentsTooLarge,
            ),
            (
                |letter| letter.attachments = vec![Attachment { content_type: "pdf".into(), ..pdf() }],
                MessageError::AttachmentType,
            ),
        ];
        for (spoil, error) in spoiled {
            let mut letter = letter();
            spoil(&mut letter);
            assert_eq!(letter.into_message().err(), Some(error));
        }
    }

    #[test]
    fn correspondents_are_read_as_people_write_them() {
        let read = |text| Correspondent::parse(text).ok().map(|person| (person.name, person.email));
        let named = |name: &str| Some((Some(name.to_owned()), "a@example.com".to_owned()));
        assert_eq!(read("a@example.com"), Some((None, "a@example.com".into())));
        assert_eq!(read(" <a@example.com> "), Some((None, "a@example.com".into())));
        assert_eq!(read("Müller, Söhne & Co. <a@example.com>"), named("Müller, Söhne & Co."));
        assert_eq!(read("\"Müller, Söhne\" <a@example.com>"), named("Müller, Söhne"));
        for wrong in ["", "Name", "Name <>", "a@", "a@example.com>", "a b@example.com"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_message_id_made_here_is_accepted_here() {
        for (unique, host) in [("mail_01", "pay.example.com"), ("a b<>", "::1"), ("", ""), ("x..y", "127.0.0.1")] {
            let id = message_id(unique, host);
            assert!(bracketed(&id).is_ok(), "{id}");
        }
        assert_eq!(message_id("mail_01", "pay.example.com"), "mail_01@pay.example.com");
    }
}

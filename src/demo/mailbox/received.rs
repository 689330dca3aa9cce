//! A mail as it came in, and how to read it.

use mailparse::{DispositionType, MailHeaderMap, ParsedMail};

/// One mail that the mailbox took.
pub struct Received {
    /// Counts up from 1.
    pub id: u64,
    /// The envelope's sender, which need not be the `From` header.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The message, byte for byte, without the transport's dots.
    pub raw: Vec<u8>,
}

impl Received {
    /// The first header called `name`, decoded.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let (headers, _) = mailparse::parse_headers(&self.raw).ok()?;
        headers.get_first_value(name)
    }

    /// Empty if there is none.
    #[must_use]
    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The first text part, with `\n` line ends.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.part("text/plain")
    }

    /// The first HTML part, with `\n` line ends.
    #[must_use]
    pub fn html(&self) -> Option<String> {
        self.part("text/html")
    }

    fn part(&self, media_type: &str) -> Option<String> {
        let mail = mailparse::parse_mail(&self.raw).ok()?;
        let body = mail.parts().find(|part| is_written(part, media_type))?.get_body().ok()?;
        Some(body.replace("\r\n", "\n"))
    }
}

/// Whether a part is something to read, not a file that happens to be text.
fn is_written(part: &ParsedMail<'_>, media_type: &str) -> bool {
    part.ctype.mimetype == media_type && part.get_content_disposition().disposition != DispositionType::Attachment
}

//! A filing: what the owner tells the bank through Stripe about a dispute. Evidence to be kept as a draft, evidence that
//! is submitted, or that the dispute is accepted.
//!
//! Each is one decision of a person. What is sent is frozen before Stripe is called and sent again unchanged until
//! Stripe has answered, so that nobody needs to do anything twice.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::field::FieldError;
use super::id::{DisputeId, FilingId};

/// All files of one dispute together (docs.stripe.com/disputes/best-practices).
pub const FILES_BYTES_MAX: usize = 4_500_000;
/// Characters of one text, as Stripe takes them.
const LONG_CHARS_MAX: usize = 20_000;
const SHORT_CHARS_MAX: usize = 500;

/// The texts of evidence, by field. Fields without words are absent.
pub type Texts = BTreeMap<TextField, String>;

/// One decision about a dispute, on its way to Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    pub id: FilingId,
    pub dispute: DisputeId,
    pub what: What,
    pub state: State,
    /// What Stripe is asked in the end, frozen once every file has its name at Stripe.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub tries: u32,
    /// How often Stripe answered a fault that it keeps under the key: then another key is needed.
    #[serde(default)]
    pub round: u32,
    pub created_at: Timestamp,
    /// The owner's address.
    pub by: String,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum What {
    Evidence {
        texts: Texts,
        files: Vec<Attached>,
        /// Handed on to the bank, once and for good; else kept at Stripe as a draft.
        submit: bool,
    },
    /// The dispute is lost by the owner's own word.
    Accept,
}

/// A file of a filing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    pub slot: FileField,
    /// As the owner called it, made harmless.
    pub name: String,
    pub kind: FileKind,
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub digest: String,
    /// `file_…` once Stripe has it.
    #[serde(default)]
    pub stripe_file: Option<String>,
}

/// How far it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// On its way; `words` say why it is not there yet, if it was tried.
    Waiting {
        next_try: Timestamp,
        #[serde(default)]
        words: Option<String>,
    },
    Done {
        at: Timestamp,
    },
    /// Stripe refused it, in its words.
    Refused {
        at: Timestamp,
        words: String,
    },
}

/// A text that a bank reads. Named as Stripe names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextField {
    ProductDescription,
    CustomerName,
    CustomerEmailAddress,
    ServiceDate,
    RefundPolicyDisclosure,
    UncategorizedText,
}

/// What a file shows. Named as Stripe names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileField {
    Receipt,
    CustomerCommunication,
    ServiceDocumentation,
    UncategorizedFile,
}

/// What a bank can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Pdf,
    Png,
    Jpeg,
}

impl TextField {
    /// In the order of the form.
    pub const ALL: [Self; 6] = [
        Self::ProductDescription,
        Self::CustomerName,
        Self::CustomerEmailAddress,
        Self::ServiceDate,
        Self::RefundPolicyDisclosure,
        Self::UncategorizedText,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ProductDescription => "product_description",
            Self::CustomerName => "customer_name",
            Self::CustomerEmailAddress => "customer_email_address",
            Self::ServiceDate => "service_date",
            Self::RefundPolicyDisclosure => "refund_policy_disclosure",
            Self::UncategorizedText => "uncategorized_text",
        }
    }

    fn chars_max(self) -> usize {
        match self {
            Self::ProductDescription | Self::RefundPolicyDisclosure | Self::UncategorizedText => LONG_CHARS_MAX,
            Self::CustomerName | Self::CustomerEmailAddress | Self::ServiceDate => SHORT_CHARS_MAX,
        }
    }
}

impl FileField {
    /// In the order of the form.
    pub const ALL: [Self; 4] =
        [Self::Receipt, Self::ServiceDocumentation, Self::CustomerCommunication, Self::UncategorizedFile];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::CustomerCommunication => "customer_communication",
            Self::ServiceDocumentation => "service_documentation",
            Self::UncategorizedFile => "uncategorized_file",
        }
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Receipt => "Receipt or invoice",
            Self::CustomerCommunication => "Letters with the customer",
            Self::ServiceDocumentation => "Proof of delivery or of the work",
            Self::UncategorizedFile => "Anything else",
        }
    }
}

impl FileKind {
    /// The kind of a file by how it begins; its name proves nothing.
    #[must_use]
    pub fn of(content: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], FileKind); 3] =
            [(b"%PDF-", FileKind::Pdf), (b"\x89PNG\r\n\x1a\n", FileKind::Png), (b"\xff\xd8\xff", FileKind::Jpeg)];
        MAGIC.into_iter().find(|(magic, _)| content.starts_with(magic)).map(|(_, kind)| kind)
    }

    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// The texts that have words, and what is wrong with them.
///
/// # Errors
/// One is too long, or has characters that no text has.
pub fn check_texts(texts: Texts) -> Result<Texts, Vec<FieldError>> {
    let mut errors = Vec::new();
    let texts: Texts = texts.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
    for (field, text) in &texts {
        let most = field.chars_max();
        if text.chars().count() > most {
            errors.push(FieldError::new(field.name(), format_args!("Use at most {most} characters.")));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            errors.push(FieldError::new(field.name(), "Leave out characters that cannot be printed."));
        }
    }
    if errors.is_empty() { Ok(texts) } else { Err(errors) }
}

/// A file's name as it may be sent: letters, digits, and the ending that its content has.
#[must_use]
pub fn harmless_name(given: &str, kind: FileKind) -> String {
    const NAME_CHARS_MAX: usize = 60;
    let stem = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let plain: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(NAME_CHARS_MAX).collect();
    let plain = plain.trim_matches('-');
    let stem = if plain.is_empty() { "evidence" } else { plain };
    format!("{stem}.{}", kind.ending())
}

impl Filing {
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// When it is tried again, if it waits.
    #[must_use]
    pub fn next_try(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting { next_try, .. } => Some(next_try),
            State::Done { .. } | State::Refused { .. } => None,
        }
    }

    /// The files, if it has any.
    #[must_use]
    pub fn files(&self) -> &[Attached] {
        match &self.what {
            What::Evidence { files, .. } => files,
            What::Accept => &[],
        }
    }

    /// Whether it ends the matter for the owner: submitted or accepted.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.what, What::Accept | What::Evidence { submit: true, .. })
    }

    /// In words that complete "…": `The evidence`.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self.what {
            What::Evidence { submit: true, .. } => "Your evidence",
            What::Evidence { submit: false, .. } => "Your draft",
            What::Accept => "Your acceptance",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with() {
        for (content, kind) in [
            (&b"%PDF-1.7\n"[..], Some(FileKind::Pdf)),
            (b"\x89PNG\r\n\x1a\nIHDR", Some(FileKind::Png)),
            (b"\xff\xd8\xff\xe0JFIF", Some(FileKind::Jpeg)),
            (b"GIF89a", None),
            (b"<svg onload=alert(1)>", None),
            (b"MZ", None),
            (b"", None),
            (b" %PDF-", None),
        ] {
            assert_eq!(FileKind::of(content), kind, "{content:?}");
        }
    }

    #[test]
    fn a_name_is_made_harmless_and_ends_as_its_content_does() {
        for (given, kind, name) in [
            ("receipt.PDF", FileKind::Pdf, "receipt.pdf"),
            ("C:\\Users\\pat\\scan 1.png", FileKind::Png, "scan-1.png"),
            ("../../etc/passwd", FileKind::Jpeg, "passwd.jpg"),
            ("a\"\r\nContent-Type: x.pdf", FileKind::Pdf, "a---Content-Type--x.pdf"),
            ("发票.png", FileKind::Png, "evidence.png"),
            ("", FileKind::Pdf, "evidence.pdf"),
        ] {
            assert_eq!(harmless_name(given, kind), name);
        }
    }

    #[test]
    fn texts_without_words_are_left_out_and_long_ones_are_named() {
        let texts = Texts::from([
            (TextField::CustomerName, " ".to_owned()),
            (TextField::ProductDescription, "A poster".to_owned()),
        ]);
        assert_eq!(check_texts(texts).map(|texts| texts.len()), Ok(1));
        let long = Texts::from([(TextField::ServiceDate, "x".repeat(SHORT_CHARS_MAX + 1))]);
        assert!(check_texts(long).is_err_and(|errors| errors[0].field == "service_date"));
        let bell = Texts::from([(TextField::UncategorizedText, "\u{7}".to_owned())]);
        assert!(check_texts(bell).is_err());
    }

    #[test]
    fn fields_are_named_in_records_as_stripe_names_them() {
        for field in TextField::ALL {
            assert_eq!(serde_json::json!(field), field.name());
        }
        for field in FileField::ALL {
            assert_eq!(serde_json::json!(field), field.name());
        }
    }
}

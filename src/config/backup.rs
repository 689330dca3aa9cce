//! Where and when backups are made, who can read them, and how many are kept.

use std::fmt;
use std::path::PathBuf;

use jiff::civil::Time;

use super::error::Flaw;
use super::recipient::Recipient;
use super::secret::Secret;
use super::web_origin::WebOrigin;

pub(super) const AT: &str = "a time of day such as 02:30, or off";
pub(super) const KEEP: &str = "how many to keep, such as 7d 5w 12m (days, weeks, months)";
pub(super) const BUCKET: &str = "the name of a bucket: letters, digits, dots, hyphens and underscores";
pub(super) const REGION: &str = "the name of a region such as eu-central-1";
pub(super) const PREFIX: &str = "the beginning of names in the bucket, such as quittance/";
pub(super) const ACCESS_KEY: &str = "the name of an access key, without spaces";
pub(super) const SECRET_KEY: &str = "the secret of the access key";

/// AWS's and others' own name for the region of those that have none.
const REGION_DEFAULT: &str = "us-east-1";
/// A quiet hour, well before the nightly comparison with Stripe.
const AT_DEFAULT: Time = jiff::civil::time(2, 30, 0, 0);
/// More than a year of nights is an archive, and belongs in one.
const KEPT_MAX: usize = 400;
/// Bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;
/// Keys of objects have 1024 bytes at most, our own names 50.
const PREFIX_BYTES_MAX: usize = 512;
const WORD_BYTES_MAX: usize = 256;

#[derive(Clone, Debug)]
pub struct Backup {
    /// When each night's is made, in the business's time zone; `None` turns the schedule off.
    pub at: Option<Time>,
    pub keep: Keep,
    /// A further folder. It must exist: a disk that is not mounted is no place for a backup.
    pub directory: Option<PathBuf>,
    /// Who can read the copies; nobody named, everybody who has one.
    pub recipients: Vec<Recipient>,
    pub s3: Option<ObjectStore>,
}

impl Default for Backup {
    fn default() -> Self {
        Self { at: Some(AT_DEFAULT), keep: Keep::default(), directory: None, recipients: Vec::new(), s3: None }
    }
}

/// How many backups are kept: the latest of each of so many days, weeks and months that have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    pub days: usize,
    pub weeks: usize,
    pub months: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self { days: 7, weeks: 5, months: 12 }
    }
}

/// As it would be written in the configuration.
impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [(self.days, 'd'), (self.weeks, 'w'), (self.months, 'm')];
        let named = counts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}"));
        f.write_str(&named.collect::<Vec<_>>().join(" "))
    }
}

/// A bucket of an S3-compatible store, and the key that opens it.
#[derive(Clone, Debug)]
pub struct ObjectStore {
    pub endpoint: WebOrigin,
    pub region: String,
    pub bucket: String,
    /// Empty, or ends with a slash.
    pub prefix: String,
    pub access_key: String,
    pub secret_key: Secret,
    /// Further roots that its certificate is checked against.
    pub roots_file: Option<PathBuf>,
}

impl ObjectStore {
    pub(super) fn usual_region() -> String {
        REGION_DEFAULT.to_owned()
    }
}

/// Reads `02:30`, or `off`.
pub(super) fn at(text: &str) -> Result<Option<Time>, Flaw> {
    if text == "off" {
        return Ok(None);
    }
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let digits = |part: &str| is_number(part).then(|| part.parse::<i8>().ok()).flatten();
    let time = text.split_once(':').and_then(|(hour, minute)| Time::new(digits(hour)?, digits(minute)?, 0, 0).ok());
    time.map(Some).ok_or_else(|| Flaw::of(AT, text))
}

/// Reads `7d 5w 12m`; what is not named is not kept for.
pub(super) fn keep(text: &str) -> Result<Keep, Flaw> {
    let flaw = || Flaw::of(KEEP, text);
    let (mut keep, mut named) = (Keep { days: 0, weeks: 0, months: 0 }, String::new());
    for word in text.split_whitespace() {
        let unit = word.chars().next_back().ok_or_else(flaw)?;
        let count = word.strip_suffix(unit).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let count = count.and_then(|digits| digits.parse().ok()).filter(|count| *count <= KEPT_MAX).ok_or_else(flaw)?;
        let place = match unit {
            'd' => &mut keep.days,
            'w' => &mut keep.weeks,
            'm' => &mut keep.months,
            _ => return Err(flaw()),
        };
        *place = count;
        if named.contains(unit) {
            return Err(flaw().hint("name each of d, w and m once"));
        }
        named.push(unit);
    }
    if keep.days + keep.weeks + keep.months == 0 { Err(flaw().hint("keep one at least")) } else { Ok(keep) }
}

pub(super) fn bucket(text: &str) -> Result<String, Flaw> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    word(text, BUCKET, |text| BUCKET_CHARS.contains(&text.len()) && text.chars().all(is_plain) && !text.contains(".."))
}

pub(super) fn region(text: &str) -> Result<String, Flaw> {
    word(text, REGION, |text| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

pub(super) fn access_key(text: &str) -> Result<String, Flaw> {
    word(text, ACCESS_KEY, |text| text.chars().all(|c| c.is_ascii_graphic() && c != '/'))
}

fn word(text: &str, must_be: &'static str, fits: impl Fn(&str) -> bool) -> Result<String, Flaw> {
    let is_word = (1..=WORD_BYTES_MAX).contains(&text.len()) && fits(text);
    if is_word { Ok(text.to_owned()) } else { Err(Flaw::of(must_be, text)) }
}

/// A prefix is a folder, whether its slash is written or not: `books` must not take in `bookshop/`.
pub(super) fn prefix(text: &str) -> Result<String, Flaw> {
    let flaw = || Flaw::of(PREFIX, text);
    let bare = text.strip_suffix('/').unwrap_or(text);
    if bare.is_empty() {
        return Ok(String::new());
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_name = |part: &str| !part.is_empty() && part != "." && part != ".." && part.chars().all(is_plain);
    if text.len() > PREFIX_BYTES_MAX || !bare.split('/').all(is_name) {
        return Err(flaw().hint("use letters, digits, dots, hyphens, underscores and single slashes"));
    }
    Ok(format!("{bare}/"))
}

pub(super) fn secret_key(text: &str) -> Result<Secret, Flaw> {
    let flaw = |hint| Flaw::of_secret(SECRET_KEY, hint);
    if text.len() > WORD_BYTES_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(flaw("it has a space, line break or foreign character in it, or is far too long; copy it again"));
    }
    Secret::new(text).ok_or_else(|| flaw("it is empty, remove it if there is none"))
}

#[cfg(test)]
mod tests {
    use super::{Keep, at, bucket, keep, prefix, region};

    #[test]
    fn a_time_of_day_or_off() {
        assert_eq!(at("02:30").unwrap(), Some(jiff::civil::time(2, 30, 0, 0)));
        assert_eq!(at("off"), Ok(None));
        for text in ["", "2:30", "24:00", "02:60", "02:30:00", "-1:00", "nightly", "02.30", "+2:30"] {
            assert!(at(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_kept_is_named_by_unit() {
        assert_eq!(keep("7d 5w 12m"), Ok(Keep::default()));
        assert_eq!(keep("30d"), Ok(Keep { days: 30, weeks: 0, months: 0 }));
        for text in ["", "7", "d", "7d 7d", "0d 0w", "-1d", "+1d", "401d", "7y", "7d,5w", "7 d"] {
            assert!(keep(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_prefix_is_a_folder() {
        for (text, read) in [("", ""), ("/", ""), ("books", "books/"), ("a/b/", "a/b/")] {
            assert_eq!(prefix(text).as_deref(), Ok(read), "{text}");
        }
        for text in ["/a", "a//b", "../a", "a/..", "a b", "a/?x"] {
            assert!(prefix(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_buckets_and_regions_cannot_lead_elsewhere() {
        assert!(bucket("my-backups.2026").is_ok() && region("auto").is_ok());
        for text in ["", "ab", "a/b", "a..b", "..", "a b", "bücket"] {
            assert!(bucket(text).is_err(), "{text}");
        }
        assert!(region("eu central").is_err() && region("").is_err());
    }
}

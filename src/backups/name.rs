//! What a backup's file is called: whose it is, when it was made, and whether it is encrypted.
//!
//! A name is read as strictly as it is written, because what bears one may be deleted: everything else is somebody else's.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

const BEGINNING: &str = "quittance-";
const ENDING: &str = ".backup";
const SEALED: &str = ".age";
/// `20261123T023700Z`: sorts as time does, and needs no quoting anywhere.
const MOMENT: &str = "%Y%m%dT%H%M%SZ";
/// Digits of the appliance's identifier that tell installations apart which share a place.
const APPLIANCE_DIGITS: usize = 8;

/// A name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    appliance: String,
    pub made_at: Timestamp,
    pub is_sealed: bool,
}

impl Name {
    /// The name of what is made now.
    #[must_use]
    pub fn of(appliance: &str, made_at: Timestamp, is_sealed: bool) -> Self {
        let appliance = appliance.chars().take(APPLIANCE_DIGITS).collect();
        let made_at = Timestamp::from_second(made_at.as_second()).unwrap_or(made_at);
        Self { appliance, made_at, is_sealed }
    }

    /// Whether it was made by this installation.
    #[must_use]
    pub fn is_of(&self, appliance: &str) -> bool {
        appliance.starts_with(&self.appliance)
    }

    /// What the names of an installation begin with; of all, without one.
    #[must_use]
    pub fn beginning(appliance: Option<&str>) -> String {
        let digits: String = appliance.unwrap_or_default().chars().take(APPLIANCE_DIGITS).collect();
        format!("{BEGINNING}{digits}")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = self.made_at.to_zoned(TimeZone::UTC).strftime(MOMENT);
        let sealed = if self.is_sealed { SEALED } else { "" };
        write!(f, "{BEGINNING}{}-{moment}{ENDING}{sealed}", self.appliance)
    }
}

/// The text is no name of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoName;

impl FromStr for Name {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        let (bare, is_sealed) = text.strip_suffix(SEALED).map_or((text, false), |bare| (bare, true));
        let inside = bare.strip_prefix(BEGINNING).and_then(|rest| rest.strip_suffix(ENDING)).ok_or(NoName)?;
        let (appliance, moment) = inside.split_once('-').ok_or(NoName)?;
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if appliance.len() != APPLIANCE_DIGITS || !appliance.chars().all(is_hex) {
            return Err(NoName);
        }
        let made_at = jiff::civil::DateTime::strptime(MOMENT, moment).map_err(|_| NoName)?;
        let made_at = made_at.to_zoned(TimeZone::UTC).map_err(|_| NoName)?.timestamp();
        let name = Self { appliance: appliance.to_owned(), made_at, is_sealed };
        // Whatever is written otherwise was not written by us.
        if name.to_string() == text { Ok(name) } else { Err(NoName) }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::Name;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        let made_at = "2026-11-23T02:37:05.9Z".parse().unwrap();
        for (is_sealed, text) in [
            (false, "quittance-0123abcd-20261123T023705Z.backup"),
            (true, "quittance-0123abcd-20261123T023705Z.backup.age"),
        ] {
            let name = Name::of("0123abcdffffffffffffffffffffffff", made_at, is_sealed);
            assert_eq!(name.to_string(), text);
            assert_eq!(text.parse(), Ok(name.clone()));
            assert!(name.is_of("0123abcd00000000") && !name.is_of("1123abcd00000000"));
        }
    }

    #[test]
    fn what_is_not_ours_has_no_name() {
        for text in [
            "",
            "quittance.backup",
            "quittance-0123abcd-20261123T023705Z.backup.bak",
            "quittance-0123abcd-20261123T023705Z.backup.age.age",
            "quittance-0123ABCD-20261123T023705Z.backup",
            "quittance-0123abc-20261123T023705Z.backup",
            "quittance-0123abcd-20261323T023705Z.backup",
            "quittance-0123abcd-2026-11-23.backup",
            "quittance-0123abcd- 20261123T23705Z.backup",
            "Quittance-0123abcd-20261123T023705Z.backup",
            ".quittance-0123abcd-20261123T023705Z.backup",
            "../quittance-0123abcd-20261123T023705Z.backup",
        ] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }
}

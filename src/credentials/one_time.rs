//! Codes of six digits that change every thirty seconds (TOTP, RFC 6238), and recovery codes for whoever lost what shows them.
//!
//! SHA-1, because apps that are told of another hash quietly stay with it. That no code is good twice is for whoever
//! stores which step was used last.

use data_encoding::BASE32_NOPAD;
use jiff::{SignedDuration, Timestamp};
use totp_rs::{Builder, Totp};

/// RFC 4226 recommends 160 bits.
const SECRET_BYTES: usize = 20;
/// How long each code is shown.
pub const STEP: SignedDuration = SignedDuration::from_secs(30);
/// Eighty bits: a digest of them tells nobody anything.
const RECOVERY_BYTES: usize = 10;
/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 10;
const RECOVERY_GROUP: usize = 4;

/// What both an authenticator app and we know.
pub struct OneTime(Totp);

impl OneTime {
    /// A fresh secret in base 32, as apps take it.
    ///
    /// # Errors
    /// The operating system gave no random numbers.
    pub fn new_secret() -> Result<String, getrandom::Error> {
        let mut bytes = [0_u8; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(BASE32_NOPAD.encode(&bytes))
    }

    /// `None` if the text is no secret of ours.
    #[must_use]
    pub fn of(secret: &str) -> Option<Self> {
        let bytes: [u8; SECRET_BYTES] = BASE32_NOPAD.decode(secret.as_bytes()).ok()?.try_into().ok()?;
        Builder::new().with_secret(bytes).with_skew(1).build().ok().map(Self)
    }

    /// The step whose code was typed: the present one, the one before or the one after; `None` for another code. Blanks
    /// in it, as apps show them, do not count.
    #[must_use]
    pub fn step_of(&self, typed: &str, now: Timestamp) -> Option<u64> {
        let code: String = typed.split_whitespace().collect();
        self.0.check(&code, u64::try_from(now.as_second()).ok()?)
    }

    /// The code of a moment.
    #[must_use]
    pub fn code(&self, at: Timestamp) -> String {
        self.0.generate(u64::try_from(at.as_second()).unwrap_or_default()).to_string()
    }
}

/// The address by which an app takes a secret: an account at this business, or at Quittance if it has no name.
#[must_use]
pub fn address(secret: &str, account: &str, business: &str) -> String {
    let part = |text: &str| {
        let plain = text.replace(':', " ");
        percent_encoding::utf8_percent_encode(plain.trim(), percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let issuer = part(if business.trim().is_empty() { "Quittance" } else { business });
    format!("otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}", part(account))
}

/// Fresh recovery codes, to be shown once: `q2ab-…`; store what [`recovery_text`] makes of them as digests.
///
/// # Errors
/// The operating system gave no random numbers.
pub fn new_recovery_codes() -> Result<Vec<String>, getrandom::Error> {
    (0..RECOVERY_CODES).map(|_| new_recovery_code()).collect()
}

fn new_recovery_code() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; RECOVERY_BYTES];
    getrandom::fill(&mut bytes)?;
    let text = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let groups: Vec<&str> = (0..text.len()).step_by(RECOVERY_GROUP).map(|at| &text[at..at + RECOVERY_GROUP]).collect();
    Ok(groups.join("-"))
}

/// A recovery code as it is stored, whichever way it was typed.
#[must_use]
pub fn recovery_text(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).take(2 * RECOVERY_BYTES);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret `12345678901234567890`; six digits are the last six of eight.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        let shown = OneTime::of(SECRET).unwrap();
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(shown.code(at(second)), code);
            assert_eq!(shown.step_of(code, at(second)), u64::try_from(second / 30).ok());
        }
        assert_eq!(shown.step_of(" 081 804 ", at(1_111_111_109)), Some(1_111_111_109 / 30), "as apps write it");
    }

    #[test]
    fn one_step_before_and_after_counts_and_no_more() {
        let (shown, now) = (OneTime::of(SECRET).unwrap(), 1_800_000_000);
        for (off, is_taken) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let step = shown.step_of(&shown.code(at(now + off)), at(now));
            assert_eq!(step, is_taken.then_some(u64::try_from((now + off) / 30).unwrap()), "{off}");
        }
        for wrong in ["", "12345", "1234567", "+12345", "１２３４５６", "abcdef"] {
            assert_eq!(shown.step_of(wrong, at(now)), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_is_told_whose_account_it_is() {
        let secret = OneTime::new_secret().unwrap();
        assert!(OneTime::of(&secret).is_some() && OneTime::of("short").is_none());
        let address = address("ABC", "pat@example.com", "Studio: Söhne & Co");
        assert_eq!(
            address,
            "otpauth://totp/Studio%20%20S%C3%B6hne%20%26%20Co:pat%40example%2Ecom?secret=ABC&\
             issuer=Studio%20%20S%C3%B6hne%20%26%20Co"
        );
    }

    #[test]
    fn a_recovery_code_is_the_same_however_it_is_typed() {
        let codes = new_recovery_codes().unwrap();
        let mut different = codes.clone();
        different.dedup();
        assert_eq!((different.len(), codes[0].len()), (RECOVERY_CODES, 19));
        let text = recovery_text(&codes[0]);
        assert_eq!(text.len(), 16);
        assert_eq!(recovery_text(&format!(" {} ", codes[0].to_uppercase().replace('-', " "))), text);
    }
}

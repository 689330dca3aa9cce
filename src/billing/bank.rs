//! Bank account numbers: IBAN (ISO 13616) and BIC (ISO 9362), checked for what can be checked without asking a bank.

use std::fmt;

use serde::{Deserialize, Serialize};

/// ISO 13616: two letters, two check digits, up to thirty characters.
const IBAN_CHARS_MAX: usize = 34;
/// The shortest in use is Norway's.
const IBAN_CHARS_MIN: usize = 15;
/// ISO 7064 MOD 97-10: a correct number leaves this remainder.
const IBAN_REMAINDER: u32 = 1;

/// An IBAN without spaces, in capitals, with correct length and check digits.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Iban(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    #[error("An IBAN begins with two letters and two digits, such as DE89 3704 0044 0532 0130 00.")]
    Form,
    #[error("An IBAN of this country has {0} characters. Compare it with your bank's papers.")]
    Length(usize),
    #[error("The IBAN's check digits do not fit: there is a typing error in it. Compare it with your bank's papers.")]
    CheckDigits,
}

impl Iban {
    /// Reads an IBAN with or without spaces, in any case.
    pub fn parse(text: &str) -> Result<Self, IbanError> {
        let iban: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let bytes = iban.as_bytes();
        let [c1, c2, d1, d2, account @ ..] = bytes else { return Err(IbanError::Form) };
        let head = [c1, c2].iter().all(|b| b.is_ascii_uppercase()) && [d1, d2].iter().all(|b| b.is_ascii_digit());
        if !head || !account.iter().all(u8::is_ascii_alphanumeric) {
            return Err(IbanError::Form);
        }
        match length_in(iban.get(..2).unwrap_or_default()) {
            Some(length) if bytes.len() != length => return Err(IbanError::Length(length)),
            None if !(IBAN_CHARS_MIN..=IBAN_CHARS_MAX).contains(&bytes.len()) => return Err(IbanError::Form),
            _ => {}
        }
        let rotated = account.iter().chain([c1, c2, d1, d2]);
        if rotated.fold(0, |sum, b| remainder(sum, *b)) != IBAN_REMAINDER {
            return Err(IbanError::CheckDigits);
        }
        Ok(Self(iban))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In groups of four, as printed: `DE89 3704 0044 0532 0130 00`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let mut grouped = String::with_capacity(self.0.len() * 5 / 4);
        for (i, c) in self.0.chars().enumerate() {
            if i > 0 && i.is_multiple_of(4) {
                grouped.push(' ');
            }
            grouped.push(c);
        }
        grouped
    }
}

/// Appends a digit, or a letter as two digits (A is 10), and keeps the remainder of 97.
fn remainder(so_far: u32, b: u8) -> u32 {
    if b.is_ascii_digit() {
        (so_far * 10 + u32::from(b - b'0')) % 97
    } else {
        (so_far * 100 + u32::from(b - b'A') + 10) % 97
    }
}

/// The length that the SWIFT IBAN registry gives for a country; none for countries that joined later.
fn length_in(country: &str) -> Option<usize> {
    Some(match country {
        "NO" => 15,
        "BE" => 16,
        "DK" | "FI" | "FK" | "FO" | "GL" | "NL" | "SD" => 18,
        "MK" | "SI" => 19,
        "AT" | "BA" | "EE" | "KZ" | "LT" | "LU" | "MN" | "XK" => 20,
        "CH" | "HR" | "LI" | "LV" => 21,
        "BG" | "BH" | "CR" | "DE" | "GB" | "GE" | "IE" | "ME" | "RS" | "VA" => 22,
        "AE" | "GI" | "IL" | "IQ" | "OM" | "SO" | "TL" => 23,
        "AD" | "CZ" | "ES" | "MD" | "PK" | "RO" | "SA" | "SE" | "SK" | "TN" | "VG" => 24,
        "LY" | "PT" | "ST" => 25,
        "IS" | "TR" => 26,
        "BI" | "DJ" | "FR" | "GR" | "IT" | "MC" | "MR" | "SM" => 27,
        "AL" | "AZ" | "BY" | "CY" | "DO" | "EG" | "GT" | "HU" | "LB" | "NI" | "PL" | "SV" => 28,
        "BR" | "PS" | "QA" | "UA" => 29,
        "JO" | "KW" | "MU" | "YE" => 30,
        "MT" | "SC" => 31,
        "LC" => 32,
        "RU" => 33,
        _ => return None,
    })
}

/// Account numbers are kept out of logs.
impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iban(…)")
    }
}

impl TryFrom<String> for Iban {
    type Error = IbanError;

    fn try_from(text: String) -> Result<Self, IbanError> {
        Self::parse(&text)
    }
}

impl From<Iban> for String {
    fn from(iban: Iban) -> Self {
        iban.0
    }
}

/// A bank's code in capitals, 8 or 11 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bic(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A BIC has 8 or 11 letters and digits, such as COBADEFFXXX.")]
pub struct BicError;

impl Bic {
    /// Reads a BIC in any case: four letters or digits for the bank, two letters for the country, two for the place
    /// and maybe three for the branch.
    pub fn parse(text: &str) -> Result<Self, BicError> {
        let bic: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let is_country = bic.get(4..6).is_some_and(|country| country.bytes().all(|b| b.is_ascii_uppercase()));
        let is_bic = matches!(bic.len(), 8 | 11) && is_country && bic.bytes().all(|b| b.is_ascii_alphanumeric());
        if is_bic { Ok(Self(bic)) } else { Err(BicError) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Bic {
    type Error = BicError;

    fn try_from(text: String) -> Result<Self, BicError> {
        Self::parse(&text)
    }
}

impl From<Bic> for String {
    fn from(bic: Bic) -> Self {
        bic.0
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Bic, BicError, Iban, IbanError};

    #[test]
    fn published_examples_are_accepted() {
        for text in [
            "DE89 3704 0044 0532 0130 00",
            "GB82 WEST 1234 5698 7654 32",
            "FR14 2004 1010 0505 0001 3M02 606",
            "CH93 0076 2011 6238 5295 7",
            "NO93 8601 1117 947",
            "BE68 5390 0754 7034",
            "NL91 ABNA 0417 1643 00",
            "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
            "de89\u{a0}3704 0044 0532 0130 00",
        ] {
            let iban = Iban::parse(text).unwrap();
            let grouped = iban.grouped();
            assert_eq!(Iban::parse(&grouped), Ok(iban));
            assert_eq!(grouped, text.replace('\u{a0}', " ").to_uppercase());
        }
    }

    #[test]
    fn typing_errors_are_found() {
        let table = [
            ("DE89370400440532013001", IbanError::CheckDigits),
            ("DE98370400440532013000", IbanError::CheckDigits),
            ("DE89370400440532031000", IbanError::CheckDigits),
            ("DE8937040044053201300", IbanError::Length(22)),
            ("DE893704004405320130000", IbanError::Length(22)),
            ("", IbanError::Form),
            ("DE", IbanError::Form),
            ("89DE370400440532013000", IbanError::Form),
            ("DE89-3704-0044-0532-0130-00", IbanError::Form),
            ("DE8937040044053201300Ö", IbanError::Form),
            ("ÄÖ89", IbanError::Form),
            ("ZZ891", IbanError::Form),
        ];
        for (text, expected) in table {
            assert_eq!(Iban::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn an_account_number_is_not_in_debug_output() {
        assert_eq!(format!("{:?}", Iban::parse("BE68539007547034").unwrap()), "Iban(…)");
    }

    #[test]
    fn a_bic_has_eight_or_eleven_characters() {
        assert_eq!(Bic::parse("cobadeff").unwrap().as_str(), "COBADEFF");
        assert_eq!(Bic::parse("COBA DE FF XXX").unwrap().as_str(), "COBADEFFXXX");
        for text in ["", "COBADEF", "COBADEFFX", "COBA12FF", "COBADEFFÜ", "COBADEFF\0XX", "COBADEFFXXXX"] {
            assert_eq!(Bic::parse(text), Err(BicError), "{text}");
        }
    }
}

//! Who sells and who buys: what is on the books about a person or business, and the frozen copy on each of their
//! documents.
//!
//! Every field is text as it was entered, so that a form can show a mistake beside what caused it.
//! [`Party::validate`] says what is wrong, [`Party::tidied`] takes out what only a keyboard put in. What a law or an
//! e-invoice needs beyond that is checked there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::bank::{Bic, Iban};
use super::email::check_email;
use super::field::{FieldError, Findings, Lines};
use super::language::is_language_tag;

const NAME_CHARS_MAX: usize = 200;
/// A line of an address label.
const ADDRESS_CHARS_MAX: usize = 200;
const POSTAL_CODE_CHARS_MAX: usize = 20;
/// Tax numbers and references have about thirty at most (Leitweg-ID: 46).
const REFERENCE_CHARS_MAX: usize = 60;
/// E.164 has 15 digits; people add spaces, brackets and extensions.
const PHONE_CHARS_MAX: usize = 40;
/// Longer addresses are not printed on paper.
const WEBSITE_CHARS_MAX: usize = 200;
/// RFC 5646, 4.4.1: the length that every program must be able to hold.
pub(super) const LANGUAGE_CHARS_MAX: usize = 35;

/// A seller or buyer. Its `Debug` shows nothing but that it is there: people's addresses stay out of logs.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Party {
    /// The only field that must be filled in.
    pub name: String,
    /// The person to write to or ask for.
    pub contact: String,
    pub email: String,
    pub phone: String,
    pub website: String,
    pub address: Address,
    /// A VAT id or the tax office's number.
    pub tax_id: String,
    /// What the buyer wants to find on an invoice: BT-10 of EN 16931, a Leitweg-ID for German authorities.
    pub buyer_reference: String,
    /// Where the party receives e-invoices.
    pub endpoint: Option<Endpoint>,
    /// The language to write in, a BCP 47 tag (`de`, `pt-BR`); empty for the business's own.
    pub language: String,
    /// The account to be paid to.
    pub iban: String,
    pub bic: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub postal_code: String,
    pub state: String,
    /// ISO 3166-1 alpha-2 in capitals; empty if unknown.
    pub country: String,
}

/// An electronic address: BT-34 and BT-49 of EN 16931.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    /// Of the EAS list: four digits (`0204`) or two letters (`EM`).
    pub scheme: String,
    pub id: String,
}

impl Party {
    /// What is wrong, field by field, below `prefix` (`customer`; empty for the bare names).
    #[must_use]
    pub fn validate(&self, prefix: &str) -> Vec<FieldError> {
        let mut found = Findings::under(prefix);
        if self.name.trim().is_empty() {
            found.add("name", "Enter a name.");
        }
        found.text("name", &self.name, NAME_CHARS_MAX, Lines::One);
        found.text("contact", &self.contact, NAME_CHARS_MAX, Lines::One);
        if !self.email.is_empty() {
            found.check("email", check_email(&self.email));
        }
        found.text("phone", &self.phone, PHONE_CHARS_MAX, Lines::One);
        self.check_website(&mut found);
        self.address.check(&mut found);
        found.text("tax_id", &self.tax_id, REFERENCE_CHARS_MAX, Lines::One);
        found.text("buyer_reference", &self.buyer_reference, REFERENCE_CHARS_MAX, Lines::One);
        if let Some(endpoint) = &self.endpoint {
            endpoint.check(&mut found);
        }
        if !self.language.is_empty() && !is_language_tag(&self.language) {
            found.add("language", "Write the language as a short tag, such as en, de or pt-BR.");
        }
        if !self.iban.is_empty() {
            found.check("iban", Iban::parse(&self.iban));
        }
        if !self.bic.is_empty() {
            found.check("bic", Bic::parse(&self.bic));
        }
        found.into_errors()
    }

    /// Only web addresses, because documents make a link of it.
    fn check_website(&self, found: &mut Findings) {
        let host = ["https://", "http://"].iter().find_map(|scheme| self.website.strip_prefix(scheme));
        if !self.website.is_empty() && (host.is_none_or(str::is_empty) || self.website.contains(char::is_whitespace)) {
            found.add("website", "Begin the address with https:// and write it without spaces.");
        }
        found.text("website", &self.website, WEBSITE_CHARS_MAX, Lines::One);
    }

    /// Without spaces around the fields; country, IBAN and BIC in capitals, IBAN and BIC without spaces. An endpoint
    /// without scheme and id is none. What is wrong otherwise stays for [`Self::validate`] to name.
    #[must_use]
    pub fn tidied(self) -> Self {
        let compact = |text: &str| text.split_whitespace().collect::<String>().to_ascii_uppercase();
        let endpoint = self.endpoint.map(|it| Endpoint { scheme: trimmed(&it.scheme), id: trimmed(&it.id) });
        Self {
            name: trimmed(&self.name),
            contact: trimmed(&self.contact),
            email: trimmed(&self.email),
            phone: trimmed(&self.phone),
            website: trimmed(&self.website),
            address: self.address.tidied(),
            tax_id: trimmed(&self.tax_id),
            buyer_reference: trimmed(&self.buyer_reference),
            endpoint: endpoint.filter(|it| *it != Endpoint::default()),
            language: trimmed(&self.language),
            iban: compact(&self.iban),
            bic: compact(&self.bic),
        }
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

/// Countries whose envelopes say `Portland, OR 97201`; elsewhere the post code stands first or the difference is small.
const CITY_FIRST: [&str; 3] = ["US", "CA", "AU"];

impl Address {
    /// As written on an envelope, a line each, without empty ones.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let joined = |parts: &[&str]| parts.join(" ").trim().to_owned();
        let city_first = CITY_FIRST.contains(&self.country.as_str());
        let place = match (city_first, self.city.is_empty()) {
            (true, false) => joined(&[&format!("{},", self.city), &self.state, &self.postal_code]),
            _ => joined(&[&self.postal_code, &self.city]),
        };
        let state = if city_first { String::new() } else { self.state.clone() };
        let lines = [self.line1.clone(), self.line2.clone(), place, state, country_name(&self.country).to_owned()];
        lines.into_iter().filter(|line| !line.is_empty()).collect()
    }

    fn check(&self, found: &mut Findings) {
        for (name, value, chars_max) in [
            ("address.line1", &self.line1, ADDRESS_CHARS_MAX),
            ("address.line2", &self.line2, ADDRESS_CHARS_MAX),
            ("address.city", &self.city, ADDRESS_CHARS_MAX),
            ("address.postal_code", &self.postal_code, POSTAL_CODE_CHARS_MAX),
            ("address.state", &self.state, ADDRESS_CHARS_MAX),
        ] {
            found.text(name, value, chars_max, Lines::One);
        }
        if !self.country.is_empty() && !is_country(&self.country) {
            found.add("address.country", "Write the country as its two-letter code, such as DE, FR or US.");
        }
    }

    fn tidied(self) -> Self {
        Self {
            line1: trimmed(&self.line1),
            line2: trimmed(&self.line2),
            city: trimmed(&self.city),
            postal_code: trimmed(&self.postal_code),
            state: trimmed(&self.state),
            country: trimmed(&self.country).to_ascii_uppercase(),
        }
    }
}

impl Endpoint {
    fn check(&self, found: &mut Findings) {
        let is_four_digits = self.scheme.len() == 4 && self.scheme.bytes().all(|b| b.is_ascii_digit());
        let is_two_letters = self.scheme.len() == 2 && self.scheme.bytes().all(|b| b.is_ascii_uppercase());
        if !is_four_digits && !is_two_letters {
            found.add("endpoint.scheme", "Enter the scheme as four digits or two capitals, such as 0204 or EM.");
        }
        if self.id.is_empty() || self.id.contains(char::is_whitespace) {
            found.add("endpoint.id", "Enter the electronic address without spaces.");
        }
        found.text("endpoint.id", &self.id, REFERENCE_CHARS_MAX, Lines::One);
    }
}

/// The English name of a country; the code itself if it has none here.
fn country_name(code: &str) -> &str {
    iso_currency::Country::from_str(code).map_or(code, |country| country.name())
}

/// Codes of ISO 3166-1, and `XK`, which the European Union and banks use for Kosovo.
fn is_country(code: &str) -> bool {
    code == "XK" || (code.bytes().all(|b| b.is_ascii_uppercase()) && iso_currency::Country::from_str(code).is_ok())
}

/// Every country that an address can be in, as code and English name, by name; for a list to choose from.
#[must_use]
pub fn countries() -> Vec<(String, &'static str)> {
    let codes = ('A'..='Z').flat_map(|first| ('A'..='Z').map(move |second| format!("{first}{second}")));
    let known = codes.filter_map(|code| iso_currency::Country::from_str(&code).ok().map(|known| (code, known.name())));
    let mut all: Vec<_> = known.chain([("XK".to_owned(), "Kosovo")]).collect();
    all.sort_unstable_by_key(|(_, name)| *name);
    all
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Party(…)")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint(…)")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Address, Endpoint, Party};

    fn acme() -> Party {
        Party {
            name: "Acme GmbH".to_owned(),
            contact: "Anna Muster".to_owned(),
            email: "anna@example.com".to_owned(),
            phone: "+49 (30) 123-45".to_owned(),
            website: "https://example.com".to_owned(),
            address: Address {
                line1: "Hauptstraße 1".to_owned(),
                city: "Berlin".to_owned(),
                postal_code: "10115".to_owned(),
                country: "DE".to_owned(),
                ..Address::default()
            },
            tax_id: "DE123456789".to_owned(),
            buyer_reference: "04011000-12345-34".to_owned(),
            endpoint: Some(Endpoint { scheme: "0204".to_owned(), id: "04011000-12345-34".to_owned() }),
            language: "de-AT".to_owned(),
            iban: "DE89370400440532013000".to_owned(),
            bic: "COBADEFFXXX".to_owned(),
        }
    }

    #[test]
    fn an_envelope_is_addressed_as_the_country_does() {
        assert_eq!(acme().address.lines(), ["Hauptstraße 1", "10115 Berlin", "Germany"]);
        let portland = Address {
            line1: "1 Main St".to_owned(),
            city: "Portland".to_owned(),
            postal_code: "97201".to_owned(),
            state: "OR".to_owned(),
            country: "US".to_owned(),
            ..Address::default()
        };
        let lines = portland.lines();
        assert_eq!(lines[..2], ["1 Main St", "Portland, OR 97201"]);
        let nowhere = Address { state: "OR".to_owned(), country: "XK".to_owned(), ..Address::default() };
        assert_eq!(nowhere.lines(), ["OR", "XK"]);
        assert!(Address::default().lines().is_empty());
    }

    #[test]
    fn a_name_is_all_that_is_needed() {
        assert_eq!(acme().validate(""), []);
        assert_eq!(Party { name: "Bo".to_owned(), ..Party::default() }.validate(""), []);
        let fields: Vec<_> = Party::default().validate("customer").into_iter().map(|e| (e.field, e.detail)).collect();
        assert_eq!(fields, [("customer.name".to_owned(), "Enter a name.".to_owned())]);
    }

    #[test]
    fn each_wrong_field_is_named() {
        let endpoint = |scheme: &str, id: &str| Some(Endpoint { scheme: scheme.to_owned(), id: id.to_owned() });
        let in_country = |country: &str| Address { country: country.to_owned(), ..Address::default() };
        let table = [
            ("name", Party { name: "  ".to_owned(), ..acme() }),
            ("name", Party { name: "x".repeat(201), ..acme() }),
            ("name", Party { name: "Acme\r\nBcc: x@example.com".to_owned(), ..acme() }),
            ("email", Party { email: "anna".to_owned(), ..acme() }),
            ("email", Party { email: "a@example.com\nBcc: b@example.com".to_owned(), ..acme() }),
            ("phone", Party { phone: "1".repeat(41), ..acme() }),
            ("website", Party { website: "javascript:alert(1)".to_owned(), ..acme() }),
            ("website", Party { website: "https://".to_owned(), ..acme() }),
            ("website", Party { website: "https://a b".to_owned(), ..acme() }),
            ("address.line1", Party { address: Address { line1: "a\nb".to_owned(), ..Address::default() }, ..acme() }),
            ("address.country", Party { address: in_country("de"), ..acme() }),
            ("address.country", Party { address: in_country("XX"), ..acme() }),
            ("address.country", Party { address: in_country("Germany"), ..acme() }),
            ("endpoint.scheme", Party { endpoint: endpoint("204", "1"), ..acme() }),
            ("endpoint.scheme", Party { endpoint: endpoint("", "1"), ..acme() }),
            ("endpoint.id", Party { endpoint: endpoint("EM", ""), ..acme() }),
            ("endpoint.id", Party { endpoint: endpoint("EM", "a b"), ..acme() }),
            ("language", Party { language: "german".to_owned(), ..acme() }),
            ("language", Party { language: "de_DE".to_owned(), ..acme() }),
            ("language", Party { language: "de-".to_owned(), ..acme() }),
            ("iban", Party { iban: "DE00".to_owned(), ..acme() }),
            ("bic", Party { bic: "COBA".to_owned(), ..acme() }),
        ];
        for (expected, party) in table {
            let fields: Vec<String> = party.validate("").into_iter().map(|error| error.field).collect();
            assert_eq!(fields, [expected]);
        }
        for country in ["US", "GB", "XK", ""] {
            assert_eq!(Party { address: in_country(country), ..acme() }.validate(""), [], "{country}");
        }
    }

    #[test]
    fn what_a_keyboard_put_in_is_tidied() {
        let typed = Party {
            name: " Acme GmbH ".to_owned(),
            email: "anna@example.com ".to_owned(),
            address: Address { country: " de".to_owned(), ..acme().address },
            iban: "de89 3704 0044 0532 0130 00".to_owned(),
            bic: "cobadeff xxx".to_owned(),
            ..acme()
        };
        assert!(typed.tidied() == acme());
        let empty = Party { endpoint: Some(Endpoint { scheme: " ".to_owned(), id: String::new() }), ..acme() };
        assert!(empty.tidied().endpoint.is_none());
    }

    #[test]
    fn stored_parties_grow_and_debug_output_shows_nobody() {
        let stored: Party = serde_json::from_str(r#"{"name":"Bo","address":{"city":"Oslo"},"added_later":1}"#).unwrap();
        assert_eq!((stored.name.as_str(), stored.address.city.as_str()), ("Bo", "Oslo"));
        assert_eq!(format!("{:?} {:?}", acme(), acme().endpoint), "Party(…) Some(Endpoint(…))");
    }
}

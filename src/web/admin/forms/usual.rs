//! What most businesses of a country choose, so that a first run needs few keystrokes. Everything can be changed.

/// A country's habits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    pub country: &'static str,
    pub currency: &'static str,
    pub time_zone: &'static str,
    pub language: &'static str,
    /// The standard rate of value added tax, percent; empty where there is none for the whole country.
    pub tax: &'static str,
}

/// Standard rates: "VAT rules and rates" of the European Commission, and the tax offices of the other countries.
const COUNTRIES: [Usual; 22] = [
    of("AT", "EUR", "Europe/Vienna", "de", "20"),
    of("AU", "AUD", "Australia/Sydney", "en", "10"),
    of("BE", "EUR", "Europe/Brussels", "nl", "21"),
    of("CA", "CAD", "America/Toronto", "en", ""),
    of("CH", "CHF", "Europe/Zurich", "de-CH", "8.1"),
    of("CZ", "CZK", "Europe/Prague", "cs", "21"),
    of("DE", "EUR", "Europe/Berlin", "de", "19"),
    of("DK", "DKK", "Europe/Copenhagen", "da", "25"),
    of("ES", "EUR", "Europe/Madrid", "es", "21"),
    of("FI", "EUR", "Europe/Helsinki", "fi", "25.5"),
    of("FR", "EUR", "Europe/Paris", "fr", "20"),
    of("GB", "GBP", "Europe/London", "en", "20"),
    of("IE", "EUR", "Europe/Dublin", "en", "23"),
    of("IT", "EUR", "Europe/Rome", "it", "22"),
    of("LU", "EUR", "Europe/Luxembourg", "fr", "17"),
    of("NL", "EUR", "Europe/Amsterdam", "nl", "21"),
    of("NO", "NOK", "Europe/Oslo", "nb", "25"),
    of("NZ", "NZD", "Pacific/Auckland", "en", "15"),
    of("PL", "PLN", "Europe/Warsaw", "pl", "23"),
    of("PT", "EUR", "Europe/Lisbon", "pt", "23"),
    of("SE", "SEK", "Europe/Stockholm", "sv", "25"),
    of("US", "USD", "America/New_York", "en", ""),
];

const fn of(
    country: &'static str,
    currency: &'static str,
    time_zone: &'static str,
    language: &'static str,
    tax: &'static str,
) -> Usual {
    Usual { country, currency, time_zone, language, tax }
}

/// The habits of a country, if they are known.
pub fn in_country(code: &str) -> Option<Usual> {
    COUNTRIES.into_iter().find(|usual| usual.country == code)
}

/// The country that a browser speaks of (`de-AT,de;q=0.9`): by region, else the one that its language is at home in.
/// American English says nothing: browsers all over the world are delivered with it.
pub fn of_browser(accept_language: &str) -> Option<Usual> {
    let first = accept_language.split([',', ';']).next().unwrap_or_default().trim();
    if first.eq_ignore_ascii_case("en-US") {
        return None;
    }
    let mut subtags = first.split('-');
    let language = subtags.next().unwrap_or_default().to_ascii_lowercase();
    match subtags.find(|subtag| subtag.len() == 2) {
        Some(region) => in_country(&region.to_ascii_uppercase()),
        // English alone says nothing of a country.
        None if language == "en" => None,
        None => in_country(&language.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::currency::Currency;
    use crate::billing::quantity::TaxRate;

    #[test]
    fn a_browser_tells_its_country_or_nothing() {
        for (header, expected) in [
            ("de-AT,de;q=0.9,en;q=0.8", Some("AT")),
            ("de", Some("DE")),
            ("en-GB", Some("GB")),
            ("en", None),
            ("en-US,en;q=0.9", None),
            ("zh-Hant-TW", None),
            ("", None),
        ] {
            assert_eq!(of_browser(header).map(|usual| usual.country), expected, "{header}");
        }
    }

    #[test]
    fn every_habit_can_be_kept() {
        for usual in COUNTRIES {
            assert!(Currency::parse(usual.currency).is_ok(), "{usual:?}");
            assert!(jiff::tz::TimeZone::get(usual.time_zone).is_ok(), "{usual:?}");
            assert!(usual.tax.is_empty() || TaxRate::parse(usual.tax).is_ok(), "{usual:?}");
        }
    }
}

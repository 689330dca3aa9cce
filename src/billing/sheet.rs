//! Cells of a table that a spreadsheet opens.
//!
//! A spreadsheet runs text that begins with `=`, `+`, `-` or `@` as a formula (OWASP "CSV Injection"): such text gets an
//! apostrophe in front, which spreadsheets read as "this is text". Numbers are written as numbers.

use super::currency::Currency;
use super::money::Money;

/// A cell of text that no spreadsheet runs.
#[must_use]
pub fn text(words: &str) -> String {
    let dangerous = words.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
    if dangerous { format!("'{words}") } else { words.to_owned() }
}

/// An amount in major units with a point.
#[must_use]
pub fn decimal(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).map(Money::to_decimal_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Currency, decimal, text};

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_numbers() {
        for (given, written) in [
            ("=HYPERLINK(\"http://evil\")", "'=HYPERLINK(\"http://evil\")"),
            ("+49 40 1234", "'+49 40 1234"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("Acme = good", "Acme = good"),
            ("", ""),
        ] {
            assert_eq!(text(given), written);
        }
        assert_eq!(decimal(-12_345, Currency::EUR), "-123.45");
        assert_eq!(decimal(500, Currency::JPY), "500");
    }
}

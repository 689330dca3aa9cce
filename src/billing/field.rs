//! What is wrong with one field, in words for the person or program that filled it in.
//!
//! Forms and the API show the same findings, so a field is named by its path in the JSON
//! (`lines[0].quantity`) and the detail is a whole sentence that says what would be right.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One finding: which field, and what would put it right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct FieldError {
    pub field: String,
    pub detail: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, detail: impl fmt::Display) -> Self {
        Self { field: field.into(), detail: detail.to_string() }
    }
}

/// Gathers what is wrong below one path, so that a person sees every mistake of a form at once.
#[derive(Debug)]
pub struct Findings {
    prefix: String,
    errors: Vec<FieldError>,
}

/// Whether a text may run over several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    One,
    Many,
}

impl Findings {
    /// Names fields `prefix.name`, or `name` alone when the prefix is empty.
    #[must_use]
    pub fn under(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), errors: Vec::new() }
    }

    pub fn add(&mut self, name: &str, detail: impl fmt::Display) {
        let field = if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) };
        self.errors.push(FieldError::new(field, detail));
    }

    /// Adds the refusal, if there is one.
    pub fn check<T, E: fmt::Display>(&mut self, name: &str, result: Result<T, E>) {
        if let Err(error) = result {
            self.add(name, error);
        }
    }

    /// A free text of at most `chars_max` characters. Control characters are refused because they
    /// can end a mail header or a payment record early, and those that turn the direction of writing because they can
    /// make one name look like another; a text of many lines may hold line breaks and tabs.
    pub fn text(&mut self, name: &str, value: &str, chars_max: usize, lines: Lines) {
        if value.chars().nth(chars_max).is_some() {
            self.add(name, format_args!("Use at most {chars_max} characters."));
        }
        let allowed = |c: char| lines == Lines::Many && matches!(c, '\n' | '\r' | '\t');
        if value.chars().any(|c| (c.is_control() || turns_text(c)) && !allowed(c)) {
            self.add(name, "Remove line breaks and other invisible control characters.");
        }
    }

    #[must_use]
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }
}

/// Embeddings, overrides and isolates of the bidirectional algorithm (UAX #9). Right-to-left letters need none of them.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{FieldError, Findings, Lines};

    fn findings(value: &str, lines: Lines) -> usize {
        let mut found = Findings::under("");
        found.text("name", value, 5, lines);
        found.into_errors().len()
    }

    #[test]
    fn a_field_is_named_by_its_path() {
        let mut found = Findings::under("customer.address");
        found.add("country", "Enter a country.");
        let expected = FieldError::new("customer.address.country", "Enter a country.");
        assert_eq!(expected.to_string(), "customer.address.country: Enter a country.");
        assert_eq!(found.into_errors(), [expected]);
    }

    #[test]
    fn texts_are_counted_in_characters_and_hold_no_control_characters() {
        assert_eq!(findings("äöüßé", Lines::One), 0);
        assert_eq!(findings("äöüßéx", Lines::One), 1);
        assert_eq!(findings("a\r\nb", Lines::One), 1);
        assert_eq!(findings("a\r\nb", Lines::Many), 0);
        assert_eq!(findings("a\0b", Lines::Many), 1);
        for turning in ['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'] {
            assert_eq!(findings(&format!("a{turning}b"), Lines::Many), 1, "{turning:?}");
        }
        assert_eq!(findings("שלום", Lines::One), 0, "letters that run the other way are welcome");
    }
}

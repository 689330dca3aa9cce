//! JSON bodies into types of ours, and what is wrong with them field by field.
//!
//! A path reads as the caller would write it: `lines[0].quantity`. Types say `deny_unknown_fields`, so that a misspelt
//! field is an error and not a silence. A name that an object has twice is an error too: which of the two was meant is
//! not for us to say.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::{Error, FieldError};

/// Reads `bytes` as a `T`, or says which field is wrong and why.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let Distinct = read(bytes)?;
    read(bytes)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut input).map_err(|error| refusal(&error))?;
    input.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// Any JSON in which no object has a name twice.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = object.next_key::<String>()? {
            let Self = object.next_value()?;
            if let Some(again) = names.replace(name) {
                return Err(A::Error::custom(format_args!("duplicate field `{again}`")));
            }
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
}

fn refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    if !error.inner().is_data() {
        return not_json(error.inner());
    }
    let path = error.path().to_string();
    let path = if path == "." { String::new() } else { path };
    Error::Invalid(vec![named(path, &without_place(error.inner()))])
}

/// serde names a missing or unknown field only in its message; here it becomes part of the path.
fn named(path: String, message: &str) -> FieldError {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let (field, detail) = if message.starts_with("missing field `") {
        (joined(path, quoted), "is required".to_owned())
    } else if message.starts_with("unknown field `") {
        let known = message.split_once("`, ").map_or("", |(_, rest)| rest);
        let detail = if known.is_empty() { "is not known".to_owned() } else { format!("is not known, {known}") };
        (joined(path, quoted), detail)
    } else if message.starts_with("duplicate field `") {
        (joined(path, quoted), "is given twice".to_owned())
    } else {
        (path, message.to_owned())
    };
    FieldError { field, detail }
}

fn joined(path: String, field: &str) -> String {
    let ends_with_it = path.strip_suffix(field).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    match path.as_str() {
        "" => field.to_owned(),
        _ if ends_with_it => path,
        _ => format!("{path}.{field}"),
    }
}

/// The message without ` at line 1 column 9`, which says nothing about a body that a program wrote.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rsplit_once(" at line ") {
        Some((bare, _)) => bare.to_owned(),
        None => message,
    }
}

fn not_json(error: &serde_json::Error) -> Error {
    Error::BadRequest(format!("The body is not JSON: {error}."))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Error, parse};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Invoice {
        customer: String,
        #[serde(default)]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        quantity: String,
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        for (body, field, detail) in [
            ("{}", "customer", "is required"),
            (r#"{"customer": 3}"#, "customer", "invalid type: integer `3`, expected a string"),
            (r#"{"customer": "c", "custmer": 3}"#, "custmer", "is not known, expected `customer` or `lines`"),
            (r#"{"customer": "c", "customer": "d"}"#, "customer", "is given twice"),
            (r#"{"customer": "c", "lines": [{"quantity": "1"}, {}]}"#, "lines[1].quantity", "is required"),
            (r#"{"customer": "c", "lines": [{"qty": "1"}]}"#, "lines[0].qty", "is not known, expected `quantity`"),
            (
                r#"{"customer": "c", "lines": [{"quantity": 1.5}]}"#,
                "lines[0].quantity",
                "invalid type: floating point `1.5`, expected a string",
            ),
            (r#"{"customer": "c", "lines": {}}"#, "lines", "invalid type: map, expected a sequence"),
        ] {
            match parse::<Invoice>(body.as_bytes()) {
                Err(Error::Invalid(errors)) => {
                    let found: Vec<_> = errors.iter().map(|error| (&*error.field, &*error.detail)).collect();
                    assert_eq!(found, [(field, detail)], "{body}");
                }
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_wherever_it_stands() {
        for (body, field) in [
            (r#"{"a": 1, "a": 2}"#, "a"),
            (r#"{"a": 1, "b": null, "\u0061": 1}"#, "a"),
            (r#"{"lines": [{"n": 1}, {"n": 1, "n": 1}]}"#, "lines[1].n"),
            (r#"{"address": {"city": "a", "line1": true, "city": 1.5}}"#, "address.city"),
        ] {
            match parse::<serde_json::Value>(body.as_bytes()) {
                Err(Error::Invalid(errors)) => {
                    assert_eq!((&*errors[0].field, &*errors[0].detail), (field, "is given twice"), "{body}");
                }
                other => panic!("{body}: {other:?}"),
            }
        }
        assert!(parse::<serde_json::Value>(br#"[{"a": {"a": -1}}, {"a": [1e3, "a", "a"]}]"#).is_ok());
    }

    #[test]
    fn what_is_no_json_is_a_bad_request() {
        for body in ["", "{", "customer=c", r#"{"customer": "c"} x"#, "\u{feff}{}"] {
            let outcome = parse::<Invoice>(body.as_bytes());
            assert!(matches!(outcome, Err(Error::BadRequest(_))), "{body}: {outcome:?}");
        }
        let deep = parse::<serde_json::Value>("[".repeat(100_000).as_bytes());
        assert!(matches!(deep, Err(Error::BadRequest(_))), "{deep:?}");
        let good = parse::<Invoice>(br#"{"customer": "c", "lines": [{"quantity": "2"}]}"#);
        assert!(good.is_ok_and(|invoice| invoice.customer == "c" && invoice.lines[0].quantity == "2"));
    }
}

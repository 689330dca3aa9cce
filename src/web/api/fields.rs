//! Reads a JSON object field by field and gathers everything that is wrong, each named by its path: `lines[0].quantity`.
//!
//! A field that nobody asked for is an error too: a misspelt one must not be a silence. What a value means beyond its
//! form is for the actions to check.

#![expect(
    clippy::option_option,
    reason = "a field that is absent, one that is null and one with a value are three things"
)]

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::billing::field::FieldError;
use crate::web::error::Error;
use crate::web::request::Request;

/// Characters of `2026-12-06`.
const DATE_CHARS: usize = 10;

/// An object, what of it has not been read yet, and what was wrong so far.
#[derive(Debug, Default)]
pub(super) struct Fields {
    path: String,
    given: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Said of a name that nobody asked for.
    pub(super) const UNKNOWN: &'static str = "There is no such field here.";

    pub(super) const REQUIRED: &'static str = "This is required.";

    /// The body, which must be an object.
    pub(super) fn of<By>(request: &Request<By>) -> Result<Self, Error> {
        match request.json()? {
            Value::Object(given) => Ok(Self { given, ..Self::default() }),
            _ => Err(Error::BadRequest("The body must be a JSON object.".to_owned())),
        }
    }

    /// The body, where it may be left away.
    pub(super) fn of_any<By>(request: &Request<By>) -> Result<Self, Error> {
        if request.body.is_empty() { Ok(Self::default()) } else { Self::of(request) }
    }

    /// The value of a field, if it is there and reads as a `T`.
    pub(super) fn get<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.given.remove(name)?;
        match serde_json::from_value(value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(name, words_of(&error));
                None
            }
        }
    }

    /// A text; `null` is an empty one.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.get::<Option<String>>(name).map(Option::unwrap_or_default)
    }

    /// A whole number, not one with a fraction of zero: those come from programs that count money in floats.
    pub(super) fn whole(&mut self, name: &str) -> Option<i64> {
        let value = self.given.remove(name)?;
        let number = value.as_i64();
        if number.is_none() {
            self.add(name, "Write a whole number.");
        }
        number
    }

    /// A date; `Some(None)` is `null`.
    pub(super) fn date(&mut self, name: &str) -> Option<Option<Date>> {
        let Some(text) = self.get::<Option<String>>(name)? else { return Some(None) };
        let date = (text.len() == DATE_CHARS).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            self.add(name, "Write a date such as 2026-12-06.");
        }
        date.map(Some)
    }

    /// Whether the field is there and was not read yet.
    pub(super) fn has(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Whether the field is there and `null`; then it counts as read.
    pub(super) fn is_null(&mut self, name: &str) -> bool {
        let is_null = self.given.get(name).is_some_and(Value::is_null);
        if is_null {
            self.given.remove(name);
        }
        is_null
    }

    /// The fields of an object within this one.
    pub(super) fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let value = self.given.remove(name)?;
        self.object(self.path_of(name), value, read)
    }

    /// The fields of each object of a list.
    pub(super) fn rows<T>(&mut self, name: &str, mut read: impl FnMut(&mut Self) -> T) -> Option<Vec<T>> {
        let Value::Array(items) = self.given.remove(name)? else {
            self.add(name, "Write a list.");
            return None;
        };
        let path = self.path_of(name);
        let rows = items.into_iter().enumerate();
        let read = rows.filter_map(|(i, item)| self.object(format!("{path}[{i}]"), item, &mut read));
        Some(read.collect())
    }

    fn object<T>(&mut self, path: String, value: Value, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let Value::Object(given) = value else {
            self.errors.push(FieldError::new(path, "Write an object."));
            return None;
        };
        let mut inner = Self { path, given, errors: Vec::new() };
        let result = read(&mut inner);
        self.errors.extend(inner.into_errors());
        Some(result)
    }

    /// Says that a field is missing, unless something else is wrong with it already.
    pub(super) fn require<T>(&mut self, name: &str, value: Option<&T>) {
        let path = self.path_of(name);
        if value.is_none() && !self.errors.iter().any(|error| error.field.starts_with(&path)) {
            self.add(name, Self::REQUIRED);
        }
    }

    pub(super) fn add(&mut self, name: &str, detail: impl std::fmt::Display) {
        self.errors.push(FieldError::new(self.path_of(name), detail));
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn into_errors(mut self) -> Vec<FieldError> {
        let unknown: Vec<String> = self.given.keys().cloned().collect();
        for name in unknown {
            self.add(&name, Self::UNKNOWN);
        }
        self.errors
    }

    /// Adds what was found wrong with what could be read, so that all of it is said at once. Only beside mistakes of
    /// form: what is wrong with a body that reads well is for the actions to say. A field is spoken of once.
    pub(super) fn also(&mut self, found: impl FnOnce() -> Vec<FieldError>) {
        if self.errors.is_empty() && self.given.is_empty() {
            return;
        }
        let named: Vec<String> = self.errors.iter().map(|error| error.field.clone()).collect();
        let is_new = |error: &FieldError| !named.contains(&error.field);
        self.errors.extend(found().into_iter().filter(is_new));
    }

    /// Everything was read: whether all of it was right.
    pub(super) fn finish(self) -> Result<(), Error> {
        match self.into_errors() {
            errors if errors.is_empty() => Ok(()),
            errors => Err(Error::Invalid(errors)),
        }
    }
}

/// What serde would have liked, as a sentence; what our own types say is one already.
fn words_of(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let is_serdes = ["invalid ", "unknown variant"].iter().any(|begin| words.starts_with(begin));
    match words.split_once(", expected ") {
        Some((_, "a sequence")) if is_serdes => "Write a list.".to_owned(),
        Some((_, "a string" | "a borrowed string")) if is_serdes => "Write a text.".to_owned(),
        Some((_, "a boolean")) if is_serdes => "Write true or false.".to_owned(),
        Some((_, expected)) if is_serdes => format!("This must be {expected}."),
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Error, FieldError, Fields};

    fn fields(body: Value) -> Fields {
        match body {
            Value::Object(given) => Fields { given, ..Fields::default() },
            other => panic!("{other} is no object"),
        }
    }

    fn wrong(fields: Fields) -> Vec<String> {
        match fields.finish() {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|FieldError { field, .. }| field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once_by_its_path() {
        let mut given = fields(json!({
            "name": 3, "nmae": "", "rows": [{"n": 1}, 5, {"n": 1.0, "m": 0}], "inner": {"on": "2026-2-1", "off": null},
        }));
        assert_eq!(given.text("name"), None);
        assert_eq!(given.rows("rows", |row| row.whole("n")), Some(vec![Some(1), None]));
        assert_eq!(given.within("inner", |inner| (inner.date("on"), inner.date("off"))), Some((None, Some(None))));
        given.require::<()>("name", None);
        given.require::<()>("missing", None);
        assert_eq!(wrong(given), ["name", "rows[1]", "rows[2].n", "rows[2].m", "inner.on", "missing", "nmae"]);
    }

    #[test]
    fn money_is_whole_and_dates_are_days() {
        for value in [json!(1.5), json!(100.0), json!("100"), json!(null), json!(true), json!(1e30)] {
            let mut given = fields(json!({ "amount": value }));
            assert_eq!(given.whole("amount"), None);
            assert_eq!(wrong(given), ["amount"]);
        }
        for text in ["2026-02-30", "20260201", "2026-02-01T00:00", "+002026-02-01", "01.02.2026", ""] {
            let mut given = fields(json!({ "on": text }));
            assert_eq!(given.date("on"), None, "{text}");
        }
    }
}

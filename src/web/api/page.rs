//! Lists: how many, from where on, and which; and how a part of a list is shown.
//!
//! A parameter that a list does not know is an error, because a misspelt filter would show too much.

use std::str::FromStr;

use serde::Serialize;

use super::fields::Fields;
use crate::billing::field::FieldError;
use crate::billing::sought;
use crate::store;
use crate::web::error::Error;
use crate::web::form::Form;

/// CONTRACT.
const LIMIT_MAX: usize = 100;
const LIMIT_USUAL: usize = 20;
const NOT_NAMED: &str = "Give what this list named as next.";
/// Longer than any number, name or amount that somebody looks for.
const TEXT_CHARS_MAX: usize = 200;

/// The parameters of a request that have not been read yet, and what was wrong so far.
pub(super) struct Query<'a> {
    given: Vec<(&'a str, &'a str)>,
    errors: Vec<FieldError>,
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<I> {
    pub limit: usize,
    /// What was last seen.
    pub after: Option<I>,
}

/// A part of a list.
#[derive(Serialize)]
pub(super) struct List<T, I> {
    data: Vec<T>,
    /// What to ask for next (`after`), or nothing if this was the end.
    next: Option<I>,
}

impl<'a> Query<'a> {
    pub(super) fn of(form: &'a Form) -> Self {
        Self { given: form.iter().collect(), errors: Vec::new() }
    }

    /// The value of a parameter, which may be given once.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        let values: Vec<&str> = self.given.iter().filter(|(own, _)| *own == name).map(|(_, value)| *value).collect();
        self.given.retain(|(own, _)| *own != name);
        if values.len() > 1 {
            self.errors.push(FieldError::new(name, "Give this once."));
        }
        if values.first()?.chars().count() > TEXT_CHARS_MAX {
            self.errors.push(FieldError::new(name, format_args!("Use at most {TEXT_CHARS_MAX} characters.")));
        }
        values.first().copied()
    }

    /// A parameter that reads as a `T`; empty counts as absent.
    pub(super) fn get<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name).filter(|text| !text.is_empty())?;
        text.parse().map_err(|error| self.errors.push(FieldError::new(name, error))).ok()
    }

    /// A parameter that is one of these words.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name).filter(|text| !text.is_empty())?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.errors.push(FieldError::new(name, format_args!("This must be one of {}.", known.join(", "))));
        }
        found
    }

    /// Words to look for.
    pub(super) fn words(&mut self, name: &str) -> Vec<String> {
        sought::words(self.text(name).unwrap_or_default())
    }

    /// `limit` and `after`; the last to be read.
    pub(super) fn page<I: FromStr>(mut self) -> Result<Page<I>, Error> {
        let limit = self.text("limit").map(|text| text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)));
        if limit == Some(None) {
            self.errors.push(FieldError::new("limit", format_args!("Write a number between 1 and {LIMIT_MAX}.")));
        }
        let after = self.text("after").filter(|text| !text.is_empty()).map(|text| text.parse().ok());
        if matches!(after, Some(None)) {
            self.errors.push(FieldError::new("after", NOT_NAMED));
        }
        self.finish()?;
        Ok(Page { limit: limit.flatten().unwrap_or(LIMIT_USUAL), after: after.flatten() })
    }

    /// Everything was read: whether all of it was right.
    pub(super) fn finish(self) -> Result<(), Error> {
        let unknown = self.given.iter().map(|(name, _)| FieldError::new(*name, Fields::UNKNOWN));
        let errors: Vec<FieldError> = self.errors.into_iter().chain(unknown).collect();
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }
}

impl Page<String> {
    /// Refuses an `after` that names nothing; for ids that are not ours, of which any text might be one.
    pub(super) fn refuse_unknown(&self, find: impl FnOnce(&str) -> Result<bool, store::Error>) -> Result<(), Error> {
        match self.after.as_deref().map(find).transpose()? {
            Some(false) => Err(Error::Invalid(vec![FieldError::new("after", NOT_NAMED)])),
            _ => Ok(()),
        }
    }
}

impl<I> Page<I> {
    /// The page of `found`, which is one longer than the limit if there is more.
    pub(super) fn list<'r, R, T, N>(
        &self,
        found: &'r [R],
        id: impl Fn(&R) -> N,
        shape: impl Fn(&'r R) -> T,
    ) -> List<T, N> {
        let shown = found.get(..self.limit).unwrap_or(found);
        let next = shown.last().filter(|_| found.len() > shown.len()).map(id);
        List { data: shown.iter().map(shape).collect(), next }
    }
}

//! What somebody wrote for a key, before anybody asked what it means.

use std::collections::BTreeMap;

use super::provenance::Origin;

/// One value and the place that gives it.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub value: Value,
    pub origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// A TOML value without quotes: number, truth value, date.
    Bare(String),
    List(Vec<Given>),
    Section,
}

/// By key, the winning one only.
pub(super) type Givens = BTreeMap<&'static str, Given>;

impl Given {
    pub fn text(text: &str, origin: Origin) -> Self {
        Self { value: Value::Text(text.to_owned()), origin }
    }
}

impl Value {
    /// As a message may name it.
    pub fn described(&self) -> &str {
        match self {
            Self::Text(text) | Self::Bare(text) => text,
            Self::List(_) => "a list",
            Self::Section => "a group of settings",
        }
    }
}

//! What a person typed, put back beside what is wrong with it: nothing has to be typed twice.
//!
//! Actions name fields by their path in the JSON (`lines[0].quantity`, `address.city`); a form has its own names
//! (`lines.0.quantity`, `city`). The translation happens here, and findings that are no sentence become one.

use crate::actions::Refusal;
use crate::billing::field::FieldError;
use crate::web::error::Error;
use crate::web::views::parts::{Choice, Field, Problem, Select};

/// What is wrong with a form, by the names of its fields.
#[derive(Clone, Debug, Default)]
pub struct Wrong(Vec<FieldError>);

impl Wrong {
    /// Findings under the form's own names.
    pub fn new(errors: Vec<FieldError>) -> Self {
        Self(errors)
    }

    /// Findings of an action, each renamed as the form calls it.
    pub fn renamed(errors: Vec<FieldError>, name: impl Fn(&str) -> String) -> Self {
        Self(errors.into_iter().map(|error| FieldError { field: name(&error.field), ..error }).collect())
    }

    pub fn add(&mut self, field: impl Into<String>, detail: impl std::fmt::Display) {
        self.0.push(FieldError::new(field, detail));
    }

    /// Both, the first finding about each field.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        let new = others.0.into_iter().filter(|other| self.about(&other.field).is_none()).collect::<Vec<_>>();
        self.0.extend(new);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first finding about a field, as a sentence.
    pub fn about(&self, name: &str) -> Option<String> {
        self.0.iter().find(|error| error.field == name).map(sentence)
    }

    /// A field with what stands in it and what is wrong with that.
    pub fn field(&self, name: &str, value: impl Into<String>) -> Field {
        Field { value: value.into(), error: self.about(name) }
    }

    /// A list with its choice and what is wrong with that.
    pub fn select(&self, name: &str, choices: Vec<Choice>) -> Select {
        Select { choices, error: self.about(name) }
    }

    /// The summary above the form.
    pub fn problems(&self) -> Vec<Problem> {
        self.0.iter().map(|error| Problem::new(error.field.clone(), sentence(error))).collect()
    }

    pub fn into_errors(self) -> Vec<FieldError> {
        self.0
    }
}

/// A finding as a sentence: those that continue the field's name get it in front.
fn sentence(error: &FieldError) -> String {
    let detail = error.detail.trim();
    let continues = detail.chars().next().is_some_and(char::is_lowercase);
    let text = if continues { format!("{} {detail}", label_of(&error.field)) } else { detail.to_owned() };
    if text.ends_with(['.', '?']) { text } else { format!("{text}.") }
}

/// `received_on` is `Received on`.
pub fn label_of(field: &str) -> String {
    let last = field.rsplit('.').find(|part| part.parse::<u32>().is_err()).unwrap_or(field);
    let words = last.replace('_', " ");
    let mut characters = words.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

/// What an action found wrong with a form, or the refusal that is not about its fields.
pub fn wrong_fields(refusal: Refusal) -> Result<Vec<FieldError>, Error> {
    match refusal {
        Refusal::Invalid(errors) => Ok(errors),
        other => Err(other.into()),
    }
}

/// `lines[0].unit_price` is `lines.0.unit_price` in a form.
pub fn dotted(path: &str) -> String {
    path.replace('[', ".").replace(']', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_become_sentences_under_the_forms_own_names() {
        for (field, detail, expected) in [
            ("amount", "must be more than nothing", "Amount must be more than nothing."),
            ("lines.0.received_on", "is in the future", "Received on is in the future."),
            ("rates.2", "is missing", "Rates is missing."),
            ("name", "Enter a name.", "Enter a name."),
        ] {
            assert_eq!(Wrong::new(vec![FieldError::new(field, detail)]).about(field).as_deref(), Some(expected));
        }
        let wrong = Wrong::renamed(vec![FieldError::new("lines[3].unit_price", "is wrong")], dotted);
        assert_eq!(wrong.field("lines.3.unit_price", "x").error.as_deref(), Some("Unit price is wrong."));
        assert_eq!(wrong.field("lines.2.unit_price", "x").error, None);
        assert_eq!(wrong.problems().len(), 1);
    }
}

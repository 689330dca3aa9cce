//! The environment: every key as a variable, which wins over the file.

use std::ffi::{OsStr, OsString};

use super::error::{ConfigError, shown};
use super::given::{Given, Givens, Value};
use super::keys::{FILE_VARIABLE, KEYS, Key, VARIABLE_BEGINNING, nearest, there_is, variable_of};
use super::provenance::Origin;

/// Lays the variables of ours over `givens`; others are left alone, unknown ones of ours refused.
pub(super) fn overlay(variables: &[(OsString, OsString)], givens: &mut Givens, errors: &mut Vec<ConfigError>) {
    for (name, value) in variables {
        let name = name.to_string_lossy();
        if !name.starts_with(VARIABLE_BEGINNING) || name == FILE_VARIABLE {
            continue;
        }
        let place = Origin::Environment { name: name.clone().into_owned() };
        match (KEYS.iter().find(|key| variable_of(key.name) == name), value.to_str()) {
            (None, _) => errors.push(unknown(&name, place)),
            (Some(_), None) => errors.push(ConfigError::NotText { place }),
            (Some(key), Some(text)) if key.most.is_some() && text.trim_start().starts_with('[') => {
                errors.push(ConfigError::Bracketed { place, key: key.name });
            }
            (Some(key), Some(text)) => {
                givens.insert(key.name, given(key, text, place));
            }
        }
    }
}

/// The variable that names the configuration file, if it is set.
pub(super) fn file_variable(variables: &[(OsString, OsString)]) -> Option<&OsStr> {
    variables.iter().find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| value.as_os_str())
}

fn given(key: &Key, text: &str, origin: Origin) -> Given {
    // An empty list can be meant, an empty list of secrets is a secret that got lost on its way here.
    let is_empty_list = text.trim().is_empty() && !key.is_secret;
    let value = match key.most {
        None => Value::Text(text.to_owned()),
        Some(_) if is_empty_list => Value::List(Vec::new()),
        Some(_) => Value::List(text.split(',').map(|entry| Given::text(entry.trim(), origin.clone())).collect()),
    };
    Given { value, origin }
}

fn unknown(variable: &str, place: Origin) -> ConfigError {
    let rest = variable.strip_prefix(VARIABLE_BEGINNING).unwrap_or(variable);
    let name = rest.to_ascii_lowercase().replace("__", ".");
    let remedy = if rest.starts_with("PORT") || rest.starts_with("SERVICE_") {
        "Kubernetes sets it for a service named quittance; set enableServiceLinks: false for the pod".to_owned()
    } else {
        match nearest(&name) {
            Some(key) => format!("did you mean {}?", variable_of(key)),
            None => format!("unset it; {}", there_is(&name)),
        }
    };
    ConfigError::UnknownKey { place, name: shown(&name), remedy }
}

//! Secrets that are kept in files of their own, as service managers and containers hand them out.

use std::path::{Path, PathBuf};

use super::error::{ConfigError, Flaw, shown_path};
use super::given::{Given, Givens, Value};
use super::keys::{KEYS, Key};
use super::plain;
use super::plain_file::text_of;
use super::provenance::Origin;

/// Far more than all secrets together; stops a name that leads to a device or a log.
const SECRET_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Puts what each `…_file` holds in the place of its secret. The names of the files stay, for their origins.
pub(super) fn fetch(folder: &Path, givens: &mut Givens, errors: &mut Vec<ConfigError>) {
    for (file, secret) in files_of_secrets() {
        let Some(named) = givens.get(file.name) else { continue };
        let result = match givens.get(secret.name) {
            Some(other) => Err(twice(file, secret, named, other)),
            None => from_file(folder, file, secret, named),
        };
        match result {
            Ok(given) => {
                givens.insert(secret.name, given);
            }
            Err(error) => errors.push(error),
        }
    }
}

/// The keys that name files of secrets, each with the key of its secret.
pub(super) fn files_of_secrets() -> impl Iterator<Item = (&'static Key, &'static Key)> {
    KEYS.iter().filter_map(|file| Some((file, secret_in(file)?)))
}

/// The secret that the file named by `file` holds. (`server.cert_file` and `server.key_file` name files of another kind.)
fn secret_in(file: &Key) -> Option<&'static Key> {
    file.name.strip_suffix("_file").and_then(Key::named).filter(|key| key.is_secret)
}

fn twice(file: &Key, secret: &Key, named: &Given, other: &Given) -> ConfigError {
    let (place, other_place) = (named.origin.clone(), Box::new(other.origin.clone()));
    ConfigError::Twice { place, key: file.name, other: secret.name, other_place }
}

fn from_file(folder: &Path, file: &Key, secret: &Key, named: &Given) -> Result<Given, ConfigError> {
    let (place, key) = (named.origin.clone(), file.name);
    let path = match path_of(named) {
        Ok(path) => path,
        Err(flaw) => return Err(ConfigError::Value { place, key, flaw }),
    };
    let text = match text_of(&folder.join(&path), SECRET_FILE_BYTES_MAX) {
        Ok(text) => text,
        Err(cause) => return Err(ConfigError::SecretFile { place, key, path: shown_path(&path), cause }),
    };
    let text = text.trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() {
        return Err(ConfigError::SecretFileEmpty { place, key, path: shown_path(&path) });
    }
    let origin = |line| Origin::SecretFile { path: path.clone(), line, named_in: Box::new(place.clone()) };
    let value = match secret.most {
        None => Value::Text(text.to_owned()),
        Some(_) => Value::List(
            text.lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(index, line)| Given::text(line.trim(), origin(Some(index + 1))))
                .collect(),
        ),
    };
    Ok(Given { value, origin: origin(None) })
}

fn path_of(named: &Given) -> Result<PathBuf, Flaw> {
    match &named.value {
        Value::Text(text) => plain::file(text),
        other => Err(Flaw::of(plain::FILE, other.described())),
    }
}

//! Which sources count, and in which order: defaults, file, environment, command line, each winning over the one before.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::given::{Given, Givens};
use super::host::Domain;
use super::keys::FILE_VARIABLE;
use super::plain_file::text_of;
use super::provenance::Origin;
use super::{credential, environment, file, secret_file};

/// Read from the working directory if nobody names a file.
const USUAL_FILE: &str = "config.toml";

/// A hundred times a long configuration; stops a name that leads to a device or a backup.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// What a process finds around it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The environment.
    pub variables: Vec<(OsString, OsString)>,
    /// What relative names of configuration and secret files count from; empty for the working directory.
    pub folder: PathBuf,
}

impl Surroundings {
    /// The environment and working directory of this process.
    pub fn of_this_process() -> Self {
        Self { variables: std::env::vars_os().collect(), folder: PathBuf::new() }
    }
}

/// Everything that somebody wrote.
#[derive(Default)]
pub(super) struct Found {
    pub file: Option<PathBuf>,
    pub givens: Givens,
}

pub(super) fn find(
    surroundings: &Surroundings,
    file: Option<&Path>,
    domain: Option<&Domain>,
    errors: &mut Vec<ConfigError>,
) -> Found {
    let mut found = Found::default();
    match which_file(surroundings, file) {
        Ok(Some(path)) => match text_of(&surroundings.folder.join(&path), FILE_BYTES_MAX) {
            Ok(text) => {
                found.givens = file::read(&path, &text, errors);
                found.file = Some(path);
            }
            Err(cause) => errors.push(ConfigError::Unreadable { path, cause }),
        },
        Ok(None) => {}
        Err(error) => errors.push(error),
    }
    environment::overlay(&surroundings.variables, &mut found.givens, errors);
    if let Some(domain) = domain {
        let origin = Origin::CommandLine { option: "--domain" };
        found.givens.insert("server.domain", Given::text(domain.as_str(), origin));
    }
    credential::overlay(surroundings, &mut found.givens);
    secret_file::fetch(&surroundings.folder, &mut found.givens, errors);
    found
}

/// A file that somebody names must be there; the usual one need not.
fn which_file(surroundings: &Surroundings, file: Option<&Path>) -> Result<Option<PathBuf>, ConfigError> {
    let (path, named_by) = match (file, environment::file_variable(&surroundings.variables)) {
        (Some(path), _) => (path.to_path_buf(), "--config"),
        (None, Some(value)) if value.is_empty() => {
            return Err(ConfigError::NoFileNamed { place: Origin::Environment { name: FILE_VARIABLE.to_owned() } });
        }
        (None, Some(value)) => (PathBuf::from(value), FILE_VARIABLE),
        (None, None) => {
            let usual = PathBuf::from(USUAL_FILE);
            return Ok(surroundings.folder.join(&usual).exists().then_some(usual));
        }
    };
    match surroundings.folder.join(&path).try_exists() {
        Ok(false) => Err(ConfigError::NoSuchFile { path, named_by }),
        // Whatever keeps us from looking will keep us from reading, and is named there.
        Ok(true) | Err(_) => Ok(Some(path)),
    }
}

//! Where a value came from, in words that a person can follow there.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::credential::FOLDER_VARIABLE;

/// The place that says what a value is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// Nobody says; it is built in or follows from other values.
    Default,
    File {
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    Environment {
        name: String,
    },
    CommandLine {
        option: &'static str,
    },
    /// A file that holds one secret (or one a line), and the place that names it.
    SecretFile {
        path: PathBuf,
        /// Counted from 1, for files that hold several.
        line: Option<usize>,
        named_in: Box<Origin>,
    },
}

impl Origin {
    /// The place as a list of settings tells it: `config.toml:7`, `environment QUITTANCE_…`, `credential …`, `default`.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::File { path, line } => format!("{}:{line}", path.display()),
            Self::Environment { name } => format!("environment {name}"),
            Self::CommandLine { option } => format!("command line {option}"),
            Self::SecretFile { path, named_in, .. } if named_in.is_of_the_service_manager() => {
                format!("credential {}", path.display())
            }
            Self::SecretFile { path, named_in, .. } => format!("{}, named in {}", path.display(), named_in.told()),
        }
    }

    /// Whether the service manager handed the value over.
    fn is_of_the_service_manager(&self) -> bool {
        matches!(self, Self::Environment { name } if name == FOLDER_VARIABLE)
    }

    /// The order in which a person would mend things: the file from top to bottom, then the rest.
    pub(super) fn reading_order(&self) -> usize {
        match self {
            Self::File { line, .. } => *line,
            Self::SecretFile { named_in, .. } => named_in.reading_order(),
            Self::Default | Self::Environment { .. } | Self::CommandLine { .. } => usize::MAX,
        }
    }
}

/// Reads as a place in a sentence: "set in …", or before a colon.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built-in defaults"),
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Environment { name } => write!(f, "environment variable {name}"),
            Self::CommandLine { option } => write!(f, "command line option {option}"),
            Self::SecretFile { path, line: None, named_in } => {
                write!(f, "{}, named in {named_in}", path.display())
            }
            Self::SecretFile { path, line: Some(line), named_in } => {
                write!(f, "{} line {line}, named in {named_in}", path.display())
            }
        }
    }
}

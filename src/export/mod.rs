//! Everything that the owner put in and everything that came of it, in formats that other programs read.
//!
//! JSON is complete and exact: the records as they are stored, money in minor units. CSV is for spreadsheets: a table a
//! sort of record, money as decimal numbers, and no cell that a spreadsheet would run as a formula. All files are of
//! one moment. Passwords, sessions, tokens and keys are not in them.

mod json;
mod sheets;

use std::io;

use serde::{Deserialize, Serialize};

use crate::store::{self, Reader};

/// The format of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Json,
    Csv,
}

/// A piece of the export, in the order in which it is written.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// A new file of this name begins.
    File(&'a str),
    /// The next bytes of the file.
    Data(&'a [u8]),
}

/// Where the pieces go.
pub type Emit<'a> = dyn FnMut(Part<'_>) -> io::Result<()> + 'a;

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the export cannot be written: {0}")]
    Write(#[from] io::Error),
    #[error("a record cannot be written down: {0}")]
    Record(#[from] serde_json::Error),
    #[error("a table cannot be written: {0}")]
    Table(#[from] csv::Error),
}

/// Says what each file holds.
const README_JSON: &str = include_str!("readme_json.txt");
const README_CSV: &str = include_str!("readme_csv.txt");

/// Writes everything that `reader` sees.
///
/// # Errors
/// The store cannot be read, or what is written cannot be taken.
pub fn write(reader: &Reader<'_>, format: Format, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let readme = match format {
        Format::Json => README_JSON,
        Format::Csv => README_CSV,
    };
    emit(Part::File("README.txt"))?;
    emit(Part::Data(readme.as_bytes()))?;
    match format {
        Format::Json => json::write(reader, emit),
        Format::Csv => sheets::write(reader, emit),
    }
}

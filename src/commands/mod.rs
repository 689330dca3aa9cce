//! Every command of the command line: what it asks for, and how it tells what came of it.
//!
//! The rule of the room: results go to standard output, what went wrong to standard error as one plain sentence with
//! exit status 1. What is done is done elsewhere; commands that need the data go through `control`.

mod backup;
mod check;
mod export;
mod owner;
mod reconcile;
mod restore;
mod token;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use crate::cli::{Cli, Command, OwnerCommand, TokenCommand};
use crate::config::{Config, ConfigErrors};
use crate::control::{ControlError, Line};
use crate::credentials::PasswordError;
use crate::demo::{self, DemoError};
use crate::logging;
use crate::serve::{self, ServeError};
use crate::store::backup::BackupError;

/// Why a command did not do what it was to do.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error("the password {0}")]
    Password(#[from] PasswordError),
    #[error("the two passwords differ; try again")]
    PasswordsDiffer,
    #[error("the password could not be read: {0}")]
    PasswordRead(std::io::Error),
    #[error("{path} cannot be read: {source}; name a file that quittance backup wrote")]
    Read { path: String, source: std::io::Error },
    #[error("{path} cannot be written: {source}; name a place that you may write to")]
    Write { path: String, source: std::io::Error },
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The pass began and was stopped, for this reason.
    #[error("{0}")]
    NotFinished(String),
    #[error("the answer of the running server could not be understood; update both to the same version")]
    Answer(#[from] serde_json::Error),
    #[error("the program could not be started: {0}")]
    Runtime(std::io::Error),
}

/// What a command that did its work has to say with its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Good,
    /// What was looked at is not as it should be; the report says why.
    Bad,
}

/// Runs the command and says what went wrong, if anything did.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match block_on(execute(cli)) {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn block_on(work: impl Future<Output = Result<Verdict, CommandError>>) -> Result<Verdict, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::Runtime)?;
    let outcome = runtime.block_on(work);
    // What has to be finished is finished by now. A backup whose reader fell asleep must not keep the program alive.
    runtime.shutdown_background();
    outcome
}

async fn execute(cli: Cli) -> Result<Verdict, CommandError> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Serve(asked) => {
            let config = Config::load(file, asked.domain.as_ref())?;
            logging::start(config.log.format);
            serve::serve(config).await?;
            Ok(Verdict::Good)
        }
        Command::Demo(asked) => {
            demo::run(asked.listen).await?;
            Ok(Verdict::Good)
        }
        Command::Check(asked) => check::run(Config::load(file, None)?, asked.online).await,
        Command::Owner(asked) => match asked.command {
            OwnerCommand::Add { email } => owner::add(open(file)?, email).await,
        },
        Command::Token(asked) => match asked.command {
            TokenCommand::Create { name, scope } => token::create(open(file)?, name, scope).await,
        },
        Command::Reconcile(asked) => reconcile::run(open(file)?, asked.json).await,
        Command::Verify(asked) => verify::run(open(file)?, asked.json).await,
        Command::Backup(asked) => backup::run(open(file)?, &asked.file).await,
        Command::Restore(asked) => restore::run(&Config::load(file, None)?, &asked),
        Command::Export(asked) => export::run(open(file)?, &asked).await,
    }
}

fn open(file: Option<&Path>) -> Result<Line, CommandError> {
    Ok(Line::open(Config::load(file, None)?)?)
}

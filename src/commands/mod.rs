//! Every command of the command line: what it asks for, and how it tells what came of it.
//!
//! The rule of the room: results go to standard output, what went wrong to standard error as one plain sentence with
//! exit status 1. What is done is done elsewhere; commands that need the data go through `control`.

mod backup;
mod backups;
mod check;
mod config_show;
mod copy;
mod doctor;
mod export;
mod healthcheck;
mod manual;
mod owner;
mod reconcile;
mod restore;
mod target;
mod token;
mod upgrade;
mod verify;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use crate::cli::{self, Cli, Command, ConfigCommand, OwnerCommand, TokenCommand};
use crate::config::{Config, ConfigErrors, Surroundings};
use crate::control::{ControlError, IfMissing, Line};
use crate::credentials::PasswordError;
use crate::demo::{self, DemoError};
use crate::logging::{self, Keeper};
use crate::say::{print, unwritten, without_code};
use crate::serve::{self, ServeError};
use crate::service_manager;
use crate::store::backup::BackupError;

pub use self::copy::CopyError;
pub use self::healthcheck::HealthError;
pub use self::target::TargetRefusal;

/// Why a command did not do what it was to do.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error("the demo has settings of its own and reads no file; leave out --config")]
    DemoConfig,
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error("the password {0}")]
    Password(#[from] PasswordError),
    #[error("the two passwords differ; try again")]
    PasswordsDiffer,
    #[error("the password could not be read: {0}; type it, or give it on standard input")]
    PasswordRead(io::Error),
    #[error("the password on standard input is not text in UTF-8; write it in UTF-8 and try again")]
    PasswordNotText,
    #[error("standard input holds more than one line, and the password is one; give it alone")]
    PasswordLines,
    #[error("{path} cannot be read: {source}; name a file that quittance backup wrote")]
    Read { path: String, source: io::Error },
    #[error("{path} cannot be written: {source}; {}", remedy_of(source))]
    Write { path: String, source: io::Error },
    #[error("nothing was written to {path}: {why}")]
    Target { path: String, why: TargetRefusal },
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Health(#[from] HealthError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The pass began and was stopped, for this reason.
    #[error("{0}")]
    NotFinished(String),
    #[error("the answer of the running server could not be understood; update both to the same version")]
    Answer(#[from] serde_json::Error),
    #[error("the program could not be started: {0}")]
    Runtime(io::Error),
}

impl CommandError {
    fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.display().to_string(), source }
    }

    /// What went wrong while an answer was written to `path`.
    fn taken(path: &Path, error: ControlError) -> Self {
        match error {
            ControlError::Write(source) => Self::write(path, source),
            other => Self::Control(other),
        }
    }
}

fn remedy_of(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space there, or name another place",
        _ => "name a place that you may write to",
    }
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
pub fn main() -> ExitCode {
    match cli::parse() {
        Ok(cli) => run(cli),
        Err(told) if told.use_stderr() => told.exit(),
        Err(help) => {
            // With colours on a terminal, and without anywhere else.
            let shown = help.render();
            let is_seen = io::stdout().is_terminal();
            print(if is_seen { shown.ansi().to_string() } else { shown.to_string() }.as_bytes());
            unless_unwritten()
        }
    }
}

fn run(cli: Cli) -> ExitCode {
    logging::say_panics();
    // A server is not there to say something.
    let answers = !matches!(cli.command, Command::Serve(_) | Command::Demo(_));
    match block_on(execute(cli)) {
        Ok(Verdict::Good) if answers => unless_unwritten(),
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}", without_code(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

/// Whoever asked must not take a token, or a report, for written that is not.
fn unless_unwritten() -> ExitCode {
    let Some(error) = unwritten() else { return ExitCode::SUCCESS };
    let error = without_code(&error.to_string());
    eprintln!(
        "What the command says could not be written: {error}. What it was to do is done: make room where its output goes before \
         the next one; a token that nobody has seen can be taken back in the admin page."
    );
    ExitCode::FAILURE
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
            let is_journal = service_manager::keeps_log(&Surroundings::of_this_process());
            logging::start(config.log.format, if is_journal { Keeper::Journal } else { Keeper::Anybody });
            serve::serve(config).await?;
            Ok(Verdict::Good)
        }
        Command::Demo(_) if file.is_some() => Err(CommandError::DemoConfig),
        Command::Demo(asked) => {
            demo::run(asked.listen).await?;
            Ok(Verdict::Good)
        }
        Command::Check(asked) => check::run(Config::load(file, None)?, asked.online).await,
        Command::Doctor(asked) => doctor::run(Config::load(file, None)?, asked.json).await,
        Command::Config(asked) => match asked.command {
            ConfigCommand::Show { origin, json } => config_show::run(&Config::load(file, None)?, origin, json),
        },
        Command::Owner(asked) => match asked.command {
            OwnerCommand::Add { email } => owner::add(Config::load(file, None)?, email).await,
            OwnerCommand::ResetAccess { email } => owner::reset_access(Config::load(file, None)?, email).await,
        },
        Command::Token(asked) => match asked.command {
            TokenCommand::Create { name, scope } => token::create(Config::load(file, None)?, name, scope).await,
        },
        Command::Reconcile(asked) => reconcile::run(open(file)?, asked.json).await,
        Command::Verify(asked) => verify::run(open(file)?, asked.json).await,
        Command::Backup(asked) => match (asked.command, asked.file) {
            (Some(command), _) => backups::run(Config::load(file, None)?, command).await,
            (None, Some(target)) => backup::run(Config::load(file, None)?, &target).await,
            (None, None) => Ok(Verdict::Bad),
        },
        Command::Restore(asked) => restore::run(&Config::load(file, None)?, &asked).await,
        Command::Export(asked) => export::run(Config::load(file, None)?, &asked).await,
        Command::Upgrade(asked) => upgrade::run(Config::load(file, None)?, asked.json).await,
        Command::Healthcheck => healthcheck::run(&Config::load(file, None)?).await,
        Command::Completions(asked) => Ok(manual::complete(asked.shell)),
        Command::Man(asked) => manual::pages(asked.out.as_deref()),
    }
}

fn open(file: Option<&Path>) -> Result<Line, CommandError> {
    Ok(Line::open(Config::load(file, None)?, IfMissing::Refuse)?)
}

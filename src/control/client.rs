//! The command's side: finds somebody to ask, asks, and hands on the pieces of the answer as they come.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use super::Request;
use super::door;
use super::frames::Frame;
use super::place::Place;
use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::config::Config;
use crate::export::Part;
use crate::resolve::{ResolveError, Resolver};
use crate::store::{self, Store, remedy};

/// A whole reconciliation may take minutes without a word.
const ANSWER_WITHIN: Duration = Duration::from_mins(30);
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Why a command got no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Resolver(#[from] ResolveError),
    /// A mistaken folder would otherwise become an empty store, in which all is well.
    #[error("there is no data at {0}; name the right place in data_dir, or the right configuration with --config")]
    NoData(String),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the data folder {folder} cannot be used: {source}; {}", remedy(folder.as_ref(), source))]
    Folder { folder: String, source: io::Error },
    #[error("the running server could not be asked: {0}; look at its log, or start it again")]
    Socket(io::Error),
    #[error("the answer was cut off, so nothing of it was kept; try again")]
    CutOff,
    /// A server hangs up on what it does not understand.
    #[error(
        "the running server did not understand the question, so it is of another version than this command; restart it, \
         and try again"
    )]
    Stranger,
    /// What was asked for was not done, in the words of whoever did not do it.
    #[error("{0}")]
    Refused(String),
    #[error("the result could not be written: {0}")]
    Write(io::Error),
}

/// The way to somebody who can answer.
pub struct Line {
    stream: UnixStream,
    /// Ourselves, if no server is running.
    own: Option<(Arc<App>, UnixStream)>,
}

/// Takes the pieces of an answer.
pub type Taker = Box<dyn FnMut(Part<'_>) -> io::Result<()> + Send>;

/// What a command does where there is no data yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMissing {
    /// It sets up, so it may be the first that ever ran.
    Make,
    Refuse,
}

impl Line {
    /// The running server's, or to the store itself.
    ///
    /// # Errors
    /// Neither can be had.
    pub fn open(config: Config, if_missing: IfMissing) -> Result<Self, ControlError> {
        match connect(&config) {
            Ok(stream) => Ok(Self { stream, own: None }),
            Err(error) if nobody_is_there(&error) => {
                if if_missing == IfMissing::Refuse && !Store::is_in(&config.data_dir)? {
                    return Err(ControlError::NoData(config.data_dir.display().to_string()));
                }
                let app = App::start(config, Clock::machine(), Resolver::system()?)?;
                let (stream, other) = UnixStream::pair().map_err(ControlError::Socket)?;
                Ok(Self { stream, own: Some((app, other)) })
            }
            // Nobody was met yet, so nothing is known of a server.
            Err(source) => {
                let folder = config.data_dir.display().to_string();
                Err(ControlError::Folder { folder, source })
            }
        }
    }

    /// The running server's; `None` if none is running on the data folder.
    ///
    /// # Errors
    /// There may be one, and it cannot be asked.
    pub fn to_server(config: &Config) -> Result<Option<Self>, ControlError> {
        match connect(config) {
            Ok(stream) => Ok(Some(Self { stream, own: None })),
            Err(error) if nobody_is_there(&error) => Ok(None),
            Err(source) => Err(ControlError::Folder { folder: config.data_dir.display().to_string(), source }),
        }
    }

    /// Asks for something whose answer is JSON alone.
    ///
    /// # Errors
    /// It was not done.
    pub async fn ask(self, request: &Request) -> Result<String, ControlError> {
        self.take(request, Box::new(|_| Err(io::Error::other("an answer without files was expected")))).await
    }

    /// Asks for something whose answer are files, and hands them on piece by piece.
    ///
    /// # Errors
    /// It was not done, or not all of it came.
    pub async fn take(self, request: &Request, taker: Taker) -> Result<String, ControlError> {
        let mut line = serde_json::to_vec(request).map_err(|error| ControlError::Socket(error.into()))?;
        line.push(b'\n');
        let stream = self.stream;
        let talk = tokio::task::spawn_blocking(move || talk(stream, &line, taker));
        let talked = match self.own {
            None => talk.await,
            Some((app, other)) => {
                let other = other.set_nonblocking(true).and_then(|()| tokio::net::UnixStream::from_std(other));
                let other = other.map_err(ControlError::Socket)?;
                tokio::join!(talk, door::answer(&app, other)).0
            }
        };
        talked.unwrap_or(Err(ControlError::CutOff))
    }
}

/// Whether a server runs over the data that the configuration names.
#[must_use]
pub fn somebody_answers(config: &Config) -> bool {
    connect(config).is_ok()
}

fn connect(config: &Config) -> io::Result<UnixStream> {
    UnixStream::connect(Place::of(&config.data_dir)?.path)
}

/// No socket, or one that a killed server left behind.
fn nobody_is_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

fn talk(mut stream: UnixStream, line: &[u8], mut taker: Taker) -> Result<String, ControlError> {
    stream.set_read_timeout(Some(ANSWER_WITHIN)).map_err(ControlError::Socket)?;
    stream.set_write_timeout(Some(WRITE_WITHIN)).map_err(ControlError::Socket)?;
    stream.write_all(line).map_err(ControlError::Socket)?;
    let mut answer = BufReader::new(stream);
    // Whoever understood the question says at least how it ended.
    if answer.fill_buf().is_ok_and(<[u8]>::is_empty) {
        return Err(ControlError::Stranger);
    }
    loop {
        match Frame::read(&mut answer).map_err(|_| ControlError::CutOff)? {
            Frame::File(name) => taker(Part::File(&name)).map_err(ControlError::Write)?,
            Frame::Data(bytes) => taker(Part::Data(&bytes)).map_err(ControlError::Write)?,
            Frame::Done(json) => return Ok(json),
            Frame::Failed(words) => return Err(ControlError::Refused(words)),
        }
    }
}

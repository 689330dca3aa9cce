//! The server's side: a socket in the data folder, a few callers at a time, each with one request.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as BlockingStream;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::perform::perform;
use super::place::Place;
use super::{REQUEST_BYTES_MAX, Request};
use crate::app::App;

/// Commands at once; whoever comes after waits. Each may hold a snapshot of the store open.
const CALLERS_MAX: usize = 4;
/// For the request line: it is written at once.
const REQUEST_WITHIN: Duration = Duration::from_secs(5);
/// While a caller takes nothing of its answer.
const TAKE_WITHIN: Duration = Duration::from_mins(1);
/// For commands under way when the server stops; a backup of a small business takes less.
const END_WITHIN: Duration = Duration::from_secs(5);

/// The socket cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("the socket for commands in the data folder cannot be opened: {0}")]
pub struct DoorError(#[from] io::Error);

/// The socket, and the appliance behind it.
pub struct Door {
    app: Arc<App>,
    listener: UnixListener,
    place: Place,
}

impl Door {
    /// Opens the socket. One that an earlier process left behind is replaced: whoever has the store open is alone.
    ///
    /// # Errors
    /// The data folder cannot hold a socket.
    pub fn open(app: &Arc<App>) -> Result<Self, DoorError> {
        let place = Place::of(&app.config.data_dir)?;
        match std::fs::remove_file(&place.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let listener = UnixListener::bind(&place.path)?;
        std::fs::set_permissions(&place.path, Permissions::from_mode(0o600))?;
        Ok(Self { app: Arc::clone(app), listener, place })
    }

    /// Answers until `over` is done and the callers have their answers.
    pub async fn answer(self, over: impl Future<Output = ()> + Send) {
        let places = Arc::new(Semaphore::new(CALLERS_MAX));
        let mut callers = JoinSet::new();
        let mut over = std::pin::pin!(over);
        let mut is_barred = false;
        loop {
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, self.listener.accept().await)
            };
            tokio::select! {
                biased;
                () = &mut over => break,
                Some(_) = callers.join_next() => {}
                (place, accepted) = accepted => match accepted {
                    Ok((stream, _)) => {
                        is_barred = false;
                        let app = Arc::clone(&self.app);
                        callers.spawn(async move {
                            let _place = place;
                            answer(&app, stream).await;
                        });
                    }
                    Err(error) => {
                        // Said once: a shortage of descriptors lasts, and lines fill a disk.
                        if !std::mem::replace(&mut is_barred, true) {
                            tracing::warn!(%error, "a command could not be let in; it waits");
                        }
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
            }
        }
        // Gone before the store is closed, so that a command that comes now opens the store itself.
        let _ = std::fs::remove_file(&self.place.path);
        let finished = async { while callers.join_next().await.is_some() {} };
        if tokio::time::timeout(END_WITHIN, finished).await.is_err() {
            tracing::warn!("a command was cut off by the end of the server");
        }
    }
}

/// One caller, one request.
pub(super) async fn answer(app: &Arc<App>, stream: UnixStream) {
    if let Err(error) = try_answer(app, stream).await {
        tracing::debug!(%error, "a command went away before it had its answer");
    }
}

async fn try_answer(app: &Arc<App>, mut stream: UnixStream) -> io::Result<()> {
    let request = tokio::time::timeout(REQUEST_WITHIN, read(&mut stream)).await??;
    let stream: BlockingStream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(TAKE_WITHIN))?;
    perform(app, request, stream).await
}

async fn read(stream: &mut UnixStream) -> io::Result<Request> {
    let mut line = Vec::new();
    BufReader::new(stream.take(REQUEST_BYTES_MAX)).read_until(b'\n', &mut line).await?;
    serde_json::from_slice(&line).map_err(io::Error::other)
}

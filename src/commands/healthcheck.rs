//! `quittance healthcheck`: asks the running server the question that monitors ask, from where no other program is at hand.
//!
//! A container made of nothing but this program has no other way to look at itself.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::{CommandError, Verdict};
use crate::config::Config;
use crate::say::say;

/// The server gives its disk two seconds, and a busy machine needs some of its own.
const WITHIN: Duration = Duration::from_secs(5);

/// The whole answer is a head and a sentence.
const ANSWER_BYTES_MAX: u64 = 8 << 10;

/// Why the server does not count as ready.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    #[error("nobody answers at {0} ({1}); start quittance serve, or name its configuration with --config")]
    Nobody(Place, io::Error),
    #[error("the server at {0} did not answer within {within} seconds; look at its log", within = WITHIN.as_secs())]
    Slow(Place),
    #[error("the server at {0} is not ready (it answered {1}); look at its log")]
    NotReady(Place, u16),
    #[error("what answers at {0} is no web server; stop it, or change server.listen")]
    Foreign(Place),
}

/// Where the server is asked.
#[derive(Clone, Debug)]
pub enum Place {
    Address(SocketAddr),
    Socket(PathBuf),
}

impl Place {
    fn of(config: &Config) -> Self {
        match &config.server.socket {
            Some(path) => Self::Socket(path.clone()),
            None => Self::Address(config.server.near()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

pub(super) async fn run(config: &Config) -> Result<Verdict, CommandError> {
    let place = Place::of(config);
    let asked = async {
        match &place {
            Place::Address(address) => ask(TcpStream::connect(address).await?).await,
            Place::Socket(path) => ask(UnixStream::connect(path).await?).await,
        }
    };
    let answer = tokio::time::timeout(WITHIN, asked).await.map_err(|_| HealthError::Slow(place.clone()))?;
    match status(&answer.map_err(|error| HealthError::Nobody(place.clone(), error))?) {
        Some(200) => say("ready"),
        Some(status) => return Err(HealthError::NotReady(place, status).into()),
        None => return Err(HealthError::Foreign(place).into()),
    }
    Ok(Verdict::Good)
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<Vec<u8>> {
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// The number in `HTTP/1.1 200 OK`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    words.next()?.strip_prefix("HTTP/1.")?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::status;

    #[test]
    fn only_an_answer_of_http_has_a_status() {
        for (answer, found) in [
            ("HTTP/1.1 200 OK\r\n\r\nready\n", Some(200)),
            ("HTTP/1.0 503 Service Unavailable\r\n", Some(503)),
            ("HTTP/1.1 \r\n", None),
            ("SSH-2.0-OpenSSH_9.2 200 OK\r\n", None),
            ("", None),
        ] {
            assert_eq!(status(answer.as_bytes()), found, "{answer}");
        }
    }
}

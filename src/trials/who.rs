//! Who answers at an address: one `GET /healthz`, as a browser would come, that asks for a sign only this server can give.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode, Uri};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::app::{App, Presence};
use crate::http;
use crate::tls::{Life, roots};

/// The whole question: customers do not wait longer either.
pub(super) const WITHIN: Duration = Duration::from_secs(10);
/// A sign is far shorter; who says more is somebody else.
const ANSWER_BYTES_MAX: usize = 4 << 10;

/// Why nobody answered.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Whoever answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The very server that serves this data folder.
    Us,
    /// It says that it is well and does not know the sign.
    Another,
    /// No Quittance at all.
    Nobody(StatusCode),
}

/// What a visit showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub(super) who: Who,
    /// From when until when the certificate is good that was shown; `None` without one.
    pub certificate: Option<Life>,
    /// Whether we, as the visitor, were seen to come over HTTPS; `None` if it was not us who answered.
    pub was_seen_encrypted: Option<bool>,
}

/// Asks at `origin` (`https://billing.example.com`), whose server is at `address`.
pub(super) async fn answers(app: &App, origin: &str, address: SocketAddr) -> Result<Visit, Failure> {
    let question = Presence::question()?;
    let uri: Uri = format!("{origin}/healthz?sign={question}").parse()?;
    let stream = TcpStream::connect(address).await?;
    let mut certificate = None;
    let answer = if uri.scheme_str() == Some("https") {
        let name = ServerName::try_from(host_of(&uri).to_owned())?;
        // What is wrong with the file of further roots is said where it is configured.
        let roots = roots(app.config.server.authority.roots_file.as_deref()).unwrap_or_else(|_| http::known_roots());
        let stream = TlsConnector::from(Arc::new(http::tls(roots)?)).connect(name, stream).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        certificate = shown.and_then(Life::of);
        get(stream, &uri).await?
    } else {
        get(stream, &uri).await?
    };
    let expected = app.presence.sign(&question);
    let (who, was_seen_encrypted) = match &answer {
        (StatusCode::OK, said) => match said.split_whitespace().collect::<Vec<_>>().as_slice() {
            [sign, scheme] if Some(*sign) == expected.as_deref() => (Who::Us, Some(*scheme == "https")),
            _ => (Who::Another, None),
        },
        (status, _) => (Who::Nobody(*status), None),
    };
    Ok(Visit { who, certificate, was_seen_encrypted })
}

/// The host of an address, without the brackets that one of numbers may have.
pub(super) fn host_of(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_matches(['[', ']'])
}

async fn get(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    uri: &Uri,
) -> Result<(StatusCode, String), Failure> {
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let request = Request::get(path).header("host", host).body(Empty::<Bytes>::new())?;
    Ok(http::ask(stream, request, read).await?)
}

/// What was said, as far as it may be a sign.
async fn read(answer: Response<Incoming>) -> (StatusCode, String) {
    let status = answer.status();
    if status != StatusCode::OK {
        return (status, String::new());
    }
    let said = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
    let said = said.map(|said| String::from_utf8_lossy(&said.to_bytes()).into_owned());
    (status, said.unwrap_or_default())
}

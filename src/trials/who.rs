//! Who answers at an address: one `GET /healthz`, as a browser would come, that asks for a sign only this server can give.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::app::{App, Presence};

/// The whole question: customers do not wait longer either.
pub(super) const WITHIN: Duration = Duration::from_secs(10);
/// A sign is far shorter; who says more is somebody else.
const ANSWER_BYTES_MAX: usize = 4 << 10;

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

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

/// Asks at `origin` (`https://billing.example.com`), whose server is at `address`.
pub(super) async fn answers(app: &App, origin: &str, address: SocketAddr) -> Result<Who, Failure> {
    let question = Presence::question()?;
    let uri: Uri = format!("{origin}/healthz?sign={question}").parse()?;
    let stream = TcpStream::connect(address).await?;
    let answer = if uri.scheme_str() == Some("https") {
        let name = ServerName::try_from(host_of(&uri).to_owned())?;
        get(TlsConnector::from(Arc::new(tls()?)).connect(name, stream).await?, &uri).await?
    } else {
        get(stream, &uri).await?
    };
    Ok(match answer {
        (StatusCode::OK, said) if Some(said.trim_end()) == app.presence.sign(&question).as_deref() => Who::Us,
        (StatusCode::OK, _) => Who::Another,
        (status, _) => Who::Nobody(status),
    })
}

/// The host of an address, without the brackets that one of numbers may have.
pub(super) fn host_of(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_matches(['[', ']'])
}

async fn get(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    uri: &Uri,
) -> Result<(StatusCode, String), Failure> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let request = Request::get(path).header("host", host).body(Empty::<Bytes>::new())?;
    let mut answer = pin!(async move { read(sender.send_request(request).await?).await });
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // Who hangs up may have answered first.
        ended = connection => {
            ended?;
            answer.await
        }
    }
}

/// What was said, as far as it may be a sign.
async fn read(answer: Response<Incoming>) -> Result<(StatusCode, String), Failure> {
    let status = answer.status();
    if status != StatusCode::OK {
        return Ok((status, String::new()));
    }
    let said = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
    let said = said.map(|said| String::from_utf8_lossy(&said.to_bytes()).into_owned());
    Ok((status, said.unwrap_or_default()))
}

/// The roots that browsers have, too.
fn tls() -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

//! Whether the public address leads here: one `GET /healthz` through it, as a browser would come.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::app::App;
use crate::config::check::Finding;
use crate::resolve::Reach;

/// The whole question: customers do not wait longer either.
const WITHIN: Duration = Duration::from_secs(10);

type Failure = Box<dyn std::error::Error + Send + Sync>;

pub(super) async fn reached(app: &App) -> Finding {
    let (subject, url) = ("public address", app.config.server.public_url.as_str());
    let remedy = "start the server, and check the name, the proxy and the firewall";
    match tokio::time::timeout(WITHIN, ask(app)).await {
        Ok(Ok(StatusCode::OK)) => Finding::ok(subject, format!("{url} leads to a Quittance")),
        Ok(Ok(status)) if status.is_redirection() => Finding::fail(
            subject,
            format!("{url} sends visitors elsewhere ({status}), and Stripe does not go there"),
            "set server.public_url to the address that answers itself",
        ),
        Ok(Ok(status)) => Finding::fail(subject, format!("{url} answers {status} instead of a Quittance"), remedy),
        Ok(Err(error)) => Finding::fail(subject, format!("{url} cannot be reached ({error})"), remedy),
        Err(_) => Finding::fail(subject, format!("{url} did not answer within {} s", WITHIN.as_secs()), remedy),
    }
}

async fn ask(app: &App) -> Result<StatusCode, Failure> {
    let uri: Uri = app.url("/healthz").parse()?;
    let https = app.config.server.public_url.is_https();
    let host = uri.host().unwrap_or_default().to_owned();
    let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
    let address = app.resolver.addresses(&host, Reach::Configured).await?.into_iter().next();
    let stream = TcpStream::connect((address.ok_or("it has no address")?, port)).await?;
    if !https {
        return get(stream, &uri).await;
    }
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
    get(TlsConnector::from(Arc::new(tls()?)).connect(name, stream).await?, &uri).await
}

async fn get(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, uri: &Uri) -> Result<StatusCode, Failure> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let request = Request::get(uri.path()).header("host", host).body(Empty::<Bytes>::new())?;
    let mut answer = pin!(sender.send_request(request));
    tokio::select! {
        biased;
        answer = &mut answer => Ok(answer?.status()),
        // Who hangs up may have answered first.
        ended = connection => {
            ended?;
            Ok(answer.await?.status())
        }
    }
}

/// The roots that browsers have, too.
fn tls() -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

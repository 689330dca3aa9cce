//! Requests to the certificate authority: our own resolver, our own roots, limits on time and size, and nothing in the clear.
//!
//! The protocol's library asks through this and sees answers only; what else an answer says (when to come again, what time it
//! is there) is heard here.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{DATE, HOST, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::http::uri::Authority;
use hyper::{Request, Response, Uri};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Applicant;
use super::failure::{Cause, Failure, LineError};
use crate::clock::Clock;
use crate::http;
use crate::resolve::{Reach, Resolver};
use crate::tls::roots;

/// One request with its answer. Authorities answer within seconds, or have trouble.
const WITHIN: Duration = Duration::from_secs(30);
/// To one of its addresses.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A chain of certificates is a few KiB.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Beyond this the clock is called wrong: certificates begin an hour before they are issued.
const SKEW_SECONDS_MAX: u64 = 30 * 60;

const AGENT: HeaderValue = HeaderValue::from_static(concat!("quittance/", env!("CARGO_PKG_VERSION")));

static DATES: DateTimeParser = DateTimeParser::new();

/// What answers said beside their content.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Seconds after which to come again; 0 for nothing.
    come_again: AtomicI64,
    /// How many seconds the authority's clock is ahead of ours.
    skew: AtomicI64,
}

impl Heard {
    /// The same failure, if the clock is not what is wrong, with the time to come again.
    pub fn explain(&self, failure: Failure, now: Timestamp) -> Failure {
        if let Err(failure) = self.clock() {
            return failure;
        }
        let again = self.come_again.load(Ordering::Relaxed);
        let until = now.checked_add(jiff::SignedDuration::from_secs(again)).ok().filter(|_| again > 0);
        Failure { not_before: failure.not_before.or(until), ..failure }
    }

    /// Whether the clocks agree.
    fn clock(&self) -> Result<(), Failure> {
        let skew = self.skew.load(Ordering::Relaxed);
        if skew.unsigned_abs() > SKEW_SECONDS_MAX {
            return Err(Failure::new(Cause::Clock { skew: Some(skew) }));
        }
        Ok(())
    }

    fn note(&self, headers: &HeaderMap, is_refused: bool, now: Timestamp) {
        let date = headers.get(DATE).and_then(|date| DATES.parse_timestamp(date.as_bytes()).ok());
        if let Some(date) = date {
            self.skew.store(date.as_second().saturating_sub(now.as_second()), Ordering::Relaxed);
        }
        let again = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        self.come_again.store(again.filter(|_| is_refused).unwrap_or(0), Ordering::Relaxed);
    }
}

/// The way to the authority. Clones share what was heard.
#[derive(Clone)]
pub(super) struct Line {
    resolver: Resolver,
    reach: Reach,
    connector: TlsConnector,
    clock: Clock,
    pub heard: Arc<Heard>,
}

impl Line {
    pub fn of(applicant: &Applicant) -> Result<Self, Failure> {
        let roots_file = applicant.acme.roots_file.as_deref();
        // An authority inside a company is next door; others never are.
        let reach = if roots_file.is_some() { Reach::Configured } else { Reach::Public };
        let connector = TlsConnector::from(Arc::new(tls(roots_file)?));
        let (resolver, clock) = (applicant.resolver.clone(), applicant.clock.clone());
        Ok(Self { resolver, reach, connector, clock, heard: Arc::default() })
    }

    async fn ask(self, request: Request<BodyWrapper<Bytes>>) -> Result<Response<Full<Bytes>>, LineError> {
        let uri = request.uri().clone();
        let host = uri.host().filter(|_| uri.scheme_str() == Some("https")).ok_or(LineError::NotEncrypted)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let addresses = self.resolver.addresses(&host, self.reach).await.map_err(LineError::Resolve)?;
        let stream = connected(&addresses, uri.port_u16().unwrap_or(443)).await?;
        let name = ServerName::try_from(host).map_err(|_| LineError::NotEncrypted)?;
        let stream = self.connector.connect(name, stream).await.map_err(|error| tls_error(&error))?;
        let answer = http::ask(stream, to_origin(request, &uri)?, whole).await;
        let response = answer.map_err(|error| LineError::Broken(error.to_string()))??;
        let is_refused = !response.status().is_success();
        self.heard.note(response.headers(), is_refused, self.clock.now());
        Ok(response)
    }
}

impl HttpClient for Line {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let line = self.clone();
        Box::pin(async move {
            let asked = tokio::time::timeout(WITHIN, line.ask(request)).await.unwrap_or(Err(LineError::TimedOut));
            asked.map(BytesResponse::from).map_err(|error| Error::Other(Box::new(error)))
        })
    }
}

/// Asks for the directory, which changes nothing.
pub(super) async fn greet(applicant: &Applicant) -> Result<(), Failure> {
    let line = Line::of(applicant)?;
    let (heard, directory) = (Arc::clone(&line.heard), applicant.acme.directory.as_str());
    let request = Request::get(directory).body(BodyWrapper::default());
    let request = request.map_err(|error| Failure::unexpected(error.to_string()))?;
    let answer = line.request(request).await.map_err(Failure::of);
    let answered = answer.and_then(|response| match response.parts.status {
        status if status.is_success() => Ok(()),
        status => Err(Failure::unexpected(format!("it answered {status} where its directory should be"))),
    });
    answered.map_err(|failure| heard.explain(failure, applicant.clock.now()))?;
    // It answers, and would not issue: a certificate that is not good yet, or any more, is refused here.
    heard.clock()
}

async fn connected(addresses: &[IpAddr], port: u16) -> Result<TcpStream, LineError> {
    let mut last = LineError::TimedOut;
    for address in addresses {
        match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(SocketAddr::new(*address, port))).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = LineError::Unreachable(error.to_string()),
            Err(_) => {}
        }
    }
    Err(last)
}

/// The request as a server wants it on a connection of its own: the path alone, and the host in a header.
fn to_origin(request: Request<BodyWrapper<Bytes>>, uri: &Uri) -> Result<Request<BodyWrapper<Bytes>>, LineError> {
    let (mut parts, body) = request.into_parts();
    let broken = |error: &dyn std::fmt::Display| LineError::Broken(error.to_string());
    let host = uri.authority().map(Authority::as_str).unwrap_or_default();
    parts.headers.insert(HOST, HeaderValue::from_str(host).map_err(|error| broken(&error))?);
    parts.headers.insert(USER_AGENT, AGENT);
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    parts.uri = target.parse().map_err(|error| broken(&error))?;
    Ok(Request::from_parts(parts, body))
}

async fn whole(response: Response<Incoming>) -> Result<Response<Full<Bytes>>, LineError> {
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let bytes = body.map_err(|error| LineError::Broken(error.to_string()))?.to_bytes();
    Ok(Response::from_parts(parts, Full::new(bytes)))
}

/// A certificate that seems too old or too young says that one of the two clocks is wrong.
fn tls_error(error: &std::io::Error) -> LineError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        )) => LineError::Clock,
        Some(rustls::Error::InvalidCertificate(_)) => LineError::Untrusted(error.to_string()),
        _ => LineError::Broken(error.to_string()),
    }
}

fn tls(roots_file: Option<&Path>) -> Result<ClientConfig, Failure> {
    let refused = |cause| {
        let path = roots_file.map(Path::to_owned).unwrap_or_default();
        Failure::new(Cause::Roots { path, cause })
    };
    http::tls(roots(roots_file).map_err(refused)?).map_err(|error| Failure::unexpected(error.to_string()))
}

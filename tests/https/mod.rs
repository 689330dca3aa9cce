//! HTTPS by itself: the real program with real sockets, certificates made for the test, and a certificate authority that runs
//! beside it.

mod authority;
mod closed;
mod faults;
mod files;
mod obtained;
mod proxies;
mod restart;
mod setup;
mod stand_in;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::process::{Bench, Serving};
use crate::support::{PATIENCE, beside};

/// The public name. Whoever has a name below `localhost` needs no name server.
pub const NAME: &str = "pay.localhost";

/// A certificate authority of the test's own.
pub struct Root {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Root {
    pub fn new() -> Self {
        let mut parameters = rcgen::CertificateParams::new([]).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate, issuer: rcgen::Issuer::new(parameters, key) }
    }

    /// A certificate and its key, good for so many days from now on.
    pub fn issue(&self, name: &str, days: i64) -> (String, String) {
        let mut parameters = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        let now = quittance::clock::Clock::machine().now().to_zoned(jiff::tz::TimeZone::UTC);
        let date = |days: i64| {
            let day = now.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap().date();
            let part = |number: i8| u8::try_from(number).unwrap();
            rcgen::date_time_ymd(day.year().into(), part(day.month()), part(day.day()))
        };
        (parameters.not_before, parameters.not_after) = (date(days.min(0) - 30), date(days));
        let key = rcgen::KeyPair::generate().unwrap();
        (parameters.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }
}

/// Somebody who believes one root.
pub struct Visitor {
    config: Arc<ClientConfig>,
}

/// What a visitor was answered.
#[derive(Debug)]
struct Page {
    status: StatusCode,
    version: Version,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    async fn of(response: Response<hyper::body::Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Self { status: parts.status, version: parts.version, headers: parts.headers, text }
    }
}

/// What speaks over a connection.
enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// An open connection.
struct Connection {
    sender: Sender,
    /// What the server showed.
    certificate: CertificateDer<'static>,
}

impl Visitor {
    /// Believes the roots of `pem` and speaks what `protocols` says, the first best.
    fn speaking(pem: &str, protocols: &[&[u8]]) -> Self {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(root.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Self { config: Arc::new(config) }
    }

    pub fn new(pem: &str) -> Self {
        Self::speaking(pem, &[b"h2", b"http/1.1"])
    }

    pub async fn shake_hands(&self, address: SocketAddr, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await
    }

    async fn connect(&self, address: SocketAddr, name: &str) -> std::io::Result<Connection> {
        let stream = self.shake_hands(address, name).await?;
        let certificate = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
        let speaks_http_2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let io = TokioIo::new(stream);
        let sender = if speaks_http_2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            beside(async { drop(connection.await) });
            Sender::Http2(sender)
        } else {
            let (sender, connection) = http1::handshake(io).await.unwrap();
            beside(async { drop(connection.await) });
            Sender::Http1(sender)
        };
        Ok(Connection { sender, certificate })
    }

    async fn get(&self, address: SocketAddr, name: &str, path: &str) -> std::io::Result<Page> {
        Ok(self.connect(address, name).await?.get(name, path).await)
    }
}

impl Connection {
    async fn get(&mut self, host: &str, path: &str) -> Page {
        self.send(Request::get(path), host, path, "").await
    }

    async fn send(&mut self, request: hyper::http::request::Builder, host: &str, path: &str, body: &str) -> Page {
        let body = Full::new(Bytes::from(body.to_owned()));
        let sent = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await.unwrap();
                sender.send_request(request.header("host", host).body(body).unwrap()).await
            }
            Sender::Http2(sender) => {
                sender.ready().await.unwrap();
                let request = request.uri(format!("https://{host}{path}")).body(body).unwrap();
                sender.send_request(request).await
            }
        };
        Page::of(tokio::time::timeout(PATIENCE, async { sent.unwrap() }).await.unwrap()).await
    }
}

/// A page without encryption.
async fn plain(address: SocketAddr, host: &str, path: &str) -> Page {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(TcpStream::connect(address).await.unwrap())).await.unwrap();
    beside(async { drop(connection.await) });
    let request = Request::get(path).header("host", host).body(Full::<Bytes>::default()).unwrap();
    Page::of(sender.send_request(request).await.unwrap()).await
}

/// The program with HTTPS, at addresses that it chose.
struct House {
    bench: Bench,
    serving: Serving,
    https: SocketAddr,
    http: SocketAddr,
    /// This machine's own way in.
    own: SocketAddr,
}

impl House {
    /// Starts it with certificate and key in files.
    fn with_files(pair: &(String, String), add: impl FnOnce(&mut Command)) -> Self {
        let bench = Bench::new();
        put(&bench, pair);
        let files = [("CERT_FILE", "cert.pem"), ("KEY_FILE", "key.pem")].map(|(key, name)| (key, bench.path(name)));
        Self::start(bench, |command| {
            for (key, path) in &files {
                command.env(format!("QUITTANCE_SERVER__{key}"), path);
            }
            command
                .env("QUITTANCE_SERVER__TLS", "files")
                .env("QUITTANCE_SERVER__PUBLIC_URL", format!("https://{NAME}"));
            add(command);
        })
    }

    fn start(bench: Bench, add: impl FnOnce(&mut Command)) -> Self {
        let mut serving = bench.serve_with(|command| {
            for key in ["HTTPS_LISTEN", "HTTP_LISTEN"] {
                command.env(format!("QUITTANCE_SERVER__{key}"), "127.0.0.1:0");
            }
            add(command);
        });
        let [https, http] = ["server.https_listen", "server.http_listen"].map(|key| {
            let line = serving.heard(&format!("key=\"{key}\""));
            address_in(&line)
        });
        let own = serving.address.parse().unwrap();
        Self { bench, serving, https, http, own }
    }
}

/// Exchanges the two files as those do who renew certificates: one after the other, each whole.
fn put(bench: &Bench, (chain, key): &(String, String)) {
    for (name, content) in [("key.pem", key), ("cert.pem", chain)] {
        let fresh = bench.path(&format!("{name}.new"));
        std::fs::write(&fresh, content).unwrap();
        std::fs::rename(&fresh, bench.path(name)).unwrap();
    }
}

fn address_in(line: &str) -> SocketAddr {
    let (_, rest) = line.split_once("address=").unwrap();
    rest.split(' ').next().unwrap().parse().unwrap()
}

/// A file of the bench, for the environment.
fn file(bench: &Bench, name: &str, content: &str) -> PathBuf {
    let path = bench.path(name);
    std::fs::write(&path, content).unwrap();
    path
}

//! From a connection to an encrypted one.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Certificates;
use super::challenge::ALPN_CHALLENGE;
use super::keychain::Shown;

/// HTTP/2 and HTTP/1.1, as ALPN names them (RFC 7301).
const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// How connections are encrypted. Clones share everything.
#[derive(Clone)]
pub struct Encryption(TlsAcceptor);

/// An encrypted connection.
pub type Secured = TlsStream<TcpStream>;

/// What a handshake came to.
pub enum Handshake {
    /// A visitor, who speaks HTTP/2 or HTTP/1.1.
    Visitor { stream: Box<Secured>, speaks_http_2: bool },
    /// A certificate authority, which has seen what it wanted to see.
    Authority,
}

impl std::fmt::Debug for Encryption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encryption(…)")
    }
}

impl Encryption {
    /// TLS 1.2 and 1.3 with whatever certificate is in hand at each handshake.
    ///
    /// # Errors
    /// The library refuses its own defaults.
    pub fn with(certificates: &Certificates) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let shown =
            Shown { keychain: Arc::clone(&certificates.keychain), challenges: Arc::clone(&certificates.challenges) };
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(shown));
        config.alpn_protocols = [HTTP_2, HTTP_1, ALPN_CHALLENGE].map(<[u8]>::to_vec).to_vec();
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Shakes hands. Whoever calls bounds the time.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<Handshake> {
        let stream = self.0.accept(stream).await?;
        Ok(match stream.get_ref().1.alpn_protocol() {
            Some(ALPN_CHALLENGE) => Handshake::Authority,
            protocol => {
                let speaks_http_2 = protocol == Some(HTTP_2);
                Handshake::Visitor { stream: Box::new(stream), speaks_http_2 }
            }
        })
    }
}

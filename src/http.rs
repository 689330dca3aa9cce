//! The way out over HTTP, for whoever speaks to a server that the owner named or that this program knows.
//!
//! The rule it keeps: no redirect is followed, no proxy is taken from the environment, names go through our own resolver,
//! and certificates are checked against compiled-in roots, and further ones where the owner names them. What is asked, how often and with which secret is for others.

mod question;

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{dns, redirect, retry};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

pub use question::ask;

use crate::resolve::{Reach, Resolver};

/// Calls are few; connections that rest cost both sides memory.
const IDLE_CONNECTIONS_MAX: usize = 4;

const USER_AGENT: &str = concat!("quittance/", env!("CARGO_PKG_VERSION"));

/// Why no call can be made at all; continues a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(String);

impl SetupError {
    /// An address that leads nowhere.
    #[must_use]
    pub fn address() -> Self {
        Self("its address is none".to_owned())
    }
}

/// A client that connects to what `reach` allows, within `connect`; nothing is sent yet.
///
/// # Errors
/// The encryption or the library cannot be set up.
pub fn client(resolver: Resolver, reach: Reach, connect: Duration) -> Result<reqwest::Client, SetupError> {
    client_trusting(None, resolver, reach, connect)
}

/// The same, which trusts these authorities, too, given in PEM form; those of them that can be read.
///
/// # Errors
/// The encryption or the library cannot be set up.
pub fn client_trusting(
    further: Option<&[u8]>,
    resolver: Resolver,
    reach: Reach,
    connect: Duration,
) -> Result<reqwest::Client, SetupError> {
    let roots = further.and_then(|pem| roots_with(pem).ok()).map_or_else(known_roots, |further| further.all);
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls(roots)?)
        .dns_resolver(Arc::new(Names { resolver, reach }))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(connect)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .user_agent(USER_AGENT)
        .build()
        .map_err(|error| SetupError(innermost(&error)))
}

/// The sentence of the cause of the cause: the outer ones say only that something failed, and may hold the address.
pub fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Whether a certificate was what stood in the way.
#[must_use]
pub fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        // What such an error holds is not its source, but itself in another coat.
        let held = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => cause.source(),
        };
    }
    false
}

/// The authorities that browsers believe.
#[must_use]
pub fn known_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// The authorities that browsers believe, and those of a file.
pub struct Roots {
    pub all: RootCertStore,
    /// Certificates of the file that are believed.
    pub further: usize,
    /// Those that cannot be read, and are passed over: a company's bundle may have one of another time.
    pub unreadable: usize,
}

/// Those that browsers believe, and the authorities of a file in PEM form: a company's own.
///
/// # Errors
/// The file has none that can be read; continues a sentence.
pub fn roots_with(pem: &[u8]) -> Result<Roots, String> {
    let mut roots = Roots { all: known_roots(), further: 0, unreadable: 0 };
    let mut why = "nothing in it is one".to_owned();
    for root in CertificateDer::pem_slice_iter(pem) {
        let added = root.map_err(|error| error.to_string());
        match added.and_then(|root| roots.all.add(root).map_err(|error| error.to_string())) {
            Ok(()) => roots.further += 1,
            Err(error) => {
                roots.unreadable += 1;
                why = error;
            }
        }
    }
    if roots.further == 0 { Err(why) } else { Ok(roots) }
}

/// How whoever speaks to another server is encrypted. One provider, named here: none is installed for the whole process.
///
/// # Errors
/// The library cannot be set up.
pub fn tls(roots: RootCertStore) -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError(error.to_string()))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

/// Our resolver, as the HTTP library wants to be given one.
struct Names {
    resolver: Resolver,
    reach: Reach,
}

impl dns::Resolve for Names {
    fn resolve(&self, name: dns::Name) -> dns::Resolving {
        let (resolver, reach) = (self.resolver.clone(), self.reach);
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str(), reach).await?;
            // Port 0 stands for the one of the URL.
            let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as dns::Addrs)
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Duration;

    use rustls::pki_types::PrivateKeyDer;
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::{Reach, Resolver, client_trusting, is_untrusted, roots_with};

    /// A server with a certificate that nobody issued; it, in PEM form, and its address.
    fn server() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let url = format!("https://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let line = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(line, stream.unwrap());
                // Whoever does not trust it hangs up.
                if stream.read(&mut [0; 1024]).is_ok_and(|bytes| bytes > 0) {
                    stream.write_all(b"HTTP/1.1 204 -\r\nConnection: close\r\n\r\n").unwrap();
                }
            }
        });
        (made.cert.pem(), url)
    }

    async fn ask(further: Option<&[u8]>, url: &str) -> reqwest::Result<reqwest::Response> {
        let within = Duration::from_mins(1);
        let client = client_trusting(further, Resolver::system().unwrap(), Reach::Configured, within).unwrap();
        client.get(url).send().await
    }

    #[tokio::test]
    async fn an_authority_of_the_owners_own_is_trusted_where_it_is_named() {
        let (pem, url) = server();
        for further in [None, Some(b"no certificate".as_slice())] {
            assert!(is_untrusted(&ask(further, &url).await.unwrap_err()), "{further:?}");
        }
        let own = Some(pem.as_bytes());
        assert_eq!(ask(own, &url).await.unwrap().status(), 204);
        assert!(!is_untrusted(&ask(own, "https://127.0.0.1:9/").await.unwrap_err()));
        assert_eq!(roots_with(b"no certificate").err().unwrap(), "nothing in it is one");
        let bundle = [b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", pem.as_bytes()].concat();
        let roots = roots_with(&bundle).unwrap();
        assert_eq!((roots.further, roots.unreadable), (1, 1), "one that is none takes no other's place");
        assert_eq!(ask(Some(&bundle), &url).await.unwrap().status(), 204);
    }
}

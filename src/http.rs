//! The way out over HTTP, for whoever speaks to a server that the owner named or that this program knows.
//!
//! The rule it keeps: no redirect is followed, no proxy is taken from the environment, names go through our own resolver,
//! and certificates are checked against compiled-in roots. What is asked, how often and with which secret is for others.

mod question;

use std::error::Error;
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
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls(known_roots())?)
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

/// The authorities that browsers believe.
#[must_use]
pub fn known_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// Those, and the authorities of a file in PEM form: a company's own.
///
/// # Errors
/// What is wrong with the file; continues a sentence.
pub fn roots_with(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = known_roots();
    let before = roots.len();
    for root in CertificateDer::pem_slice_iter(pem) {
        roots.add(root.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    if roots.len() == before { Err("nothing in it is one".to_owned()) } else { Ok(roots) }
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

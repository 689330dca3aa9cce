//! An authority of a few lines, that answers whatever a test has it answer.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::Root;
use crate::support::beside;

/// Begins to answer; its directory. `answer` is given a request and the address that all of its begin with.
pub async fn speaking(root: &Root, answer: impl Fn(&str, &str) -> String + Send + 'static) -> String {
    let (chain, key) = root.issue("127.0.0.1", 30);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()));
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let directory = format!("{base}/dir");
    beside(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let words = whole(&mut stream).await;
            drop(stream.write_all(answer(&words, &base).as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    directory
}

/// A request with its body, as far as it comes.
async fn whole(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let (mut request, mut piece) = (String::new(), vec![0; 16 << 10]);
    loop {
        let length = stream.read(&mut piece).await.unwrap_or(0);
        request.push_str(&String::from_utf8_lossy(&piece[..length]));
        let body = request.split_once("\r\n\r\n").map(|(head, body)| {
            let announced =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            body.len() >= announced.unwrap_or(0)
        });
        if length == 0 || body == Some(true) {
            return request;
        }
    }
}

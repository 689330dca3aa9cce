//! What stands in front: HTTPS that ends elsewhere and does not say so.

use std::net::{SocketAddr, TcpListener as BlockingListener};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::encrypted_mail::acceptor;
use crate::process::Bench;
use crate::support::beside;

const NAME: &str = "pay.localhost";

/// Ends HTTPS and passes every byte on as it is.
fn silent_proxy(listener: TcpListener, certificate: CertificateDer<'static>, key: &rcgen::KeyPair, behind: SocketAddr) {
    let acceptor = acceptor(certificate, key);
    beside(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut client) = acceptor.accept(stream).await else { continue };
            let Ok(mut server) = TcpStream::connect(behind).await else { continue };
            beside(async move { drop(copy_bidirectional(&mut client, &mut server).await) });
        }
    });
}

#[tokio::test]
async fn a_proxy_that_does_not_say_that_visitors_came_over_https_is_told() {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{NAME}:{}", front.local_addr().unwrap().port());
    // Known before the server is, and nobody's in between.
    let own = BlockingListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let certificate = CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap();
    silent_proxy(front, certificate, &made.signing_key, own);
    let looked = tokio::task::spawn_blocking(move || {
        let bench = Bench::new();
        std::fs::write(bench.path("roots.pem"), made.cert.pem()).unwrap();
        let server = bench.serve_with(|command| {
            command.env("QUITTANCE_SERVER__LISTEN", own.to_string()).env("QUITTANCE_SERVER__PUBLIC_URL", url);
            command.env("QUITTANCE_SERVER__ACME_ROOTS_FILE", bench.path("roots.pem"));
        });
        let looked = bench.run(&["doctor"]);
        server.stop();
        looked
    });
    let looked = looked.await.unwrap();
    assert_eq!(looked.code, Some(1), "{}", looked.out);
    assert!(looked.out.contains("ok   public-address  https://pay.localhost:"), "{}", looked.out);
    assert!(looked.out.contains("fail forwarding  visitors over HTTPS look as if they came without"), "{}", looked.out);
    assert!(looked.out.contains("have the proxy send X-Forwarded-Proto"), "{}", looked.out);
    assert!(looked.out.contains("ok   certificate  good for "), "{}", looked.out);
}

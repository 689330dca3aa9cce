//! Row C26: what would keep Stripe from delivering is found before it does.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::encrypted_mail::acceptor;
use crate::process::Bench;
use crate::support::beside;

const ELSEWHERE: &[u8] =
    b"HTTP/1.1 301 Moved Permanently\r\nLocation: https://pay.example.com/\r\nContent-Length: 0\r\n\r\n";

async fn somebody() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Whoever asks is sent elsewhere; that they hang up is no matter.
async fn send_elsewhere(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let _ = stream.read(&mut [0; 1024]).await;
    let _ = stream.write_all(ELSEWHERE).await;
}

/// What `check --online` says of this public address.
async fn finding(url: String) -> String {
    let check = move || {
        let bench = Bench::new();
        let output = bench.command(&["check", "--online"]).env("QUITTANCE_SERVER__PUBLIC_URL", url).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().find(|line| line.starts_with("fail public address")).unwrap_or(&said).to_owned()
    };
    tokio::task::spawn_blocking(check).await.unwrap()
}

#[tokio::test]
async fn c26_an_address_that_sends_visitors_elsewhere_gets_no_webhooks() {
    let (listener, address) = somebody().await;
    beside(async move {
        while let Ok((stream, _)) = listener.accept().await {
            send_elsewhere(stream).await;
        }
    });
    let said = finding(format!("http://{address}")).await;
    assert!(said.contains("301") && said.contains("Stripe does not go there"), "{said}");
    assert!(said.contains("set server.public_url"), "{said}");
}

#[tokio::test]
async fn c26_a_certificate_that_nobody_vouches_for_is_found() {
    let (listener, address) = somebody().await;
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let acceptor = Arc::new(acceptor(made.cert.der().clone(), &made.signing_key));
    beside(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                send_elsewhere(stream).await;
            }
        }
    });
    let said = finding(format!("https://localhost:{}", address.port())).await;
    assert!(said.contains("cannot be reached") && said.contains("certificate"), "{said}");
}

//! Row C26: what would keep Stripe from delivering is found before it does.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use quittance::config::check::Level;
use quittance::resolve::Resolver;
use quittance::trials::public_address::reached;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::encrypted_mail::acceptor;
use crate::house::House;
use crate::process::Bench;
use crate::support::beside;
use crate::support::names::Names;

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

/// What `check --online` says of both where it would listen, and what leads there.
fn said_at(bench: &Bench, address: &str) -> String {
    let mut check = bench.command(&["check", "--online"]);
    let output = check.env("QUITTANCE_SERVER__LISTEN", address).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(i32::from(said.contains("\nfail ") || said.starts_with("fail "))), "{said}");
    said
}

#[test]
fn another_quittance_at_the_address_is_not_this_one() {
    let (one, other) = (Bench::new(), Bench::new());
    let server = one.serve();
    let address = server.address.clone();
    // Before the other has data, when it has, and when it runs elsewhere.
    for step in 0..3 {
        if step == 1 {
            other.run(&["token", "create", "--name", "till"]).good();
        }
        let running = (step == 2).then(|| other.serve());
        let said = said_at(&other, &address);
        assert!(said.contains(&format!("fail server.listen  {address} is taken by another program")), "{said}");
        assert!(said.contains(&format!("fail public address  http://{address} does not lead to")), "{said}");
        assert!(!said.contains("ok   server.listen"), "{said}");
        drop(running);
    }
    let said = said_at(&one, &address);
    assert!(said.contains("ok   server.listen") && said.contains("ok   public address"), "{said}");
    server.stop();
    let said = said_at(&one, &address);
    assert!(said.contains(&format!("ok   server.listen  {address} is free")), "{said}");
    assert!(said.contains("fail public address") && said.contains("start the server"), "{said}");
}

#[tokio::test]
async fn whoever_only_says_that_all_is_well_is_not_this_one() {
    let (listener, address) = somebody().await;
    beside(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n").await;
        }
    });
    let check = move || {
        let bench = Bench::new();
        let before = said_at(&bench, &address.to_string());
        let server = bench.serve();
        (before, said_at(&bench, &address.to_string()), server.stop())
    };
    let (before, beside, _) = tokio::task::spawn_blocking(check).await.unwrap();
    for said in [before, beside] {
        assert!(said.contains("fail server.listen") && said.contains("fail public address"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_of_the_name_is_asked_and_the_one_that_leads_elsewhere_is_named() {
    let names = Names::leading_to(Ipv4Addr::LOCALHOST).await;
    let house = House::open_asking(Resolver::with_server(names.address).unwrap(), |config| {
        // Free a moment ago.
        config.server.listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        config.server.public_url = format!("http://pay.test:{}", config.server.listen.port()).parse().unwrap();
    })
    .await;
    let found = reached(house.app()).await;
    assert!(found.level == Level::Ok && found.detail.ends_with("leads to this Quittance"), "{found}");
    // The first leads here, and the record of the old machine was forgotten.
    names.lead_to_all(vec![Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 77, 0, 9)]);
    let found = reached(house.app()).await;
    let is_named = found.detail.contains("but at 127.77.0.9 it does not");
    assert!(found.level == Level::Fail && is_named && found.remedy.is_some(), "{found}");
    house.close().await;
}

//! The setup address from a laptop: by the public name once that leads here, through a tunnel before.

use hyper::StatusCode;

use super::{House, NAME, Root, Visitor, plain};
use crate::process::get;

/// What the address ends with, and where it leads.
fn address_in(line: &str) -> (String, String) {
    let address = line.split(' ').next_back().unwrap().trim().to_owned();
    let (origin, secret) = address.split_once("/admin/setup/").unwrap();
    (origin.to_owned(), format!("/admin/setup/{secret}"))
}

#[tokio::test]
async fn a_name_that_leads_here_is_all_that_is_needed() {
    let root = Root::new();
    let mut house = House::with_files(&root.issue(NAME, 90), |command| {
        // With a port of its own it is nobody else's who might listen at port 80.
        command.env("QUITTANCE_SERVER__PUBLIC_URL", format!("https://{NAME}:8443"));
    });
    let line = house.serving.printed("Open this address once");
    let (origin, path) = address_in(&line);
    assert_eq!(origin, format!("https://{NAME}:8443"));
    let mut connection = Visitor::new(&root.pem()).connect(house.https, NAME).await.unwrap();
    assert_eq!(connection.get(&format!("{NAME}:8443"), &path).await.status, StatusCode::OK);
    let (out, log) = house.serving.stop();
    assert!(out.is_empty() && !log.contains("/setup/"), "no tunnel, and no secret in the log: {out}");
}

#[tokio::test]
async fn before_the_name_leads_here_a_tunnel_does() {
    let root = Root::new();
    // Nothing of ours is at port 80 of this machine, where the name leads.
    let mut house = House::with_files(&root.issue(NAME, 90), |command| {
        command.env("QUITTANCE_SERVER__PUBLIC_URL", "https://nowhere.invalid");
    });
    let public = house.serving.printed("Open this address once");
    assert!(public.contains("https://nowhere.invalid/admin/setup/"), "{public}");
    let why = house.serving.printed("Until then");
    assert!(why.contains("It works as soon as nowhere.invalid has an address that leads here"), "{why}");
    let tunnel = house.serving.printed("ssh -L");
    assert!(tunnel.contains(&format!("ssh -L {0}:127.0.0.1:{0} ", house.own.port())), "{tunnel}");
    let (origin, path) = address_in(&house.serving.printed("and open there"));
    assert_eq!(origin, format!("http://127.0.0.1:{}", house.own.port()));
    let page = plain(house.own, &house.own.to_string(), &path).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let strict = page.header("strict-transport-security").is_some();
    assert!(!strict && page.text.contains("password"), "{page:?}");
    let (status, answer) = get(&house.serving.address, "/admin/setup/somebody-guessed");
    assert_eq!(status, 303, "{answer}");
}

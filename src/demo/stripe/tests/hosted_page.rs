//! The hosted page and the control page, as a browser without scripts uses them.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{intent_of, listening, ordered, stand_in, types};
use crate::demo::stripe::{Card, DeliveryMode};

/// Head and body of the answer. A form makes it a POST.
async fn browse(address: SocketAddr, path: &str, form: Option<&str>, site: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let method = if form.is_some() { "POST" } else { "GET" };
    let body = form.unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: {site}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

async fn look(address: SocketAddr, path: &str) -> (String, String) {
    browse(address, path, None, "none").await
}

async fn press(address: SocketAddr, path: &str, form: &str) -> String {
    browse(address, path, Some(form), "same-origin").await.0
}

#[tokio::test]
async fn a_payer_is_declined_confirms_and_goes_back() {
    let (stand_in, _) = stand_in();
    let address = listening(&stand_in).await;
    let id = ordered(&stand_in).await;
    let page = format!("/c/pay/{id}");
    let (head, body) = look(address, &page).await;
    assert!(head.contains("form-action 'self' http://127.0.0.1:1;"), "{head}");
    for words in
        ["Test checkout", "€123.45", "Invoice 2026-0001", "anna@example.com", "4242 4242 4242 4242", "takes days"]
    {
        assert!(body.contains(words), "{words}");
    }
    let head = press(address, &page, "means=4000+0000+0000+9995&act=pay").await;
    assert!(head.starts_with("HTTP/1.1 303") && head.contains(&format!("location: {page}\r\n")), "{head}");
    assert!(look(address, &page).await.1.contains("Your card has insufficient funds."));
    let head = press(address, &page, "means=4000+0027+6000+3184&act=pay").await;
    assert!(head.contains(&format!("location: {page}/secure\r\n")));
    assert!(look(address, &format!("{page}/secure")).await.1.contains("3184"));
    let head = press(address, &format!("{page}/secure"), "answer=agree").await;
    assert!(head.contains(&format!("location: http://127.0.0.1:1/i/t/return?session_id={id}\r\n")), "{head}");
    assert!(look(address, &page).await.1.contains("all done here"));
    assert!(press(address, &page, "means=4242+4242+4242+4242&act=pay").await.starts_with("HTTP/1.1 200"));
    assert_eq!(types(&stand_in).iter().filter(|kind| *kind == "charge.succeeded").count(), 1);
}

#[tokio::test]
async fn an_address_is_asked_for_where_the_merchant_gave_none() {
    let (stand_in, _) = stand_in();
    let address = listening(&stand_in).await;
    let order = super::ORDER.replace("&customer_email=anna%40example.com", "");
    let id = super::post(&stand_in, "checkout/sessions", &order, None).await.json()["id"].as_str().unwrap().to_owned();
    let page = format!("/c/pay/{id}");
    let (head, body) = browse(address, &page, Some("email=nobody&means=debit&act=pay"), "same-origin").await;
    assert!(
        head.starts_with("HTTP/1.1 422")
            && body.contains("Your email is incomplete.")
            && body.contains("value=\"nobody\"")
    );
    let head = press(address, &page, "email=cy%40example.com&means=debit&act=pay").await;
    assert!(head.starts_with("HTTP/1.1 303"));
    assert_eq!(stand_in.session(&id).unwrap()["customer_details"]["email"], "cy@example.com");
}

#[tokio::test]
async fn an_expired_session_says_so_and_a_foreign_form_is_none() {
    let (stand_in, _) = stand_in();
    let address = listening(&stand_in).await;
    let id = ordered(&stand_in).await;
    let page = format!("/c/pay/{id}");
    let (head, _) = browse(address, &page, Some("means=4242+4242+4242+4242&act=pay"), "cross-site").await;
    assert!(head.starts_with("HTTP/1.1 403"));
    stand_in.expire(&id).unwrap();
    assert!(look(address, &page).await.1.contains("This link has timed out"));
    assert!(look(address, "/c/pay/cs_test_0").await.0.starts_with("HTTP/1.1 404"));
    assert!(look(address, "/c/style.css").await.0.contains("text/css"));
}

#[tokio::test]
async fn the_control_page_moves_what_waits() {
    let (stand_in, _) = stand_in();
    let address = listening(&stand_in).await;
    assert!(look(address, "/demo/stripe").await.1.contains("Nothing has happened yet."));
    let id = ordered(&stand_in).await;
    press(address, "/demo/stripe/act", "do=mode&id=lose").await;
    assert_eq!(stand_in.delivery_mode(), DeliveryMode::Lose);
    stand_in.pay_delayed(&id).unwrap();
    let (_, body) = look(address, "/demo/stripe").await;
    assert!(
        body.contains("Waiting for the bank")
            && body.contains("checkout.session.completed")
            && body.contains("No endpoint")
    );
    let head = press(address, "/demo/stripe/act", &format!("do=clear&id={}", intent_of(&stand_in, &id))).await;
    assert!(head.contains("location: /demo/stripe#payments"));
    assert_eq!(stand_in.session(&id).unwrap()["payment_status"], "paid");
    let other = ordered(&stand_in).await;
    press(address, "/demo/stripe/act", &format!("do=expire&id={other}")).await;
    assert!(stand_in.pay(&other, Card::Visa).is_err());
    assert!(press(address, "/demo/stripe/act", "do=nothing&id=x").await.starts_with("HTTP/1.1 400"));
}

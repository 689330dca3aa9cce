//! Nobody who knows names answers. What Stripe sends is stored, who clicks Pay is asked to come again and sees where to
//! transfer the money, mails wait and say for what; and once somebody answers, all of it goes on by itself.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quittance::billing::event::{Event, Handling};
use quittance::billing::letter::Delivery;
use quittance::resolve::Resolver;
use serde_json::Value;
use tokio::net::UdpSocket;

use crate::house::House;
use crate::support::{Ask, beside, path};

const HOST: &str = "stripe.test";

/// A name server that says that it cannot answer, until it can: then every name leads to this machine.
struct Names {
    address: SocketAddr,
    answers: Arc<AtomicBool>,
}

impl Names {
    async fn gone() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, answers) = (socket.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let theirs = Arc::clone(&answers);
        beside(async move {
            let mut query = [0; 512];
            while let Ok((length, peer)) = socket.recv_from(&mut query).await {
                let reply = reply(&query[..length], theirs.load(Ordering::SeqCst));
                socket.send_to(&reply, peer).await.unwrap();
            }
        });
        Self { address, answers }
    }
}

fn reply(query: &[u8], answers: bool) -> Vec<u8> {
    let name_end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 1;
    let is_found = answers && query[name_end..name_end + 2] == [0, 1];
    let code = if answers { 0 } else { 2 };
    let mut reply = [&query[..2], &[0x81, 0x80 | code, 0, 1, 0, u8::from(is_found), 0, 0, 0, 0]].concat();
    reply.extend(&query[12..name_end + 4]);
    if is_found {
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend(Ipv4Addr::LOCALHOST.octets());
    }
    reply
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_names_nothing_is_lost_and_with_them_everything_goes_on() {
    let names = Names::gone().await;
    let mut stripe_port = 0;
    let house = House::open_asking(Resolver::with_server(names.address).unwrap(), |config| {
        let base = config.stripe.api_base.take().unwrap().to_string();
        stripe_port = base.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        config.stripe.api_base = Some(format!("http://{HOST}:{stripe_port}").parse().unwrap());
        config.mail.smtp = Some(format!("smtp://mail.test:{}", config_port(config)).parse().unwrap());
    })
    .await;
    house.stand_in.set_public_base(&format!("http://{HOST}:{stripe_port}"));
    let invoice = house.invoice().await;
    let mail = house.send(&invoice).await;
    let waits = house.letter_when(mail, |letter| letter.attempts == 1).await;
    let words = waits.last_words.clone().unwrap_or_default();
    assert!(matches!(waits.state, Delivery::Queued) && words.contains("DNS"), "{words}");
    let click = || Ask::new(house.running.address, "POST", &path(&invoice, "/checkout"));
    let refused = click().send().await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some() && refused.text().contains(&invoice.number), "the page is there");
    assert!(!refused.text().contains(HOST), "causes are for the log");
    let event = crate::store::business::event("evt_1", house.clock.now());
    let event = Event { livemode: false, ..event };
    house.app().store.write(move |w| w.put_event(&event)).await.unwrap();
    let stored = || house.app().store.read(|r| r.event("evt_1")).unwrap().unwrap();
    house.until(|| stored().tries == 1).await;
    assert!(matches!(stored().state, Handling::Pending { .. }), "{:?}", stored().state);

    names.answers.store(true, Ordering::SeqCst);
    house.clock.advance(60);
    // Stripe is asked now, and knows no such session.
    house.until(|| stored().tries == 2).await;
    let words = stored().last_error.unwrap_or_default();
    assert!(!words.contains("DNS"), "{words}");
    let sent_on = click().send().await;
    assert_eq!(sent_on.status, 303, "{}", sent_on.text());
    let sessions: Vec<Value> = house.stand_in.sessions();
    assert_eq!(sessions.len(), 1, "the refused click made none");
    let tried = house.letter_when(mail, |letter| letter.attempts == 2).await;
    let words = tried.last_words.unwrap_or_default();
    assert!(!words.contains("DNS"), "the mail server was found, and what it lacks is another matter: {words}");
    house.close().await;
}

/// The port of the mailbox.
fn config_port(config: &quittance::config::Config) -> u16 {
    config.mail.smtp.as_ref().unwrap().port
}

//! Nobody who knows names answers. What Stripe sends is stored, who clicks Pay is asked to come again and sees where to
//! transfer the money, mails wait and say for what; and once somebody answers, all of it goes on by itself.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::net::Ipv4Addr;

use quittance::billing::event::{Event, Handling};
use quittance::billing::letter::Delivery;
use quittance::resolve::Resolver;
use serde_json::Value;

use crate::house::House;
use crate::support::names::Names;
use crate::support::{Ask, path};

const HOST: &str = "stripe.test";

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

    names.lead_to(Ipv4Addr::LOCALHOST);
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

//! Mails, from the outbox to a mail server that does what mail servers do.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

use std::net::SocketAddr;
use std::time::Duration;

use jiff::SignedDuration;
use quittance::actions::record_payment::{self, Recorded};
use quittance::actions::reviews::{self, Case};
use quittance::actions::{Actor, customers, mailings, owners, write_off};
use quittance::app::{MAIL_FROM, SMTP};
use quittance::billing::id::MailId;
use quittance::billing::letter::{Delivery, Matter};
use quittance::billing::log::{Channel, Happening};
use quittance::billing::party::Party;
use quittance::billing::payment::Method;
use quittance::billing::review::Reason;
use quittance::billing::role::Role;
use quittance::demo::mailbox::{Fault, How, Mailbox, When};
use quittance::demo::stripe::{Card, DisputeOrder, Operation};
use quittance::payments::checkout::{self, sync_session};
use quittance::payments::client::Patience;
use quittance::payments::{disputes, owner_acts};
use quittance::store::{Error, Owner, Store, Writer};

use crate::house::House;

fn is_sent(letter: &quittance::billing::letter::Letter) -> bool {
    is_sent_state(&letter.state)
}

fn is_sent_state(state: &Delivery) -> bool {
    matches!(state, Delivery::Sent { .. })
}

#[tokio::test]
async fn an_invoice_leaves_as_soon_as_it_is_sent() {
    let house = House::open().await;
    let invoice = house.invoice().await;
    let id = house.send(&invoice).await;
    house.mailbox.arrived(1).await;
    let mail = house.mailbox.messages().remove(0);
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("pat@example.com", &["jane@example.com".to_owned()][..]));
    assert_eq!(mail.header("Message-ID").unwrap(), format!("<{id}@127.0.0.1>"));
    let page = format!("http://{}/i/{}", house.running.address, invoice.link.token());
    assert!(mail.text().unwrap().contains(&page), "links lead to where we really listen");
    assert!(mail.text().unwrap().contains("€119.00"));

    let letter = house.letter_when(id, is_sent).await;
    assert_eq!((letter.subject.as_str(), letter.attempts), (mail.subject().as_str(), 1));
    let log = house.app().store.read(|r| r.log(invoice.id, 0, 100)).unwrap();
    assert!(log.iter().any(|line| line.kind == Happening::MailSent));
    house.close().await;
}

#[tokio::test]
async fn k1_a_mail_server_that_is_busy_is_asked_again() {
    let house = House::open().await;
    house.mailbox.fail_next(Fault::new(When::Recipient, How::Answer("450 4.2.0 Mailbox busy")));
    house.mailbox.fail_next(Fault::new(When::Connected, How::HangUp));
    let invoice = house.invoice().await;
    let id = house.send(&invoice).await;
    // The greeting fails first, for it comes first.
    let letter = house.letter_when(id, |letter| letter.attempts == 1).await;
    assert_eq!(letter.not_before.duration_since(house.clock.now()).as_secs(), 60);
    house.clock.advance(59);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(house.letter(id).attempts, 1, "not before its time");
    house.clock.advance(1);
    let letter = house.letter_when(id, |letter| letter.attempts == 2).await;
    assert_eq!(letter.state, Delivery::Queued);
    assert!(letter.last_words.unwrap().contains("Mailbox busy"));
    house.clock.advance(5 * 60);
    assert_eq!(house.letter_when(id, is_sent).await.attempts, 3);
    assert_eq!(house.mailbox.messages().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn k1_after_three_days_of_trying_it_is_given_up() {
    let house = House::open().await;
    let invoice = house.invoice().await;
    let busy = || house.mailbox.fail_next(Fault::new(When::Sender, How::Answer("451 4.3.0 Try later")));
    busy();
    let id = house.send(&invoice).await;
    let begin = house.clock.now();
    let mut tried = 1;
    loop {
        let letter = house.letter_when(id, |letter| letter.attempts == tried).await;
        if letter.state != Delivery::Queued {
            break;
        }
        busy();
        let wait = letter.not_before.duration_since(house.clock.now()).as_secs();
        house.clock.advance(wait);
        tried += 1;
    }
    assert!(matches!(house.letter(id).state, Delivery::Failed { .. }));
    let hours = house.clock.now().duration_since(begin).as_hours();
    assert!((66..=72).contains(&hours), "{hours}");
    house.close().await;
}

#[tokio::test]
async fn k2_a_refusal_for_good_is_shown_in_the_servers_words() {
    let house = House::open().await;
    house.mailbox.fail_next(Fault::new(When::Recipient, How::Answer("550 5.1.1 No such user here")));
    let invoice = house.invoice().await;
    let id = house.send(&invoice).await;
    let letter = house.letter_when(id, |letter| letter.attempts == 1).await;
    assert!(matches!(letter.state, Delivery::Failed { .. }));
    assert_eq!(letter.last_words.as_deref(), Some("550 5.1.1 No such user here"));
    let log = house.app().store.read(|r| r.log(invoice.id, 0, 100)).unwrap();
    let failed = log.iter().find(|line| line.kind == Happening::MailFailed).unwrap();
    assert!(failed.detail.as_deref().unwrap().contains("jane@example.com"));
    house.close().await;
}

/// Owes the mail of an invoice to Jane, with a copy to the bookkeeper and one to the archive.
async fn send_with_copies(house: &House) -> MailId {
    let invoice = house.invoice().await.id;
    let to = vec!["jane@example.com".to_owned()];
    let cc = vec!["books@example.com".to_owned(), "archive@example.com".to_owned()];
    let owe = move |w: &mut Writer<'_>| {
        let (matter, now) = (Matter::Invoice { invoice, ordinal: 1 }, w.now());
        Ok::<_, Error>(mailings::queue(w, matter, to.clone(), cc.clone(), now)?.unwrap().id)
    };
    house.app().store.write(owe).await.unwrap()
}

#[tokio::test]
async fn k1_a_copy_that_is_greylisted_follows_and_nobody_gets_the_mail_twice() {
    let house = House::open().await;
    house.mailbox.fail_next(Fault::new(When::Copy, How::Answer("451 4.7.1 Greylisted, try later")));
    let id = send_with_copies(&house).await;
    let letter = house.letter_when(id, |letter| letter.attempts == 1).await;
    assert_eq!(letter.state, Delivery::Queued, "somebody waits for it");
    assert_eq!((letter.taken.len(), letter.owed()), (2, vec!["books@example.com"]));
    assert!(letter.last_words.unwrap().contains("no copy to books@example.com: 451"));
    // Jane has hers, so the owner may send it to her once more.
    let about = house.letter(id).subject_matter;
    let invoice = house.app().store.read(|r| mailings::invoice_of(&r, &about)).unwrap().unwrap();
    let pat = Actor::owner("pat@example.com");
    let once_more =
        house.app().store.write(move |w| mailings::send_invoice(w, invoice, SignedDuration::from_hours(1), &pat));
    let once_more = once_more.await.unwrap_or_else(|error| panic!("{error}")).id;
    house.app().store.write(move |w| mailings::withdraw(w, once_more)).await.unwrap_or_else(|error| panic!("{error}"));
    // Tried again in vain, and then with success; a restart in between changes nothing.
    house.mailbox.fail_next(Fault::new(When::Recipient, How::Answer("451 4.7.1 Greylisted, try later")));
    house.clock.advance(60);
    house.letter_when(id, |letter| letter.attempts == 2).await;
    let house = house.restarted(|_| ()).await;
    house.clock.advance(5 * 60);
    assert_eq!(house.letter_when(id, is_sent).await.attempts, 3);
    let mails = house.mailbox.messages();
    let to: Vec<_> = mails.iter().map(|mail| mail.to.join(" ")).collect();
    assert_eq!(to, ["jane@example.com archive@example.com", "books@example.com"]);
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
    assert_eq!(mails[0].header("Cc").unwrap(), mails[1].header("Cc").unwrap(), "it says whom it went to");
    let invoice = house.app().store.read(|r| mailings::invoice_of(&r, &house.letter(id).subject_matter)).unwrap();
    let log = house.app().store.read(|r| r.log(invoice.unwrap(), 0, 100)).unwrap();
    let sent: Vec<_> = log.iter().filter(|line| line.kind == Happening::MailSent).collect();
    assert!(sent[0].detail.as_deref().unwrap().contains("jane@example.com"), "{sent:?}");
    assert!(sent.len() == 2 && sent[1].detail.as_deref().unwrap().ends_with("to books@example.com"), "{sent:?}");
    house.close().await;
}

#[tokio::test]
async fn k1_a_copy_that_is_never_taken_is_given_up_and_shown() {
    let house = House::open().await;
    house.mailbox.fail_next(Fault::new(When::Copy, How::Answer("452 4.2.2 Mailbox full")));
    let id = send_with_copies(&house).await;
    let mut tried = 1;
    loop {
        let letter = house.letter_when(id, |letter| letter.attempts == tried).await;
        if letter.state != Delivery::Queued {
            break;
        }
        house.mailbox.fail_next(Fault::new(When::Recipient, How::Answer("452 4.2.2 Mailbox full")));
        house.clock.advance(letter.not_before.duration_since(house.clock.now()).as_secs());
        tried += 1;
    }
    let letter = house.letter(id);
    assert!(matches!(letter.state, Delivery::Failed { .. }), "{letter:?}");
    assert_eq!(house.mailbox.messages().len(), 1, "Jane has it once");
    // The owner tries once more, and it goes to the one who has none.
    house.app().store.write(move |w| mailings::retry(w, id, None)).await.unwrap();
    house.letter_when(id, is_sent).await;
    assert_eq!(house.mailbox.messages()[1].to, ["books@example.com"]);
    house.close().await;
}

#[tokio::test]
async fn k1_a_copy_that_is_refused_is_shown() {
    let house = House::open().await;
    house.mailbox.fail_next(Fault::new(When::Copy, How::Answer("550 5.1.1 No such user")));
    let id = send_with_copies(&house).await;
    let letter = house.letter_when(id, |letter| letter.attempts == 1).await;
    assert!(matches!(letter.state, Delivery::Failed { .. }), "{letter:?}");
    assert_eq!(letter.owed(), ["books@example.com"]);
    let invoice = house.app().store.read(|r| mailings::invoice_of(&r, &letter.subject_matter)).unwrap().unwrap();
    let log = house.app().store.read(|r| r.log(invoice, 0, 100)).unwrap();
    let failed = log.iter().find(|line| line.kind == Happening::MailFailed).unwrap();
    assert!(failed.detail.as_deref().unwrap().contains("Not sent to books@example.com"), "{failed:?}");
    assert_eq!(house.mailbox.messages()[0].to, ["jane@example.com", "archive@example.com"]);
    house.close().await;
}

#[tokio::test]
async fn an_invoice_that_was_paid_before_its_mail_left_asks_for_nothing() {
    let house = House::open().await;
    let invoice = house.invoice().await;
    let id = house.send_in(&invoice, 3_600).await;
    let (of, pat) = (invoice.id, Actor::owner("pat@example.com"));
    let paid = Recorded { amount: 11_900, method: Method::BankTransfer, received_on: None, reference: String::new() };
    house
        .app()
        .store
        .write(move |w| record_payment::record(w, of, &paid, &pat).map(drop))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    house.clock.advance(3_600);
    house.letter_when(id, is_sent).await;
    let mails = house.mailbox.messages();
    let mail = mails.iter().find(|mail| mail.subject().starts_with("Invoice ")).unwrap();
    let (text, html) = (mail.text().unwrap(), mail.raw.clone());
    assert!(text.contains("Nothing is left to pay on this invoice."), "{text}");
    assert!(!text.contains("due") && !text.contains("pay invoice") && text.contains("View invoice"), "{text}");
    assert!(!String::from_utf8_lossy(&html).contains("Amount due"));
    house.close().await;
}

/// Whoever only signs in is not the business.
#[tokio::test]
async fn mails_without_a_sender_of_their_own_are_from_an_owner() {
    let house = House::open_with(|config| config.mail.from = None).await;
    let invite = |w: &mut Writer<'_>| {
        let books = owners::add(w, "books@example.com", "hash", "a test")?;
        w.put_owner(&Owner { role: Role::Bookkeeper, ..books })?;
        owners::add(w, "pat@example.com", "hash", "a test").map(drop)
    };
    house.app().store.write(invite).await.unwrap_or_else(|error| panic!("{error}"));
    let invoice = house.invoice().await;
    house.send(&invoice).await;
    house.mailbox.arrived(1).await;
    assert_eq!(house.mailbox.messages()[0].from, "pat@example.com");
    house.close().await;
}

#[tokio::test]
async fn k3_a_lost_answer_brings_the_same_mail_again() {
    let house = House::open().await;
    house.mailbox.fail_next(Fault::new(When::AfterMessage, How::HangUp));
    let invoice = house.invoice().await;
    let id = house.send(&invoice).await;
    house.letter_when(id, |letter| letter.attempts == 1).await;
    house.clock.advance(60);
    house.letter_when(id, is_sent).await;
    let mails = house.mailbox.messages();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].raw, mails[1].raw, "byte for byte, so that mail programs show one");
    house.close().await;
}

#[tokio::test]
async fn k4_news_of_a_payment_by_many_ways_brings_one_receipt() {
    let house = House::open().await;
    let invoice = house.invoice().await;
    let till = house.app().till().unwrap();
    let attempt = checkout::start(&till, &invoice, &quittance::actions::Actor::owner("pat@example.com")).await.unwrap();
    let session = attempt.session.unwrap();
    house.stand_in.pay(&session, Card::Visa).unwrap();
    let news = (0..5).map(|_| sync_session(&till, &session, Channel::Webhook, None, Patience::Background));
    for settled in futures_util::future::join_all(news).await {
        settled.unwrap();
    }
    house.mailbox.arrived(1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let subjects: Vec<_> = house.mailbox.messages().iter().map(|mail| mail.subject()).collect();
    assert_eq!(subjects, [format!("Receipt for invoice {}: €119.00", invoice.number)]);
    house.close().await;
}

#[tokio::test]
async fn j3_a_receipt_that_a_stop_kept_from_leaving_leaves_once_after_the_next_start() {
    let house = House::open_with(|config| config.mail.smtp = None).await;
    let invoice = house.invoice().await;
    let till = house.app().till().unwrap();
    let attempt = checkout::start(&till, &invoice, &Actor::owner("pat@example.com")).await.unwrap();
    let session = attempt.session.unwrap();
    house.stand_in.pay(&session, Card::Visa).unwrap();
    sync_session(&till, &session, Channel::Webhook, None, Patience::Background).await.unwrap();
    drop(till);
    let letters = |house: &House| house.app().store.read(|r| r.letters(None, 10)).unwrap();
    assert_eq!((letters(&house).len(), letters(&house)[0].attempts), (1, 0), "settled, and not mailed yet");
    let server = format!("smtp+plain://{}", house.mailbox.address());
    let house = house.restarted(|config| config.mail.smtp = Some(server.parse().unwrap())).await;
    house.until(|| is_sent(&letters(&house)[0])).await;
    let house = house.restarted(|_| ()).await;
    assert_eq!((letters(&house).len(), letters(&house)[0].attempts), (1, 1));
    let subjects: Vec<_> = house.mailbox.messages().iter().map(|mail| mail.subject()).collect();
    assert_eq!(subjects, [format!("Receipt for invoice {}: €119.00", invoice.number)]);
    house.close().await;
}

#[tokio::test]
async fn l1_a_lost_webhook_is_made_up_for_soon_after_the_start() {
    let house = House::open_with(|config| config.reconcile.interval = Some(Duration::from_mins(15))).await;
    let invoice = house.invoice().await;
    let till = house.app().till().unwrap();
    let attempt = checkout::start(&till, &invoice, &quittance::actions::Actor::owner("pat@example.com")).await.unwrap();
    house.stand_in.pay(&attempt.session.unwrap(), Card::Visa).unwrap();
    let payments = || house.app().store.read(|r| r.payments_of_invoice(invoice.id)).unwrap();
    house.until(|| payments().len() == 1).await;
    assert_eq!(payments()[0].applied, 11_900);
    let finished = || house.app().store.read(|r| r.runs(None, 10)).unwrap().iter().all(|run| run.finished_at.is_some());
    house.until(finished).await;
    house.close().await;
}

#[tokio::test]
async fn without_a_mail_server_mails_wait_and_leave_as_soon_as_there_is_one() {
    let house = House::open_with(|config| config.mail.smtp = None).await;
    let invoice = house.invoice().await;
    let id = house.send(&invoice).await;
    house.clock.advance(5 * 24 * 3600);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((house.letter(id).state, house.letter(id).attempts), (Delivery::Queued, 0));
    let server = format!("smtp+plain://{}", house.mailbox.address());
    house.app().keep_secrets(vec![(SMTP, Some(server)), (MAIL_FROM, None)], "a test".to_owned()).await.unwrap();
    house.letter_when(id, is_sent).await;
    house.close().await;
}

#[tokio::test]
async fn with_a_live_key_and_no_https_nothing_is_sent() {
    let live = |config: &mut quittance::config::Config| {
        config.stripe.secret_key = Some("sk_live_quittance_house_0123456789".parse().unwrap());
    };
    let house = House::open_with(live).await;
    let invoice = house.invoice().await;
    let id = house.send(&invoice).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(house.letter(id).state, Delivery::Queued);
    assert!(house.mailbox.messages().is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_stop_waits_for_the_mail_that_is_leaving() {
    let house = House::open().await;
    let invoice = house.invoice().await;
    let ids = [house.send(&invoice).await];
    house.mailbox.arrived(1).await;
    let (clock, data) = (house.clock.clone(), house.app().config.data_dir.clone());
    let House { running, folder: _folder, .. } = house;
    running.stop().await;
    let letter = Store::open(&data, clock).unwrap().read(|r| r.letter(ids[0])).unwrap().unwrap();
    assert!(is_sent(&letter), "what became of it is on disk: {:?}", letter.state);
}

#[tokio::test]
async fn d14_a_reminder_that_waited_does_not_leave_once_the_invoice_is_paid() {
    let house = House::open().await;
    house.mailbox.fail_next(Fault::new(When::Connected, How::HangUp));
    let invoice = house.invoice().await;
    let till = house.app().till().unwrap();
    let owner = Actor::owner("pat@example.com");
    let reminder =
        owner_acts::remind(&till.store, Some(&till), invoice.id, SignedDuration::ZERO, &owner).await.unwrap();
    house.letter_when(reminder.id, |letter| letter.attempts == 1).await;
    // Paid at Stripe, and no webhook came.
    let attempt = checkout::start(&till, &invoice, &owner).await.unwrap();
    house.stand_in.pay(&attempt.session.unwrap(), Card::Visa).unwrap();
    house.clock.advance(60);
    let letter = house.letter_when(reminder.id, |letter| letter.attempts == 2).await;
    assert!(matches!(letter.state, Delivery::Withdrawn { .. }), "{letter:?}");
    assert_eq!(letter.last_words.as_deref(), Some("nothing is due on the invoice any more"));
    let payments = house.app().store.read(|r| r.payments_of_invoice(invoice.id)).unwrap();
    assert_eq!(payments.len(), 1, "asking found the payment");
    house.mailbox.arrived(1).await;
    assert!(house.mailbox.messages().iter().all(|mail| mail.subject().starts_with("Receipt")));
    house.close().await;
}

#[tokio::test]
async fn d14_a_reminder_waits_while_stripe_cannot_be_asked_whether_the_payer_has_just_paid() {
    let house = House::open().await;
    let invoice = house.invoice().await;
    let till = house.app().till().unwrap();
    let owner = Actor::owner("pat@example.com");
    checkout::start(&till, &invoice, &owner).await.unwrap();
    house.stand_in.withhold(Operation::GetSession);
    let reminder =
        owner_acts::remind(&till.store, Some(&till), invoice.id, SignedDuration::ZERO, &owner).await.unwrap();
    let letter = house.letter_when(reminder.id, |letter| letter.attempts == 1).await;
    assert!(letter.last_words.unwrap().contains("could not be asked"));
    house.stand_in.grant_all();
    house.clock.advance(60);
    house.letter_when(reminder.id, is_sent).await;
    house.close().await;
}

#[tokio::test]
async fn the_mail_of_an_invoice_that_was_written_off_meanwhile_does_not_leave() {
    let house = House::open_with(|config| config.mail.smtp = None).await;
    let invoice = house.invoice().await;
    let id = house.send(&invoice).await;
    house.app().store.write(move |w| write_off::write_off(w, invoice.id).map(drop)).await.unwrap();
    let server = format!("smtp+plain://{}", house.mailbox.address());
    house.app().keep_secrets(vec![(SMTP, Some(server)), (MAIL_FROM, None)], "a test".to_owned()).await.unwrap();
    let letter = house.letter_when(id, |letter| letter.state != Delivery::Queued).await;
    assert!(matches!(letter.state, Delivery::Withdrawn { .. }), "{letter:?}");
    assert_eq!(letter.last_words.as_deref(), Some("the invoice is written off"));
    assert!(house.mailbox.messages().is_empty());
    house.close().await;
}

#[tokio::test]
async fn what_is_over_when_the_mail_leaves_is_not_told_to_the_owner_any_more() {
    let house = House::open_with(|config| config.mail.smtp = None).await;
    let (store, till, invoice) = (&house.app().store, house.app().till().unwrap(), house.invoice().await);
    store.write(|w| owners::add(w, "pat@example.com", "no password", "a test").map(drop)).await.unwrap();
    let attempt = checkout::start(&till, &invoice, &Actor::owner("pat@example.com")).await.unwrap();
    let session = attempt.session.unwrap();
    house.stand_in.pay(&session, Card::Visa).unwrap();
    let intent = house.stand_in.session(&session).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    let name = house.stand_in.dispute(&intent, &DisputeOrder::chargeback()).unwrap()["id"].as_str().unwrap().to_owned();
    disputes::sync_dispute(&till, &name, Channel::Webhook, None).await.unwrap();
    house.stand_in.close_dispute(&name, "won").unwrap();
    disputes::sync_dispute(&till, &name, Channel::Webhook, None).await.unwrap();
    // Two cases: one closes itself before anything could be mailed.
    let case = |matter: &'static str| Case::new(Reason::UnknownSession, matter, "Somebody paid.");
    for matter in ["cs_over", "cs_open"] {
        store.write(move |w| reviews::open(w, case(matter))).await.unwrap();
    }
    store.write(|w| reviews::close_by_itself(w, Reason::UnknownSession, "cs_over", "Found.")).await.unwrap();

    let server = format!("smtp+plain://{}", house.mailbox.address());
    house.app().keep_secrets(vec![(SMTP, Some(server)), (MAIL_FROM, None)], "a test".to_owned()).await.unwrap();
    let told = || {
        let mut letters = store.read(|r| r.letters(None, 100)).unwrap();
        letters.retain(|one| matches!(one.subject_matter.kind(), "owner_alert" | "owner_dispute"));
        letters.reverse();
        letters
    };
    assert_eq!(told().len(), 4);
    for letter in told() {
        house.letter_when(letter.id, |letter| letter.state != Delivery::Queued).await;
    }
    let words: Vec<_> = told().into_iter().map(|one| one.last_words.filter(|_| !is_sent_state(&one.state))).collect();
    let withdrawn = |words: &str| Some(words.to_owned());
    assert_eq!(words, [withdrawn("the dispute is over"), None, withdrawn("the case is closed already"), None]);
    house.close().await;
}

#[tokio::test]
async fn d14_an_invoice_that_is_mailed_once_more_does_not_leave_if_it_has_just_been_paid() {
    let house = House::open().await;
    let invoice = house.invoice().await;
    let till = house.app().till().unwrap();
    let owner = Actor::owner("pat@example.com");
    let first = house.send(&invoice).await;
    house.letter_when(first, is_sent).await;
    house.mailbox.fail_next(Fault::new(When::Connected, How::HangUp));
    let again = house.send(&invoice).await;
    house.letter_when(again, |letter| letter.attempts == 1).await;
    // Paid at Stripe, and no webhook came.
    let attempt = checkout::start(&till, &invoice, &owner).await.unwrap();
    house.stand_in.pay(&attempt.session.unwrap(), Card::Visa).unwrap();
    house.clock.advance(60);
    let letter = house.letter_when(again, |letter| letter.attempts == 2).await;
    assert!(matches!(letter.state, Delivery::Withdrawn { .. }), "{letter:?}");
    assert_eq!(letter.last_words.as_deref(), Some("a payment of the invoice has just come in"));
    house.close().await;
}

#[tokio::test]
async fn a_mail_that_waits_goes_to_the_address_that_was_corrected_meanwhile() {
    let house = House::open_with(|config| config.mail.smtp = None).await;
    let invoice = house.invoice().await;
    let id = house.send(&invoice).await;
    let customer = house.app().store.read(|r| r.customer(invoice.content.customer)).unwrap().unwrap();
    let party = Party { email: "right@example.com".into(), ..customer.party };
    let changed = move |w: &mut Writer<'_>| customers::update(w, customer.id, party.clone()).map(drop);
    house.app().store.write(changed).await.unwrap();
    assert_eq!(house.letter(id).to, ["right@example.com"]);
    house.close().await;
}

#[tokio::test]
async fn d14_an_owner_who_mails_an_invoice_once_more_is_told_that_it_has_just_been_paid() {
    let house = House::open().await;
    let (invoice, owner) = (house.invoice().await, Actor::owner("pat@example.com"));
    let till = house.app().till().unwrap();
    let attempt = checkout::start(&till, &invoice, &owner).await.unwrap();
    owner_acts::ask_before_resending(&till.store, Some(&till), invoice.id, &owner).await.unwrap();
    assert_eq!(house.stand_in.count(Operation::GetSession), 0, "the first mail needs no question");
    house.send(&invoice).await;
    owner_acts::ask_before_resending(&till.store, Some(&till), invoice.id, &owner).await.unwrap();
    assert_eq!(house.stand_in.count(Operation::GetSession), 1);
    house.stand_in.pay(&attempt.session.unwrap(), Card::Visa).unwrap();
    let refusal = owner_acts::ask_before_resending(&till.store, Some(&till), invoice.id, &owner).await.unwrap_err();
    assert!(refusal.to_string().contains("has just come in"), "{refusal}");
    owner_acts::ask_before_resending(&till.store, Some(&till), invoice.id, &owner).await.unwrap();
    house.close().await;
}

#[tokio::test]
async fn the_owners_are_told_of_another_mail_server_by_the_one_before_it() {
    const SUBJECT: &str = "The way that mails leave was changed";
    let house = House::open_with(|config| {
        config.mail.smtp = None;
        config.mail.from = None;
    })
    .await;
    let store = &house.app().store;
    store.write(|w| owners::add(w, "pat@example.com", "no password", "a test").map(drop)).await.unwrap();
    let keep = async |server: Option<SocketAddr>| {
        house.clock.advance(1);
        let server = server.map(|address| format!("smtp+plain://{address}"));
        let secrets = vec![(SMTP, server), (MAIL_FROM, Some("Pat <pat@example.com>".to_owned()))];
        house.app().keep_secrets(secrets, "somebody".to_owned()).await.unwrap();
    };
    let told = |mailbox: &Mailbox| mailbox.messages().iter().filter(|mail| mail.subject() == SUBJECT).count();
    let others = Mailbox::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();

    keep(Some(house.mailbox.address())).await;
    assert_eq!(house.app().store.read(|r| r.count_waiting_letters()).unwrap(), 0, "the first is setting up");
    keep(Some(others.address())).await;
    house.until(|| told(&house.mailbox) == 1).await;
    house.until(|| house.app().former_post().unwrap().is_none()).await;
    let mail = house.mailbox.messages().pop().unwrap().text().unwrap();
    assert!(mail.contains("by somebody.") && mail.contains("If not: put it right"), "{mail}");
    assert_eq!(told(&others), 0, "whoever put it there hears nothing");

    // Taken away, with none in its place: the one before is good for this mail.
    keep(None).await;
    house.until(|| told(&others) == 1).await;
    house.until(|| house.app().former_post().unwrap().is_none()).await;

    // The one before is gone: better by the new one than by none.
    keep(Some(SocketAddr::from(([127, 0, 0, 1], 9)))).await;
    keep(Some(house.mailbox.address())).await;
    let is_told = || {
        house.clock.advance(4 * 60 * 60);
        told(&house.mailbox) == 2
    };
    house.until(is_told).await;
    house.close().await;
}

//! A clock that jumps while the appliance runs: a day back, a year ahead, and ahead and back again, as on a machine whose
//! battery is empty until the network has told it the time. Nothing is done twice, nothing is put off for years, nobody is
//! locked out, and no number is given twice or left out.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::time::Duration;

use quittance::actions::{Actor, customers, drafts, issue};
use quittance::billing::event::Handling;
use quittance::billing::letter::{Delivery, Letter};
use quittance::billing::log::Channel;
use quittance::demo::mailbox::{Fault, How, When};
use quittance::demo::stripe::{Card, DeliveryMode};
use quittance::store::Scope;
use serde_json::{Value, json};

use crate::admin::person::{EMAIL, PASSWORD, Person};
use crate::house::House;
use crate::support::{TestApp, change, until};

const DAY: i64 = 24 * 3600;
const YEAR: i64 = 365 * DAY;
/// Back a day, ahead a year, and home again.
const JUMPS: [i64; 4] = [-DAY, YEAR + DAY, -YEAR, 0];

fn is_sent(letter: &Letter) -> bool {
    matches!(letter.state, Delivery::Sent { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j7_a_mail_leaves_once_whatever_the_clock_does() {
    let house = House::open().await;
    let mut sent = 0;
    for jump in JUMPS {
        let invoice = house.invoice().await;
        // One that may be taken back for a while is put off by the clock of before.
        let id = house.send_in(&invoice, 10).await;
        house.clock.advance(jump);
        if jump >= 0 {
            house.clock.advance(10);
        }
        house.letter_when(id, is_sent).await;
        sent += 1;
        house.mailbox.arrived(sent).await;
    }
    for jump in JUMPS {
        house.clock.advance(jump);
        house.app().store.signals().outbox.notify_one();
        house.until(|| house.app().store.read(|r| r.count_waiting_letters()).unwrap() == 0).await;
    }
    assert_eq!(house.mailbox.messages().len(), usize::try_from(sent).unwrap(), "no mail is sent twice, and none made");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j7_what_a_clock_that_was_ahead_put_off_is_not_put_off_for_years() {
    let house = House::open_with(|config| config.reconcile.interval = Some(Duration::from_mins(15))).await;
    let passes = || house.app().store.read(|r| r.runs(None, 100)).unwrap().len();
    house.clock.advance(10 * YEAR);
    // The first pass of a start; it is in the future afterwards.
    house.until(|| passes() > 0).await;
    // While it is ahead: a mail that waits for its server, and an event that waits for Stripe.
    let invoice = house.invoice().await;
    house.mailbox.fail_next(Fault::new(When::Connected, How::Answer("421 4.3.2 Not now")));
    let id = house.send(&invoice).await;
    house.letter_when(id, |letter| letter.attempts == 1).await;
    let event = crate::store::business::event("evt_1", house.clock.now());
    let put_off = house.clock.now() + jiff::SignedDuration::from_mins(5);
    let event =
        quittance::billing::event::Event { state: Handling::Pending { next_try: put_off }, livemode: false, ..event };
    house.app().store.write(move |w| w.put_event(&event)).await.unwrap();
    let before = passes();
    house.clock.advance(-10 * YEAR);
    house.letter_when(id, is_sent).await;
    let is_tried = || house.app().store.read(|r| r.event("evt_1")).unwrap().unwrap().tries > 0;
    house.until(is_tried).await;
    house.until(|| passes() > before).await;
    assert_eq!(house.mailbox.messages().len(), 1);
    house.close().await;
}

async fn issued(app: &TestApp) -> String {
    let book = app.app.book();
    let invoice = change(app, move |w| {
        let party = quittance::billing::party::Party { name: "Ada".into(), ..Default::default() };
        let customer = customers::create(w, party)?.id;
        let draft = drafts::create(w, crate::store::business::content(customer, 100))?;
        issue::issue(w, draft.id, book, &Actor::owner(EMAIL))
    });
    invoice.await.number
}

#[tokio::test]
async fn j7_no_number_is_given_twice_or_left_out_whatever_year_the_clock_shows() {
    let app = TestApp::start().await;
    let mut numbers = vec![issued(&app).await];
    for jump in JUMPS {
        app.clock.advance(jump);
        numbers.push(issued(&app).await);
    }
    // A series that has begun a year does not go back behind it.
    assert_eq!(numbers, ["TEST-2026-0001", "TEST-2026-0002", "TEST-2027-0001", "TEST-2027-0002", "TEST-2027-0003"]);
}

#[tokio::test]
async fn j7_an_owner_is_never_locked_out_by_the_clock_and_no_session_lives_for_years() {
    let app = TestApp::start().await;
    let owner = Person::owner(&app).await;
    let comes_in = async |person: &Person<'_>| {
        person.forget_cookie();
        let sheet = person.sheet("/admin/login", "/admin/login").await;
        person.send(&sheet, &[("email", EMAIL), ("password", PASSWORD)]).await.status
    };
    // A wrong password or two before each jump: what is counted is counted by a clock that does not jump.
    for jump in JUMPS {
        let stranger = Person::new(&app);
        let sheet = stranger.sheet("/admin/login", "/admin/login").await;
        stranger.send(&sheet, &[("email", EMAIL), ("password", "a wrong one")]).await;
        app.clock.advance(jump);
        assert_eq!(comes_in(&owner).await, 303, "after {jump} seconds");
        assert_eq!(owner.get("/admin").await.status, 200, "after {jump} seconds");
    }
    app.clock.advance(3 * YEAR);
    assert_eq!(comes_in(&owner).await, 303);
    assert_eq!(owner.get("/admin").await.status, 200);
    app.clock.advance(-3 * YEAR);
    assert_eq!(owner.get("/admin").await.status, 303, "a session of the future is none");
    // A clock that is set right by minutes signs nobody out.
    assert_eq!(comes_in(&owner).await, 303);
    app.clock.advance(-600);
    assert_eq!(owner.get("/admin").await.status, 200);
}

#[tokio::test]
async fn j7_a_key_is_answered_the_same_while_it_is_known_and_what_stripe_tells_twice_is_booked_once() {
    let app = TestApp::start().await;
    let token = app.token(Scope::Write).await;
    let made = async |name: &str| -> Value {
        let ask = app.ask("POST", "/api/v1/customers").header("authorization", &format!("Bearer {token}"));
        ask.header("idempotency-key", name).json(&json!({"name": name})).send().await.expect(201)
    };
    let first = made("Ada").await;
    app.clock.advance(-DAY);
    assert_eq!(made("Ada").await["id"], first["id"], "a clock that goes back makes nobody twice");
    app.clock.advance(DAY + 60);
    assert_eq!(made("Ada").await["id"], first["id"]);

    let invoice = app.invoice("119").await;
    app.stand_in.set_delivery_mode(DeliveryMode::Hold);
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    for jump in JUMPS {
        app.clock.advance(jump);
        for event in app.stand_in.events() {
            app.stand_in.replay(event["id"].as_str().unwrap()).await;
        }
        app.work_off().await;
        let till = app.app.till().unwrap();
        quittance::payments::sweep::sweep(&till, Channel::Schedule, true).await.unwrap();
        app.app.reconcile(quittance::payments::reconcile::Extent::whole(), Channel::Schedule).await.unwrap();
    }
    until("the payment is known", async || app.status(&invoice).await == "paid").await;
    let payments = app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap();
    assert_eq!(payments.len(), 1, "booked once");
    let letters = app.app.store.read(|r| r.letters(None, 100)).unwrap();
    let receipts = letters.iter().filter(|letter| letter.subject_matter.kind() == "receipt").count();
    assert_eq!(receipts, 1, "and one receipt is owed: {letters:?}");
}

//! What a customer meets between the link in the mail and the receipt. Names begin with the row of the table of cases
//! that they play.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use quittance::actions::{Actor, credit, link, record_payment, resolve_review, void};
use quittance::billing::attempt::{Attempt, State};
use quittance::billing::credit_note::Settle;
use quittance::billing::credit_note::plan::What;
use quittance::billing::currency::Currency;
use quittance::billing::invoice::Invoice;
use quittance::billing::letter::Matter;
use quittance::billing::log::Happening;
use quittance::billing::payment::Method;
use quittance::billing::review::Action;
use quittance::demo::stripe::{Card, DeliveryMode, Fault, Operation};
use quittance::payments::sweep::sweep;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::admin::person::Person;
use crate::support::{Answer, IBAN, PATIENCE, TestApp, change, path, until};

const UNAVAILABLE: &str = "Card payment is not available at the moment";
const PAY: &str = "/checkout\"><button";

async fn page(app: &TestApp, invoice: &Invoice) -> String {
    let answer = app.get(&path(invoice, "")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// Where the payer lands after Stripe's page, told a session that proves nothing.
async fn land(app: &TestApp, invoice: &Invoice) -> Answer {
    app.get(&path(invoice, "/return?session_id=cs_test_whatever")).await
}

#[track_caller]
fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

/// A session at Stripe that waits for the payer.
async fn at_stripe(app: &TestApp, invoice: &Invoice) -> String {
    location(&app.click_pay(invoice).await);
    app.session(invoice)
}

fn happenings(app: &TestApp, invoice: &Invoice) -> Vec<Happening> {
    let lines = app.app.store.read(|r| r.log(invoice.id, 0, 100)).unwrap();
    lines.into_iter().map(|line| line.kind).collect()
}

fn payments(app: &TestApp, invoice: &Invoice) -> usize {
    app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap().len()
}

#[tokio::test]
async fn the_page_says_who_what_and_how_to_pay() {
    let app = TestApp::start().await;
    let invoice = app.invoice_in(Currency::EUR, "1190", "<script>alert(1)</script>").await;
    let answer = app.get(&path(&invoice, "")).await;
    let page = answer.text();
    for expected in [
        invoice.number.as_str(),
        "Studio Sample",
        "Anna Buyer",
        "Pay €1,190.00",
        "Due 6 December 2026, in 14 days",
        IBAN,
        "COBADEFFXXX",
        "Test mode",
        "mailto:pat@example.com?subject=Invoice%20",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    assert!(!page.contains("<script>alert"), "what was typed is text");
    for (name, value) in [("x-robots-tag", "noindex"), ("referrer-policy", "no-referrer")] {
        assert!(answer.header(name).is_some_and(|found| found.contains(value)), "{name}");
    }
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("form-action 'self' https://checkout.stripe.com {}", app.stand_in.public_base())));
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let tag = app.get(&path(&invoice, "")).await.header("etag").unwrap().to_owned();
    let again = app.ask("GET", &path(&invoice, "")).header("if-none-match", &tag).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    app.clock.advance(3600 * 24);
    let next_day = app.ask("GET", &path(&invoice, "")).header("if-none-match", &tag).send().await;
    assert_eq!(next_day.status, 200, "it is due in a day less");
}

#[tokio::test]
async fn a_wrong_link_is_answered_the_same_whatever_exists() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let revoked = path(&invoice, "");
    change(&app, move |w| link::rotate(w, invoice.id)).await;
    let wrong = app.get("/i/1111111111111111111111").await;
    assert_eq!(wrong.status, 404);
    for other in [revoked.as_str(), "/i/x", "/i/", "/i/%2e%2e", &format!("/i/{}", "1".repeat(500)), "/nothing"] {
        let answer = app.get(other).await;
        assert_eq!((answer.status, answer.text()), (404, wrong.text()), "{other}");
    }
    for below in ["/return", "/status", "/receipt/1"] {
        let answers = [app.get(&format!("{revoked}{below}")).await, app.get(&format!("/i/x{below}")).await];
        assert!(answers.iter().all(|answer| answer.status == 404), "{below}");
        assert_eq!(answers[0].text(), answers[1].text(), "{below}");
    }
    let posted = app.ask("POST", &format!("{revoked}/checkout")).send().await;
    assert_eq!((posted.status, posted.text()), (404, wrong.text()));
    assert_eq!(app.ask("HEAD", &revoked).send().await.status, 404);
}

#[tokio::test]
async fn a1_pay_leads_to_stripe_for_exactly_what_is_due() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let answer = app.ask("POST", &path(&invoice, "/checkout")).form("amount=1&currency=usd").send().await;
    let location = location(&answer);
    assert!(location.starts_with(&app.stand_in.public_base()), "{location}");
    let session = app.stand_in.session(&app.session(&invoice)).unwrap();
    assert_eq!((session["amount_total"].as_i64(), session["currency"].as_str()), (Some(11900), Some("eur")));
    assert_eq!(session["metadata"]["invoice"], invoice.id.to_string());
    assert!(session["success_url"].as_str().unwrap().ends_with("/return?session_id={CHECKOUT_SESSION_ID}"));
    assert!(happenings(&app, &invoice).contains(&Happening::CheckoutStarted));
    assert_eq!(app.status(&invoice).await, "pending");
}

#[tokio::test]
async fn a2_looking_never_asks_stripe() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    for method in ["GET", "HEAD"] {
        assert_eq!(app.ask(method, &path(&invoice, "")).send().await.status, 200);
        assert_eq!(app.ask(method, &path(&invoice, "/status")).send().await.status, 200);
    }
    assert!(app.stand_in.requests().is_empty());
    assert_eq!(app.get(&path(&invoice, "/checkout")).await.status, 405);
}

#[tokio::test]
async fn a3_two_clicks_at_once_lead_to_one_session() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let (one, other) = tokio::join!(app.click_pay(&invoice), app.click_pay(&invoice));
    assert_eq!(location(&one), location(&other));
    assert_eq!(app.stand_in.sessions().len(), 1);
}

#[tokio::test]
async fn a3_the_second_of_two_clicks_is_answered_although_the_browser_dropped_the_first() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.fault_next(Operation::CreateSession, Fault::Slow(Duration::from_secs(2)));
    let mut browser = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
    let (host, path) = (app.base.trim_start_matches("http://"), path(&invoice, "/checkout"));
    browser
        .write_all(format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n").as_bytes())
        .await
        .unwrap();
    until("Stripe is asked", async || app.stand_in.count(Operation::CreateSession) > 0).await;
    drop(browser);
    location(&app.click_pay(&invoice).await);
    assert_eq!(app.stand_in.sessions().len(), 1);
}

#[tokio::test]
async fn a4_a_second_tab_gets_the_same_session_and_money_comes_once() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let first = location(&app.click_pay(&invoice).await);
    assert_eq!(location(&app.click_pay(&invoice).await), first);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    let second = app.click_pay(&invoice).await;
    assert_eq!(second.status, 409, "Stripe is asked before a session is handed out again");
    assert!(second.text().contains("nothing left to pay"), "{}", second.text());
    app.work_off().await;
    assert_eq!((payments(&app, &invoice), app.stand_in.sessions().len()), (1, 1));
}

#[tokio::test]
async fn a5_a_lost_answer_is_found_by_the_next_click() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.fault_always(Operation::CreateSession, Fault::CutBody);
    let first = app.click_pay(&invoice).await;
    assert_eq!(first.status, 503);
    assert!(first.text().contains(UNAVAILABLE) && first.text().contains(IBAN), "{}", first.text());
    assert_eq!(first.header("retry-after"), Some("60"));
    app.stand_in.clear_faults();
    location(&app.click_pay(&invoice).await);
    assert_eq!(app.stand_in.sessions().len(), 1, "the same bytes brought the same session");
}

#[tokio::test]
async fn a10_what_stripe_cannot_take_is_paid_by_transfer() {
    let app = TestApp::start().await;
    let invoice = app.invoice("0.10").await;
    let page = page(&app, &invoice).await;
    assert!(!page.contains(PAY) && page.contains(IBAN), "{page}");
    let answer = app.click_pay(&invoice).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains(IBAN) && !answer.text().contains(PAY));
    assert!(app.stand_in.requests().is_empty());
}

#[tokio::test]
async fn a_business_without_a_key_offers_its_account() {
    let app = TestApp::start_with(|config| config.stripe.secret_key = None).await;
    let invoice = app.invoice("119").await;
    let page = page(&app, &invoice).await;
    assert!(!page.contains(PAY) && page.contains("bank transfer") && page.contains(IBAN), "{page}");
    assert!(!page.contains("Test mode"));
    assert_eq!(app.click_pay(&invoice).await.status, 409);
    let landed = land(&app, &invoice).await;
    assert_eq!(location(&landed), path(&invoice, ""), "there was no attempt to return from");
}

#[tokio::test]
async fn a13_a_revoked_key_or_a_missing_permission_is_met_calmly() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.withhold(Operation::CreateSession);
    let missing = app.click_pay(&invoice).await;
    app.stand_in.set_secret_key("sk_test_another_key_0123456789");
    let revoked = app.click_pay(&invoice).await;
    for answer in [missing, revoked] {
        assert_eq!(answer.status, 503);
        assert!(answer.text().contains(UNAVAILABLE) && answer.text().contains(IBAN));
    }
    assert_eq!(app.stand_in.count(Operation::CreateSession), 2, "a refusal is not repeated");
}

#[tokio::test]
async fn a14_a_busy_stripe_is_asked_a_few_times_with_one_key() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.fault_always(Operation::CreateSession, Fault::Status(429));
    let answer = app.click_pay(&invoice).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("60")));
    let keys: Vec<_> =
        app.stand_in.requests().into_iter().map(|asked| asked.headers["idempotency-key"].clone()).collect();
    assert!(keys.len() > 1 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn a15_a_failure_that_stripe_remembers_sends_nobody_anywhere() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.fault_next(Operation::CreateSession, Fault::Cached500AfterEffect);
    let answer = app.click_pay(&invoice).await;
    assert_eq!(answer.status, 503);
    assert!(matches!(app.attempt(&invoice).state, State::CreateUnknown { .. }));
}

#[tokio::test]
async fn a21_nothing_due_is_never_sent_to_stripe() {
    let app = TestApp::start().await;
    let invoice = app.invoice("0").await;
    let page = page(&app, &invoice).await;
    assert!(page.contains("Paid</span> on 22 November 2026") && !page.contains(PAY) && !page.contains(IBAN), "{page}");
    assert_eq!((app.click_pay(&invoice).await.status, app.status(&invoice).await.as_str()), (409, "paid"));
    assert!(app.stand_in.requests().is_empty());
}

#[tokio::test]
async fn a22_one_address_starts_so_many_sessions_and_resumes_any_number() {
    let app = TestApp::start_with(|config| config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let click = async |invoice: &Invoice, from: &str| {
        app.ask("POST", &path(invoice, "/checkout")).header("x-forwarded-for", from).send().await
    };
    let mut last = app.invoice("119").await;
    for start in 1..=20 {
        assert_eq!(click(&last, "203.0.113.7").await.status, 303, "start {start}");
        last = app.invoice("119").await;
    }
    let refused = click(&last, "203.0.113.7").await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("Please wait a moment") && refused.header("retry-after").is_some());
    assert_eq!(click(&last, "203.0.113.8").await.status, 303, "another address has its own count");
    assert_eq!(click(&last, "203.0.113.7").await.status, 303, "an open session is handed out again");
}

#[tokio::test]
async fn only_another_site_may_not_press_pay() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("origin", "https://evil.example", 403),
        ("sec-fetch-site", "same-origin", 303),
        ("sec-fetch-site", "none", 303),
        ("origin", "null", 303),
        ("origin", app.base.as_str(), 303),
    ] {
        let answer = app.ask("POST", &path(&invoice, "/checkout")).header(name, value).send().await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn a17_an_attempt_that_a_crash_left_is_taken_up_by_the_next_click() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    let left = Attempt { state: State::Creating, session: None, url: None, ..app.attempt(&invoice) };
    change(&app, move |w| Ok(w.put_attempt(&left)?)).await;
    app.clock.advance(26);
    location(&app.click_pay(&invoice).await);
    assert_eq!((app.session(&invoice), app.stand_in.sessions().len()), (session, 1));
}

#[tokio::test]
async fn b1_who_comes_back_without_paying_is_told_so_and_may_go_on() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let first = location(&app.click_pay(&invoice).await);
    let back = app.get(&path(&invoice, "?canceled=1")).await.text();
    assert!(back.contains("Nothing was charged") && back.contains(PAY), "{back}");
    assert_eq!(location(&app.click_pay(&invoice).await), first);
    app.stand_in.pay(&app.session(&invoice), Card::Visa).unwrap();
    app.work_off().await;
    let paid = app.get(&path(&invoice, "?canceled=1")).await.text();
    assert!(!paid.contains("Nothing was charged"), "an old address says nothing about a paid invoice");
}

#[tokio::test]
async fn b2_a_decline_is_told_and_the_next_card_pays() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    app.stand_in.pay(&session, Card::InsufficientFunds).unwrap();
    let declined = land(&app, &invoice).await.text();
    assert!(declined.contains("declined") && declined.contains("Nothing was charged"), "{declined}");
    assert_eq!(app.status(&invoice).await, "pending", "the session is still open");
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "paid");
    assert!(land(&app, &invoice).await.text().contains("Thank you, your payment has arrived"));
    let told: Vec<_> = happenings(&app, &invoice);
    let of = |kind| told.iter().filter(|found| **found == kind).count();
    assert_eq!((of(Happening::PaymentFailed), of(Happening::PaymentSucceeded)), (1, 1));
}

#[tokio::test]
async fn b7_a_session_that_ran_out_leaves_the_invoice_payable() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.expire(&at_stripe(&app, &invoice).await).unwrap();
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "canceled");
    assert!(land(&app, &invoice).await.text().contains("Nothing was charged"));
    assert!(page(&app, &invoice).await.contains(PAY));
    at_stripe(&app, &invoice).await;
    assert_eq!((app.status(&invoice).await.as_str(), app.stand_in.sessions().len()), ("pending", 2));
}

#[tokio::test]
async fn b9_b10_b12_a_debit_closes_pay_until_it_arrives() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    app.stand_in.pay_delayed(&session).unwrap();
    let landed = land(&app, &invoice).await.text();
    assert!(landed.contains("Your payment is on its way") && !landed.contains("has arrived</h1>"), "{landed}");
    assert_eq!(app.status(&invoice).await, "processing");
    let shown = page(&app, &invoice).await;
    assert!(shown.contains("Payment on its way") && !shown.contains(PAY) && !shown.contains(IBAN), "{shown}");
    assert_eq!(app.click_pay(&invoice).await.status, 409);
    assert_eq!(payments(&app, &invoice), 0, "nothing has been received");
    let pressed = app.click_pay(&invoice).await;
    assert_eq!(pressed.status, 409);
    assert!(!pressed.text().contains("nothing left to pay"), "nobody knows yet: {}", pressed.text());
    let intent = app.attempt(&invoice).payment_intent.unwrap();
    app.stand_in.clear_delayed(&intent).unwrap();
    app.work_off().await;
    assert_eq!((app.status(&invoice).await.as_str(), payments(&app, &invoice)), ("paid", 1));
}

#[tokio::test]
async fn b11_a_debit_that_comes_back_opens_pay_again() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.pay_delayed(&at_stripe(&app, &invoice).await).unwrap();
    app.work_off().await;
    app.stand_in.fail_delayed(&app.attempt(&invoice).payment_intent.unwrap()).unwrap();
    app.work_off().await;
    assert_eq!((app.status(&invoice).await.as_str(), payments(&app, &invoice)), ("failed", 0));
    assert!(page(&app, &invoice).await.contains(PAY));
    at_stripe(&app, &invoice).await;
}

#[tokio::test]
async fn b16_a_payer_with_another_address_may_have_one_copy_of_the_receipt() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.pay(&at_stripe(&app, &invoice).await, Card::Visa).unwrap();
    app.work_off().await;
    let payment = app.app.store.read(|r| r.payments_of_invoice(invoice.id)).unwrap().pop().unwrap();
    let receipt = path(&invoice, "/receipt/1");
    let shown = app.get(&receipt).await.text();
    assert!(shown.contains("E-mail a copy to p…@example.com") && !shown.contains("payer@example.com"), "{shown}");
    let matter = Matter::PayerCopy { payment: payment.id };
    let letter = || app.app.store.read(|r| r.letter_about(&matter)).unwrap();
    assert!(letter().is_none(), "it is not sent unasked");
    for _ in 0..2 {
        let asked = app.ask("POST", &format!("{receipt}/copy")).form("to=thief@example.net").send().await;
        assert_eq!(location(&asked), receipt);
    }
    assert_eq!(letter().unwrap().to, ["payer@example.com"]);
    assert!(app.get(&receipt).await.text().contains("A copy is on its way to p…@example.com"));
}

#[tokio::test]
async fn b21_a_payer_who_never_returns_has_paid_all_the_same() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.pay(&at_stripe(&app, &invoice).await, Card::Visa).unwrap();
    app.work_off().await;
    let paid = page(&app, &invoice).await;
    assert!(paid.contains("Paid</span> on 22 November 2026") && paid.contains("/receipt/1"), "{paid}");
    assert!(!paid.contains(PAY) && !paid.contains(IBAN));
}

#[tokio::test]
async fn the_return_page_proves_the_payment_without_any_webhook() {
    let app = TestApp::start().await;
    app.stand_in.set_delivery_mode(DeliveryMode::Lose);
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    let early = land(&app, &invoice).await;
    assert!(early.text().contains("Checking your payment"), "nobody has paid: {}", early.text());
    assert_eq!(early.header("cache-control"), Some("no-store"));
    app.stand_in.pay(&session, Card::Visa).unwrap();
    // Stripe is asked again after a moment and not before.
    let mut landed = String::new();
    let began = Instant::now();
    while !landed.contains("Thank you, your payment has arrived") && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(50)).await;
        landed = land(&app, &invoice).await.text();
    }
    assert!(landed.contains("Thank you, your payment has arrived") && landed.contains("€119.00"), "{landed}");
    assert!(landed.contains("a…@example.org") && !landed.contains("anna@example.org"), "{landed}");
    assert_eq!((app.status(&invoice).await.as_str(), payments(&app, &invoice)), ("paid", 1));
}

#[tokio::test]
async fn rolled_key_the_return_page_proves_what_was_begun_with_the_key_before() {
    let app = TestApp::start().await;
    app.stand_in.set_delivery_mode(DeliveryMode::Lose);
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    app.stand_in.pay(&session, Card::Visa).unwrap();
    change(&app, move |w| {
        let attempt = w.attempt_by_session(&session)?.unwrap();
        Ok(w.put_attempt(&Attempt { account: "the key before".into(), ..attempt })?)
    })
    .await;
    let mut landed = String::new();
    let began = Instant::now();
    while !landed.contains("Thank you, your payment has arrived") && began.elapsed() < PATIENCE {
        landed = land(&app, &invoice).await.text();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(landed.contains("Thank you, your payment has arrived"), "{landed}");
}

#[tokio::test]
async fn a_return_page_that_is_loaded_over_and_over_asks_stripe_once() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    at_stripe(&app, &invoice).await;
    app.stand_in.clear_requests();
    let began = Instant::now();
    let loads = (0..10).map(|_| land(&app, &invoice));
    for answer in futures_util::future::join_all(loads).await {
        assert_eq!(answer.status, 200);
    }
    // Once in two seconds, that is, however long the machine takes for ten pages.
    let most = 1 + usize::try_from(began.elapsed().as_secs() / 2).unwrap();
    assert!((1..=most).contains(&app.stand_in.count(Operation::GetSession)));
}

#[tokio::test]
async fn a_slow_stripe_yields_a_page_that_checks_and_a_look_soon_after() {
    let app = TestApp::start().await;
    app.stand_in.set_delivery_mode(DeliveryMode::Lose);
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.stand_in.fault_always(Operation::GetSession, Fault::Hang);
    let began = Instant::now();
    let landed = land(&app, &invoice).await;
    assert!(began.elapsed() < Duration::from_secs(15), "a payer waits three seconds: {:?}", began.elapsed());
    assert_eq!(landed.status, 200);
    assert!(landed.text().contains("Checking your payment"), "{}", landed.text());
    assert_eq!(payments(&app, &invoice), 0);
    let soon = app.clock.now().saturating_add(SignedDuration::from_secs(5)).unwrap();
    assert_eq!(app.attempt(&invoice).next_look, Some(soon));
    app.stand_in.clear_faults();
    app.clock.advance(6);
    let till = app.app.till().unwrap();
    sweep(&till, quittance::billing::log::Channel::Schedule, false).await.unwrap();
    assert_eq!(app.status(&invoice).await, "paid");
}

#[tokio::test]
async fn c6_webhook_and_return_page_at_once_book_the_money_once() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.pay(&at_stripe(&app, &invoice).await, Card::Visa).unwrap();
    app.stand_in.delivered().await;
    let (landed, ()) = tokio::join!(land(&app, &invoice), app.work_off());
    assert_eq!(landed.status, 200);
    assert_eq!((app.status(&invoice).await.as_str(), payments(&app, &invoice)), ("paid", 1));
    let receipts = happenings(&app, &invoice).into_iter().filter(|kind| *kind == Happening::PaymentSucceeded).count();
    assert_eq!(receipts, 1);
}

#[tokio::test]
async fn d1_another_amount_is_never_called_paid_nor_asked_for_again() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    app.stand_in.set_delivery_mode(DeliveryMode::Lose);
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.stand_in.mutate_amount(&session, 100);
    assert_eq!(location(&land(&app, &invoice).await), path(&invoice, ""));
    let shown = page(&app, &invoice).await;
    assert!(shown.contains("has arrived and is being looked at; nothing needs to be paid now."), "{shown}");
    for absent in [PAY, IBAN, "has arrived</h1>", "/receipt/1\">Receipt"] {
        assert!(!shown.contains(absent), "{absent} is in {shown}");
    }
    let asked = app.stand_in.requests().len();
    let refused = app.click_pay(&invoice).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("has arrived and is being looked at") && !refused.text().contains(PAY));
    assert_eq!(app.stand_in.requests().len(), asked, "no second session is made");
    assert_eq!((app.status(&invoice).await.as_str(), payments(&app, &invoice)), ("unpaid", 1));

    let review = app.app.store.read(|r| r.reviews(None, None, 1)).unwrap().remove(0);
    let owner = Actor::owner("pat@example.com");
    change(&app, move |w| resolve_review::resolve(w, review.id, Action::Apply, "", None, &owner)).await;
    assert!(page(&app, &invoice).await.contains("Pay €118.00"), "after that the ledger says what is due");
    let landed = land(&app, &invoice).await.text();
    assert!(landed.contains("Thank you, your payment has arrived") && landed.contains("€1.00"), "{landed}");
    let told = &app.program().await.get("/payments").await.expect(200)["data"][0];
    assert_eq!((&told["applied"], &told["amount"]), (&json!(100), &json!(100)));
    let person = Person::owner(&app).await;
    for place in ["/admin/payments".to_owned(), "/admin".to_owned(), format!("/admin/invoices/{}", invoice.id)] {
        let shown = person.page(&place).await;
        assert!(!shown.contains("Held as credit") && !shown.contains("Held until decided"), "{place}: {shown}");
    }
}

#[tokio::test]
async fn nobody_is_thanked_for_money_that_never_came() {
    let app = TestApp::start().await;
    let failed = app.invoice("119").await;
    app.stand_in.pay_delayed(&at_stripe(&app, &failed).await).unwrap();
    app.work_off().await;
    app.stand_in.fail_delayed(&app.attempt(&failed).payment_intent.unwrap()).unwrap();
    app.work_off().await;
    let (id, owner) = (failed.id, Actor::owner("pat@example.com"));
    let wanted = credit::Wanted { what: What::Rest, reason: "Sent back".to_owned(), settle: Settle::Invoice };
    change(&app, move |w| credit::credit(w, id, &wanted, &owner)).await;
    let nothing = app.invoice("0").await;
    for invoice in [&failed, &nothing] {
        assert_eq!(location(&land(&app, invoice).await), path(invoice, ""), "{}", invoice.number);
    }
}

#[tokio::test]
async fn d3_a_session_of_another_invoice_proves_nothing() {
    let app = TestApp::start().await;
    app.stand_in.set_delivery_mode(DeliveryMode::Lose);
    let (cheap, dear) = (app.invoice("1").await, app.invoice("9000").await);
    app.stand_in.pay(&at_stripe(&app, &cheap).await, Card::Visa).unwrap();
    at_stripe(&app, &dear).await;
    let session = app.session(&cheap);
    let landed = app.get(&path(&dear, &format!("/return?session_id={session}"))).await.text();
    assert!(!landed.contains("has arrived</h1>"), "{landed}");
    assert_eq!((app.status(&dear).await.as_str(), payments(&app, &dear)), ("pending", 0));
    assert_eq!(payments(&app, &cheap), 0, "the other invoice was not even looked at");
}

#[tokio::test]
async fn a_part_payment_is_thanked_for_and_the_rest_is_asked() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let id = invoice.id;
    let seen = record_payment::Recorded {
        amount: 10_000,
        method: Method::BankTransfer,
        received_on: None,
        reference: "KTO 7".to_owned(),
    };
    change(&app, move |w| record_payment::record(w, id, &seen, &Actor::owner("pat@example.com"))).await;
    let shown = page(&app, &invoice).await;
    for expected in ["Pay €19.00", "€100.00 of €119.00 has been paid", "−€100.00", "/receipt/1"] {
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
    let receipt = app.get(&path(&invoice, "/receipt/1")).await.text();
    for expected in ["€100.00", "Bank transfer", "KTO 7", "€19.00"] {
        assert!(receipt.contains(expected), "{expected} is not in {receipt}");
    }
    for missing in ["/receipt/2", "/receipt/0", "/receipt/x"] {
        assert_eq!(app.get(&path(&invoice, missing)).await.status, 404, "{missing}");
    }
    at_stripe(&app, &invoice).await;
    assert_eq!(app.stand_in.session(&app.session(&invoice)).unwrap()["amount_total"], 1900);
}

#[tokio::test]
async fn a_void_invoice_says_so_and_takes_no_money() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let id = invoice.id;
    change(&app, move |w| void::void(w, id, "Written twice", &Actor::owner("pat@example.com"))).await;
    let shown = page(&app, &invoice).await;
    assert!(shown.contains("withdrawn") && !shown.contains(PAY) && !shown.contains(IBAN), "{shown}");
    assert!(!shown.contains("Written twice"), "the reason is the owner's");
    let status = app.get(&path(&invoice, "/status")).await;
    assert_eq!(status.expect(200), json!({"status": "void", "amount_due": 0, "currency": "EUR"}));
    assert_eq!(status.header("cache-control"), Some("no-store"));
    assert_eq!(app.click_pay(&invoice).await.status, 409);
    assert!(app.stand_in.requests().is_empty());
}

#[tokio::test]
async fn a_checkout_that_stripe_did_not_open_is_not_pending() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    app.stand_in.fault_always(Operation::CreateSession, Fault::Status(401));
    assert_eq!(app.click_pay(&invoice).await.status, 503);
    assert!(matches!(app.attempt(&invoice).state, State::CreateUnknown { .. }));
    assert_eq!(app.status(&invoice).await, "unpaid");
    let program = app.program().await;
    let refused = program.act(&format!("/invoices/{}/checkout", invoice.id)).await.expect(503);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("key") && !detail.contains("bank transfer"), "the owner's program is told why: {detail}");
    app.stand_in.clear_faults();
    assert_eq!(app.click_pay(&invoice).await.status, 303);
    assert_eq!(app.status(&invoice).await, "pending");
}

#[tokio::test]
async fn after_a_payment_that_failed_the_page_says_that_nothing_was_charged() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    app.stand_in.pay(&session, Card::Declined).unwrap();
    app.stand_in.expire(&session).unwrap();
    app.work_off().await;
    assert_eq!(app.status(&invoice).await, "failed");
    assert!(page(&app, &invoice).await.contains("did not go through. Nothing was charged"));
}

#[tokio::test]
async fn the_receipt_of_money_that_is_checked_asks_for_nothing() {
    let app = TestApp::start().await;
    let invoice = app.invoice("119").await;
    let session = at_stripe(&app, &invoice).await;
    app.stand_in.pay(&session, Card::Visa).unwrap();
    app.stand_in.mutate_amount(&session, 9000);
    app.work_off().await;
    let receipt = app.get(&path(&invoice, "/receipt/1")).await.text();
    assert!(receipt.contains("being checked") && !receipt.contains("Still due"), "{receipt}");
}

#[tokio::test]
async fn the_receipt_of_an_overpayment_names_what_is_held_as_credit() {
    let app = TestApp::start().await;
    let invoice = app.invoice("100").await;
    let program = app.program().await;
    let body = json!({"amount": 15_000, "method": "cash"});
    program.post(&format!("/invoices/{}/payments", invoice.id), body).await.expect(201);
    let total = invoice.total().minor();
    let receipt = app.get(&path(&invoice, "/receipt/1")).await.text();
    let surplus = format!("{}.{:02}", (15_000 - total) / 100, (15_000 - total) % 100);
    assert!(receipt.contains("Held as your credit") && receipt.contains(&surplus), "{surplus}: {receipt}");
}

#[tokio::test]
async fn each_document_has_one_address() {
    let app = TestApp::start().await;
    let invoice = app.invoice("100").await;
    let program = app.program().await;
    let body = json!({"amount": 100, "method": "cash"});
    program.post(&format!("/invoices/{}/payments", invoice.id), body).await.expect(201);
    assert_eq!(app.get(&path(&invoice, "/receipt/1")).await.status, 200);
    for other in ["01", "+1", "0", "-1", "1.0", ""] {
        assert_eq!(app.get(&path(&invoice, &format!("/receipt/{other}"))).await.status, 404, "{other}");
    }
    let (id, owner) = (invoice.id, Actor::owner("pat@example.com"));
    let wanted = credit::Wanted { what: What::Amount(100), reason: String::new(), settle: Settle::Invoice };
    change(&app, move |w| credit::credit(w, id, &wanted, &owner)).await;
    assert_eq!(app.get(&path(&invoice, "/credit/1")).await.status, 200);
    for other in ["01", "+1", "0"] {
        assert_eq!(app.get(&path(&invoice, &format!("/credit/{other}"))).await.status, 404, "{other}");
    }
}

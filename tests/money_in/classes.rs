//! M and L10: each class of difference that a pass finds, by its name in the report; and passes that stop themselves.

use std::time::Duration;

use quittance::actions::book_receipt::{Checks, Receipt, book};
use quittance::actions::day;
use quittance::billing::attempt::{Attempt, State};
use quittance::billing::currency::Currency;
use quittance::billing::invoice::Invoice;
use quittance::billing::ledger::{Account, Book};
use quittance::billing::log::Channel;
use quittance::billing::money::Money;
use quittance::billing::payment::{Method, StripeReceipt};
use quittance::billing::report::Run;
use quittance::billing::review::{Action, Reason};
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, Fault, Operation};
use quittance::payments::notices::{self, Notice};
use quittance::payments::reconcile::{Extent, accept_account};
use quittance::payments::till::Till;
use serde_json::json;

use super::stage::{Stage, session};

/// Longer than Stripe lists events, and within the window of a pass.
const NO_EVENTS: i64 = 31 * 24 * 3600;

fn class(report: &Run, name: &str) -> u64 {
    report.classes.get(name).copied().unwrap_or(0)
}

impl Stage {
    pub fn stands(&self, notice: Notice) -> bool {
        let now = self.clock.now();
        let standing = self.app.store.read(|r| notices::standing(&r, now)).unwrap();
        standing.iter().any(|(stands, _)| *stands == notice)
    }

    /// Somebody pays 10 EUR in a session that bears our name on its PaymentIntent only. The session's id.
    fn paid_by_name(&self, invoice: &Invoice) -> String {
        let made = self
            .stripe
            .create_session(&[
                ("mode", "payment"),
                ("line_items[0][quantity]", "1"),
                ("line_items[0][price_data][currency]", "eur"),
                ("line_items[0][price_data][unit_amount]", "1000"),
                ("line_items[0][price_data][product_data][name]", "Invoice"),
                ("success_url", "http://127.0.0.1/x"),
                ("payment_intent_data[metadata][app]", &self.app.appliance),
                ("payment_intent_data[metadata][invoice]", &invoice.id.to_string()),
            ])
            .unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        self.stripe.pay(&id, Card::Visa).unwrap();
        id
    }

    /// As [`Self::paid_by_name`], and nothing leads from the money to the session any more.
    fn paid_without_a_session(&self, invoice: &Invoice) {
        let id = self.paid_by_name(invoice);
        self.stripe.mutate_session(&id, |made| made["payment_intent"] = json!("pi_none"));
    }

    /// The attempt is over here, so that only events or a comparison can tell what became of it.
    async fn given_up(&self, attempt: &Attempt) {
        let id = attempt.id;
        self.app
            .store
            .write(move |w| {
                let stored = w.attempt(id)?.unwrap();
                w.put_attempt(&Attempt { state: State::Expired, next_look: None, ..stored })
            })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn m0_what_agrees_is_counted_and_left_alone() {
    let stage = Stage::set().await;
    stage.paid("10").await;
    stage.reconcile().await;
    let before = stage.fingerprint();
    let report = stage.reconcile().await;
    // The charge, and the balance in euros.
    assert_eq!((class(&report, "M0"), report.classes.len()), (2, 1), "{:?}", report.classes);
    assert_eq!((report.repaired.len(), report.differences.len()), (0, 0));
    assert_eq!(stage.fingerprint(), before);
}

#[tokio::test]
async fn m1_a_paid_checkout_that_is_not_in_the_books_is_booked_and_named() {
    for given_up in [false, true] {
        let stage = Stage::set().await;
        let invoice = stage.invoice("10").await;
        let attempt = stage.start_and_pay(&invoice).await;
        if given_up {
            stage.given_up(&attempt).await;
        }
        stage.advance(NO_EVENTS);
        let report = stage.reconcile().await;
        stage.assert_paid_once(&invoice);
        assert_eq!((class(&report, "M1"), class(&report, "M2")), (1, 0), "{:?}", report.classes);
        let found = &report.repaired[0];
        assert_eq!((report.repaired.len(), found.kind.as_str()), (1, "missed_payment"));
        assert_eq!((found.object.as_str(), found.invoice), (session(&attempt), Some(invoice.id)));
    }
}

#[tokio::test]
async fn m2_a_charge_of_ours_that_cannot_be_booked_is_a_case() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.stripe.mutate_session(session(&attempt), |made| made["livemode"] = json!(true));
    stage.deliver().await;
    for _ in 0..2 {
        let report = stage.reconcile().await;
        let found = &report.differences[0];
        assert_eq!((report.differences.len(), found.kind.as_str()), (1, "unknown_payment"));
        assert_eq!(class(&report, "M2"), 1);
        assert_eq!((stage.reasons(), stage.all_payments().len()), (vec![Reason::UnknownPayment], 0));
    }
}

#[tokio::test]
async fn m2_money_that_bears_our_name_and_has_no_checkout_is_booked_and_a_case() {
    for by_event in [true, false] {
        let stage = Stage::set().await;
        let invoice = stage.invoice("10").await;
        stage.paid_without_a_session(&invoice);
        if by_event {
            stage.deliver().await;
        } else {
            stage.advance(NO_EVENTS);
        }
        let report = stage.reconcile().await;
        let payment = stage.payments(&invoice).remove(0);
        assert_eq!((stage.all_payments().len(), payment.amount.minor(), payment.applied), (1, 1_000, 0));
        assert_eq!((stage.status(&invoice), stage.standing(&invoice).credit), (Status::Open, 1_000));
        let case = stage.reviews().remove(0);
        assert_eq!((case.reason, case.payment, case.is_open()), (Reason::UnknownPayment, Some(payment.id), true));
        assert!(case.actions.contains(&Action::Refund) && case.actions.contains(&Action::Link), "{case:?}");
        assert_eq!((class(&report, "M2"), class(&report, "M13")), (u64::from(!by_event), 0), "{:?}", report.classes);
        assert!(stage.try_start(&invoice).await.is_err(), "nobody pays again while it is held");
        let before = stage.fingerprint();
        let again = stage.reconcile().await;
        assert_eq!((again.differences.len(), again.repaired.len(), stage.reviews().len()), (0, 0, 1));
        assert!(stage.reviews()[0].is_open() && stage.fingerprint() == before);
    }
}

#[tokio::test]
async fn m2_a_checkout_that_bears_our_name_on_its_payment_only_is_ours() {
    for by_event in [true, false] {
        let stage = Stage::set().await;
        let invoice = stage.invoice("10").await;
        stage.paid_by_name(&invoice);
        if by_event {
            stage.deliver().await;
        } else {
            stage.advance(NO_EVENTS);
            let report = stage.reconcile().await;
            assert_eq!((class(&report, "M1"), class(&report, "M13")), (1, 0), "{:?}", report.classes);
        }
        assert_eq!((stage.all_payments().len(), stage.reasons()), (1, vec![Reason::UnknownSession]));
        assert_eq!((stage.status(&invoice), stage.payments(&invoice)[0].applied), (Status::Open, 0));
    }
}

#[tokio::test]
async fn m2_m13_what_bears_another_name_costs_no_question_and_no_case() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let id = stage.paid_by_name(&invoice);
    let intent = stage.stripe.session(&id).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    stage.stripe.mutate_intent(&intent, |made| made["metadata"] = json!({"app": "another"}));
    stage.advance(NO_EVENTS);
    let report = stage.reconcile().await;
    assert_eq!((stage.all_payments().len(), stage.reviews().len()), (0, 0));
    assert!(class(&report, "M13") >= 1 && class(&report, "M2") == 0, "{:?}", report.classes);
    assert_eq!(stage.asked(Operation::GetIntent), 0);
}

#[tokio::test]
async fn m4_a_charge_in_another_currency_than_the_books_is_a_case() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let charge = Stage::charge(&stage.payments(&invoice)[0]);
    stage.stripe.mutate_charge(&charge, |made| made["currency"] = json!("usd"));
    let report = stage.reconcile().await;
    let found = &report.differences[0];
    assert_eq!((report.differences.len(), found.kind.as_str()), (1, "currency_mismatch"));
    assert_eq!((class(&report, "M4"), stage.reasons()), (1, vec![Reason::CurrencyMismatch]));
    assert_eq!(stage.status(&invoice), Status::Paid);
}

#[tokio::test]
async fn m9_a_checkout_that_ended_unheard_is_brought_up_to_date() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.expire(session(&attempt)).unwrap();
    let report = stage.reconcile().await;
    assert_eq!((report.repaired.len(), report.repaired[0].kind.as_str()), (1, "stale_attempt"));
    assert_eq!((class(&report, "M9"), stage.attempt(attempt.id).state), (1, State::Expired));
}

#[tokio::test]
async fn m12_a_movement_of_an_unknown_sort_is_counted_as_one() {
    let stage = Stage::set().await;
    stage.reconcile().await;
    stage.advance(60);
    stage.stripe.move_balance("contribution", "climate_contribution", -150, "eur");
    stage.stripe.move_balance("stripe_fee", "fee", -20, "eur");
    let report = stage.reconcile().await;
    assert_eq!((class(&report, "M12"), class(&report, "M10")), (1, 1), "{:?}", report.classes);
    assert_eq!((stage.balance(Account::Suspense), stage.reasons()), (150, vec![Reason::UnknownPayment]));
}

#[tokio::test]
async fn m15_a_second_payment_that_nobody_was_shown_is_a_case() {
    let stage = Stage::set().await;
    let (invoice, _) = stage.paid("10").await;
    let id = stage.paid_by_name(&invoice);
    let intent = stage.stripe.session(&id).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    let charge = stage.stripe.object(&intent).unwrap()["latest_charge"].as_str().unwrap().to_owned();
    // As an earlier version might have booked it: held as credit, and no case.
    let held = Receipt {
        invoice: Some(invoice.clone()),
        customer: Some(invoice.content.customer),
        book: Book::Test,
        amount: Money::new(1_000, Currency::EUR).unwrap(),
        fee: None,
        method: Method::Stripe(StripeReceipt {
            payment_intent: intent,
            charge: Some(charge),
            session: Some(id),
            attempt: None,
            account: stage.till.account.clone(),
            kind: "card".into(),
            card: None,
        }),
        received_at: stage.clock.now(),
        received_on: stage.app.store.read(|r| r.settings()).map(|set| day(&set, stage.clock.now())).unwrap(),
        source: Channel::Webhook,
        reference: String::new(),
        payer_email: None,
        checks: Checks::Failed,
        event: None,
        note: String::new(),
    };
    let payment = stage.app.store.write(move |w| book(w, held.clone())).await.unwrap();
    let report = stage.reconcile().await;
    assert_eq!((class(&report, "M15"), report.differences[0].kind.as_str()), (1, "duplicate_payment"));
    let case = stage.reviews().remove(0);
    assert_eq!((case.reason, case.payment), (Reason::DuplicatePayment, Some(payment.id)));
    let again = stage.reconcile().await;
    assert_eq!((class(&again, "M15"), stage.reviews().len()), (0, 1));
}

#[tokio::test]
async fn c23_events_of_ten_days_are_made_up_for_from_where_they_were_left() {
    let stage = Stage::set().await;
    stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.given_up(&attempt).await;
    stage.advance(10 * 24 * 3600);
    let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    stage.assert_paid_once(&invoice);
    assert_eq!((report.repaired.len(), report.repaired[0].kind.as_str()), (1, "missed_webhook"));
    assert!(!report.full && stage.asked(Operation::ListCharges) == 0);
    assert!(!stage.stands(Notice::EventsLost));
}

#[tokio::test]
async fn c24_events_that_stripe_lists_no_longer_are_told_of() {
    let stage = Stage::set().await;
    stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    stage.advance(NO_EVENTS);
    let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert!(report.full && stage.stands(Notice::EventsLost));
    stage.advance(24 * 3600 + 1);
    assert!(!stage.stands(Notice::EventsLost));
}

#[tokio::test]
async fn i5_what_is_paid_while_lists_are_read_is_found_once() {
    let stage = Stage::set().await;
    // More than a page of another program's.
    let invoice = stage.invoice("10").await;
    for _ in 0..101 {
        let other = stage.paid_by_name(&invoice);
        let intent = stage.stripe.session(&other).unwrap()["payment_intent"].as_str().unwrap().to_owned();
        stage.stripe.mutate_intent(&intent, |made| made["metadata"] = json!({}));
    }
    stage.advance(NO_EVENTS);
    let attempt = stage.start(&invoice).await;
    stage.stripe.fault_next(Operation::ListCharges, Fault::Slow(Duration::from_millis(50)));
    let paying = async {
        stage.hears(Operation::ListCharges).await;
        stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    };
    let (report, ()) = tokio::join!(stage.reconcile(), paying);
    assert_eq!((report.error, report.differences.len()), (None, 0));
    assert!(stage.asked(Operation::ListCharges) >= 2);
    let report = stage.reconcile().await;
    assert_eq!((report.error, report.differences.len()), (None, 0));
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.all_payments().len(), 1);
}

#[tokio::test]
async fn l10_a_pass_that_stops_itself_is_told_at_once_and_until_one_goes_through() {
    let stage = Stage::set().await;
    for _ in 0..21 {
        stage.paid_elsewhere(&[]);
    }
    stage.advance(NO_EVENTS);
    for _ in 0..2 {
        let report = stage.reconcile_as(Channel::Schedule, Extent::whole()).await;
        assert!(report.error.unwrap().starts_with("21 differences"));
        assert!(stage.stands(Notice::TooManyDifferences));
        assert_eq!((stage.mails("owner_trouble"), stage.all_payments().len(), stage.reviews().len()), (1, 0, 0));
    }
    // A short pass compares nothing, so that it proves nothing.
    assert_eq!(stage.reconcile_as(Channel::Schedule, Extent::Short).await.error, None);
    assert!(stage.stands(Notice::TooManyDifferences));
    stage.advance(7 * 24 * 3600);
    assert_eq!(stage.reconcile_as(Channel::Schedule, Extent::whole()).await.error, None);
    assert!(!stage.stands(Notice::TooManyDifferences));
}

#[tokio::test]
async fn l10_differences_of_all_sorts_count_together_before_the_first_is_acted_on() {
    let stage = Stage::set().await;
    let mut known = Vec::new();
    for _ in 0..11 {
        known.push(stage.paid("10").await);
    }
    for _ in 0..11 {
        stage.paid_elsewhere(&[]);
    }
    for (invoice, attempt) in &known[1..] {
        stage.stripe.refund(attempt.payment_intent.as_deref().unwrap(), 100).unwrap();
        assert_eq!(stage.status(invoice), Status::Paid);
    }
    let charge = Stage::charge(&stage.payments(&known[0].0)[0]);
    stage.stripe.mutate_charge(&charge, |made| made["amount_captured"] = json!(900));
    stage.advance(NO_EVENTS);
    let fees = stage.balance(Account::StripeFees);
    let report = stage.reconcile().await;
    // Eleven payments, ten of which something went back, and one of another amount.
    assert!(report.error.unwrap().starts_with("22 differences"));
    assert_eq!((report.repaired.len(), report.differences.len()), (0, 0));
    assert_eq!((stage.all_payments().len(), stage.reviews().len()), (11, 0));
    assert!(known.iter().all(|(invoice, _)| stage.refunds(invoice).is_empty()));
    assert_eq!(stage.balance(Account::StripeFees), fees);
}

#[tokio::test]
async fn l10_a_short_pass_with_the_key_of_another_account_stops_too() {
    let mut stage = Stage::set().await;
    stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert_eq!(stage.asked(Operation::GetAccount), 1, "a key is asked about once");
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    stage.advance(600);
    stage.stripe.set_account("acct_other");
    stage.till = Till { account: "another key".into(), ..stage.till.clone() };
    let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert!(report.error.unwrap().contains("acct_other"));
    assert_eq!((report.repaired.len(), stage.all_payments().len()), (0, 0));
    assert!(stage.stands(Notice::OtherAccount));
    assert_eq!(stage.mails("owner_trouble"), 1);
    accept_account(&stage.till).await.unwrap();
    assert!(!stage.stands(Notice::OtherAccount));
    assert_eq!(stage.reconcile_as(Channel::Schedule, Extent::Short).await.error, None);
}

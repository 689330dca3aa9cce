//! E9: a payment that the owner recorded by mistake.

use quittance::actions::resolve_review::resolve;
use quittance::actions::{Actor, Refusal, take_back};
use quittance::billing::credit_note::Settle;
use quittance::billing::credit_note::plan::What;
use quittance::billing::id::PaymentId;
use quittance::billing::ledger::{Account, Book};
use quittance::billing::letter::Delivery;
use quittance::billing::log::{About, Happening};
use quittance::billing::payment::Payment;
use quittance::billing::review::Action;
use quittance::billing::standing::Status;
use quittance::payments::owner_acts;

use super::stage::{OWNER, Stage, session};

async fn take(stage: &Stage, id: PaymentId, reason: &'static str) -> Result<Payment, Refusal> {
    stage.app.store.write(move |w| take_back::take_back(w, id, reason, &Actor::owner(OWNER))).await
}

fn bank(stage: &Stage, invoice: &quittance::billing::invoice::Invoice) -> i64 {
    stage.app.store.read(|r| r.balance(Book::Test, invoice.content.currency, Account::Bank)).unwrap()
}

#[tokio::test]
async fn e9_a_payment_that_was_recorded_by_mistake_is_booked_back_and_its_record_stays() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let payment = stage.bank_transfer(&invoice, 1_000).await;
    assert_eq!((stage.status(&invoice), bank(&stage, &invoice)), (Status::Paid, 1_000));
    take(&stage, payment.id, "it was Anna's other invoice").await.unwrap();
    let standing = stage.standing(&invoice);
    assert_eq!((stage.status(&invoice), standing.paid, standing.due()), (Status::Open, 0, 1_000));
    assert_eq!((standing.paid_at, bank(&stage, &invoice)), (None, 0));
    assert_eq!(stage.payments(&invoice), std::slice::from_ref(&payment), "the record stays");
    let line = stage.log(&invoice).into_iter().rfind(|line| line.kind == Happening::PaymentRecorded).unwrap();
    assert_eq!(line.amount.unwrap().minor(), -1_000);
    assert_eq!(line.detail.as_deref(), Some("Bank transfer taken back: it was Anna's other invoice"));
    // The receipt had not left.
    let receipt = stage.letters().into_iter().find(|letter| letter.subject_matter.kind() == "receipt").unwrap();
    assert!(matches!(receipt.state, Delivery::Withdrawn { .. }));
    // It is paid by card as if nothing had been.
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).credit), (Status::Paid, 0));
}

#[tokio::test]
async fn e9_nothing_is_taken_back_twice_without_a_reason_or_if_it_came_through_stripe() {
    let stage = Stage::set().await;
    let (paid, attempt) = stage.paid("10").await;
    let by_card = stage.payments(&paid)[0].id;
    assert!(matches!(take(&stage, by_card, "no").await, Err(Refusal::Conflict(words)) if words.contains("Refund")));
    let invoice = stage.invoice("20").await;
    let by_hand = stage.bank_transfer(&invoice, 500).await.id;
    for reason in ["", "  ", "two\nlines"] {
        assert!(matches!(take(&stage, by_hand, reason).await, Err(Refusal::Invalid(_))), "{reason:?}");
    }
    take(&stage, by_hand, "typed twice").await.unwrap();
    let before = stage.fingerprint();
    assert!(matches!(take(&stage, by_hand, "typed twice").await, Err(Refusal::Conflict(_))));
    assert_eq!(stage.fingerprint(), before);
    assert!(super::stage::is_paid(&attempt));
}

#[tokio::test]
async fn e9_what_was_decided_about_the_money_goes_with_it() {
    let stage = Stage::set().await;
    let (own, other) = (stage.invoice("10").await, stage.invoice("7").await);
    let payment = stage.bank_transfer(&own, 1_500).await;
    let case = stage.reviews().remove(0).id;
    let to = Some(other.id);
    let actor = Actor::owner(OWNER);
    stage.app.store.write(move |w| resolve(w, case, Action::Link, "", to, &actor)).await.unwrap();
    assert_eq!((stage.status(&own), stage.standing(&other).due()), (Status::Paid, 200));
    take(&stage, payment.id, "it was never ours").await.unwrap();
    assert_eq!((stage.standing(&own).due(), stage.standing(&other).due()), (1_000, 700));
    assert_eq!(stage.standing(&own).credit, 0);
    assert_eq!(stage.log(&other).last().unwrap().amount.unwrap().minor(), -500);
}

#[tokio::test]
async fn e9_an_open_case_about_money_that_never_came_is_closed() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let payment = stage.bank_transfer(&invoice, 1_500).await;
    assert!(stage.standing(&invoice).needs_review);
    take(&stage, payment.id, "wrong sum").await.unwrap();
    assert!(!stage.standing(&invoice).needs_review);
    assert_eq!(stage.reviews()[0].resolved.as_ref().unwrap().action, Action::Ignore);
}

#[tokio::test]
async fn e9_what_a_credit_note_counts_on_is_not_taken_back() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let payment = stage.bank_transfer(&invoice, 900).await;
    stage.credit(&invoice, What::Rest, Settle::CustomerCredit).await.unwrap();
    let refused = take(&stage, payment.id, "never came").await.unwrap_err().to_string();
    assert!(refused.contains("was credited since"), "{refused}");
    assert_eq!((stage.status(&invoice), stage.held(&invoice)), (Status::Paid, 900));
}

#[tokio::test]
async fn e9_a_checkout_that_asks_for_too_little_is_closed() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let payment = stage.bank_transfer(&invoice, 400).await;
    let attempt = stage.start(&invoice).await;
    assert_eq!(attempt.amount.minor(), 600);
    take(&stage, payment.id, "never came").await.unwrap();
    stage.sweep().await;
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired");
    assert_eq!(stage.start(&invoice).await.amount.minor(), 1_000);
}

#[tokio::test]
async fn e9_what_was_given_up_beside_it_is_owed_again_and_the_invoice_can_be_voided() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let payment = stage.bank_transfer(&invoice, 400).await;
    owner_acts::write_off(&stage.app.store, invoice.id).await.unwrap();
    assert!(matches!(stage.void(&invoice).await, Err(Refusal::Conflict(_))));
    take(&stage, payment.id, "never came").await.unwrap();
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).due()), (Status::Open, 1_000));
    let said = stage.log(&invoice).pop().unwrap();
    assert_eq!(said.about, Some(About::TakenBack));
    assert!(said.detail.unwrap().contains("given up is asked for again"), "the log says why it is open");
    stage.void(&invoice).await.unwrap();
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).due()), (Status::Void, 0));
}

#[tokio::test]
async fn e9_what_another_payment_was_too_much_pays_what_is_due_again() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    let first = stage.bank_transfer(&invoice, 6_000).await;
    let second = stage.bank_transfer(&invoice, 6_000).await;
    assert_eq!((stage.standing(&invoice).due(), stage.standing(&invoice).credit), (0, 2_000));
    take(&stage, first.id, "never came").await.unwrap();
    let standing = stage.standing(&invoice);
    assert_eq!((standing.paid, standing.due(), standing.credit, standing.needs_review), (6_000, 4_000, 0, false));
    let case = stage.reviews().remove(0);
    let decision = case.resolved.as_ref().unwrap();
    assert_eq!(decision.action, Action::Apply);
    assert!(decision.note.contains("20.00 EUR of it pays the invoice"), "{}", decision.note);
    let line = stage.log(&invoice).into_iter().rfind(|line| line.about == Some(About::CreditApplied)).unwrap();
    assert_eq!(line.amount.unwrap().minor(), 2_000);
    // Nothing is left of the second one either, if that never came.
    take(&stage, second.id, "nor did this").await.unwrap();
    assert_eq!((stage.standing(&invoice).paid, stage.standing(&invoice).due()), (0, 10_000));
}

#[tokio::test]
async fn e9_of_a_payment_that_came_twice_as_much_as_is_due_pays_and_the_case_says_the_rest() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    let first = stage.bank_transfer(&invoice, 4_000).await;
    stage.bank_transfer(&invoice, 6_000).await;
    let third = stage.bank_transfer(&invoice, 9_000).await;
    take(&stage, first.id, "never came").await.unwrap();
    let standing = stage.standing(&invoice);
    assert_eq!((standing.due(), standing.paid, standing.credit), (0, 10_000, 5_000));
    let case = stage.reviews().remove(0);
    assert!(case.is_open() && case.payment == Some(third.id));
    assert!(case.detail.contains("50.00 EUR is still held"), "{}", case.detail);
}

#[tokio::test]
async fn e9_what_a_person_decided_to_keep_stays_the_customers() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    let first = stage.bank_transfer(&invoice, 6_000).await;
    stage.bank_transfer(&invoice, 6_000).await;
    let (case, actor) = (stage.reviews().remove(0).id, Actor::owner(OWNER));
    stage.app.store.write(move |w| resolve(w, case, Action::KeepCredit, "", None, &actor)).await.unwrap();
    take(&stage, first.id, "never came").await.unwrap();
    assert_eq!((stage.standing(&invoice).due(), stage.standing(&invoice).credit), (6_000, 2_000));
}

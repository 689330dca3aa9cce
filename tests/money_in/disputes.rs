//! G: a payer's bank wants the money back, and what is filed about it.

use jiff::SignedDuration;
use quittance::actions::file_evidence::{self, Chosen, Files};
use quittance::actions::resolve_review::{possible, resolve};
use quittance::actions::undo_review::undo;
use quittance::actions::{Actor, Refusal, disputes};
use quittance::billing::currency::Currency;
use quittance::billing::dispute::{Dispute, Phase, Status as DisputeStatus};
use quittance::billing::filing::{FileField, Filing, State, TextField, Texts};
use quittance::billing::id::DisputeId;
use quittance::billing::invoice::Invoice;
use quittance::billing::ledger::{Account, Book};
use quittance::billing::log::{Channel, Happening};
use quittance::billing::review::{Action, Reason, Review};
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, DisputeOrder, Fault, Operation};
use quittance::payments::client::Patience;
use quittance::payments::disputes::{look, sync_dispute};
use quittance::payments::filings;
use serde_json::json;

use super::stage::{OWNER, Stage, session};

/// Stripe's fee for a dispute, and what it keeps of a charge of 100.00.
const DISPUTE_FEE: i64 = 1_500;
const CHARGE_FEE: i64 = 175;
const A_DAY: i64 = 24 * 60 * 60;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";

/// A paid invoice over 100.00 and Stripe's name of its payment.
async fn paid(stage: &Stage) -> (Invoice, String) {
    let (invoice, attempt) = stage.paid("100.00").await;
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    (invoice, intent)
}

fn open(stage: &Stage, intent: &str, order: &DisputeOrder) -> String {
    stage.stripe.dispute(intent, order).unwrap()["id"].as_str().unwrap().to_owned()
}

/// A paid invoice that is disputed, told by webhook.
async fn disputed(stage: &Stage, order: &DisputeOrder) -> (Invoice, String) {
    let (invoice, intent) = paid(stage).await;
    let name = open(stage, &intent, order);
    stage.deliver().await;
    (invoice, name)
}

fn stored(stage: &Stage, name: &str) -> Dispute {
    stage.app.store.read(|r| r.dispute_by_stripe(name)).unwrap().expect("a dispute")
}

fn balance(stage: &Stage, account: Account) -> i64 {
    stage.app.store.read(|r| r.balance(Book::Test, Currency::EUR, account)).unwrap()
}

fn card(stage: &Stage) -> Review {
    let cards: Vec<Review> = stage.reviews().into_iter().filter(|review| review.reason == Reason::Dispute).collect();
    assert_eq!(cards.len(), 1, "one card a dispute");
    cards.into_iter().next().unwrap()
}

impl Stage {
    /// The owner has seen the card of the dispute.
    async fn close_card(&self) {
        let is_card = |review: &Review| review.is_open() && review.reason == Reason::Dispute;
        let (card, owner) = (self.reviews().into_iter().find(is_card).unwrap().id, Actor::owner(OWNER));
        self.app.store.write(move |w| resolve(w, card, Action::Ignore, "seen", None, &owner)).await.unwrap();
    }
}

/// What stays however a dispute goes: the invoice is paid, and nothing was refunded.
fn assert_still_paid(stage: &Stage, invoice: &Invoice) {
    assert_eq!(stage.status(invoice), Status::Paid);
    assert_eq!((stage.standing(invoice).paid, stage.standing(invoice).refunded), (invoice.totals.total, 0));
}

#[tokio::test]
async fn g1_g14_a_chargeback_holds_the_money_and_its_fee_and_leaves_the_invoice_paid() {
    let stage = Stage::set().await;
    let (invoice, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    assert_still_paid(&stage, &invoice);
    assert!(stage.standing(&invoice).disputed && stage.standing(&invoice).needs_review);
    assert_eq!(balance(&stage, Account::DisputesHeld), 10_000);
    assert_eq!(balance(&stage, Account::StripeFees), CHARGE_FEE + DISPUTE_FEE);
    assert_eq!(balance(&stage, Account::StripeClearing), -CHARGE_FEE - DISPUTE_FEE);
    let dispute = stored(&stage, &name);
    assert_eq!((dispute.phase(), dispute.status.name()), (Phase::Open, "needs_response"));
    assert!(dispute.respond_by.is_some());
    assert!(card(&stage).is_open());
    assert_eq!(stage.count_of(&invoice, Happening::DisputeOpened), 1);
    assert_eq!((stage.mails("owner_dispute"), stage.mails("owner_alert")), (1, 0), "the owner is told once");
    let before = stage.fingerprint();
    stage.stripe.change_dispute(&name, json!({})).unwrap();
    stage.deliver().await;
    assert_eq!(stage.fingerprint(), before, "the same news writes nothing");
}

#[tokio::test]
async fn g2_an_inquiry_moves_no_money_and_can_be_refunded() {
    let stage = Stage::set().await;
    let (invoice, name) = disputed(&stage, &DisputeOrder::inquiry()).await;
    let dispute = stored(&stage, &name);
    assert_eq!(dispute.phase(), Phase::Inquiry);
    assert_eq!(balance(&stage, Account::DisputesHeld), 0);
    let payment = stage.payments(&invoice).remove(0);
    let obstacle = stage.app.store.read(|r| disputes::refund_obstacle(&r, &payment)).unwrap();
    assert_eq!(obstacle, None, "a refund ends an inquiry");
    assert_eq!(card(&stage).title(), "A bank asks about a payment");
    assert_eq!(stage.mails("owner_dispute"), 1, "asked");

    stage.stripe.change_dispute(&name, json!({ "status": "needs_response" })).unwrap();
    stage.stripe.withdraw_dispute(&name).unwrap();
    stage.deliver().await;
    assert_eq!(balance(&stage, Account::DisputesHeld), 10_000);
    assert_eq!(stage.count_of(&invoice, Happening::DisputeOpened), 2, "asked, then disputed");
    assert_eq!(stage.mails("owner_dispute"), 2, "the owner is told of both");
    assert!(stage.app.store.read(|r| disputes::refund_obstacle(&r, &payment)).unwrap().is_some());
}

#[tokio::test]
async fn g2_an_inquiry_that_ends_or_is_prevented_costs_nothing() {
    for status in ["warning_closed", "prevented"] {
        let stage = Stage::set().await;
        let (invoice, name) = disputed(&stage, &DisputeOrder::inquiry()).await;
        stage.stripe.close_dispute(&name, status).unwrap();
        stage.deliver().await;
        assert_eq!(stored(&stage, &name).phase(), Phase::ClosedNoMoney);
        assert!(!stage.standing(&invoice).disputed && !card(&stage).is_open());
        assert_eq!(balance(&stage, Account::DisputesHeld), 0);
    }
}

#[tokio::test]
async fn g3_the_owner_is_reminded_at_seven_three_and_one_days_once_each() {
    let stage = Stage::set().await;
    disputed(&stage, &DisputeOrder::chargeback()).await;
    let mut told = vec![stage.mails("owner_dispute")];
    for days in [12, 1, 4, 2, 1] {
        stage.advance(days * A_DAY);
        for _ in 0..2 {
            stage.app.store.write(disputes::remind).await.unwrap();
        }
        told.push(stage.mails("owner_dispute"));
    }
    assert_eq!(told, [1, 1, 2, 3, 4, 4], "opened; nothing; 7, 3 and 1 days; the deadline itself");
}

#[tokio::test]
async fn g3_a_dispute_without_a_deadline_cannot_be_answered_and_nobody_is_reminded() {
    let stage = Stage::set().await;
    let (_, name) = disputed(&stage, &DisputeOrder { has_deadline: false, ..DisputeOrder::chargeback() }).await;
    let dispute = stored(&stage, &name);
    assert_eq!(dispute.respond_by, None);
    let refused = draft(&stage, dispute.id, &[], 0).await.unwrap_err();
    assert!(refused.to_string().contains("takes no answer"), "{refused}");
    stage.advance(30 * A_DAY);
    assert_eq!(stage.app.store.write(disputes::remind).await.unwrap(), None);
    assert_eq!(stage.mails("owner_dispute"), 1);

    stage.stripe.change_dispute(&name, json!({ "evidence_details": { "due_by": 0 } })).unwrap();
    stage.deliver().await;
    assert_eq!(stored(&stage, &name).respond_by, None, "nought is no moment");
}

#[tokio::test]
async fn g4_an_update_is_taken_over_without_a_line_in_the_log() {
    let stage = Stage::set().await;
    let (invoice, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    let lines = stage.log(&invoice).len();
    stage.stripe.change_dispute(&name, json!({ "reason": "product_not_received" })).unwrap();
    stage.deliver().await;
    assert_eq!(stored(&stage, &name).reason, "product_not_received");
    assert_eq!(stage.log(&invoice).len(), lines);
    assert!(card(&stage).detail.contains("nothing arrived"), "the card says what is true now");
}

#[tokio::test]
async fn g5_what_is_won_comes_back_and_closes_the_card() {
    let stage = Stage::set().await;
    let (invoice, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    stage.stripe.close_dispute(&name, "won").unwrap();
    stage.stripe.reinstate_dispute(&name).unwrap();
    stage.deliver().await;
    assert_still_paid(&stage, &invoice);
    assert!(!stage.standing(&invoice).disputed && !stage.standing(&invoice).needs_review);
    assert_eq!((balance(&stage, Account::DisputesHeld), balance(&stage, Account::DisputeLosses)), (0, 0));
    assert_eq!(balance(&stage, Account::StripeFees), CHARGE_FEE, "the fee is as its movements say");
    assert_eq!(stage.count_of(&invoice, Happening::DisputeWon), 1);
    assert_eq!(card(&stage).resolved.unwrap().by, "Stripe");
    assert_eq!(stage.mails("owner_dispute"), 2);
}

#[tokio::test]
async fn g6_what_is_lost_is_a_loss_and_the_invoice_stays_paid() {
    let stage = Stage::set().await;
    let (invoice, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    stage.stripe.close_dispute(&name, "lost").unwrap();
    stage.deliver().await;
    assert_still_paid(&stage, &invoice);
    assert!(!stage.standing(&invoice).disputed, "it is closed");
    assert_eq!((balance(&stage, Account::DisputesHeld), balance(&stage, Account::DisputeLosses)), (0, 10_000));
    assert_eq!(stage.count_of(&invoice, Happening::DisputeLost), 1);
    let card = card(&stage);
    assert!(card.is_open() && card.title() == "A dispute was lost", "a person must see it");
}

#[tokio::test]
async fn g7_money_that_comes_back_is_no_victory() {
    let stage = Stage::set().await;
    let (invoice, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    stage.stripe.reinstate_dispute(&name).unwrap();
    stage.deliver().await;
    assert_eq!(stored(&stage, &name).phase(), Phase::Open);
    assert!(stage.standing(&invoice).disputed);
    assert_eq!(balance(&stage, Account::DisputesHeld), 0, "the money is where its movements say");
    assert_eq!(stage.count_of(&invoice, Happening::DisputeWon), 0);
    stage.stripe.close_dispute(&name, "lost").unwrap();
    stage.deliver().await;
    assert_eq!(balance(&stage, Account::DisputeLosses), 0, "nothing was held, so nothing is lost");
}

#[tokio::test]
async fn g8_c4_the_end_may_be_told_before_the_beginning_and_before_the_payment() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100.00").await;
    let attempt = stage.start_and_pay(&invoice).await;
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    let name = open(&stage, &intent, &DisputeOrder::chargeback());
    stage.stripe.close_dispute(&name, "lost").unwrap();
    for event in stage.stripe.events().iter().rev() {
        stage.receive_one(event).await;
        stage.work_off().await;
    }
    assert_still_paid(&stage, &invoice);
    assert_eq!(stored(&stage, &name).phase(), Phase::Lost);
    assert_eq!(balance(&stage, Account::DisputeLosses), 10_000);
    let turns = [Happening::DisputeOpened, Happening::DisputeLost].map(|kind| stage.count_of(&invoice, kind));
    assert_eq!(turns, [1, 1], "both turns are told, once");
}

#[tokio::test]
async fn g9_the_disputed_amount_is_never_taken_for_the_money() {
    for amount in [4_000, 12_500] {
        let stage = Stage::set().await;
        let order = DisputeOrder { amount: Some(amount), ..DisputeOrder::chargeback() };
        let (invoice, name) = disputed(&stage, &order).await;
        assert_still_paid(&stage, &invoice);
        assert_eq!(stored(&stage, &name).amount.minor(), amount);
        assert_eq!(balance(&stage, Account::DisputesHeld), amount);
        // Stripe changes its mind about the sum and moves nothing: then nothing moves here.
        stage.stripe.change_dispute(&name, json!({ "amount": 10_000 })).unwrap();
        stage.deliver().await;
        assert_eq!(balance(&stage, Account::DisputesHeld), amount);
        stage.stripe.close_dispute(&name, "lost").unwrap();
        stage.deliver().await;
        assert_eq!(balance(&stage, Account::DisputeLosses), amount);
    }
}

#[tokio::test]
async fn g10_a_payment_may_have_several_disputes_and_is_refundable_while_all_allow_it() {
    let stage = Stage::set().await;
    let (invoice, intent) = paid(&stage).await;
    let part = |order: DisputeOrder| DisputeOrder { amount: Some(3_000), ..order };
    let first = open(&stage, &intent, &part(DisputeOrder::inquiry()));
    let second = open(&stage, &intent, &part(DisputeOrder::chargeback()));
    stage.deliver().await;
    let payment = stage.payments(&invoice).remove(0);
    let blocking = |stage: &Stage| {
        stage.app.store.read(|r| r.dispute_that_blocks_refund(payment.id)).unwrap().map(|found| found.stripe_dispute)
    };
    assert_eq!(blocking(&stage), Some(second.clone()));
    stage.stripe.close_dispute(&second, "won").unwrap();
    stage.stripe.reinstate_dispute(&second).unwrap();
    stage.deliver().await;
    assert_eq!(blocking(&stage), None);
    assert!(stage.standing(&invoice).disputed, "one is open still");
    stage.stripe.close_dispute(&first, "warning_closed").unwrap();
    stage.deliver().await;
    assert!(!stage.standing(&invoice).disputed);
    assert_eq!(stage.reviews().iter().filter(|review| review.reason == Reason::Dispute).count(), 2);
}

#[tokio::test]
async fn g11_a_bank_may_change_its_mind_in_both_directions() {
    let stage = Stage::set().await;
    let (invoice, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    stage.stripe.close_dispute(&name, "lost").unwrap();
    stage.deliver().await;
    stage.advance(A_DAY);
    stage.stripe.close_dispute(&name, "won").unwrap();
    stage.deliver().await;
    let sums = |stage: &Stage| (balance(stage, Account::DisputesHeld), balance(stage, Account::DisputeLosses));
    assert_eq!(sums(&stage), (10_000, 0), "no loss any more; the money is still to come");
    stage.stripe.reinstate_dispute(&name).unwrap();
    stage.deliver().await;
    assert_eq!(sums(&stage), (0, 0));
    assert!(!card(&stage).is_open());
    stage.stripe.withdraw_dispute(&name).unwrap();
    stage.stripe.close_dispute(&name, "lost").unwrap();
    stage.deliver().await;
    assert_eq!(sums(&stage), (0, 10_000));
    assert_eq!(stored(&stage, &name).losses, 3);
    assert_still_paid(&stage, &invoice);
    let open: Vec<Review> = stage.reviews().into_iter().filter(Review::is_open).collect();
    assert_eq!(open.len(), 1, "what was lost after all is shown again");
    assert_eq!(stage.mails("owner_dispute"), 4, "opened, lost, won, and lost once more");
    stage.stripe.change_dispute(&name, json!({ "status": "needs_response" })).unwrap();
    stage.deliver().await;
    assert_eq!(stage.mails("owner_dispute"), 5, "opened again, with a deadline again");
    let cards: Vec<Review> = stage.reviews().into_iter().filter(Review::is_open).collect();
    assert_eq!(cards.len(), 1, "one card says what is true now");
    assert_eq!(cards[0].title(), "The customer's bank disputes a payment");
}

#[tokio::test]
async fn g2_a_card_that_a_person_closed_comes_back_with_the_dispute_and_goes_with_it() {
    for end in ["won", "lost"] {
        let stage = Stage::set().await;
        let (_, name) = disputed(&stage, &DisputeOrder::inquiry()).await;
        stage.close_card().await;
        stage.stripe.change_dispute(&name, json!({ "status": "needs_response" })).unwrap();
        stage.stripe.withdraw_dispute(&name).unwrap();
        stage.deliver().await;
        let cards = || stage.reviews().into_iter().filter(Review::is_open).collect::<Vec<_>>();
        assert_eq!(cards().len(), 1);
        let submitted = json!({ "status": "under_review", "evidence_details": { "submission_count": 1 } });
        stage.stripe.change_dispute(&name, submitted).unwrap();
        stage.deliver().await;
        assert_eq!(cards()[0].title(), "The bank looks at your evidence", "the card says what is true now");
        stage.stripe.close_dispute(&name, end).unwrap();
        stage.deliver().await;
        let titles: Vec<String> = cards().iter().map(|card| card.title().to_owned()).collect();
        let expected: &[&str] = if end == "won" { &[] } else { &["A dispute was lost"] };
        assert_eq!(titles, expected, "{end}");
    }
}

#[tokio::test]
async fn g6_credit_of_money_that_the_bank_has_pays_nothing() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.bank_transfer(&invoice, 10_000).await;
    stage.deliver().await;
    let (case, owner) = (stage.reviews()[0].id, Actor::owner(OWNER));
    stage.app.store.write(move |w| resolve(w, case, Action::KeepCredit, "", None, &owner)).await.unwrap();
    assert_eq!(stage.held(&invoice), 10_000);
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    let name = open(&stage, &intent, &DisputeOrder::chargeback());
    stage.deliver().await;
    stage.close_card().await;
    assert_eq!(stage.held(&invoice), 0, "the bank holds it");
    // The case about it offers what can be done, should the decision be taken back.
    let owner = Actor::owner(OWNER);
    let reopened = stage.app.store.write(move |w| undo(w, case, "", &owner)).await.unwrap();
    assert_eq!(stage.app.store.read(|r| possible(&r, &reopened)).unwrap(), [Action::Ignore]);
    let owner = Actor::owner(OWNER);
    stage.app.store.write(move |w| resolve(w, case, Action::Ignore, "seen", None, &owner)).await.unwrap();
    stage.stripe.close_dispute(&name, "lost").unwrap();
    stage.deliver().await;
    stage.close_card().await;
    assert_eq!(stage.held(&invoice), 0, "the bank has it");
    stage.stripe.close_dispute(&name, "won").unwrap();
    stage.stripe.reinstate_dispute(&name).unwrap();
    stage.deliver().await;
    assert_eq!(stage.held(&invoice), 10_000, "it is back");
}

#[tokio::test]
async fn g6_an_answer_that_leaves_fields_away_says_nothing_of_them() {
    let stage = Stage::set().await;
    let (_, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    stage.stripe.close_dispute(&name, "lost").unwrap();
    stage.deliver().await;
    let before = stored(&stage, &name);
    let nothing = json!({ "balance_transactions": null, "evidence_details": null, "is_charge_refundable": null });
    stage.stripe.change_dispute(&name, nothing).unwrap();
    stage.deliver().await;
    assert_eq!(stored(&stage, &name), before);
    assert_eq!((balance(&stage, Account::DisputesHeld), balance(&stage, Account::DisputeLosses)), (0, 10_000));
}

#[tokio::test]
async fn g1_a_dispute_is_shown_on_the_invoice_that_the_money_was_applied_to() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.stripe.mutate_session(session(&attempt), |made| made["metadata"]["app"] = json!("x"));
    stage.deliver().await;
    let (case, to, owner) = (stage.reviews().remove(0), Some(invoice.id), Actor::owner(OWNER));
    assert_eq!((case.reason, stage.all_payments()[0].invoice), (Reason::ReferenceMismatch, None));
    stage.app.store.write(move |w| resolve(w, case.id, Action::Link, "", to, &owner)).await.unwrap();
    assert_eq!(stage.status(&invoice), Status::Paid);
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    let name = open(&stage, &intent, &DisputeOrder::chargeback());
    stage.deliver().await;
    assert!(stage.standing(&invoice).disputed && stage.standing(&invoice).needs_review);
    assert_eq!(stage.count_of(&invoice, Happening::DisputeOpened), 1);
    assert_eq!(stage.app.store.read(|r| r.disputes_of_invoice(invoice.id)).unwrap().len(), 1);
    stage.stripe.close_dispute(&name, "won").unwrap();
    stage.stripe.reinstate_dispute(&name).unwrap();
    stage.deliver().await;
    assert!(!stage.standing(&invoice).disputed && !stage.standing(&invoice).needs_review);
    assert_eq!(stage.count_of(&invoice, Happening::DisputeWon), 1);
}

#[tokio::test]
async fn g12_a_status_that_nobody_knows_stays_open_and_is_shown() {
    let stage = Stage::set().await;
    let order = DisputeOrder { status: "appeal_needs_response".to_owned(), ..DisputeOrder::chargeback() };
    let (invoice, name) = disputed(&stage, &order).await;
    let dispute = stored(&stage, &name);
    assert_eq!(dispute.status, DisputeStatus::Other("appeal_needs_response".to_owned()));
    assert!(stage.standing(&invoice).disputed);
    assert!(card(&stage).detail.contains("appeal needs response"), "{}", card(&stage).detail);
}

#[tokio::test]
async fn g13_a_fraud_warning_is_shown_and_is_no_dispute() {
    let stage = Stage::set().await;
    let (invoice, intent) = paid(&stage).await;
    stage.stripe.warn_of_fraud(&intent).unwrap();
    stage.deliver().await;
    let card = card(&stage);
    assert!(card.is_open() && card.title() == "Stripe warns of fraud");
    assert!(card.detail.contains("refunding"), "{}", card.detail);
    assert!(!stage.standing(&invoice).disputed);
    assert_eq!(stage.mails("owner_alert"), 1);
    assert!(stage.app.store.read(|r| r.disputes(None, 1)).unwrap().is_empty());
}

#[tokio::test]
async fn b14_g15_a_debit_that_is_pulled_back_weeks_later_is_lost_at_once() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100.00").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay_delayed(session(&attempt)).unwrap();
    stage.deliver().await;
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    stage.stripe.clear_delayed(&intent).unwrap();
    stage.deliver().await;
    stage.advance(40 * A_DAY);
    let order = DisputeOrder {
        reason: "debit_not_authorized".to_owned(),
        status: "lost".to_owned(),
        has_deadline: false,
        ..DisputeOrder::chargeback()
    };
    let name = open(&stage, &intent, &order);
    stage.deliver().await;
    assert_still_paid(&stage, &invoice);
    assert_eq!(stored(&stage, &name).phase(), Phase::Lost);
    assert_eq!(balance(&stage, Account::DisputeLosses), 10_000);
    assert!(!stage.standing(&invoice).disputed && card(&stage).is_open());
}

#[tokio::test]
async fn d7_what_is_disputed_when_it_is_first_seen_is_settled_and_then_disputed() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("100.00").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay(session(&attempt), Card::Disputed).unwrap();
    stage.look(&attempt).await;
    assert_still_paid(&stage, &invoice);
    assert!(stage.standing(&invoice).disputed);
    assert_eq!(balance(&stage, Account::DisputesHeld), 10_000);
}

#[tokio::test]
async fn m8_a_dispute_of_which_no_webhook_came_is_found() {
    let stage = Stage::set().await;
    let (invoice, intent) = paid(&stage).await;
    let name = open(&stage, &intent, &DisputeOrder::chargeback());
    let run = stage.reconcile().await;
    assert!(stage.standing(&invoice).disputed, "{run:?}");
    assert_eq!(run.error, None);

    // Days later, and told by nobody: an open dispute is looked at daily.
    stage.stripe.close_dispute(&name, "lost").unwrap();
    assert_eq!(look(&stage.till, Channel::Schedule).await.unwrap(), 0, "not before its time");
    stage.advance(A_DAY);
    assert_eq!(look(&stage.till, Channel::Schedule).await.unwrap(), 1);
    assert_eq!(stored(&stage, &name).phase(), Phase::Lost);
    let again = stage.reconcile().await;
    assert_eq!((again.repaired.len(), again.differences.len()), (0, 0), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g8_many_messages_at_once_book_it_once() {
    let stage = Stage::set().await;
    let (invoice, intent) = paid(&stage).await;
    let name = open(&stage, &intent, &DisputeOrder::chargeback());
    stage.stripe.close_dispute(&name, "lost").unwrap();
    let asks = (0..16).map(|_| sync_dispute(&stage.till, &name, Channel::Webhook, None));
    for settled in futures_util::future::join_all(asks).await {
        settled.unwrap();
    }
    assert_eq!(balance(&stage, Account::DisputeLosses), 10_000);
    let turns = [Happening::DisputeOpened, Happening::DisputeLost].map(|kind| stage.count_of(&invoice, kind));
    assert_eq!(turns, [1, 1]);
}

/// The owner saves a draft with these files.
async fn draft(stage: &Stage, id: DisputeId, files: &[(&str, &[u8])], place: usize) -> Result<Filing, Refusal> {
    let texts = Texts::from([(TextField::ProductDescription, "A poster, delivered".to_owned())]);
    let chosen: Vec<Chosen> = files
        .iter()
        .zip(FileField::ALL)
        .map(|((name, content), slot)| Chosen { slot, name: (*name).to_owned(), content: content.to_vec() })
        .collect();
    let (files, actor) = (Files { chosen, ..Files::default() }, Actor::owner(OWNER));
    stage.app.store.write(move |w| file_evidence::draft(w, id, texts.clone(), &files, place, &actor)).await
}

async fn tell(stage: &Stage, filing: &Filing) -> Filing {
    filings::tell(&stage.till, filing.id, Patience::Request).await.unwrap().unwrap()
}

fn is_done(filing: &Filing) -> bool {
    matches!(filing.state, State::Done { .. })
}

#[tokio::test]
async fn g3_evidence_is_kept_as_a_draft_and_submitted_once() {
    let stage = Stage::set().await;
    let (_, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    let id = stored(&stage, &name).id;
    let saved = draft(&stage, id, &[("receipt.png", PNG), ("letter.pdf", b"%PDF-1.7")], 0).await.unwrap();
    assert!(is_done(&tell(&stage, &saved).await));
    let at_stripe = stage.stripe.object(&name).unwrap();
    assert_eq!(at_stripe["evidence"]["product_description"], "A poster, delivered");
    assert!(at_stripe["evidence"]["receipt"].as_str().unwrap().starts_with("file_"));
    assert_eq!(at_stripe["evidence_details"]["submission_count"], 0, "it is a draft");
    let kept = stored(&stage, &name);
    assert_eq!(kept.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["receipt.png", "letter.pdf"]);
    assert_eq!(stage.app.store.read(|r| r.filing_content(saved.id, 0)).unwrap(), None, "the content is Stripe's now");

    let actor = Actor::owner(OWNER);
    let submitted = stage.app.store.write(move |w| file_evidence::submit(w, id, 1, &actor)).await.unwrap();
    assert!(is_done(&tell(&stage, &submitted).await));
    assert_eq!(stored(&stage, &name).status, DisputeStatus::UnderReview);
    assert_eq!(stored(&stage, &name).submissions, 1);
    let actor = Actor::owner(OWNER);
    let twice = stage.app.store.write(move |w| file_evidence::submit(w, id, 1, &actor)).await.unwrap();
    assert_eq!(twice.id, submitted.id, "a double click is one submission");
    let refused = draft(&stage, id, &[], 2).await.unwrap_err();
    assert!(refused.to_string().contains("takes it once"), "{refused}");
    assert_eq!(stage.asked(Operation::UpdateDispute), 2);
}

#[tokio::test]
async fn files_of_a_draft_can_be_taken_out_until_it_is_submitted() {
    let stage = Stage::set().await;
    let (_, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    let id = stored(&stage, &name).id;
    let saved = draft(&stage, id, &[("receipt.png", PNG), ("letter.pdf", b"%PDF-1.7")], 0).await.unwrap();
    assert!(is_done(&tell(&stage, &saved).await));
    let without = |removed: &'static [FileField], place| {
        let files = Files { chosen: Vec::new(), removed: removed.to_vec() };
        let (texts, actor) = (Texts::new(), Actor::owner(OWNER));
        stage.app.store.write(move |w| file_evidence::draft(w, id, texts.clone(), &files, place, &actor))
    };
    let fewer = without(&[FileField::Receipt], 1).await.unwrap();
    assert!(is_done(&tell(&stage, &fewer).await));
    let at_stripe = stage.stripe.object(&name).unwrap();
    assert!(at_stripe["evidence"]["receipt"].is_null(), "{at_stripe}");
    assert!(at_stripe["evidence"]["service_documentation"].is_string(), "{at_stripe}");
    let none = without(&[FileField::ServiceDocumentation], 2).await.unwrap();
    assert!(is_done(&tell(&stage, &none).await));
    assert!(stored(&stage, &name).files.is_empty());
    assert!(stage.stripe.object(&name).unwrap()["evidence"]["service_documentation"].is_null());
}

#[tokio::test]
async fn evidence_that_is_no_image_and_no_pdf_or_too_large_is_refused() {
    let stage = Stage::set().await;
    let (_, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    let id = stored(&stage, &name).id;
    let large = [PNG, &vec![0; 4_600_000]].concat();
    for (file, content) in [("receipt.pdf", &b"MZ\x90 a program"[..]), ("page.png", b"<html>"), ("scan.png", &large)] {
        let refused = draft(&stage, id, &[(file, content)], 0).await.unwrap_err();
        assert!(matches!(refused, Refusal::Invalid(_)), "{file}: {refused}");
    }
    assert!(stage.app.store.read(|r| r.filings_of_dispute(id)).unwrap().is_empty());
    assert_eq!(stage.asked(Operation::CreateFile), 0);
}

#[tokio::test]
async fn evidence_goes_on_where_it_was_cut_off_and_nothing_is_told_twice() {
    for (operation, fault) in [
        (Operation::CreateFile, Fault::DropBeforeEffect),
        (Operation::CreateFile, Fault::DropAfterEffect),
        (Operation::CreateFile, Fault::Status(503)),
        (Operation::UpdateDispute, Fault::DropAfterEffect),
        (Operation::UpdateDispute, Fault::Cached500),
        (Operation::UpdateDispute, Fault::Cached500AfterEffect),
        (Operation::UpdateDispute, Fault::Status(403)),
    ] {
        let stage = Stage::set().await;
        let (_, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
        let id = stored(&stage, &name).id;
        stage.stripe.fault_always(operation, fault);
        let saved = draft(&stage, id, &[("receipt.png", PNG)], 0).await.unwrap();
        let told = tell(&stage, &saved).await;
        assert!(told.is_waiting(), "{operation} {fault:?}: {told:?}");
        let refused = draft(&stage, id, &[], 1).await.unwrap_err();
        assert!(refused.to_string().contains("by itself"), "{refused}");
        stage.stripe.clear_faults();
        stage.advance(3600);
        filings::tell_due(&stage.till).await.unwrap();
        let told = stage.app.store.read(|r| r.filing(saved.id)).unwrap().unwrap();
        assert!(is_done(&told), "{operation} {fault:?}: {told:?}");
        assert_eq!(stage.stripe.object(&name).unwrap()["evidence"]["product_description"], "A poster, delivered");
    }
}

#[tokio::test]
async fn a_submission_whose_answer_was_lost_is_not_made_twice() {
    let stage = Stage::set().await;
    let (_, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    let id = stored(&stage, &name).id;
    let saved = draft(&stage, id, &[], 0).await.unwrap();
    tell(&stage, &saved).await;
    stage.stripe.fault_next(Operation::UpdateDispute, Fault::Cached500AfterEffect);
    let actor = Actor::owner(OWNER);
    let filing = stage.app.store.write(move |w| file_evidence::submit(w, id, 1, &actor)).await.unwrap();
    assert!(tell(&stage, &filing).await.is_waiting());
    stage.advance(3600);
    filings::tell_due(&stage.till).await.unwrap();
    assert!(is_done(&stage.app.store.read(|r| r.filing(filing.id)).unwrap().unwrap()));
    assert_eq!(stored(&stage, &name).submissions, 1);
}

#[tokio::test]
async fn evidence_survives_the_death_of_the_process() {
    let stage = Stage::set().await;
    let (_, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    let saved = draft(&stage, stored(&stage, &name).id, &[("receipt.png", PNG)], 0).await.unwrap();
    let stage = stage.reopened();
    assert_eq!(filings::tell_due(&stage.till).await.unwrap(), 0, "whoever stored it tells it first");
    stage.advance(SignedDuration::from_secs(31).as_secs());
    assert_eq!(look(&stage.till, Channel::Schedule).await.unwrap(), 1);
    assert!(is_done(&stage.app.store.read(|r| r.filing(saved.id)).unwrap().unwrap()));
}

#[tokio::test]
async fn a_dispute_that_is_accepted_is_lost() {
    let stage = Stage::set().await;
    let (invoice, name) = disputed(&stage, &DisputeOrder::chargeback()).await;
    let id = stored(&stage, &name).id;
    let actor = Actor::owner(OWNER);
    let filing = stage.app.store.write(move |w| file_evidence::accept(w, id, 0, &actor)).await.unwrap();
    stage.stripe.fault_next(Operation::CloseDispute, Fault::DropAfterEffect);
    tell(&stage, &filing).await;
    stage.advance(3600);
    filings::tell_due(&stage.till).await.unwrap();
    assert!(is_done(&stage.app.store.read(|r| r.filing(filing.id)).unwrap().unwrap()));
    assert_eq!(stored(&stage, &name).phase(), Phase::Lost);
    assert_eq!(balance(&stage, Account::DisputeLosses), 10_000);
    assert_eq!(stage.count_of(&invoice, Happening::DisputeLost), 1);
}

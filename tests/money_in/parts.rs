//! An invoice that is paid in parts: which amount Stripe is asked for, and what happens when a payer wants another.

use std::sync::Arc;

use futures_util::future::join_all;
use quittance::actions::{Actor, Refusal, customers, drafts, issue};
use quittance::billing::attempt::{Attempt, State, Wanted};
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::log::Channel;
use quittance::billing::party::Party;
use quittance::billing::plan::{Instalment, Plan, Share};
use quittance::billing::quantity::{Percent, UnitPrice};
use quittance::billing::standing::{Flag, Status, flags};
use quittance::demo::stripe::{Card, Fault, Operation};
use quittance::payments::checkout;

use super::stage::{CUSTOMER, OWNER, Stage, session};

const DAY: i64 = 24 * 3600;

fn percent(text: &str, days: u16) -> Instalment {
    Instalment { share: Share::Percent(Percent::parse(text).unwrap()), due: Due::InDays(days) }
}

fn deposit() -> Plan {
    Plan::Deposit(percent("30", 7))
}

/// An invoice over 100 EUR, due in 14 days unless the plan says otherwise.
async fn invoice(stage: &Stage, plan: Plan) -> Invoice {
    let write = stage.app.store.write(move |w| {
        let line =
            Line { description: "Design".into(), unit_price: UnitPrice::parse("100").unwrap(), ..Line::default() };
        let anna = Party { name: "Anna Buyer".into(), email: CUSTOMER.into(), ..Party::default() };
        let content = Content {
            lines: vec![line],
            plan: plan.clone(),
            ..Content::blank(customers::create(w, anna)?.id, Currency::EUR, Due::InDays(14))
        };
        let draft = drafts::create(w, content)?;
        issue::issue(w, draft.id, Book::Test, &Actor::owner(OWNER))
    });
    write.await.unwrap_or_else(|error: Refusal| panic!("{error}"))
}

async fn want(stage: &Stage, invoice: &Invoice, wanted: Wanted) -> Result<Attempt, Refusal> {
    let payer = Actor { channel: Channel::ReturnPage, name: "payer".into() };
    checkout::start_for(&stage.till, invoice, wanted, &payer).await
}

async fn pays(stage: &Stage, attempt: &Attempt) {
    stage.stripe.pay(session(attempt), Card::Visa).unwrap();
    stage.deliver().await;
}

/// What Stripe would take for an attempt.
fn asked(stage: &Stage, attempt: &Attempt) -> i64 {
    stage.stripe.session(session(attempt)).unwrap()["amount_total"].as_i64().unwrap()
}

fn is_open(stage: &Stage, attempt: &Attempt) -> bool {
    stage.stripe.session(session(attempt)).unwrap()["status"] == "open"
}

fn flags_of(stage: &Stage, invoice: &Invoice) -> Vec<Flag> {
    let standing = stage.standing(invoice);
    let today = stage.app.today().unwrap();
    flags(stage.status(invoice), Some(invoice.next_due(&standing)), &standing, today)
}

#[tokio::test]
async fn a26_a_deposit_is_asked_for_first_and_then_the_rest() {
    let stage = Stage::set().await;
    let invoice = invoice(&stage, deposit()).await;
    let first = stage.start(&invoice).await;
    assert_eq!((first.amount.minor(), asked(&stage, &first)), (3_000, 3_000));
    pays(&stage, &first).await;
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).due()), (Status::Open, 7_000));
    assert_eq!(flags_of(&stage, &invoice), [Flag::PartiallyPaid]);
    let rest = stage.start(&invoice).await;
    assert_eq!(asked(&stage, &rest), 7_000);
    pays(&stage, &rest).await;
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).credit), (Status::Paid, 0));
    assert_eq!((stage.mails("receipt"), stage.reviews().len()), (2, 0));
}

#[tokio::test]
async fn a26_an_overdue_part_adds_to_what_is_due_and_makes_the_invoice_overdue() {
    let stage = Stage::set().await;
    let plan = Plan::Instalments { instalments: vec![percent("20", 5), percent("30", 10), percent("50", 30)] };
    let invoice = invoice(&stage, plan).await;
    assert_eq!(invoice.due_date.to_string(), "2026-12-22", "that of the last part");
    stage.advance(5 * DAY);
    assert_eq!((stage.start(&invoice).await.amount.minor(), flags_of(&stage, &invoice)), (2_000, vec![]));
    stage.advance(DAY);
    assert_eq!(flags_of(&stage, &invoice), [Flag::Overdue]);
    stage.advance(4 * DAY);
    let attempt = stage.start(&invoice).await;
    assert_eq!(asked(&stage, &attempt), 5_000, "both parts whose day has come");
    pays(&stage, &attempt).await;
    assert_eq!(
        (stage.start(&invoice).await.amount.minor(), flags_of(&stage, &invoice)),
        (5_000, vec![Flag::PartiallyPaid])
    );
}

#[tokio::test]
async fn a26_money_that_came_another_way_counts_against_the_earliest_part() {
    let stage = Stage::set().await;
    let invoice = invoice(&stage, deposit()).await;
    let old = stage.start(&invoice).await;
    stage.bank_transfer(&invoice, 1_000).await;
    assert!(!is_open(&stage, &old));
    assert_eq!(stage.start(&invoice).await.amount.minor(), 2_000);
    stage.bank_transfer(&invoice, 2_500).await;
    assert_eq!(stage.start(&invoice).await.amount.minor(), 6_500);
}

#[tokio::test]
async fn a4_another_amount_closes_the_open_session_first() {
    let stage = Stage::set().await;
    let invoice = invoice(&stage, deposit()).await;
    let part = stage.start(&invoice).await;
    assert_eq!(want(&stage, &invoice, Wanted::Now).await.unwrap().id, part.id, "the same amount, the same session");
    let all = want(&stage, &invoice, Wanted::All).await.unwrap();
    assert_eq!((asked(&stage, &all), is_open(&stage, &part)), (10_000, false));
    pays(&stage, &all).await;
    assert_eq!((stage.status(&invoice), stage.payments(&invoice).len()), (Status::Paid, 1));
}

#[tokio::test]
async fn a4_while_the_open_session_cannot_be_closed_there_is_no_other() {
    let stage = Stage::set().await;
    let invoice = invoice(&stage, deposit()).await;
    let part = stage.start(&invoice).await;
    stage.stripe.fault_always(Operation::ExpireSession, Fault::Status(503));
    assert!(matches!(want(&stage, &invoice, Wanted::All).await, Err(Refusal::Unavailable(_))));
    assert_eq!(stage.attempt(part.id).state, State::Open, "it may be paid on as before");
    stage.stripe.clear_faults();
    pays(&stage, &part).await;
    assert_eq!(stage.standing(&invoice).due(), 7_000);
}

#[tokio::test]
async fn a4_who_paid_one_amount_already_is_not_asked_for_another() {
    let stage = Stage::set().await;
    let invoice = invoice(&stage, deposit()).await;
    let part = stage.start(&invoice).await;
    stage.stripe.pay(session(&part), Card::Visa).unwrap();
    // Nobody has told us yet; closing the session finds it paid.
    assert!(matches!(want(&stage, &invoice, Wanted::All).await, Err(Refusal::Conflict(_))));
    assert_eq!((stage.standing(&invoice).due(), stage.payments(&invoice).len()), (7_000, 1));
    assert_eq!(want(&stage, &invoice, Wanted::All).await.unwrap().amount.minor(), 7_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a3_a4_two_tabs_over_different_amounts_leave_one_session_that_can_be_paid() {
    for round in 0..10 {
        let stage = Arc::new(Stage::set().await);
        let invoice = Arc::new(invoice(&stage, deposit()).await);
        let clicks = (0..6).map(|click| {
            let (stage, invoice) = (Arc::clone(&stage), Arc::clone(&invoice));
            let wanted = if click % 2 == 0 { Wanted::Now } else { Wanted::All };
            #[expect(clippy::disallowed_methods, reason = "the race is what is tested")]
            let racer = tokio::spawn(async move { want(&stage, &invoice, wanted).await.ok() });
            racer
        });
        let answers: Vec<_> = join_all(clicks).await.into_iter().filter_map(Result::unwrap).collect();
        let open = stage.stripe.sessions().iter().filter(|session| session["status"] == "open").count();
        assert!(open <= 1, "round {round}: {open} sessions can be paid");
        for attempt in &answers {
            let expected = if attempt.wanted == Wanted::Now { 3_000 } else { 10_000 };
            assert_eq!(attempt.amount.minor(), expected, "round {round}");
        }
        stage.sweep().await;
        // Whoever loses the last round may have closed a session and opened none.
        if let Some(live) = stage.app.store.read(|r| r.live_attempt(invoice.id)).unwrap() {
            pays(&stage, &live).await;
            assert_eq!(stage.standing(&invoice).due(), 10_000 - live.amount.minor(), "round {round}");
        }
    }
}

#[tokio::test]
async fn a_payer_chooses_between_the_minimum_and_all_that_is_due() {
    let stage = Stage::set().await;
    let invoice = invoice(&stage, Plan::Minimum { amount: 2_500 }).await;
    assert_eq!(stage.start(&invoice).await.amount.minor(), 10_000, "the usual button asks for all of it");
    for amount in [0, -1, 1, 2_499, 10_001, i64::MAX] {
        let refused = want(&stage, &invoice, Wanted::Part(amount)).await;
        assert!(matches!(refused, Err(Refusal::Invalid(_))), "{amount}");
    }
    let part = want(&stage, &invoice, Wanted::Part(8_000)).await.unwrap();
    assert_eq!(asked(&stage, &part), 8_000);
    pays(&stage, &part).await;
    let last = want(&stage, &invoice, Wanted::Part(2_000)).await.unwrap();
    assert_eq!(asked(&stage, &last), 2_000, "what little is left may be less than the minimum");
    pays(&stage, &last).await;
    assert_eq!(stage.status(&invoice), Status::Paid);
}

#[tokio::test]
async fn a22_who_cannot_decide_on_an_amount_keeps_the_last_that_may_be_paid() {
    let stage = Stage::set().await;
    let invoice = invoice(&stage, Plan::Minimum { amount: 2_500 }).await;
    let mut last = None;
    for amount in 2_501..=2_510 {
        last = Some(want(&stage, &invoice, Wanted::Part(amount)).await.unwrap());
    }
    let last = last.unwrap();
    assert!(matches!(want(&stage, &invoice, Wanted::Part(2_511)).await, Err(Refusal::Unavailable(_))));
    assert_eq!(want(&stage, &invoice, Wanted::Part(2_510)).await.unwrap().id, last.id, "it is still there");
    pays(&stage, &last).await;
    assert_eq!(stage.standing(&invoice).due(), 7_490);
}

#[tokio::test]
async fn only_an_invoice_that_leaves_the_choice_takes_an_amount_of_the_payers_own() {
    let stage = Stage::set().await;
    for plan in [Plan::AtOnce, deposit()] {
        let invoice = invoice(&stage, plan).await;
        assert!(matches!(want(&stage, &invoice, Wanted::Part(5_000)).await, Err(Refusal::Conflict(_))));
        assert!(stage.attempts(&invoice).is_empty());
    }
}

//! D: what must hold before money counts as the payment of its invoice. What arrived is booked in every case.

use quittance::actions::resolve_review::{possible, resolve};
use quittance::actions::{Actor, Refusal, checkout};
use quittance::billing::attempt::{Attempt, State};
use quittance::billing::event::Handling;
use quittance::billing::invoice::{Document, Invoice};
use quittance::billing::log::Happening;
use quittance::billing::review::{Action, Reason};
use quittance::billing::standing::Status;
use quittance::demo::stripe::{Card, Fault, Operation};
use serde_json::json;

use super::stage::{OWNER, Stage, is_paid, session};

fn intent_of(stage: &Stage, attempt: &Attempt) -> String {
    stage.stripe.session(session(attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned()
}

fn charge_of(stage: &Stage, attempt: &Attempt) -> String {
    let intent = stage.stripe.object(&intent_of(stage, attempt)).unwrap();
    intent["latest_charge"].as_str().unwrap().to_owned()
}

/// Booked, held, one case, nobody but the owner told; and told again, nothing is written.
async fn held(stage: &Stage, invoice: &Invoice, attempt: &Attempt, reason: Reason) {
    assert_eq!(stage.status(invoice), Status::Open);
    assert_eq!((stage.standing(invoice).paid, stage.standing(invoice).due()), (0, invoice.totals.total));
    assert_eq!(stage.reasons(), [reason]);
    assert_eq!(stage.count_of(invoice, Happening::Mismatch), 1);
    assert!(is_paid(&stage.attempt(attempt.id)));
    assert_eq!((stage.mails("receipt"), stage.mails("credit_received"), stage.mails("owner_alert")), (0, 0, 1));
    let before = stage.fingerprint();
    for _ in 0..3 {
        stage.look(attempt).await;
        assert!(matches!(stage.try_start(invoice).await, Err(Refusal::Conflict(_))), "nobody is asked to pay again");
    }
    assert_eq!(stage.fingerprint(), before);
}

async fn paid_with(change: impl Fn(&Stage, &Attempt)) -> (Stage, Invoice, Attempt) {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    change(&stage, &attempt);
    stage.deliver().await;
    (stage, invoice, attempt)
}

#[tokio::test]
async fn d1_another_amount_is_booked_and_held() {
    let (stage, invoice, attempt) = paid_with(|stage, attempt| stage.stripe.mutate_amount(session(attempt), 900)).await;
    held(&stage, &invoice, &attempt, Reason::AmountMismatch).await;
    let payment = stage.payments(&invoice).remove(0);
    assert_eq!((payment.amount.minor(), payment.applied, stage.standing(&invoice).credit), (900, 0, 900));
    let evidence = stage.reviews()[0].evidence[0].clone();
    assert!(evidence.stripe.contains("9.00") && evidence.books.contains("10.00"), "{evidence:?}");
}

#[tokio::test]
async fn d1_any_one_amount_that_differs_holds_the_money() {
    type Change = fn(&Stage, &Attempt);
    let changes: [Change; 8] = [
        |stage, attempt| stage.stripe.mutate_session(session(attempt), |made| made["amount_total"] = json!(1_001)),
        |stage, attempt| stage.stripe.mutate_intent(&intent_of(stage, attempt), |made| made["amount"] = json!(999)),
        |stage, attempt| {
            stage.stripe.mutate_intent(&intent_of(stage, attempt), |made| made["amount_received"] = json!(999));
        },
        |stage, attempt| {
            stage.stripe.mutate_charge(&charge_of(stage, attempt), |made| made["amount_captured"] = json!(1));
        },
        |stage, attempt| stage.stripe.mutate_charge(&charge_of(stage, attempt), |made| made["paid"] = json!(false)),
        |stage, attempt| stage.stripe.mutate_charge(&charge_of(stage, attempt), |made| made["captured"] = json!(null)),
        |stage, attempt| {
            stage.stripe.mutate_intent(&intent_of(stage, attempt), |made| made["latest_charge"] = json!(null));
        },
        |stage, attempt| {
            stage.stripe.mutate_intent(&intent_of(stage, attempt), |made| made["capture_method"] = json!("manual"));
        },
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let (stage, invoice, attempt) = paid_with(change).await;
        assert_eq!(stage.all_payments().len(), 1, "{place}");
        held(&stage, &invoice, &attempt, Reason::AmountMismatch).await;
    }
}

#[tokio::test]
async fn b18_a_discount_a_tax_or_shipping_that_nobody_asked_for_holds_the_money() {
    for extra in ["amount_discount", "amount_tax", "amount_shipping"] {
        let (stage, invoice, attempt) = paid_with(|stage, attempt| {
            stage.stripe.mutate_session(session(attempt), |made| made["total_details"][extra] = json!(1));
        })
        .await;
        held(&stage, &invoice, &attempt, Reason::AmountMismatch).await;
    }
}

#[tokio::test]
async fn d2_another_currency_is_booked_in_that_currency_and_held() {
    let (stage, invoice, attempt) = paid_with(|stage, attempt| {
        stage.stripe.mutate_session(session(attempt), |made| made["currency"] = json!("usd"));
        stage.stripe.mutate_intent(&intent_of(stage, attempt), |made| made["currency"] = json!("usd"));
    })
    .await;
    held(&stage, &invoice, &attempt, Reason::CurrencyMismatch).await;
    let payment = stage.payments(&invoice).remove(0);
    assert_eq!((payment.amount.currency().code(), payment.amount.minor()), ("USD", 1_000));
    let review = stage.reviews().remove(0);
    let possible = stage.app.store.read(|r| possible(&r, &review)).unwrap();
    assert_eq!(possible, [Action::KeepCredit, Action::Refund, Action::Ignore], "no invoice is in dollars");
    assert_eq!(stage.standing(&invoice).credit, 0, "dollars are not added to euros");
}

#[tokio::test]
async fn d2_a_currency_that_the_books_cannot_hold_is_a_case_without_a_payment() {
    let (stage, invoice, attempt) = paid_with(|stage, attempt| {
        stage.stripe.mutate_session(session(attempt), |made| made["currency"] = json!("xts"));
        stage.stripe.mutate_intent(&intent_of(stage, attempt), |made| made["currency"] = json!("xts"));
    })
    .await;
    assert_eq!((stage.reasons(), stage.all_payments().len()), (vec![Reason::CurrencyMismatch], 0));
    assert_eq!(stage.attempt(attempt.id).state, State::Processing, "nobody is asked to pay again");
    assert!(stage.try_start(&invoice).await.is_err());
}

#[tokio::test]
async fn d3_a_session_that_names_another_invoice_than_its_attempt_changes_neither() {
    let stage = Stage::set().await;
    let (dear, cheap) = (stage.invoice("100").await, stage.invoice("10").await);
    let attempt = stage.start_and_pay(&cheap).await;
    let claimed = dear.id.to_string();
    stage.stripe.mutate_session(session(&attempt), |made| made["metadata"]["invoice"] = json!(claimed));
    let before = (stage.standing(&dear), stage.standing(&cheap).due(), stage.standing(&cheap).credit);
    stage.deliver().await;
    assert_eq!((stage.standing(&dear), stage.standing(&cheap).due(), stage.standing(&cheap).credit), before);
    assert_eq!((stage.status(&dear), stage.status(&cheap)), (Status::Open, Status::Open));
    assert_eq!(stage.reasons(), [Reason::ReferenceMismatch]);
    let payment = stage.all_payments().remove(0);
    assert_eq!((payment.invoice, payment.applied, payment.amount.minor()), (None, 0, 1_000));
    assert!(stage.payments(&dear).is_empty() && stage.payments(&cheap).is_empty());
    // The owner decides.
    let (review, to, actor) = (stage.reviews()[0].id, cheap.id, Actor::owner(OWNER));
    let resolved = stage.app.store.write(move |w| resolve(w, review, Action::Link, "", Some(to), &actor)).await;
    assert!(!resolved.unwrap().is_open());
    assert_eq!((stage.status(&cheap), stage.standing(&cheap).needs_review), (Status::Paid, false));
}

#[tokio::test]
async fn d3_money_that_is_nobodys_is_no_customers_credit_and_its_case_ends_when_it_goes_back() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.stripe.mutate_session(session(&attempt), |made| made["metadata"]["app"] = json!("x"));
    stage.deliver().await;
    let case = stage.reviews().remove(0);
    assert_eq!((case.reason, stage.all_payments()[0].customer), (Reason::ReferenceMismatch, None));
    let offered = stage.app.store.read(|r| possible(&r, &case)).unwrap();
    assert_eq!(offered, [Action::Refund, Action::Link, Action::Ignore]);
    let (id, owner) = (case.id, Actor::owner(OWNER));
    let kept = stage.app.store.write(move |w| resolve(w, id, Action::KeepCredit, "", None, &owner)).await;
    assert!(matches!(&kept, Err(Refusal::Conflict(words)) if words.contains("Nobody knows")), "{kept:?}");
    stage.stripe.refund(&intent_of(&stage, &attempt), 1_000).unwrap();
    stage.deliver().await;
    let case = stage.reviews().remove(0);
    assert_eq!(case.resolved.map(|decided| decided.action), Some(Action::Refund), "nothing is left to decide");
}

#[tokio::test]
async fn d3_any_one_reference_that_differs_holds_the_money() {
    type Change = fn(&Stage, &Attempt);
    let changes: [Change; 7] = [
        |stage, attempt| stage.stripe.mutate_session(session(attempt), |made| made["client_reference_id"] = json!("x")),
        |stage, attempt| stage.stripe.mutate_session(session(attempt), |made| made["metadata"]["app"] = json!("x")),
        |stage, attempt| stage.stripe.mutate_session(session(attempt), |made| made["metadata"]["attempt"] = json!("x")),
        |stage, attempt| stage.stripe.mutate_session(session(attempt), |made| made["mode"] = json!("setup")),
        |stage, attempt| {
            stage.stripe.mutate_intent(&intent_of(stage, attempt), |made| made["metadata"]["attempt"] = json!("x"));
        },
        |stage, attempt| stage.stripe.mutate_intent(&intent_of(stage, attempt), |made| made["livemode"] = json!(true)),
        |stage, attempt| {
            stage.stripe.mutate_charge(&charge_of(stage, attempt), |made| made["payment_intent"] = json!("pi_x"));
        },
    ];
    for change in changes {
        let (stage, invoice, attempt) = paid_with(change).await;
        assert_eq!(stage.all_payments().len(), 1);
        held(&stage, &invoice, &attempt, Reason::ReferenceMismatch).await;
    }
}

#[tokio::test]
async fn d1_the_owner_may_apply_what_arrived_and_give_up_the_rest() {
    for (action, status) in
        [(Action::Apply, Status::Open), (Action::WriteOff, Status::Uncollectible), (Action::KeepCredit, Status::Open)]
    {
        let (stage, invoice, _) = paid_with(|stage, attempt| stage.stripe.mutate_amount(session(attempt), 900)).await;
        let (review, actor) = (stage.reviews()[0].id, Actor::owner(OWNER));
        assert!(stage.reviews()[0].actions.contains(&action));
        let resolved = stage.app.store.write(move |w| resolve(w, review, action, "seen", None, &actor)).await;
        assert!(!resolved.unwrap().is_open());
        assert_eq!(stage.status(&invoice), status, "{action:?}");
        let receipts = usize::from(action != Action::KeepCredit);
        assert_eq!(stage.mails("receipt"), receipts, "the customer hears of it once it counts");
        assert_eq!(stage.count_of(&invoice, Happening::PaymentSucceeded), 1, "the money came once");
        let again = Actor::owner(OWNER);
        let again = stage.app.store.write(move |w| resolve(w, review, action, "", None, &again)).await;
        assert!(matches!(again, Err(Refusal::Conflict(_))));
    }
}

#[tokio::test]
async fn d1_there_is_nothing_to_write_off_when_more_came_than_is_due() {
    let (stage, invoice, _) = paid_with(|stage, attempt| stage.stripe.mutate_amount(session(attempt), 1_100)).await;
    let review = stage.reviews().remove(0);
    let now = stage.app.store.read(|r| possible(&r, &review)).unwrap();
    assert_eq!(now, [Action::Apply, Action::KeepCredit, Action::Refund, Action::Link, Action::Ignore]);
    let actor = Actor::owner(OWNER);
    let refused = stage.app.store.write(move |w| resolve(w, review.id, Action::WriteOff, "", None, &actor)).await;
    assert!(matches!(refused, Err(Refusal::Conflict(_))));
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).paid), (Status::Open, 0));
}

#[tokio::test]
async fn d4_j6_a_paid_session_of_ours_that_the_books_do_not_know_is_booked_and_shown() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let id = invoice.id.to_string();
    for (place, claimed) in [id.as_str(), "inv_unknown"].into_iter().enumerate() {
        let before_the_backup = ("client_reference_id", "att_from_before_the_backup");
        stage.paid_elsewhere(&[before_the_backup, ("metadata[invoice]", claimed)]);
        stage.deliver().await;
        stage.deliver().await;
        assert_eq!(stage.all_payments().len(), place + 1);
        assert_eq!(stage.reasons(), vec![Reason::UnknownSession; place + 1]);
    }
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).credit), (Status::Open, 1_000));
    let about: Vec<_> = stage.reviews().into_iter().map(|review| review.invoice).collect();
    assert_eq!(about, [None, Some(invoice.id)]);
    let apply = &stage.reviews()[1];
    assert!(apply.actions.contains(&Action::Apply));
}

#[tokio::test]
async fn d3_a_session_made_elsewhere_that_contradicts_itself_changes_neither_invoice() {
    let stage = Stage::set().await;
    let (dear, cheap) = (stage.invoice("100").await, stage.invoice("10").await);
    let attempt = stage.start(&cheap).await;
    let (named, claimed) = (attempt.id.to_string(), dear.id.to_string());
    let before = (stage.standing(&dear), stage.standing(&cheap));
    stage.paid_elsewhere(&[("metadata[attempt]", &named), ("metadata[invoice]", &claimed)]);
    stage.deliver().await;
    stage.deliver().await;
    assert_eq!(stage.reasons(), [Reason::ReferenceMismatch]);
    assert_eq!((stage.standing(&dear), stage.standing(&cheap)), before);
    let payment = stage.all_payments().remove(0);
    assert_eq!((payment.invoice, payment.applied, payment.amount.minor()), (None, 0, 1_000));
    assert_eq!(stage.attempt(attempt.id).state, State::Open);
}

#[tokio::test]
async fn d5_what_stripe_says_is_shown_in_its_own_words() {
    let (stage, _, _) = paid_with(|stage, attempt| {
        let intent = intent_of(stage, attempt);
        stage.stripe.mutate_intent(&intent, |made| made["status"] = json!("requires_payment_method"));
    })
    .await;
    let review = stage.reviews().remove(0);
    let seen = review.evidence.iter().find(|one| one.name == "State of the payment").unwrap();
    assert_eq!((seen.stripe.as_str(), seen.books.as_str()), ("requires_payment_method", "succeeded"));
    assert!(!review.detail.contains("Some("), "{}", review.detail);
}

#[tokio::test]
async fn b19_a_session_that_stripe_revived_is_not_taken_for_its_attempt() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    let (reference, id) = (attempt.id.to_string(), invoice.id.to_string());
    stage.paid_elsewhere(&[
        ("client_reference_id", &reference),
        ("metadata[attempt]", &reference),
        ("metadata[invoice]", &id),
    ]);
    stage.deliver().await;
    assert_eq!((stage.status(&invoice), stage.reasons()), (Status::Open, vec![Reason::UnknownSession]));
    assert!(matches!(stage.attempt(attempt.id).state, State::Revoking { .. }), "nobody is to pay twice meanwhile");
}

#[tokio::test]
async fn d5_money_that_is_only_reserved_is_not_money() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    let intent = intent_of(&stage, &attempt);
    stage.stripe.mutate_intent(&intent, |made| made["status"] = json!("requires_capture"));
    stage.deliver().await;
    stage.deliver().await;
    assert_eq!((stage.status(&invoice), stage.all_payments().len()), (Status::Open, 0));
    assert_eq!(stage.reasons(), [Reason::AmountMismatch]);
    assert!(stage.try_start(&invoice).await.is_err(), "it may still be captured");
    stage.stripe.mutate_intent(&intent, |made| made["status"] = json!("succeeded"));
    stage.advance(24 * 3600 + 1);
    stage.sweep().await;
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn d8_a_second_payment_is_credit_a_case_and_no_second_receipt() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.bank_transfer(&invoice, 1_000).await;
    stage.deliver().await;
    assert!(is_paid(&stage.attempt(attempt.id)));
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).credit), (Status::Paid, 1_000));
    assert_eq!(stage.reasons(), [Reason::DuplicatePayment]);
    assert_eq!(stage.mails("credit_received"), 1);
    assert_eq!(stage.mails("receipt"), 1, "the bank transfer's");
    let before = stage.fingerprint();
    stage.look(&attempt).await;
    assert_eq!(stage.fingerprint(), before);
}

#[tokio::test]
async fn d9_money_for_a_void_invoice_is_credit_and_the_invoice_stays_void() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.void(&invoice).await.unwrap();
    stage.stripe.pay_despite_expiry(session(&attempt)).unwrap();
    stage.advance(61);
    stage.sweep().await;
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).due()), (Status::Void, 0));
    assert_eq!((stage.reasons(), stage.standing(&invoice).credit), (vec![Reason::PaidAfterVoid], 1_000));
    assert_eq!((stage.mails("receipt"), stage.mails("credit_received")), (0, 1));
}

#[tokio::test]
async fn d10_a_sum_that_was_due_when_the_payer_began_pays_what_is_still_due() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.fault_always(None, Fault::Status(503));
    stage.bank_transfer(&invoice, 400).await;
    stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    stage.stripe.clear_faults();
    stage.advance(61);
    stage.sweep().await;
    let payment = stage.payments(&invoice).remove(1);
    assert_eq!((payment.amount.minor(), payment.applied), (1_000, 600));
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).credit), (Status::Paid, 400));
    assert_eq!(stage.reasons(), [Reason::Overpayment]);
}

#[tokio::test]
async fn c17_another_installation_with_the_same_numbers_is_none_of_ours() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let (id, title) = (invoice.id.to_string(), format!("Invoice {}", invoice.number));
    let made = stage.stripe.create_session(&[
        ("mode", "payment"),
        ("client_reference_id", "att_0123"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "1000"),
        ("line_items[0][price_data][product_data][name]", &title),
        ("metadata[app]", "another installation"),
        ("metadata[invoice]", &id),
        ("success_url", "http://127.0.0.1/x"),
    ]);
    stage.stripe.pay(made.unwrap()["id"].as_str().unwrap(), Card::Visa).unwrap();
    assert!(stage.deliver().await.is_empty());
    stage.reconcile().await;
    assert_eq!((stage.status(&invoice), stage.all_payments().len(), stage.reviews().len()), (Status::Open, 0, 0));
}

#[tokio::test]
async fn d11_two_sessions_that_claim_one_payment_book_it_once() {
    let stage = Stage::set().await;
    let (first, second) = (stage.invoice("10").await, stage.invoice("10").await);
    let (one, other) = (stage.start_and_pay(&first).await, stage.start(&second).await);
    stage.deliver().await;
    let intent = intent_of(&stage, &one);
    stage.stripe.mutate_session(session(&other), |made| {
        made["status"] = json!("complete");
        made["payment_status"] = json!("paid");
        made["payment_intent"] = json!(intent);
    });
    stage.look(&other).await;
    let before = stage.fingerprint();
    stage.look(&other).await;
    assert_eq!(stage.fingerprint(), before);
    stage.assert_paid_once(&first);
    assert_eq!((stage.status(&second), stage.reasons()), (Status::Open, vec![Reason::ReferenceMismatch]));
    assert_eq!(stage.all_payments().len(), 1);
}

fn session_of_another_program(stage: &Stage) -> String {
    let made = stage.stripe.create_session(&[
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "1000"),
        ("line_items[0][price_data][product_data][name]", "Shoes"),
        ("success_url", "http://127.0.0.1/x"),
    ]);
    made.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn d12_a_session_of_another_program_is_none_of_ours() {
    let stage = Stage::set().await;
    stage.stripe.pay(&session_of_another_program(&stage), Card::Visa).unwrap();
    assert!(stage.deliver().await.is_empty(), "every event is foreign");
    let report = stage.reconcile().await;
    assert_eq!((report.error, report.differences.len(), report.repaired.len()), (None, 0, 0));
    assert_eq!((stage.all_payments().len(), stage.reviews().len()), (0, 0));
    assert_eq!(report.compared["foreign"], 1);
}

#[tokio::test]
async fn d12_a_session_of_another_mode_or_without_a_payment_is_none_of_ours() {
    let stage = Stage::set().await;
    for (mode, paid) in [("setup", "no_payment_required"), ("subscription", "paid"), ("payment", "paid")] {
        let id = session_of_another_program(&stage);
        stage.stripe.mutate_session(&id, |made| {
            made["mode"] = json!(mode);
            made["status"] = json!("complete");
            made["payment_status"] = json!(paid);
            made["payment_intent"] = json!(null);
        });
        stage.stripe.announce("checkout.session.completed", &stage.stripe.session(&id).unwrap());
    }
    assert!(stage.deliver().await.is_empty());
    let kept = stage.app.store.read(|r| r.latest_events(100)).unwrap();
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|event| event.state == Handling::Foreign), "{kept:?}");
    let report = stage.reconcile().await;
    assert_eq!((report.error, report.differences.len(), report.repaired.len()), (None, 0, 0));
    assert_eq!((stage.all_payments().len(), stage.reviews().len()), (0, 0));
}

#[tokio::test]
async fn d13_what_was_read_before_a_payment_and_is_stored_after_it_undoes_nothing() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let earlier = Document::Issued(Box::new(stage.invoice_now(&invoice)));
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    stage.app.store.write(move |w| w.put_document(&earlier)).await.unwrap();
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.app.store.read(|r| r.summary(invoice.id)).unwrap().unwrap().status, Status::Paid);
}

#[tokio::test]
async fn d13_d14_before_anything_is_done_because_it_is_unpaid_stripe_is_asked() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    stage.start_and_pay(&invoice).await;
    let (till, channel) = (&stage.till, quittance::billing::log::Channel::Schedule);
    let patience = quittance::payments::client::Patience::Background;
    quittance::payments::sync::sync_invoice(till, invoice.id, channel, patience).await.unwrap();
    stage.assert_paid_once(&invoice);
}

#[tokio::test]
async fn d14_a_bank_payment_that_was_let_go_is_asked_for_before_a_reminder() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let slow = stage.start(&invoice).await;
    stage.stripe.pay_delayed(session(&slow)).unwrap();
    stage.deliver().await;
    let (id, owner) = (invoice.id, Actor::owner(OWNER));
    stage.app.store.write(move |w| checkout::let_go(w, id, &owner)).await.unwrap();
    stage.start(&invoice).await;
    stage.stripe.clear_delayed(stage.attempt(slow.id).payment_intent.as_deref().unwrap()).unwrap();
    let (store, till, owner) = (&stage.app.store, Some(&stage.till), Actor::owner(OWNER));
    let undo_for = jiff::SignedDuration::ZERO;
    let reminded = quittance::payments::owner_acts::remind(store, till, invoice.id, undo_for, &owner).await;
    assert!(reminded.is_err(), "{reminded:?}");
    stage.assert_paid_once(&invoice);
    assert_eq!(stage.mails("reminder"), 0);
}

#[tokio::test]
async fn d4_a_checkout_that_is_open_while_money_is_held_is_closed_at_stripe() {
    let stage = Stage::set().await;
    let invoice = stage.invoice("10").await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.fault_always(Operation::ExpireSession, Fault::Status(503));
    stage.paid_elsewhere(&[("metadata[invoice]", &invoice.id.to_string())]);
    stage.deliver().await;
    assert_eq!(stage.reasons(), [Reason::UnknownSession]);
    assert!(matches!(stage.attempt(attempt.id).state, State::Revoking { .. }));
    stage.sweep().await;
    stage.stripe.clear_faults();
    stage.advance(61);
    stage.sweep().await;
    assert_eq!(stage.attempt(attempt.id).state, State::Expired);
    assert_eq!(stage.stripe.session(session(&attempt)).unwrap()["status"], "expired");
}

#[tokio::test]
async fn a_checkout_that_asks_for_what_is_due_stays_open_whatever_comes_for_another_invoice() {
    let stage = Stage::set().await;
    let (invoice, other) = (stage.invoice("10").await, stage.invoice("20").await);
    let attempt = stage.start(&invoice).await;
    stage.paid_elsewhere(&[("metadata[invoice]", &other.id.to_string())]);
    stage.deliver().await;
    assert_eq!(stage.attempt(attempt.id).state, State::Open);
}

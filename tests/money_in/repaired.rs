//! The report of a pass names each thing that it brought into the books and nobody had told, by whatever way it came.

use quittance::billing::invoice::Invoice;
use quittance::billing::ledger::Account;
use quittance::billing::log::Channel;
use quittance::billing::report::Run;
use quittance::demo::stripe::DisputeOrder;
use quittance::payments::reconcile::Extent;

use super::stage::{Stage, session};

const DAY: i64 = 24 * 3600;
/// Findings that a report lists.
const LISTED: usize = 200;

/// What is done at Stripe's, and what it is called in the report.
type Step = (&'static str, fn(&Stage, &str, &mut String), &'static str);

/// Each while no webhook arrives; the name of what was made is handed on.
const STEPS: [Step; 6] = [
    ("a refund", |stage, intent, _| drop(stage.stripe.refund(intent, 400).unwrap()), "missed_refund"),
    (
        "a dispute",
        |stage, intent, name| {
            let made = stage.stripe.dispute(intent, &DisputeOrder::chargeback()).unwrap();
            made["id"].as_str().unwrap().clone_into(name);
        },
        "dispute_opened",
    ),
    ("its end", |stage, _, name| stage.stripe.close_dispute(name, "lost").unwrap(), "dispute_closed"),
    ("a payout on its way", |stage, _, name| *name = stage.pays_out(), ""),
    ("its arrival", |stage, _, name| stage.stripe.payout_arrives(name), "missed_payout"),
    ("its return", |stage, _, name| stage.stripe.payout_fails(name), "payout_returned"),
];

fn kinds(report: &Run) -> Vec<&str> {
    report.repaired.iter().map(|found| found.kind.as_str()).collect()
}

fn intent_of(stage: &Stage, invoice: &Invoice) -> String {
    stage.payments(invoice)[0].method.stripe().unwrap().payment_intent.clone()
}

#[tokio::test]
async fn l1_what_a_pass_learns_is_named_whether_its_event_is_listed_or_not() {
    // The events of the last ten minutes; and objects alone, whose events are too old to be listed.
    for (later, is_listed) in [(600, true), (31 * DAY, false)] {
        let stage = Stage::set().await;
        stage.pass().await;
        let (invoice, _) = stage.paid("100").await;
        let (intent, mut name) = (intent_of(&stage, &invoice), String::new());
        stage.paid("900").await;
        stage.pass().await;
        for (what, done, kind) in STEPS {
            done(&stage, &intent, &mut name);
            stage.advance(if kind.contains("payout") { 600 } else { later });
            let report = stage.reconcile_as(Channel::Schedule, Extent::whole()).await;
            assert_eq!(report.error, None, "{what}");
            assert_eq!(kinds(&report), if kind.is_empty() { vec![] } else { vec![kind] }, "{what}: {report:?}");
            for found in &report.repaired {
                let is_of_invoice = !kind.contains("payout");
                assert_eq!(found.invoice, is_of_invoice.then_some(invoice.id), "{what}");
                assert!(found.detail.contains("EUR"), "{what}: {}", found.detail);
                let by_event = found.detail.contains("had not been delivered");
                assert_eq!(by_event, is_listed || kind.contains("payout"), "{what}: {}", found.detail);
            }
            let again = stage.reconcile_as(Channel::Schedule, Extent::whole()).await;
            assert_eq!(kinds(&again), [""; 0], "{what}: named once");
        }
        assert_eq!(stage.cents(Account::DisputeLosses), 10_000, "booked once, whoever told");
    }
}

#[tokio::test]
async fn l1_what_follows_from_a_payment_that_was_missed_is_named_beside_it() {
    let stage = Stage::set().await;
    stage.pass().await;
    let invoice = stage.invoice("100").await;
    let attempt = stage.start_and_pay(&invoice).await;
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    stage.stripe.refund(&intent, 400).unwrap();
    stage.stripe.dispute(&intent, &DisputeOrder::chargeback()).unwrap();
    stage.advance(600);
    let report = stage.pass().await;
    let mut named = kinds(&report);
    named.sort_unstable();
    assert_eq!(named, ["dispute_opened", "missed_payment", "missed_refund"], "{report:?}");
    assert!(report.repaired.iter().all(|found| found.invoice == Some(invoice.id)));
    stage.assert_clear(&report);
}

#[tokio::test]
async fn l1_what_webhooks_brought_is_no_repair_although_a_pass_works_it_off() {
    let stage = Stage::set().await;
    stage.pass().await;
    let (invoice, _) = stage.paid("100").await;
    stage.stripe.refund(&intent_of(&stage, &invoice), 400).unwrap();
    stage.receive().await;
    let report = stage.reconcile_as(Channel::Schedule, Extent::Short).await;
    assert_eq!((kinds(&report), stage.standing(&invoice).refunded), (vec![], 400), "{report:?}");
}

#[tokio::test]
async fn l1_more_than_a_report_lists_is_counted_once() {
    let stage = Stage::set().await;
    stage.pass().await;
    for _ in 0..=LISTED {
        let invoice = stage.invoice("1").await;
        stage.start_and_pay(&invoice).await;
    }
    let report = stage.reconcile_as(Channel::Owner, Extent::Short).await;
    assert_eq!(report.error, None);
    assert_eq!(
        (report.repaired.len(), report.left_out.repaired),
        (LISTED, 1),
        "each was met by its event and by its attempt"
    );
}

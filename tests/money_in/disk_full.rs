//! A19 and J4: the disk takes no more, at every point of "the payer clicks Pay". Nobody is sent to a page that the books
//! do not know, and when there is room again the session that Stripe made meanwhile is found, never a second one made.

use std::time::{Duration, Instant};

use quittance::actions::refund::{Of, Wanted};
use quittance::actions::{Actor, Refusal};
use quittance::billing::attempt::State;
use quittance::billing::currency::Currency;
use quittance::billing::id::InvoiceId;
use quittance::billing::invoice::Invoice;
use quittance::billing::log::Channel;
use quittance::billing::refund::{Refund, Status as Word};
use quittance::billing::standing::{Status, issued_status};
use quittance::demo::stripe::{Card, Operation};
use quittance::payments::client::Patience;
use quittance::payments::refunds::look::look;
use quittance::payments::sweep::sweep;
use quittance::payments::till::Till;
use quittance::payments::{checkout, refunds};
use quittance::store::verify::prove;
use quittance::store::{Error, Store};

use super::stage::{CUSTOMER, Stage, bill, session};
use crate::store::disk::{Disk, Fault};

/// Between two tries of the store to write again.
const RETRY: Duration = Duration::from_millis(1);
/// Longer than any healing takes, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(20);
/// A click is over after so long.
const CLICK_SECONDS: i64 = 26;
/// More operations than a click takes.
const OPERATIONS_MAX: u64 = 2_000;

/// A till whose books are on a disk that can fail, and an invoice in them.
async fn set(stage: &Stage, disk: &Disk) -> (Till, Invoice) {
    let store = Store::over(disk.medium(), RETRY, stage.clock.clone()).unwrap();
    let appliance = store.read(|r| r.appliance()).unwrap();
    let invoice = store.write(|w| bill(w, Currency::EUR, "10", CUSTOMER)).await.unwrap();
    (Till { store, appliance, ..stage.till.clone() }, invoice)
}

async fn click_pay(till: &Till, invoice: &Invoice) -> Result<quittance::billing::attempt::Attempt, Refusal> {
    checkout::start(till, invoice, &Actor { channel: Channel::ReturnPage, name: "payer".into() }).await
}

async fn heal(till: &Till, disk: &Disk) {
    disk.repair();
    let began = Instant::now();
    while till.store.trouble().is_some() {
        assert!(began.elapsed() < PATIENCE, "it never healed");
        tokio::time::sleep(RETRY).await;
    }
}

fn status(till: &Till, id: InvoiceId) -> Status {
    let read = till.store.read(|r| {
        let invoice = r.invoice(id)?.unwrap();
        let standing = r.standing(&invoice)?;
        Ok::<_, Error>((invoice, standing))
    });
    let (invoice, standing) = read.unwrap();
    issued_status(&invoice, &standing)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a19_j4_a_full_disk_sends_nobody_anywhere_and_makes_no_second_session() {
    let stage = Stage::set().await;
    let (mut before, mut after) = (0, 0);
    for operation in 1..OPERATIONS_MAX {
        let disk = Disk::default();
        let (till, invoice) = set(&stage, &disk).await;
        let asked = stage.asked(Operation::CreateSession);
        disk.fail(Fault::WritesFrom(operation));
        let refused = click_pay(&till, &invoice).await.err();
        // Whoever clicks now need not wait for the first click, which is long over.
        stage.advance(CLICK_SECONDS);
        if let Some(refusal) = &refused {
            assert!(
                matches!(refusal, Refusal::Store(Error::ReadOnly(_) | Error::InDoubt(_))),
                "{operation}: {refusal:?}"
            );
            let again = click_pay(&till, &invoice).await;
            assert!(matches!(again, Err(Refusal::Store(_))), "{operation}: {again:?}");
        }
        // Either Stripe was never asked, or one session is there that nobody has the address of.
        match stage.asked(Operation::CreateSession) - asked {
            0 => before += 1,
            _ if refused.is_some() => after += 1,
            _ => {}
        }
        heal(&till, &disk).await;
        let attempt = click_pay(&till, &invoice).await.unwrap();
        let reference = |made: &serde_json::Value| made["metadata"]["invoice"] == invoice.id.to_string();
        let made: Vec<_> = stage.stripe.sessions().into_iter().filter(reference).collect();
        assert_eq!(made.len(), 1, "{operation}: a second session was made");
        assert_eq!(made[0]["id"], session(&attempt), "{operation}");
        stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
        checkout::sync(&till, &attempt, Channel::ReturnPage, None, quittance::payments::client::Patience::Request)
            .await
            .unwrap();
        assert_eq!(status(&till, invoice.id), Status::Paid, "{operation}");
        let proof = till.store.read(prove).unwrap();
        assert!(proof.is_whole(), "{operation}: {:?}", proof.problems);
        if refused.is_none() {
            assert!(before > 0 && after > 0, "{before} before Stripe was asked, {after} after");
            return;
        }
    }
    panic!("a click never ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a19_what_the_payer_does_not_take_up_the_sweep_does() {
    let stage = Stage::set().await;
    let mut operation = 0;
    let (till, invoice) = loop {
        operation += 1;
        let disk = Disk::default();
        let (till, invoice) = set(&stage, &disk).await;
        disk.fail(Fault::WritesFrom(operation));
        assert!(click_pay(&till, &invoice).await.is_err(), "{operation}");
        heal(&till, &disk).await;
        // The attempt was stored, and what Stripe answered was not.
        if stage.asked(Operation::CreateSession) == 1 {
            break (till, invoice);
        }
    };
    stage.advance(31);
    sweep(&till, Channel::Schedule, false).await.unwrap();
    let live = till.store.read(|r| r.live_attempt(invoice.id)).unwrap().unwrap();
    assert_eq!((&live.state, stage.stripe.sessions().len()), (&State::Open, 1));
    assert_eq!(stage.stripe.session(session(&live)).unwrap()["client_reference_id"], live.id.to_string());
}

async fn refund_all(till: &Till, invoice: &Invoice) -> Result<Vec<Refund>, Refusal> {
    let wanted = Wanted {
        of: Of::Invoice(invoice.id),
        amount: 1_000,
        reason: None,
        credit_note: None,
        through: None,
        nonce: Some("form:0".to_owned()),
    };
    refunds::refund(&till.store, Some(till), wanted, &Actor::owner("pat@example.com")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f16_j4_a_full_disk_at_any_point_of_a_refund_gives_nothing_back_twice() {
    let stage = Stage::set().await;
    for operation in 1..OPERATIONS_MAX {
        let disk = Disk::default();
        let (till, invoice) = set(&stage, &disk).await;
        let attempt = click_pay(&till, &invoice).await.unwrap();
        stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
        checkout::sync(&till, &attempt, Channel::ReturnPage, None, Patience::Request).await.unwrap();
        let made = stage.stripe.refunds().len();
        disk.fail(Fault::WritesFrom(operation));
        let refused = refund_all(&till, &invoice).await.err();
        heal(&till, &disk).await;
        stage.advance(31);
        look(&till, Channel::Schedule, false).await.unwrap();
        refund_all(&till, &invoice).await.unwrap();
        assert_eq!(stage.stripe.refunds().len() - made, 1, "{operation}");
        let stored = till.store.read(|r| r.refunds_of_invoice(invoice.id)).unwrap();
        let words: Vec<Word> = stored.iter().map(Refund::status).collect();
        assert_eq!(words, [Word::Succeeded], "{operation}");
        let proof = till.store.read(prove).unwrap();
        assert!(proof.is_whole(), "{operation}: {:?}", proof.problems);
        if refused.is_none() {
            return;
        }
    }
    panic!("a refund never ended");
}

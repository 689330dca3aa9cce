//! C6: webhook, return page, sweep and reconciliation meet at one payment. It is booked once.
//!
//! `RACE_ROUNDS` sets the number of rounds.

use std::sync::Arc;

use futures_util::future::join_all;
use quittance::billing::id::PaymentId;
use quittance::billing::ledger::Account;
use quittance::billing::log::Channel;
use quittance::payments::client::Patience;
use quittance::payments::reconcile::Extent;
use quittance::payments::settle::Settled;
use quittance::payments::sync;

use super::stage::{Stage, session};

const ROUNDS: usize = 1_000;
const TASKS: usize = 16;
const ROUNDS_A_STAGE: usize = 5;

#[expect(clippy::disallowed_methods, reason = "a lever of this test, not of the program")]
fn rounds() -> usize {
    std::env::var("RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_j_sixteen_at_once_book_a_payment_once() {
    let mut stage = Arc::new(Stage::set().await);
    for round in 0..rounds() {
        // What a pass asks for grows with what there is; the race is the same on fresh books.
        if round % ROUNDS_A_STAGE == 0 {
            stage = Arc::new(Stage::set().await);
        }
        let invoice = stage.invoice("10").await;
        let attempt = stage.start_and_pay(&invoice).await;
        stage.receive().await;
        let tasks = (0..TASKS).map(|task| {
            let (stage, session) = (Arc::clone(&stage), session(&attempt).to_owned());
            #[expect(clippy::disallowed_methods, reason = "the race is what is tested")]
            let racer = tokio::spawn(async move { meet(&stage, &session, task).await });
            racer
        });
        let booked: Vec<PaymentId> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
        assert!(booked.len() <= 1, "round {round}: {booked:?}");
        stage.assert_paid_once(&invoice);
        let entries = stage.app.store.read(|r| r.entries_of_invoice(invoice.id)).unwrap();
        let moved = entries.iter().filter(|entry| entry.on(Account::StripeClearing) != 0).count();
        assert_eq!(moved, 1, "round {round}");
        assert_eq!(stage.mails("owner_payment"), round % ROUNDS_A_STAGE + 1);
    }
}

/// One of the ways by which the news can come.
async fn meet(stage: &Stage, session: &str, task: usize) -> Vec<PaymentId> {
    let settled = match task % 8 {
        0 | 1 => stage.work_off().await,
        2 => {
            stage.sweep().await;
            Vec::new()
        }
        // A pass a round is enough: it asks for everything that ever was.
        3 if task == 3 => {
            stage.reconcile_as(Channel::Owner, Extent::Short).await;
            Vec::new()
        }
        _ => {
            let channel = Channel::ReturnPage;
            vec![sync::sync_session(&stage.till, session, channel, None, Patience::Request).await.unwrap()]
        }
    };
    let booked = settled.into_iter().filter_map(|settled| match settled {
        Settled::Booked(payment) => Some(payment),
        _ => None,
    });
    booked.collect()
}

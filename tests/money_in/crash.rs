//! J2, J3 and A17: the process dies at every point of "pay an invoice" at which it waits for the disk or for Stripe.
//! Afterwards, with what a start does anyway, the invoice is paid once and receipted once.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use quittance::billing::attempt::State;
use quittance::billing::invoice::Invoice;
use quittance::demo::stripe::Card;

use super::stage::{Stage, session};

/// More points than the story has; if it is reached, the story never ends.
pub const POINTS_MAX: usize = 2_000;

/// Lets a future go on so often and then no more.
pub struct StopAfter<F> {
    pub future: F,
    pub left: usize,
}

impl<F: Future + Unpin> Future for StopAfter<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        Pin::new(&mut self.future).poll(context).map(Some)
    }
}

async fn story(stage: &Stage, invoice: &Invoice) {
    let attempt = stage.start(invoice).await;
    stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    stage.receive().await;
    stage.work_off().await;
}

/// What a start and the minutes after it do; then the payer comes back if nothing was paid.
async fn recover(stage: &Stage, invoice: &Invoice) {
    stage.work_off().await;
    stage.advance(31);
    stage.sweep().await;
    stage.reconcile().await;
    let unpaid = !stage.stripe.sessions().iter().any(|made| made["payment_status"] == "paid");
    if unpaid {
        let attempt = stage.start(invoice).await;
        stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    }
    stage.deliver().await;
    stage.reconcile().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a17_j2_j3_a_crash_anywhere_costs_nothing_and_doubles_nothing() {
    for points in 1..POINTS_MAX {
        let stage = Stage::set().await;
        let invoice = stage.invoice("10").await;
        let ended = {
            let story = pin!(story(&stage, &invoice));
            StopAfter { future: story, left: points }.await.is_some()
        };
        let stage = stage.reopened();
        recover(&stage, &invoice).await;
        stage.assert_paid_once(&invoice);
        assert_eq!(stage.stripe.sessions().len(), 1, "after {points} points");
        assert!(stage.attempts(&invoice).iter().all(|attempt| matches!(attempt.state, State::Paid { .. })));
        assert_eq!(stage.app.store.read(|r| r.count_pending_events()).unwrap(), 0);
        assert!(stage.reviews().is_empty());
        if ended {
            return;
        }
    }
    panic!("the story never ended");
}

//! What can happen, one thing at a time, and how likely each is.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use quittance::demo::stripe::{Fault, Operation};

/// Steps of a history. Longer ones find little more and take long.
const STEPS: usize = 14;

/// One thing that happens. A `usize` says to which of the things of its kind, wrapped around.
#[derive(Clone, Debug)]
pub enum Step {
    Issue {
        minor: i64,
    },
    Click(usize),
    /// Two tabs in the same moment.
    ClickTwice(usize),
    /// In a session, open or not, the payer types a card that works.
    Pay(usize),
    Decline(usize),
    /// A debit that takes days is ordered.
    Debit(usize),
    DebitClears(usize),
    DebitFails(usize),
    /// A confirmation that was under way wins although the session has expired.
    PayDespiteExpiry(usize),
    /// Webhooks come: some of all that Stripe ever made, in any order, again or for the first time.
    Webhooks {
        seed: u64,
    },
    WorkOff,
    Sweep,
    /// The return page asks about an attempt.
    Look(usize),
    Reconcile {
        full: bool,
    },
    Void(usize),
    /// The owner records a bank transfer of so many quarters of the total.
    Record {
        invoice: usize,
        quarters: i64,
    },
    TakeBack(usize),
    WriteOff(usize),
    NewLink(usize),
    /// The next call of this kind goes wrong at Stripe or on the way.
    Fault(Operation, Fault),
    Wait {
        seconds: i64,
    },
    /// The power fails so many operations of the disk from now, in the middle of the next step.
    PowerCut {
        operations: u64,
        seed: u64,
    },
    Restart,
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Mostly what was last: a history in which everything happens to something else tells little.
    let which = || prop_oneof![3 => Just(0_usize), 1 => any::<usize>()];
    let step = prop_oneof![
        2 => (1..=500_i64).prop_map(|euros| Step::Issue { minor: euros * 100 }),
        8 => which().prop_map(Step::Click),
        2 => which().prop_map(Step::ClickTwice),
        8 => which().prop_map(Step::Pay),
        2 => which().prop_map(Step::Decline),
        2 => which().prop_map(Step::Debit),
        2 => which().prop_map(Step::DebitClears),
        1 => which().prop_map(Step::DebitFails),
        1 => which().prop_map(Step::PayDespiteExpiry),
        6 => any::<u64>().prop_map(|seed| Step::Webhooks { seed }),
        5 => Just(Step::WorkOff),
        2 => Just(Step::Sweep),
        3 => which().prop_map(Step::Look),
        1 => any::<bool>().prop_map(|full| Step::Reconcile { full }),
        2 => which().prop_map(Step::Void),
        2 => (which(), 1..=5_i64).prop_map(|(invoice, quarters)| Step::Record { invoice, quarters }),
        1 => which().prop_map(Step::TakeBack),
        1 => which().prop_map(Step::WriteOff),
        2 => which().prop_map(Step::NewLink),
        6 => (operation(), fault()).prop_map(|(operation, fault)| Step::Fault(operation, fault)),
        3 => select(&[20, 90, 1_000, 8_000, 90_000, 800_000][..]).prop_map(|seconds| Step::Wait { seconds }),
        2 => (1..80_u64, any::<u64>()).prop_map(|(operations, seed)| Step::PowerCut { operations, seed }),
        1 => Just(Step::Restart),
    ];
    vec(step, 1..STEPS)
}

fn operation() -> impl Strategy<Value = Operation> {
    select(
        &[
            Operation::CreateSession,
            Operation::CreateSession,
            Operation::GetSession,
            Operation::GetSession,
            Operation::ExpireSession,
            Operation::ExpireSession,
            Operation::ListSessions,
            Operation::ListEvents,
            Operation::ListCharges,
        ][..],
    )
}

fn fault() -> impl Strategy<Value = Fault> {
    select(
        &[
            Fault::Status(500),
            Fault::Status(503),
            Fault::Status(429),
            Fault::Status(409),
            Fault::LockTimeout,
            Fault::Cached500,
            Fault::Cached500AfterEffect,
            Fault::CutBody,
            Fault::DropBeforeEffect,
            Fault::DropAfterEffect,
        ][..],
    )
}

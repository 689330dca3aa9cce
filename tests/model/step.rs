//! What can happen, one thing at a time, and how likely each is.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use quittance::billing::credit_note::Settle;
use quittance::billing::review::Action;
use quittance::demo::stripe::{Fault, Operation, RefundFate};

/// Steps of a history. Longer ones find little more and take long.
const STEPS: usize = 14;

/// One thing that happens. A `usize` says to which of the things of its kind, wrapped around; `quarters` are those of the
/// invoice's total or of the payment.
#[derive(Clone, Debug)]
pub enum Step {
    Issue {
        minor: i64,
        customer: usize,
        parts: Parts,
        with_fee: bool,
    },
    Click(usize),
    /// Two tabs in the same moment.
    ClickTwice(usize),
    /// All that is due, or a part of the payer's own choice where the plan leaves one.
    ClickFor {
        invoice: usize,
        quarters: i64,
    },
    /// In a session, open or not, the payer types a card that works.
    Pay(usize),
    /// Click, pay, every webhook, all worked off: the way on which what comes afterwards has something to act upon.
    Buy(usize),
    Decline(usize),
    /// A debit that takes days is ordered.
    Debit(usize),
    DebitClears(usize),
    DebitFails(usize),
    /// A confirmation that was under way wins although the session has expired.
    PayDespiteExpiry(usize),
    /// Somebody refunds in Stripe's dashboard.
    RefundAtStripe {
        payment: usize,
        quarters: i64,
    },
    /// What becomes of the next refund that anybody asks for.
    NextRefund(RefundFate),
    RefundMoves(usize, RefundTurn),
    Dispute {
        payment: usize,
        inquiry: bool,
        quarters: i64,
    },
    DisputeMoves(usize, DisputeTurn),
    /// A dispute that was lost before anybody answered, and is in the books.
    LoseDispute(usize),
    /// Charges wait for their line on the balance from now on, or those that wait get it.
    FeesLate(bool),
    PayOut,
    /// A payout that has arrived, and is in the books: banks send money back later.
    PayOutWhole,
    PayoutMoves {
        payout: usize,
        arrives: bool,
    },
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
    /// The owner records a bank transfer.
    Record {
        invoice: usize,
        quarters: i64,
    },
    TakeBack(usize),
    WriteOff(usize),
    NewLink(usize),
    Refund {
        invoice: usize,
        quarters: i64,
    },
    Credit {
        invoice: usize,
        quarters: i64,
        settle: Settle,
    },
    UseCredit {
        invoice: usize,
        quarters: i64,
    },
    /// More comes by bank than is due, and the rest stays the customer's.
    Overpay(usize),
    /// Another invoice, on which a customer's credit is used.
    IssueOnCredit {
        customer: usize,
    },
    /// The owner decides a case.
    Decide {
        case: usize,
        action: Action,
    },
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

/// In which parts an invoice may be paid.
#[derive(Clone, Copy, Debug)]
pub enum Parts {
    Whole,
    Deposit,
    Instalments,
    Minimum,
}

/// What becomes of a refund at Stripe.
#[derive(Clone, Copy, Debug)]
pub enum RefundTurn {
    Succeeds,
    Fails,
    Canceled,
}

/// What a bank does in a dispute.
#[derive(Clone, Copy, Debug)]
pub enum DisputeTurn {
    Escalates,
    GivesBack,
    Wins,
    Loses,
    Drops,
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step =
        prop_oneof![30 => of_payers(), 22 => of_banks(), 17 => of_news(), 22 => of_the_owner(), 12 => of_trouble()];
    vec(step, 1..STEPS)
}

/// Mostly what was last: a history in which everything happens to something else tells little.
fn which() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0_usize), 1 => any::<usize>()]
}

fn quarters() -> std::ops::RangeInclusive<i64> {
    1..=5
}

fn of_payers() -> impl Strategy<Value = Step> {
    let parts = select(&[Parts::Whole, Parts::Whole, Parts::Deposit, Parts::Instalments, Parts::Minimum][..]);
    prop_oneof![
        3 => (1..=500_i64, 0..2_usize, parts, any::<bool>()).prop_map(|(euros, customer, parts, with_fee)| {
            Step::Issue { minor: euros * 100, customer, parts, with_fee }
        }),
        6 => which().prop_map(Step::Click),
        2 => which().prop_map(Step::ClickTwice),
        3 => (which(), quarters()).prop_map(|(invoice, quarters)| Step::ClickFor { invoice, quarters }),
        7 => which().prop_map(Step::Pay),
        7 => which().prop_map(Step::Buy),
        2 => which().prop_map(Step::Decline),
        2 => which().prop_map(Step::Debit),
    ]
}

fn of_banks() -> impl Strategy<Value = Step> {
    let fates =
        select(&[RefundFate::Processing, RefundFate::Unfunded, RefundFate::RequiresAction, RefundFate::Refused][..]);
    let turns = select(&[RefundTurn::Succeeds, RefundTurn::Fails, RefundTurn::Fails, RefundTurn::Canceled][..]);
    let rulings = select(
        &[DisputeTurn::Escalates, DisputeTurn::GivesBack, DisputeTurn::Wins, DisputeTurn::Loses, DisputeTurn::Drops][..],
    );
    prop_oneof![
        2 => which().prop_map(Step::DebitClears),
        1 => which().prop_map(Step::DebitFails),
        1 => which().prop_map(Step::PayDespiteExpiry),
        3 => (which(), quarters()).prop_map(|(payment, quarters)| Step::RefundAtStripe { payment, quarters }),
        2 => fates.prop_map(Step::NextRefund),
        4 => (which(), turns).prop_map(|(refund, turn)| Step::RefundMoves(refund, turn)),
        3 => (which(), any::<bool>(), 1..=4_i64)
            .prop_map(|(payment, inquiry, quarters)| Step::Dispute { payment, inquiry, quarters }),
        4 => (which(), rulings).prop_map(|(dispute, turn)| Step::DisputeMoves(dispute, turn)),
        2 => which().prop_map(Step::LoseDispute),
        2 => any::<bool>().prop_map(Step::FeesLate),
        2 => Just(Step::PayOut),
        2 => Just(Step::PayOutWhole),
        2 => (which(), any::<bool>()).prop_map(|(payout, arrives)| Step::PayoutMoves { payout, arrives }),
    ]
}

fn of_news() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<u64>().prop_map(|seed| Step::Webhooks { seed }),
        5 => Just(Step::WorkOff),
        2 => Just(Step::Sweep),
        3 => which().prop_map(Step::Look),
        2 => any::<bool>().prop_map(|full| Step::Reconcile { full }),
    ]
}

fn of_the_owner() -> impl Strategy<Value = Step> {
    let settle = select(&[Settle::Invoice, Settle::CustomerCredit, Settle::CustomerCredit, Settle::Refund][..]);
    let actions = select(
        &[Action::Apply, Action::WriteOff, Action::KeepCredit, Action::Refund, Action::Link, Action::Ignore][..],
    );
    prop_oneof![
        2 => which().prop_map(Step::Void),
        3 => (which(), quarters()).prop_map(|(invoice, quarters)| Step::Record { invoice, quarters }),
        1 => which().prop_map(Step::TakeBack),
        1 => which().prop_map(Step::WriteOff),
        1 => which().prop_map(Step::NewLink),
        6 => (which(), quarters()).prop_map(|(invoice, quarters)| Step::Refund { invoice, quarters }),
        4 => (which(), quarters(), settle)
            .prop_map(|(invoice, quarters, settle)| Step::Credit { invoice, quarters, settle }),
        3 => (which(), quarters()).prop_map(|(invoice, quarters)| Step::UseCredit { invoice, quarters }),
        2 => which().prop_map(Step::Overpay),
        2 => (0..2_usize).prop_map(|customer| Step::IssueOnCredit { customer }),
        2 => (which(), actions).prop_map(|(case, action)| Step::Decide { case, action }),
    ]
}

fn of_trouble() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (operation(), fault()).prop_map(|(operation, fault)| Step::Fault(operation, fault)),
        3 => select(&[-600, 20, 90, 1_000, 8_000, 90_000, 800_000][..]).prop_map(|seconds| Step::Wait { seconds }),
        2 => (1..80_u64, any::<u64>()).prop_map(|(operations, seed)| Step::PowerCut { operations, seed }),
        1 => Just(Step::Restart),
    ]
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
            Operation::CreateRefund,
            Operation::CreateRefund,
            Operation::CreateRefund,
            Operation::GetRefund,
            Operation::ListRefunds,
            Operation::GetDispute,
            Operation::ListDisputes,
            Operation::ListSessions,
            Operation::ListEvents,
            Operation::ListCharges,
            Operation::GetCharge,
            Operation::GetIntent,
            Operation::ListTransactions,
            Operation::ListPayouts,
            Operation::GetPayout,
            Operation::GetBalance,
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

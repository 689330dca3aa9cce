//! What must be true: every entry as the plain model says ([`super::sums`]), nothing acknowledged lost, and in the end the
//! books and Stripe agree to the cent.

use std::collections::BTreeSet;

use quittance::billing::attempt::Attempt;
use quittance::billing::customer_credit::Holder;
use quittance::billing::id::{InvoiceId, PaymentId};
use quittance::billing::invoice::Invoice;
use quittance::billing::ledger::Account;
use quittance::billing::letter::Matter;
use quittance::billing::payment::Payment;
use quittance::store::verify;
use serde_json::Value;

use super::bank::taken_by;
use super::world::World;

/// What holds at every moment.
pub fn holds(world: &mut World) {
    let proof = world.read(verify::prove);
    assert!(proof.is_whole(), "{:?}", proof.problems);
    let mut sums = std::mem::take(&mut world.sums);
    sums.follow(world);
    world.sums = sums;
    nothing_acknowledged_is_lost(world);
    for &id in &world.invoices {
        stands_as_arithmetic_says(world, id);
    }
    adds_up(world);
}

/// Nobody is charged for more than the invoice is over, unless a payment was taken back, or the bank confirmed what had
/// ended.
pub fn nobody_is_charged_twice(world: &World) {
    if world.confirmed_late || world.asked_to_take_back {
        return;
    }
    for (&id, &total) in &world.issued {
        let charged: i64 = at_stripe(world, &["succeeded", "processing"])
            .iter()
            .filter(|intent| intent["metadata"]["invoice"] == id.to_string())
            .map(|intent| intent["amount"].as_i64().unwrap() - world.fee_in(intent))
            .sum();
        assert!(charged <= total, "{charged} was charged at Stripe for an invoice over {total}");
    }
}

/// Every PaymentIntent that was made for us and is in one of these states.
fn at_stripe(world: &World, states: &[&str]) -> Vec<Value> {
    let sessions = world.stripe.sessions();
    let intents = sessions.iter().filter_map(|session| world.stripe.object(session["payment_intent"].as_str()?));
    intents.filter(|intent| states.contains(&intent["status"].as_str().unwrap())).collect()
}

fn nothing_acknowledged_is_lost(world: &World) {
    for id in world.recorded.keys() {
        assert!(world.read(|r| r.payment(*id)).is_some(), "the recorded payment {id} is gone");
    }
    for id in &world.taken_back {
        assert!(world.read(|r| r.taken_back_at(*id)).is_some(), "{id} was taken back and is not any more");
    }
    for (id, amount) in &world.refunded {
        let kept = world.read(|r| r.refund(*id)).unwrap_or_else(|| panic!("the refund {id} is gone"));
        assert_eq!(kept.amount.minor(), *amount);
    }
    for id in world.credited.keys() {
        assert!(world.read(|r| r.credit_note(*id)).is_some(), "the credit note {id} is gone");
    }
    for event in &world.acknowledged {
        assert!(world.read(|r| r.event(event)).is_some(), "the acknowledged event {event} is gone");
    }
    assert!(world.sums.used >= world.credit_used, "credit that was used is there again");
}

/// What the screens say of an invoice is what its entries come to.
fn stands_as_arithmetic_says(world: &World, id: InvoiceId) {
    let invoice: Invoice = world.read(|r| r.invoice(id)).unwrap_or_else(|| panic!("the issued invoice {id} is gone"));
    let standing = world.read(|r| r.standing(&invoice));
    let sums = &world.sums;
    let owed = (sums.on(Account::Receivable(id)), sums.on(Account::WrittenOff(id)));
    assert_eq!((standing.receivable, standing.written_off), owed, "{standing:?}");
    let (_, credited) = sums.of_invoice(id);
    assert_eq!((invoice.totals.total, standing.credited), (world.issued[&id], credited), "{standing:?}");
    assert!(owed.0 >= 0 && owed.1 >= 0 && owed.0 + owed.1 <= invoice.totals.total, "{standing:?}");
    let live = world.read(|r| r.attempts_of_invoice(id, 1_000)).into_iter().filter(Attempt::is_live).count();
    assert!(live <= 1, "{live} live attempts");
}

/// Over all: what customers owe is what was invoiced, less what was credited, came, and went back of it.
fn adds_up(world: &World) {
    let sums = &world.sums;
    let credit: i64 = sums.credits().map(|(account, sum)| (assert!(sum >= 0, "{account} owes"), sum).1).sum();
    let at_the_bank = [Account::Bank, Account::PayoutsInTransit, Account::StripeClearing];
    let at_stripe = [Account::StripeFees, Account::DisputesHeld, Account::DisputeLosses, Account::Foreign];
    let money: i64 = at_the_bank.into_iter().chain(at_stripe).map(|account| sums.on(account)).sum();
    let earned = [Account::Sales, Account::Refunds, Account::FeesCharged];
    let earned: i64 = earned.into_iter().map(|account| -sums.on(account)).sum();
    assert_eq!(sums.receivables() - credit + money, earned);
    assert!(sums.fees_are_corrected(), "a fee went back without a document");
    for &customer in &world.customers {
        for held in world.read(|r| r.held_for(customer)) {
            assert!(held.amount.minor() <= -sums.on(held.by.account()), "{held:?} is more than there is");
            if let Holder::Payment(id) = held.by {
                assert!(held.amount.minor() <= left_at_hand(world, id), "{held:?} is more than is left of the money");
            }
        }
    }
}

/// What of a payment's money neither went back nor was taken by the payer's bank, as far as the books have heard.
fn left_at_hand(world: &World, id: PaymentId) -> i64 {
    let payment = world.read(|r| r.payment(id)).unwrap();
    let disputes = world.read(|r| r.disputes_of_payment(id));
    let taken: i64 = disputes.iter().flat_map(|dispute| dispute.taken.values()).sum();
    payment.amount.minor() - world.read(|r| r.refunded_of(id)) - taken
}

/// What holds once everything has come to rest: the books and Stripe agree.
pub fn agrees(world: &mut World) {
    holds(world);
    nobody_is_charged_twice(world);
    let live = world.read(|r| r.live_attempts());
    assert!(world.is_at_rest(), "something never comes to rest: {live:?}");
    every_payment_is_told(world);
    let open = refunds_agree(world);
    disputes_agree(world);
    balance_agrees(world, open);
    let pass = world.last_pass.as_ref().unwrap();
    assert_eq!((&pass.error, pass.repaired.len(), pass.differences.len()), (&None, 0, 0), "{pass:?}");
    assert!(pass.balances.iter().all(|balance| balance.difference == 0), "{:?}", pass.balances);
}

/// Whatever was paid is in the books, and whoever paid was told so once.
fn every_payment_is_told(world: &World) {
    for intent in at_stripe(world, &["succeeded"]) {
        let booked = world.read(|r| r.payment_by_intent(intent["id"].as_str().unwrap()));
        assert!(booked.is_some(), "{intent} is not in the books");
    }
    for payment in world.read(|r| r.payments(None, 1_000)) {
        let Payment { id, .. } = payment;
        let about = [Matter::Receipt { payment: id }, Matter::CreditReceived { payment: id }];
        let told = about.into_iter().filter(|matter| world.read(|r| r.letter_about(matter)).is_some()).count();
        assert_eq!(told, 1, "{payment:?} was told of {told} times");
    }
}

/// What of the refunds is booked and Stripe has not taken from its balance yet.
fn refunds_agree(world: &World) -> i64 {
    let (mut waiting, mut decisions) = (0, BTreeSet::new());
    for refund in world.stripe.refunds() {
        let (name, status) = (refund["id"].as_str().unwrap(), refund["status"].as_str().unwrap());
        let stands = matches!(status, "pending" | "requires_action" | "succeeded");
        assert_eq!(world.sums.has_refund(name), stands, "{refund}");
        if stands && refund["balance_transaction"].is_null() {
            waiting += refund["amount"].as_i64().unwrap();
        }
        if let Some(decision) = refund["metadata"]["refund"].as_str() {
            assert!(decisions.insert(decision.to_owned()), "{decision} was paid back twice");
        }
    }
    waiting
}

fn disputes_agree(world: &World) {
    let (mut held, mut lost) = (0, 0);
    for name in &world.disputes {
        let dispute = world.at_stripe(name);
        let (taken, is_lost) = (taken_by(&dispute), dispute["status"] == "lost");
        *(if is_lost { &mut lost } else { &mut held }) += taken;
        assert_eq!(world.sums.lost(name), if is_lost { taken } else { 0 }, "{dispute}");
        let kept = world.read(|r| r.dispute_by_stripe(name)).unwrap_or_else(|| panic!("{name} is not in the books"));
        assert_eq!(kept.status.name(), dispute["status"]);
    }
    let lost_in_all = world.sums.on(Account::DisputeLosses) + world.sums.lost_credit();
    let booked = (world.sums.on(Account::DisputesHeld), lost_in_all);
    assert_eq!(booked, (held, lost));
}

/// Stripe's own books and ours: the balance, its fees, and what went to the bank.
fn balance_agrees(world: &World, waiting: i64) {
    let (mut net, mut fees) = (0, 0);
    for moved in world.stripe.transactions() {
        net += moved["net"].as_i64().unwrap();
        fees += moved["fee"].as_i64().unwrap();
    }
    let sums = &world.sums;
    assert_eq!((sums.on(Account::StripeClearing) + waiting, sums.on(Account::StripeFees)), (net, fees));
    assert_eq!((sums.on(Account::Foreign), sums.on(Account::Suspense)), (0, 0), "nobody else's money is there");
    let underway = world.payouts.iter().map(|id| world.at_stripe(id)).filter(|payout| payout["status"] == "in_transit");
    let underway: i64 = underway.map(|payout| payout["amount"].as_i64().unwrap()).sum();
    assert_eq!(sums.on(Account::PayoutsInTransit), underway);
}

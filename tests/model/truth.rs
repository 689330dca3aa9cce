//! What must be true: plain arithmetic over what Stripe holds and what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use quittance::billing::attempt::Attempt;
use quittance::billing::id::InvoiceId;
use quittance::billing::payment::Payment;
use quittance::store::verify;

use super::world::World;

/// A payment as Stripe has it.
struct AtStripe {
    invoice: InvoiceId,
    amount: i64,
    succeeded: bool,
}

/// Every PaymentIntent that was made for us and moved money or is about to, by its id.
fn at_stripe(world: &World) -> BTreeMap<String, AtStripe> {
    let intents = world.stripe.sessions().into_iter().filter_map(|session| {
        let intent = world.stripe.object(session["payment_intent"].as_str()?)?;
        let succeeded = intent["status"] == "succeeded";
        let moves = succeeded || intent["status"] == "processing";
        let invoice = session["metadata"]["invoice"].as_str()?.parse().ok()?;
        let payment = AtStripe { invoice, amount: intent["amount"].as_i64()?, succeeded };
        moves.then(|| (intent["id"].as_str().unwrap().to_owned(), payment))
    });
    intents.collect()
}

/// What holds at every moment.
pub fn holds(world: &World) {
    let proof = world.read(verify::prove);
    assert!(proof.is_whole(), "{:?}", proof.problems);
    let stripe = at_stripe(world);
    let payments = world.read(|r| r.payments(None, 10_000));
    nothing_is_invented(world, &stripe, &payments);
    nothing_acknowledged_is_lost(world, &payments);
    for &id in &world.invoices {
        stands_as_arithmetic_says(world, id, &payments);
        is_charged_once(world, id, &stripe);
    }
}

/// Every payment of the books is at Stripe, once and of that amount, or was recorded by the owner.
fn nothing_is_invented(world: &World, stripe: &BTreeMap<String, AtStripe>, payments: &[Payment]) {
    let mut seen = BTreeSet::new();
    for payment in payments {
        let Some(receipt) = payment.method.stripe() else { continue };
        let real = stripe.get(&receipt.payment_intent).filter(|real| real.succeeded);
        let real = real.unwrap_or_else(|| panic!("{} is not paid at Stripe", receipt.payment_intent));
        assert_eq!((payment.amount.minor(), payment.invoice), (real.amount, Some(real.invoice)));
        assert!(seen.insert(&receipt.payment_intent), "{} is booked twice", receipt.payment_intent);
    }
    assert!(payments.iter().filter(|payment| payment.method.stripe().is_none()).count() >= world.recorded.len());
}

fn nothing_acknowledged_is_lost(world: &World, payments: &[Payment]) {
    for (id, (invoice, amount)) in &world.recorded {
        let kept = payments.iter().find(|payment| payment.id == *id);
        let kept = kept.unwrap_or_else(|| panic!("the recorded payment {id} is gone"));
        assert_eq!((kept.invoice, kept.amount.minor()), (Some(*invoice), *amount));
    }
    for id in &world.taken_back {
        assert!(world.read(|r| r.taken_back_at(*id)).is_some(), "{id} was taken back and is not any more");
    }
    for event in &world.acknowledged {
        assert!(world.read(|r| r.event(event)).is_some(), "the acknowledged event {event} is gone");
    }
}

/// What is applied is what came, up to the total; the rest is credit; what is due is what is left.
fn stands_as_arithmetic_says(world: &World, id: InvoiceId, payments: &[Payment]) {
    let invoice = world.read(|r| r.invoice(id)).unwrap_or_else(|| panic!("the issued invoice {id} is gone"));
    let standing = world.read(|r| r.standing(&invoice));
    let came: i64 = payments
        .iter()
        .filter(|payment| payment.invoice == Some(id) && world.read(|r| r.taken_back_at(payment.id)).is_none())
        .map(|payment| payment.amount.minor())
        .sum();
    let total = if invoice.void.is_some() { 0 } else { invoice.totals.total };
    assert_eq!(standing.paid + standing.due(), total, "{standing:?}");
    assert_eq!(standing.paid + standing.credit, came, "{standing:?}");
    // A payment that was taken back leaves what it had displaced as credit, until a person decides.
    let displaced =
        payments.iter().any(|payment| payment.invoice == Some(id) && world.taken_back.contains(&payment.id));
    if !displaced {
        assert_eq!(standing.paid, came.min(total), "{standing:?}");
    }
    let live = world.read(|r| r.attempts_of_invoice(id, 1_000)).into_iter().filter(Attempt::is_live).count();
    assert!(live <= 1, "{live} live attempts");
}

/// Nobody is charged twice for one invoice, unless the owner took a payment back, or the bank confirmed what had ended.
fn is_charged_once(world: &World, id: InvoiceId, stripe: &BTreeMap<String, AtStripe>) {
    let given_back = world.recorded.iter().any(|(payment, (of, _))| *of == id && world.taken_back.contains(payment));
    if given_back || world.confirmed_late {
        return;
    }
    let charged = stripe.values().filter(|payment| payment.invoice == id).count();
    assert!(charged <= 1, "{charged} payments of one invoice are at Stripe");
}

/// What holds once everything has come to rest: the books and Stripe agree.
pub fn agrees(world: &World) {
    holds(world);
    for (intent, real) in at_stripe(world).into_iter().filter(|(_, real)| real.succeeded) {
        let booked = world.read(|r| r.payment_by_intent(&intent));
        assert!(booked.is_some(), "{intent} of {} for {} is not in the books", real.amount, real.invoice);
    }
    let live = world.read(|r| r.live_attempts());
    assert!(world.is_at_rest(), "something never comes to rest: {live:?}");
    let pass = world.last_pass.as_ref().unwrap();
    assert_eq!((&pass.error, pass.repaired.len(), pass.differences.len()), (&None, 0, 0), "{pass:?}");
}

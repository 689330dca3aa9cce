//! Movements of the Stripe balance that the books cannot hold, or that they have with other figures: whoever brings one, a
//! person is told.

use super::movements::{Brought, shown};
use super::objects::BalanceTransaction;
use crate::actions::reviews::{self, Case};
use crate::billing::money::Money;
use crate::billing::movement::Movement;
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Reader, Writer};

/// Opens the case of a movement that could not be brought as Stripe shows it, if there is to be one.
///
/// # Errors
/// The store failed.
pub(super) fn tell(w: &mut Writer<'_>, transaction: &BalanceTransaction, brought: &Brought) -> Result<(), Error> {
    let case = match brought {
        Brought::Unreadable => unreadable(&code_of(transaction)),
        Brought::Differs(stored) => differing(w, stored, &shown(transaction))?,
        Brought::Booked(_) | Brought::PaidOut | Brought::Unchanged | Brought::NeedsSource => return Ok(()),
    };
    reviews::open(w, case).map(drop)
}

/// The currency of a movement as Stripe writes it, in capitals.
pub(super) fn code_of(transaction: &BalanceTransaction) -> String {
    transaction.currency.as_deref().unwrap_or("no currency").to_uppercase()
}

/// Money in a currency, or of an amount, that the books cannot hold: one case a currency.
pub(super) fn unreadable(code: &str) -> Case {
    let words = format!(
        "Stripe holds or has moved money in {code} that these books cannot hold: the currency is not one of theirs, or \
         the figures are not whole or do not add up. Nothing of it is booked, and what Stripe holds in {code} may not be \
         compared. Look it up in Stripe's dashboard under Balances."
    );
    Case::new(Reason::UnknownPayment, &format!("currency:{code}"), words)
        .headline("Money that the books cannot hold")
        .evidence(vec![Evidence::new("Currency", code, "nothing")])
}

/// A movement of which Stripe shows other figures than were booked (class M11).
pub(super) fn differing(r: &Reader<'_>, movement: &Movement, shown: &str) -> Result<Case, Error> {
    let words = |minor| Money::new(minor, movement.currency).map(|sum| sum.to_string()).unwrap_or_default();
    let books = format!("amount {}, fee {}, net {}", words(movement.amount), words(movement.fee), words(movement.net));
    let detail = format!("Stripe shows other figures of the movement {} than were booked.", movement.id);
    let invoice = match movement.belongs.payment() {
        Some(id) => r.payment(id)?.and_then(|payment| payment.invoice),
        None => None,
    };
    let evidence = vec![Evidence::new("Movement", shown, books)];
    Ok(Case::new(Reason::AmountMismatch, &movement.id, detail).figure(shown).invoice(invoice).evidence(evidence))
}

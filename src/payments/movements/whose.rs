//! Whose money a movement is, by the object that moved; and what a person is shown where nobody knows.

use super::{Known, opening_mark};
use crate::actions::reviews::{self, Case};
use crate::billing::ledger::Book;
use crate::billing::money::Money;
use crate::billing::movement::{Belongs, Category, Movement};
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::payments::objects::{BalanceTransaction, Expandable, Moved};
use crate::payments::scale;
use crate::store::{Error, Reader, Writer};

/// Whose money moved; `None` if that takes a look at the object that moved.
pub(super) fn known(r: &Reader<'_>, transaction: &BalanceTransaction, book: Book) -> Result<Option<Known>, Error> {
    let category = Category::of(transaction.reporting_category.as_deref().unwrap_or_default());
    let source = transaction.source.as_ref();
    let belongs = match category {
        Category::Charge | Category::ChargeFailure => {
            let charge = source.and_then(Expandable::id).unwrap_or_default();
            match r.payment_by_charge(charge)? {
                Some(payment) if category == Category::Charge => return Ok(Some(Known::payment(&payment))),
                Some(payment) => {
                    return Ok(Some(Known { belongs: Belongs::TakenBack { payment: payment.id }, own: None }));
                }
                None => Belongs::Foreign,
            }
        }
        Category::Refund | Category::RefundFailure | Category::Dispute | Category::DisputeReversal => {
            let Some(moved) = source.and_then(Expandable::object) else { return Ok(None) };
            match payment_of(r, moved)? {
                Some(payment) => return Ok(Some(about(&category, &payment, moved))),
                None => Belongs::Foreign,
            }
        }
        Category::Payout | Category::PayoutReversal => Belongs::Payout,
        Category::Fee | Category::NetworkCost | Category::Tax => Belongs::Fee,
        Category::RiskReservedFunds | Category::ConnectReservedFunds => Belongs::Reserve,
        Category::Topup | Category::TopupReversal => Belongs::Bank,
        Category::Other(_) => Belongs::Unknown,
    };
    let is_earlier = is_earlier(r, transaction, book)?;
    Ok(Some(Known { belongs: if is_earlier { Belongs::Earlier } else { belongs }, own: None }))
}

/// The payment that a refund or a dispute is about.
fn payment_of(r: &Reader<'_>, moved: &Moved) -> Result<Option<Payment>, Error> {
    if let Some(charge) = &moved.charge
        && let Some(payment) = r.payment_by_charge(charge)?
    {
        return Ok(Some(payment));
    }
    match &moved.payment_intent {
        Some(intent) => r.payment_by_intent(intent),
        None => Ok(None),
    }
}

fn about(category: &Category, payment: &Payment, moved: &Moved) -> Known {
    if matches!(category, Category::Dispute | Category::DisputeReversal) {
        return Known { belongs: Belongs::Dispute { payment: payment.id }, own: None };
    }
    let own = scale::money(moved.amount, Some(payment.amount.currency().code()));
    Known { belongs: Belongs::Refund { payment: payment.id }, own }
}

/// Whether it moved before the balance was first compared with the books: then the opening balance holds it.
fn is_earlier(r: &Reader<'_>, transaction: &BalanceTransaction, book: Book) -> Result<bool, Error> {
    let opening = r.mark(opening_mark(book))?;
    let created = transaction.created.unwrap_or_default();
    Ok(opening.is_none_or(|opening| created < opening.as_second()))
}

/// What a person must be told of a movement: a sort that is not known, once; a payment that was taken back, each time.
pub(super) fn show(w: &mut Writer<'_>, id: &str) -> Result<(), Error> {
    let Some(movement) = w.movement(id)? else { return Ok(()) };
    let sum = Money::new(movement.net, movement.currency).unwrap_or(Money::zero(movement.currency));
    let seen = |books| vec![Evidence::new("Movement", format!("{sum}, {}", movement.id), books)];
    let case = match movement.belongs {
        Belongs::TakenBack { payment } if movement.amount < 0 => {
            let Some(payment) = w.payment(payment)? else { return Ok(()) };
            taken_back(&movement, &payment).evidence(seen("booked as a loss"))
        }
        Belongs::Unknown => unknown(&movement, sum).evidence(seen("in suspense")),
        _ => return Ok(()),
    };
    reviews::open(w, case).map(drop)
}

/// The money is gone, so the loss is booked; whether the customer is asked again is the owner's to decide.
fn taken_back(movement: &Movement, payment: &Payment) -> Case {
    let words = format!(
        "The payer's bank took a payment of {} back after it had arrived. The loss is booked, and the invoice still \
         counts as paid; agree with the customer how it is paid otherwise.",
        payment.amount
    );
    Case::new(Reason::UnknownPayment, &movement.id, words)
        .headline("A payment was taken back")
        .invoice(payment.invoice)
        .payment(payment.id)
}

fn unknown(movement: &Movement, sum: Money) -> Case {
    let name = movement.category.name();
    let words = format!(
        "Stripe moved {sum} as “{name}”, a sort that Quittance does not know. It is kept in suspense, and payouts still \
         add up. Look it up in Stripe's dashboard under Balances."
    );
    Case::new(Reason::UnknownPayment, &format!("category:{name}"), words)
}

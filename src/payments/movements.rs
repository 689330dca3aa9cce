//! Movements of the Stripe balance come into the books: whose money it is, and what it moves.
//!
//! The rule it keeps: a movement is keyed on Stripe's id and booked once, however often it is brought. What Stripe says
//! of it never changes; the payout that carries it, and that it turns out to be ours, may be added. Money that nobody
//! here knows is counted on an account of its own and left alone; a sort that is not known waits in suspense.

mod pages;
mod whose;

use jiff::Timestamp;

use super::objects::{BalanceTransaction, Expandable};
use super::scale;
use super::settle::News;
use crate::actions::lost_credit;
use crate::billing::bookings::{book_of, movements as bookings};
use crate::billing::currency::Currency;
use crate::billing::ledger::Book;
use crate::billing::money::Money;
use crate::billing::movement::{Belongs, Category, Movement};
use crate::billing::payment::Payment;
use crate::store::{Error, Writer};

pub use pages::{Tally, bring_all};
pub(super) use pages::{bring_page, shown};

/// What bringing a movement came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// It was new, or turned out to be somebody else's, and is booked now.
    Booked(Belongs),
    /// It became known which payout carried it.
    PaidOut,
    Unchanged,
    /// Whose it is can only be told with the object that moved: ask for the transaction with its source.
    NeedsSource,
    /// Stripe's figures are in a currency or a scale that the books cannot hold.
    Unreadable,
    /// The books have it with other figures than Stripe shows now.
    Differs(Box<Movement>),
}

/// Whose a movement is, if the caller knows.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub belongs: Belongs,
    /// The sum of the books that moved, negative for a refund.
    pub own: Option<Money>,
}

impl Known {
    /// The movement that brought a payment's money.
    #[must_use]
    pub fn payment(payment: &Payment) -> Self {
        Self { belongs: Belongs::Payment { payment: payment.id }, own: Some(payment.amount) }
    }

    /// A refund of `amount` (positive) of a payment, or its return.
    #[must_use]
    pub fn refund(payment: &Payment, amount: Money) -> Self {
        Self { belongs: Belongs::Refund { payment: payment.id }, own: Some(amount) }
    }
}

/// When the balance of a book's Stripe account was first compared with the books: what is older and not ours is part of
/// the opening balance.
#[must_use]
pub fn opening_mark(book: Book) -> &'static str {
    if book.is_test() { "stripe.opening.test" } else { "stripe.opening.live" }
}

/// Brings a movement into the books. The object that moved is looked at where it was expanded.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn bring(w: &mut Writer<'_>, transaction: &BalanceTransaction, news: &News) -> Result<Brought, Error> {
    let Some(known) = whose::known(w, transaction, book_of(news.livemode))? else {
        // Whoever learns later whose it is brings it as known.
        let is_stored = w.movement(transaction.id.as_deref().unwrap_or_default())?.is_some();
        return Ok(if is_stored { Brought::Unchanged } else { Brought::NeedsSource });
    };
    let brought = bring_known(w, transaction, known, news)?;
    if matches!(brought, Brought::Booked(_)) {
        whose::show(w, transaction.id.as_deref().unwrap_or_default())?;
    }
    if let Brought::Booked(Belongs::TakenBack { payment }) = brought
        && let Some(payment) = w.payment(payment)?
    {
        lost_credit::level(w, &payment, news.channel)?;
    }
    Ok(brought)
}

/// Brings a movement into the books of which it is known whose it is.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn bring_known(
    w: &mut Writer<'_>,
    transaction: &BalanceTransaction,
    known: Known,
    news: &News,
) -> Result<Brought, Error> {
    let Some(movement) = movement_of(transaction, known, news) else { return Ok(Brought::Unreadable) };
    let Some(stored) = w.movement(&movement.id)? else {
        w.put_movement(&movement)?;
        if let Some(entry) = bookings::movement(&movement)? {
            w.book(&entry)?;
        }
        return Ok(Brought::Booked(movement.belongs));
    };
    if !same_figures(&stored, &movement) {
        return Ok(Brought::Differs(Box::new(stored)));
    }
    if stored.belongs.may_be_found() && !movement.belongs.may_be_found() {
        return found(w, stored, &movement);
    }
    Ok(Brought::Unchanged)
}

/// A refund came into the books after the lines that moved its money: nobody's until then, now they are its own.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn claim(w: &mut Writer<'_>, refund: &str, payment: &Payment, amount: Money) -> Result<(), Error> {
    let known = Known::refund(payment, amount);
    for stored in w.movements_of_source(refund)? {
        if stored.belongs.may_be_found() && stored.book == payment.book {
            let converted = converted(known, stored.currency, stored.amount);
            let now = Movement { belongs: known.belongs, converted, ..stored.clone() };
            found(w, stored, &now)?;
        }
    }
    Ok(())
}

/// Notes which payout carried a movement that the books have.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn paid_out(w: &mut Writer<'_>, id: &str, payout: &str) -> Result<Brought, Error> {
    let Some(stored) = w.movement(id)?.filter(|stored| stored.payout.as_deref() != Some(payout)) else {
        return Ok(Brought::Unchanged);
    };
    w.put_movement(&Movement { payout: Some(payout.to_owned()), ..stored })?;
    Ok(Brought::PaidOut)
}

/// It was taken for another program's, or for nothing that is known, and is ours after all.
fn found(w: &mut Writer<'_>, stored: Movement, now: &Movement) -> Result<Brought, Error> {
    let movement =
        Movement { belongs: now.belongs, converted: now.converted, taken_for: Some(stored.belongs), ..stored };
    w.put_movement(&movement)?;
    if let Some(entry) = bookings::found(&movement)? {
        w.book(&entry)?;
    }
    Ok(Brought::Booked(movement.belongs))
}

/// Whether Stripe still says what it said when the movement was stored (class M11).
fn same_figures(stored: &Movement, now: &Movement) -> bool {
    (stored.amount, stored.fee, stored.net, stored.currency) == (now.amount, now.fee, now.net, now.currency)
}

/// Stripe's line in our words; `None` if it is in a currency or a scale that the books cannot hold, or incomplete.
fn movement_of(transaction: &BalanceTransaction, known: Known, news: &News) -> Option<Movement> {
    let currency = Currency::parse(transaction.currency.as_deref()?).ok()?;
    let scale = scale::scale(currency.code())?;
    let minor = |wire: Option<i64>| scale.from_stripe(wire?).ok();
    let (amount, fee, net) = (minor(transaction.amount)?, minor(transaction.fee)?, minor(transaction.net)?);
    if amount.checked_sub(fee) != Some(net) {
        return None;
    }
    let second = |second: Option<i64>| Timestamp::from_second(second?).ok();
    Some(Movement {
        id: transaction.id.clone()?,
        category: Category::of(transaction.reporting_category.as_deref().unwrap_or_default()),
        kind: transaction.kind.clone().unwrap_or_default(),
        amount,
        fee,
        net,
        currency,
        exchange_rate: transaction.exchange_rate.as_ref().map(ToString::to_string),
        source: transaction.source.as_ref().and_then(Expandable::id).map(str::to_owned),
        created: second(transaction.created)?,
        available_on: second(transaction.available_on),
        payout: None,
        belongs: known.belongs,
        taken_for: None,
        converted: converted(known, currency, amount),
        book: book_of(news.livemode),
        account: news.account.clone(),
    })
}

/// The books' own sum, if Stripe settled it in another currency; it has the sign of what moved at Stripe.
fn converted(known: Known, currency: Currency, amount: i64) -> Option<Money> {
    let own = known.own.filter(|own| own.currency() != currency)?;
    let is_converted = matches!(known.belongs, Belongs::Payment { .. } | Belongs::Refund { .. });
    let signed = if (amount < 0) == own.is_negative() { own } else { own.negated() };
    is_converted.then_some(signed)
}

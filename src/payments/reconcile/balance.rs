//! V13: what Stripe holds is what the books say it holds, less what it has not put on its balance yet. The first comparison
//! makes the opening balance.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::class::Class;
use super::{Pass, Stopped};
use crate::actions::reviews::Case;
use crate::billing::bookings::movements as bookings;
use crate::billing::currency::Currency;
use crate::billing::id::PaymentId;
use crate::billing::ledger::{Account, Book};
use crate::billing::money::Money;
use crate::billing::refund::{Refund, Way};
use crate::billing::report::Balance as Compared;
use crate::billing::review::{Evidence, Reason};
use crate::payments::movements;
use crate::payments::objects::Balance;
use crate::payments::scale;
use crate::payments::side::Side;
use crate::payments::till::Till;
use crate::store::{Error, Reader, Writer};

/// Refunds of the books that are read at once.
const STEP: usize = 500;

/// What Stripe holds, available and pending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// In minor units.
    sums: BTreeMap<Currency, i64>,
    /// Currencies, in capitals, in which it holds what the books cannot: nothing is compared in these.
    pub(super) unheld: BTreeSet<String>,
}

/// Stripe's own figures are added up before they are scaled: available and pending together may be whole.
pub(super) fn held(balance: &Balance) -> Held {
    let mut wire: BTreeMap<String, i64> = BTreeMap::new();
    for part in [&balance.available, &balance.pending].into_iter().flatten().flatten() {
        let sum = wire.entry(part.currency.as_deref().unwrap_or_default().to_uppercase()).or_default();
        *sum = sum.saturating_add(part.amount.unwrap_or(0));
    }
    let mut held = Held::default();
    for (code, wire) in wire {
        match in_minor_units(&code, wire) {
            Some((currency, minor)) => drop(held.sums.insert(currency, minor)),
            None if wire == 0 => {}
            None => drop(held.unheld.insert(code)),
        }
    }
    held
}

fn in_minor_units(code: &str, wire: i64) -> Option<(Currency, i64)> {
    let currency = Currency::parse(code).ok()?;
    Some((currency, scale::minor(wire, currency.code())?))
}

impl Pass<'_> {
    /// Compares what Stripe held at `asked_at` with the books, which have everything that moved until then.
    pub(super) async fn clearing(
        &mut self,
        from: Timestamp,
        asked_at: Timestamp,
        held: &Held,
        waiting: &[PaymentId],
    ) -> Result<(), Stopped> {
        let (book, mark) = (self.till.book(), movements::opening_mark(self.till.book()));
        let balances = self.till.store.read(|r| compared(&r, self.till, &self.side, from, held, waiting))?;
        if self.till.store.read(|r| r.mark(mark))?.is_none() {
            let (side, at) = (self.side.name(), self.till.now());
            let found = balances.clone();
            self.till.store.write(move |w| open_books(w, &side, book, asked_at, at, &found)).await?;
            let opened =
                |balance: Compared| Compared { books: balance.stripe + balance.waiting, difference: 0, ..balance };
            self.report.balances = balances.into_iter().map(opened).collect();
            return Ok(());
        }
        for balance in &balances {
            self.balance(balance).await?;
        }
        self.report.balances = balances;
        Ok(())
    }

    /// What was decided of one difference says nothing of another: the figure is part of the matter.
    async fn balance(&mut self, balance: &Compared) -> Result<(), Stopped> {
        let matter = format!("balance:{}:{}", self.side.name(), balance.currency.code());
        if balance.difference == 0 {
            self.found(Class::Agrees, 1);
            return self.agrees(Reason::PayoutMismatch, &matter).await;
        }
        let words = |minor| Money::new(minor, balance.currency).map(|sum| sum.to_string()).unwrap_or_default();
        let more = if balance.difference > 0 { "more" } else { "less" };
        let detail = format!(
            "Stripe holds {} {more} than the books say: {} instead of {}.",
            words(balance.difference.saturating_abs()),
            words(balance.stripe),
            words(balance.books.saturating_sub(balance.waiting))
        );
        let case =
            Case::new(Reason::PayoutMismatch, &matter, detail).figure(balance.difference.to_string()).evidence(vec![
                Evidence::new("Balance", words(balance.stripe), words(balance.books)),
                Evidence::new("Not on Stripe's balance yet", words(0), words(balance.waiting)),
            ]);
        self.difference_as(Reason::PayoutMismatch.name(), Class::MovementDiffers, case).await
    }
}

/// Both sides in every currency that either has and the books can hold.
fn compared(
    r: &Reader<'_>,
    till: &Till,
    side: &Side,
    from: Timestamp,
    held: &Held,
    payments: &[PaymentId],
) -> Result<Vec<Compared>, Error> {
    let mut sides: BTreeMap<Currency, Compared> = BTreeMap::new();
    let blank = |currency| Compared { currency, stripe: 0, books: 0, waiting: 0, difference: 0 };
    for (&currency, &stripe) in &held.sums {
        sides.insert(currency, Compared { stripe, ..blank(currency) });
    }
    for (currency, books) in r.balances_of(till.book(), Account::StripeClearing)? {
        sides.entry(currency).or_insert_with(|| blank(currency)).books = books;
    }
    for open in payments_waiting(r, payments)?.into_iter().chain(refunds_waiting(r, till.book(), side, from)?) {
        let side = sides.entry(open.currency()).or_insert_with(|| blank(open.currency()));
        side.waiting = side.waiting.saturating_add(open.minor());
    }
    sides.retain(|currency, _| !held.unheld.contains(currency.code()));
    let reckoned = sides.into_values().map(|side| Compared {
        difference: side.stripe.saturating_sub(side.books).saturating_add(side.waiting),
        ..side
    });
    Ok(reckoned.collect())
}

/// Of the payments that Stripe had not put on its balance, those whose movement has not come meanwhile.
fn payments_waiting(r: &Reader<'_>, payments: &[PaymentId]) -> Result<Vec<Money>, Error> {
    let mut waiting = Vec::new();
    for &id in payments {
        if r.movement_of_payment(id)?.is_none() {
            waiting.extend(r.payment(id)?.map(|payment| payment.amount));
        }
    }
    Ok(waiting)
}

/// Refunds of this side that are booked and that Stripe has not taken from its balance: they count against what waits.
/// Those that wait for money may do so for weeks; of the finished ones the movement is no older than they are, so that it
/// was looked for if they are of the window.
fn refunds_waiting(r: &Reader<'_>, book: Book, side: &Side, from: Timestamp) -> Result<Vec<Money>, Error> {
    let mut waiting = Vec::new();
    let mut keep = |refund: &Refund| {
        if waits(r, refund, book, side)? {
            waiting.push(refund.amount.negated());
        }
        Ok::<_, Error>(())
    };
    for refund in r.refunds_unfinished()?.iter().filter(|refund| refund.created_at < from) {
        keep(refund)?;
    }
    let mut after = None;
    loop {
        let page = r.refunds(after, STEP)?;
        page.iter().take_while(|refund| refund.created_at >= from).try_for_each(&mut keep)?;
        match page.last() {
            Some(last) if last.created_at >= from => after = Some(last.id),
            _ => return Ok(waiting),
        }
    }
}

fn waits(r: &Reader<'_>, refund: &Refund, book: Book, side: &Side) -> Result<bool, Error> {
    let Way::Stripe { account, .. } = &refund.way else { return Ok(false) };
    let is_booked = refund.accepted.is_some() && refund.returned_at.is_none();
    let Some(name) = refund.stripe_refund.as_deref().filter(|_| is_booked && refund.book == book) else {
        return Ok(false);
    };
    Ok(side.is_opened_by(r, account)? != Some(false) && r.movements_of_source(name)?.is_empty())
}

/// The first comparison: what Stripe holds more or less than the books is the opening balance.
fn open_books(
    w: &mut Writer<'_>,
    side: &str,
    book: Book,
    asked_at: Timestamp,
    at: Timestamp,
    balances: &[Compared],
) -> Result<(), Error> {
    for balance in balances.iter().filter(|balance| balance.difference != 0) {
        w.book(&bookings::opening(side, book, balance.currency, balance.difference, at)?)?;
    }
    w.put_mark(movements::opening_mark(book), asked_at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Currency, held};

    #[test]
    fn what_cannot_be_held_is_named_and_never_counted_as_nothing() {
        let part = |amount: i64, currency: &str| json!({"amount": amount, "currency": currency});
        let balance = json!({
            "available": [part(1_000, "eur"), part(150, "isk"), part(7, "kwd"), part(0, "omr")],
            "pending": [part(-300, "eur"), part(0, "isk"), part(250, "jpy")],
        });
        let held = held(&serde_json::from_value(balance).unwrap_or_default());
        let of = |code: &str| Currency::parse(code).ok().and_then(|currency| held.sums.get(&currency).copied());
        assert_eq!((of("EUR"), of("JPY"), of("ISK")), (Some(700), Some(250), None));
        assert_eq!(held.unheld.iter().map(String::as_str).collect::<Vec<_>>(), ["ISK", "KWD"]);
    }
}

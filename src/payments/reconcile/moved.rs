//! What moved on the Stripe balance, what went to the bank (loop R4), and whether what Stripe holds is what the books
//! say it holds.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use super::{Pass, Stopped};
use crate::actions::reviews::{self, Case};
use crate::billing::bookings::movements as bookings;
use crate::billing::currency::Currency;
use crate::billing::ledger::{Account, Book};
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::movement::Movement;
use crate::billing::payout::PayoutRecord;
use crate::billing::report::{Balance as Compared, Payout as Reported};
use crate::billing::review::{Evidence, Reason};
use crate::payments::client::{Created, Patience};
use crate::payments::movements::{self, Tally};
use crate::payments::objects::{Balance, BalanceTransaction};
use crate::payments::payouts;
use crate::payments::scale;
use crate::payments::till::Till;
use crate::store::{Error, Reader, Writer};

/// A payout may come back within five business days after it was called paid, and was made some days before.
const PAYOUTS_REACH: SignedDuration = SignedDuration::from_hours(17 * 24);
/// Refunds of the books that are looked through for some that Stripe has not booked: far more than a month has.
const REFUNDS_MAX: usize = 1_000;

/// What Stripe holds, available and pending, in minor units. In Stripe's own figures where two answers are compared.
type Held = BTreeMap<Currency, i64>;

impl Pass<'_> {
    /// Brings everything that moved since `from`, and compares what Stripe holds with the books. `waiting` is what of
    /// our payments Stripe has not put on its balance.
    pub(super) async fn money(&mut self, from: Timestamp, waiting: Vec<Money>) -> Result<(), Stopped> {
        let asked_at = self.till.client.stripe_now();
        let before = self.held().await?;
        let complete = self.movements(from).await?;
        self.payouts(from).await?;
        // If something moved meanwhile, the two sides are of different moments: the next pass compares them.
        if complete && self.held().await? == before {
            self.clearing(from, asked_at, &before, waiting).await?;
        }
        Ok(())
    }

    async fn held(&self) -> Result<Held, Stopped> {
        Ok(held(&self.till.ask(Patience::Background).balance().await?.value))
    }

    async fn movements(&mut self, from: Timestamp) -> Result<bool, Stopped> {
        let question = self.till.ask(Patience::Background).balance_transactions(Created { from, before: None });
        let mut pages = question;
        let news = self.till.news(Channel::Reconciliation, None);
        self.compared("movements", 0);
        let mut differing = Vec::new();
        while let Some(page) = pages.next_page().await? {
            self.compared("movements", page.len());
            let shown = self.shown_before(&page);
            let mut tally = movements::bring_page(self.till, page, None, &news).await?;
            differing.append(&mut tally.differing);
            self.tally(tally).await?;
            for id in shown.iter().filter(|id| !differing.iter().any(|(movement, _)| movement.id == **id)) {
                self.agrees(Reason::AmountMismatch, id).await?;
            }
        }
        self.believable(differing.len())?;
        for (movement, shown) in differing {
            self.movement_differs(&movement, &shown).await?;
        }
        Ok(pages.is_complete())
    }

    /// Movements of a page that there is an open case about.
    fn shown_before(&self, page: &[BalanceTransaction]) -> Vec<String> {
        let ids = page.iter().filter_map(|transaction| transaction.id.clone());
        ids.filter(|id| self.flags.contains(&reviews::dedupe(Reason::AmountMismatch, id))).collect()
    }

    async fn tally(&mut self, tally: Tally) -> Result<(), Stopped> {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let known = tally.booked.saturating_sub(tally.foreign).saturating_sub(tally.of_unknown_sort);
        self.found(Class::MissedMovement, count(known));
        self.found(Class::UnknownCategory, count(tally.of_unknown_sort));
        self.found(Class::Foreign, count(tally.foreign));
        self.compared("unreadable", count(tally.unreadable));
        for (movement, shown) in tally.differing {
            self.movement_differs(&movement, &shown).await?;
        }
        Ok(())
    }

    async fn movement_differs(&mut self, movement: &Movement, shown: &str) -> Result<(), Stopped> {
        let words = |minor| Money::new(minor, movement.currency).map(|sum| sum.to_string()).unwrap_or_default();
        let books =
            format!("amount {}, fee {}, net {}", words(movement.amount), words(movement.fee), words(movement.net));
        let detail = format!("Stripe shows other figures of the movement {} than were booked.", movement.id);
        let payment = movement.belongs.payment();
        let invoice = match payment {
            Some(id) => self.till.store.read(|r| r.payment(id))?.and_then(|payment| payment.invoice),
            None => None,
        };
        let case = Case::new(Reason::AmountMismatch, &movement.id, detail)
            .invoice(invoice)
            .evidence(vec![Evidence::new("Movement", shown, books)]);
        self.difference(Class::MovementDiffers, case).await
    }

    async fn payouts(&mut self, from: Timestamp) -> Result<(), Stopped> {
        let earliest = self.till.now().saturating_sub(PAYOUTS_REACH).unwrap_or(from);
        let created = Created { from: from.min(earliest), before: None };
        let mut pages = self.till.ask(Patience::Background).payouts(created);
        while let Some(page) = pages.next_page().await? {
            self.compared("payouts", page.len());
            for payout in page {
                let news = self.till.news(Channel::Reconciliation, None);
                let (record, tally) = payouts::sync_shown(self.till, payout, news).await?;
                self.tally(tally).await?;
                if let Some(record) = record {
                    self.report_payout(&record);
                }
            }
        }
        Ok(())
    }

    fn report_payout(&mut self, payout: &PayoutRecord) {
        let Some(sum) = payout.sum else { return };
        let (amount, currency) = (payout.amount.minor(), payout.amount.currency().code().to_owned());
        if !payout.adds_up() {
            self.mismatch(payout, sum.remainder);
        }
        self.report.payouts.push(Reported {
            id: payout.id.clone(),
            amount,
            currency,
            arrival_date: payout.arrival_date.to_string(),
            explained: sum.explained,
            remainder: sum.remainder,
        });
    }

    fn mismatch(&mut self, payout: &PayoutRecord, remainder: i64) {
        let currency = payout.amount.currency();
        let words = Money::new(remainder, currency).map(|sum| sum.to_string()).unwrap_or_default();
        let detail = format!("The payout of {} is {words} more than its lines.", payout.amount);
        self.differs(Reason::PayoutMismatch.name(), &payout.id, None, None, detail);
    }

    /// V13: what Stripe holds is what the books say, less what it has not put on its balance yet.
    async fn clearing(
        &mut self,
        from: Timestamp,
        asked_at: Timestamp,
        held: &Held,
        waiting: Vec<Money>,
    ) -> Result<(), Stopped> {
        let (book, mark) = (self.till.book(), movements::opening_mark(self.till.book()));
        let balances = self.till.store.read(|r| compared(&r, self.till, from, held, &waiting))?;
        if self.till.store.read(|r| r.mark(mark))?.is_none() {
            let (account, at) = (self.account.clone(), self.till.now());
            let found = balances.clone();
            self.till.store.write(move |w| open_books(w, &account, book, asked_at, at, &found)).await?;
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

    async fn balance(&mut self, balance: &Compared) -> Result<(), Stopped> {
        let matter = format!("balance:{}:{}", self.account, balance.currency.code());
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
        let case = Case::new(Reason::PayoutMismatch, &matter, detail).evidence(vec![
            Evidence::new("Balance", words(balance.stripe), words(balance.books)),
            Evidence::new("Not on Stripe's balance yet", words(0), words(balance.waiting)),
        ]);
        self.difference_as(Reason::PayoutMismatch.name(), Class::MovementDiffers, case).await
    }
}

fn held(balance: &Balance) -> Held {
    let mut held = Held::new();
    for part in [&balance.available, &balance.pending].into_iter().flatten().flatten() {
        let Some(currency) = part.currency.as_deref().and_then(|code| Currency::parse(code).ok()) else { continue };
        let Some(scale) = scale::scale(currency.code()) else { continue };
        let minor = scale.from_stripe(part.amount.unwrap_or(0)).unwrap_or(0);
        let sum = held.entry(currency).or_default();
        *sum = sum.saturating_add(minor);
    }
    held
}

/// Both sides in every currency that either has.
fn compared(
    r: &Reader<'_>,
    till: &Till,
    from: Timestamp,
    held: &Held,
    waiting: &[Money],
) -> Result<Vec<Compared>, Error> {
    let mut sides: BTreeMap<Currency, Compared> = BTreeMap::new();
    let blank = |currency| Compared { currency, stripe: 0, books: 0, waiting: 0, difference: 0 };
    for (&currency, &stripe) in held {
        sides.insert(currency, Compared { stripe, ..blank(currency) });
    }
    for (currency, books) in r.balances_of(till.book(), Account::StripeClearing)? {
        sides.entry(currency).or_insert_with(|| blank(currency)).books = books;
    }
    for open in waiting.iter().copied().chain(refunds_waiting(r, from)?) {
        let side = sides.entry(open.currency()).or_insert_with(|| blank(open.currency()));
        side.waiting = side.waiting.saturating_add(open.minor());
    }
    let reckoned = sides.into_values().map(|side| Compared {
        difference: side.stripe.saturating_sub(side.books).saturating_add(side.waiting),
        ..side
    });
    Ok(reckoned.collect())
}

/// Refunds that are booked and that Stripe has not taken from its balance: they count against what waits.
fn refunds_waiting(r: &Reader<'_>, from: Timestamp) -> Result<Vec<Money>, Error> {
    let mut waiting = Vec::new();
    for refund in r.refunds(None, REFUNDS_MAX)? {
        let Some(name) = refund.stripe_refund.as_deref().filter(|_| refund.accepted.is_some()) else { continue };
        if refund.created_at >= from && refund.returned_at.is_none() && r.movements_of_source(name)?.is_empty() {
            waiting.push(refund.amount.negated());
        }
    }
    Ok(waiting)
}

/// The first comparison: what Stripe holds more or less than the books is the opening balance.
fn open_books(
    w: &mut Writer<'_>,
    account: &str,
    book: Book,
    asked_at: Timestamp,
    at: Timestamp,
    balances: &[Compared],
) -> Result<(), Error> {
    for balance in balances.iter().filter(|balance| balance.difference != 0) {
        let entry = bookings::opening(account, book, balance.currency, balance.difference, at)?;
        if !w.is_booked(entry.source())? {
            w.book(&entry)?;
        }
    }
    w.put_mark(movements::opening_mark(book), asked_at)
}

//! Movements of the Stripe balance come into the books: whose money it is, and what it moves.
//!
//! The rule it keeps: a movement is keyed on Stripe's id and booked once, however often it is brought. What Stripe says
//! of it never changes; the payout that carries it, and that it turns out to be ours, may be added. Money that nobody
//! here knows is counted on an account of its own and left alone; a sort that is not known waits in suspense.

use jiff::Timestamp;

use super::client::Patience;
use super::objects::{BalanceTransaction, Expandable, Moved};
use super::scale;
use super::settle::News;
use super::sync::SyncError;
use super::till::Till;
use crate::actions::reviews::{self, Case};
use crate::billing::bookings::{book_of, movements as bookings};
use crate::billing::currency::Currency;
use crate::billing::ledger::Book;
use crate::billing::money::Money;
use crate::billing::movement::{Belongs, Category, Movement};
use crate::billing::payment::Payment;
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Reader, Writer};

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
    let Some(known) = whose(w, transaction, book_of(news.livemode))? else {
        // Whoever learns later whose it is brings it as known.
        let is_stored = w.movement(transaction.id.as_deref().unwrap_or_default())?.is_some();
        return Ok(if is_stored { Brought::Unchanged } else { Brought::NeedsSource });
    };
    let brought = bring_known(w, transaction, known, news)?;
    if brought == Brought::Booked(Belongs::Unknown) {
        show_unknown(w, transaction)?;
    }
    Ok(brought)
}

/// What is not known is in suspense, and a person is shown it: a new sort once, a payment that was taken back each time.
fn show_unknown(w: &mut Writer<'_>, transaction: &BalanceTransaction) -> Result<(), Error> {
    let Some(movement) = w.movement(transaction.id.as_deref().unwrap_or_default())? else { return Ok(()) };
    let sum = Money::new(movement.net, movement.currency).unwrap_or(Money::zero(movement.currency));
    let payment = match &movement.source {
        Some(source) if movement.category == Category::ChargeFailure => w.payment_by_charge(source)?,
        _ => None,
    };
    let case = match &payment {
        Some(payment) => Case::new(
            Reason::UnknownPayment,
            &movement.id,
            format!(
                "Stripe took a payment of {} back because the payer's bank did. The invoice still counts as paid; \
                 decide with the customer how it is paid otherwise.",
                payment.amount
            ),
        )
        .invoice(payment.invoice),
        None => Case::new(
            Reason::UnknownPayment,
            &format!("category:{}", movement.category.name()),
            format!(
                "Stripe moved {sum} as “{}”, a sort that Quittance does not know. It is kept in suspense, and payouts \
                 still add up. Look it up in Stripe's dashboard under Balances.",
                movement.category.name()
            ),
        ),
    };
    let seen = Evidence::new("Movement", format!("{sum}, {}", movement.id), "in suspense");
    reviews::open(w, case.evidence(vec![seen])).map(drop)
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

/// Whose money moved; `None` if that takes a look at the object that moved.
fn whose(r: &Reader<'_>, transaction: &BalanceTransaction, book: Book) -> Result<Option<Known>, Error> {
    let category = Category::of(transaction.reporting_category.as_deref().unwrap_or_default());
    let source = transaction.source.as_ref();
    let belongs = match category {
        Category::Charge | Category::ChargeFailure => {
            let charge = source.and_then(Expandable::id).unwrap_or_default();
            match r.payment_by_charge(charge)? {
                Some(payment) if category == Category::Charge => return Ok(Some(Known::payment(&payment))),
                Some(_) => Belongs::Unknown,
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
    let currency = payment.amount.currency();
    let minor = moved.amount.and_then(|wire| scale::scale(currency.code())?.from_stripe(wire).ok());
    let own = minor.and_then(|minor| Money::new(minor, currency).ok());
    Known { belongs: Belongs::Refund { payment: payment.id }, own }
}

/// Whether it moved before the balance was first compared with the books: then the opening balance holds it.
fn is_earlier(r: &Reader<'_>, transaction: &BalanceTransaction, book: Book) -> Result<bool, Error> {
    let opening = r.mark(opening_mark(book))?;
    let created = transaction.created.unwrap_or_default();
    Ok(opening.is_none_or(|opening| created < opening.as_second()))
}

/// What many movements came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// All that were brought.
    pub seen: u64,
    /// Those that came into the books now.
    pub booked: u64,
    /// Of those that came now, another program's.
    pub foreign: u64,
    /// Ours among all of them.
    pub ours: u64,
    /// `txn_…` of those that take a look at what moved.
    pub needs_source: Vec<String>,
    /// Those that the books have with other figures (class M11), with what Stripe says now.
    pub differing: Vec<(Movement, String)>,
    pub unreadable: u64,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.seen += other.seen;
        self.booked += other.booked;
        self.foreign += other.foreign;
        self.ours += other.ours;
        self.unreadable += other.unreadable;
        self.needs_source.extend(other.needs_source);
        self.differing.extend(other.differing);
    }
}

/// Brings a page of movements, and notes the payout that carried them, if one did.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn bring_all(
    w: &mut Writer<'_>,
    transactions: &[BalanceTransaction],
    payout: Option<&str>,
    news: &News,
) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    for transaction in transactions {
        let id = transaction.id.as_deref().unwrap_or_default();
        tally.seen += 1;
        match bring(w, transaction, news)? {
            Brought::Booked(belongs) => {
                tally.booked += 1;
                tally.foreign += u64::from(matches!(belongs, Belongs::Foreign | Belongs::Earlier));
            }
            Brought::NeedsSource => tally.needs_source.push(id.to_owned()),
            Brought::Unreadable => tally.unreadable += 1,
            Brought::Differs(stored) => tally.differing.push((*stored, shown(transaction))),
            Brought::PaidOut | Brought::Unchanged => {}
        }
        if let Some(payout) = payout {
            paid_out(w, id, payout)?;
        }
        let ours = w.movement(id)?.is_some_and(|movement| movement.belongs.payment().is_some());
        tally.ours += u64::from(ours);
    }
    Ok(tally)
}

/// Stripe's figures as they came, for a person who compares.
fn shown(transaction: &BalanceTransaction) -> String {
    let figure = |wire: Option<i64>| wire.map_or("none".to_owned(), |wire| wire.to_string());
    format!(
        "amount {}, fee {}, net {} {} in Stripe's units",
        figure(transaction.amount),
        figure(transaction.fee),
        figure(transaction.net),
        transaction.currency.as_deref().unwrap_or_default().to_uppercase()
    )
}

/// Brings a page of movements that Stripe listed; those of which only the object that moved says whose they are, are
/// asked for one by one.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub(super) async fn bring_page(
    till: &Till,
    page: Vec<BalanceTransaction>,
    payout: Option<&str>,
    news: &News,
) -> Result<Tally, SyncError> {
    let mut tally = write(till, page, payout, news).await?;
    for id in std::mem::take(&mut tally.needs_source) {
        let transaction = till.ask(Patience::Background).balance_transaction(&id).await?.value;
        // It was counted on the first time.
        let asked = write(till, vec![transaction], payout, news).await?;
        tally.add(Tally { seen: 0, needs_source: Vec::new(), ..asked });
    }
    Ok(tally)
}

/// Most of a list is known from the pass before: then nothing is written.
async fn write(
    till: &Till,
    page: Vec<BalanceTransaction>,
    payout: Option<&str>,
    news: &News,
) -> Result<Tally, SyncError> {
    let mut tally = Tally::default();
    let unknown = till.store.read(|r| {
        let mut unknown = Vec::new();
        for transaction in page {
            if is_just_so(&r, &transaction, payout)? {
                tally.seen += 1;
                tally.ours += 1;
            } else {
                unknown.push(transaction);
            }
        }
        Ok::<_, Error>(unknown)
    })?;
    if unknown.is_empty() {
        return Ok(tally);
    }
    let (payout, news) = (payout.map(str::to_owned), news.clone());
    tally.add(till.store.write(move |w| bring_all(w, &unknown, payout.as_deref(), &news)).await?);
    Ok(tally)
}

/// Whether the books have a movement of ours as Stripe shows it, and with the payout that carried it.
fn is_just_so(r: &Reader<'_>, transaction: &BalanceTransaction, payout: Option<&str>) -> Result<bool, Error> {
    let Some(stored) = r.movement(transaction.id.as_deref().unwrap_or_default())? else { return Ok(false) };
    let is_linked = payout.is_none_or(|payout| stored.payout.as_deref() == Some(payout));
    Ok(is_linked && stored.belongs.payment().is_some() && has_figures(&stored, transaction))
}

/// Whether a stored movement has the figures that Stripe shows.
fn has_figures(stored: &Movement, transaction: &BalanceTransaction) -> bool {
    let minor = |wire: Option<i64>| scale::scale(stored.currency.code())?.from_stripe(wire?).ok();
    let figures = [(transaction.amount, stored.amount), (transaction.fee, stored.fee), (transaction.net, stored.net)];
    let is_same = transaction.currency.as_deref().is_some_and(|code| code.eq_ignore_ascii_case(stored.currency.code()));
    is_same && figures.into_iter().all(|(wire, own)| minor(wire) == Some(own))
}

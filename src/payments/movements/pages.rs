//! Many movements at once, as Stripe lists them: what is known is passed over, the rest is brought in one change a page.

use std::collections::BTreeSet;

use super::{Brought, bring, paid_out};
use crate::billing::movement::{Belongs, Category, Movement};
use crate::payments::client::Patience;
use crate::payments::objects::BalanceTransaction;
use crate::payments::scale;
use crate::payments::settle::News;
use crate::payments::sync::SyncError;
use crate::payments::till::Till;
use crate::payments::unheld::code_of;
use crate::store::{Error, Reader, Writer};

/// What many movements came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// All that were brought.
    pub seen: u64,
    /// Those that came into the books now.
    pub booked: u64,
    /// Of those that came now, another program's.
    pub foreign: u64,
    /// Of those that came now, of a sort that nobody here knows (class M12).
    pub of_unknown_sort: u64,
    /// Ours among all of them.
    pub ours: u64,
    /// `txn_…` of those that take a look at what moved.
    pub needs_source: Vec<String>,
    /// Those that the books have with other figures (class M11), with what Stripe says now.
    pub differing: Vec<(Movement, String)>,
    /// `txn_…` of those that came now and are about a payment of ours.
    pub of_payments: Vec<String>,
    pub unreadable: u64,
    /// The currencies of those that cannot be read.
    pub unheld: BTreeSet<String>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.seen += other.seen;
        self.booked += other.booked;
        self.foreign += other.foreign;
        self.of_unknown_sort += other.of_unknown_sort;
        self.ours += other.ours;
        self.unreadable += other.unreadable;
        self.unheld.extend(other.unheld);
        self.needs_source.extend(other.needs_source);
        self.differing.extend(other.differing);
        self.of_payments.extend(other.of_payments);
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
                let category = Category::of(transaction.reporting_category.as_deref().unwrap_or_default());
                let is_new_sort = belongs == Belongs::Unknown && matches!(category, Category::Other(_));
                tally.of_unknown_sort += u64::from(is_new_sort);
                tally.of_payments.extend(belongs.payment().map(|_| id.to_owned()));
            }
            Brought::NeedsSource => tally.needs_source.push(id.to_owned()),
            Brought::Unreadable => {
                tally.unreadable += 1;
                tally.unheld.insert(code_of(transaction));
            }
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
pub(in crate::payments) fn shown(transaction: &BalanceTransaction) -> String {
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
pub(in crate::payments) async fn bring_page(
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
    let (payout, news, channel) = (payout.map(str::to_owned), news.clone(), news.channel);
    let brought = till.store.write(move |w| bring_all(w, &unknown, payout.as_deref(), &news)).await?;
    for id in &brought.of_payments {
        till.note_movement(id, channel);
    }
    tally.add(brought);
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
    let minor = |wire: Option<i64>| scale::minor(wire?, stored.currency.code());
    let figures = [(transaction.amount, stored.amount), (transaction.fee, stored.fee), (transaction.net, stored.net)];
    let is_same = transaction.currency.as_deref().is_some_and(|code| code.eq_ignore_ascii_case(stored.currency.code()));
    is_same && figures.into_iter().all(|(wire, own)| minor(wire) == Some(own))
}

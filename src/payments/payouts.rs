//! Payouts come into the books: what Stripe sent to the bank, matched line by line with what it carried.
//!
//! The rule it keeps: a payout is keyed on Stripe's id and booked step by step, each step once. Its lines are matched
//! one by one and never forced: what they do not explain stays a remainder that is named to the cent. Stripe calls a
//! payout paid before the bank is sure, so it is looked at again for some days.

use jiff::Timestamp;

use super::client::Patience;
use super::movements::{self, Tally};
use super::objects::{BalanceTransaction, Expandable, Payout};
use super::scale;
use super::settle::News;
use super::sync::SyncError;
use super::till::Till;
use crate::actions::reviews::{self, Case};
use crate::billing::bookings::book_of;
use crate::billing::bookings::movements::{PayoutStep, payout as booking};
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::payout::{PayoutRecord, PayoutStatus, PayoutSum};
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Reader, Writer};

/// What the lines of a payout come to, as they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    pub count: u64,
    /// Their sum in minor units of the payout's currency.
    pub sum: i64,
    /// Whether one of them is of a payment of ours.
    pub has_ours: bool,
}

/// Brings a payout into the books as Stripe shows it now; `lines` if they were read. The payout as it is stored then;
/// `None` if it is from before the books and carried nothing of ours.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn bring(
    w: &mut Writer<'_>,
    payout: &Payout,
    lines: Option<Lines>,
    news: &News,
) -> Result<Option<PayoutRecord>, Error> {
    let Some(shown) = record_of(payout, news) else { return Ok(None) };
    let stored = w.payout(&shown.id)?;
    if stored.is_none() && is_earlier(w, &shown)? && !lines.is_some_and(|lines| lines.has_ours) {
        return Ok(None);
    }
    let amount = shown.amount.minor();
    let summed = lines.map(|lines| PayoutSum {
        lines: lines.count,
        explained: lines.sum,
        remainder: amount.saturating_sub(lines.sum),
    });
    let known = stored.as_ref().and_then(|stored| stored.sum);
    let account = stored.as_ref().map_or(shown.account.clone(), |stored| stored.account.clone());
    let now = PayoutRecord { sum: summed.or(known), account, ..shown };
    if stored.as_ref() != Some(&now) {
        w.put_payout(&now)?;
    }
    book_steps(w, &now, payout)?;
    show(w, &now)?;
    Ok(Some(now))
}

/// Books what has happened to the money by now and is not booked yet.
fn book_steps(w: &mut Writer<'_>, payout: &PayoutRecord, shown: &Payout) -> Result<(), Error> {
    book(w, payout, PayoutStep::Created, payout.created)?;
    let arrival = shown.arrival_date.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(payout.created);
    if payout.status == PayoutStatus::Paid {
        book(w, payout, PayoutStep::Arrived, arrival)?;
    }
    if payout.status.is_returned() {
        let has_arrived = w.is_booked(&PayoutStep::Arrived.source(&payout.id))?;
        let step = if has_arrived { PayoutStep::Returned } else { PayoutStep::Failed };
        let other = if has_arrived { PayoutStep::Failed } else { PayoutStep::Returned };
        if !w.is_booked(&other.source(&payout.id))? {
            book(w, payout, step, w.now())?;
        }
    }
    Ok(())
}

fn book(w: &mut Writer<'_>, payout: &PayoutRecord, step: PayoutStep, at: Timestamp) -> Result<(), Error> {
    if w.is_booked(&step.source(&payout.id))? { Ok(()) } else { w.book(&booking(payout, step, at)?) }
}

/// A payout that does not add up or came back is a person's to look at; one that adds up again closes its case.
fn show(w: &mut Writer<'_>, payout: &PayoutRecord) -> Result<(), Error> {
    if payout.status.is_returned() {
        reviews::open(w, returned(payout))?;
    }
    if payout.adds_up() {
        return reviews::close_by_itself(w, Reason::PayoutMismatch, &payout.id, "Its lines add up now.").map(drop);
    }
    reviews::open(w, mismatch(payout)).map(drop)
}

fn returned(payout: &PayoutRecord) -> Case {
    let why = payout.failure.as_deref().unwrap_or("no reason was given");
    let words = format!(
        "The payout of {} did not reach the bank: {why} The money is back on the Stripe balance. Check the bank account \
         that Stripe pays out to.",
        payout.amount
    );
    Case::new(Reason::PayoutMismatch, &format!("returned:{}", payout.id), words)
        .headline("A payout came back")
        .evidence(vec![Evidence::new("Payout", payout.status.name(), "back on the Stripe balance")])
}

fn mismatch(payout: &PayoutRecord) -> Case {
    let currency = payout.amount.currency();
    let words = |minor| Money::new(minor, currency).unwrap_or(Money::zero(currency)).to_string();
    let sum = payout.sum.unwrap_or(PayoutSum { lines: 0, explained: 0, remainder: 0 });
    let detail = format!(
        "Stripe paid out {} and its {} lines come to {}: {} is not explained. It is shown as a line of its own on the \
         payout's page.",
        payout.amount,
        sum.lines,
        words(sum.explained),
        words(sum.remainder)
    );
    Case::new(Reason::PayoutMismatch, &payout.id, detail).evidence(vec![Evidence::new(
        "Amount",
        payout.amount.to_string(),
        words(sum.explained),
    )])
}

/// Whether Stripe made it before its balance was first compared with the books.
fn is_earlier(r: &Reader<'_>, payout: &PayoutRecord) -> Result<bool, Error> {
    let opening = r.mark(movements::opening_mark(payout.book))?;
    Ok(opening.is_none_or(|opening| payout.created.as_second() < opening.as_second()))
}

/// Stripe's payout in our words; `None` if it is in a currency or a scale that the books cannot hold, or of nothing.
fn record_of(payout: &Payout, news: &News) -> Option<PayoutRecord> {
    let amount = scale::money(payout.amount, payout.currency.as_deref()).filter(|amount| !amount.is_zero())?;
    let second = |second: Option<i64>| Timestamp::from_second(second?).ok();
    Some(PayoutRecord {
        id: payout.id.clone()?,
        amount,
        arrival_date: second(payout.arrival_date)?.to_zoned(jiff::tz::TimeZone::UTC).date(),
        created: second(payout.created)?,
        status: PayoutStatus::of(payout.status.as_deref().unwrap_or_default()),
        automatic: payout.automatic == Some(true),
        is_listed: payout.is_listed(),
        failure: payout.failure_message.clone(),
        sum: None,
        book: book_of(news.livemode),
        account: news.account.clone(),
    })
}

/// Asks Stripe for a payout and its lines, and brings both into the books.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn sync_payout(
    till: &Till,
    id: &str,
    channel: Channel,
    event: Option<&str>,
) -> Result<Option<PayoutRecord>, SyncError> {
    let payout = till.ask(Patience::Background).payout(id).await?.value;
    Ok(sync_shown(till, payout, till.news(channel, event)).await?.0)
}

/// The same for a payout that Stripe has just shown. Its lines are read until they were once read whole and added up.
pub(super) async fn sync_shown(
    till: &Till,
    payout: Payout,
    news: News,
) -> Result<(Option<PayoutRecord>, Tally), SyncError> {
    let id = payout.id.clone().unwrap_or_default();
    let stored = till.store.read(|r| r.payout(&id))?;
    let is_matched = stored.as_ref().is_some_and(|stored| stored.sum.is_some() && stored.adds_up());
    let (mut lines, mut tally) = (None, Tally::default());
    if payout.is_listed() && !is_matched {
        (lines, tally) = read_lines(till, &payout, &news).await?;
    }
    let channel = news.channel;
    let record = till.store.write(move |w| bring(w, &payout, lines, &news)).await?;
    if let Some(record) = &record {
        till.note_payout(stored.as_ref(), record, channel);
    }
    Ok((record, tally))
}

/// Every line of a payout, page by page into the books; no sum if Stripe's list was cut short.
async fn read_lines(till: &Till, payout: &Payout, news: &News) -> Result<(Option<Lines>, Tally), SyncError> {
    let id = payout.id.as_deref().unwrap_or_default();
    let mut pages = till.ask(Patience::Background).balance_transactions_of(id);
    let (mut lines, mut tally) = (Lines { count: 0, sum: 0, has_ours: false }, Tally::default());
    while let Some(page) = pages.next_page().await? {
        let page: Vec<BalanceTransaction> =
            page.into_iter().filter(|line| line.source.as_ref().and_then(Expandable::id) != Some(id)).collect();
        lines.count = lines.count.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
        lines.sum = page.iter().filter_map(|line| net_in(line, payout)).fold(lines.sum, i64::saturating_add);
        tally.add(movements::bring_page(till, page, Some(id), news).await?);
    }
    lines.has_ours = tally.ours > 0;
    Ok((pages.is_complete().then_some(lines), tally))
}

/// What a line brings, if it is in the payout's currency.
fn net_in(line: &BalanceTransaction, payout: &Payout) -> Option<i64> {
    let code = line.currency.as_deref().filter(|code| Some(*code) == payout.currency.as_deref())?;
    scale::minor(line.net?, code)
}

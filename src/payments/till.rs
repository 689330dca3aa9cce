//! The till: the books and one Stripe account, together. Everything that asks Stripe on behalf of the books has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::client::{Client, Patience};
use super::finds::Finds;
use super::notices;
use super::settle::News;
use crate::billing::bookings::book_of;
use crate::billing::ledger::Book;
use crate::billing::log::Channel;
use crate::clock::Clock;
use crate::store::{Error, Reader, Store, Writer};

/// Stripe grants so many reads a month, and more to those who are paid more (docs.stripe.com/rate-limits).
pub const READS_PER_MONTH: u64 = 10_000;
/// Stripe grants so many reads for each payment of thirty days.
const READS_PER_PAYMENT: u64 = 500;
/// In percent of the ration: from here on what is asked on a schedule is shed, the least important first; the rest is for
/// payers and webhooks.
const LOW_PERCENT: u64 = 80;
/// From here on the nightly comparison looks no further back than it must.
const LOWER_PERCENT: u64 = 90;
const THIRTY_DAYS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What of the scheduled reading the month's ration leaves. Webhooks, payers, the last days' comparison and what a person
/// asks for go on as ever: no ration is worth books that nobody compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thrift {
    /// Everything is read.
    None,
    /// Events are not polled: webhooks bring them, and the nightly comparison finds what they did not.
    NoEvents,
    /// Nor are five weeks compared, but the last days.
    LastDays,
}

impl Thrift {
    /// After so many reads in a month for which so many are granted.
    #[must_use]
    pub fn after(reads: u64, ration: u64) -> Self {
        match reads.saturating_mul(100) / ration.max(1) {
            LOWER_PERCENT.. => Self::LastDays,
            LOW_PERCENT.. => Self::NoEvents,
            _ => Self::None,
        }
    }
}

/// The books and one Stripe account.
#[derive(Clone)]
pub struct Till {
    pub store: Store,
    pub client: Client,
    pub clock: Clock,
    /// How many of the client's reads are in the month's count already.
    pub reads_counted: Arc<AtomicU64>,
    /// Fingerprint of the key: attempts live in the account that they were made in.
    pub account: String,
    pub livemode: bool,
    /// Origin of the addresses that Stripe sends payers back to.
    pub public_url: String,
    /// This installation's own identifier, by which it knows its objects at Stripe.
    pub appliance: String,
    /// Origins that a checkout address may have.
    pub checkout_origins: Vec<String>,
    /// Fingerprints of the signing secrets that webhooks are checked with.
    pub webhook_secrets: Vec<String>,
    /// Where it is noted what comes into the books: a pass reports it.
    pub finds: Finds,
}

impl Till {
    /// The book that this account's money belongs to.
    #[must_use]
    pub fn book(&self) -> Book {
        book_of(self.livemode)
    }

    /// The time by our own clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Adds to the month's count what was read at Stripe since the last time.
    ///
    /// # Errors
    /// The store failed.
    pub async fn count_reads(&self) -> Result<(), Error> {
        let reads = self.client.reads();
        let more = reads.saturating_sub(self.reads_counted.swap(reads, Ordering::SeqCst));
        if more == 0 {
            return Ok(());
        }
        self.store.write(move |w: &mut Writer<'_>| w.add_to_counter(&month(w.now()), more)).await?;
        notices::note_reads(self).await;
        Ok(())
    }

    /// How much was read at Stripe this month.
    ///
    /// # Errors
    /// The store failed.
    pub fn reads_this_month(&self) -> Result<u64, Error> {
        self.store.read(|r: Reader<'_>| r.counter(&month(self.now())))
    }

    /// How much of what is read on a schedule must wait for the next month.
    ///
    /// # Errors
    /// The store failed.
    pub fn thrift(&self) -> Result<Thrift, Error> {
        Ok(Thrift::after(self.reads_this_month()?, self.ration()?))
    }

    /// How many reads Stripe grants this month, by what was paid in it or in the one before: its own thirty days lie in
    /// both.
    ///
    /// # Errors
    /// The store failed.
    pub fn ration(&self) -> Result<u64, Error> {
        let this = self.now();
        let last = this.saturating_sub(THIRTY_DAYS).unwrap_or(this);
        let paid = |at| self.store.read(|r: Reader<'_>| r.counter(&payments_of(at)));
        Ok(READS_PER_MONTH.max(READS_PER_PAYMENT.saturating_mul(paid(this)?.max(paid(last)?))))
    }

    /// The client for somebody of this patience.
    pub(super) fn ask(&self, patience: Patience) -> Client {
        self.client.with_patience(patience)
    }

    pub(super) fn news(&self, channel: Channel, event: Option<&str>) -> News {
        News { channel, event: event.map(str::to_owned), account: self.account.clone(), livemode: self.livemode }
    }
}

/// Counts a payment that was made at Stripe: the ration of reads goes by them.
///
/// # Errors
/// The store failed.
pub(super) fn count_payment(w: &mut Writer<'_>) -> Result<(), Error> {
    w.add_to_counter(&payments_of(w.now()), 1)
}

/// The counter of a month's payments, such as `stripe_payments:2026-11`.
fn payments_of(at: Timestamp) -> String {
    at.strftime("stripe_payments:%Y-%m").to_string()
}

/// The counter of a month's reads, such as `stripe_reads:2026-11`.
fn month(now: Timestamp) -> String {
    now.strftime("stripe_reads:%Y-%m").to_string()
}

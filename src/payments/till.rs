//! The till: the books and one Stripe account, together. Everything that asks Stripe on behalf of the books has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use super::client::{Client, Patience};
use super::notices;
use super::settle::News;
use crate::billing::bookings::book_of;
use crate::billing::ledger::Book;
use crate::billing::log::Channel;
use crate::clock::Clock;
use crate::store::{Error, Reader, Store, Writer};

/// Stripe grants at least so many reads a month (docs.stripe.com/rate-limits).
pub const READS_PER_MONTH: u64 = 10_000;
/// From here on what is asked on a schedule is shed, the least important first; the rest is for payers and webhooks.
const READS_LOW: u64 = READS_PER_MONTH / 10 * 8;
/// From here on the nightly comparison looks no further back than it must.
const READS_LOWER: u64 = READS_PER_MONTH / 10 * 9;

/// What of the scheduled reading the month's ration leaves. Webhooks, payers and what a person asks for go on as ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thrift {
    /// Everything is read.
    None,
    /// Events are not polled: webhooks bring them, and the nightly comparison finds what they did not.
    NoEvents,
    /// Nor are five weeks compared, but the last days.
    LastDays,
    /// Only what is under way is looked at.
    UnderWay,
}

impl Thrift {
    /// After so many reads in a month.
    #[must_use]
    pub fn after(reads: u64) -> Self {
        match reads {
            READS_PER_MONTH.. => Self::UnderWay,
            READS_LOWER.. => Self::LastDays,
            READS_LOW.. => Self::NoEvents,
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
        Ok(Thrift::after(self.reads_this_month()?))
    }

    /// The client for somebody of this patience.
    pub(super) fn ask(&self, patience: Patience) -> Client {
        self.client.with_patience(patience)
    }

    pub(super) fn news(&self, channel: Channel, event: Option<&str>) -> News {
        News { channel, event: event.map(str::to_owned), account: self.account.clone(), livemode: self.livemode }
    }
}

/// The counter of a month's reads, such as `stripe_reads:2026-11`.
fn month(now: Timestamp) -> String {
    now.strftime("stripe_reads:%Y-%m").to_string()
}

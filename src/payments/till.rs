//! The till: the books and one Stripe account, together. Everything that asks Stripe on behalf of the books has it.

use super::client::{Client, Patience};
use super::settle::News;
use crate::billing::bookings::book_of;
use crate::billing::ledger::Book;
use crate::billing::log::Channel;
use crate::store::Store;

/// The books and one Stripe account.
#[derive(Clone)]
pub struct Till {
    pub store: Store,
    pub client: Client,
    /// Fingerprint of the key: attempts live in the account that they were made in.
    pub account: String,
    pub livemode: bool,
    /// Origin of the addresses that Stripe sends payers back to.
    pub public_url: String,
    /// This installation's own identifier, by which it knows its objects at Stripe.
    pub appliance: String,
    /// Origins that a checkout address may have.
    pub checkout_origins: Vec<String>,
}

impl Till {
    /// The book that this account's money belongs to.
    #[must_use]
    pub fn book(&self) -> Book {
        book_of(self.livemode)
    }

    /// The client for somebody of this patience.
    pub(super) fn ask(&self, patience: Patience) -> Client {
        self.client.with_patience(patience)
    }

    pub(super) fn news(&self, channel: Channel, event: Option<&str>) -> News {
        News { channel, event: event.map(str::to_owned), account: self.account.clone(), livemode: self.livemode }
    }
}

//! What waits until it is safe: mails, card payments, and what is asked of Stripe on a schedule.
//!
//! The rule it keeps: a hold is looked up whenever it matters and never stored, so that it is gone with its cause and
//! without a restart. What cannot be looked up holds.

use super::{App, StartError};
use crate::billing::ledger::Book;
use crate::billing::settings::Documents;
use crate::config::StripeMode;
use crate::payments::till::Till;
use crate::store;

/// Why something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// These books may be a copy of those that customers are served from.
    Copy,
    /// Real money and real links need HTTPS.
    Address,
    /// An older copy of the books was put back, and Stripe has not told yet what they lack.
    Behind,
}

impl Hold {
    /// What waits, and until when, for the owner.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Copy => {
                "This data folder was copied or moved here. Mails and card payments wait until you say whether \
                 customers use this one."
            }
            Self::Address => {
                "With a live Stripe key, mails and payments wait until server.public_url is an https:// address that \
                 customers can reach."
            }
            Self::Behind => {
                "A backup was put back. Card payments wait until everything since then has been compared with Stripe; \
                 that begins by itself and takes a few minutes."
            }
        }
    }

    /// What to do about it, as a finding says it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Copy => "open the admin page and decide",
            Self::Address => "set server.public_url",
            Self::Behind => "wait, or run quittance reconcile and see what it says",
        }
    }

    /// Whether it passes without anybody doing something.
    #[must_use]
    pub fn passes_by_itself(self) -> bool {
        self == Self::Behind
    }
}

impl App {
    /// Why mails and card payments wait, if they do.
    #[must_use]
    pub fn held_back(&self) -> Option<Hold> {
        // A copy is made to try things out, which a test key allows.
        if self.book() == Book::Live && self.may_be_copy() {
            return Some(Hold::Copy);
        }
        let live = self.connections().stripe_key.as_ref().is_some_and(|key| key.mode() == StripeMode::Live);
        let url = &self.config.server.public_url;
        (live && (!url.is_https() || url.is_loopback())).then_some(Hold::Address)
    }

    /// Why card payments wait, if they do. Without a Stripe key there are none to hold.
    #[must_use]
    pub fn payments_held(&self) -> Option<Hold> {
        self.held_back().or_else(|| self.till().is_some_and(|till| self.is_behind(till.book())).then_some(Hold::Behind))
    }

    /// The documents of which numbers may have been given that are not known here.
    #[must_use]
    pub fn numbers_unknown(&self) -> Vec<Documents> {
        self.store.read(|r| r.lacking_numbers(self.book())).unwrap_or(Documents::ALL.to_vec())
    }

    /// Documents over fees wait for nothing: who never made one need not say where they go on.
    fn is_asked_for(&self, documents: Documents) -> bool {
        let is_used =
            |book| self.store.read(|r| Ok::<_, store::Error>(!r.settings()?.series(documents, book).is_unused()));
        documents != Documents::FeeInvoices || is_used(self.book()).unwrap_or(true)
    }

    /// What that means, and what the owner can do, if there are any.
    #[must_use]
    pub fn numbers_held(&self) -> Option<String> {
        self.held_by(&self.numbers_unknown())
    }

    /// The same, for whoever has looked which are unknown.
    #[must_use]
    pub fn held_by(&self, unknown: &[Documents]) -> Option<String> {
        let unknown: Vec<Documents> = unknown.iter().copied().filter(|each| self.is_asked_for(*each)).collect();
        let waits = |documents: &&Documents| **documents != Documents::FeeInvoices;
        let waiting: Vec<String> = unknown.iter().filter(waits).map(|each| format!("no {}", each.name())).collect();
        let consequence = match (waiting.as_slice(), unknown.as_slice()) {
            (_, []) => return None,
            ([], _) => {
                "payment fee documents get six letters and digits behind their numbers until you save the next one."
                    .into()
            }
            (waiting, _) => format!(
                "{} can be issued until you look up the last number that you sent and save the next one (1 if there was none).",
                waiting.join(" and ")
            ),
        };
        Some(format!("A backup was put back without the list of the numbers that were given since: {consequence}"))
    }

    /// The till for what is done on a schedule: none while another appliance may be doing the same.
    #[must_use]
    pub fn till_on_schedule(&self) -> Option<Till> {
        self.till().filter(|_| self.held_back() != Some(Hold::Copy))
    }

    /// Whether the data folder was copied or moved here, and the owner has not said yet which one customers use.
    #[must_use]
    pub fn may_be_copy(&self) -> bool {
        self.store.read(|r| r.is_elsewhere()).unwrap_or(true)
    }

    /// The owner says that customers use this one: what waited goes on.
    ///
    /// # Errors
    /// The data folder cannot be written, or what is stored cannot be used at all.
    pub async fn is_no_copy(&self) -> Result<(), StartError> {
        self.store.settle_in(&self.config.data_dir).await?;
        self.connect()
    }

    fn is_behind(&self, book: Book) -> bool {
        self.store.read(|r| r.behind_since(book)).map_or(true, |since| since.is_some())
    }
}

//! What waits until it is safe: mails, card payments, and what is asked of Stripe on a schedule.
//!
//! The rule it keeps: a hold is looked up whenever it matters and never stored, so that it is gone with its cause and
//! without a restart. What cannot be looked up holds.

use super::App;
use crate::config::StripeMode;

/// Why something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
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
        let live = self.connections().stripe_key.as_ref().is_some_and(|key| key.mode() == StripeMode::Live);
        let url = &self.config.server.public_url;
        (live && (!url.is_https() || url.is_loopback())).then_some(Hold::Address)
    }

    /// Why card payments wait, if they do. Without a Stripe key there are none to hold.
    #[must_use]
    pub fn payments_held(&self) -> Option<Hold> {
        self.held_back().or_else(|| (self.till().is_some() && self.is_behind()).then_some(Hold::Behind))
    }

    fn is_behind(&self) -> bool {
        self.store.read(|r| r.behind_since()).map_or(true, |since| since.is_some())
    }
}

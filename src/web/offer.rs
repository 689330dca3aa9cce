//! The ways in which an amount is offered to a payer: the button and what is added to it, all of it early, an amount of
//! one's own. An invoice and the preview of a draft ask here, so that the owner sees what the customer will see.

use crate::billing::line::TaxTotal;
use crate::billing::money::Money;
use crate::billing::passthrough::{Fee, Terms};
use crate::payments::surcharge;
use crate::web::views::parts::Field;
use crate::web::views::public::{Added, Choice, Pay};
use crate::words::Words;

/// What is asked for.
pub struct Bill<'a> {
    /// What is due now: all of it, or the part whose turn it is.
    pub now: Money,
    pub all: Money,
    /// The smallest amount that the payer may choose, where there is a choice.
    pub least: Option<Money>,
    /// Which fee is asked for on top, if one is.
    pub terms: &'a Terms,
    pub taxes: &'a [TaxTotal],
    /// The payer's.
    pub t: Words,
}

/// What is offered.
pub struct Ways {
    pub pay: Pay,
    /// What is added to what the button pays.
    pub added: Option<Added>,
    /// Everything may be paid early, where only a part is asked for.
    pub all: Option<String>,
    pub all_fee: Option<String>,
    pub choice: Option<Choice>,
}

impl Ways {
    /// Where nothing is asked for.
    pub fn none() -> Self {
        Self { pay: Pay::Nothing, added: None, all: None, all_fee: None, choice: None }
    }
}

impl Bill<'_> {
    /// `takes` says of an amount whether it can be paid by card, `is_down` that no card is taken at the moment.
    pub fn ways(&self, takes: impl Fn(Money) -> bool, is_down: bool) -> Ways {
        let pay = match (takes(self.now), takes(self.all)) {
            (false, false) => Pay::TransferOnly,
            _ if is_down => Pay::CardDown,
            (true, _) => Pay::Card { amount: self.shown(self.with_fee(self.now)) },
            // Too little is left of the part for a card; all of it may be paid by card all the same.
            (false, true) => Pay::All { amount: self.shown(self.with_fee(self.all)) },
        };
        let is_by_card = matches!(pay, Pay::Card { .. });
        let early = Some(self.all).filter(|all| is_by_card && *all != self.now && takes(*all));
        Ways {
            added: self.added(&pay),
            all: early.map(|all| self.shown(self.with_fee(all))),
            all_fee: early.and_then(|all| self.fee_words(all)),
            choice: self.least.filter(|least| is_by_card && *least != self.all).map(|least| self.choice(least)),
            pay,
        }
    }

    fn added(&self, pay: &Pay) -> Option<Added> {
        let principal = match pay {
            Pay::Card { .. } => self.now,
            Pay::All { .. } => self.all,
            Pay::TransferOnly | Pay::CardDown | Pay::Nothing => return None,
        };
        Some(Added {
            principal: self.shown(principal),
            fee: self.fee_words(principal)?,
            total: self.shown(self.with_fee(principal)),
        })
    }

    /// The field for an amount of the payer's own choice.
    fn choice(&self, least: Money) -> Choice {
        Choice {
            least: self.shown(least),
            most: self.shown(self.all),
            fees: self.fee_words(least).zip(self.fee_words(self.all)),
            amount: Field::default(),
        }
    }

    fn fee(&self, amount: Money) -> Option<Fee> {
        surcharge::fee(self.terms, amount, self.taxes).ok()
    }

    fn fee_words(&self, amount: Money) -> Option<String> {
        self.fee(amount).map(|fee| self.t.minor(fee.total, amount.currency()))
    }

    /// This much with the fee on top: what is paid by card.
    fn with_fee(&self, amount: Money) -> Money {
        let sum = self.fee(amount).and_then(|fee| fee.sum());
        sum.and_then(|sum| Money::new(sum, amount.currency()).ok()).unwrap_or(amount)
    }

    fn shown(&self, amount: Money) -> String {
        self.t.money(amount)
    }
}

//! What moved on the Stripe balance: fees, conversions, disputes, payouts, and other people's money.

use jiff::Timestamp;

use crate::billing::currency::Currency;
use crate::billing::ledger::{Account, Book, Entry, Fact, Posting, Source, Unbalanced};
use crate::billing::movement::{Belongs, Movement};
use crate::billing::payout::PayoutRecord;

/// The source of a movement: keyed on Stripe's own id, like all money.
#[must_use]
pub fn movement_source(movement: &Movement) -> Source {
    Source::new(Fact::Movement, &movement.id)
}

/// The source of a movement that turned out to be somebody else's than it was booked as.
#[must_use]
pub fn found_source(movement: &Movement) -> Source {
    Source::new(Fact::MovementFound, &movement.id)
}

/// The entry of a movement, as it was first booked; `None` if it moves nothing that is not booked otherwise. A payment
/// and a refund are booked in full by their own facts, so that of their movements only the fee and the conversion are
/// left.
///
/// # Errors
/// Stripe's figures do not add up.
pub fn movement(movement: &Movement) -> Result<Option<Entry>, Unbalanced> {
    let belongs = movement.taken_for.unwrap_or(movement.belongs);
    entry(movement_source(movement), movement, postings(movement, belongs, 1))
}

/// The entry that puts right what a movement was taken for; `None` if it was booked as what it is.
///
/// # Errors
/// Stripe's figures do not add up.
pub fn found(movement: &Movement) -> Result<Option<Entry>, Unbalanced> {
    let Some(taken_for) = movement.taken_for else { return Ok(None) };
    let mut lines = postings(movement, taken_for, -1);
    lines.extend(postings(movement, movement.belongs, 1));
    entry(found_source(movement), movement, lines)
}

fn entry(source: Source, movement: &Movement, postings: Vec<Posting>) -> Result<Option<Entry>, Unbalanced> {
    let moves = postings.iter().any(|posting| posting.amount != 0);
    if moves { Entry::new(source, movement.book, movement.created, postings).map(Some) } else { Ok(None) }
}

fn postings(movement: &Movement, belongs: Belongs, sign: i64) -> Vec<Posting> {
    let (amount, fee, net) = (sign * movement.amount, sign * movement.fee, sign * movement.net);
    let line = |account, amount| Posting { account, amount, currency: movement.currency };
    let against = |account| vec![line(Account::StripeClearing, net), line(account, -net)];
    match belongs {
        Belongs::Payment { .. } | Belongs::Refund { .. } => {
            let mut lines = vec![line(Account::StripeFees, fee), line(Account::StripeClearing, -fee)];
            if let Some(own) = movement.converted {
                let own_line = |account, amount| Posting { account, amount, currency: own.currency() };
                lines.extend([
                    line(Account::StripeClearing, amount),
                    line(Account::Exchange, -amount),
                    own_line(Account::StripeClearing, -sign * own.minor()),
                    own_line(Account::Exchange, sign * own.minor()),
                ]);
            }
            lines
        }
        Belongs::Dispute { .. } => vec![
            line(Account::DisputesHeld, -amount),
            line(Account::StripeFees, fee),
            line(Account::StripeClearing, net),
        ],
        Belongs::TakenBack { .. } => vec![
            line(Account::DisputeLosses, -amount),
            line(Account::StripeFees, fee),
            line(Account::StripeClearing, net),
        ],
        Belongs::Payout => vec![line(Account::StripeFees, fee), line(Account::StripeClearing, -fee)],
        Belongs::Fee => against(Account::StripeFees),
        Belongs::Reserve => against(Account::Reserve),
        Belongs::Bank => against(Account::Bank),
        Belongs::Foreign => against(Account::Foreign),
        Belongs::Unknown => against(Account::Suspense),
        Belongs::Earlier => Vec::new(),
    }
}

/// What Stripe held when its balance was first compared with the books: nobody here knows whose it was. `amount` is
/// what Stripe has more than the books, in minor units. An account that is gone back to is opened anew, so the moment is
/// part of the source; `side` is the account and its mode, which share no balance.
///
/// # Errors
/// The amount is nothing.
pub fn opening(side: &str, book: Book, currency: Currency, amount: i64, at: Timestamp) -> Result<Entry, Unbalanced> {
    let line = |account, amount| Posting { account, amount, currency };
    let source = Source::new(Fact::Opening, format_args!("{side}:{}:{}", currency.code(), at.as_second()));
    Entry::new(source, book, at, vec![line(Account::StripeClearing, amount), line(Account::Foreign, -amount)])
}

/// What has happened to the money of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutStep {
    /// Stripe took it from its balance.
    Created,
    /// Stripe says that the bank has it.
    Arrived,
    /// It came back before it was called paid.
    Failed,
    /// The bank sent it back after it was called paid.
    Returned,
}

impl PayoutStep {
    /// The source of the step.
    #[must_use]
    pub fn source(self, payout: &str) -> Source {
        let fact = match self {
            Self::Created => Fact::Payout,
            Self::Arrived => Fact::PayoutArrived,
            Self::Failed => Fact::PayoutFailed,
            Self::Returned => Fact::PayoutReturned,
        };
        Source::new(fact, payout)
    }
}

/// A step of a payout.
///
/// # Errors
/// The payout is of nothing.
pub fn payout(payout: &PayoutRecord, step: PayoutStep, at: Timestamp) -> Result<Entry, Unbalanced> {
    let (minor, currency) = (payout.amount.minor(), payout.amount.currency());
    let (debit, credit) = match step {
        PayoutStep::Created => (Account::PayoutsInTransit, Account::StripeClearing),
        PayoutStep::Arrived => (Account::Bank, Account::PayoutsInTransit),
        PayoutStep::Failed => (Account::StripeClearing, Account::PayoutsInTransit),
        PayoutStep::Returned => (Account::StripeClearing, Account::Bank),
    };
    let line = |account, amount| Posting { account, amount, currency };
    Entry::new(step.source(&payout.id), payout.book, at, vec![line(debit, minor), line(credit, -minor)])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use jiff::Timestamp;

    use super::{Belongs, Movement, found, movement};
    use crate::billing::currency::Currency;
    use crate::billing::id::PaymentId;
    use crate::billing::ledger::{Account, Book, Entry};
    use crate::billing::money::Money;
    use crate::billing::movement::Category;

    fn moved(amount: i64, fee: i64, belongs: Belongs) -> Movement {
        Movement {
            id: "txn_1".into(),
            category: Category::Charge,
            kind: "charge".into(),
            amount,
            fee,
            net: amount - fee,
            currency: Currency::EUR,
            exchange_rate: None,
            source: Some("ch_1".into()),
            created: Timestamp::UNIX_EPOCH,
            available_on: None,
            payout: None,
            belongs,
            taken_for: None,
            converted: None,
            book: Book::Test,
            account: "key".into(),
        }
    }

    fn on(entry: &Entry, currency: Currency, account: Account) -> i64 {
        let lines = entry.postings().iter().filter(|line| line.currency == currency && line.account == account);
        lines.map(|line| line.amount).sum()
    }

    #[test]
    fn every_sort_of_movement_moves_the_accounts_that_it_should() {
        let payment = PaymentId::from_parts(1, 1);
        let eur = |entry: &Entry, account| on(entry, Currency::EUR, account);
        let table = [
            (moved(10_000, 175, Belongs::Payment { payment }), Account::StripeFees, 175, -175),
            (moved(-1_000, 1_500, Belongs::Dispute { payment }), Account::DisputesHeld, 1_000, -2_500),
            (moved(1_000, -1_500, Belongs::Dispute { payment }), Account::StripeFees, -1_500, 2_500),
            (moved(-1_000, 750, Belongs::TakenBack { payment }), Account::DisputeLosses, 1_000, -1_750),
            (moved(-200, 0, Belongs::Fee), Account::StripeFees, 200, -200),
            (moved(-500, 0, Belongs::Reserve), Account::Reserve, 500, -500),
            (moved(800, 30, Belongs::Foreign), Account::Foreign, -770, 770),
            (moved(-9, 0, Belongs::Unknown), Account::Suspense, 9, -9),
            (moved(-9_000, 90, Belongs::Payout), Account::StripeFees, 90, -90),
            (moved(700, 0, Belongs::Bank), Account::Bank, -700, 700),
        ];
        for (moved, account, on_account, on_clearing) in table {
            let entry = movement(&moved).unwrap().unwrap();
            assert_eq!(
                (eur(&entry, account), eur(&entry, Account::StripeClearing)),
                (on_account, on_clearing),
                "{moved:?}"
            );
        }
        assert_eq!(movement(&moved(-500, 0, Belongs::Refund { payment })).unwrap(), None);
        assert_eq!(movement(&moved(-500, 0, Belongs::Earlier)).unwrap(), None);
    }

    #[test]
    fn h7_a_conversion_balances_in_both_currencies() {
        let payment = PaymentId::from_parts(1, 1);
        let francs = Money::new(10_000, Currency::CHF).unwrap();
        let moved = Movement { converted: Some(francs), ..moved(10_500, 200, Belongs::Payment { payment }) };
        let entry = movement(&moved).unwrap().unwrap();
        assert_eq!(on(&entry, Currency::CHF, Account::StripeClearing), -10_000);
        assert_eq!(on(&entry, Currency::CHF, Account::Exchange), 10_000);
        assert_eq!(on(&entry, Currency::EUR, Account::StripeClearing), 10_300);
        assert_eq!(on(&entry, Currency::EUR, Account::Exchange), -10_500);
    }

    #[test]
    fn what_turns_out_to_be_ours_ends_as_if_it_had_been_known() {
        let payment = PaymentId::from_parts(1, 1);
        let moved = Movement { taken_for: Some(Belongs::Foreign), ..moved(10_000, 175, Belongs::Payment { payment }) };
        let (first, then) = (movement(&moved).unwrap().unwrap(), found(&moved).unwrap().unwrap());
        let both = |account| first.on(account) + then.on(account);
        assert_eq!((both(Account::Foreign), both(Account::StripeFees)), (0, 175));
        assert_eq!(both(Account::StripeClearing), -175);
    }
}

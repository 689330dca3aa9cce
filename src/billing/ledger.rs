//! The double-entry ledger: entries that balance or do not exist.
//!
//! Debits are positive and credits negative, in ISO minor units. An entry's source names the fact that it books, and a
//! fact is booked once. Nothing here is ever edited: a correction is another entry. Which entry a fact makes is said in
//! [`super::bookings`].

mod fact;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::currency::Currency;
use super::id::{CreditNoteId, InvoiceId, PaymentId};

pub use fact::Fact;

/// Which set of books an entry belongs to. Stripe's test objects and real money never meet in one sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Book {
    Live,
    Test,
}

impl Book {
    #[must_use]
    pub fn is_test(self) -> bool {
        self == Self::Test
    }
}

/// An account of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What the customer still owes on one invoice.
    Receivable(InvoiceId),
    /// What was owed on an invoice and is not expected any more.
    WrittenOff(InvoiceId),
    /// What was missing of an invoice by so little that it is not asked for.
    Difference(InvoiceId),
    /// What a payment holds beyond what it was applied to: owed back to the customer.
    Credit(PaymentId),
    /// What a credit note leaves beyond what was due: owed back to the customer.
    NoteCredit(CreditNoteId),
    Sales,
    /// Sales that were paid back: stands against [`Account::Sales`].
    Refunds,
    /// Fees for paying by card that payers paid on top of their invoices.
    FeesCharged,
    /// Tax collected, owed to the tax office.
    Tax,
    /// Money at Stripe that has not been paid out.
    StripeClearing,
    Bank,
    Cash,
    /// Money received in another way (checks), not yet at the bank.
    Undeposited,
    /// Money that a payer's bank took back for good.
    DisputeLosses,
    /// What Stripe keeps for its services.
    StripeFees,
    /// Money that Stripe holds back while a dispute is open.
    DisputesHeld,
    /// Money that has left Stripe and is not at the bank yet.
    PayoutsInTransit,
    /// What currencies were changed into one another at.
    Exchange,
    /// Money that Stripe keeps back for risks.
    Reserve,
    /// Another program's money on the same Stripe account.
    Foreign,
    /// Movements at Stripe of a sort that is not known.
    Suspense,
}

/// The text names no account.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an account of the ledger")]
pub struct NoSuchAccount(String);

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receivable(invoice) => write!(f, "receivable:{invoice}"),
            Self::WrittenOff(invoice) => write!(f, "written_off:{invoice}"),
            Self::Difference(invoice) => write!(f, "difference:{invoice}"),
            Self::Credit(payment) => write!(f, "credit:{payment}"),
            Self::NoteCredit(note) => write!(f, "note_credit:{note}"),
            Self::Sales => f.write_str("sales"),
            Self::Refunds => f.write_str("refunds"),
            Self::FeesCharged => f.write_str("fees_charged"),
            Self::Tax => f.write_str("tax"),
            Self::StripeClearing => f.write_str("stripe_clearing"),
            Self::Bank => f.write_str("bank"),
            Self::Cash => f.write_str("cash"),
            Self::Undeposited => f.write_str("undeposited"),
            Self::DisputeLosses => f.write_str("dispute_losses"),
            Self::StripeFees => f.write_str("stripe_fees"),
            Self::DisputesHeld => f.write_str("disputes_held"),
            Self::PayoutsInTransit => f.write_str("payouts_in_transit"),
            Self::Exchange => f.write_str("exchange"),
            Self::Reserve => f.write_str("reserve"),
            Self::Foreign => f.write_str("foreign"),
            Self::Suspense => f.write_str("suspense"),
        }
    }
}

impl FromStr for Account {
    type Err = NoSuchAccount;

    fn from_str(text: &str) -> Result<Self, NoSuchAccount> {
        let unknown = || NoSuchAccount(text.to_owned());
        Ok(match text.split_once(':') {
            Some(("receivable", id)) => Self::Receivable(id.parse().map_err(|_| unknown())?),
            Some(("written_off", id)) => Self::WrittenOff(id.parse().map_err(|_| unknown())?),
            Some(("difference", id)) => Self::Difference(id.parse().map_err(|_| unknown())?),
            Some(("credit", id)) => Self::Credit(id.parse().map_err(|_| unknown())?),
            Some(("note_credit", id)) => Self::NoteCredit(id.parse().map_err(|_| unknown())?),
            Some(_) => return Err(unknown()),
            None => match text {
                "sales" => Self::Sales,
                "refunds" => Self::Refunds,
                "fees_charged" => Self::FeesCharged,
                "tax" => Self::Tax,
                "stripe_clearing" => Self::StripeClearing,
                "bank" => Self::Bank,
                "cash" => Self::Cash,
                "undeposited" => Self::Undeposited,
                "dispute_losses" => Self::DisputeLosses,
                "stripe_fees" => Self::StripeFees,
                "disputes_held" => Self::DisputesHeld,
                "payouts_in_transit" => Self::PayoutsInTransit,
                "exchange" => Self::Exchange,
                "reserve" => Self::Reserve,
                "foreign" => Self::Foreign,
                "suspense" => Self::Suspense,
                _ => return Err(unknown()),
            },
        })
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Account {
    /// The invoice whose standing moves with this account, if there is one.
    #[must_use]
    pub fn invoice(self) -> Option<InvoiceId> {
        match self {
            Self::Receivable(invoice) | Self::WrittenOff(invoice) | Self::Difference(invoice) => Some(invoice),
            _ => None,
        }
    }
}

/// One line of an entry: `amount` minor units of `currency`, a debit if positive, a credit if negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    pub account: Account,
    pub amount: i64,
    pub currency: Currency,
}

/// The fact that an entry books, such as `payment:pi_…`; no fact is booked twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source(String);

impl Source {
    #[must_use]
    pub fn new(fact: Fact, id: impl fmt::Display) -> Self {
        Self(format!("{}:{id}", fact.word()))
    }

    /// How the sources begin of all facts of a sort about something.
    #[must_use]
    pub fn all_of(fact: Fact, id: impl fmt::Display) -> String {
        format!("{}:{id}:", fact.word())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The payment whose credit was applied, if the fact is that.
    #[must_use]
    pub fn applied_payment(&self) -> Option<PaymentId> {
        self.applied_by(Fact::Apply)?.parse().ok()
    }

    /// What follows upon the word, if the fact is of that sort.
    fn applied_by(&self, fact: Fact) -> Option<&str> {
        let mut parts = self.0.split(':');
        let word = parts.next()?;
        if Fact::of(word) == Some(fact) { parts.next() } else { None }
    }

    /// The credit note whose credit was applied, if the fact is that.
    #[must_use]
    pub fn applied_note(&self) -> Option<CreditNoteId> {
        self.applied_by(Fact::ApplyNote)?.parse().ok()
    }

    /// Whether the fact is money that was received, or owed back, and applied to an invoice, or the reversal of that.
    #[must_use]
    pub fn pays(&self) -> bool {
        self.0.split(':').next().and_then(Fact::of).is_some_and(Fact::pays)
    }
}

/// Postings that sum to zero in each currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Entry {
    source: Source,
    book: Book,
    at: Timestamp,
    postings: Vec<Posting>,
}

#[derive(Deserialize)]
struct Unchecked {
    source: Source,
    book: Book,
    at: Timestamp,
    postings: Vec<Posting>,
}

impl TryFrom<Unchecked> for Entry {
    type Error = Unbalanced;

    fn try_from(read: Unchecked) -> Result<Self, Unbalanced> {
        Self::new(read.source, read.book, read.at, read.postings)
    }
}

/// The postings do not balance, so there is no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry {fact} does not balance")]
pub struct Unbalanced {
    pub fact: String,
}

impl Entry {
    /// The entry of these postings; those of nothing are left out.
    ///
    /// # Errors
    /// The postings of a currency do not sum to zero, their sum overflows, or none is left.
    pub fn new(source: Source, book: Book, at: Timestamp, postings: Vec<Posting>) -> Result<Self, Unbalanced> {
        let postings: Vec<Posting> = postings.into_iter().filter(|posting| posting.amount != 0).collect();
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        for posting in &postings {
            let sum = sums.entry(posting.currency).or_default();
            *sum = sum.checked_add(posting.amount).ok_or_else(|| Unbalanced { fact: source.0.clone() })?;
        }
        if postings.is_empty() || sums.values().any(|&sum| sum != 0) {
            return Err(Unbalanced { fact: source.0 });
        }
        Ok(Self { source, book, at, postings })
    }

    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    #[must_use]
    pub fn book(&self) -> Book {
        self.book
    }

    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// What the entry moves on `account`, in minor units, debits less credits.
    #[must_use]
    pub fn on(&self, account: Account) -> i64 {
        self.postings.iter().filter(|posting| posting.account == account).map(|posting| posting.amount).sum()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Account, Book, CreditNoteId, Currency, Entry, Fact, InvoiceId, PaymentId, Posting, Source, Timestamp};

    fn posting(account: Account, amount: i64) -> Posting {
        Posting { account, amount, currency: Currency::EUR }
    }

    #[test]
    fn an_entry_balances_or_does_not_exist() {
        let entry = |postings| Entry::new(Source::new(Fact::Opening, 1), Book::Live, Timestamp::UNIX_EPOCH, postings);
        assert!(entry(vec![posting(Account::Bank, 5), posting(Account::Sales, -5)]).is_ok());
        for unbalanced in [
            vec![],
            vec![posting(Account::Bank, 0)],
            vec![posting(Account::Bank, 5), posting(Account::Sales, -4)],
            vec![posting(Account::Bank, i64::MAX), posting(Account::Cash, 1), posting(Account::Sales, i64::MIN)],
        ] {
            assert!(entry(unbalanced).is_err());
        }
    }

    #[test]
    fn currencies_balance_each_for_itself() {
        let yen = Posting { account: Account::Sales, amount: -5, currency: Currency::parse("JPY").unwrap() };
        assert!(
            Entry::new(
                Source::new(Fact::Opening, 1),
                Book::Live,
                Timestamp::UNIX_EPOCH,
                vec![posting(Account::Bank, 5), yen]
            )
            .is_err()
        );
    }

    #[test]
    fn an_unbalanced_entry_cannot_be_read_from_the_disk_either() {
        let stored = r#"{"source":"x:1","book":"live","at":"1970-01-01T00:00:00Z",
            "postings":[{"account":"bank","amount":5,"currency":"EUR"}]}"#;
        assert!(serde_json::from_str::<Entry>(stored).is_err());
    }

    #[test]
    fn accounts_are_read_back_as_written() {
        let invoice = InvoiceId::from_parts(1, 2);
        for account in [
            Account::Receivable(invoice),
            Account::Credit(PaymentId::from_parts(3, 4)),
            Account::NoteCredit(CreditNoteId::from_parts(5, 6)),
            Account::StripeClearing,
            Account::Refunds,
            Account::FeesCharged,
            Account::StripeFees,
            Account::DisputesHeld,
            Account::PayoutsInTransit,
            Account::Exchange,
            Account::Reserve,
            Account::Foreign,
            Account::Suspense,
        ] {
            assert_eq!(account.to_string().parse::<Account>().unwrap(), account);
        }
        assert!("receivable:pay_1".parse::<Account>().is_err());
    }
}

//! An invoice: a draft that may change, then an issued document that may not.
//!
//! What is written here are facts. Whether the invoice is paid, overdue or partly paid is derived in
//! [`super::standing`] from these facts, the ledger and today's date; nothing sets it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::attempt::Wanted;
use super::currency::Currency;
use super::due::{Due, DueError};
use super::id::{CustomerId, InvoiceId};
use super::ledger::Book;
use super::line::{Line, Totals};
use super::money::Money;
use super::party::Party;
use super::passthrough::Choice;
use super::plan::{self, Asked, Part, Plan};
use super::standing::Standing;

/// What the owner writes: the same in a draft and in the issued invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub customer: CustomerId,
    pub currency: Currency,
    pub lines: Vec<Line>,
    #[serde(default)]
    pub prices_include_tax: bool,
    pub due: Due,
    #[serde(default)]
    pub notes: String,
    /// The customer's own reference, such as an order number.
    #[serde(default)]
    pub reference: String,
    #[serde(default)]
    pub delivery_date: Option<Date>,
    /// Further addresses that mails about this invoice go to.
    #[serde(default)]
    pub cc: Vec<String>,
    /// In which parts it may be paid. Absent where it is paid at once, so that older documents stay as they were sealed.
    #[serde(default, skip_serializing_if = "Plan::is_at_once")]
    pub plan: Plan,
    /// Whether whoever pays it by card pays a fee on top. Absent where the owner's usual choice counts, as in older
    /// documents.
    #[serde(default, skip_serializing_if = "Choice::is_inherited")]
    pub fee: Choice,
}

impl Content {
    /// With nothing written in it yet: no lines, net prices, paid at once and with the owner's usual fee.
    #[must_use]
    pub fn blank(customer: CustomerId, currency: Currency, due: Due) -> Self {
        Self {
            customer,
            currency,
            lines: Vec::new(),
            prices_include_tax: false,
            due,
            notes: String::new(),
            reference: String::new(),
            delivery_date: None,
            cc: Vec::new(),
            plan: Plan::AtOnce,
            fee: Choice::Inherit,
        }
    }

    /// The due date of the document if it is issued on `issue_date`: with instalments, that of the last one.
    ///
    /// # Errors
    /// It is too far away.
    pub fn due_date(&self, issue_date: Date) -> Result<Date, DueError> {
        self.plan.last_due(self.due).date(issue_date)
    }
}

/// An invoice that has no number yet and may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub id: InvoiceId,
    /// Counts the changes, so that two tabs cannot overwrite each other unseen.
    pub revision: u32,
    pub created_at: Timestamp,
    pub content: Content,
    /// The sums of `content`, computed when it was stored.
    pub totals: Totals,
}

/// An invoice with a number: its content never changes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub id: InvoiceId,
    pub number: String,
    pub book: Book,
    pub created_at: Timestamp,
    pub issued_at: Timestamp,
    /// In the business's time zone, as is `due_date`.
    pub issue_date: Date,
    pub due_date: Date,
    pub content: Content,
    pub totals: Totals,
    pub seller: Party,
    pub buyer: Party,
    /// Why and when it was voided, if it was.
    #[serde(default)]
    pub void: Option<Void>,
    /// The present public link; an earlier one answers like one that never was.
    pub link: PublicLink,
}

/// The capability to see and pay one invoice: 128 bits from the operating system's generator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicLink(String);

impl PublicLink {
    /// Characters of a token.
    pub const CHARACTERS: usize = 22;

    /// The link of 128 random bits.
    #[must_use]
    pub fn from_entropy(entropy: u128) -> Self {
        const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        let mut rest = entropy;
        let characters = std::array::from_fn::<u8, { Self::CHARACTERS }, _>(|_| {
            let digit = usize::try_from(rest % 58).unwrap_or(0);
            rest /= 58;
            ALPHABET[digit]
        });
        Self(String::from_utf8_lossy(&characters).into_owned())
    }

    #[must_use]
    pub fn token(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PublicLink {
    // Whoever reads a log must not be able to open the invoice.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicLink({}…)", self.0.get(..6).unwrap_or_default())
    }
}

/// The declaration that an issued invoice is not to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    pub at: Timestamp,
    #[serde(default)]
    pub reason: String,
}

/// An invoice in the state that it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Document {
    Draft(Box<Draft>),
    Issued(Box<Invoice>),
}

/// What stands first in the record of a document, as `is`: so the rest is read as what it is, and not held until that is known.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Draft,
    Issued,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(record: D) -> Result<Self, D::Error> {
        struct Record;
        impl<'de> Visitor<'de> for Record {
            type Value = Document;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a document that begins with what it is")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Document, A::Error> {
                if fields.next_key::<String>()?.as_deref() != Some("is") {
                    return Err(A::Error::custom("it does not begin with what it is"));
                }
                match fields.next_value()? {
                    Stage::Draft => Box::deserialize(MapAccessDeserializer::new(fields)).map(Document::Draft),
                    Stage::Issued => Box::deserialize(MapAccessDeserializer::new(fields)).map(Document::Issued),
                }
            }
        }
        record.deserialize_map(Record)
    }
}

/// What a draft needs from outside itself to become an invoice.
#[derive(Clone, Debug)]
pub struct Issue {
    pub number: String,
    pub book: Book,
    pub at: Timestamp,
    /// Today in the business's time zone.
    pub today: Date,
    pub seller: Party,
    pub buyer: Party,
    pub link: PublicLink,
}

impl Draft {
    #[must_use]
    pub fn total(&self) -> Money {
        Money::new(self.totals.total, self.content.currency).unwrap_or(Money::zero(self.content.currency))
    }

    /// What would be asked for if it were issued `today`.
    #[must_use]
    pub fn asked(&self, today: Date) -> Asked {
        let total = self.totals.total;
        let due = self.content.due_date(today).unwrap_or(today);
        let money = Money::new(total, self.content.currency).unwrap_or(Money::zero(self.content.currency));
        let parts = self.content.plan.parts(money, today, due).unwrap_or_else(|_| vec![Part { amount: total, due }]);
        plan::asked(&parts, total, today)
    }

    /// The invoice that this draft becomes.
    ///
    /// # Errors
    /// The due date is too far from today.
    pub fn issue(self, with: Issue) -> Result<Invoice, DueError> {
        Ok(Invoice {
            id: self.id,
            number: with.number,
            book: with.book,
            created_at: self.created_at,
            issued_at: with.at,
            issue_date: with.today,
            due_date: self.content.due_date(with.today)?,
            content: self.content,
            totals: self.totals,
            seller: with.seller,
            buyer: with.buyer,
            void: None,
            link: with.link,
        })
    }
}

impl Invoice {
    #[must_use]
    pub fn total(&self) -> Money {
        Money::new(self.totals.total, self.content.currency).unwrap_or(Money::zero(self.content.currency))
    }

    /// The parts that it is to be paid in; its plan was checked when it was issued.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let whole = Part { amount: self.totals.total, due: self.due_date };
        self.content.plan.parts(self.total(), self.issue_date, self.due_date).unwrap_or_else(|_| vec![whole])
    }

    /// What is asked for on `today`, in the business's time zone.
    #[must_use]
    pub fn asked(&self, standing: &Standing, today: Date) -> Asked {
        plan::asked(&self.parts(), standing.due(), today)
    }

    /// What a payer may pay who wants this much, in minor units; `None` if it is not on offer.
    #[must_use]
    pub fn offers(&self, wanted: Wanted, standing: &Standing, today: Date) -> Option<i64> {
        let amount = match wanted {
            Wanted::Now => self.asked(standing, today).now,
            Wanted::All => standing.due(),
            Wanted::Part(amount) => {
                let least = self.content.plan.least(standing.due())?;
                Some(amount).filter(|amount| (least..=standing.due()).contains(amount))?
            }
        };
        (amount > 0).then_some(amount)
    }

    /// The day on which the earliest unpaid part is due; the due date if nothing is due.
    #[must_use]
    pub fn next_due(&self, standing: &Standing) -> Date {
        match standing.due() {
            due if due > 0 => plan::asked(&self.parts(), due, Date::MIN).by.unwrap_or(self.due_date),
            _ => self.due_date,
        }
    }
}

impl Document {
    #[must_use]
    pub fn id(&self) -> InvoiceId {
        match self {
            Self::Draft(draft) => draft.id,
            Self::Issued(invoice) => invoice.id,
        }
    }

    #[must_use]
    pub fn content(&self) -> &Content {
        match self {
            Self::Draft(draft) => &draft.content,
            Self::Issued(invoice) => &invoice.content,
        }
    }

    #[must_use]
    pub fn totals(&self) -> &Totals {
        match self {
            Self::Draft(draft) => &draft.totals,
            Self::Issued(invoice) => &invoice.totals,
        }
    }

    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        match self {
            Self::Draft(draft) => draft.created_at,
            Self::Issued(invoice) => invoice.created_at,
        }
    }

    #[must_use]
    pub fn issued(&self) -> Option<&Invoice> {
        match self {
            Self::Draft(_) => None,
            Self::Issued(invoice) => Some(invoice),
        }
    }

    /// What is asked for on `today`; of a draft, what would be asked for if it were issued then.
    #[must_use]
    pub fn asked(&self, standing: &Standing, today: Date) -> Asked {
        match self {
            Self::Draft(draft) => draft.asked(today),
            Self::Issued(invoice) => invoice.asked(standing, today),
        }
    }

    /// The day that decides whether it is overdue: of the earliest unpaid part, in a draft the date that it would have if
    /// it were issued `today`.
    #[must_use]
    pub fn next_due(&self, standing: &Standing, today: Date) -> Option<Date> {
        match self {
            Self::Draft(draft) => draft.content.due_date(today).ok(),
            Self::Issued(invoice) => Some(invoice.next_due(standing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_link_has_one_length_and_does_not_show_itself() {
        let link = PublicLink::from_entropy(u128::MAX);
        assert_eq!(link.token().len(), PublicLink::CHARACTERS);
        assert_ne!(link, PublicLink::from_entropy(u128::MAX - 1));
        assert!(!format!("{link:?}").contains(link.token()));
        assert_eq!(PublicLink::from_entropy(0).token().len(), PublicLink::CHARACTERS);
    }
}

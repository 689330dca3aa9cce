//! What the owner, a payer, Stripe or time can do: one verb a file, each a function over one write transaction.
//!
//! An action checks, changes and writes the log; it either does all of it or refuses with a sentence. It never speaks
//! to the network: whoever calls it has asked Stripe before, or asks afterwards.

pub mod alerts;
pub mod apply_credit;
pub mod book_receipt;
pub mod case_words;
pub mod charge_fee;
pub mod checkout;
pub mod credit;
pub mod customers;
pub mod disputes;
pub mod drafts;
pub mod file_evidence;
mod held_money;
pub mod issue;
pub mod link;
pub mod lost_credit;
pub mod mailings;
mod number;
pub mod owners;
mod pay_from_held;
pub mod people;
pub mod record_payment;
pub mod refund;
pub mod resolve_review;
pub mod reviews;
pub mod second_step;
pub mod sensitive;
pub mod settings;
pub mod take_back;
pub mod tokens;
pub mod undo_review;
pub mod void;
pub mod write_off;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::billing::field::FieldError;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Document, Invoice};
use crate::billing::log::Channel;
use crate::billing::settings::Settings;
use crate::store::{self, Reader};

/// Why an action was not done. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{}", sentences(.0))]
    Invalid(Vec<FieldError>),
    /// The present state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// It may be possible later.
    #[error("{0}")]
    Unavailable(String),
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn sentences(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{}: {}", error.field, error.detail)).collect::<Vec<_>>().join("; ")
}

impl From<crate::billing::ledger::Unbalanced> for Refusal {
    fn from(error: crate::billing::ledger::Unbalanced) -> Self {
        Self::Store(error.into())
    }
}

impl Refusal {
    /// A refusal about one field.
    pub fn field(name: &str, detail: impl std::fmt::Display) -> Self {
        Self::Invalid(vec![FieldError::new(name, detail)])
    }

    pub fn conflict(words: impl Into<String>) -> Self {
        Self::Conflict(words.into())
    }
}

/// Who does it, for the log and the reviews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub channel: Channel,
    /// The owner's address, the token's name, or the name of the job.
    pub name: String,
}

impl Actor {
    pub fn owner(email: &str) -> Self {
        Self { channel: Channel::Owner, name: email.to_owned() }
    }

    pub fn api(token_name: &str) -> Self {
        Self { channel: Channel::Api, name: token_name.to_owned() }
    }

    pub fn schedule(job: &str) -> Self {
        Self { channel: Channel::Schedule, name: job.to_owned() }
    }
}

/// The business's day at a moment.
#[must_use]
pub fn day(settings: &Settings, at: Timestamp) -> Date {
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).date()
}

/// When a day begins for the business.
#[must_use]
pub fn start_of_day(settings: &Settings, date: Date) -> Timestamp {
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    date.to_zoned(zone).map_or(Timestamp::MIN, |start| start.timestamp())
}

/// The issued invoice, or the refusal that says what it is instead.
///
/// # Errors
/// There is none, or it is a draft.
pub fn issued(reader: &Reader<'_>, id: InvoiceId) -> Result<Invoice, Refusal> {
    match reader.document(id)? {
        Some(Document::Issued(invoice)) => Ok(*invoice),
        Some(Document::Draft(_)) => Err(Refusal::conflict("The invoice is still a draft; issue it first.")),
        None => Err(Refusal::NotFound("invoice")),
    }
}

//! What we say: one file per kind of letter, its shape in `templates/mail/KIND.txt` and `.html`. What customers read is said
//! in their language (`words`); letters to the owner are in English.
//!
//! The rule it keeps: a letter is given finished words (amounts, dates and links already written out) and renders to
//! one [`Content`]. What a link in it shows is decided by the
//! page behind it, never by the letter: a letter may be read a year later, by somebody else.

mod credit_note;
mod credit_received;
mod instruction_received;
mod invoice;
mod owner_alert;
mod owner_digest;
mod owner_dispute;
mod owner_payment;
mod payer_copy;
mod payment_failed_delayed;
mod receipt;
mod refund_issued;
mod reminder;
mod test;

pub use credit_note::CreditNote;
pub use credit_received::{Because, CreditReceived};
pub use instruction_received::InstructionReceived;
pub use invoice::{Invoice, Part};
pub use owner_alert::OwnerAlert;
pub use owner_digest::{ITEMS_MAX, OwnerDigest};
pub use owner_dispute::{OwnerDispute, Turn as DisputeTurn};
pub use owner_payment::OwnerPayment;
pub use payer_copy::PayerCopy;
pub use payment_failed_delayed::PaymentFailedDelayed;
pub use receipt::Receipt;
pub use refund_issued::{Arrives, RefundIssued, RefundedNote};
pub use reminder::{Reminder, Timing};
pub use test::Test;

use crate::words::Words;

/// Mail programs show sixty or so; beyond this nothing useful follows.
const SUBJECT_CHARS_MAX: usize = 150;

/// A letter, rendered. Not `Debug`: it holds links that open an invoice.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Whether a machine decided to send it (RFC 3834), as opposed to a person who pressed "send".
    pub automatic: bool,
}

/// Who writes to a customer, at the head and the foot of the letter.
#[derive(Clone)]
pub struct Letterhead {
    /// What the customer is addressed in.
    pub t: Words,
    /// The business's name.
    pub name: String,
    /// Address, phone, website: a line each, as far as they are known.
    pub details: Vec<String>,
}

/// A payment as its payer knows it, for every letter about one.
#[derive(Clone)]
pub struct Received {
    /// Whom the invoice is for.
    pub customer: String,
    /// The invoice's.
    pub number: String,
    pub amount: String,
    /// What of it was for the invoice and what the fee, if it bore one.
    pub fee: Option<FeeShare>,
    pub received_on: String,
    /// What was paid with: "Visa ending 4242".
    pub method: String,
}

/// A fee that was paid together with an invoice.
#[derive(Clone)]
pub struct FeeShare {
    pub principal: String,
    pub fee: String,
    /// The number of the fee's own document.
    pub number: String,
}

/// Why a letter could not be rendered. It is a fault of the program, never of the data.
#[derive(Debug, thiserror::Error)]
#[error("the mail could not be written ({0}); please report this")]
pub struct LetterError(#[from] askama::Error);

/// A subject: names in it come from people, who paste line breaks and write long.
fn subject(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let single = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if single.chars().count() <= SUBJECT_CHARS_MAX {
        return single;
    }
    let kept: String = single.chars().take(SUBJECT_CHARS_MAX - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod golden;

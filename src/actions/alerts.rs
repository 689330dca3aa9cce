//! The owner is mailed about trouble: cards that are declined, mails that do not arrive, a broken way to Stripe.
//!
//! The rule it keeps: trouble comes in swarms, mails about it do not. Each sort has its digest, known by a key, so that
//! the same trouble is told once an hour or once a day however often it is met; and each can be switched off. What needs
//! a decision is a review and is mailed with it.

use jiff::{SignedDuration, Timestamp};

use super::{mailings, reviews};
use crate::billing::id::InvoiceId;
use crate::billing::letter::{Letter, Matter};
use crate::store::{Error, Writer};

const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 24 * SECONDS_PER_HOUR;

/// When the owner is told of a decline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    AtOnce,
    /// With the others of its hour, when that is over.
    WhenTheHourIsOver,
}

/// One mail an hour about an invoice's declines.
///
/// # Errors
/// The store failed.
pub fn declined(w: &mut Writer<'_>, invoice: InvoiceId, urgency: Urgency) -> Result<(), Error> {
    if !w.settings()?.notify_declines {
        return Ok(());
    }
    let now = w.now();
    let (hour, at_once) = (now.as_second().div_euclid(SECONDS_PER_HOUR), urgency == Urgency::AtOnce);
    let not_before = if at_once { now } else { beginning_of(hour + 1) };
    let matter = Matter::OwnerDeclines { invoice, hour };
    match w.letter_about(&matter)? {
        Some(letter) if at_once && letter.is_waiting() => w.put_letter(&Letter { not_before, ..letter }),
        Some(_) => Ok(()),
        None => tell(w, matter, not_before),
    }
}

/// The first mail that fails is told at once; those that fail after that was told, when the hour is over. A notice to
/// the owner that fails is told by no other notice.
///
/// # Errors
/// The store failed.
pub fn mail_failed(w: &mut Writer<'_>, letter: &Letter) -> Result<(), Error> {
    if letter.subject_matter.is_for_owner() || !w.settings()?.notify_mails {
        return Ok(());
    }
    let now = w.now();
    let hour = now.as_second().div_euclid(SECONDS_PER_HOUR);
    match w.letter_about(&Matter::OwnerFailedMails { hour })? {
        None => tell(w, Matter::OwnerFailedMails { hour }, now),
        Some(told) if told.is_waiting() => Ok(()),
        Some(_) => tell(w, Matter::OwnerFailedMails { hour: hour + 1 }, beginning_of(hour + 1)),
    }
}

/// Something that only the owner can mend, by its name: told once a day, after `patience`, in which it may mend itself.
///
/// # Errors
/// The store failed.
pub fn trouble(w: &mut Writer<'_>, name: &str, patience: SignedDuration) -> Result<(), Error> {
    let now = w.now();
    let matter = Matter::OwnerTrouble { trouble: name.to_owned(), day: now.as_second().div_euclid(SECONDS_PER_DAY) };
    tell(w, matter, now.saturating_add(patience).unwrap_or(now))
}

fn tell(w: &mut Writer<'_>, matter: Matter, not_before: Timestamp) -> Result<(), Error> {
    let to = reviews::owners(w)?;
    mailings::queue(w, matter, to, Vec::new(), not_before).map(drop)
}

fn beginning_of(hour: i64) -> Timestamp {
    Timestamp::from_second(hour.saturating_mul(SECONDS_PER_HOUR)).unwrap_or(Timestamp::MAX)
}

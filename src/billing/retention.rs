//! How long is kept what is no record of the books: whom mails went to, and the very words of Stripe's messages.
//!
//! Invoices, payments, the ledger, the log of each invoice and the journal are not of this: they are never removed.

use serde::{Deserialize, Serialize};

use super::field::FieldError;

/// Ten years: nobody needs to look up an address for longer than books are kept.
pub const MAIL_MONTHS_MAX: u16 = 120;
/// Ten years, too. An end there is in any case: a busy account's messages come to gigabytes.
pub const EVENT_DAYS_MAX: u16 = 3_650;

const MAIL_MONTHS: u16 = 24;
const EVENT_DAYS: u16 = 90;

/// How long the owner wants it kept. A missing one has its default, so that an older record can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Months from a mail's end (sent, or taken back) until it is forgotten whom it was for and what the mail server said;
    /// `None` for never.
    pub mail_months: Option<u16>,
    /// Days from the arrival of a message of Stripe's until its words are forgotten. One that waits to be worked off, or for
    /// a person, is kept until that is done.
    pub event_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self { mail_months: Some(MAIL_MONTHS), event_days: EVENT_DAYS }
    }
}

impl Retention {
    /// What is wrong with it, the fields under `at`.
    #[must_use]
    pub fn validate(self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.mail_months.is_some_and(|months| !(1..=MAIL_MONTHS_MAX).contains(&months)) {
            let words = format!("Write 1 to {MAIL_MONTHS_MAX} months, or leave it empty to keep them for ever.");
            errors.push(FieldError::new(format!("{at}.mail_months"), words));
        }
        if !(1..=EVENT_DAYS_MAX).contains(&self.event_days) {
            let words = format!("Write 1 to {EVENT_DAYS_MAX} days.");
            errors.push(FieldError::new(format!("{at}.event_days"), words));
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::Retention;

    #[test]
    fn each_has_an_end_that_makes_sense() {
        for (mail_months, event_days, wrong) in [
            (Some(24), 90, vec![]),
            (None, 1, vec![]),
            (Some(120), 3_650, vec![]),
            (Some(0), 0, vec!["retention.mail_months", "retention.event_days"]),
            (Some(121), 3_651, vec!["retention.mail_months", "retention.event_days"]),
        ] {
            let errors = Retention { mail_months, event_days }.validate("retention");
            assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), wrong);
        }
    }
}

//! A mail that is owed to somebody: which, to whom, and how far it got. Its words are made when it is sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::email;
use super::id::{AttemptId, CreditNoteId, DisputeId, InvoiceId, MailId, PaymentId, RefundId, ReviewId};
use super::sensitive::Sensitive;

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    pub id: MailId,
    pub subject_matter: Matter,
    pub to: Vec<String>,
    #[serde(default)]
    pub cc: Vec<String>,
    /// Whom the mail server has taken it for, as long as others wait for it: they are not to get it twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<String>,
    pub queued_at: Timestamp,
    /// Not before this moment: an undo, or the next try.
    pub not_before: Timestamp,
    pub state: Delivery,
    #[serde(default)]
    pub attempts: u32,
    /// What the mail server said last, or why nothing could be sent.
    #[serde(default)]
    pub last_words: Option<String>,
    /// The subject line as it was last made, for lists.
    #[serde(default)]
    pub subject: String,
}

/// What a mail is about. One mail is owed for each matter, however often it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Matter {
    /// The invoice itself; `ordinal` counts the sendings.
    Invoice {
        invoice: InvoiceId,
        ordinal: u32,
    },
    Reminder {
        invoice: InvoiceId,
        ordinal: u32,
    },
    Receipt {
        payment: PaymentId,
    },
    /// Money came that the invoice did not need.
    CreditReceived {
        payment: PaymentId,
    },
    /// A copy of the receipt for a payer who gave another address.
    PayerCopy {
        payment: PaymentId,
    },
    /// Money goes back to the customer.
    RefundIssued {
        refund: RefundId,
    },
    /// The credit note itself; `ordinal` counts the sendings.
    CreditNote {
        note: CreditNoteId,
        ordinal: u32,
    },
    InstructionReceived {
        attempt: AttemptId,
    },
    DelayedPaymentFailed {
        attempt: AttemptId,
    },
    OwnerPayment {
        payment: PaymentId,
    },
    /// A refund was made at Stripe that nobody asked for here.
    OwnerRefund {
        refund: RefundId,
    },
    OwnerAlert {
        review: ReviewId,
    },
    OwnerDeclines {
        invoice: InvoiceId,
        hour: i64,
    },
    /// Mails that could not be delivered, at most one digest an hour.
    OwnerFailedMails {
        hour: i64,
    },
    /// Something between Stripe and us that the owner must mend, at most once a day each.
    OwnerTrouble {
        trouble: String,
        day: i64,
    },
    /// Something that money or access depends on was changed, by whom and with what.
    OwnerChange {
        change: Sensitive,
        by: String,
        at: Timestamp,
    },
    OwnerDispute {
        dispute: DisputeId,
        about: Turn,
        /// Which turn of the dispute it is, since a bank may decide twice in the same way; 1 for a reminder.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        nth: u32,
    },
}

/// Mails of earlier versions do not say which turn they are about.
fn first() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_first(nth: &u32) -> bool {
    *nth == first()
}

/// What of a dispute the owner is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// A bank asks; no money has moved.
    Asked,
    /// A bank wants the money back, at once or after it asked.
    Opened,
    /// So many days are left to answer. An inquiry that becomes a dispute has a deadline of its own.
    DaysLeft {
        days: u8,
        deadline: Timestamp,
    },
    Won,
    Lost,
    /// Over, and no money moved.
    Closed,
}

impl std::fmt::Display for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Asked => f.write_str("asked"),
            Self::Opened => f.write_str("opened"),
            Self::DaysLeft { days, deadline } => write!(f, "days_left_{days}:{deadline}"),
            Self::Won => f.write_str("won"),
            Self::Lost => f.write_str("lost"),
            Self::Closed => f.write_str("closed"),
        }
    }
}

/// How far a mail got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Delivery {
    Queued,
    /// The mail server accepted it.
    Sent {
        at: Timestamp,
    },
    /// Refused for good, or given up after three days.
    Failed {
        at: Timestamp,
    },
    /// Taken back before it left.
    Withdrawn {
        at: Timestamp,
    },
}

impl Matter {
    /// CONTRACT: a mail's `kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Invoice { .. } => "invoice",
            Self::Reminder { .. } => "reminder",
            Self::Receipt { .. } => "receipt",
            Self::CreditReceived { .. } => "credit_received",
            Self::PayerCopy { .. } => "payer_copy",
            Self::RefundIssued { .. } => "refund_issued",
            Self::CreditNote { .. } => "credit_note",
            Self::InstructionReceived { .. } => "instruction_received",
            Self::DelayedPaymentFailed { .. } => "payment_failed",
            Self::OwnerPayment { .. } => "owner_payment",
            Self::OwnerRefund { .. } => "owner_refund",
            Self::OwnerAlert { .. } => "owner_alert",
            Self::OwnerDeclines { .. } => "owner_declines",
            Self::OwnerDispute { .. } => "owner_dispute",
            Self::OwnerFailedMails { .. } => "owner_failed_mails",
            Self::OwnerTrouble { .. } => "owner_trouble",
            Self::OwnerChange { .. } => "owner_change",
        }
    }

    /// Whether it goes to the owner and not to a customer.
    #[must_use]
    pub fn is_for_owner(&self) -> bool {
        match self {
            Self::OwnerPayment { .. }
            | Self::OwnerRefund { .. }
            | Self::OwnerAlert { .. }
            | Self::OwnerDeclines { .. }
            | Self::OwnerDispute { .. }
            | Self::OwnerFailedMails { .. }
            | Self::OwnerTrouble { .. }
            | Self::OwnerChange { .. } => true,
            Self::Invoice { .. }
            | Self::Reminder { .. }
            | Self::Receipt { .. }
            | Self::CreditReceived { .. }
            | Self::PayerCopy { .. }
            | Self::RefundIssued { .. }
            | Self::CreditNote { .. }
            | Self::InstructionReceived { .. }
            | Self::DelayedPaymentFailed { .. } => false,
        }
    }

    /// Whether nobody who is signed in may keep it from the owners: they would hide what they did.
    #[must_use]
    pub fn is_for_all_owners(&self) -> bool {
        matches!(self, Self::OwnerChange { .. })
    }

    /// The key under which no second mail is owed.
    #[must_use]
    pub fn key(&self) -> String {
        let kind = self.kind();
        match self {
            Self::Invoice { invoice, ordinal } | Self::Reminder { invoice, ordinal } => {
                format!("{kind}:{invoice}:{ordinal}")
            }
            Self::Receipt { payment }
            | Self::CreditReceived { payment }
            | Self::PayerCopy { payment }
            | Self::OwnerPayment { payment } => format!("{kind}:{payment}"),
            Self::CreditNote { note, ordinal } => format!("{kind}:{note}:{ordinal}"),
            Self::InstructionReceived { attempt } | Self::DelayedPaymentFailed { attempt } => {
                format!("{kind}:{attempt}")
            }
            Self::RefundIssued { refund } | Self::OwnerRefund { refund } => format!("{kind}:{refund}"),
            Self::OwnerAlert { review } => format!("{kind}:{review}"),
            Self::OwnerDeclines { invoice, hour } => format!("{kind}:{invoice}:{hour}"),
            Self::OwnerDispute { dispute, about, nth } if is_first(nth) => format!("{kind}:{dispute}:{about}"),
            Self::OwnerDispute { dispute, about, nth } => format!("{kind}:{dispute}:{about}#{nth}"),
            Self::OwnerFailedMails { hour } => format!("{kind}:{hour}"),
            Self::OwnerTrouble { trouble, day } => format!("{kind}:{trouble}:{day}"),
            Self::OwnerChange { change, at, .. } => format!("{kind}:{}:{at}", change.key()),
        }
    }
}

impl Letter {
    /// Whether it has not left yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.state == Delivery::Queued
    }

    /// When it came to an end that nobody has to look after: sent, or taken back.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self.state {
            Delivery::Sent { at } | Delivery::Withdrawn { at } => Some(at),
            Delivery::Queued | Delivery::Failed { .. } => None,
        }
    }

    /// The same mail, of which is known what it was about and when it ended, but not whom it was for any more.
    #[must_use]
    pub fn without_addresses(self) -> Self {
        Self { to: Vec::new(), cc: Vec::new(), taken: Vec::new(), last_words: None, ..self }
    }

    /// Whether it is not known any more whom it was for.
    #[must_use]
    pub fn is_without_addresses(&self) -> bool {
        self.to.is_empty()
    }

    /// Everybody it is still to go to.
    #[must_use]
    pub fn owed(&self) -> Vec<&str> {
        self.to.iter().chain(&self.cc).map(String::as_str).filter(|address| !self.has_reached(address)).collect()
    }

    /// Whether the addressee has yet to get it: a copy that is tried again keeps nobody from sending it once more.
    #[must_use]
    pub fn waits_for_addressee(&self) -> bool {
        self.is_waiting() && self.to.iter().any(|address| !self.has_reached(address))
    }

    /// Whether the mail server has taken it for that one.
    #[must_use]
    pub fn has_reached(&self, address: &str) -> bool {
        self.taken.iter().any(|taken| email::is_same(taken, address))
    }

    /// Puts another address in the place of one that does not work: of the addressee's, or of a copy's where the addressee
    /// has it already.
    pub fn readdress(&mut self, address: String) {
        let reached: Vec<String> = self.to.iter().filter(|to| self.has_reached(to)).cloned().collect();
        if reached.is_empty() {
            self.to = vec![address];
            return;
        }
        let mut cc: Vec<String> = self.cc.iter().filter(|cc| self.has_reached(cc)).cloned().collect();
        cc.push(address);
        (self.to, self.cc) = (reached, cc);
    }

    /// CONTRACT: a mail's `state`.
    #[must_use]
    pub fn state_name(&self) -> &'static str {
        match self.state {
            Delivery::Queued => "queued",
            Delivery::Sent { .. } => "sent",
            Delivery::Failed { .. } | Delivery::Withdrawn { .. } => "failed",
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{
        AttemptId, CreditNoteId, DisputeId, InvoiceId, Matter, PaymentId, RefundId, ReviewId, Sensitive, Timestamp,
        Turn,
    };

    #[test]
    fn what_is_for_the_owner_is_named_so_and_every_matter_has_a_key_of_its_own() {
        let (invoice, payment) = (InvoiceId::from_parts(1, 1), PaymentId::from_parts(1, 2));
        let (refund, note) = (RefundId::from_parts(1, 3), CreditNoteId::from_parts(1, 4));
        let (attempt, review) = (AttemptId::from_parts(1, 5), ReviewId::from_parts(1, 6));
        let dispute = DisputeId::from_parts(1, 7);
        let turn = |about, nth| Matter::OwnerDispute { dispute, about, nth };
        let all = [
            Matter::Invoice { invoice, ordinal: 1 },
            Matter::Reminder { invoice, ordinal: 1 },
            Matter::Receipt { payment },
            Matter::CreditReceived { payment },
            Matter::PayerCopy { payment },
            Matter::RefundIssued { refund },
            Matter::CreditNote { note, ordinal: 1 },
            Matter::InstructionReceived { attempt },
            Matter::DelayedPaymentFailed { attempt },
            Matter::OwnerPayment { payment },
            Matter::OwnerRefund { refund },
            Matter::OwnerAlert { review },
            Matter::OwnerDeclines { invoice, hour: 1 },
            Matter::OwnerFailedMails { hour: 1 },
            Matter::OwnerTrouble { trouble: "x".into(), day: 1 },
            Matter::OwnerChange { change: Sensitive::BankDetails, by: "x".into(), at: Timestamp::UNIX_EPOCH },
            Matter::OwnerChange {
                change: Sensitive::TokenMade { name: "y".into() },
                by: "x".into(),
                at: Timestamp::UNIX_EPOCH,
            },
            turn(Turn::Lost, 1),
            turn(Turn::Won, 2),
            turn(Turn::Lost, 3),
            turn(Turn::DaysLeft { days: 7, deadline: Timestamp::UNIX_EPOCH }, 1),
        ];
        let mut keys: Vec<String> = all.iter().map(Matter::key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all.len());
        for matter in all {
            assert_eq!(matter.is_for_owner(), matter.kind().starts_with("owner_"), "{matter:?}");
            let stored = serde_json::to_string(&matter).unwrap();
            assert_eq!(serde_json::from_str::<Matter>(&stored).unwrap(), matter, "{stored}");
        }
    }

    #[test]
    fn a_mail_about_a_dispute_that_an_earlier_version_owed_is_about_its_first_turn() {
        let dispute = DisputeId::from_parts(1, 7);
        let stored = format!(r#"{{"kind":"owner_dispute","dispute":"{dispute}","about":"lost"}}"#);
        let read: Matter = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, Matter::OwnerDispute { dispute, about: Turn::Lost, nth: 1 });
        assert_eq!(
            (read.key(), serde_json::to_string(&read).unwrap()),
            (format!("owner_dispute:{dispute}:lost"), stored)
        );
    }
}

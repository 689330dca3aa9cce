//! The classes of difference between Stripe and the books, and what is done about each: the whole policy of a pass in
//! one table.

use crate::billing::review::Reason;

/// What a comparison of one thing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// M0
    Agrees,
    /// M1
    MissedPayment,
    /// M2
    UnknownCharge,
    /// M3
    MissingAtStripe,
    /// M4
    AmountDiffers,
    /// M5
    MissedRefund,
    /// M6
    RefundMoved,
    /// M7
    RefundUnsure,
    /// M8
    DisputeMoved,
    /// M9
    StaleAttempt,
    /// M10
    MissedMovement,
    /// M11
    MovementDiffers,
    /// M12
    UnknownCategory,
    /// M13
    Foreign,
    /// M14
    RefundSums,
    /// M15
    PaidTwice,
}

/// What is done about a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    Nothing,
    /// The books are brought to what Stripe says, by the way that a webhook would have taken, and it is reported.
    Repair,
    /// Brought into the books in the ordinary course: it was only not due before.
    Book,
    /// Nothing is changed; a person decides.
    Ask(Reason),
    /// Counted and left alone.
    Count,
}

impl Class {
    pub const ALL: [Self; 16] = [
        Self::Agrees,
        Self::MissedPayment,
        Self::UnknownCharge,
        Self::MissingAtStripe,
        Self::AmountDiffers,
        Self::MissedRefund,
        Self::RefundMoved,
        Self::RefundUnsure,
        Self::DisputeMoved,
        Self::StaleAttempt,
        Self::MissedMovement,
        Self::MovementDiffers,
        Self::UnknownCategory,
        Self::Foreign,
        Self::RefundSums,
        Self::PaidTwice,
    ];

    /// Its short name, its name in reports, what is done about it, and what it is in words.
    #[rustfmt::skip]
    const fn row(self) -> (&'static str, &'static str, Cure, &'static str) {
        use Cure::{Ask, Book, Count, Nothing, Repair};
        match self {
            Self::Agrees => ("M0", "agrees", Nothing, "Both sides agree"),
            Self::MissedPayment => ("M1", "missed_payment", Repair, "A paid checkout that was not in the books"),
            Self::UnknownCharge => ("M2", "unknown_payment", Ask(Reason::UnknownPayment), "A charge of ours that cannot be booked"),
            Self::MissingAtStripe => ("M3", "missing_at_stripe", Ask(Reason::MissingAtStripe), "A payment that Stripe does not know"),
            Self::AmountDiffers => ("M4", "amount_mismatch", Ask(Reason::AmountMismatch), "Another amount or currency than in the books"),
            Self::MissedRefund => ("M5", "missed_refund", Repair, "A refund that was not in the books"),
            Self::RefundMoved => ("M6", "stale_refund", Repair, "A refund in another state than in the books"),
            Self::RefundUnsure => ("M7", "refund_unsure", Count, "A refund that Stripe has not confirmed yet"),
            Self::DisputeMoved => ("M8", "stale_dispute", Repair, "A dispute that was not in the books as it is"),
            Self::StaleAttempt => ("M9", "stale_attempt", Repair, "A checkout in another state than in the books"),
            Self::MissedMovement => ("M10", "movement", Book, "A fee or movement that Stripe has booked since"),
            Self::MovementDiffers => ("M11", "movement_mismatch", Ask(Reason::AmountMismatch), "A movement with other figures than were booked"),
            Self::UnknownCategory => ("M12", "unknown_category", Ask(Reason::UnknownPayment), "A movement of a sort that is not known"),
            Self::Foreign => ("M13", "foreign", Count, "Another program's on the same Stripe account"),
            Self::RefundSums => ("M14", "refund_sum_mismatch", Ask(Reason::UnknownRefund), "Refunds that do not add up to the charge's"),
            Self::PaidTwice => ("M15", "duplicate_payment", Ask(Reason::DuplicatePayment), "Two payments for one invoice"),
        }
    }

    /// `M4`
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// The `kind` of a finding in a report.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        self.row().1
    }

    #[must_use]
    pub const fn cure(self) -> Cure {
        self.row().2
    }

    /// For a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        self.row().3
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Class, Cure};

    #[test]
    fn every_class_has_a_place_a_name_and_words_of_its_own() {
        for (place, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class.code(), format!("M{place}"));
        }
        let names: BTreeSet<_> = Class::ALL.map(Class::kind).into();
        let words: BTreeSet<_> = Class::ALL.map(Class::words).into();
        assert_eq!((names.len(), words.len()), (16, 16));
    }

    #[test]
    fn what_a_person_is_asked_is_named_as_the_reason_or_says_more() {
        for class in Class::ALL {
            if let Cure::Ask(reason) = class.cure() {
                let says_more = matches!(class, Class::MovementDiffers | Class::UnknownCategory | Class::RefundSums);
                assert!(says_more || class.kind() == reason.name(), "{class:?}");
            }
        }
    }
}

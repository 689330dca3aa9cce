//! The sorts of fact that an entry may book: the first word of its source.
//!
//! A word is part of stored keys, so it never changes its name or its meaning; whoever needs one names it here.

/// A sort of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    Issue,
    Void,
    /// Money that arrived.
    Payment,
    /// A recorded payment that never was.
    Reverse,
    /// Credit of a payment that is applied to an invoice, or taken off it again.
    Apply,
    /// Credit of a credit note that is applied to an invoice.
    ApplyNote,
    Refund,
    RefundFailed,
    CreditNote,
    /// A fee that was paid on top of an invoice.
    Fee,
    /// What was refunded of one.
    FeeCorrection,
    /// Credit that is owed no longer because a bank took the money of it back, or owed again.
    LostCredit,
    /// Credit of a note that is owed no longer because the money behind it was refunded, or owed again.
    RefundedCredit,
    WriteOff,
    Reopen,
    Difference,
    DifferenceAsked,
    DisputeLost,
    DisputeRegained,
    /// A movement of the Stripe balance, as it was first taken for.
    Movement,
    /// The same, as it was found to be.
    MovementFound,
    Opening,
    Payout,
    PayoutArrived,
    PayoutFailed,
    PayoutReturned,
}

impl Fact {
    const ALL: [Self; 26] = [
        Self::Issue,
        Self::Void,
        Self::Payment,
        Self::Reverse,
        Self::Apply,
        Self::ApplyNote,
        Self::Refund,
        Self::RefundFailed,
        Self::CreditNote,
        Self::Fee,
        Self::FeeCorrection,
        Self::LostCredit,
        Self::RefundedCredit,
        Self::WriteOff,
        Self::Reopen,
        Self::Difference,
        Self::DifferenceAsked,
        Self::DisputeLost,
        Self::DisputeRegained,
        Self::Movement,
        Self::MovementFound,
        Self::Opening,
        Self::Payout,
        Self::PayoutArrived,
        Self::PayoutFailed,
        Self::PayoutReturned,
    ];

    /// The word in the source.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Void => "void",
            Self::Payment => "payment",
            Self::Reverse => "reverse",
            Self::Apply => "apply",
            Self::ApplyNote => "apply_note",
            Self::Refund => "refund",
            Self::RefundFailed => "refund_failed",
            Self::CreditNote => "credit_note",
            Self::Fee => "fee",
            Self::FeeCorrection => "fee_correction",
            Self::LostCredit => "lost_credit",
            Self::RefundedCredit => "refunded_credit",
            Self::WriteOff => "write_off",
            Self::Reopen => "reopen",
            Self::Difference => "difference",
            Self::DifferenceAsked => "difference_asked",
            Self::DisputeLost => "dispute_lost",
            Self::DisputeRegained => "dispute_regained",
            Self::Movement => "txn",
            Self::MovementFound => "txn_found",
            Self::Opening => "opening",
            Self::Payout => "payout",
            Self::PayoutArrived => "payout_arrived",
            Self::PayoutFailed => "payout_failed",
            Self::PayoutReturned => "payout_returned",
        }
    }

    /// The sort that a word names; `None` for a word that is not known.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.word() == word)
    }

    /// Whether it is money that was received, or owed back, and applied to an invoice, or the reversal of that.
    #[must_use]
    pub fn pays(self) -> bool {
        match self {
            Self::Payment | Self::Apply | Self::ApplyNote | Self::Reverse => true,
            Self::Issue
            | Self::Void
            | Self::Refund
            | Self::RefundFailed
            | Self::CreditNote
            | Self::Fee
            | Self::FeeCorrection
            | Self::LostCredit
            | Self::RefundedCredit
            | Self::WriteOff
            | Self::Reopen
            | Self::Difference
            | Self::DifferenceAsked
            | Self::DisputeLost
            | Self::DisputeRegained
            | Self::Movement
            | Self::MovementFound
            | Self::Opening
            | Self::Payout
            | Self::PayoutArrived
            | Self::PayoutFailed
            | Self::PayoutReturned => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fact;

    #[test]
    fn a_word_is_read_back_as_its_sort_and_none_is_used_twice() {
        for fact in Fact::ALL {
            assert_eq!(Fact::of(fact.word()), Some(fact));
        }
        assert_eq!(Fact::of("odd"), None);
        let paying: Vec<_> = Fact::ALL.into_iter().filter(|fact| fact.pays()).map(Fact::word).collect();
        assert_eq!(paying, ["payment", "reverse", "apply", "apply_note"], "as they are stored");
    }
}

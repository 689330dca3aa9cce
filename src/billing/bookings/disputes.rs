//! What a payer's bank takes back: held while it decides, a loss once it has decided against the business.
//!
//! What was withdrawn and given back are movements of the Stripe balance and booked as such; here is only what becomes
//! of the money that is held.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::credit::owed_no_longer;
use crate::billing::currency::Currency;
use crate::billing::dispute::Dispute;
use crate::billing::id::{DisputeId, PaymentId};
use crate::billing::ledger::{Account, Entry, Fact, Posting, Source, Unbalanced};
use crate::billing::payment::Payment;

/// Minor units by currency: Stripe holds money back in the currency that it pays out in.
pub type Sums = BTreeMap<Currency, i64>;

/// What the held money of a dispute becomes: `sums` is what is lost now, negative for what ceased to be a loss.
///
/// # Errors
/// Nothing changes, or a sum overflows.
pub fn loss(dispute: &Dispute, ordinal: u32, sums: &Sums, at: Timestamp) -> Result<Entry, Unbalanced> {
    let lines = sums.iter().flat_map(|(currency, amount)| {
        let line = |account, amount| Posting { account, amount, currency: *currency };
        [line(Account::DisputeLosses, *amount), line(Account::DisputesHeld, amount.saturating_neg())]
    });
    let [lost, regained] = loss_sources(dispute.id, ordinal);
    let source = if sums.values().any(|amount| *amount > 0) { lost } else { regained };
    Entry::new(source, dispute.book, at, lines.collect())
}

/// The sources of the entry that was the `ordinal`-th to move a dispute's money: lost, or regained after that.
#[must_use]
pub fn loss_sources(dispute: DisputeId, ordinal: u32) -> [Source; 2] {
    [Fact::DisputeLost, Fact::DisputeRegained].map(|fact| Source::new(fact, format_args!("{dispute}:{ordinal}")))
}

/// Credit that is owed no longer because a bank took the money of it back, or owed again; `parts` is by account, positive
/// for what is owed no longer. The loss is less by as much.
///
/// # Errors
/// Nothing is moved, or a sum overflows.
pub fn lost_credit(
    payment: &Payment,
    ordinal: u64,
    parts: &[(Account, i64)],
    at: Timestamp,
) -> Result<Entry, Unbalanced> {
    let source = Source::new(Fact::LostCredit, format_args!("{}:{ordinal}", payment.id));
    Entry::new(source, payment.book, at, owed_no_longer(parts, Account::DisputeLosses, payment.amount.currency()))
}

/// How the sources begin that move credit with the money of a payment.
#[must_use]
pub fn lost_credit_of(payment: PaymentId) -> String {
    Source::all_of(Fact::LostCredit, payment)
}

/// The sources under which a movement of the Stripe balance is booked: as it was first taken for, and as it was found to
/// be.
#[must_use]
pub fn movement_sources(movement: &str) -> [Source; 2] {
    [Fact::Movement, Fact::MovementFound].map(|fact| Source::new(fact, movement))
}

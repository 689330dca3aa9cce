//! The report of a reconciliation pass: what was compared, what was repaired, what still differs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::id::{InvoiceId, ReviewId, RunId};
use super::log::Channel;

/// One pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub started_at: Timestamp,
    /// `None` while it runs, and for ever if it was cut off.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
    /// Who asked for it.
    pub source: Channel,
    /// Whether sessions and charges of the window were compared with the books, not only attempts and events.
    #[serde(default)]
    pub full: bool,
    /// How many of each sort of thing were looked at.
    #[serde(default)]
    pub compared: BTreeMap<String, u64>,
    #[serde(default)]
    pub repaired: Vec<Finding>,
    #[serde(default)]
    pub differences: Vec<Finding>,
    /// What these two lists leave out: how many more there were.
    #[serde(default, skip_serializing_if = "LeftOut::is_nothing")]
    pub left_out: LeftOut,
    #[serde(default)]
    pub payouts: Vec<Payout>,
    /// How many things were found in each class of difference, such as `M13`.
    #[serde(default)]
    pub classes: BTreeMap<String, u64>,
    /// What Stripe holds, by the books and by Stripe.
    #[serde(default)]
    pub balances: Vec<Balance>,
    /// What could not be compared, each in a sentence: then it proves nothing that nothing differs.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// Reads that it took at Stripe.
    #[serde(default)]
    pub requests: u64,
    /// Why it could not be finished, if so.
    #[serde(default)]
    pub error: Option<String>,
}

/// Findings that one list holds: after a restore there may be thousands, and a report is read by a person and stored whole.
const FINDINGS_MAX: usize = 200;

/// How many findings a report does not list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    pub repaired: u64,
    pub differences: u64,
}

impl LeftOut {
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What Stripe holds in one currency, by the books and by Stripe. Minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    pub currency: Currency,
    /// Available and pending.
    pub stripe: i64,
    pub books: i64,
    /// Of what the books have, what Stripe has not put on its balance yet.
    pub waiting: i64,
    /// What Stripe has more than that.
    pub difference: i64,
}

impl Run {
    /// Whether it came to its end and saw everything that it asked for. Only then does it prove that what it does not name
    /// agrees.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.error.is_none() && self.unseen.is_empty()
    }

    /// How much was repaired.
    #[must_use]
    pub fn repairs(&self) -> u64 {
        total(&self.repaired, self.left_out.repaired)
    }

    /// How much differs.
    #[must_use]
    pub fn differs(&self) -> u64 {
        total(&self.differences, self.left_out.differences)
    }

    pub fn repair(&mut self, finding: Finding) {
        list(&mut self.repaired, &mut self.left_out.repaired, finding);
    }

    pub fn differ(&mut self, finding: Finding) {
        list(&mut self.differences, &mut self.left_out.differences, finding);
    }

    /// A pass that begins.
    #[must_use]
    pub fn begun(id: RunId, at: Timestamp, source: Channel, full: bool) -> Self {
        Self {
            id,
            started_at: at,
            finished_at: None,
            source,
            full,
            compared: BTreeMap::new(),
            repaired: Vec::new(),
            differences: Vec::new(),
            left_out: LeftOut::default(),
            payouts: Vec::new(),
            classes: BTreeMap::new(),
            balances: Vec::new(),
            unseen: Vec::new(),
            requests: 0,
            error: None,
        }
    }
}

fn list(list: &mut Vec<Finding>, left_out: &mut u64, finding: Finding) {
    if list.len() < FINDINGS_MAX {
        list.push(finding);
    } else {
        *left_out = left_out.saturating_add(1);
    }
}

fn total(list: &[Finding], left_out: u64) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX).saturating_add(left_out)
}

/// Something that Stripe and the books did not agree about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Such as `missed_payment`.
    pub kind: String,
    /// Stripe's or our id of the thing.
    pub object: String,
    #[serde(default)]
    pub invoice: Option<InvoiceId>,
    #[serde(default)]
    pub review: Option<ReviewId>,
    /// One plain sentence.
    pub detail: String,
}

/// A payout of Stripe to the bank (CONTRACT: `payouts` of a reconciliation).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub arrival_date: String,
    pub explained: i64,
    pub remainder: i64,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Channel, FINDINGS_MAX, Finding, LeftOut, Run, RunId, Timestamp};

    #[test]
    fn a_report_lists_so_many_findings_and_counts_the_rest() {
        let mut run = Run::begun(RunId::from_parts(1, 1), Timestamp::UNIX_EPOCH, Channel::Owner, true);
        let finding = |place: usize| Finding {
            kind: "missed_refund".into(),
            object: format!("re_{place}"),
            invoice: None,
            review: None,
            detail: String::new(),
        };
        assert!(!serde_json::to_string(&run).unwrap().contains("left_out"));
        for place in 0..FINDINGS_MAX + 3 {
            run.repair(finding(place));
        }
        run.differ(finding(0));
        assert_eq!((run.repaired.len(), run.repairs(), run.differs()), (FINDINGS_MAX, 203, 1));
        assert_eq!(run.repaired[FINDINGS_MAX - 1].object, "re_199", "the first ones, in their order");
        let stored: Run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
        assert_eq!((stored.left_out, &stored), (LeftOut { repaired: 3, differences: 0 }, &run));
    }
}

//! Disputes of the window against the books (class M8), and those that are open and older than it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::compare::Differences;
use super::{Pass, Stopped};
use crate::billing::id::DisputeId;
use crate::billing::log::Channel;
use crate::payments::client::{Created, Patience};
use crate::payments::disputes::{differs, sync_dispute, take};
use crate::payments::objects::Dispute;

impl Pass<'_> {
    /// Every dispute of the window must be in the books as it is.
    pub(super) async fn disputes(&mut self, from: Timestamp, found: &mut Differences) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).disputes(Created { from, before: None });
        while let Some(page) = pages.next_page().await? {
            self.compared("disputes", page.len());
            for seen in page {
                let known = self.till.store.read(|r| r.dispute_by_stripe(seen.name()))?;
                found.disputes_listed.extend(known.map(|dispute| dispute.id));
                if self.till.store.read(|r| differs(&r, &seen))? {
                    found.count(seen.intent_name(), seen.name());
                    found.disputes.push(seen);
                }
            }
            self.so_far(found)?;
        }
        self.saw("disputes", pages.is_complete());
        Ok(())
    }

    pub(super) async fn repair_dispute(&mut self, seen: Dispute) -> Result<(), Stopped> {
        take(self.till, seen, self.till.news(Channel::Reconciliation, None)).await?;
        Ok(())
    }

    /// Disputes that are open in the books and were not listed, as far as they may be of this account: a key that was
    /// rolled is another key of the same one.
    pub(super) async fn older_disputes(&mut self, listed: &BTreeSet<DisputeId>) -> Result<(), Stopped> {
        for dispute in self.till.store.read(|r| r.open_disputes())? {
            let name = dispute.stripe_dispute;
            let is_here = self.till.store.read(|r| self.side.is_opened_by(&r, &dispute.account))?;
            if listed.contains(&dispute.id) || dispute.book != self.till.book() || is_here == Some(false) {
                continue;
            }
            match sync_dispute(self.till, &name, Channel::Reconciliation, None).await {
                Ok(_) => self.compared("disputes", 1),
                Err(error) if error.is_not_found() && is_here.is_none() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

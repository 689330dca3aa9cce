//! Disputes of the window against the books (class M8), and those that are open and older than it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::class::Class;
use super::compare::Differences;
use super::{Pass, Stopped};
use crate::billing::id::InvoiceId;
use crate::billing::log::Channel;
use crate::payments::client::{Created, Patience};
use crate::payments::disputes::{bring, differs, sync_dispute};
use crate::payments::objects::Dispute;
use crate::payments::settle::Settled;

impl Pass<'_> {
    /// Every dispute of the window must be in the books as it is.
    pub(super) async fn disputes(&mut self, from: Timestamp, found: &mut Differences) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).disputes(Created { from, before: None });
        while let Some(page) = pages.next_page().await? {
            self.compared("disputes", page.len());
            for seen in page {
                found.disputes_listed.insert(seen.name().to_owned());
                if self.till.store.read(|r| differs(&r, &seen))? {
                    found.count(seen.intent_name(), seen.name());
                    found.disputes.push(seen);
                }
            }
        }
        Ok(())
    }

    pub(super) async fn repair_dispute(&mut self, seen: Dispute) -> Result<(), Stopped> {
        let (name, news) = (seen.name().to_owned(), self.till.news(Channel::Reconciliation, None));
        let settled = self.till.store.write(move |w| bring(w, &seen, &news)).await?;
        self.report_dispute(&name, &settled)
    }

    /// Disputes that are open in the books and were not listed.
    pub(super) async fn older_disputes(&mut self, listed: &BTreeSet<String>) -> Result<(), Stopped> {
        for dispute in self.till.store.read(|r| r.open_disputes())? {
            let name = dispute.stripe_dispute;
            if listed.contains(&name) || dispute.account != self.till.account {
                continue;
            }
            let settled = sync_dispute(self.till, &name, Channel::Reconciliation, None).await?;
            self.compared("disputes", 1);
            self.report_dispute(&name, &settled)?;
        }
        Ok(())
    }

    fn report_dispute(&mut self, name: &str, settled: &Settled) -> Result<(), Stopped> {
        if *settled == Settled::Moved {
            let invoice: Option<InvoiceId> =
                self.till.store.read(|r| r.dispute_by_stripe(name))?.and_then(|dispute| dispute.invoice);
            self.repaired(Class::DisputeMoved, name, invoice, "The dispute was brought up to date.".into());
        }
        Ok(())
    }
}

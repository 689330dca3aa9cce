//! What moved on the Stripe balance, what went to the bank (loop R4), and whether what Stripe holds is what the books
//! say it holds ([`balance`](super::balance)).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::balance::{Held, held};
use super::class::Class;
use super::{Pass, Stopped};
use crate::billing::id::PaymentId;
use crate::billing::log::Channel;
use crate::billing::money::Money;
use crate::billing::movement::Movement;
use crate::billing::payout::PayoutRecord;
use crate::billing::report::Payout as Reported;
use crate::billing::review::Reason;
use crate::payments::client::{Created, Patience};
use crate::payments::movements::{self, Tally};
use crate::payments::objects::BalanceTransaction;
use crate::payments::payouts;
use crate::payments::unheld;

/// A payout may come back within five business days after it was called paid, and was made some days before.
const PAYOUTS_REACH: SignedDuration = SignedDuration::from_hours(17 * 24);
/// How often the balance is asked for before it is left to the next pass, if it moves each time.
const BALANCE_TRIES: u32 = 4;
/// What moved while a pass read is in the list of the last hour, however late Stripe lists it.
const JUST_NOW: SignedDuration = SignedDuration::from_hours(1);

/// Movements of which Stripe shows other figures than were booked, with those figures (class M11).
type Differing = BTreeMap<String, (Movement, String)>;

impl Pass<'_> {
    /// Brings everything that moved since `from`, and compares what Stripe holds with the books. `waiting` are our
    /// payments that Stripe had not put on its balance.
    pub(super) async fn money(&mut self, from: Timestamp, waiting: Vec<PaymentId>) -> Result<(), Stopped> {
        let mut asked_at = self.till.client.stripe_now();
        let (mut before, mut differing) = (self.held().await?, Differing::new());
        let mut since = from;
        let mut is_still = false;
        for _ in 1..BALANCE_TRIES {
            self.movements(since, &mut differing).await?;
            self.payouts(since, &mut differing).await?;
            let (asked, now) = (self.till.client.stripe_now(), self.held().await?);
            is_still = now == before;
            if is_still {
                break;
            }
            // The two sides would be of different moments. Little can move while the last hour is read.
            since = asked_at.saturating_sub(JUST_NOW).unwrap_or(from).max(from);
            (asked_at, before) = (asked, now);
        }
        self.name_finds();
        self.figures_differ(differing).await?;
        match (is_still, self.report.unseen.is_empty()) {
            (true, true) => self.clearing(from, asked_at, &before, &waiting).await?,
            (true, false) => {}
            (false, _) => self.unseen("The balance moved each time that it was read, so it was not compared.".into()),
        }
        self.cannot_hold(before.unheld).await
    }

    async fn held(&self) -> Result<Held, Stopped> {
        Ok(held(&self.till.ask(Patience::Background).balance().await?.value))
    }

    async fn movements(&mut self, from: Timestamp, differing: &mut Differing) -> Result<(), Stopped> {
        let mut pages = self.till.ask(Patience::Background).balance_transactions(Created { from, before: None });
        let news = self.till.news(Channel::Reconciliation, None);
        self.compared("movements", 0);
        while let Some(page) = pages.next_page().await? {
            self.compared("movements", page.len());
            let shown = self.shown_before(&page);
            let tally = movements::bring_page(self.till, page, None, &news).await?;
            self.tally(tally, differing);
            for id in shown.iter().filter(|id| !differing.contains_key(*id)) {
                self.agrees(Reason::AmountMismatch, id).await?;
            }
        }
        self.saw("movements", pages.is_complete());
        Ok(())
    }

    /// Movements of a page that there is an open case about.
    fn shown_before(&self, page: &[BalanceTransaction]) -> Vec<String> {
        let ids = page.iter().filter_map(|transaction| transaction.id.clone());
        ids.filter(|id| self.is_flagged(Reason::AmountMismatch, id)).collect()
    }

    fn tally(&mut self, tally: Tally, differing: &mut Differing) {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let known = tally.booked.saturating_sub(tally.foreign).saturating_sub(tally.of_unknown_sort);
        self.found(Class::MissedMovement, count(known));
        self.found(Class::UnknownCategory, count(tally.of_unknown_sort));
        self.found(Class::Foreign, count(tally.foreign));
        self.compared("unreadable", count(tally.unreadable));
        self.unheld.extend(tally.unheld);
        differing.extend(tally.differing.into_iter().map(|differing| (differing.0.id.clone(), differing)));
    }

    /// Figures that differ are shown once all of them are known, unless they are more than can be believed.
    async fn figures_differ(&mut self, differing: Differing) -> Result<(), Stopped> {
        self.believable(differing.len())?;
        for (movement, shown) in differing.into_values() {
            let case = self.till.store.read(|r| unheld::differing(&r, &movement, &shown))?;
            self.difference(Class::MovementDiffers, case).await?;
        }
        Ok(())
    }

    /// Shows in which currencies Stripe has money that the books cannot hold.
    async fn cannot_hold(&mut self, on_balance: impl IntoIterator<Item = String>) -> Result<(), Stopped> {
        self.unheld.extend(on_balance);
        for code in std::mem::take(&mut self.unheld) {
            self.difference(Class::UnknownCategory, unheld::unreadable(&code)).await?;
        }
        Ok(())
    }

    async fn payouts(&mut self, from: Timestamp, differing: &mut Differing) -> Result<(), Stopped> {
        let earliest = self.till.now().saturating_sub(PAYOUTS_REACH).unwrap_or(from);
        let created = Created { from: from.min(earliest), before: None };
        let mut pages = self.till.ask(Patience::Background).payouts(created);
        while let Some(page) = pages.next_page().await? {
            self.compared("payouts", page.len());
            for payout in page {
                let news = self.till.news(Channel::Reconciliation, None);
                let (record, tally) = payouts::sync_shown(self.till, payout, news).await?;
                self.tally(tally, differing);
                if let Some(record) = record {
                    self.report_payout(&record);
                }
            }
        }
        self.saw("payouts", pages.is_complete());
        Ok(())
    }

    /// Each payout once, however often it was listed.
    fn report_payout(&mut self, payout: &PayoutRecord) {
        let Some(sum) = payout.sum else {
            if payout.is_listed {
                self.saw(&format!("the lines of the payout {}", payout.id), false);
            }
            return;
        };
        if self.report.payouts.iter().any(|reported| reported.id == payout.id) {
            return;
        }
        let (amount, currency) = (payout.amount.minor(), payout.amount.currency().code().to_owned());
        if !payout.adds_up() {
            self.mismatch(payout, sum.remainder);
        }
        self.report.payouts.push(Reported {
            id: payout.id.clone(),
            amount,
            currency,
            arrival_date: payout.arrival_date.to_string(),
            explained: sum.explained,
            remainder: sum.remainder,
        });
    }

    fn mismatch(&mut self, payout: &PayoutRecord, remainder: i64) {
        let currency = payout.amount.currency();
        let words = Money::new(remainder, currency).map(|sum| sum.to_string()).unwrap_or_default();
        let detail = format!("The payout of {} is {words} more than its lines.", payout.amount);
        self.differs(Reason::PayoutMismatch.name(), &payout.id, None, None, detail);
    }
}

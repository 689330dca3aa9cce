//! Four sums of a currency: overdue, open, received in thirty days, and how long payers take. The business's own comes
//! first; others are there only if something is open in them, or was paid lately.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::super::counts::counted;
use super::super::desk::Desk;
use super::super::rows::overdue;
use crate::billing::currency::Currency;
use crate::billing::standing::Status;
use crate::store::Error as StoreError;
use crate::store::invoices::Filter;
use crate::web::error::Error;
use crate::web::views::today::{Figure, Figures};

/// Open invoices that are summed; a business with more has other tools for its sums.
const SUMMED_MAX: usize = 10_000;
const WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    open: Sum,
    overdue: Sum,
    paid: Sum,
    /// Days from issue to the last payment, of invoices that were paid in the window.
    days: Sum,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    amount: i64,
    number: u64,
}

impl Sum {
    fn add(&mut self, amount: i64) {
        self.amount = self.amount.saturating_add(amount);
        self.number = self.number.saturating_add(1);
    }
}

/// One a currency, the business's own first.
pub fn figures(desk: &Desk) -> Result<Vec<Figures>, Error> {
    let mut by_currency = sums(desk)?;
    let own = desk.settings.currency;
    let first = (own, by_currency.remove(&own).unwrap_or_default());
    Ok(std::iter::once(first).chain(by_currency).map(|(currency, sums)| shown(desk, currency, &sums)).collect())
}

fn sums(desk: &Desk) -> Result<BTreeMap<Currency, Sums>, Error> {
    let is_test = desk.app.book().is_test();
    let since = desk.now.saturating_sub(WINDOW).unwrap_or(desk.now);
    let mut by_currency: BTreeMap<Currency, Sums> = BTreeMap::new();
    desk.app.store.read(|r| {
        let open = Filter { status: Some(Status::Open), ..Filter::default() };
        for (id, summary) in r.invoices(&open, None, SUMMED_MAX)? {
            if summary.test != is_test {
                continue;
            }
            let sums = by_currency.entry(summary.currency).or_default();
            sums.open.add(summary.standing.due());
            match overdue(desk, &r, id, &summary)? {
                0 => {}
                amount => sums.overdue.add(amount),
            }
        }
        for payment in r.payments_since(since)?.into_iter().filter(|payment| payment.book.is_test() == is_test) {
            if r.taken_back_at(payment.id)?.is_some() {
                continue;
            }
            let sums = by_currency.entry(payment.amount.currency()).or_default();
            sums.paid.add(payment.amount.minor());
            let summary = match payment.invoice {
                Some(invoice) => r.summary(invoice)?,
                None => None,
            };
            let issued =
                summary.filter(|summary| summary.status == Status::Paid).and_then(|summary| summary.issue_date);
            if let (Some(issued), 0) = (issued, payment.due_after) {
                sums.days.add(i64::from((payment.received_on - issued).get_days()));
            }
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(by_currency)
}

fn shown(desk: &Desk, currency: Currency, sums: &Sums) -> Figures {
    let figure = |sum: Sum, one: &str, many: &str, url: &str| Figure {
        value: desk.minor(sum.amount, currency),
        detail: counted(sum.number, one, many),
        url: url.to_owned(),
    };
    Figures {
        currency: currency.code().to_owned(),
        is_overdue: sums.overdue.amount > 0,
        overdue: figure(sums.overdue, "invoice", "invoices", "/admin/invoices?s=overdue"),
        open: figure(sums.open, "invoice", "invoices", "/admin/invoices?s=open"),
        paid_30_days: figure(sums.paid, "payment", "payments", "/admin/payments"),
        days_to_pay: days_to_pay(sums.days),
    }
}

fn days_to_pay(days: Sum) -> Figure {
    let average = i64::try_from(days.number).ok().and_then(|number| days.amount.checked_div(number));
    let value = match average {
        None => "–".to_owned(),
        Some(..=0) => "same day".to_owned(),
        Some(days) => counted(days.unsigned_abs(), "day", "days"),
    };
    Figure { value, detail: "on average, of the last 30 days".to_owned(), url: "/admin/invoices?s=paid".to_owned() }
}

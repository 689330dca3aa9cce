//! The owner's first page: what needs a person, then how things stand.

mod figures;
mod needs;

use super::desk::Desk;
use super::findings::findings;
use super::guard::SignedIn;
use super::payments::Named;
use crate::billing::payment::Method;
use crate::store::Error as StoreError;
use crate::store::invoices::Filter;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::shell::Section;
use crate::web::views::today::{Recent, TodayPage};

/// Payments that are shown.
const RECENT_MAX: usize = 5;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// `GET /admin`
pub async fn today(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let no_invoices = desk.app.store.read(|r| r.invoices(&Filter::default(), None, 1))?.is_empty();
    let mut checklist = findings(&desk)?;
    if checklist.iter().all(|finding| finding.ok) {
        checklist.clear();
    }
    let day = usize::try_from(desk.today.weekday().to_monday_zero_offset()).unwrap_or(0);
    reply::page(&TodayPage {
        shell: desk.shell(Section::Today)?,
        date: format!("{}, {}", DAYS[day], desk.date(desk.today)),
        backup: backup(&desk)?,
        needs: needs::needs(&desk)?,
        figures: figures::figures(&desk)?,
        checklist,
        recent: recent(&desk)?,
        no_invoices,
    })
}

/// When the last backup was made that is good.
fn backup(desk: &Desk) -> Result<String, Error> {
    let last = desk.app.store.read(|r| r.last_good_backup(desk.now))?;
    Ok(last.map_or_else(|| "No backup yet".to_owned(), |run| format!("Last backup {}", desk.ago(run.ended_at).text)))
}

fn recent(desk: &Desk) -> Result<Vec<Recent>, Error> {
    let latest = desk.app.store.read(|r| {
        let payments = r.payments(None, RECENT_MAX)?;
        payments
            .into_iter()
            .take(RECENT_MAX)
            .map(|payment| {
                let named = Named::of(&r, payment)?;
                Ok((named.tag(&r)?, named))
            })
            .collect::<Result<Vec<_>, StoreError>>()
    })?;
    Ok(latest
        .into_iter()
        .map(|(tag, named)| Recent {
            invoice: named.link(),
            amount: desk.money(named.payment.amount),
            method: named.payment.method.words(),
            at: match named.payment.method {
                Method::Stripe(_) => desk.ago(named.payment.received_at).text,
                // Of money that the owner recorded the day is known, and no hour.
                _ if named.payment.received_on == desk.today => "today".to_owned(),
                _ => desk.short(named.payment.received_on),
            },
            tag,
            customer: named.customer,
        })
        .collect())
}

//! The list of invoices: a tab for each state, a search, newest first.

use super::desk::{Desk, ROWS_MAX, after, paged};
use super::guard::{SignedIn, encoded};
use super::{counts, rows};
use crate::billing::id::InvoiceId;
use crate::billing::sought;
use crate::billing::standing::Status;
use crate::store::invoices::{Filter, Summary};
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::invoices::InvoicesPage;
use crate::web::views::parts::Tab;
use crate::web::views::shell::Section;

/// Names in addresses, and what stands on the tab.
const TABS: [(&str, &str); 6] = [
    ("open", "Open"),
    ("overdue", "Overdue"),
    ("drafts", "Drafts"),
    ("review", "Needs review"),
    ("paid", "Paid"),
    ("all", "All"),
];

/// `GET /admin/invoices?s=&q=&after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let wanted = request.query.text("s");
    let tab = TABS.iter().map(|(name, _)| *name).find(|name| *name == wanted).unwrap_or("open");
    let query = request.query.text("q").to_owned();
    let from: Option<InvoiceId> = after(&request)?;
    let filter = Filter { words: sought::words(&query), ..filter_of(tab, &desk) };
    let (mut found, tabs, none_at_all) = desk.app.store.read(|r| {
        let found = r.invoices(&filter, from, ROWS_MAX)?;
        let none_at_all = found.is_empty() && r.invoices(&Filter::default(), None, 1)?.is_empty();
        Ok::<_, StoreError>((found, tabs(r, &desk, tab)?, none_at_all))
    })?;
    let clear_url = format!("/admin/invoices?s={tab}");
    let base = if query.is_empty() { format!("{clear_url}&") } else { format!("{clear_url}&q={}&", encoded(&query)) };
    let pager = paged(&mut found, from.is_none(), &base, |(id, _): &(InvoiceId, Summary)| id.to_string());
    reply::page(&InvoicesPage {
        shell: desk.shell(Section::Invoices)?,
        tabs,
        tab: tab.to_owned(),
        all_url: (tab != "all").then(|| format!("/admin/invoices?s=all&q={}", encoded(&query))),
        query,
        clear_url,
        rows: found.iter().map(|(id, summary)| rows::row(&desk, *id, summary)).collect(),
        pager,
        none_at_all,
    })
}

fn filter_of(tab: &str, desk: &Desk) -> Filter {
    let of_status = |status| Filter { status: Some(status), ..Filter::default() };
    match tab {
        "open" => of_status(Status::Open),
        "overdue" => Filter { due_before: Some(desk.today), ..of_status(Status::Open) },
        "drafts" => of_status(Status::Draft),
        "review" => Filter { needs_review: true, ..Filter::default() },
        "paid" => of_status(Status::Paid),
        _ => Filter::default(),
    }
}

fn tabs(r: Reader<'_>, desk: &Desk, current: &str) -> Result<Vec<Tab>, StoreError> {
    let mut tabs = Vec::with_capacity(TABS.len());
    for (name, text) in TABS {
        let count = match name {
            "open" => r.count_by_status(Status::Open)?,
            "overdue" => r.count_overdue(desk.today)?,
            "drafts" => r.count_by_status(Status::Draft)?,
            "review" => r.count_in_review()?,
            "paid" => r.count_by_status(Status::Paid)?,
            _ => count_all(&r)?,
        };
        tabs.push(Tab {
            text: text.to_owned(),
            url: format!("/admin/invoices?s={name}"),
            count: Some(counts::count(count)),
            current: name == current,
        });
    }
    Ok(tabs)
}

fn count_all(r: &Reader<'_>) -> Result<u64, StoreError> {
    [Status::Draft, Status::Open, Status::Paid, Status::Void, Status::Uncollectible]
        .into_iter()
        .try_fold(0_u64, |sum, status| Ok(sum.saturating_add(r.count_by_status(status)?)))
}

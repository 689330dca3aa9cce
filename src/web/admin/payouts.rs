//! What Stripe sent to the bank: the list of payouts, and each with every line that it carried, as a page and as a
//! table for a spreadsheet.

use warp::http::{HeaderValue, StatusCode, header};

use super::counts::counted;
use super::desk::{Desk, ROWS_MAX, paged};
use super::guard::SignedIn;
use crate::actions::day;
use crate::billing::movement::Movement;
use crate::billing::payout::{Group, PayoutRecord, PayoutStatus, Sorted};
use crate::billing::sheet::{decimal, text};
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::{Link, Tag, Tone};
use crate::web::views::payouts::{LineRow, PayoutListRow, PayoutPage, PayoutsPage, SumRow};
use crate::web::views::shell::Section;

pub(super) const PAGE: &str = "/admin/payouts";
/// Stripe's ids are letters, digits and underscores; whatever is behind them is an ending.
const CSV: &str = ".csv";

/// `GET /admin/payouts?after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let after = Some(request.query.text("after")).filter(|after| !after.is_empty());
    let mut found = desk.app.store.read(|r| r.payouts(after, ROWS_MAX))?;
    let pager = paged(&mut found, after.is_none(), &format!("{PAGE}?"), |payout: &PayoutRecord| payout.id.clone());
    let rows = found.iter().map(|payout| row(&desk, payout)).collect();
    reply::page(&PayoutsPage { shell: desk.shell(Section::Reconciliation)?, rows, pager })
}

pub(super) fn row(desk: &Desk, payout: &PayoutRecord) -> PayoutListRow {
    PayoutListRow {
        url: format!("{PAGE}/{}", payout.id),
        arrival: desk.on(payout.arrival_date),
        lines: lines(payout),
        amount: desk.money(payout.amount),
        tag: tag(payout),
    }
}

fn lines(payout: &PayoutRecord) -> String {
    match payout.sum {
        Some(sum) => counted(sum.lines, "line", "lines"),
        None if payout.automatic => "not matched yet".to_owned(),
        None => "ordered by hand".to_owned(),
    }
}

fn tag(payout: &PayoutRecord) -> Tag {
    if !payout.adds_up() {
        return Tag::new("Does not add up", Tone::Bad);
    }
    let tone = match payout.status {
        PayoutStatus::Paid => Tone::Good,
        PayoutStatus::Failed | PayoutStatus::Canceled => Tone::Bad,
        _ => Tone::Info,
    };
    Tag::new(payout.status.to_string(), tone)
}

/// `GET /admin/payouts/{id}?after=`, and with `.csv` behind the id all lines as a table.
pub async fn detail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let asked: String = request.param("id")?;
    if let Some(id) = asked.strip_suffix(CSV) {
        return table(&app, id);
    }
    let desk = Desk::open(app, &request).await?;
    let after = Some(request.query.text("after")).filter(|after| !after.is_empty());
    let (payout, sorted, mut shown) = desk.app.store.read(|r| {
        let payout = r.payout(&asked)?.ok_or(Error::NotFound)?;
        let sorted = sorted(&r, &asked)?;
        let lines = r.movements_of_payout(&asked, after, ROWS_MAX)?;
        let shown = lines.into_iter().map(|line| Named::of(&r, line)).collect::<Result<Vec<_>, StoreError>>()?;
        Ok::<_, Error>((payout, sorted, shown))
    })?;
    let base = format!("{PAGE}/{}?", payout.id);
    let pager = paged(&mut shown, after.is_none(), &base, |named: &Named| named.line.id.clone());
    let currency = payout.amount.currency();
    reply::page(&PayoutPage {
        shell: desk.shell(Section::Reconciliation)?,
        id: payout.id.clone(),
        amount: desk.money(payout.amount),
        arrival: desk.on(payout.arrival_date),
        tag: tag(&payout),
        words: words(&desk, &payout),
        sums: sums(&desk, &payout, &sorted),
        total: total(&payout).to_owned(),
        fees: desk.minor(sorted.fees(), currency),
        rows: shown.iter().map(|named| line_row(&desk, named)).collect(),
        csv_url: (!sorted.0.is_empty()).then(|| format!("{PAGE}/{}{CSV}", payout.id)),
        pager,
    })
}

/// What the sum of the lines did.
fn total(payout: &PayoutRecord) -> &'static str {
    match &payout.status {
        PayoutStatus::Paid => "Arrived at the bank",
        status if status.is_returned() => "Came back",
        _ => "Arrives at the bank",
    }
}

/// One sentence about what the page cannot show, or what is wrong.
fn words(desk: &Desk, payout: &PayoutRecord) -> Option<String> {
    if payout.status.is_returned() {
        let why = payout.failure.as_deref().unwrap_or("Stripe gave no reason.");
        return Some(format!("It did not reach the bank: {why} The money is back on the Stripe balance."));
    }
    match payout.sum {
        Some(sum) if !payout.adds_up() => Some(format!(
            "{} of it is not explained by its lines. Compare it with the payout in Stripe’s dashboard.",
            desk.minor(sum.remainder, payout.amount.currency())
        )),
        Some(_) => None,
        None if payout.automatic => Some("Stripe has not listed its lines yet. They are asked for every night.".into()),
        None => Some(
            "It was ordered by hand, so Stripe lists no lines for it. The balance as a whole is compared instead."
                .into(),
        ),
    }
}

/// Every line sorted, in one walk through them.
fn sorted(r: &Reader<'_>, payout: &str) -> Result<Sorted, StoreError> {
    let mut sorted = Sorted::default();
    r.each_movement_of_payout(payout, |line| {
        sorted.add(&line);
        Ok::<_, StoreError>(())
    })?;
    Ok(sorted)
}

fn sums(desk: &Desk, payout: &PayoutRecord, sorted: &Sorted) -> Vec<SumRow> {
    let currency = payout.amount.currency();
    let mut rows: Vec<SumRow> = sorted
        .0
        .iter()
        .map(|(group, sum)| SumRow {
            label: group.words().to_owned(),
            lines: counted(sum.lines, "line", "lines"),
            gross: desk.minor(sum.amount, currency),
            fee: (sum.fee != 0).then(|| desk.minor(-sum.fee, currency)),
            net: desk.minor(sum.net, currency),
            is_odd: *group == Group::Unknown,
        })
        .collect();
    if let Some(sum) = payout.sum.filter(|sum| sum.remainder != 0) {
        let label = if payout.adds_up() { "Carried over, Stripe pays whole units" } else { "Not explained" };
        rows.push(SumRow {
            label: label.to_owned(),
            net: desk.minor(sum.remainder, currency),
            is_odd: !payout.adds_up(),
            ..SumRow::default()
        });
    }
    rows
}

/// A line with the names of whom and what it is about.
struct Named {
    line: Movement,
    customer: String,
    invoice: Option<Link>,
}

impl Named {
    fn of(r: &Reader<'_>, line: Movement) -> Result<Self, StoreError> {
        let payment = line.belongs.payment().map(|id| r.payment(id)).transpose()?.flatten();
        let Some(payment) = payment else {
            let before = line.returned_payout().map(|id| Link::new(id.to_owned(), format!("{PAGE}/{id}")));
            return Ok(Self { line, customer: String::new(), invoice: before });
        };
        let named = super::payments::Named::of(r, payment)?;
        Ok(Self { line, invoice: named.link(), customer: named.customer })
    }
}

fn line_row(desk: &Desk, named: &Named) -> LineRow {
    let line = &named.line;
    LineRow {
        at: desk.on(desk.day(line.created)),
        what: line.category.words(),
        customer: if named.customer.is_empty() { group_words(line) } else { named.customer.clone() },
        invoice: named.invoice.clone(),
        gross: desk.minor(line.amount, line.currency),
        fee: (line.fee != 0).then(|| desk.minor(-line.fee, line.currency)),
        net: desk.minor(line.net, line.currency),
    }
}

fn group_words(line: &Movement) -> String {
    Group::of(line.belongs).words().to_owned()
}

/// All lines of a payout for a spreadsheet, with a line for what they do not explain.
fn table(app: &State, id: &str) -> Result<Response, Error> {
    let bytes = app.store.read(|r| {
        let payout = r.payout(id)?.ok_or(Error::NotFound)?;
        write_table(&r, &payout)
    })?;
    let mut response = reply::bytes(StatusCode::OK, "text/csv; charset=utf-8", bytes);
    let name = format!("attachment; filename=\"{id}{CSV}\"");
    if let Ok(value) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    let headers = response.headers_mut();
    // A file, and no page: it may do nothing, wherever somebody opens it.
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

const HEAD: [&str; 12] = [
    "payout",
    "arrival_date",
    "date",
    "kind",
    "customer",
    "invoice",
    "currency",
    "gross",
    "fee",
    "net",
    "source",
    "movement",
];

fn write_table(r: &Reader<'_>, payout: &PayoutRecord) -> Result<Vec<u8>, Error> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    table.write_record(HEAD).map_err(Error::internal)?;
    let (arrival, settings) = (payout.arrival_date.to_string(), r.settings()?);
    r.each_movement_of_payout(&payout.id, |line| {
        let named = Named::of(r, line)?;
        let Named { line, customer, invoice } = &named;
        let row = [
            payout.id.clone(),
            arrival.clone(),
            day(&settings, line.created).to_string(),
            text(&line.category.words()),
            text(customer),
            text(invoice.as_ref().map(|link| link.text.as_str()).unwrap_or_default()),
            line.currency.code().to_owned(),
            decimal(line.amount, line.currency),
            decimal(line.fee, line.currency),
            decimal(line.net, line.currency),
            line.source.clone().unwrap_or_default(),
            line.id.clone(),
        ];
        table.write_record(row).map_err(Error::internal)
    })?;
    if let Some(sum) = payout.sum.filter(|sum| sum.remainder != 0) {
        let rest = decimal(sum.remainder, payout.amount.currency());
        let code = payout.amount.currency().code();
        let label = if payout.adds_up() { "Carried over" } else { "Not explained" };
        let row = [payout.id.as_str(), &arrival, "", label, "", "", code, &rest, "", &rest, "", ""];
        table.write_record(row).map_err(Error::internal)?;
    }
    table.into_inner().map_err(|error| Error::internal(error.into_error()))
}

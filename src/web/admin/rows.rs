//! An invoice as a row of a list: its state in a word, its dates, what is open.

use jiff::civil::Date;

use super::counts;
use super::desk::Desk;
use crate::billing::id::InvoiceId;
use crate::billing::standing::{Flag, Standing, Status, flags};
use crate::store::invoices::Summary;
use crate::store::{Error as StoreError, Reader};
use crate::web::views::invoices::InvoiceRow;
use crate::web::views::parts::{Tag, Tone};

/// The row of an invoice.
pub fn row(desk: &Desk, id: InvoiceId, summary: &Summary) -> InvoiceRow {
    let overdue = is_overdue(desk, summary);
    let still_owed = matches!(summary.status, Status::Open | Status::Uncollectible);
    InvoiceRow {
        url: format!("/admin/invoices/{id}"),
        number: summary.number.clone().unwrap_or_else(|| "Draft".to_owned()),
        customer: summary.customer_name.clone(),
        tags: tags(desk, summary.status, summary.due_date, &summary.standing),
        issued: summary.issue_date.map(|date| desk.short(date)).unwrap_or_default(),
        due: due_words(desk, summary),
        due_on: summary.due_date.filter(|_| still_owed).map(|date| desk.short(date)).unwrap_or_default(),
        overdue,
        total: desk.minor(summary.total, summary.currency),
        open: still_owed.then(|| desk.minor(summary.standing.due(), summary.currency)),
    }
}

pub fn is_overdue(desk: &Desk, summary: &Summary) -> bool {
    summary.status == Status::Open && summary.due_date.is_some_and(|due| due < desk.today)
}

/// What of an invoice should have been paid by yesterday, in minor units: of one that is paid in parts, the parts whose
/// day has passed.
pub fn overdue(desk: &Desk, r: &Reader<'_>, id: InvoiceId, summary: &Summary) -> Result<i64, StoreError> {
    if !is_overdue(desk, summary) {
        return Ok(0);
    }
    let invoice = r.invoice(id)?;
    Ok(invoice.map_or(0, |invoice| invoice.asked(&summary.standing, desk.today).overdue(desk.today)))
}

fn due_words(desk: &Desk, summary: &Summary) -> String {
    match (summary.status, summary.due_date, summary.standing.paid_at) {
        (Status::Open | Status::Uncollectible, Some(due), _) => desk.due_in_words(due),
        (Status::Paid, _, _) if summary.standing.is_only_credited() => "credited".to_owned(),
        (Status::Paid, Some(due), Some(at)) => paid_words((due - desk.day(at)).get_days()),
        _ => String::new(),
    }
}

fn paid_words(days_early: i32) -> String {
    let days = |number: i32| counts::counted(u64::from(number.unsigned_abs()), "day", "days");
    match days_early {
        0 => "paid on time".to_owned(),
        early if early > 0 => format!("paid {} early", days(early)),
        late => format!("paid {} late", days(late)),
    }
}

/// The state first, then flags.
pub fn tags(desk: &Desk, status: Status, due: Option<Date>, standing: &Standing) -> Vec<Tag> {
    let flags = flags(status, due, standing, desk.today);
    let state = match status {
        Status::Draft => Tag::new("Draft", Tone::Plain),
        Status::Open if flags.contains(&Flag::Overdue) => Tag::new("Overdue", Tone::Warn),
        Status::Open => Tag::new("Open", Tone::Info),
        Status::Paid if standing.is_only_credited() => Tag::new("Credited", Tone::Plain),
        Status::Paid => Tag::new("Paid", Tone::Good),
        Status::Void => Tag::new("Void", Tone::Plain),
        Status::Uncollectible => Tag::new("Uncollectible", Tone::Plain),
    };
    let part = standing.credited > 0 && !standing.is_only_credited();
    let credited = part.then(|| Tag::new("Partly credited", Tone::Plain));
    std::iter::once(state).chain(flags.into_iter().filter_map(flag_tag)).chain(credited).collect()
}

/// A flag as a word; that an invoice is overdue says its state already.
fn flag_tag(flag: Flag) -> Option<Tag> {
    let (text, tone) = match flag {
        Flag::Overdue => return None,
        Flag::PartiallyPaid => ("Partly paid", Tone::Info),
        Flag::Processing => ("On its way", Tone::Info),
        Flag::Refunded => ("Refunded", Tone::Plain),
        Flag::PartiallyRefunded => ("Partly refunded", Tone::Plain),
        Flag::Disputed => ("Disputed", Tone::Bad),
        Flag::Overpaid => ("Overpaid", Tone::Warn),
        Flag::NeedsReview => ("Needs review", Tone::Bad),
    };
    Some(Tag::new(text, tone))
}

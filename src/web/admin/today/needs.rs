//! What a person must look at, the most urgent first: what is wrong with the way to Stripe, then money, then mail.

use jiff::ToSpan;

use super::super::counts::counted;
use super::super::desk::Desk;
use super::super::disputes;
use super::super::invoice::path;
use super::super::payments::Named;
use super::super::rows;
use crate::app::UNREADABLE_SECRETS;
use crate::billing::id::InvoiceId;
use crate::billing::letter::Matter;
use crate::billing::standing::Status;
use crate::payments::fraud_review::{self, TOLD_FOR};
use crate::payments::notices::{self, Notice, Words};
use crate::store::invoices::{Filter, Summary};
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::views::parts::Tone;
use crate::web::views::today::Need;

/// Entries of each kind that are shown; the rest is in its own list.
const EACH_MAX: usize = 5;
/// Invoices that are looked at for a missing reminder.
const LOOKED_AT_MAX: usize = 200;
/// An invoice is left alone for so many days before a reminder is proposed.
const GRACE_DAYS: i32 = 3;
/// A draft that is left lying for so long may have been forgotten.
const DRAFT_DAYS: i64 = 2;
/// How long the owner is told of numbers that were lost; `verify` says it for ever.
const LOST_DAYS: i64 = 30;

pub fn needs(desk: &Desk) -> Result<Vec<Need>, Error> {
    let unreadable = desk.app.unreadable_secrets()?;
    Ok(desk.app.store.read(|r| {
        let mut needs: Vec<Need> = copied(desk, &r)?.into_iter().chain(lost_secrets(&unreadable)).collect();
        needs.extend(numbers_unknown(desk));
        needs.extend(troubles(desk, &r)?);
        needs.extend(reviews(desk, &r)?);
        needs.extend(fraud_reviews(desk, &r)?);
        needs.extend(lost_numbers(desk, &r)?);
        needs.extend(failed_mails(&r)?);
        needs.extend(overdue(desk, &r)?);
        needs.extend(drafts(desk, &r)?);
        Ok::<_, StoreError>(needs)
    })?)
}

/// The data folder was copied or moved here: mails and cards wait, with a live key.
fn copied(desk: &Desk, r: &Reader<'_>) -> Result<Option<Need>, StoreError> {
    let tone = if desk.app.book().is_test() { Tone::Warn } else { Tone::Bad };
    Ok(r.is_elsewhere()?.then(|| Need {
        tone,
        title: "Do your customers use this one?".to_owned(),
        detail: "The data folder was copied or moved here.".to_owned(),
        url: "/admin/copy".to_owned(),
        action: "Decide".to_owned(),
    }))
}

/// Secrets that are stored and of no use any more: cards or mail stand still.
fn lost_secrets(names: &[String]) -> Option<Need> {
    let first = names.first()?;
    let section = if first.starts_with("mail.") { "mail" } else { "payments" };
    Some(Need {
        tone: Tone::Bad,
        title: format!("{} cannot be read any more", names.join(", ")),
        detail: UNREADABLE_SECRETS.to_owned(),
        url: format!("/admin/settings/{section}"),
        action: "Type in".to_owned(),
    })
}

/// What only the owner can mend.
fn troubles(desk: &Desk, r: &Reader<'_>) -> Result<Vec<Need>, StoreError> {
    let has_key = desk.app.connections().stripe_key.is_some();
    let standing = notices::standing(r, desk.now)?.into_iter().filter(|(notice, _)| has_key || !notice.is_of_the_key());
    Ok(standing
        .map(|(notice, since)| {
            let Words { title, remedy, is_grave } = notice.words();
            let remedy = in_full(desk, notice).unwrap_or(remedy);
            Need {
                tone: if is_grave { Tone::Bad } else { Tone::Warn },
                title: title.to_owned(),
                detail: format!("{remedy} First seen {}.", desk.ago(since).text),
                url: notice.place().to_owned(),
                action: "Look".to_owned(),
            }
        })
        .collect())
}

/// What only the running server knows: why visitors cannot come in.
fn in_full(desk: &Desk, notice: Notice) -> Option<String> {
    let state = &desk.app.certificates.state;
    match notice {
        Notice::CertificateMissing | Notice::CertificateOld => state.trouble().map(|said| said.in_full()),
        Notice::DoorLocked => state.locked().map(|said| said.in_full()),
        _ => None,
    }
}

fn reviews(desk: &Desk, r: &Reader<'_>) -> Result<Vec<Need>, StoreError> {
    let mut needs = Vec::new();
    for review in r.reviews(Some(true), None, EACH_MAX)?.into_iter().take(EACH_MAX) {
        let summary = match review.invoice {
            Some(invoice) => r.summary(invoice)?,
            None => None,
        };
        let opened = desk.ago(review.opened_at).text;
        let detail = match summary {
            Some(Summary { number: Some(number), customer_name, .. }) => {
                format!("{number} · {customer_name} · {opened}")
            }
            _ => opened,
        };
        let dispute = r.dispute_of_review(&review)?;
        let detail = match dispute.as_ref().and_then(|dispute| disputes::deadline(desk, dispute)) {
            Some(deadline) => format!("{detail} · answer by {deadline}"),
            None => detail,
        };
        needs.push(Need {
            tone: Tone::Bad,
            title: review.title().to_owned(),
            detail,
            url: format!("/admin/review/{}", review.id),
            action: "Decide".to_owned(),
        });
    }
    Ok(needs)
}

/// Payments that Stripe's fraud check wants to be looked at, which only Stripe's dashboard can.
fn fraud_reviews(desk: &Desk, r: &Reader<'_>) -> Result<Vec<Need>, StoreError> {
    let since = desk.now.saturating_sub(TOLD_FOR).unwrap_or(desk.now);
    let mut needs = Vec::new();
    for payment in r.payments(None, LOOKED_AT_MAX)?.into_iter().filter(|payment| payment.received_at > since) {
        let Some(asked) = fraud_review::asked_since(r, payment.id, desk.now)? else { continue };
        let amount = desk.money(payment.amount);
        let named = Named::of(r, payment)?;
        needs.push(Need {
            tone: Tone::Warn,
            title: format!("Stripe’s fraud check asks you to look at {amount} from {}", named.customer),
            detail: format!("Approve or refund it in Stripe’s dashboard, under Radar · {}", desk.ago(asked).text),
            url: named.link().map_or_else(|| "/admin/payments".to_owned(), |link| link.url),
            action: "Look".to_owned(),
        });
    }
    needs.truncate(EACH_MAX);
    Ok(needs)
}

/// Which numbers were given since a backup was made that was put back, nobody here knows.
fn numbers_unknown(desk: &Desk) -> Option<Need> {
    desk.numbers_held().map(|detail| Need {
        tone: Tone::Bad,
        title: "Where do your numbers go on?".to_owned(),
        detail,
        url: "/admin/settings/numbering".to_owned(),
        action: "Say where".to_owned(),
    })
}

/// Numbers that were given out before an older backup was put back.
fn lost_numbers(desk: &Desk, r: &Reader<'_>) -> Result<Option<Need>, StoreError> {
    let recent = |noticed| desk.now.duration_since(noticed).as_hours() < LOST_DAYS * 24;
    let noticed = r.lost_numbers()?.into_iter().filter(|(_, lost)| recent(lost.noticed_at));
    let numbers: Vec<String> = noticed.map(|(number, _)| number).collect();
    let title = match numbers.as_slice() {
        [] => return Ok(None),
        [only] => format!("The invoice with number {only} is not here"),
        [first, .., last] => format!("{} invoices, {first} to {last}, are not here", numbers.len()),
    };
    Ok(Some(Need {
        tone: Tone::Bad,
        title,
        detail:
            "They were issued after the backup that was put back was made. Find the copies that were sent, and enter \
                 them again; their numbers are not given to others."
                .to_owned(),
        url: "/admin/settings/numbering".to_owned(),
        action: "See numbering".to_owned(),
    }))
}

fn failed_mails(r: &Reader<'_>) -> Result<Option<Need>, StoreError> {
    let failed = r.count_failed_letters()?;
    Ok((failed > 0).then(|| Need {
        tone: Tone::Bad,
        title: format!("{} could not be delivered", counted(failed, "mail", "mails")),
        detail: "See what the mail server said, and send again.".to_owned(),
        url: "/admin/outbox?s=failed".to_owned(),
        action: "Look".to_owned(),
    }))
}

/// Overdue invoices of whose payment nobody has been reminded yet, the oldest first.
fn overdue(desk: &Desk, r: &Reader<'_>) -> Result<Vec<Need>, StoreError> {
    let before = desk.today.checked_sub(GRACE_DAYS.days()).unwrap_or(desk.today);
    let mut needs = Vec::new();
    for id in r.overdue(before, LOOKED_AT_MAX)? {
        if needs.len() >= EACH_MAX {
            break;
        }
        let Some(summary) = r.summary(id)? else { continue };
        let reminded = r.letter_about(&Matter::Reminder { invoice: id, ordinal: 1 })?.is_some();
        if reminded || summary.standing.processing || summary.test != desk.app.book().is_test() {
            continue;
        }
        needs.push(overdue_need(desk, id, &summary, rows::overdue(desk, r, id, &summary)?));
    }
    Ok(needs)
}

fn overdue_need(desk: &Desk, id: InvoiceId, summary: &Summary, overdue: i64) -> Need {
    let amount = desk.minor(overdue, summary.currency);
    let due = summary.due_date.map(|due| desk.due_in_words(due)).unwrap_or_default();
    Need {
        tone: Tone::Warn,
        title: format!("{amount} from {} is {due}", summary.customer_name),
        detail: format!("{} · not reminded yet", summary.number.clone().unwrap_or_default()),
        url: path(id),
        action: "Remind".to_owned(),
    }
}

fn drafts(desk: &Desk, r: &Reader<'_>) -> Result<Vec<Need>, StoreError> {
    let filter = Filter { status: Some(Status::Draft), ..Filter::default() };
    let old = |summary: &Summary| desk.now.duration_since(summary.created_at).as_hours() >= DRAFT_DAYS * 24;
    let found = r.invoices(&filter, None, LOOKED_AT_MAX)?.into_iter().filter(|(_, summary)| old(summary));
    Ok(found
        .take(EACH_MAX)
        .map(|(id, summary)| Need {
            tone: Tone::Plain,
            title: format!("A draft for {} is waiting", summary.customer_name),
            detail: format!(
                "{} · written {}",
                desk.minor(summary.total, summary.currency),
                desk.ago(summary.created_at).text
            ),
            url: path(id),
            action: "Finish".to_owned(),
        })
        .collect())
}

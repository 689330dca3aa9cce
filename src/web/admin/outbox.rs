//! Mails: what waits, what left, what was refused and in which words.

use super::counts;
use super::desk::{Desk, ROWS_MAX, after, paged};
use super::guard::SignedIn;
use super::invoice;
use crate::actions::{Refusal, mailings};
use crate::billing::id::MailId;
use crate::billing::letter::{Delivery, Letter, Matter};
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::outbox::{MailRow, OutboxPage};
use crate::web::views::parts::{Field, Link, Tab, Tag, Tone};
use crate::web::views::shell::{Banner, Section};

/// Mails that a tab looks at before it gives up looking for more: bounds the time of one answer.
const LOOKED_AT_MAX: usize = 10_000;
const STEP: usize = 500;

const TABS: [(&str, &str); 4] = [("all", "All"), ("queued", "Waiting"), ("failed", "Failed"), ("sent", "Sent")];

/// `GET /admin/outbox?s=&after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let page = page(&desk, request.query.text("s"), after(&request)?)?;
    reply::page(&page)
}

fn page(desk: &Desk, wanted: &str, from: Option<MailId>) -> Result<OutboxPage, Error> {
    let tab = TABS.iter().map(|(name, _)| *name).find(|name| *name == wanted).unwrap_or("all");
    let (mut found, tabs) = desk.app.store.read(|r| Ok::<_, StoreError>((search(&r, tab, from)?, tabs(&r, tab)?)))?;
    let none_at_all = found.is_empty() && tab == "all" && from.is_none();
    let base = format!("/admin/outbox?s={tab}&");
    let pager = paged(&mut found, from.is_none(), &base, |letter: &Letter| letter.id.to_string());
    let rows = found.iter().map(|letter| row(desk, letter)).collect::<Result<_, Error>>()?;
    Ok(OutboxPage { shell: desk.shell(Section::Outbox)?, tabs, rows, pager, none_at_all })
}

fn search(r: &Reader<'_>, tab: &str, from: Option<MailId>) -> Result<Vec<Letter>, StoreError> {
    let step = if tab == "all" { ROWS_MAX } else { STEP };
    let (mut found, mut from, mut looked_at) = (Vec::new(), from, 0);
    loop {
        let page = r.letters(from, step)?;
        let is_last = page.len() <= step;
        for letter in page.into_iter().take(step) {
            (from, looked_at) = (Some(letter.id), looked_at + 1);
            if is_in(&letter, tab) {
                found.push(letter);
            }
        }
        if is_last || found.len() > ROWS_MAX || looked_at >= LOOKED_AT_MAX {
            return Ok(found);
        }
    }
}

fn is_in(letter: &Letter, tab: &str) -> bool {
    match letter.state {
        Delivery::Queued => matches!(tab, "all" | "queued"),
        Delivery::Failed { .. } => matches!(tab, "all" | "failed"),
        Delivery::Sent { .. } => matches!(tab, "all" | "sent"),
        Delivery::Withdrawn { .. } => tab == "all",
    }
}

fn tabs(r: &Reader<'_>, current: &str) -> Result<Vec<Tab>, StoreError> {
    let (waiting, failed) = (r.count_waiting_letters()?, r.count_failed_letters()?);
    let count = |name: &str| match name {
        "queued" => Some(waiting),
        "failed" => Some(failed),
        _ => None,
    };
    let tab = |(name, text): &(&str, &str)| Tab {
        text: (*text).to_owned(),
        url: format!("/admin/outbox?s={name}"),
        count: count(name).map(counts::count),
        current: *name == current,
    };
    Ok(TABS.iter().map(tab).collect())
}

fn row(desk: &Desk, letter: &Letter) -> Result<MailRow, Error> {
    let about = about(desk, letter)?;
    let (tag, at) = match letter.state {
        Delivery::Queued if !letter.taken.is_empty() => {
            (Tag::new("Copy tried again later", Tone::Warn), letter.queued_at)
        }
        Delivery::Queued if letter.attempts > 0 => (Tag::new("Tried again later", Tone::Warn), letter.queued_at),
        Delivery::Queued => (Tag::new("Waiting", Tone::Info), letter.queued_at),
        Delivery::Sent { at } => (Tag::new("Sent", Tone::Good), at),
        Delivery::Failed { at } => (Tag::new("Failed", Tone::Bad), at),
        Delivery::Withdrawn { at } => (Tag::new("Not sent", Tone::Plain), at),
    };
    let waits = letter.state == Delivery::Queued;
    let is_sent = matches!(letter.state, Delivery::Sent { .. });
    // What it would say was not true any more when it was to leave, and is not now.
    let is_needless = matches!(letter.state, Delivery::Withdrawn { .. }) && letter.attempts > 0;
    let subject = if letter.subject.is_empty() {
        about.as_ref().map_or_else(
            || kind(&letter.subject_matter).to_owned(),
            |link| format!("{} {}", kind(&letter.subject_matter), link.text),
        )
    } else {
        letter.subject.clone()
    };
    Ok(MailRow {
        path: path(letter.id),
        to: letter.to.iter().chain(&letter.cc).cloned().collect::<Vec<_>>().join(", "),
        subject,
        kind: kind(&letter.subject_matter).to_owned(),
        tag,
        at: desk.ago(at),
        attempts: if is_sent && letter.attempts <= 1 { String::new() } else { tries(letter.attempts) },
        next: waits.then(|| desk.ahead(letter.not_before)),
        answered: letter.last_words.clone().filter(|words| is_servers(words)),
        reason: letter.last_words.clone().filter(|words| !is_servers(words)),
        about,
        can_retry: !is_sent && !is_needless && (!waits || letter.attempts > 0),
        can_cancel: waits && letter.attempts == 0,
        another: Field::default(),
    })
}

/// A mail server's answer begins with its code (RFC 5321, 4.2); anything else is in our own words.
fn is_servers(words: &str) -> bool {
    let code = words.bytes().take_while(u8::is_ascii_digit).count();
    code == 3 && words.as_bytes().get(3).is_none_or(|next| matches!(next, b' ' | b'-'))
}

fn path(id: MailId) -> String {
    format!("/admin/outbox/{id}")
}

fn tries(attempts: u32) -> String {
    match attempts {
        0 => "not tried yet".to_owned(),
        some => counts::counted(u64::from(some), "attempt", "attempts"),
    }
}

fn about(desk: &Desk, letter: &Letter) -> Result<Option<Link>, Error> {
    Ok(desk.app.store.read(|r| {
        let id = match &letter.subject_matter {
            Matter::OwnerPayment { payment } => r.payment(*payment)?.and_then(|payment| payment.invoice),
            Matter::OwnerRefund { refund } => r.refund(*refund)?.and_then(|refund| refund.invoice),
            Matter::OwnerDeclines { invoice, .. } => Some(*invoice),
            Matter::OwnerDispute { dispute, .. } => r.dispute(*dispute)?.and_then(|dispute| dispute.invoice),
            matter => mailings::invoice_of(&r, matter)?,
        };
        let number = match id {
            Some(id) => r.summary(id)?.and_then(|summary| summary.number),
            None => None,
        };
        Ok::<_, StoreError>(id.zip(number).map(|(id, number)| Link::new(number, invoice::path(id))))
    })?)
}

fn kind(matter: &Matter) -> &'static str {
    match matter {
        Matter::Invoice { .. } => "Invoice",
        Matter::Reminder { .. } => "Reminder",
        Matter::Receipt { .. } => "Receipt",
        Matter::CreditReceived { .. } => "Payment kept as credit",
        Matter::PayerCopy { .. } => "Copy of a receipt",
        Matter::RefundIssued { .. } => "Refund",
        Matter::CreditNote { .. } => "Credit note",
        Matter::InstructionReceived { .. } => "Payment on its way",
        Matter::DelayedPaymentFailed { .. } => "Payment not completed",
        Matter::OwnerPayment { .. } => "Notice to you: payment",
        Matter::OwnerRefund { .. } => "Notice to you: refund",
        Matter::OwnerAlert { .. } => "Notice to you: a decision",
        Matter::OwnerDeclines { .. } => "Notice to you: declined cards",
        Matter::OwnerDispute { .. } => "Notice to you: a dispute",
        Matter::OwnerFailedMails { .. } => "Notice to you: mails not delivered",
        Matter::OwnerTrouble { .. } => "Notice to you: something to mend",
        Matter::OwnerChange { .. } => "Notice to you: a change, or a sign-in",
    }
}

/// `POST /admin/outbox/{id}/retry`, with another address if one is given.
pub async fn retry(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (id, form) = (request.param("id")?, request.form()?);
    let address = Some(form.text("to").to_owned()).filter(|to| !to.is_empty());
    let typed = address.clone().map(|to| (id, to));
    let outcome = desk.app.store.write(move |w| mailings::retry(w, id, address.as_deref())).await;
    ended(&desk, outcome, typed, "/admin/outbox?done=retrying")
}

/// `POST /admin/outbox/{id}/cancel`
pub async fn cancel(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id = request.param("id")?;
    let outcome = desk.app.store.write(move |w| mailings::withdraw(w, id)).await;
    let about = match &outcome {
        Ok(letter) => desk.app.store.read(|r| mailings::invoice_of(&r, &letter.subject_matter))?,
        Err(_) => None,
    };
    let back = about.map_or("/admin/outbox".to_owned(), invoice::path);
    ended(&desk, outcome, None, &format!("{back}?done=withdrawn"))
}

/// Leads on, or shows the list again with what was refused: beside the address that was typed, else above it all.
fn ended(
    desk: &Desk,
    outcome: Result<Letter, Refusal>,
    typed: Option<(MailId, String)>,
    done: &str,
) -> Result<Response, Error> {
    match outcome {
        Ok(_) => Ok(reply::see_other(done)),
        Err(refusal @ (Refusal::Conflict(_) | Refusal::Invalid(_))) => {
            let mut page = page(desk, "all", None)?;
            let text = refusal.to_string();
            let path = typed.as_ref().map(|(id, _)| path(*id));
            let row = page.rows.iter_mut().find(|row| Some(&row.path) == path.as_ref() && row.can_retry);
            match (row, typed) {
                (Some(row), Some((_, to))) => row.another = Field { value: to, error: Some(text) },
                _ => page.shell.banners.insert(0, Banner { tone: Tone::Bad, text, link: None }),
            }
            reply::page_with(Error::from(refusal).status(), &page)
        }
        Err(other) => Err(other.into()),
    }
}

//! What happened to an invoice, told twice: as a story, newest first, and as the payment log, line by line.

use super::super::desk::Desk;
use crate::billing::invoice::Document;
use crate::billing::log::{About, Channel, Happening, LogLine};
use crate::store::Reader;
use crate::web::error::Error;
use crate::web::views::invoice::{Happening as Told, LogRow};
use crate::web::views::parts::Tone;

/// Lines that the page shows; a log that is longer is read through the API.
pub const LINES_MAX: usize = 500;
/// Stripe's notices are a few KiB; what is longer is cut, because it is only to be looked at.
const RAW_CHARS_MAX: usize = 20_000;

/// The story, newest first.
pub fn timeline(desk: &Desk, r: &Reader<'_>, document: &Document, log: &[LogLine]) -> Result<Vec<Told>, Error> {
    let mut told = Vec::with_capacity(log.len() + 1);
    for line in log.iter().rev() {
        told.push(Told {
            at: desk.when(line.at),
            tone: tone(line),
            title: title(line),
            actor: actor(line).to_owned(),
            detail: line.detail.clone(),
            raw: raw(r, line)?,
        });
    }
    told.push(Told {
        at: desk.when(document.created_at()),
        tone: Tone::Plain,
        title: "Draft written".to_owned(),
        actor: "Quittance".to_owned(),
        detail: None,
        raw: None,
    });
    Ok(told)
}

/// The log as it is kept, oldest first.
pub fn rows(desk: &Desk, log: &[LogLine]) -> Vec<LogRow> {
    log.iter().map(|line| row(desk, line)).collect()
}

fn row(desk: &Desk, line: &LogLine) -> LogRow {
    let ids = [&line.stripe_session, &line.stripe_payment_intent, &line.stripe_event];
    LogRow {
        seq: line.seq.to_string(),
        at: desk.when_exactly(line.at),
        kind: row_name(line).to_owned(),
        tone: tone(line),
        source: source(line.source).to_owned(),
        amount: line.amount.map(|amount| desk.money(amount)),
        ids: ids.into_iter().flatten().cloned().collect(),
        detail: line.detail.clone().unwrap_or_default(),
    }
}

/// The name of what happened, as the log has it.
fn name(kind: Happening) -> &'static str {
    match kind {
        Happening::CheckoutStarted => "Checkout started",
        Happening::CheckoutExpired => "Checkout ran out",
        Happening::CheckoutCanceled => "Checkout closed",
        Happening::PaymentProcessing => "Payment on its way",
        Happening::PaymentSucceeded => "Payment succeeded",
        Happening::PaymentFailed => "Payment failed",
        Happening::PaymentRecorded => "Payment recorded",
        Happening::Mismatch => "Mismatch",
        Happening::RefundCreated => "Refund begun",
        Happening::RefundSucceeded => "Refund succeeded",
        Happening::RefundFailed => "Refund failed",
        Happening::DisputeOpened => "Dispute opened",
        Happening::DisputeWon => "Dispute won",
        Happening::DisputeLost => "Dispute lost",
        Happening::MailQueued => "Mail queued",
        Happening::MailSent => "Mail sent",
        Happening::MailFailed => "Mail failed",
        Happening::Issued => "Issued",
        Happening::Voided => "Voided",
    }
}

fn title(line: &LogLine) -> String {
    match line.kind {
        Happening::PaymentSucceeded => "Paid".to_owned(),
        Happening::MailSent => "The mail server accepted the mail".to_owned(),
        Happening::MailFailed if is_taken_back(line) => "The mail was taken back".to_owned(),
        Happening::MailFailed => "The mail was not delivered".to_owned(),
        Happening::Mismatch => "Stripe and the books disagree".to_owned(),
        _ => row_name(line).to_owned(),
    }
}

/// The name of a line: what it is about says more than its kind.
fn row_name(line: &LogLine) -> &'static str {
    match line.about {
        Some(About::CreditNote) => "Credited",
        Some(About::TakenBack) => "Payment taken back",
        Some(About::CreditApplied) => "Credit used",
        Some(About::CreditLost) => "Credit gone",
        Some(About::CreditRegained) => "Credit owed again",
        Some(About::CreditReleased) => "Held again",
        None => name(line.kind),
    }
}

/// Only the owner takes a mail back; every other that fails is the mail server's word, or not needed any more.
fn is_taken_back(line: &LogLine) -> bool {
    line.kind == Happening::MailFailed && line.source == Channel::Owner
}

fn tone(line: &LogLine) -> Tone {
    match line.kind {
        _ if is_taken_back(line) => Tone::Plain,
        _ if matches!(line.about, Some(About::TakenBack | About::CreditReleased)) => Tone::Warn,
        Happening::PaymentSucceeded
        | Happening::PaymentRecorded
        | Happening::RefundSucceeded
        | Happening::DisputeWon
        | Happening::MailSent => Tone::Good,
        Happening::PaymentFailed | Happening::DisputeOpened | Happening::CheckoutExpired => Tone::Warn,
        Happening::Mismatch | Happening::RefundFailed | Happening::DisputeLost | Happening::MailFailed => Tone::Bad,
        Happening::Issued | Happening::PaymentProcessing => Tone::Info,
        Happening::CheckoutStarted
        | Happening::CheckoutCanceled
        | Happening::RefundCreated
        | Happening::MailQueued
        | Happening::Voided => Tone::Plain,
    }
}

/// Who did it, in the story.
fn actor(line: &LogLine) -> &'static str {
    match (line.kind, line.source) {
        (Happening::CheckoutStarted, Channel::ReturnPage | Channel::Webhook | Channel::Schedule) => "Customer",
        (Happening::MailFailed, Channel::Owner) => "Owner",
        (Happening::MailSent | Happening::MailFailed, _) => "Mail server",
        (_, Channel::Webhook | Channel::ReturnPage) => "Stripe",
        (_, Channel::Reconciliation) => "Reconciliation",
        (_, Channel::Owner) => "Owner",
        (_, Channel::Api) => "API",
        (_, Channel::Schedule) => "Quittance",
    }
}

/// By which way it became known, in the log and in reports.
pub fn source(channel: Channel) -> &'static str {
    match channel {
        Channel::Webhook => "Webhook",
        Channel::ReturnPage => "Return page",
        Channel::Reconciliation => "Reconciliation",
        Channel::Owner => "Owner",
        Channel::Api => "API",
        Channel::Schedule => "Schedule",
    }
}

/// Stripe's notice behind a line, laid out to be read.
fn raw(r: &Reader<'_>, line: &LogLine) -> Result<Option<String>, Error> {
    let Some(id) = &line.stripe_event else { return Ok(None) };
    let Some(event) = r.event(id)? else { return Ok(None) };
    let laid_out = serde_json::from_str::<serde_json::Value>(&event.payload)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or(event.payload);
    Ok((!laid_out.is_empty()).then(|| laid_out.chars().take(RAW_CHARS_MAX).collect()))
}

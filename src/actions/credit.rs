//! An issued invoice is taken back, or a part of it: the credit note gets its number, is stored and booked.
//!
//! What is still due is reduced first, always; only what goes beyond it is owed to the customer, and is kept for other
//! invoices or paid back as the owner wishes.

use super::drafts::NOTES_CHARS_MAX;
use super::write_off::{self, GivenUp};
use super::{Actor, Refusal, checkout, day, drafts, issued, lost_credit, number};
use crate::billing::bookings;
use crate::billing::credit_note::plan::{Plan, What, plan};
use crate::billing::credit_note::{CreditNote, Settle};
use crate::billing::due::Due;
use crate::billing::field::{Findings, Lines};
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Content, Draft, Invoice};
use crate::billing::log::{About, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::plan::Plan as Parts;
use crate::billing::settings::Documents;
use crate::store::{Error, Reader, Writer};

const REASON_CHARS_MAX: usize = 500;

/// What the owner wishes to credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub what: What,
    pub reason: String,
    pub settle: Settle,
}

/// What would come of it.
#[derive(Clone, Debug)]
pub struct Outlook {
    pub invoice: Invoice,
    pub plan: Plan,
    /// What of it reduces what is due. Minor units, as are the others.
    pub applied: i64,
    /// What goes beyond that and was refunded already.
    pub taken_over: i64,
    /// What goes beyond both and a payer's bank has taken back.
    pub lost: i64,
    /// What goes beyond all three and is owed to the customer.
    pub beyond: i64,
}

/// Works out what a credit note would say, open checkouts aside.
///
/// # Errors
/// The invoice is not issued or void, a payment is under way, or more is asked for than is possible.
pub fn outlook(reader: &Reader<'_>, id: InvoiceId, wanted: &Wanted) -> Result<Outlook, Refusal> {
    let invoice = issued(reader, id)?;
    if invoice.void.is_some() {
        return Err(Refusal::conflict(format!("Invoice {} is void, so there is nothing to credit.", invoice.number)));
    }
    let mut found = Findings::under("");
    found.text("reason", &wanted.reason, REASON_CHARS_MAX, Lines::Many);
    let mut errors = found.into_errors();
    let planned = plan(&invoice, &reader.credit_notes_of_invoice(id)?, &wanted.what);
    let plan = match planned {
        Ok(plan) if errors.is_empty() => plan,
        Ok(_) => return Err(Refusal::Invalid(errors)),
        Err(refused) => {
            errors.extend(refused);
            return Err(Refusal::Invalid(errors));
        }
    };
    let standing = reader.standing(&invoice)?;
    checkout::refuse_under_way(&invoice, &standing)?;
    let applied = plan.totals.total.min(standing.owed());
    let taken_over = reader.refunded_without_note(id)?.clamp(0, plan.totals.total - applied);
    let rest = plan.totals.total - applied - taken_over;
    let lost = reader.lost_without_note(id)?.clamp(0, rest);
    let beyond = rest - lost;
    if beyond > 0 && wanted.settle == Settle::Invoice {
        return Err(Refusal::field("settle", too_much(&invoice, standing.owed(), taken_over)));
    }
    Ok(Outlook { invoice, plan, applied, taken_over, lost, beyond })
}

fn too_much(invoice: &Invoice, due: i64, taken_over: i64) -> String {
    let money = |minor| Money::new(minor, invoice.content.currency).unwrap_or(Money::zero(invoice.content.currency));
    let refunded = match taken_over {
        0 => String::new(),
        taken_over => format!(", and {} of it was refunded already", money(taken_over)),
    };
    format!(
        "Only {} is due on invoice {}{refunded}. Credit at most that, or keep the rest as the customer's credit \
         (customer_credit), or pay it back (refund).",
        money(due),
        invoice.number
    )
}

/// Issues the credit note of an invoice of which no checkout is open any more. The refund of what it pays back is stored
/// by the caller, in the same transaction.
///
/// # Errors
/// As [`outlook`], or a checkout is open.
pub fn credit(w: &mut Writer<'_>, id: InvoiceId, wanted: &Wanted, actor: &Actor) -> Result<CreditNote, Refusal> {
    let outlook = outlook(w, id, wanted)?;
    checkout::refuse_live(w, id)?;
    let note = numbered(w, &outlook, wanted)?;
    store(w, &outlook.invoice, &note)?;
    let words = if note.reason.is_empty() { String::new() } else { format!(": {}", one_line(&note.reason)) };
    let line = LogLine::new(w.now(), Happening::Issued, actor.channel)
        .about(About::CreditNote)
        .amount(note.total().negated())
        .detail(format!("Credited by credit note {}{words}", note.number));
    w.append_log(id, line)?;
    lost_credit::level_behind(w, id, actor.channel)?;
    Ok(note)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The place that the next credit note of an invoice will have among them, from 1.
///
/// # Errors
/// The store cannot be read.
pub fn next_place(reader: &Reader<'_>, invoice: InvoiceId) -> Result<u64, Error> {
    let earlier = reader.credit_notes_of_invoice(invoice)?;
    Ok(earlier.last().map_or(1, |last| last.ordinal.saturating_add(1)))
}

fn numbered(w: &mut Writer<'_>, outlook: &Outlook, wanted: &Wanted) -> Result<CreditNote, Refusal> {
    let Outlook { invoice, plan, applied, taken_over, .. } = outlook;
    let mut settings = w.settings()?;
    let number = number::take(w, &mut settings, Documents::CreditNotes, invoice.book)?;
    w.put_settings(&settings)?;
    Ok(CreditNote {
        id: w.id()?,
        number,
        invoice: invoice.id,
        customer: invoice.content.customer,
        book: invoice.book,
        ordinal: next_place(w, invoice.id)?,
        issued_at: w.now(),
        issue_date: day(&settings, w.now()),
        currency: invoice.content.currency,
        prices_include_tax: invoice.content.prices_include_tax,
        lines: plan.lines.clone(),
        totals: plan.totals.clone(),
        taken: plan.taken.clone(),
        reason: wanted.reason.clone(),
        settle: wanted.settle,
        applied: *applied,
        taken_over: *taken_over,
        seller: settings.business.clone(),
        buyer: invoice.buyer.clone(),
    })
}

/// What was given up is asked for again before the note reduces it, and what is left is given up again: a sum of which
/// half is written off reads as neither.
fn store(w: &mut Writer<'_>, invoice: &Invoice, note: &CreditNote) -> Result<(), Refusal> {
    let given_up = write_off::ask_again(w, invoice)?;
    w.put_credit_note(note)?;
    w.book(&bookings::credit::note(note)?)?;
    match given_up {
        _ if w.standing(invoice)?.due() == 0 => Ok(()),
        GivenUp::Nothing => Ok(()),
        GivenUp::Difference => write_off::give_up_rest(w, invoice.id),
        GivenUp::WrittenOff => write_off::write_off(w, invoice.id).map(drop),
    }
}

/// Takes back what `wanted` says of an invoice, which is all that is left, and begins the one that takes its place: a draft for the same customer that says
/// the same and names the old one.
///
/// # Errors
/// As [`credit`].
pub fn reissue(
    w: &mut Writer<'_>,
    id: InvoiceId,
    wanted: &Wanted,
    actor: &Actor,
) -> Result<(CreditNote, Draft), Refusal> {
    let note = credit(w, id, wanted, actor)?;
    let invoice = issued(w, id)?;
    let names_it = format!("Replaces invoice {}, which credit note {} took back.", invoice.number, note.number);
    let notes = with_notes(names_it, &invoice.content.notes);
    let due = Due::InDays(w.settings()?.terms_days);
    let content = Content { due, notes, ..invoice.content };
    // Parts that were due on certain days may not fit the new due date; then it is paid at once until the owner decides.
    let draft = match drafts::create(w, content.clone()) {
        Err(Refusal::Invalid(_)) if !content.plan.is_at_once() => {
            drafts::create(w, Content { plan: Parts::default(), ..content })?
        }
        outcome => outcome?,
    };
    Ok((note, draft))
}

/// A sentence, and below it as much of the old notes as there is room for: nobody can shorten those of an issued invoice.
fn with_notes(sentence: String, notes: &str) -> String {
    const BETWEEN: &str = "\n\n";
    if notes.is_empty() {
        return sentence;
    }
    let room = NOTES_CHARS_MAX.saturating_sub(sentence.chars().count() + BETWEEN.len());
    if notes.chars().count() <= room {
        return format!("{sentence}{BETWEEN}{notes}");
    }
    let kept: String = notes.chars().take(room.saturating_sub(1)).collect();
    format!("{sentence}{BETWEEN}{kept}…")
}

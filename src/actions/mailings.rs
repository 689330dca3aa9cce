//! Mails are owed: the invoice, a reminder, a receipt. The outbox row is written here; a worker sends it.

use jiff::{SignedDuration, Timestamp};

use super::{Actor, Refusal, alerts, issued, sensitive};
use crate::billing::credit_note::CreditNote;
use crate::billing::email::check_email;
use crate::billing::id::{CustomerId, InvoiceId, MailId, PaymentId};
use crate::billing::invoice::Invoice;
use crate::billing::letter::{Delivery, Letter, Matter};
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::standing::{Status, issued_status};
use crate::store::{Error, Reader, Writer};

/// How often one invoice may be mailed or reminded of in all: beyond it is harassment, or a loop.
const SENDINGS_MAX: u32 = 50;
/// Waiting mails that are looked through for those of one customer: more wait only where mail was never set up.
const READDRESSED_MAX: usize = 10_000;

/// Owes a mail about `matter` unless it is owed or sent already. `None` if so, or if there is nobody to write to.
///
/// # Errors
/// The store failed.
pub fn queue(
    w: &mut Writer<'_>,
    matter: Matter,
    to: Vec<String>,
    cc: Vec<String>,
    not_before: Timestamp,
) -> Result<Option<Letter>, Error> {
    if to.is_empty() || w.letter_about(&matter)?.is_some() {
        return Ok(None);
    }
    let letter = Letter {
        id: w.id()?,
        subject_matter: matter,
        to,
        cc,
        taken: Vec::new(),
        queued_at: w.now(),
        not_before,
        state: Delivery::Queued,
        attempts: 0,
        last_words: None,
        subject: String::new(),
    };
    w.put_letter(&letter)?;
    Ok(Some(letter))
}

/// Mails the invoice to its customer, after `undo_for` in which it can be taken back.
///
/// # Errors
/// It is not issued, is void, or the customer has no address.
pub fn send_invoice(
    w: &mut Writer<'_>,
    id: InvoiceId,
    undo_for: SignedDuration,
    actor: &Actor,
) -> Result<Letter, Refusal> {
    let invoice = issued(w, id)?;
    if invoice.void.is_some() {
        return Err(Refusal::conflict(format!("Invoice {} is void, so it is not sent any more.", invoice.number)));
    }
    if issued_status(&invoice, &w.standing(&invoice)?) == Status::Uncollectible {
        return Err(Refusal::conflict(format!(
            "Invoice {} is written off, so it is not sent any more.",
            invoice.number
        )));
    }
    let ordinal = next_ordinal(w, |ordinal| Matter::Invoice { invoice: id, ordinal })?;
    mail_customer(w, &invoice, Matter::Invoice { invoice: id, ordinal }, undo_for, actor)
}

/// Mails a credit note to its customer, after `undo_for` in which it can be taken back.
///
/// # Errors
/// The customer has no address.
pub fn send_credit_note(
    w: &mut Writer<'_>,
    note: &CreditNote,
    undo_for: SignedDuration,
    actor: &Actor,
) -> Result<Letter, Refusal> {
    let invoice = issued(w, note.invoice)?;
    let ordinal = next_ordinal(w, |ordinal| Matter::CreditNote { note: note.id, ordinal })?;
    mail_customer(w, &invoice, Matter::CreditNote { note: note.id, ordinal }, undo_for, actor)
}

/// Mails a reminder of an open invoice.
///
/// # Errors
/// It is not open, or the customer has no address.
pub fn remind(w: &mut Writer<'_>, id: InvoiceId, undo_for: SignedDuration, actor: &Actor) -> Result<Letter, Refusal> {
    let invoice = issued(w, id)?;
    let standing = w.standing(&invoice)?;
    let number = &invoice.number;
    match issued_status(&invoice, &standing) {
        Status::Open => {}
        Status::Uncollectible => {
            return Err(Refusal::conflict(format!("Invoice {number} is written off, so nobody is reminded of it.")));
        }
        _ => {
            return Err(Refusal::conflict(format!(
                "Nothing is due on invoice {number}, so there is nothing to remind of."
            )));
        }
    }
    if standing.processing {
        return Err(Refusal::conflict(format!("A payment of invoice {} is under way at the bank.", invoice.number)));
    }
    if w.holds_money(id)? {
        return Err(Refusal::conflict(format!(
            "A payment for invoice {} has arrived and is held until its review is decided. Decide that first.",
            invoice.number
        )));
    }
    let ordinal = next_ordinal(w, |ordinal| Matter::Reminder { invoice: id, ordinal })?;
    mail_customer(w, &invoice, Matter::Reminder { invoice: id, ordinal }, undo_for, actor)
}

/// Whether there is somebody to mail an invoice to.
///
/// # Errors
/// The customer has no address.
pub fn recipients(invoice: &Invoice) -> Result<Vec<String>, Refusal> {
    if invoice.buyer.email.is_empty() {
        return Err(Refusal::conflict(format!(
            "{} has no e-mail address. Add one to the customer, or copy the link and send it yourself.",
            invoice.buyer.name
        )));
    }
    Ok(vec![invoice.buyer.email.clone()])
}

fn mail_customer(
    w: &mut Writer<'_>,
    invoice: &Invoice,
    matter: Matter,
    undo_for: SignedDuration,
    actor: &Actor,
) -> Result<Letter, Refusal> {
    let to = recipients_now(w, invoice)?;
    let not_before = w.now().saturating_add(undo_for).unwrap_or(w.now());
    let what = match matter {
        Matter::Reminder { .. } => "Reminder",
        Matter::CreditNote { .. } => "Credit note",
        _ => "Invoice",
    };
    let words = format!("{what} to {}", to.join(", "));
    let mut cc = invoice.content.cc.clone();
    cc.retain(|copy| !to.iter().any(|address| address.eq_ignore_ascii_case(copy)));
    let letter =
        queue(w, matter, to, cc, not_before)?.ok_or_else(|| Refusal::conflict("This mail is on its way already."))?;
    w.append_log(invoice.id, LogLine::new(w.now(), Happening::MailQueued, actor.channel).detail(words))?;
    Ok(letter)
}

fn recipients_now(reader: &Reader<'_>, invoice: &Invoice) -> Result<Vec<String>, Refusal> {
    present_address(reader, invoice)?.map_or_else(|| recipients(invoice), |address| Ok(vec![address]))
}

/// The customer's present address, since one that was corrected after the issue is the one that works.
///
/// # Errors
/// The store failed.
pub fn present_address(reader: &Reader<'_>, invoice: &Invoice) -> Result<Option<String>, Error> {
    let customer = reader.customer(invoice.content.customer)?.map(|customer| customer.party.email);
    Ok(customer
        .filter(|email| !email.is_empty())
        .or_else(|| Some(invoice.buyer.email.clone()).filter(|e| !e.is_empty())))
}

/// Waiting mails of a customer whose address was corrected go to the present one, unless they were tried or sent
/// elsewhere on purpose.
///
/// # Errors
/// The store failed.
pub fn readdress(w: &mut Writer<'_>, customer: CustomerId, from: &str, to: &str) -> Result<(), Error> {
    for letter in w.letters_due(Timestamp::MAX, READDRESSED_MAX)? {
        let goes_there = matches!(letter.to.as_slice(), [address] if address == from);
        if !goes_there || letter.attempts > 0 || matches!(letter.subject_matter, Matter::PayerCopy { .. }) {
            continue;
        }
        let Some(invoice) = invoice_of(w, &letter.subject_matter)? else { continue };
        if w.document(invoice)?.is_some_and(|document| document.content().customer == customer) {
            w.put_letter(&Letter { to: vec![to.to_owned()], ..letter })?;
        }
    }
    Ok(())
}

fn next_ordinal(reader: &Reader<'_>, matter: impl Fn(u32) -> Matter) -> Result<u32, Refusal> {
    for ordinal in 1..=SENDINGS_MAX {
        match reader.letter_about(&matter(ordinal))? {
            None => return Ok(ordinal),
            Some(letter) if letter.waits_for_addressee() => {
                return Err(Refusal::conflict("This mail is already waiting to be sent."));
            }
            Some(_) => {}
        }
    }
    Err(Refusal::conflict(format!("This was mailed {SENDINGS_MAX} times already.")))
}

/// Takes a waiting mail back.
///
/// # Errors
/// It has left already.
pub fn withdraw(w: &mut Writer<'_>, id: MailId) -> Result<Letter, Refusal> {
    let letter = w.letter(id)?.ok_or(Refusal::NotFound("mail"))?;
    if letter.state != Delivery::Queued || letter.attempts > 0 {
        return Err(Refusal::conflict("This mail has left already."));
    }
    sensitive::keep_from_nobody(&letter)?;
    let letter = take_in(w, letter)?;
    // Whoever reads later that it was queued must not believe that it was mailed.
    if let Some(invoice) = invoice_of(w, &letter.subject_matter)? {
        let words = if letter.taken.is_empty() {
            format!("Taken back before it left, so not sent to {}", letter.to.join(", "))
        } else {
            format!("Taken back, so no longer sent to {}", letter.owed().join(", "))
        };
        w.append_log(invoice, LogLine::new(w.now(), Happening::MailFailed, Channel::Owner).detail(words))?;
    }
    Ok(letter)
}

/// What mails about these matters would say is not true any more: those that have not left must not leave.
///
/// # Errors
/// The store failed.
pub fn withdraw_about(w: &mut Writer<'_>, matters: impl IntoIterator<Item = Matter>) -> Result<(), Error> {
    for matter in matters {
        if let Some(letter) = w.letter_about(&matter)?.filter(Letter::is_waiting) {
            take_in(w, letter)?;
        }
    }
    Ok(())
}

fn take_in(w: &mut Writer<'_>, letter: Letter) -> Result<Letter, Error> {
    let letter = Letter { state: stays_here(w, &letter), ..letter };
    w.put_letter(&letter)?;
    Ok(letter)
}

/// The state of a mail that is not to leave any more. What has reached somebody was sent.
fn stays_here(w: &Writer<'_>, letter: &Letter) -> Delivery {
    let at = w.now();
    if letter.taken.is_empty() { Delivery::Withdrawn { at } } else { Delivery::Sent { at } }
}

/// Tries a failed or waiting mail again now, to another address if one is given.
///
/// # Errors
/// It was sent, or the address is none.
pub fn retry(w: &mut Writer<'_>, id: MailId, address: Option<&str>) -> Result<Letter, Refusal> {
    let letter = w.letter(id)?.ok_or(Refusal::NotFound("mail"))?;
    if matches!(letter.state, Delivery::Sent { .. }) {
        return Err(Refusal::conflict("This mail was sent already."));
    }
    let mut letter = Letter { state: Delivery::Queued, not_before: w.now(), queued_at: w.now(), attempts: 0, ..letter };
    if let Some(address) = address {
        sensitive::keep_from_nobody(&letter)?;
        check_email(address).map_err(|problem| Refusal::field("to", problem))?;
        letter.readdress(address.to_owned());
    }
    letter.to.first().ok_or_else(|| Refusal::field("to", "Enter an address: the one it had is forgotten."))?;
    w.put_letter(&letter)?;
    Ok(letter)
}

/// Mails a copy of a receipt to the payer, at the address that the payer gave to Stripe.
///
/// # Errors
/// There is no such payment, or the payer gave no other address.
pub fn copy_to_payer(w: &mut Writer<'_>, id: PaymentId) -> Result<(), Refusal> {
    let payment = w.payment(id)?.ok_or(Refusal::NotFound("payment"))?;
    let address = payment.payer_email.ok_or_else(|| Refusal::conflict("The payer gave no other address."))?;
    let now = w.now();
    queue(w, Matter::PayerCopy { payment: id }, vec![address], Vec::new(), now)?;
    Ok(())
}

/// What became of a try to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted {
        reply: String,
    },
    /// Taken for these, and not yet for others, who are tried again at that moment; `None` to give them up.
    Partly {
        taken: Vec<String>,
        next: Option<Timestamp>,
        reply: String,
    },
    /// To be tried again at this moment.
    Later {
        at: Timestamp,
        words: String,
    },
    /// Refused for good, or given up.
    Failed {
        words: String,
    },
    /// What it would say is not true any more, so it stays here.
    Needless {
        words: String,
    },
}

/// Notes what the mail server said.
///
/// # Errors
/// The store failed.
pub fn note_outcome(w: &mut Writer<'_>, id: MailId, subject: &str, outcome: &Outcome) -> Result<(), Error> {
    let Some(letter) = w.letter(id)? else { return Ok(()) };
    // Noted before: the commit that noted it was in doubt, or another try was faster.
    if matches!(letter.state, Delivery::Sent { .. }) {
        return Ok(());
    }
    // Taken back, or failed by another try, while this one was under way: only news that it left changes that.
    let has_left = matches!(outcome, Outcome::Accepted { .. } | Outcome::Partly { .. });
    if letter.state != Delivery::Queued && !has_left {
        return Ok(());
    }
    let owed = letter.owed().join(", ");
    let was_taken_back = matches!(letter.state, Delivery::Withdrawn { .. });
    let (state, not_before, words) = match outcome {
        Outcome::Accepted { reply } => (Delivery::Sent { at: w.now() }, letter.not_before, reply),
        Outcome::Partly { reply, .. } if was_taken_back => (Delivery::Sent { at: w.now() }, letter.not_before, reply),
        Outcome::Partly { next: Some(at), reply, .. } => (Delivery::Queued, *at, reply),
        Outcome::Partly { next: None, reply, .. } => (Delivery::Failed { at: w.now() }, letter.not_before, reply),
        Outcome::Later { at, words } => (Delivery::Queued, *at, words),
        Outcome::Failed { words } => (Delivery::Failed { at: w.now() }, letter.not_before, words),
        Outcome::Needless { words } => (stays_here(w, &letter), letter.not_before, words),
    };
    let (attempts, last_words, subject) = (letter.attempts.saturating_add(1), Some(words.clone()), subject.to_owned());
    let mut letter = Letter { not_before, state, attempts, last_words, subject, ..letter };
    let is_rest = !letter.taken.is_empty();
    if let Outcome::Partly { taken, .. } = outcome {
        letter.taken.extend_from_slice(taken);
    }
    w.put_letter(&letter)?;
    if matches!(letter.state, Delivery::Failed { .. }) {
        alerts::mail_failed(w, &letter)?;
    }
    let whom = if is_rest { owed } else { letter.to.join(", ") };
    log_outcome(w, &letter, outcome, &whom)
}

/// `whom` it was tried for.
fn log_outcome(w: &mut Writer<'_>, letter: &Letter, outcome: &Outcome, whom: &str) -> Result<(), Error> {
    let Some(invoice) = invoice_of(w, &letter.subject_matter)? else { return Ok(()) };
    let (kind, words) = match outcome {
        Outcome::Accepted { .. } => (Happening::MailSent, format!("{} to {whom}", letter.subject)),
        Outcome::Partly { taken, .. } => {
            let follow = if letter.is_waiting() { "; others follow" } else { "" };
            (Happening::MailSent, format!("{} to {}{follow}", letter.subject, taken.join(", ")))
        }
        Outcome::Failed { words } => (Happening::MailFailed, format!("{} to {whom}: {words}", letter.subject)),
        Outcome::Needless { words } => (Happening::MailFailed, format!("Not sent to {whom}: {words}")),
        Outcome::Later { .. } => return Ok(()),
    };
    w.append_log(invoice, LogLine::new(w.now(), kind, Channel::Schedule).detail(words))?;
    match outcome {
        Outcome::Partly { reply, .. } if !letter.is_waiting() => {
            let words = format!("Not sent to {}: {reply}", letter.owed().join(", "));
            w.append_log(invoice, LogLine::new(w.now(), Happening::MailFailed, Channel::Schedule).detail(words))
        }
        _ => Ok(()),
    }
}

/// The invoice in whose log a mail is noted; mails to the owner are not.
///
/// # Errors
/// The store failed.
pub fn invoice_of(reader: &Reader<'_>, matter: &Matter) -> Result<Option<InvoiceId>, Error> {
    Ok(match matter {
        Matter::Invoice { invoice, .. } | Matter::Reminder { invoice, .. } => Some(*invoice),
        Matter::Receipt { payment } | Matter::CreditReceived { payment } | Matter::PayerCopy { payment } => {
            reader.payment(*payment)?.and_then(|payment| payment.invoice)
        }
        Matter::InstructionReceived { attempt } | Matter::DelayedPaymentFailed { attempt } => {
            reader.attempt(*attempt)?.map(|attempt| attempt.invoice)
        }
        Matter::OwnerPayment { .. }
        | Matter::OwnerAlert { .. }
        | Matter::OwnerDeclines { .. }
        | Matter::OwnerDispute { .. }
        | Matter::OwnerRefund { .. }
        | Matter::OwnerFailedMails { .. }
        | Matter::OwnerTrouble { .. }
        | Matter::OwnerChange { .. } => None,
        Matter::CreditNote { note, .. } => reader.credit_note(*note)?.map(|note| note.invoice),
        Matter::RefundIssued { refund } => reader.refund(*refund)?.and_then(|refund| refund.invoice),
    })
}

//! What becomes of a refund: what Stripe says of it is booked, written into the log and told, once each.

use jiff::{SignedDuration, Timestamp};

use super::sources::returned_of_credit;
use crate::actions::case_words::gone_since;
use crate::actions::reviews::{self, Case};
use crate::actions::{charge_fee, lost_credit, mailings};
use crate::billing::bookings;
use crate::billing::credit_note::CreditNote;
use crate::billing::id::{InvoiceId, RefundId};
use crate::billing::ledger::Account;
use crate::billing::letter::Matter;
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::refund::{Accepted, OfNote, Origin, Refund, Share, State, Waiting};
use crate::billing::review::{Action, Evidence, Reason, Resolution, Review};
use crate::store::{Error, Reader, Writer};

/// How often a pending refund is looked at; Stripe also says so by itself.
const PENDING_LOOK: SignedDuration = SignedDuration::from_hours(12);

/// How the name of a decision begins that was made in a review.
pub const OF_A_REVIEW: &str = "review:";

/// How the name of a decision begins that was made with a credit note.
pub const OF_A_NOTE: &str = "note:";

/// By which way the news came.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub channel: Channel,
    /// Stripe's event, if one brought it.
    pub event: Option<&'a str>,
}

/// Moves a refund on and does what follows: the booking, the log, the mails, the case if it failed.
///
/// # Errors
/// The store failed, or that state does not follow.
pub fn advance(w: &mut Writer<'_>, refund: &Refund, next: State, told: Told<'_>) -> Result<Refund, Error> {
    let payment = payment_of(w, refund)?;
    let moved = refund.clone().moved_to(next).map_err(|error| Error::Unsound(error.to_string()))?;
    let moved = Refund { next_look: next_look(&moved.state, w.now()), ..moved };
    let moved = if moved.stands() { book(w, moved, &payment)? } else { book_back(w, moved, &payment)? };
    w.put_refund(&moved)?;
    lost_credit::level(w, &payment, told.channel)?;
    for share in moved.accepted.iter().flat_map(|accepted| &accepted.shares) {
        lost_credit::reclaim(w, share.invoice, told.channel)?;
    }
    log(w, refund, &moved, &payment, told)?;
    if moved.stands() {
        tell_customer(w, &moved, told.channel)?;
        close_cases(w, &moved, &payment)?;
    } else if !moved.is_open() {
        // A mail that says that money goes back must not leave any more.
        let (issued, told) = (Matter::RefundIssued { refund: moved.id }, Matter::OwnerRefund { refund: moved.id });
        mailings::withdraw_about(w, [issued, told])?;
        if !was_seen(&moved) {
            came_to_nothing(w, &moved, &payment)?;
        }
    }
    Ok(moved)
}

fn payment_of(reader: &Reader<'_>, refund: &Refund) -> Result<Payment, Error> {
    let missing = || Error::Unsound(format!("the refund {} names no payment", refund.id));
    reader.payment(refund.payment)?.ok_or_else(missing)
}

fn next_look(state: &State, now: Timestamp) -> Option<Timestamp> {
    match state {
        State::Requested | State::Unknown { .. } => Some(now),
        State::Pending { .. } => now.saturating_add(PENDING_LOOK).ok(),
        _ => None,
    }
}

/// Books money that left, unless it is booked.
fn book(w: &mut Writer<'_>, refund: Refund, payment: &Payment) -> Result<Refund, Error> {
    if refund.accepted.is_some() {
        return Ok(refund);
    }
    let held = -w.balance(payment.book, payment.amount.currency(), Account::Credit(payment.id))?;
    let minor = refund.amount.minor();
    let named = refund.credit_note.map(|note| w.credit_note(note)).transpose()?.flatten();
    // What pays a credit note back comes out of what had paid the invoice; else the payment's credit goes first.
    let (from_credit, shares) = match &named {
        Some(note) => {
            let shares = shares_for_note(w, payment, note.invoice, minor)?;
            let rest = minor - shares.iter().map(|share| share.amount).sum::<i64>();
            (held.clamp(0, rest), shares)
        }
        None => {
            let from_credit = held.clamp(0, minor);
            (from_credit, shares(w, payment, payment.invoice, minor - from_credit)?)
        }
    };
    let from_notes = from_notes(w, named.as_ref(), &shares)?;
    let to_invoices: i64 = shares.iter().map(|share| share.amount).sum();
    let from_fee = charge_fee::left_of_fee(w, payment)?.min(minor - from_credit - to_invoices).max(0);
    let accepted = Accepted { at: w.now(), from_credit, from_notes, from_fee, shares };
    w.book(&bookings::refund(&refund, payment, &accepted)?)?;
    charge_fee::correct(w, payment, refund.id, from_fee)?;
    Ok(Refund { accepted: Some(accepted), ..refund })
}

/// What of the shares credit notes of their invoices owe: the named one first, then the oldest.
fn from_notes(reader: &Reader<'_>, named: Option<&CreditNote>, shares: &[Share]) -> Result<Vec<OfNote>, Error> {
    let mut taken = Vec::new();
    for share in shares {
        let mut rest = share.amount;
        for note in notes_of(reader, share.invoice, named)? {
            let amount = reader.left_of_note(&note)?.clamp(0, rest);
            if amount > 0 {
                taken.push(OfNote { note: note.id, amount });
                rest -= amount;
            }
        }
    }
    Ok(taken)
}

fn notes_of(reader: &Reader<'_>, invoice: InvoiceId, first: Option<&CreditNote>) -> Result<Vec<CreditNote>, Error> {
    let mut notes = reader.credit_notes_of_invoice(invoice)?;
    notes.sort_by_key(|note| first.is_none_or(|first| first.id != note.id));
    Ok(notes)
}

/// Which invoices give money back that had paid them: `first` before others, each no more than it got.
fn shares(
    reader: &Reader<'_>,
    payment: &Payment,
    first: Option<InvoiceId>,
    mut rest: i64,
) -> Result<Vec<Share>, Error> {
    let mut paid = reader.still_paid_by(payment)?;
    paid.sort_by_key(|(invoice, _)| first != Some(*invoice));
    let mut shares = Vec::new();
    for (invoice, left) in paid {
        let amount = rest.min(left);
        if amount > 0 {
            shares.push(Share { invoice, amount });
            rest -= amount;
        }
    }
    Ok(shares)
}

/// The same for a credit note's money: its invoice gives back first what this payment had paid of it, then what credit of
/// another note had, to which the payment had come.
fn shares_for_note(
    reader: &Reader<'_>,
    payment: &Payment,
    invoice: InvoiceId,
    minor: i64,
) -> Result<Vec<Share>, Error> {
    let direct = shares(reader, payment, Some(invoice), minor)?;
    let own: i64 = direct.iter().filter(|share| share.invoice == invoice).map(|share| share.amount).sum();
    let notes = reader.notes_that_paid(invoice)?;
    // Only what this payment had not paid of it itself.
    let by_credit: i64 = notes.iter().map(|(_, sum)| sum).sum();
    let passed_on = (by_credit - returned_of_credit(reader, invoice)?).clamp(0, minor - own);
    if passed_on == 0 {
        return Ok(direct);
    }
    let mut shares = vec![Share { invoice, amount: own + passed_on }];
    let mut rest = minor - own - passed_on;
    for share in direct.into_iter().filter(|share| share.invoice != invoice) {
        let amount = share.amount.min(rest);
        if amount > 0 {
            shares.push(Share { amount, ..share });
            rest -= amount;
        }
    }
    Ok(shares)
}

/// Books money back that had left, unless it never did or is back already.
fn book_back(w: &mut Writer<'_>, refund: Refund, payment: &Payment) -> Result<Refund, Error> {
    let Some(accepted) = refund.accepted.clone().filter(|_| refund.returned_at.is_none()) else { return Ok(refund) };
    let at = w.now();
    let returned_to_notes = to_notes(w, &refund, &accepted)?;
    let refund = Refund { returned_at: Some(at), returned_to_notes, ..refund };
    w.book(&bookings::refund_failed(&refund, payment, &accepted, at)?)?;
    charge_fee::correct(w, payment, refund.id, -accepted.from_fee)?;
    Ok(refund)
}

/// What of a refund that came back credit notes owe again: all that no other refund had taken from sales. A note that was
/// issued after the refund owes what it had taken over of it.
fn to_notes(reader: &Reader<'_>, refund: &Refund, accepted: &Accepted) -> Result<Vec<OfNote>, Error> {
    let named = refund.credit_note.map(|note| reader.credit_note(note)).transpose()?.flatten();
    let mut returned = Vec::new();
    for share in &accepted.shares {
        let mut rest = (share.amount - reader.refunded_without_note(share.invoice)?).max(0);
        for note in notes_of(reader, share.invoice, named.as_ref())? {
            let amount = reader.paid_back_by(&note)?.clamp(0, rest);
            if amount > 0 {
                returned.push(OfNote { note: note.id, amount });
                rest -= amount;
            }
        }
    }
    Ok(returned)
}

fn log(w: &mut Writer<'_>, before: &Refund, refund: &Refund, payment: &Payment, told: Told<'_>) -> Result<(), Error> {
    let (kind, words) = match &refund.state {
        State::Requested | State::Unknown { .. } => return Ok(()),
        State::Pending { waits_for } => (Happening::RefundCreated, waiting(waits_for).to_owned()),
        State::Succeeded if refund.stripe_refund.is_none() => {
            let way = refund.method(payment).words();
            (Happening::RefundSucceeded, format!("By {way}, recorded by {}", refund.requested_by))
        }
        State::Succeeded => (Happening::RefundSucceeded, format!("To {}", payment.method.words())),
        State::Canceled => (Happening::RefundFailed, "The refund was canceled; the money is back".to_owned()),
        State::Failed { reason } => (Happening::RefundFailed, format!("The refund failed: {reason}")),
        State::Rejected { reason } => (Happening::RefundFailed, format!("Stripe did not make the refund: {reason}")),
        State::Lost { reason } => (Happening::RefundFailed, reason.clone()),
    };
    let line =
        LogLine::new(w.now(), kind, told.channel).stripe(told.event, None, refund.payment_intent()).detail(words);
    // What was asked for counts once in a sum over the log, whatever it waits for: with the line of when it was asked for, or,
    // on an invoice of which nobody knew then, with the first of these.
    let is_asked = kind == Happening::RefundCreated;
    let shares = refund.accepted.iter().flat_map(|accepted| &accepted.shares);
    for share in shares.filter(|share| refund.invoice != Some(share.invoice)) {
        let sum = Money::new(share.amount, refund.amount.currency()).unwrap_or(refund.amount);
        let words = format!("{}, as a part of {}", line.detail.as_deref().unwrap_or_default(), refund.amount);
        let part = line.clone().detail(words);
        w.append_log(share.invoice, if is_asked && before.accepted.is_some() { part } else { part.amount(sum) })?;
    }
    let line = if is_asked { line } else { line.amount(refund.amount) };
    refund.invoice.map_or(Ok(()), |invoice| w.append_log(invoice, line))
}

/// What a pending refund waits for, in words.
#[must_use]
pub fn waiting(waits_for: &Waiting) -> &'static str {
    match waits_for {
        Waiting::Processing => "Stripe has taken the refund and sends the money",
        Waiting::Charge => "Stripe sends the money as soon as the payment itself is through",
        Waiting::Funds => "Stripe has taken the refund and waits for money on your Stripe balance",
        Waiting::Customer => "Stripe asks the customer where to send the money",
    }
}

/// One mail about a refund, however often news of it comes.
fn tell_customer(w: &mut Writer<'_>, refund: &Refund, channel: Channel) -> Result<(), Error> {
    let Some(invoice) = refund.invoice.map(|id| w.invoice(id)).transpose()?.flatten() else { return Ok(()) };
    let to = mailings::present_address(w, &invoice)?.into_iter().collect();
    let (now, matter) = (w.now(), Matter::RefundIssued { refund: refund.id });
    if let Some(letter) = mailings::queue(w, matter, to, invoice.content.cc.clone(), now)? {
        let words = format!("Notice of the refund to {}", letter.to.join(", "));
        w.append_log(invoice.id, LogLine::new(now, Happening::MailQueued, channel).detail(words))?;
    }
    // The owner who asked for it knows of it.
    if refund.origin == Origin::Stripe {
        let owners = reviews::owners(w)?;
        mailings::queue(w, Matter::OwnerRefund { refund: refund.id }, owners, Vec::new(), now)?;
    }
    Ok(())
}

/// Nothing is left to decide about a refund that was made after all, and about money that was held and went back whole.
fn close_cases(w: &mut Writer<'_>, refund: &Refund, payment: &Payment) -> Result<(), Error> {
    let made = "Stripe made the refund after all.";
    reviews::close_by_itself(w, Reason::RefundFailed, &refund.id.to_string(), made)?;
    close_failed(w, payment, "The money went back by another refund.", |w, case, failed| {
        Ok(gone_since(w, case, payment)? >= failed.amount.minor())
    })?;
    let held = w.balance(payment.book, payment.amount.currency(), Account::Credit(payment.id))?;
    let used_credit = refund.accepted.as_ref().is_some_and(|accepted| accepted.from_credit > 0);
    if !used_credit || held != 0 {
        return Ok(());
    }
    let by = if refund.requested_by.is_empty() { "Stripe" } else { &refund.requested_by };
    for case in
        w.open_reviews_of_payment(payment)?.into_iter().filter(|case| case.actions.contains(&Action::KeepCredit))
    {
        let (note, by) = ("The money went back.".to_owned(), by.to_owned());
        let resolved = Some(Resolution { at: w.now(), action: Action::Refund, note, by });
        w.put_review(&Review { resolved, ..case })?;
    }
    Ok(())
}

/// Closes the cases of a payment's refunds that failed and of which nothing is owed any more.
///
/// # Errors
/// The store failed.
pub fn close_failed(
    w: &mut Writer<'_>,
    payment: &Payment,
    note: &str,
    is_settled: impl Fn(&Reader<'_>, &Review, &Refund) -> Result<bool, Error>,
) -> Result<(), Error> {
    for case in w.open_reviews_of_payment(payment)? {
        if let Some(failed) = w.refund_of_review(&case)?
            && is_settled(w, &case, &failed)?
        {
            reviews::close_case_by_itself(w, case.id, note)?;
        }
    }
    Ok(())
}

/// Whether whoever asked was told at once that Stripe refused. A case that was closed with it needs another one, and so
/// does a credit note that was issued with it.
fn was_seen(refund: &Refund) -> bool {
    // What was canceled before it was ever seen moved nothing here.
    if refund.state == State::Canceled && refund.accepted.is_none() {
        return true;
    }
    let is_first_answer = matches!(refund.state, State::Rejected { .. }) && refund.tries == 0;
    let is_elsewhere = |nonce: &String| nonce.starts_with(OF_A_REVIEW) || nonce.starts_with(OF_A_NOTE);
    is_first_answer && !refund.nonce.as_ref().is_some_and(is_elsewhere)
}

/// The money did not get there, and a person decides how it goes back instead, unless all of it has gone another way.
fn came_to_nothing(w: &mut Writer<'_>, refund: &Refund, payment: &Payment) -> Result<(), Error> {
    let (status, words) = match &refund.state {
        State::Canceled => ("canceled", "It was canceled at Stripe.".to_owned()),
        State::Lost { reason } => ("unknown", format!("{reason}.")),
        _ => ("failed", format!("{}.", refund.why_not().unwrap_or("Stripe does not say why").trim_end_matches('.'))),
    };
    if w.gone_of(payment.id)? >= payment.amount.minor() {
        return Ok(());
    }
    let detail = format!("The refund of {} to {} did not get there. {words}", refund.amount, payment.method.words());
    let books = if refund.returned_at.is_some() { "refunded" } else { "requested" };
    let case = Case::new(Reason::RefundFailed, &refund.id.to_string(), detail)
        .invoice(refund.invoice)
        .payment(payment.id)
        .evidence(vec![
            Evidence::new("Status", status, books),
            Evidence::new("Amount", refund.amount.to_string(), refund.amount.to_string()),
        ]);
    reviews::open(w, case).map(drop)
}

/// Stripe's answer was lost: the same request is made again.
///
/// # Errors
/// The store failed.
pub fn answer_lost(w: &mut Writer<'_>, id: RefundId, retry_at: Timestamp) -> Result<(), Error> {
    let Some(refund) = w.refund(id)?.filter(Refund::is_open) else { return Ok(()) };
    let state = match refund.state {
        State::Requested => State::Unknown { since: w.now() },
        state => state,
    };
    let tries = refund.tries.saturating_add(1);
    w.put_refund(&Refund { state, tries, next_look: Some(retry_at), ..refund })
}

/// Sets the next look at a refund whose end is not known.
///
/// # Errors
/// The store failed.
pub fn look_again(w: &mut Writer<'_>, id: RefundId, at: Timestamp) -> Result<(), Error> {
    let Some(refund) = w.refund(id)?.filter(|refund| refund.next_look.is_some()) else { return Ok(()) };
    if refund.next_look == Some(at) { Ok(()) } else { w.put_refund(&Refund { next_look: Some(at), ..refund }) }
}

//! What a payer's bank took back for good is owed to nobody a second time: credit of that money is booked against the
//! loss, and owed again if the bank gives the money back.

use super::Refusal;
use crate::billing::bookings::{credit, disputes as bookings};
use crate::billing::id::InvoiceId;
use crate::billing::ledger::Account;
use crate::billing::log::{About, Channel, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::store::{Error, Writer};

/// Moves what has to be moved of a payment's credit. Called twice, it moves nothing the second time.
///
/// # Errors
/// The store failed.
pub fn level(w: &mut Writer<'_>, payment: &Payment, channel: Channel) -> Result<(), Error> {
    let parts = w.credit_to_move(payment)?;
    if parts.is_empty() {
        return Ok(());
    }
    let ordinal = w.lost_credits_so_far(payment.id)?.saturating_add(1);
    w.book(&bookings::lost_credit(payment, ordinal, &parts, w.now())?)?;
    for (account, amount) in parts {
        note_it(w, payment, account, amount, channel)?;
    }
    Ok(())
}

/// The same for every payment whose money credit notes of an invoice may owe.
///
/// # Errors
/// The store failed.
pub fn level_behind(w: &mut Writer<'_>, invoice: InvoiceId, channel: Channel) -> Result<(), Refusal> {
    for payment in w.payments_behind(invoice)? {
        level(w, &payment, channel)?;
    }
    reclaim(w, invoice, channel)?;
    for (note, _) in w.notes_that_paid(invoice)? {
        reclaim(w, note.invoice, channel)?;
    }
    Ok(())
}

/// Credit that was spent, and whose money was refunded all the same, is not owed a second time by what it had paid.
///
/// # Errors
/// The store failed.
pub fn reclaim(w: &mut Writer<'_>, id: InvoiceId, channel: Channel) -> Result<(), Error> {
    let Some(invoice) = w.invoice(id)? else { return Ok(()) };
    let parts = w.credit_to_reclaim(&invoice)?;
    if parts.is_empty() {
        return Ok(());
    }
    let ordinal = w.reclaims_so_far(id)?.saturating_add(1);
    w.book(&credit::reclaimed(&invoice, ordinal, &parts, w.now())?)?;
    for (account, amount) in parts {
        let Account::NoteCredit(note) = account else { continue };
        let Some(note) = w.credit_note(note)? else { continue };
        let sum = Money::new(amount.abs(), note.currency).unwrap_or(Money::zero(note.currency));
        let (about, owed) =
            if amount > 0 { (About::CreditLost, "no longer") } else { (About::CreditRegained, "again") };
        let words = format!(
            "{sum} of the credit of credit note {} is owed {owed}: it is of what was refunded of invoice {}",
            note.number, invoice.number
        );
        let line = LogLine::new(w.now(), Happening::RefundSucceeded, channel).about(about).amount(sum).detail(words);
        w.append_log(note.invoice, line)?;
    }
    Ok(())
}

fn note_it(
    w: &mut Writer<'_>,
    payment: &Payment,
    account: Account,
    amount: i64,
    channel: Channel,
) -> Result<(), Error> {
    let (invoice, whose) = match account {
        Account::NoteCredit(id) => match w.credit_note(id)? {
            Some(note) => (Some(note.invoice), format!("credit note {}", note.number)),
            None => return Ok(()),
        },
        _ => (payment.invoice, "the payment".to_owned()),
    };
    let Some(invoice) = invoice else { return Ok(()) };
    let sum = Money::new(amount.abs(), payment.amount.currency()).unwrap_or(Money::zero(payment.amount.currency()));
    let (kind, about, words) = if amount > 0 {
        let words =
            format!("{sum} of the credit of {whose} is owed no longer: the payer's bank has taken that money back");
        (Happening::DisputeLost, About::CreditLost, words)
    } else {
        let words = format!("{sum} of the credit of {whose} is owed again: the payer's bank has given that money back");
        (Happening::DisputeWon, About::CreditRegained, words)
    };
    let intent = payment.method.stripe().map(|stripe| stripe.payment_intent.as_str());
    let line = LogLine::new(w.now(), kind, channel).about(about).amount(sum).stripe(None, None, intent).detail(words);
    w.append_log(invoice, line)
}

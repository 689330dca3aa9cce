//! Which entry each fact makes: the whole of the bookkeeping. What is owed back is in [`credit`], what moves on the Stripe
//! balance in [`movements`], what a bank takes back in [`disputes`], a fee that a payer paid on top in [`fees`].

pub mod credit;
pub mod disputes;
pub mod fees;
pub mod movements;

use jiff::Timestamp;

use super::id::{InvoiceId, PaymentId};
use super::invoice::Invoice;
use super::ledger::{Account, Book, Entry, Posting, Source, Unbalanced};
use super::payment::Payment;
use super::refund::{Accepted, Refund};
use super::standing::Standing;

/// An issued invoice: the customer owes its total.
///
/// # Errors
/// The totals do not add up. An invoice over nothing makes no entry and is not asked for one.
pub fn issue(invoice: &Invoice) -> Result<Entry, Unbalanced> {
    Entry::new(Source::new("issue", invoice.id), invoice.book, invoice.issued_at, issue_postings(invoice, 1))
}

/// A voided invoice: what its issue booked is booked back.
///
/// # Errors
/// The totals do not add up.
pub fn void(invoice: &Invoice, at: Timestamp) -> Result<Entry, Unbalanced> {
    Entry::new(Source::new("void", invoice.id), invoice.book, at, issue_postings(invoice, -1))
}

fn issue_postings(invoice: &Invoice, sign: i64) -> Vec<Posting> {
    let totals = &invoice.totals;
    let line = |account, amount: i64| Posting { account, amount: sign * amount, currency: invoice.content.currency };
    vec![
        line(Account::Receivable(invoice.id), totals.total),
        line(Account::Sales, -totals.subtotal),
        line(Account::Tax, -totals.tax),
    ]
}

/// Money that arrived: up to what is owed it pays the invoice, the rest is held as credit.
///
/// # Errors
/// The payment applies more than it is.
pub fn payment(payment: &Payment, source: Source) -> Result<Entry, Unbalanced> {
    let (minor, currency) = (payment.amount.minor(), payment.amount.currency());
    let line = |account, amount| Posting { account, amount, currency };
    let mut postings = vec![line(payment.method.account(), minor)];
    if let Some(invoice) = payment.invoice {
        postings.push(line(Account::Receivable(invoice), -payment.applied));
    }
    postings.push(line(Account::Credit(payment.id), payment.applied - minor));
    Entry::new(source, payment.book, payment.received_at, postings)
}

/// Credit of a payment that is applied to an invoice after all; `amount` in the payment's currency.
///
/// # Errors
/// The amount is nothing.
pub fn apply_credit(
    payment: &Payment,
    invoice: InvoiceId,
    amount: i64,
    source: Source,
    at: Timestamp,
) -> Result<Entry, Unbalanced> {
    let line = |account, amount| Posting { account, amount, currency: payment.amount.currency() };
    let postings = vec![line(Account::Credit(payment.id), amount), line(Account::Receivable(invoice), -amount)];
    Entry::new(source, payment.book, at, postings)
}

/// A recorded payment that never was: what it and the decisions since moved is booked back. `applied` says how much of
/// it had reached which invoice; the rest is its credit.
///
/// # Errors
/// More was applied than the payment is.
pub fn take_back(payment: &Payment, applied: &[(InvoiceId, i64)], at: Timestamp) -> Result<Entry, Unbalanced> {
    let (minor, currency) = (payment.amount.minor(), payment.amount.currency());
    let line = |account, amount| Posting { account, amount, currency };
    let mut postings = vec![line(payment.method.account(), -minor)];
    postings.extend(applied.iter().map(|(invoice, sum)| line(Account::Receivable(*invoice), *sum)));
    let used: i64 = applied.iter().map(|(_, sum)| *sum).sum();
    postings.push(line(Account::Credit(payment.id), minor - used));
    Entry::new(taken_back(payment.id), payment.book, at, postings)
}

/// The source of a payment that was taken back.
#[must_use]
pub fn taken_back(payment: PaymentId) -> Source {
    Source::new("reverse", payment)
}

/// What the source of an entry is called that applies a payment's credit.
pub const APPLY: &str = "apply";
/// What the source of an entry is called that applies a credit note's credit.
pub const APPLY_NOTE: &str = "apply_note";

/// How the sources begin that apply a payment's credit.
#[must_use]
pub fn applications_of(payment: PaymentId) -> String {
    format!("{APPLY}:{payment}:")
}

/// Money that went back: first what was held of the payment as credit, then what a credit note owes if it is paid back by
/// this, and the rest is taken from sales.
///
/// # Errors
/// More is taken from the credit than the refund is.
pub fn refund(refund: &Refund, payment: &Payment, accepted: &Accepted) -> Result<Entry, Unbalanced> {
    Entry::new(
        source_of_refund("refund", refund),
        refund.book,
        accepted.at,
        refund_postings(refund, payment, accepted, 1),
    )
}

/// A refund that came to nothing after it had been booked: its mirror image.
///
/// # Errors
/// As [`refund`].
pub fn refund_failed(
    refund: &Refund,
    payment: &Payment,
    accepted: &Accepted,
    at: Timestamp,
) -> Result<Entry, Unbalanced> {
    let postings = refund_postings(refund, payment, accepted, -1);
    Entry::new(source_of_refund("refund_failed", refund), refund.book, at, postings)
}

fn refund_postings(refund: &Refund, payment: &Payment, accepted: &Accepted, sign: i64) -> Vec<Posting> {
    let (minor, currency) = (refund.amount.minor(), refund.amount.currency());
    let line = |account, amount: i64| Posting { account, amount: sign * amount, currency };
    let mut postings = vec![
        line(Account::Credit(payment.id), accepted.from_credit),
        line(Account::Refunds, minor - accepted.from_credit - accepted.from_note),
        line(payment.method.account(), -minor),
    ];
    postings.extend(refund.credit_note.map(|note| line(Account::NoteCredit(note), accepted.from_note)));
    postings
}

/// A refund at Stripe is keyed on Stripe's own id, one that the owner made on ours.
#[must_use]
pub fn source_of_refund(what: &str, refund: &Refund) -> Source {
    match &refund.stripe_refund {
        Some(name) => Source::new(what, name),
        None => Source::new(what, refund.id),
    }
}

/// What is owed on an invoice is given up; `ordinal` counts how often that happened to it.
///
/// # Errors
/// Nothing is owed.
pub fn write_off(invoice: &Invoice, standing: &Standing, ordinal: usize, at: Timestamp) -> Result<Entry, Unbalanced> {
    given_up(invoice, standing.receivable, Source::new("write_off", format_args!("{}:{ordinal}", invoice.id)), at)
}

/// What was given up is owed again, because money came or the owner thought better of it.
///
/// # Errors
/// Nothing was given up.
pub fn reopen(invoice: &Invoice, standing: &Standing, ordinal: usize, at: Timestamp) -> Result<Entry, Unbalanced> {
    given_up(invoice, -standing.written_off, Source::new("reopen", format_args!("{}:{ordinal}", invoice.id)), at)
}

fn given_up(invoice: &Invoice, amount: i64, source: Source, at: Timestamp) -> Result<Entry, Unbalanced> {
    let line = |account, amount| Posting { account, amount, currency: invoice.content.currency };
    let postings = vec![line(Account::WrittenOff(invoice.id), amount), line(Account::Receivable(invoice.id), -amount)];
    Entry::new(source, invoice.book, at, postings)
}

/// The source of a payment, whichever way it came.
#[must_use]
pub fn source_of(payment: &Payment) -> Source {
    match payment.method.stripe() {
        Some(stripe) => stripe_payment(&stripe.payment_intent),
        None => manual_payment(payment),
    }
}

/// The source of a payment through Stripe: keyed on Stripe's own id, so that ten messages about it book it once.
#[must_use]
pub fn stripe_payment(payment_intent: &str) -> Source {
    Source::new("payment", payment_intent)
}

/// The source of a payment that the owner recorded.
#[must_use]
pub fn manual_payment(payment: &Payment) -> Source {
    Source::new("payment", payment.id)
}

/// Which book money of Stripe's mode belongs to.
#[must_use]
pub fn book_of(livemode: bool) -> Book {
    if livemode { Book::Live } else { Book::Test }
}

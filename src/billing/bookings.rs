//! Which entry each fact makes: the whole of the bookkeeping. What is owed back is in [`credit`], what moves on the Stripe
//! balance in [`movements`], what a bank takes back in [`disputes`], a fee that a payer paid on top in [`fees`].

pub mod credit;
pub mod disputes;
pub mod fees;
pub mod movements;

use jiff::Timestamp;

use super::id::{InvoiceId, PaymentId};
use super::invoice::Invoice;
use super::ledger::{Account, Book, Entry, Fact, Posting, Source, Unbalanced};
use super::payment::Payment;
use super::refund::{Accepted, OfNote, Refund};
use super::standing::Standing;

/// An issued invoice: the customer owes its total.
///
/// # Errors
/// The totals do not add up. An invoice over nothing makes no entry and is not asked for one.
pub fn issue(invoice: &Invoice) -> Result<Entry, Unbalanced> {
    Entry::new(Source::new(Fact::Issue, invoice.id), invoice.book, invoice.issued_at, issue_postings(invoice, 1))
}

/// A voided invoice: what its issue booked is booked back.
///
/// # Errors
/// The totals do not add up.
pub fn void(invoice: &Invoice, at: Timestamp) -> Result<Entry, Unbalanced> {
    Entry::new(Source::new(Fact::Void, invoice.id), invoice.book, at, issue_postings(invoice, -1))
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
    Source::new(Fact::Reverse, payment)
}

/// How the sources begin that apply a payment's credit.
#[must_use]
pub fn applications_of(payment: PaymentId) -> String {
    Source::all_of(Fact::Apply, payment)
}

/// Money that went back: what was held of the payment as credit, what credit notes owe, and the rest is taken from sales.
///
/// # Errors
/// More is taken from the credit than the refund is.
pub fn refund(refund: &Refund, payment: &Payment, accepted: &Accepted) -> Result<Entry, Unbalanced> {
    let postings = refund_postings(refund, payment, accepted.from_credit, &accepted.from_notes, 1);
    Entry::new(source_of_refund(Fact::Refund, refund), refund.book, accepted.at, postings)
}

/// A refund that came to nothing after it had been booked: its mirror image, but that what credit notes took over of it
/// meanwhile is owed by them.
///
/// # Errors
/// As [`refund`].
pub fn refund_failed(
    refund: &Refund,
    payment: &Payment,
    accepted: &Accepted,
    at: Timestamp,
) -> Result<Entry, Unbalanced> {
    let postings = refund_postings(refund, payment, accepted.from_credit, &refund.returned_to_notes, -1);
    Entry::new(source_of_refund(Fact::RefundFailed, refund), refund.book, at, postings)
}

fn refund_postings(refund: &Refund, payment: &Payment, credit: i64, notes: &[OfNote], sign: i64) -> Vec<Posting> {
    let (minor, currency) = (refund.amount.minor(), refund.amount.currency());
    let line = |account, amount: i64| Posting { account, amount: sign * amount, currency };
    let of_notes: i64 = notes.iter().map(|part| part.amount).sum();
    let mut postings = vec![
        line(Account::Credit(payment.id), credit),
        line(Account::Refunds, minor - credit - of_notes),
        line(refund.account(payment), -minor),
    ];
    postings.extend(notes.iter().map(|part| line(Account::NoteCredit(part.note), part.amount)));
    postings
}

/// A refund at Stripe is keyed on Stripe's own id, one that the owner made on ours.
#[must_use]
pub fn source_of_refund(fact: Fact, refund: &Refund) -> Source {
    match &refund.stripe_refund {
        Some(name) => Source::new(fact, name),
        None => Source::new(fact, refund.id),
    }
}

/// What is owed on an invoice is given up; `ordinal` counts how often that happened to it.
///
/// # Errors
/// Nothing is owed.
pub fn write_off(invoice: &Invoice, standing: &Standing, ordinal: usize, at: Timestamp) -> Result<Entry, Unbalanced> {
    given_up(invoice, standing.receivable, Source::new(Fact::WriteOff, format_args!("{}:{ordinal}", invoice.id)), at)
}

/// What was given up is owed again, because money came or the owner thought better of it.
///
/// # Errors
/// Nothing was given up.
pub fn reopen(invoice: &Invoice, standing: &Standing, ordinal: usize, at: Timestamp) -> Result<Entry, Unbalanced> {
    given_up(invoice, -standing.written_off, Source::new(Fact::Reopen, format_args!("{}:{ordinal}", invoice.id)), at)
}

/// What is missing of an invoice by so little that it is not asked for any more.
///
/// # Errors
/// Nothing is owed.
pub fn difference(invoice: &Invoice, standing: &Standing, ordinal: usize, at: Timestamp) -> Result<Entry, Unbalanced> {
    let source = Source::new(Fact::Difference, format_args!("{}:{ordinal}", invoice.id));
    moved(invoice, Account::Difference(invoice.id), standing.receivable, source, at)
}

/// A difference that is asked for again.
///
/// # Errors
/// There is none.
pub fn difference_asked(
    invoice: &Invoice,
    standing: &Standing,
    ordinal: usize,
    at: Timestamp,
) -> Result<Entry, Unbalanced> {
    let source = Source::new(Fact::DifferenceAsked, format_args!("{}:{ordinal}", invoice.id));
    moved(invoice, Account::Difference(invoice.id), -standing.difference, source, at)
}

fn given_up(invoice: &Invoice, amount: i64, source: Source, at: Timestamp) -> Result<Entry, Unbalanced> {
    moved(invoice, Account::WrittenOff(invoice.id), amount, source, at)
}

fn moved(invoice: &Invoice, to: Account, amount: i64, source: Source, at: Timestamp) -> Result<Entry, Unbalanced> {
    let line = |account, amount| Posting { account, amount, currency: invoice.content.currency };
    Entry::new(source, invoice.book, at, vec![line(to, amount), line(Account::Receivable(invoice.id), -amount)])
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
    Source::new(Fact::Payment, payment_intent)
}

/// The source of a payment that the owner recorded.
#[must_use]
pub fn manual_payment(payment: &Payment) -> Source {
    Source::new(Fact::Payment, payment.id)
}

/// Which book money of Stripe's mode belongs to.
#[must_use]
pub fn book_of(livemode: bool) -> Book {
    if livemode { Book::Live } else { Book::Test }
}

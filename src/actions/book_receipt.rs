//! Money that arrived is booked: applied to its invoice as far as something is due, the rest held as credit, unless it is
//! the fee that was asked for on top.
//!
//! Settling (what Stripe proves) and recording (what the owner saw at the bank) both end here, so that there is one
//! way in which an invoice comes to be paid.

use jiff::Timestamp;
use jiff::civil::Date;

use super::reviews::{self, Case};
use super::{charge_fee, mailings, write_off};
use crate::billing::bookings;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::{CustomerId, PaymentId};
use crate::billing::invoice::Invoice;
use crate::billing::ledger::Book;
use crate::billing::letter::{Delivery, Letter, Matter};
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::money::Money;
use crate::billing::passthrough::Fee;
use crate::billing::payment::{Method, Payment};
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Writer};

/// Whether money is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// It may be applied to its invoice.
    Passed,
    /// All of it is held until a person decides.
    Failed,
}

/// Money that arrived, before it is booked.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The invoice that it was meant for, if that is known.
    pub invoice: Option<Invoice>,
    pub customer: Option<CustomerId>,
    pub book: Book,
    pub amount: Money,
    pub method: Method,
    /// The fee that was asked for beside the invoice, if one was.
    pub fee: Option<Fee>,
    pub received_at: Timestamp,
    pub received_on: Date,
    pub source: Channel,
    pub reference: String,
    pub payer_email: Option<String>,
    pub checks: Checks,
    /// Stripe's event that brought the news, for the log.
    pub event: Option<String>,
    /// What else the log should say, or nothing.
    pub note: String,
}

impl Receipt {
    fn may_be_applied(&self) -> bool {
        self.checks == Checks::Passed
    }
}

/// Books `receipt` as the payment of a new id and owes the mails about it.
///
/// # Errors
/// The store failed, or the fact is booked already (callers look first).
#[expect(clippy::needless_pass_by_value, reason = "a receipt is booked once")]
pub fn book(w: &mut Writer<'_>, receipt: Receipt) -> Result<Payment, Error> {
    let due = due_now(w, &receipt)?;
    let payment = payment_of(w, &receipt, due)?;
    w.put_payment(&payment)?;
    w.book(&bookings::payment(&payment, bookings::source_of(&payment))?)?;
    let fee = match (&receipt.invoice, receipt.fee.as_ref().filter(|_| receipt.may_be_applied())) {
        (Some(invoice), Some(fee)) => charge_fee::charge(w, &payment, invoice, fee)?,
        _ => None,
    };
    if let Some(invoice) = &receipt.invoice {
        w.append_log(invoice.id, log_line(w.now(), &payment, fee.as_ref(), &receipt))?;
    }
    // Money that a check held back is the owner's to explain: what a receipt would say of it may be wrong.
    if receipt.may_be_applied() {
        owe_mails(w, &payment, receipt.invoice.as_ref())?;
        review_excess(w, &payment, fee.as_ref(), receipt.invoice.as_ref(), due)?;
    }
    Ok(payment)
}

/// What this receipt may be applied to; asks again first for what had been given up.
fn due_now(w: &mut Writer<'_>, receipt: &Receipt) -> Result<i64, Error> {
    let Some(invoice) = receipt.invoice.as_ref().filter(|_| receipt.may_be_applied()) else { return Ok(0) };
    let fits = invoice.book == receipt.book && invoice.content.currency == receipt.amount.currency();
    if invoice.void.is_some() || !fits {
        return Ok(0);
    }
    write_off::ask_again(w, invoice)?;
    Ok(w.standing(invoice)?.due())
}

fn payment_of(w: &Writer<'_>, receipt: &Receipt, due: i64) -> Result<Payment, Error> {
    let applied = for_the_invoice(receipt).min(due);
    let invoice = receipt.invoice.as_ref();
    let due_after = match invoice {
        Some(_) if receipt.may_be_applied() => due - applied,
        Some(invoice) => w.standing(invoice)?.due(),
        None => 0,
    };
    Ok(Payment {
        id: w.id()?,
        invoice: invoice.map(|invoice| invoice.id),
        customer: invoice.map(|invoice| invoice.content.customer).or(receipt.customer),
        book: receipt.book,
        amount: receipt.amount,
        method: receipt.method.clone(),
        received_at: receipt.received_at,
        received_on: receipt.received_on,
        source: receipt.source,
        ordinal: match invoice {
            Some(invoice) => w.next_payment_ordinal(invoice.id)?,
            None => 1,
        },
        reference: receipt.reference.clone(),
        payer_email: receipt.payer_email.clone(),
        applied,
        due_after,
    })
}

/// What of the money is meant for the invoice: all of it, or all but the fee that it came with.
fn for_the_invoice(receipt: &Receipt) -> i64 {
    let amount = receipt.amount.minor();
    receipt.fee.as_ref().filter(|fee| fee.sum() == Some(amount)).map_or(amount, |fee| fee.principal)
}

fn log_line(now: Timestamp, payment: &Payment, fee: Option<&FeeInvoice>, receipt: &Receipt) -> LogLine {
    let kind = if payment.method.stripe().is_some() { Happening::PaymentSucceeded } else { Happening::PaymentRecorded };
    let mut words = payment.method.words();
    if let Some(fee) = fee {
        words = format!("{words}, {} of it the fee of {}", fee.total(), fee.number);
    }
    if let Some(payer) = &payment.payer_email {
        words = format!("{words}, payer {payer}");
    }
    if payment.method.stripe().is_none() {
        words = format!("{words}, received on {}", payment.received_on);
    }
    if !payment.reference.is_empty() {
        words = format!("{words}, reference {}", payment.reference);
    }
    if !receipt.note.is_empty() {
        words = format!("{words}, {}", receipt.note);
    }
    let line = LogLine::new(now, kind, payment.source).amount(payment.amount).detail(words);
    line.of_payment(payment, receipt.event.as_deref())
}

/// One receipt for the customer and, if wished, one notice for the owner.
fn owe_mails(w: &mut Writer<'_>, payment: &Payment, invoice: Option<&Invoice>) -> Result<(), Error> {
    let Some(invoice) = invoice else { return Ok(()) };
    tell_customer(w, receipt_matter(payment), invoice, payment.source)?;
    // The owner who recorded a payment knows of it.
    if payment.method.stripe().is_some() && w.settings()?.notify_payments {
        let (owners, now) = (reviews::owners(w)?, w.now());
        mailings::queue(w, Matter::OwnerPayment { payment: payment.id }, owners, Vec::new(), now)?;
    }
    Ok(())
}

/// Owes the customer the receipt of money that was held when it came and is applied to its own invoice now.
///
/// # Errors
/// The store failed.
pub fn owe_receipt_after_all(
    w: &mut Writer<'_>,
    payment: &Payment,
    invoice: &Invoice,
    source: Channel,
) -> Result<(), Error> {
    let is_its_own = payment.invoice == Some(invoice.id);
    let matter = Matter::Receipt { payment: payment.id };
    match w.letter_about(&matter)?.filter(|_| is_its_own) {
        // It was held when an earlier decision was taken back.
        Some(letter) if matches!(letter.state, Delivery::Withdrawn { .. }) => {
            w.put_letter(&Letter { state: Delivery::Queued, not_before: w.now(), ..letter })
        }
        _ if is_its_own => tell_customer(w, matter, invoice, source),
        _ => Ok(()),
    }
}

fn tell_customer(w: &mut Writer<'_>, matter: Matter, invoice: &Invoice, source: Channel) -> Result<(), Error> {
    let what = if matches!(matter, Matter::Receipt { .. }) { "Receipt" } else { "Notice of the credit" };
    let to = mailings::present_address(w, invoice)?.into_iter().collect();
    let now = w.now();
    if let Some(letter) = mailings::queue(w, matter, to, invoice.content.cc.clone(), now)? {
        let words = format!("{what} to {}", letter.to.join(", "));
        w.append_log(invoice.id, LogLine::new(now, Happening::MailQueued, source).detail(words))?;
    }
    Ok(())
}

/// What the customer is told: a receipt if anything was applied, else that the money is held.
fn receipt_matter(payment: &Payment) -> Matter {
    if payment.applied > 0 {
        Matter::Receipt { payment: payment.id }
    } else {
        Matter::CreditReceived { payment: payment.id }
    }
}

/// Money beyond what was due is held as credit, and a person is shown it.
fn review_excess(
    w: &mut Writer<'_>,
    payment: &Payment,
    fee: Option<&FeeInvoice>,
    invoice: Option<&Invoice>,
    due: i64,
) -> Result<(), Error> {
    let Some(invoice) = invoice else { return Ok(()) };
    if fee.is_some() || payment.applied == payment.amount.minor() {
        return Ok(());
    }
    let (reason, words) = if invoice.void.is_some() {
        (Reason::PaidAfterVoid, format!("Invoice {} is void, and was paid all the same.", invoice.number))
    } else if due == 0 {
        (Reason::DuplicatePayment, format!("Invoice {} was paid already when this payment arrived.", invoice.number))
    } else {
        (Reason::Overpayment, format!("More arrived for invoice {} than was due.", invoice.number))
    };
    let currency = payment.amount.currency();
    let held = Money::new(payment.amount.minor() - payment.applied, currency).unwrap_or(payment.amount);
    let due = Money::new(due, payment.amount.currency()).unwrap_or(Money::zero(payment.amount.currency()));
    let seen = Evidence::new("Amount", payment.amount.to_string(), due.to_string());
    let seen = if payment.method.stripe().is_some() { seen } else { seen.by(payment.method.name()) };
    let case = Case::new(reason, &matter_of(payment), format!("{words} {held} is held until you decide."))
        .invoice(Some(invoice.id))
        .payment(payment.id)
        .evidence(vec![seen]);
    reviews::open(w, case).map(drop)
}

/// What a case about this payment is called.
fn matter_of(payment: &Payment) -> String {
    match payment.method.stripe() {
        Some(stripe) => stripe.payment_intent.clone(),
        None => PaymentId::to_string(&payment.id),
    }
}

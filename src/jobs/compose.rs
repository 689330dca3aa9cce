//! What a mail says: from its matter in the store to a finished letter.
//!
//! Words are made when the mail is sent, from what is true then. Date and Message-ID are the outbox row's own, the same
//! at every try. Links are built from the configured address only.

mod alerts;
mod changes;
mod disputes;
mod refunds;

use jiff::civil::Date;

use crate::actions::reviews::owners;
use crate::app::{App, Post};
use crate::billing::attempt::Attempt;
use crate::billing::credit_note::Settle;
use crate::billing::currency::Currency;
use crate::billing::id::{AttemptId, CreditNoteId, InvoiceId, PaymentId};
use crate::billing::invoice::Invoice;
use crate::billing::letter::{Letter, Matter};
use crate::billing::payment::{Payment, working_days_max};
use crate::billing::plan::{self, Asked, OpenPart};
use crate::billing::settings::Settings;
use crate::billing::standing::{Status, issued_status};
use crate::mail::letters::{self, Content, LetterError, Letterhead, Received};
use crate::mail::message::{self, Correspondent, MessageError, message_id};
use crate::mail::words;
use crate::store::{Error, Reader};
use crate::words::Words;

/// Why a mail cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComposeError {
    #[error(transparent)]
    Store(#[from] Error),
    #[error("what this mail is about is not in the books any more")]
    Gone,
    /// What it would say is not true any more.
    #[error("{0}")]
    Needless(&'static str),
    #[error("there is no sender: set mail.from, or the business's e-mail address in the settings")]
    NoSender,
    #[error(transparent)]
    Letter(#[from] LetterError),
    #[error(transparent)]
    Message(#[from] MessageError),
}

impl ComposeError {
    /// Whether the mail may be fine and only cannot be written now.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Store(_) | Self::NoSender)
    }
}

/// The letter of an outbox row.
pub(super) fn compose(app: &App, post: &Post, row: &Letter) -> Result<message::Letter, ComposeError> {
    app.store.read(|reader| {
        let settings = reader.settings()?;
        let from = sender(&reader, post, &settings)?;
        let desk = Desk { app, reader, business: business_name(&settings, &from), settings };
        let content = desk.content(&row.subject_matter)?;
        Ok(message::Letter {
            to: people(&row.to)?,
            cc: people(&row.cc)?,
            reply_to: Some(&desk.settings.business.email).and_then(|email| Correspondent::parse(email).ok()),
            from,
            content,
            message_id: message_id(&row.id.to_string(), &app.config.server.public_url.host().to_string()),
            date: row.queued_at,
            attachments: Vec::new(),
        })
    })
}

fn people(addresses: &[String]) -> Result<Vec<Correspondent>, MessageError> {
    addresses.iter().map(|address| Correspondent::parse(address)).collect()
}

/// Whom mails are from: as configured, else the business, else the owner.
fn sender(reader: &Reader<'_>, post: &Post, settings: &Settings) -> Result<Correspondent, ComposeError> {
    if let Some(from) = &post.from {
        let name = from.name().map(str::to_owned);
        return Ok(Correspondent { name, email: from.address().to_owned() });
    }
    let name = Some(settings.business.name.clone()).filter(|name| !name.is_empty());
    let owner = owners(reader)?.into_iter().next();
    let email = Some(settings.business.email.clone()).filter(|email| !email.is_empty()).or(owner);
    email.map(|email| Correspondent { name, email }).ok_or(ComposeError::NoSender)
}

fn business_name(settings: &Settings, from: &Correspondent) -> String {
    let own = Some(settings.business.name.clone()).filter(|name| !name.is_empty());
    own.or_else(|| from.name.clone()).unwrap_or_else(|| from.email.clone())
}

/// What every letter is written from.
struct Desk<'a> {
    app: &'a App,
    reader: Reader<'a>,
    settings: Settings,
    business: String,
}

impl Desk<'_> {
    fn content(&self, matter: &Matter) -> Result<Content, ComposeError> {
        match matter {
            Matter::Invoice { invoice, .. } => self.invoice(*invoice),
            Matter::Reminder { invoice, .. } => self.reminder(*invoice),
            Matter::Receipt { payment } => self.receipt(*payment),
            Matter::CreditReceived { payment } => self.credit_received(*payment),
            Matter::PayerCopy { payment } => self.payer_copy(*payment),
            Matter::RefundIssued { refund } => self.refund_issued(*refund),
            Matter::CreditNote { note, .. } => self.credit_note(*note),
            Matter::InstructionReceived { attempt } => self.instruction_received(*attempt),
            Matter::DelayedPaymentFailed { attempt } => self.delayed_payment_failed(*attempt),
            Matter::OwnerPayment { payment } => self.owner_payment(*payment),
            Matter::OwnerRefund { refund } => self.owner_refund(*refund),
            Matter::OwnerAlert { review } => self.owner_alert(*review),
            Matter::OwnerDeclines { invoice, hour } => self.owner_declines(*invoice, *hour),
            Matter::OwnerDispute { dispute, about, .. } => self.owner_dispute(*dispute, *about),
            Matter::OwnerFailedMails { .. } => self.owner_failed_mails(),
            Matter::OwnerTrouble { trouble, .. } => self.owner_trouble(trouble),
            Matter::OwnerChange { change, by, at } => self.owner_change(change, by, *at),
        }
    }

    fn invoice(&self, id: InvoiceId) -> Result<Content, ComposeError> {
        let invoice = self.invoice_of(Some(id))?;
        if invoice.void.is_some() {
            return Err(ComposeError::Needless("the invoice is void"));
        }
        let t = self.words(&invoice);
        let (standing, today) = (self.reader.standing(&invoice)?, self.today());
        if issued_status(&invoice, &standing) == Status::Uncollectible {
            return Err(ComposeError::Needless("the invoice is written off"));
        }
        let (asked, currency) = (invoice.asked(&standing, today), invoice.content.currency);
        let parts = parts(&invoice, &asked, &t);
        let next = asked.by.filter(|_| parts.is_empty()).unwrap_or(invoice.due_date);
        let view = letters::Invoice {
            letterhead: self.letterhead(t),
            customer: customer(&invoice),
            number: invoice.number.clone(),
            amount: self.due(&invoice, &t)?,
            due: t.date(next),
            parts,
            least: invoice.content.plan.least(asked.all).and_then(|least| left(least, currency, &t)),
            note: None,
            is_settled: standing.due() == 0,
            url: self.page(&invoice),
        };
        Ok(view.render()?)
    }

    fn reminder(&self, id: InvoiceId) -> Result<Content, ComposeError> {
        let invoice = self.invoice_of(Some(id))?;
        let t = self.words(&invoice);
        let standing = self.reader.standing(&invoice)?;
        if issued_status(&invoice, &standing) != Status::Open || standing.processing {
            return Err(ComposeError::Needless("nothing is due on the invoice any more"));
        }
        if self.reader.holds_money(id)? {
            return Err(ComposeError::Needless("a payment for the invoice has arrived and is held until you decide"));
        }
        let today = self.today();
        let asked = invoice.asked(&standing, today);
        let (due, currency) = (asked.by.unwrap_or(invoice.due_date), invoice.content.currency);
        let timing = if due < today { letters::Timing::Overdue } else { letters::Timing::Upcoming };
        let view = letters::Reminder {
            letterhead: self.letterhead(t),
            customer: customer(&invoice),
            number: invoice.number.clone(),
            amount: left(asked.now, currency, &t).unwrap_or_default(),
            all: left(asked.all, currency, &t).filter(|_| asked.now < asked.all),
            due: t.date(due),
            timing,
            url: self.page(&invoice),
        };
        Ok(view.render()?)
    }

    fn receipt(&self, id: PaymentId) -> Result<Content, ComposeError> {
        let (payment, invoice) = self.payment(id)?;
        let t = self.words(&invoice);
        let remaining = payment.remaining(self.reader.standing(&invoice)?.receivable);
        let view = letters::Receipt {
            letterhead: self.letterhead(t),
            received: self.received(&invoice, &payment, &t)?,
            remaining: left(remaining, payment.amount.currency(), &t),
            next: next(&invoice, remaining, payment.received_on, &t),
            url: self.receipt_page(&invoice, &payment),
        };
        Ok(view.render()?)
    }

    fn credit_received(&self, id: PaymentId) -> Result<Content, ComposeError> {
        let (payment, invoice) = self.payment(id)?;
        let t = self.words(&invoice);
        let because = match (&invoice.void, payment.due_after) {
            (Some(_), _) => letters::Because::Void,
            (None, 0) => letters::Because::AlreadyPaid,
            (None, _) => letters::Because::Unclear,
        };
        let view = letters::CreditReceived {
            letterhead: self.letterhead(t),
            received: self.received(&invoice, &payment, &t)?,
            because,
            url: self.page(&invoice),
        };
        Ok(view.render()?)
    }

    fn credit_note(&self, id: CreditNoteId) -> Result<Content, ComposeError> {
        let note = self.reader.credit_note(id)?.ok_or(ComposeError::Gone)?;
        let invoice = self.invoice_of(Some(note.invoice))?;
        let t = self.words(&invoice);
        let rest = self.reader.rest_of_note(&note)?;
        let beyond = |settle| Some(rest).filter(|rest| !rest.is_zero() && note.settle == settle);
        let view = letters::CreditNote {
            letterhead: self.letterhead(t),
            customer: customer(&invoice),
            note: note.number.clone(),
            number: invoice.number.clone(),
            amount: t.money(note.total()),
            reason: Some(note.reason.clone()).filter(|reason| !reason.is_empty()),
            remaining: left(self.reader.standing(&invoice)?.due(), note.currency, &t),
            refunded: left(note.taken_over, note.currency, &t),
            kept: beyond(Settle::CustomerCredit).map(|rest| t.money(rest)),
            paid_back: beyond(Settle::Refund).map(|rest| t.money(rest)),
            url: self.app.url(&format!("/i/{}/credit/{}", invoice.link.token(), note.ordinal)),
        };
        Ok(view.render()?)
    }

    fn payer_copy(&self, id: PaymentId) -> Result<Content, ComposeError> {
        let (payment, invoice) = self.payment(id)?;
        let t = self.words(&invoice);
        let view = letters::PayerCopy {
            letterhead: self.letterhead(t),
            received: self.received(&invoice, &payment, &t)?,
            url: self.receipt_page(&invoice, &payment),
        };
        Ok(view.render()?)
    }

    fn instruction_received(&self, id: AttemptId) -> Result<Content, ComposeError> {
        let (attempt, invoice) = self.attempt(id)?;
        let t = self.words(&invoice);
        let view = letters::InstructionReceived {
            letterhead: self.letterhead(t),
            customer: customer(&invoice),
            number: invoice.number.clone(),
            amount: t.money(attempt.amount),
            method: method(&attempt, &t),
            days_max: working_days_max(attempt.method.as_deref()).into(),
            url: self.page(&invoice),
        };
        Ok(view.render()?)
    }

    fn delayed_payment_failed(&self, id: AttemptId) -> Result<Content, ComposeError> {
        let (attempt, invoice) = self.attempt(id)?;
        let t = self.words(&invoice);
        let view = letters::PaymentFailedDelayed {
            letterhead: self.letterhead(t),
            customer: customer(&invoice),
            number: invoice.number.clone(),
            amount: t.money(attempt.amount),
            method: method(&attempt, &t),
            // A payer is told that it did not go through; why is for the owner.
            reason: None,
            url: self.page(&invoice),
        };
        Ok(view.render()?)
    }

    fn owner_payment(&self, id: PaymentId) -> Result<Content, ComposeError> {
        let (payment, invoice) = self.payment(id)?;
        let view = letters::OwnerPayment {
            business: self.business.clone(),
            customer: customer(&invoice),
            number: invoice.number.clone(),
            amount: words::money(payment.amount),
            method: payment.method.words(),
            remaining: words::remaining(payment.due_after, payment.amount.currency()),
            url: self.app.url(&format!("/admin/invoices/{}", invoice.id)),
        };
        Ok(view.render()?)
    }

    /// What the customer of an invoice is addressed in.
    fn words(&self, invoice: &Invoice) -> Words {
        Words::for_customer(&invoice.buyer, &self.settings)
    }

    fn today(&self) -> Date {
        crate::actions::day(&self.settings, self.app.clock.now())
    }

    fn letterhead(&self, t: Words) -> Letterhead {
        Letterhead { t, name: self.business.clone(), details: words::details(&self.settings.business) }
    }

    fn invoice_of(&self, id: Option<InvoiceId>) -> Result<Invoice, ComposeError> {
        let invoice = id.map(|id| self.reader.invoice(id)).transpose()?.flatten();
        invoice.ok_or(ComposeError::Gone)
    }

    fn payment(&self, id: PaymentId) -> Result<(Payment, Invoice), ComposeError> {
        let payment = self.reader.payment(id)?.ok_or(ComposeError::Gone)?;
        if self.reader.taken_back_at(id)?.is_some() {
            return Err(ComposeError::Needless("the payment was recorded by mistake and taken back"));
        }
        let invoice = self.invoice_of(payment.invoice)?;
        Ok((payment, invoice))
    }

    fn received(&self, invoice: &Invoice, payment: &Payment, t: &Words) -> Result<Received, ComposeError> {
        let document = self.reader.fee_of_payment(payment.id)?;
        Ok(Received {
            customer: customer(invoice),
            number: invoice.number.clone(),
            amount: t.money(payment.amount),
            fee: document.map(|document| letters::FeeShare {
                principal: t.money(document.principal()),
                fee: t.money(document.total()),
                number: document.number,
            }),
            received_on: t.date(payment.received_on),
            method: t.method(&payment.method),
        })
    }

    fn attempt(&self, id: AttemptId) -> Result<(Attempt, Invoice), ComposeError> {
        let attempt = self.reader.attempt(id)?.ok_or(ComposeError::Gone)?;
        let invoice = self.invoice_of(Some(attempt.invoice))?;
        Ok((attempt, invoice))
    }

    /// All that is due, also what is asked for later; the total of an invoice on which nothing is due any more.
    fn due(&self, invoice: &Invoice, t: &Words) -> Result<String, ComposeError> {
        let due = self.reader.standing(invoice)?.due();
        let due = left(due, invoice.content.currency, t);
        Ok(due.unwrap_or_else(|| t.money(invoice.total())))
    }

    fn page(&self, invoice: &Invoice) -> String {
        self.app.url(&format!("/i/{}", invoice.link.token()))
    }

    fn receipt_page(&self, invoice: &Invoice, payment: &Payment) -> String {
        self.app.url(&format!("/i/{}/receipt/{}", invoice.link.token(), payment.ordinal))
    }
}

/// Who is addressed: a person if one is known, else the customer's name.
fn customer(invoice: &Invoice) -> String {
    let buyer = &invoice.buyer;
    if buyer.contact.is_empty() { buyer.name.clone() } else { buyer.contact.clone() }
}

/// What a bank payment is called, also before Stripe says which one it was.
fn method(attempt: &Attempt, t: &Words) -> String {
    attempt.method.as_deref().map_or_else(|| t.bank_debit(), |kind| t.kind_of_payment(kind))
}

/// Minor units of a currency; nothing if there are none.
fn left(minor: i64, currency: Currency, t: &Words) -> Option<String> {
    (minor > 0).then(|| t.minor(minor, currency))
}

/// The parts that are still to be paid; none if there is one payment to make.
fn parts(invoice: &Invoice, asked: &Asked, t: &Words) -> Vec<letters::Part> {
    let (plan, count, currency) = (&invoice.content.plan, asked.parts.len(), invoice.content.currency);
    let open: Vec<_> = asked.parts.iter().enumerate().filter(|(_, part)| part.open > 0).collect();
    if open.len() < 2 {
        return Vec::new();
    }
    let part = |(place, part): (usize, &OpenPart)| letters::Part {
        name: t.part_name(plan, place, count),
        amount: t.minor(part.open, currency),
        due: t.date(part.due),
    };
    open.into_iter().map(part).collect()
}

/// What comes next of the `remaining` that was left on a day, and when.
fn next(invoice: &Invoice, remaining: i64, on: Date, t: &Words) -> Option<String> {
    let asked = plan::asked(&invoice.parts(), remaining, on);
    let amount = left(asked.now, invoice.content.currency, t)?;
    Some(t.amount_due_on(amount, t.date(asked.by?)))
}

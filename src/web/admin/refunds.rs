//! The owner gives a payment back, or what a credit note still owes: how much and why, then one question that names the
//! amount and where it goes.
//!
//! The form carries the place that the refund will have among the refunds of its payment or note: sent twice, it finds
//! the place taken and leads to what was done.

mod words;

use warp::http::StatusCode;

use super::desk::Desk;
use super::entered::Wrong;
use super::guard::SignedIn;
use super::{choices, credit_notes, invoice, refused};
use crate::actions::refund::{Of, Part, Wanted, plan, plan_for_note, possible, possible_of_note};
use crate::actions::{Refusal, charge_fee};
use crate::billing::credit_note::CreditNote;
use crate::billing::currency::Currency;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::{CreditNoteId, InvoiceId, PaymentId};
use crate::billing::money::Money;
use crate::billing::payment::{Method, Payment};
use crate::billing::refund::Reason;
use crate::payments::refunds;
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::Choice;
use crate::web::views::refunds::{Question, RefundPage};
use crate::web::views::shell::Section;
pub use words::ways;
use words::word;

/// What is given back.
enum What {
    Payment(Box<Payment>),
    /// What a credit note still owes to the customer.
    Note(Box<CreditNote>),
}

/// What the page is about.
struct Subject {
    what: What,
    /// `2026-0042`, or that there is none.
    number: String,
    /// How many refunds there are: the place of the next.
    place: usize,
    most: Result<Money, Refusal>,
    /// How the money came, if not through Stripe: then the owner says how it is given back.
    by_hand: Option<Method>,
    /// The document of the fee that it bore, and what of that has not gone back.
    fee: Option<(FeeInvoice, i64)>,
}

/// `GET /admin/payments/{id}/refund`
pub async fn form(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    Subject::of_payment(&desk, request.param("id")?)?.shown(&desk)
}

/// `GET /admin/credit-notes/{id}/refund`
pub async fn note_form(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    Subject::of_note(&desk, request.param("id")?)?.shown(&desk)
}

/// `POST /admin/payments/{id}/refund`: without `confirmed`, the question; with it, the refund.
pub async fn refund(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let subject = Subject::of_payment(&desk, request.param("id")?)?;
    subject.decided(&desk, &request.form()?).await
}

/// `POST /admin/credit-notes/{id}/refund`, likewise.
pub async fn refund_note(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let subject = Subject::of_note(&desk, request.param("id")?)?;
    subject.decided(&desk, &request.form()?).await
}

/// The form as it was sent.
#[derive(Clone, Default)]
struct Typed {
    amount: String,
    reason: String,
    method: String,
    nonce: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self { amount: text("amount"), reason: text("reason"), method: text("method"), nonce: text("nonce") }
    }
}

impl Subject {
    fn of_payment(desk: &Desk, id: PaymentId) -> Result<Self, Error> {
        desk.app.store.read(|r| {
            let payment = r.payment(id)?.ok_or(Error::NotFound)?;
            let left = charge_fee::left_of_fee(&r, &payment)?;
            Ok(Self {
                fee: r.fee_of_payment(id)?.map(|document| (document, left)),
                number: number(&r, payment.invoice)?,
                place: r.refunds_of_payment(id)?.len(),
                most: unless_broken(possible(&r, Of::Payment(id)))?,
                by_hand: Some(payment.method.clone()).filter(|method| method.stripe().is_none()),
                what: What::Payment(Box::new(payment)),
            })
        })
    }

    fn of_note(desk: &Desk, id: CreditNoteId) -> Result<Self, Error> {
        desk.app.store.read(|r| {
            let note = r.credit_note(id)?.ok_or(Error::NotFound)?;
            let payments = r.payments_that_paid(note.invoice)?;
            Ok(Self {
                fee: None,
                number: number(&r, Some(note.invoice))?,
                place: r.refunds_of_note(&note)?.len(),
                most: unless_broken(left_to_pay_back(&r, &note))?,
                by_hand: payments.into_iter().map(|payment| payment.method).find(|method| method.stripe().is_none()),
                what: What::Note(Box::new(note)),
            })
        })
    }

    fn shown(&self, desk: &Desk) -> Result<Response, Error> {
        match &self.most {
            Ok(most) => {
                let typed = Typed { amount: desk.typed(&most.to_decimal_string()), ..Typed::default() };
                reply::page(&self.page(desk, &typed, &Wrong::default())?)
            }
            Err(refusal) => self.refused(desk, refusal.to_string(), StatusCode::CONFLICT),
        }
    }

    async fn decided(&self, desk: &Desk, form: &Form) -> Result<Response, Error> {
        let typed = Typed::of(form);
        let wanted = match self.wanted(desk, &typed) {
            Ok(wanted) => wanted,
            Err(wrong) => return self.wrong(desk, &typed, &wrong),
        };
        if form.text("confirmed") == "yes" {
            return self.done(desk, &typed, wanted).await;
        }
        match desk.app.store.read(|r| plan(&r, &wanted)) {
            Ok(parts) => reply::page(&self.question(desk, &typed, &wanted, &parts)?),
            Err(refusal) => self.not_done(desk, &typed, refusal),
        }
    }

    /// Where the page leads back to.
    fn back(&self) -> String {
        match &self.what {
            What::Payment(payment) => payment.invoice.map_or_else(|| "/admin/payments".to_owned(), invoice::path),
            What::Note(note) => credit_notes::path(note.id),
        }
    }

    fn currency(&self) -> Currency {
        match &self.what {
            What::Payment(payment) => payment.amount.currency(),
            What::Note(note) => note.currency,
        }
    }

    fn wanted(&self, desk: &Desk, typed: &Typed) -> Result<Wanted, Wrong> {
        let mut wrong = Wrong::default();
        let amount = Money::parse_typed(&typed.amount, self.currency(), desk.separator());
        if let Err(error) = &amount {
            wrong.add("amount", error);
        }
        let (of, credit_note, reason, id) = match &self.what {
            What::Payment(payment) => {
                (Of::Payment(payment.id), None, Reason::of_name(&typed.reason), payment.id.to_string())
            }
            What::Note(note) => (Of::Invoice(note.invoice), Some(note.id), None, note.id.to_string()),
        };
        if reason.is_none() && credit_note.is_none() {
            wrong.add("reason", "Choose a reason.");
        }
        let amount = amount.map_or(0, Money::minor);
        let (through, nonce) = (choices::method_of(&typed.method), Some(format!("form:{id}:{}", typed.nonce)));
        if wrong.is_empty() { Ok(Wanted { of, amount, reason, credit_note, through, nonce }) } else { Err(wrong) }
    }

    async fn done(&self, desk: &Desk, typed: &Typed, wanted: Wanted) -> Result<Response, Error> {
        // A place that no page ever named would be a decision of its own each time.
        if typed.nonce.parse::<usize>().is_ok_and(|place| place > self.place) {
            return Err(Error::Conflict("Open the refund page again and repeat it there.".to_owned()));
        }
        match refunds::refund(&desk.app.store, desk.app.till().as_ref(), wanted, &desk.actor()).await {
            Ok(made) => {
                Ok(reply::see_other(&format!("{}?done={}", self.back(), word(made.iter().map(|refund| &refund.state)))))
            }
            Err(refusal) => self.not_done(desk, typed, refusal),
        }
    }

    fn not_done(&self, desk: &Desk, typed: &Typed, refusal: Refusal) -> Result<Response, Error> {
        match refusal {
            Refusal::Invalid(errors) => self.wrong(desk, typed, &Wrong::new(errors)),
            other => self.read_again(desk)?.typed_again(desk, typed, other),
        }
    }

    /// As it stands after Stripe was asked.
    fn read_again(&self, desk: &Desk) -> Result<Self, Error> {
        match &self.what {
            What::Payment(payment) => Self::of_payment(desk, payment.id),
            What::Note(note) => Self::of_note(desk, note.id),
        }
    }

    /// The form with what was typed, below why it was not done; without a form if nothing is left to refund.
    fn typed_again(&self, desk: &Desk, typed: &Typed, refusal: Refusal) -> Result<Response, Error> {
        let (status, banner) = refused::banner(refusal)?;
        if self.most.is_err() {
            return self.refused(desk, banner.text, status);
        }
        // What Stripe refused keeps its place: the next try is a decision of its own.
        let typed = Typed { nonce: String::new(), ..typed.clone() };
        let mut page = self.page(desk, &typed, &Wrong::default())?;
        page.shell.banners.insert(0, banner);
        refused::answer(status, &page)
    }

    fn wrong(&self, desk: &Desk, typed: &Typed, wrong: &Wrong) -> Result<Response, Error> {
        match &self.most {
            Ok(_) => reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &self.page(desk, typed, wrong)?),
            Err(refusal) => self.refused(desk, refusal.to_string(), StatusCode::CONFLICT),
        }
    }

    fn refused(&self, desk: &Desk, why: String, status: StatusCode) -> Result<Response, Error> {
        let page = RefundPage { refused: Some(why), ..self.page(desk, &Typed::default(), &Wrong::default())? };
        reply::page_with(status, &page)
    }

    fn page(&self, desk: &Desk, typed: &Typed, wrong: &Wrong) -> Result<RefundPage, Error> {
        let choice = |reason: Reason| Choice::new(reason.name(), reason.words(), reason.name() == typed.reason);
        let (action, title, reason) = match &self.what {
            What::Payment(payment) => {
                let reasons = wrong.select("reason", Reason::ALL.map(choice).into());
                (format!("/admin/payments/{}/refund", payment.id), "Refund a payment".to_owned(), Some(reasons))
            }
            What::Note(note) => (
                format!("{}/refund", credit_notes::path(note.id)),
                format!("Pay back credit note {}", note.number),
                None,
            ),
        };
        let method = self.by_hand.as_ref().map(|came| {
            let chosen = if typed.method.is_empty() { came.name() } else { &typed.method };
            wrong.select("method", choices::methods(chosen))
        });
        Ok(RefundPage {
            shell: desk.shell(Section::Invoices)?,
            action,
            title,
            intro: self.intro(desk),
            shares: self.fee.as_ref().map(|(document, left)| {
                format!(
                    "{} of the payment was for the invoice and {} is the fee {}. What you refund is taken from the \
                     invoice first; {} of the fee is left.",
                    desk.money(document.principal()),
                    desk.money(document.total()),
                    document.number,
                    desk.minor(*left, document.currency),
                )
            }),
            refused: None,
            nonce: if typed.nonce.is_empty() { self.place.to_string() } else { typed.nonce.clone() },
            problems: wrong.problems(),
            amount: wrong.field("amount", &*typed.amount),
            reason,
            method,
            question: None,
            cancel_url: self.back(),
        })
    }

    fn intro(&self, desk: &Desk) -> String {
        let most = self.most.as_ref().copied().unwrap_or(Money::zero(self.currency()));
        match &self.what {
            What::Payment(payment) => {
                let (paid, way, number) = (desk.money(payment.amount), payment.method.words(), &self.number);
                let left = if most == payment.amount { "All".to_owned() } else { desk.money(most) };
                format!("{paid} came by {way} for invoice {number}. {left} of it can be refunded.")
            }
            What::Note(_) => format!(
                "{} of this credit note is kept for the customer and can be paid back, by the way on which invoice {} was \
                 paid.",
                desk.money(most),
                self.number
            ),
        }
    }

    /// Of a payment's invoice; a note gives back only what it still owes.
    fn used_elsewhere(&self, desk: &Desk) -> Result<i64, Error> {
        match &self.what {
            What::Payment(payment) => {
                let used = payment.invoice.map(|invoice| desk.app.store.read(|r| used_of_notes(&r, invoice)));
                Ok(used.transpose()?.unwrap_or(0))
            }
            What::Note(_) => Ok(0),
        }
    }

    /// How much of the amount takes the fee back.
    fn of_the_fee(&self, desk: &Desk, amount: i64) -> Option<String> {
        let (document, left) = self.fee.as_ref()?;
        let most = self.most.as_ref().ok()?.minor();
        let back = amount.saturating_sub(most.saturating_sub(*left)).clamp(0, *left);
        (back > 0).then(|| {
            let back = desk.minor(back, document.currency);
            format!("{back} of it takes the payment fee back. Its document {} stays as it is.", document.number)
        })
    }

    fn question(&self, desk: &Desk, typed: &Typed, wanted: &Wanted, parts: &[Part]) -> Result<RefundPage, Error> {
        let amount = desk.minor(wanted.amount, self.currency());
        let mut text = ways(desk, parts, wanted.through.as_ref());
        text.extend(self.of_the_fee(desk, wanted.amount));
        let used = self.used_elsewhere(desk)?;
        if used > 0 {
            let used = desk.minor(used, self.currency());
            text.push(format!(
                "{used} of invoice {} was credited and has paid other invoices. What you refund of that, your customer \
                 gets twice.",
                self.number
            ));
        }
        text.push("Your customer gets a mail about it. A refund cannot be taken back.".to_owned());
        let title = match &self.what {
            What::Payment(payment) => format!("Refund {amount} to {}?", payment.method.words()),
            What::Note(note) => format!("Pay back {amount} of credit note {}?", note.number),
        };
        let (reason, method) = (typed.reason.clone(), typed.method.clone());
        Ok(RefundPage {
            question: Some(Question { amount, title, text, reason, method }),
            ..self.page(desk, typed, &Wrong::default())?
        })
    }
}

/// What credit notes of an invoice gave that pays other invoices now, in minor units.
fn used_of_notes(r: &Reader<'_>, invoice: InvoiceId) -> Result<i64, StoreError> {
    let mut used = 0;
    for note in r.credit_notes_of_invoice(invoice)? {
        used += note.beyond().minor() - r.left_of_note(&note)? - r.paid_back_by(&note)?;
    }
    Ok(used)
}

fn number(r: &Reader<'_>, invoice: Option<InvoiceId>) -> Result<String, Error> {
    let summary = invoice.map(|invoice| r.summary(invoice)).transpose()?.flatten();
    Ok(summary.and_then(|summary| summary.number).unwrap_or_else(|| "unknown".to_owned()))
}

/// What can be paid back of a note, or why nothing can.
fn left_to_pay_back(r: &Reader<'_>, note: &CreditNote) -> Result<Money, Refusal> {
    let free = r.free_credit_of_note(note)?;
    if free == 0 {
        return Err(Refusal::conflict(format!("Nothing of credit note {} is left to pay back.", note.number)));
    }
    let most = possible_of_note(r, note)?;
    if most == 0 {
        plan_for_note(r, note.invoice, free)?;
    }
    Money::new(most, note.currency).map_err(|error| Refusal::field("amount", error))
}

fn unless_broken(most: Result<Money, Refusal>) -> Result<Result<Money, Refusal>, Error> {
    match most {
        Err(Refusal::Store(error)) => Err(error.into()),
        most => Ok(most),
    }
}

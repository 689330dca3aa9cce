//! The owner gives a payment back: how much and why, then one question that names the amount and where it goes.
//!
//! The form carries the place that the refund will have among the refunds of its payment: sent twice, it finds the place
//! taken and leads to what was done.

use warp::http::StatusCode;

use super::desk::Desk;
use super::entered::Wrong;
use super::guard::SignedIn;
use super::invoice;
use crate::actions::refund::{Of, Wanted, plan, possible};
use crate::actions::{Refusal, charge_fee};
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::PaymentId;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::refund::{Reason, Refund};
use crate::payments::refunds;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::Choice;
use crate::web::views::refunds::{Question, RefundPage};
use crate::web::views::shell::Section;

/// What the page is about.
struct Subject {
    payment: Payment,
    /// `2026-0042`, or that there is none.
    number: String,
    /// How many refunds the payment has: the place of the next.
    place: usize,
    most: Result<Money, Refusal>,
    /// The document of the fee that it bore, and what of that has not gone back.
    fee: Option<(FeeInvoice, i64)>,
}

/// `GET /admin/payments/{id}/refund`
pub async fn form(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let subject = Subject::of(&desk, request.param("id")?)?;
    match &subject.most {
        Ok(most) => {
            let typed = Typed { amount: desk.typed(&most.to_decimal_string()), ..Typed::default() };
            reply::page(&subject.page(&desk, &typed, &Wrong::default())?)
        }
        Err(refusal) => subject.refused(&desk, refusal.to_string(), StatusCode::CONFLICT),
    }
}

/// `POST /admin/payments/{id}/refund`: without `confirmed`, the question; with it, the refund.
pub async fn refund(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let subject = Subject::of(&desk, request.param("id")?)?;
    let form = request.form()?;
    let typed = Typed::of(&form);
    let wanted = match subject.wanted(&desk, &typed) {
        Ok(wanted) => wanted,
        Err(wrong) => return subject.wrong(&desk, &typed, &wrong),
    };
    if form.text("confirmed") == "yes" {
        return subject.done(&desk, &typed, wanted).await;
    }
    match desk.app.store.read(|r| plan(&r, &wanted)) {
        Ok(_) => reply::page(&subject.question(&desk, &typed, &wanted)?),
        Err(refusal) => subject.not_done(&desk, &typed, refusal),
    }
}

/// The form as it was sent.
#[derive(Default)]
struct Typed {
    amount: String,
    reason: String,
    nonce: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self { amount: text("amount"), reason: text("reason"), nonce: text("nonce") }
    }
}

impl Subject {
    fn of(desk: &Desk, id: PaymentId) -> Result<Self, Error> {
        desk.app.store.read(|r| {
            let payment = r.payment(id)?.ok_or(Error::NotFound)?;
            let summary = payment.invoice.map(|invoice| r.summary(invoice)).transpose()?.flatten();
            let number = summary.and_then(|summary| summary.number).unwrap_or_else(|| "unknown".to_owned());
            let place = r.refunds_of_payment(id)?.len();
            let most = match possible(&r, Of::Payment(id)) {
                Err(Refusal::Store(error)) => return Err(error.into()),
                most => most,
            };
            let left = charge_fee::left_of_fee(&r, &payment)?;
            let fee = r.fee_of_payment(id)?.map(|document| (document, left));
            Ok(Self { payment, number, place, most, fee })
        })
    }

    /// Where the page leads back to.
    fn back(&self) -> String {
        self.payment.invoice.map_or_else(|| "/admin/payments".to_owned(), invoice::path)
    }

    fn wanted(&self, desk: &Desk, typed: &Typed) -> Result<Wanted, Wrong> {
        let mut wrong = Wrong::default();
        let amount = Money::parse_typed(&typed.amount, self.payment.amount.currency(), desk.separator());
        if let Err(error) = &amount {
            wrong.add("amount", error);
        }
        let reason = Reason::of_name(&typed.reason);
        if reason.is_none() {
            wrong.add("reason", "Choose a reason.");
        }
        let amount = amount.map(Money::minor);
        match (amount, reason) {
            (Ok(amount), Some(_)) => Ok(Wanted {
                of: Of::Payment(self.payment.id),
                amount,
                reason,
                credit_note: None,
                nonce: Some(format!("form:{}:{}", self.payment.id, typed.nonce)),
            }),
            _ => Err(wrong),
        }
    }

    async fn done(&self, desk: &Desk, typed: &Typed, wanted: Wanted) -> Result<Response, Error> {
        // A place that no page ever named would be a decision of its own each time.
        if typed.nonce.parse::<usize>().is_ok_and(|place| place > self.place) {
            return Err(Error::Conflict("Open the payment's refund page again and repeat it there.".to_owned()));
        }
        match refunds::refund(&desk.app.store, desk.app.till().as_ref(), wanted, &desk.actor()).await {
            Ok(made) => {
                let word = if made.iter().any(Refund::is_open) { "refund-asked" } else { "refunded" };
                Ok(reply::see_other(&format!("{}?done={word}", self.back())))
            }
            Err(refusal) => self.not_done(desk, typed, refusal),
        }
    }

    fn not_done(&self, desk: &Desk, typed: &Typed, refusal: Refusal) -> Result<Response, Error> {
        match refusal {
            Refusal::Invalid(errors) => self.wrong(desk, typed, &Wrong::new(errors)),
            Refusal::Conflict(words) => self.refused(desk, words, StatusCode::CONFLICT),
            Refusal::Unavailable(words) => self.refused(desk, words, StatusCode::SERVICE_UNAVAILABLE),
            other => Err(other.into()),
        }
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
        let most = self.most.as_ref().copied().unwrap_or(Money::zero(self.payment.amount.currency()));
        let choice = |reason: Reason| Choice::new(reason.name(), reason.words(), reason.name() == typed.reason);
        Ok(RefundPage {
            shell: desk.shell(Section::Invoices)?,
            action: format!("/admin/payments/{}/refund", self.payment.id),
            number: self.number.clone(),
            method: self.payment.method.words(),
            paid: desk.money(self.payment.amount),
            most: desk.money(most),
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
            reason: wrong.select("reason", Reason::ALL.map(choice).into()),
            question: None,
            cancel_url: self.back(),
        })
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

    fn question(&self, desk: &Desk, typed: &Typed, wanted: &Wanted) -> Result<RefundPage, Error> {
        let amount = desk.minor(wanted.amount, self.payment.amount.currency());
        let way = match self.payment.method.stripe() {
            Some(_) => {
                "Stripe sends the money back the way it came; banks usually take 5 to 10 business days. Stripe keeps the \
                 fee of the payment."
            }
            None => {
                "This only records it: give the money back yourself, the way it came. The books take it from the \
                 account that it had come into."
            }
        };
        let told = "Your customer gets one mail about it. A refund cannot be taken back.".to_owned();
        let text = [Some(way.to_owned()), self.of_the_fee(desk, wanted.amount), Some(told)];
        let text = text.into_iter().flatten().collect();
        let reason = typed.reason.clone();
        Ok(RefundPage {
            question: Some(Question { amount, text, reason }),
            ..self.page(desk, typed, &Wrong::default())?
        })
    }
}

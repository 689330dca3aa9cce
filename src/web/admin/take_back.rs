//! A payment that was recorded by mistake is taken back, with a reason.

use super::desk::Desk;
use super::guard::SignedIn;
use super::invoice;
use crate::actions::take_back as taking;
use crate::billing::id::PaymentId;
use crate::billing::payment::Payment;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::confirm::{ConfirmPage, Reason};
use crate::web::views::parts::Tone;
use crate::web::views::shell::Section;

/// `GET /admin/payments/{id}/take-back`
pub async fn confirm(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let payment = payment(&desk, request.param("id")?)?;
    match desk.app.store.read(|r| taking::check(&r, payment.id)) {
        Ok(_) => reply::page(&question(&desk, &payment)?),
        Err(refusal) => invoice::refused(&desk, payment.invoice.ok_or(Error::NotFound)?, refusal),
    }
}

/// `POST /admin/payments/{id}/take-back`
pub async fn take_back(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (form, actor) = (request.form()?, desk.actor());
    let (payment, reason) = (payment(&desk, request.param("id")?)?, form.text("reason").to_owned());
    let id = payment.id;
    match desk.app.store.write(move |w| taking::take_back(w, id, &reason, &actor)).await {
        Ok(_) => Ok(reply::see_other(&format!("{}?done=taken-back", page_of(&payment)))),
        Err(refusal) => {
            let invoice = payment.invoice.ok_or(Error::NotFound)?;
            invoice::not_done(&desk, invoice, refusal, || question(&desk, &payment), &form)
        }
    }
}

fn payment(desk: &Desk, id: PaymentId) -> Result<Payment, Error> {
    desk.app.store.read(|r| r.payment(id))?.ok_or(Error::NotFound)
}

fn page_of(payment: &Payment) -> String {
    payment.invoice.map_or_else(|| "/admin/payments".to_owned(), invoice::path)
}

fn question(desk: &Desk, payment: &Payment) -> Result<ConfirmPage, Error> {
    Ok(ConfirmPage {
        shell: desk.shell(Section::Invoices)?,
        title: format!("Take the payment of {} back?", desk.money(payment.amount)),
        text: vec![
            "For a payment that was recorded by mistake. The invoice asks for the money again; the record stays, with \
             an entry that books it back."
                .to_owned(),
            "A receipt that was sent already stops being valid. Tell your customer.".to_owned(),
        ],
        action: format!("/admin/payments/{}/take-back", payment.id),
        button: "Take payment back".to_owned(),
        tone: Tone::Bad,
        reason: Some(Reason {
            label: "Reason".to_owned(),
            hint: "For your own records and your accountant.".to_owned(),
            ..Reason::default()
        }),
        cancel_url: page_of(payment),
    })
}

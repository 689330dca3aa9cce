//! `GET /outbox`: every mail, and how far it got.

use super::guard::Caller;
use super::page::Query;
use super::{ok, shapes};
use crate::actions::mailings::invoice_of;
use crate::billing::letter::{Letter, Matter};
use crate::store::{self, Reader};
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page()?;
    let found = app.store.read(|r| {
        let letters = r.letters(page.after, page.limit)?;
        letters.into_iter().map(|letter| Ok((about(&r, &letter)?, letter))).collect::<Result<Vec<_>, store::Error>>()
    })?;
    Ok(ok(&page.list(&found, |(_, letter)| letter.id, |(about, letter)| shapes::mail(letter, about.clone()))))
}

/// What a mail is about, until it has a subject of its own.
fn about(r: &Reader<'_>, letter: &Letter) -> Result<Option<String>, store::Error> {
    let words = match letter.subject_matter {
        Matter::Invoice { .. } => "Invoice",
        Matter::Reminder { .. } => "Reminder: invoice",
        Matter::Receipt { .. } | Matter::PayerCopy { .. } => "Receipt for invoice",
        Matter::CreditReceived { .. } => "Payment received for invoice",
        Matter::RefundIssued { .. } => "Refund for invoice",
        Matter::CreditNote { .. } => "Credit note for invoice",
        Matter::InstructionReceived { .. } => "Payment under way for invoice",
        Matter::DelayedPaymentFailed { .. } => "Payment failed for invoice",
        Matter::OwnerPayment { .. } => return Ok(Some("A payment arrived".to_owned())),
        Matter::OwnerRefund { .. } => return Ok(Some("A refund was made at Stripe".to_owned())),
        Matter::OwnerAlert { .. } => return Ok(Some("A payment needs your decision".to_owned())),
        Matter::OwnerFailedMails { .. } => return Ok(Some("A mail could not be delivered".to_owned())),
        Matter::OwnerChange { ref change, .. } => return Ok(Some(change.to_string())),
        Matter::OwnerTrouble { .. } => return Ok(Some("Something must be mended".to_owned())),
        Matter::OwnerDeclines { .. } => return Ok(Some("A card was declined".to_owned())),
        Matter::OwnerDispute { .. } => return Ok(Some("A payment is disputed".to_owned())),
    };
    let invoice = match invoice_of(r, &letter.subject_matter)? {
        Some(id) => r.invoice(id)?,
        None => None,
    };
    Ok(invoice.map(|invoice| format!("{words} {}", invoice.number)))
}

//! Credit notes: the list, one of them, and mailing it again.

use super::desk::{Desk, ROWS_MAX, UNDO, after, paged};
use super::guard::SignedIn;
use super::invoice;
use super::invoice::payments::{refund_detail, refund_tag};
use crate::actions::mailings;
use crate::actions::refund::possible_of_note;
use crate::billing::credit_note::CreditNote;
use crate::billing::id::CreditNoteId;
use crate::billing::refund::Refund;
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::paper;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::credit::{CreditNotePage, CreditNoteRow, CreditNotesPage};
use crate::web::views::invoice::RefundRow;
use crate::web::views::parts::{Link, Tag, Tone};
use crate::web::views::shell::Section;
use crate::words::Words;

/// `GET /admin/credit-notes?after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let from: Option<CreditNoteId> = after(&request)?;
    let mut found = desk.app.store.read(|r| r.credit_notes(from, ROWS_MAX))?;
    let none_at_all = found.is_empty() && from.is_none();
    let pager = paged(&mut found, from.is_none(), "/admin/credit-notes?", |note: &CreditNote| note.id.to_string());
    let rows = desk.app.store.read(|r| rows(&desk, &r, &found))?;
    reply::page(&CreditNotesPage { shell: desk.shell(Section::Invoices)?, rows, pager, none_at_all })
}

/// Credit notes as rows of a list.
pub fn rows(desk: &Desk, r: &Reader<'_>, notes: &[CreditNote]) -> Result<Vec<CreditNoteRow>, StoreError> {
    notes.iter().map(|note| row(desk, r, note)).collect()
}

fn row(desk: &Desk, r: &Reader<'_>, note: &CreditNote) -> Result<CreditNoteRow, StoreError> {
    let left = r.left_of_note(note)?;
    let number = r.summary(note.invoice)?.and_then(|summary| summary.number);
    Ok(CreditNoteRow {
        url: path(note.id),
        number: note.number.clone(),
        customer: note.buyer.name.clone(),
        invoice: number.map(|number| Link::new(number, invoice::path(note.invoice))),
        at: desk.on(note.issue_date),
        amount: desk.money(note.total()),
        tag: (left > 0).then(|| Tag::new(format!("{} kept as credit", desk.minor(left, note.currency)), Tone::Info)),
    })
}

pub fn path(id: CreditNoteId) -> String {
    format!("/admin/credit-notes/{id}")
}

/// `GET /admin/credit-notes/{id}`
pub async fn detail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: CreditNoteId = request.param("id")?;
    let found = desk.app.store.read(|r| {
        let Some(note) = r.credit_note(id)? else { return Ok(None) };
        let Some(invoice) = r.invoice(note.invoice)? else { return Ok(None) };
        let address = mailings::present_address(&r, &invoice)?;
        let money = Money::of(&r, &note)?;
        Ok::<_, StoreError>(Some((note, invoice, address, money)))
    })?;
    let (note, invoice, address, money) = found.ok_or(Error::NotFound)?;
    let settled = money.sums(&note).into_iter().filter(|(_, minor)| *minor != 0);
    let can_pay_back = desk.minor(money.possible, note.currency);
    reply::page(&CreditNotePage {
        shell: desk.shell(Section::Invoices)?,
        path: path(id),
        number: note.number.clone(),
        customer: Link::new(note.buyer.name.clone(), format!("/admin/customers/{}", note.customer)),
        invoice: Link::new(invoice.number.clone(), invoice::path(invoice.id)),
        amount: desk.money(note.total()),
        settled: settled.map(|(label, minor)| (label.to_owned(), desk.minor(minor, note.currency))).collect(),
        reason: Some(note.reason.clone()).filter(|reason| !reason.is_empty()),
        public_url: format!("/i/{}/credit/{}", invoice.link.token(), note.ordinal),
        refunds: money
            .refunds
            .iter()
            .map(|refund| RefundRow {
                at: desk.when(refund.created_at),
                amount: desk.money(refund.amount),
                tag: refund_tag(refund),
                detail: refund_detail(refund),
            })
            .collect(),
        refund: (money.possible > 0)
            .then(|| Link::new(format!("Pay back {can_pay_back}…"), format!("{}/refund", path(id)))),
        can_send: address.is_some(),
        paper: paper::of_note(&note, &invoice, &desk.settings, &Words::for_customer(&note.buyer, &desk.settings))
            .embedded(),
    })
}

/// What became of a note's money, in minor units.
struct Money {
    left: i64,
    free: i64,
    back: i64,
    /// What the customer's bank took back.
    lost: i64,
    possible: i64,
    refunds: Vec<Refund>,
}

impl Money {
    fn of(r: &Reader<'_>, note: &CreditNote) -> Result<Self, StoreError> {
        Ok(Self {
            left: r.left_of_note(note)?,
            free: r.free_credit_of_note(note)?,
            back: r.paid_back_by(note)?,
            lost: r.lost_of_note(note)?,
            possible: possible_of_note(r, note)?,
            refunds: r.refunds_of_note(note)?,
        })
    }

    fn sums(&self, note: &CreditNote) -> [(&'static str, i64); 7] {
        [
            ("Off the invoice", note.applied),
            ("Refunded before", note.taken_over),
            ("Paid back", self.back - note.taken_over),
            ("Being paid back", self.left - self.free),
            ("Gone with its money", self.lost),
            ("Used for other invoices", note.beyond().minor() - self.left - self.back - self.lost),
            ("Kept as credit", self.free),
        ]
    }
}

/// `POST /admin/credit-notes/{id}/send`
pub async fn send(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: CreditNoteId = request.param("id")?;
    let note = desk.app.store.read(|r| r.credit_note(id))?.ok_or(Error::NotFound)?;
    let (of, actor) = (note.invoice, desk.actor());
    match desk.app.store.write(move |w| mailings::send_credit_note(w, &note, UNDO, &actor)).await {
        Ok(letter) => Ok(reply::see_other(&format!("{}?done=sending&mail={}", path(id), letter.id))),
        Err(refusal) => invoice::refused(&desk, of, refusal),
    }
}

//! `/fee_invoices`: the documents of fees that payers paid on top, and what took them back. Both have numbers of one
//! series, so the list has no gaps of its own.

use super::guard::Caller;
use super::page::Query;
use super::{fee, ok};
use crate::billing::fee_invoice::FeeInvoice;
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page()?;
    let found = app.store.read(|r| r.fee_invoices(page.after, page.limit))?;
    Ok(ok(&page.list(&found, |document: &FeeInvoice| document.id, fee::listed)))
}

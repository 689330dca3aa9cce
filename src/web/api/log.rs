//! `GET /invoices/{id}/log`: what happened to an invoice's money, oldest first.

use super::guard::Caller;
use super::invoices::exists;
use super::page::Query;
use super::{ok, shapes};
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id = request.param("id")?;
    exists(&app, id)?;
    let page = Query::of(&request.query).page::<u64>()?;
    let found = app.store.read(|r| r.log(id, page.after.unwrap_or(0), page.limit))?;
    Ok(ok(&page.list(&found, |line| line.seq, shapes::log_line)))
}

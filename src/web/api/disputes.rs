//! `/disputes`: payments that a payer's bank wants back.

use super::guard::Caller;
use super::page::Query;
use super::{ok, shapes};
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page()?;
    let found = app.store.read(|r| r.disputes(page.after, page.limit))?;
    Ok(ok(&page.list(&found, |dispute| dispute.id, shapes::dispute)))
}

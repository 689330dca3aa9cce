//! `/payments`.

use super::guard::Caller;
use super::page::Query;
use super::{ok, shapes};
use crate::store;
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page()?;
    let found = app.store.read(|r| {
        let found = r.payments(page.after, page.limit)?;
        let shown = found.iter().map(|payment| Ok((payment.id, shapes::payment(&r, payment)?)));
        shown.collect::<Result<Vec<_>, store::Error>>()
    })?;
    Ok(ok(&page.list(&found, |(id, _)| *id, |(_, shape)| shape)))
}

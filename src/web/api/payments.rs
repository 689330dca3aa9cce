//! `/payments`, and what will be beside them.

use serde_json::Value;

use super::guard::Caller;
use super::page::{List, Query};
use super::{ok, shapes};
use crate::store;
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page()?;
    let list = app.store.read(|r| {
        let found = r.payments(page.after, page.limit)?;
        let shown = found.iter().map(|payment| shapes::payment(&r, payment)).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<_> = found.iter().map(|payment| payment.id).zip(shown).collect();
        Ok::<_, store::Error>(ok(&page.list(&ids, |(id, _)| *id, |(_, shape)| shape)))
    })?;
    Ok(list)
}

/// `GET /refunds` and `GET /disputes`: nothing here can make either, so there are none.
pub async fn none(_app: State, request: Request<Caller>) -> Result<Response, Error> {
    Query::of(&request.query).page::<String>()?;
    Ok(ok(&List::<Value, Value>::empty()))
}

//! `/payments`, and what will be beside them.

use std::str::FromStr;

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
    let found = app.store.read(|r| {
        let found = r.payments(page.after, page.limit)?;
        let shown = found.iter().map(|payment| Ok((payment.id, shapes::payment(&r, payment)?)));
        shown.collect::<Result<Vec<_>, store::Error>>()
    })?;
    Ok(ok(&page.list(&found, |(id, _)| *id, |(_, shape)| shape)))
}

/// `GET /disputes`: nothing here can make one, so there are none.
pub async fn none(_app: State, request: Request<Caller>) -> Result<Response, Error> {
    Query::of(&request.query).page::<NoId>()?;
    Ok(ok(&List::<Value, Value>::empty()))
}

/// What a list of nothing could have named as next.
enum NoId {}

impl FromStr for NoId {
    type Err = ();

    fn from_str(_: &str) -> Result<Self, ()> {
        Err(())
    }
}

//! `/attempts`: tries to be paid through Stripe.

use super::fields::Fields;
use super::guard::Caller;
use super::page::Query;
use super::{ok, shapes};
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn show(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id = request.param("id")?;
    let attempt = app.store.read(|r| r.attempt(id))?.ok_or(Error::NotFound)?;
    Ok(ok(&shapes::attempt(&attempt)))
}

/// The attempt of `?session_id=cs_…`: there is one or none.
pub async fn find(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let mut query = Query::of(&request.query);
    let session = query.text("session_id");
    query.finish()?;
    let session = session.ok_or_else(|| Error::field("session_id", Fields::REQUIRED))?;
    let attempt = app.store.read(|r| r.attempt_by_session(session))?.ok_or(Error::NotFound)?;
    Ok(ok(&shapes::attempt(&attempt)))
}

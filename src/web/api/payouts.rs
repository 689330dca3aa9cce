//! `/payouts`: what Stripe sent to the bank, and what each carried.

use super::guard::Caller;
use super::page::Query;
use super::{ok, shapes};
use crate::billing::payout::Sorted;
use crate::store;
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let page = Query::of(&request.query).page::<String>()?;
    let found = app.store.read(|r| {
        page.refuse_unknown(|id| Ok(r.payout(id)?.is_some()))?;
        Ok::<_, Error>(r.payouts(page.after.as_deref(), page.limit)?)
    })?;
    Ok(ok(&page.list(&found, |payout| payout.id.clone(), shapes::payout)))
}

/// A payout with what it comes to by sort of line, and a part of its lines.
pub async fn show(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: String = request.param("id")?;
    let page = Query::of(&request.query).page::<String>()?;
    let (payout, carried, lines) = app.store.read(|r| {
        let payout = r.payout(&id)?.ok_or(Error::NotFound)?;
        page.refuse_unknown(|line| Ok(r.movement(line)?.is_some_and(|line| line.payout.as_ref() == Some(&id))))?;
        let mut carried = (Sorted::default(), Vec::new());
        r.each_movement_of_payout(&id, |line| {
            carried.0.add(&line);
            carried.1.extend(line.returned_payout().map(str::to_owned));
            Ok::<_, store::Error>(())
        })?;
        Ok::<_, Error>((payout, carried, r.movements_of_payout(&id, page.after.as_deref(), page.limit)?))
    })?;
    let lines = page.list(&lines, |line| line.id.clone(), shapes::movement);
    Ok(ok(&shapes::payout_in_full(&payout, &carried.0, carried.1, lines)))
}

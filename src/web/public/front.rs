//! The few addresses that every site has: the front door, what robots may read, whom to tell of a flaw.

use jiff::SignedDuration;
use warp::http::StatusCode;

use crate::web::assets;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;

/// Invoices are for whoever has the link, the admin page is for the owner: neither is for search engines.
const ROBOTS: &str = "User-agent: *\nDisallow: /i/\nDisallow: /admin";
/// RFC 9116 recommends less than a year.
const SECURITY_LASTS: SignedDuration = SignedDuration::from_hours(24 * 180);

/// `GET /`: customers come by a link, so whoever comes here is the owner.
pub async fn door(_app: State, _request: Request) -> Result<Response, Error> {
    Ok(reply::see_other("/admin"))
}

/// `GET /robots.txt`.
pub async fn robots(_app: State, _request: Request) -> Result<Response, Error> {
    Ok(reply::text(StatusCode::OK, ROBOTS))
}

/// `GET /favicon.ico`, which browsers ask for unasked.
pub async fn favicon(_app: State, _request: Request) -> Result<Response, Error> {
    Ok(reply::see_other(&assets::url("favicon.svg")))
}

/// `GET /.well-known/security.txt` (RFC 9116), once the business has an address.
pub async fn security(app: State, _request: Request) -> Result<Response, Error> {
    let email = app.store.read(|r| r.settings())?.business.email;
    if email.is_empty() {
        return Err(Error::NotFound);
    }
    let expires = app.clock.now().saturating_add(SECURITY_LASTS).map_err(Error::internal)?;
    Ok(reply::text(StatusCode::OK, &format!("Contact: mailto:{email}\nExpires: {expires}")))
}

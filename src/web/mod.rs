//! The web: warp, and nobody else knows it.
//!
//! What every request passes, from the socket to the handler and back, is here; what is answered is in the rooms below.
//! `server` accepts connections, `route` says what a route is, `site` makes one filter of a table of them.

pub mod admin;
pub mod assets;
pub mod body;
pub mod client_address;
mod compress;
pub mod csrf;
pub mod error;
mod etag;
mod finish;
pub mod form;
mod framing;
pub mod guard;
pub mod headers;
pub mod host;
mod json;
pub mod limits;
pub mod paper;
pub mod pattern;
mod peers;
pub mod reply;
pub mod request;
pub mod route;
pub mod routes;
mod seats;
pub mod server;
pub mod site;
pub mod views;
mod wire;
pub mod words;

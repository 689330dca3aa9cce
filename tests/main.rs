//! One integration binary: a story a file.

mod admin;
mod api;
mod browser;
mod money;
mod operations;
mod payer;
mod server;
mod support;
mod webhook;
mod tidy;
mod store;

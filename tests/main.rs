//! One integration binary: a story a file.

mod api;
mod browser;
mod money;
mod operations;
mod payer;
mod server;
mod store;
mod support;
mod tidy;
mod webhook;

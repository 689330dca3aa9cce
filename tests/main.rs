//! One integration binary: a story a file.

mod api;
mod money;
mod operations;
mod payer;
mod server;
mod support;
mod webhook;

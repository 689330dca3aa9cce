//! One integration binary: a story a file.

mod browser;
mod money;
mod server;
mod tidy;
mod api;
mod money;
mod server;
mod support;

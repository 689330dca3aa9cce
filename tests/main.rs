//! One integration binary: a story a file.

mod api;
mod browser;
mod money;
mod server;
mod support;
mod tidy;

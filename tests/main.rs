//! One integration binary: a story a file.

mod api;
mod money;
mod server;
mod support;

//! One integration binary: a story a file.

mod money;
mod server;
mod store;

//! One integration binary: a story a file.

mod server;

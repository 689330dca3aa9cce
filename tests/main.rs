//! One integration binary: a story a file.

mod commands;
mod house;
mod mailing;
mod money;
mod process;
mod server;
mod serving;

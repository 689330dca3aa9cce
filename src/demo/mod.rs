//! `quittance demo`: the whole product with nothing else installed, and the stand-ins that the tests use too.
//!
//! The rule of the room: it alone pretends anything, and nothing that `serve` starts can reach it.

pub mod mailbox;
mod page;
mod run;
mod sample;
pub mod stripe;

pub use run::{DemoError, run};

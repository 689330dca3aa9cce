//! Quittance: invoices that are paid because the ledger says so, and a ledger that says so because Stripe did.
//!
//! Each module is a room with one purpose; `ARCHITECTURE.md` is the house plan, `tests/tidy.rs` keeps it true.

pub mod actions;
pub mod app;
pub mod backups;
pub mod billing;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod control;
pub mod credentials;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod http;
pub mod jobs;
pub mod logging;
pub mod mail;
pub mod metrics;
pub mod payments;
pub mod process;
pub mod resolve;
pub mod said;
pub mod say;
pub mod serve;
pub mod service_manager;
pub mod size;
pub mod store;
pub mod throttle;
pub mod tls;
pub mod trials;
pub mod web;
pub mod words;

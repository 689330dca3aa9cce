//! One integration binary: a story a file.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod admin;
mod api;
mod backups;
mod browser;
mod commands;
mod copies;
mod doctor;
mod encrypted_mail;
mod faults;
mod fees;
mod forgetting;
mod fuzzed;
mod hardening;
mod house;
mod https;
mod languages;
mod logs;
mod mailing;
mod model;
mod money;
mod money_in;
mod operations;
mod operator;
mod packaging;
mod parts;
mod payer;
mod peers;
mod process;
mod public_address;
mod read_only;
mod routes;
mod rows;
mod security;
mod server;
mod serving;
mod store;
mod support;
mod tidy;
mod upgrading;
mod watching;
mod webhook;

//! The store and the actions over it: what lasts, what is refused, and what is left when the disk fails.

mod backups;
mod broken;
pub mod business;
mod compaction;
mod credit;
pub mod disk;
pub mod doors;
mod faults;
mod histories;
mod invariants;
mod lists;
mod mails;
mod power;
mod register;
mod unique;

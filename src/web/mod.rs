//! (room)

pub mod views;

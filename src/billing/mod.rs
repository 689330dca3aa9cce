//! (room)

pub mod amount;
pub mod bank;
pub mod currency;
pub mod decimal;
pub mod due;
pub mod email;
pub mod field;
pub mod line;
pub mod money;
pub mod number;
pub mod party;
pub mod quantity;
pub mod rounding;
pub mod tax;

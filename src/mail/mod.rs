//! Mail: what we say ([`letters`]), how it becomes a message ([`message`]) and how it leaves ([`smtp`]).
//!
//! The rule of the room: words come in formatted (amounts, dates, links) and every letter goes out complete, as text
//! and as HTML, or not at all. When a mail is due, how often it is tried again and what its state is, is the outbox's
//! business.

pub mod letters;
pub mod message;
pub mod smtp;
pub mod words;

//! Files that only the owner can read, in the format of age (<https://age-encryption.org/v1>, C2SP/age).
//!
//! Of the format there is what is needed here: X25519 recipients, and no passphrases, plug-ins or armour. It is judged by
//! age itself, in both directions (`tests/backups`). The program that writes a file cannot read it: it has public keys, and
//! forgets the key of the file.
//!
//! The library for all of the format brings seventy further packages with it, translations among them; this brings two.

mod keys;
mod open;
mod seal;

pub use open::{Identities, OpenError, Opening, is_sealed};
pub use seal::Sealing;

/// The first line of a file.
const VERSION: &str = "age-encryption.org/v1";
/// What begins a recipient's lines, for the sort that there is here.
const STANZA: &str = "-> X25519 ";
/// What begins the last line of the head.
const END: &str = "---";
/// Plain bytes of each piece but the last.
const PIECE_BYTES: usize = 64 << 10;
/// Bytes that prove a piece.
const TAG_BYTES: usize = 16;
const FILE_KEY_BYTES: usize = 16;

//! From one key to the next, as the format says.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use data_encoding::BASE64_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use x25519_dalek::x25519;

use super::FILE_KEY_BYTES;

const OF_RECIPIENT: &[u8] = b"age-encryption.org/v1/X25519";
const OF_HEAD: &[u8] = b"header";
const OF_PAYLOAD: &[u8] = b"payload";
/// A key that is used once needs no nonce of its own.
const ONCE: [u8; 12] = [0; 12];

pub(super) type FileKey = [u8; FILE_KEY_BYTES];

/// HMAC-SHA-256 over the parts, one after another. HMAC takes a key of any length.
fn mac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac)
}

/// HKDF-SHA-256 (RFC 5869) for one key of 32 bytes, which is one block.
fn derive(secret: &[u8], salt: &[u8], purpose: &[u8]) -> Option<[u8; 32]> {
    let extracted = mac(salt, &[secret])?.finalize().into_bytes();
    Some(mac(&extracted, &[purpose, &[1]])?.finalize().into_bytes().into())
}

/// What encrypts the file's key between `own` (a private key) and `other`; `share` is the public key that was made for this
/// file alone, `recipient` the one that stays. `None` for a key that leads to no secret.
pub(super) fn between(
    own: [u8; 32],
    other: [u8; 32],
    share: &[u8; 32],
    recipient: &[u8; 32],
) -> Option<ChaCha20Poly1305> {
    let secret = x25519(own, other);
    if secret == [0; 32] {
        return None;
    }
    let key = derive(&secret, &[share.as_slice(), recipient].concat(), OF_RECIPIENT)?;
    Some(ChaCha20Poly1305::new(&Key::from(key)))
}

pub(super) fn wrap(cipher: &ChaCha20Poly1305, file_key: &FileKey) -> Option<String> {
    Some(BASE64_NOPAD.encode(&cipher.encrypt(&Nonce::from(ONCE), file_key.as_slice()).ok()?))
}

pub(super) fn unwrap(cipher: &ChaCha20Poly1305, wrapped: &[u8]) -> Option<FileKey> {
    cipher.decrypt(&Nonce::from(ONCE), wrapped).ok()?.try_into().ok()
}

/// What proves the head, up to and with the hyphens of its last line.
pub(super) fn head_mac(file_key: &FileKey, head: &[u8]) -> Option<Hmac<Sha256>> {
    mac(&derive(file_key, &[], OF_HEAD)?, &[head])
}

/// What encrypts the pieces.
pub(super) fn payload(file_key: &FileKey, nonce: &[u8; 16]) -> Option<ChaCha20Poly1305> {
    Some(ChaCha20Poly1305::new(&Key::from(derive(file_key, nonce, OF_PAYLOAD)?)))
}

/// The place of a piece, and whether it is the last, so that none can be left out, moved or put behind the end.
pub(super) fn nonce(piece: u64, is_last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&piece.to_be_bytes());
    nonce[11] = u8::from(is_last);
    Nonce::from(nonce)
}

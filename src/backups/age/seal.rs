//! Encrypting what is written.

use std::io::{self, Write};

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::Aead;
use data_encoding::BASE64_NOPAD;
use hmac::Mac;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

use super::keys::{FileKey, between, head_mac, nonce, payload, wrap};
use super::{END, PIECE_BYTES, STANZA, VERSION};
use crate::config::Recipient;

/// Takes plain bytes and writes encrypted ones. Without [`Sealing::finish`] the file is no whole one, and known as such.
pub struct Sealing<W> {
    out: W,
    cipher: ChaCha20Poly1305,
    piece: Vec<u8>,
    written: u64,
}

impl<W: Write> Sealing<W> {
    /// Begins a file that each of `recipients` can read.
    ///
    /// # Errors
    /// The system gives no randomness, a key is none, or `out` cannot be written.
    pub fn begin(mut out: W, recipients: &[Recipient]) -> io::Result<Self> {
        let (file_key, stream): (FileKey, [u8; 16]) = (random()?, random()?);
        out.write_all(head(&file_key, recipients)?.as_bytes())?;
        out.write_all(&stream)?;
        let cipher = payload(&file_key, &stream).ok_or_else(broken)?;
        Ok(Self { out, cipher, piece: Vec::with_capacity(PIECE_BYTES), written: 0 })
    }

    /// Writes what is left, and that it is the end.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_piece(true)?;
        Ok(self.out)
    }

    fn write_piece(&mut self, is_last: bool) -> io::Result<()> {
        let sealed = self.cipher.encrypt(&nonce(self.written, is_last), self.piece.as_slice()).map_err(|_| broken())?;
        self.written += 1;
        self.piece.clear();
        self.out.write_all(&sealed)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits until it is known not to be the last.
        if self.piece.len() == PIECE_BYTES {
            self.write_piece(false)?;
        }
        let taken = bytes.len().min(PIECE_BYTES - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn head(file_key: &FileKey, recipients: &[Recipient]) -> io::Result<String> {
    let mut head = format!("{VERSION}\n");
    for recipient in recipients {
        let own: [u8; 32] = random()?;
        let share = x25519(own, X25519_BASEPOINT_BYTES);
        let cipher = between(own, *recipient.bytes(), &share, recipient.bytes()).ok_or_else(broken)?;
        let wrapped = wrap(&cipher, file_key).ok_or_else(broken)?;
        head.extend([STANZA, &BASE64_NOPAD.encode(&share), "\n", &wrapped, "\n"]);
    }
    head.push_str(END);
    let proof = head_mac(file_key, head.as_bytes()).ok_or_else(broken)?.finalize().into_bytes();
    Ok(format!("{head} {}\n", BASE64_NOPAD.encode(&proof)))
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

fn broken() -> io::Error {
    io::Error::other("it cannot be encrypted to one of backup.recipients, which is no key that anybody can have")
}

//! Decrypting, for whoever has a private key: commands, and never the server.

use std::io::{self, BufRead, Read};

use bech32::Bech32;
use bech32::primitives::decode::CheckedHrpstring;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::Aead;
use data_encoding::BASE64_NOPAD;
use hmac::Mac;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

use super::keys::{FileKey, between, head_mac, nonce, payload, unwrap};
use super::{END, PIECE_BYTES, STANZA, TAG_BYTES, VERSION};

/// A head with a hundred recipients is a tenth of this.
const HEAD_BYTES_MAX: u64 = 64 << 10;
/// Private keys of one file that are tried.
const IDENTITIES_MAX: usize = 100;
/// What a private key begins with, before the digit that sets it off.
const PRIVATE: &str = "age-secret-key-";

/// Why a file cannot be decrypted.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "it holds no private key of age, a line that begins with AGE-SECRET-KEY-1; name the file that age-keygen wrote"
    )]
    NoIdentity,
    #[error("none of the private keys given opens it; it was encrypted to others")]
    NotForUs,
    #[error("its head is damaged, or it is no file of age")]
    Damaged,
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
}

/// Private keys. They are shown nowhere.
pub struct Identities(Vec<[u8; 32]>);

impl Identities {
    /// Reads what `age-keygen` writes: keys, and remarks behind `#`.
    ///
    /// # Errors
    /// A line is neither, or there is none.
    pub fn read(text: &str) -> Result<Self, OpenError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: Vec<[u8; 32]> =
            lines.take(IDENTITIES_MAX).map(private_key).collect::<Option<_>>().unwrap_or_default();
        if keys.is_empty() { Err(OpenError::NoIdentity) } else { Ok(Self(keys)) }
    }
}

fn private_key(line: &str) -> Option<[u8; 32]> {
    let read = CheckedHrpstring::new::<Bech32>(line).ok()?;
    let is_one = read.hrp().to_string().eq_ignore_ascii_case(PRIVATE);
    is_one.then(|| read.byte_iter().collect::<Vec<u8>>().try_into().ok()).flatten()
}

/// Whether a file begins as an encrypted one does.
pub fn is_sealed(beginning: &[u8]) -> bool {
    beginning.starts_with(VERSION.as_bytes())
}

/// Gives the plain bytes of an encrypted file; an error if it is not as it was written, or not all of it.
pub struct Opening<R> {
    input: R,
    cipher: ChaCha20Poly1305,
    /// Encrypted bytes that were read ahead.
    ahead: Vec<u8>,
    plain: Vec<u8>,
    given: usize,
    pieces: u64,
    is_over: bool,
}

impl<R: BufRead> Opening<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// No key opens it, or it is damaged.
    pub fn begin(mut input: R, identities: &Identities) -> Result<Self, OpenError> {
        let file_key = read_head(&mut input, identities)?;
        let mut stream = [0; 16];
        input.read_exact(&mut stream).map_err(|_| OpenError::Damaged)?;
        let cipher = payload(&file_key, &stream).ok_or(OpenError::Damaged)?;
        Ok(Self { input, cipher, ahead: Vec::new(), plain: Vec::new(), given: 0, pieces: 0, is_over: false })
    }

    fn read_piece(&mut self) -> io::Result<()> {
        let whole = PIECE_BYTES + TAG_BYTES;
        // One byte more tells whether another piece follows.
        let missing = u64::try_from(whole + 1 - self.ahead.len()).map_err(io::Error::other)?;
        self.input.by_ref().take(missing).read_to_end(&mut self.ahead)?;
        let rest = if self.ahead.len() > whole { self.ahead.split_off(whole) } else { Vec::new() };
        self.is_over = rest.is_empty();
        let is_empty_end = self.ahead.len() == TAG_BYTES && self.pieces > 0;
        let opened = self.cipher.decrypt(&nonce(self.pieces, self.is_over), self.ahead.as_slice());
        self.plain = opened.ok().filter(|_| !is_empty_end).ok_or_else(damaged)?;
        (self.ahead, self.given) = (rest, 0);
        self.pieces += 1;
        Ok(())
    }
}

impl<R: BufRead> Read for Opening<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.given == self.plain.len() {
            if self.is_over {
                return Ok(0);
            }
            self.read_piece()?;
        }
        let count = (&self.plain[self.given..]).read(bytes)?;
        self.given += count;
        Ok(count)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a piece of it is not as it was encrypted")
}

/// The key of the file, from whichever lines are for one of `identities`.
fn read_head(input: &mut impl BufRead, identities: &Identities) -> Result<FileKey, OpenError> {
    let mut input = input.take(HEAD_BYTES_MAX);
    let (mut head, mut found) = (String::new(), None);
    if next_line(&mut input, &mut head)? != VERSION {
        return Err(OpenError::Damaged);
    }
    loop {
        let line = next_line(&mut input, &mut head)?;
        if let Some(share) = line.strip_prefix(STANZA) {
            let share: [u8; 32] = decoded(share).ok_or(OpenError::Damaged)?;
            let wrapped = BASE64_NOPAD.decode(next_line(&mut input, &mut head)?.as_bytes());
            let wrapped = wrapped.map_err(|_| OpenError::Damaged)?;
            found = found.or_else(|| identities.0.iter().find_map(|own| file_key(*own, &share, &wrapped)));
        } else if let Some(proof) = line.strip_prefix(END) {
            let file_key = found.ok_or(OpenError::NotForUs)?;
            let proof: [u8; 32] = proof.strip_prefix(' ').and_then(decoded).ok_or(OpenError::Damaged)?;
            let proven = &head.as_bytes()[..head.len() - line.len() - 1 + END.len()];
            let mac = head_mac(&file_key, proven).ok_or(OpenError::Damaged)?;
            return mac.verify_slice(&proof).map(|()| file_key).map_err(|_| OpenError::Damaged);
        }
        // Other lines are for other sorts of recipients.
    }
}

fn file_key(own: [u8; 32], share: &[u8; 32], wrapped: &[u8]) -> Option<FileKey> {
    let recipient = x25519(own, X25519_BASEPOINT_BYTES);
    unwrap(&between(own, *share, share, &recipient)?, wrapped)
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The next line, without its end, which is added to `head`.
fn next_line(input: &mut impl BufRead, head: &mut String) -> Result<String, OpenError> {
    let mut bytes = Vec::new();
    input.read_until(b'\n', &mut bytes)?;
    let line = String::from_utf8(bytes).ok().and_then(|line| line.strip_suffix('\n').map(str::to_owned));
    let line = line.ok_or(OpenError::Damaged)?;
    head.push_str(&line);
    head.push('\n');
    Ok(line)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::{Read, Write};

    use super::super::Sealing;
    use super::{Identities, OpenError, Opening, PIECE_BYTES, is_sealed};

    /// The key pair of 32 bytes of 0x42.
    const PUBLIC: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    const PRIVATE: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    const OTHER: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::begin(Vec::new(), &[PUBLIC.parse().unwrap()]).unwrap();
        sealing.write_all(plain).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(sealed: &[u8], key: &str) -> Result<Vec<u8>, OpenError> {
        let mut plain = Vec::new();
        Opening::begin(sealed, &Identities::read(key)?)?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn what_was_encrypted_comes_back_whatever_its_length() {
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES] {
            let plain: Vec<u8> = (0..=255).cycle().take(length).collect();
            let sealed = sealed(&plain);
            assert!(is_sealed(&sealed));
            assert_eq!(opened(&sealed, &format!("# remark\n{OTHER}\n\n{PRIVATE}\n")).unwrap(), plain, "{length}");
        }
    }

    #[test]
    fn nobody_else_can_read_it() {
        assert!(matches!(opened(&sealed(b"books"), OTHER), Err(OpenError::NotForUs)));
        for text in ["", "# nothing", PUBLIC, &PRIVATE[..50], "password"] {
            assert!(matches!(Identities::read(text), Err(OpenError::NoIdentity)), "{text}");
        }
    }

    #[test]
    fn what_was_changed_or_cut_is_not_believed() {
        let plain = vec![7; PIECE_BYTES + 100];
        let sealed = sealed(&plain);
        let places = (0..sealed.len()).step_by(997).chain(0..300).chain(sealed.len() - 200..sealed.len());
        for at in places {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(opened(&changed, PRIVATE).is_err(), "a bit of byte {at}");
            assert!(opened(&sealed[..at], PRIVATE).is_err(), "cut at {at}");
        }
        assert!(opened(&[sealed.as_slice(), b"x"].concat(), PRIVATE).is_err(), "gone on");
        assert_eq!(opened(&sealed, PRIVATE).unwrap(), plain);
    }

    #[test]
    fn pieces_cannot_change_places() {
        let sealed = sealed(&vec![7; 2 * PIECE_BYTES + 5]);
        let piece = PIECE_BYTES + 16;
        let begin = sealed.len() - (2 * piece + 5 + 16);
        let swapped = [
            &sealed[..begin],
            &sealed[begin + piece..begin + 2 * piece],
            &sealed[begin..begin + piece],
            &sealed[begin + 2 * piece..],
        ];
        assert!(opened(&swapped.concat(), PRIVATE).is_err());
        let shorter = [&sealed[..begin + piece], &sealed[begin + 2 * piece..]];
        assert!(opened(&shorter.concat(), PRIVATE).is_err());
    }
}

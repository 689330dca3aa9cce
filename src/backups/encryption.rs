//! Files that only the owner can read, in the format of age (<https://age-encryption.org/v1>, C2SP/age).
//!
//! The rule it keeps: of the format there is what an owner needs who has `age-keygen`: X25519 recipients, and no passphrases,
//! plug-ins or armour; the program that writes a file cannot read it, because it has public keys and forgets the key of the
//! file; of a file of any size a few pieces are in memory; and a private key is shown nowhere. The format itself is for the
//! library.

use std::io::{self, Cursor, Read, Write};

use age::stream::StreamWriter;
use age::{DecryptError, Decryptor, Encryptor, IdentityFile};

use crate::config::Recipient;

/// What a file begins with.
const VERSION: &[u8] = b"age-encryption.org/v1";
/// What the last line of a head begins with, after the end of the one before.
const END: &[u8] = b"\n--- ";
/// A head with a hundred recipients is a third of this. What is longer is not read as one: the library would read it to its
/// end, however far that is.
const HEAD_BYTES_MAX: u64 = 64 << 10;

/// Begins a file that each of `recipients` can read. Without [`StreamWriter::finish`] it is no whole one, and known as such.
///
/// # Errors
/// No recipient is named, or `out` cannot be written.
///
/// # Panics
/// A recipient is a point that no private key has, or the system gives no randomness: the library goes no further then.
pub fn seal<W: Write>(out: W, recipients: &[Recipient]) -> io::Result<StreamWriter<W>> {
    let keys = recipients.iter().map(|recipient| recipient.key() as &dyn age::Recipient);
    let sealing = Encryptor::with_recipients(keys).map_err(|_| {
        io::Error::other("it cannot be encrypted to those that backup.recipients names; check the keys")
    })?;
    sealing.wrap_output(out)
}

/// Whether a file begins as an encrypted one does.
pub fn is_sealed(beginning: &[u8]) -> bool {
    beginning.starts_with(VERSION)
}

/// Why a file cannot be decrypted.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("no line of it begins with AGE-SECRET-KEY-1, as a private key of age does")]
    NoIdentity,
    #[error(
        "it was encrypted to others, and none of the private keys given opens it; give the file with one that does"
    )]
    NotForUs,
    #[error("its head is damaged, or it is no file of age; take another one: quittance backup list")]
    Damaged,
    #[error("it cannot be read: {0}; look at the disk that it is on")]
    Read(#[from] io::Error),
}

impl From<DecryptError> for OpenError {
    fn from(error: DecryptError) -> Self {
        match error {
            DecryptError::NoMatchingKeys => Self::NotForUs,
            DecryptError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Self::Read(error),
            _ => Self::Damaged,
        }
    }
}

/// Private keys. They are shown nowhere.
pub struct Identities(Vec<Box<dyn age::Identity + Send + Sync>>);

impl Identities {
    /// Reads what `age-keygen` writes: keys, and remarks behind `#`.
    ///
    /// # Errors
    /// A line is neither, or there is none.
    pub fn read(text: &str) -> Result<Self, OpenError> {
        let file = IdentityFile::from_buffer(text.as_bytes()).map_err(|_| OpenError::NoIdentity)?;
        let keys = file.into_identities().unwrap_or_default();
        if keys.is_empty() { Err(OpenError::NoIdentity) } else { Ok(Self(keys)) }
    }
}

/// The plain bytes of an encrypted file; an error among them if it is not as it was written, or not all of it.
///
/// # Errors
/// No key opens it, its head is damaged, or it cannot be read.
pub fn open<R: Read>(mut input: R, identities: &Identities) -> Result<impl Read + use<R>, OpenError> {
    let mut beginning = Vec::new();
    input.by_ref().take(HEAD_BYTES_MAX).read_to_end(&mut beginning)?;
    if !beginning.windows(END.len()).any(|bytes| bytes == END) {
        return Err(OpenError::Damaged);
    }
    let opening = Decryptor::new(Cursor::new(beginning).chain(input))?;
    Ok(opening.decrypt(identities.0.iter().map(|own| own.as_ref() as &dyn age::Identity))?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::{Read, Write};

    use super::{HEAD_BYTES_MAX, Identities, OpenError, is_sealed, open, seal};

    /// The key pair of 32 bytes of 0x42.
    const PUBLIC: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    const PRIVATE: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    const OTHER: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    /// The format's own.
    const PIECE_BYTES: usize = 64 << 10;
    const TAG_BYTES: usize = 16;

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut sealing = seal(Vec::new(), &[PUBLIC.parse().unwrap()]).unwrap();
        sealing.write_all(plain).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(sealed: &[u8], key: &str) -> Result<Vec<u8>, OpenError> {
        let mut plain = Vec::new();
        open(sealed, &Identities::read(key)?)?.read_to_end(&mut plain)?;
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
    fn each_recipient_can_read_it_alone() {
        let second = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
        let mut sealing = seal(Vec::new(), &[PUBLIC.parse().unwrap(), second.parse().unwrap()]).unwrap();
        sealing.write_all(b"books").unwrap();
        let sealed = sealing.finish().unwrap();
        for key in [PRIVATE, OTHER] {
            assert_eq!(opened(&sealed, key).unwrap(), b"books");
        }
        assert!(seal(Vec::new(), &[]).is_err(), "to nobody");
    }

    #[test]
    fn nobody_else_can_read_it() {
        assert!(matches!(opened(&sealed(b"books"), OTHER), Err(OpenError::NotForUs)));
        for text in ["", "# nothing", PUBLIC, &PRIVATE[..50], "password", &format!("{PRIVATE}\npassword")] {
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
        let piece = PIECE_BYTES + TAG_BYTES;
        let begin = sealed.len() - (2 * piece + 5 + TAG_BYTES);
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

    /// A head that has no end, and how much of it was asked for.
    struct Endless(u64);

    impl Read for Endless {
        fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
            let line = b"age-encryption.org/v1\n-> X25519 8hUdBGUWYKzlvPyJ2bUlJmzVVbZLqGNyVbNNyZhEGCs\n";
            let count = bytes.len().min(line.len());
            bytes[..count].copy_from_slice(&line[..count]);
            self.0 += u64::try_from(count).unwrap();
            assert!(self.0 <= 2 * HEAD_BYTES_MAX, "it is read on and on");
            Ok(count)
        }
    }

    #[test]
    fn a_head_without_end_is_not_read_to_its_end() {
        let keys = Identities::read(PRIVATE).unwrap();
        assert!(matches!(open(Endless(0), &keys), Err(OpenError::Damaged)));
    }
}

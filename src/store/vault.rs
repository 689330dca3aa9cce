//! Secrets that the owner typed in (Stripe key, webhook secrets, SMTP), encrypted under a key that is not in the store.
//!
//! The key is a file beside the store. A backup holds the store and not the key, so that a backup that gets lost gives no
//! secret away; whoever restores it elsewhere puts the key there too, or types the secrets in again. What cannot be read
//! stays as it is until then.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::error::Error;
use super::file::{self, KEY_NAME};
use super::ids;
use super::journal::hex;
use super::table::{Order, Reader, Span};
use super::tables::SECRETS;
use super::writer::Writer;

const KEY_BYTES: usize = 32;
/// One more than a key has, so that a file that is too long is noticed.
const KEY_BYTES_READ: u64 = 33;
const NO_KEY: &str = "it does not hold a key of 32 bytes; put the right one back, or remove it and type the secrets \
                      of Stripe and the mail server in again";
const NONCE_BYTES: usize = 24;
/// What the key that marks backups is derived under, so that a mark says nothing of the key of the secrets.
const MARKS: &[u8] = b"quittance backup";

/// Makes a mark of what it is shown, as only whoever has the key can.
pub type Marker = Hmac<Sha256>;

/// Encrypts and decrypts the stored secrets; clones share the key.
#[derive(Clone)]
pub struct Vault {
    /// Where the key is kept, or is to be once there is one.
    place: PathBuf,
    /// Empty as long as there is no key.
    keys: Arc<OnceLock<Keys>>,
}

/// One key, for two purposes.
struct Keys {
    cipher: XChaCha20Poly1305,
    marker: Marker,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// The vault of a data folder. Without a key file it opens nothing, and nothing is made: what is stored may have been
    /// encrypted under a key that can be put back ([`Reader::unreadable_secrets`] names it).
    ///
    /// # Errors
    /// The key file cannot be read, or is not a key.
    pub fn of_folder(folder: &Path) -> Result<Self, Error> {
        let vault = Self { place: folder.join(KEY_NAME), keys: Arc::default() };
        if file::exists(&vault.place)? {
            vault.read_key()?;
        }
        Ok(vault)
    }

    /// The vault under a key of 32 bytes.
    #[must_use]
    pub fn under(key: &[u8]) -> Option<Self> {
        let keys = OnceLock::from(keys(key)?);
        Some(Self { place: PathBuf::new(), keys: Arc::new(keys) })
    }

    /// What marks backups as made here; `None` without a key.
    #[must_use]
    pub fn marker(&self) -> Option<Marker> {
        self.keys.get().map(|keys| keys.marker.clone())
    }

    /// Makes the key if there is none; before a secret is stored.
    ///
    /// # Errors
    /// The key file cannot be written.
    pub fn make_ready(&self) -> Result<(), Error> {
        if self.keys.get().is_some() {
            return Ok(());
        }
        // Put back by hand since the start, perhaps.
        if !file::exists(&self.place)? {
            make_key(&self.place)?;
        }
        self.read_key()
    }

    fn read_key(&self) -> Result<(), Error> {
        let mut key = Vec::new();
        std::fs::File::open(&self.place)
            .and_then(|file| file.take(KEY_BYTES_READ).read_to_end(&mut key))
            .map_err(|source| file::unusable(&self.place, source))?;
        let keys = keys(&key).ok_or_else(|| file::unusable(&self.place, std::io::Error::other(NO_KEY)))?;
        self.keys.get_or_init(|| keys);
        Ok(())
    }

    fn close(&self, name: &str, secret: &str) -> Result<String, Error> {
        let mut nonce = [0_u8; NONCE_BYTES];
        nonce[..16].copy_from_slice(&ids::entropy()?.to_le_bytes());
        nonce[16..].copy_from_slice(&ids::entropy()?.to_le_bytes()[..8]);
        // The name is authenticated too, so that one secret cannot be passed off as another.
        let payload = Payload { msg: secret.as_bytes(), aad: name.as_bytes() };
        let closed = self.keys.get().and_then(|keys| keys.cipher.encrypt(&XNonce::from(nonce), payload).ok());
        let closed = closed.ok_or_else(|| Error::Unsound("a secret could not be encrypted".into()))?;
        Ok(format!("{}{}", hex(&nonce), hex(&closed)))
    }

    /// The secret, or `None` if it was written under another key (a backup restored elsewhere) or the key is gone.
    fn open(&self, name: &str, closed: &str) -> Option<String> {
        let bytes = unhex(closed)?;
        let (nonce, closed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: closed, aad: name.as_bytes() };
        String::from_utf8(self.keys.get()?.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()
    }
}

fn keys(key: &[u8]) -> Option<Keys> {
    let key: [u8; KEY_BYTES] = key.try_into().ok()?;
    let derived = <Marker as KeyInit>::new_from_slice(&key).ok()?.chain_update(MARKS).finalize().into_bytes();
    Some(Keys {
        cipher: XChaCha20Poly1305::new(&Key::from(key)),
        marker: <Marker as KeyInit>::new_from_slice(&derived).ok()?,
    })
}

/// Makes a key that is whole when it has its name, and takes no other key's place.
fn make_key(path: &Path) -> Result<(), Error> {
    let mut key = Vec::new();
    key.extend(ids::entropy()?.to_le_bytes());
    key.extend(ids::entropy()?.to_le_bytes());
    let fresh = path.with_extension("new");
    file::write(&fresh, &key)?;
    file::keep_as(&fresh, path)?;
    file::remove(&fresh)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

impl Reader<'_> {
    /// A stored secret; `None` if there is none or the vault has another key.
    pub fn secret(&self, vault: &Vault, name: &str) -> Result<Option<String>, Error> {
        Ok(self.get(&SECRETS, &name.to_owned())?.and_then(|closed| vault.open(name, &closed)))
    }

    /// The names of stored secrets that this vault cannot open.
    pub fn unreadable_secrets(&self, vault: &Vault) -> Result<Vec<String>, Error> {
        let secrets = self.all(&SECRETS, Span::all(), Order::Ascending)?;
        Ok(secrets
            .into_iter()
            .filter(|(name, closed)| vault.open(name, closed).is_none())
            .map(|(name, _)| name)
            .collect())
    }

    /// Whether any secret is stored, readable or not.
    pub fn has_secrets(&self) -> Result<bool, Error> {
        Ok(!self.collect(&SECRETS, Span::all(), Order::Ascending, 1)?.is_empty())
    }
}

impl Writer<'_> {
    pub fn put_secret(&mut self, vault: &Vault, name: &str, secret: &str) -> Result<(), Error> {
        let closed = vault.close(name, secret)?;
        self.put(&SECRETS, &name.to_owned(), &closed)
    }

    pub fn remove_secret(&mut self, name: &str) -> Result<(), Error> {
        self.remove(&SECRETS, &name.to_owned())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{KEY_NAME, Vault, hex};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_opens_only_under_its_key_and_name() {
        let (vault, other) = (Vault::under(&[1; 32]).unwrap(), Vault::under(&[2; 32]).unwrap());
        let closed = vault.close("stripe.secret_key", "sk_test_1").unwrap();
        assert_eq!(vault.open("stripe.secret_key", &closed).as_deref(), Some("sk_test_1"));
        assert_eq!(other.open("stripe.secret_key", &closed), None);
        assert_eq!(vault.open("mail.smtp", &closed), None);
        assert!(!closed.contains(&hex(b"sk_test_1")));
    }

    #[test]
    fn a_folder_keeps_its_key_and_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::of_folder(folder.path()).unwrap();
        vault.make_ready().unwrap();
        let closed = vault.close("name", "secret").unwrap();
        let again = Vault::of_folder(folder.path()).unwrap();
        assert_eq!(again.open("name", &closed).as_deref(), Some("secret"));
        let path = folder.path().join(KEY_NAME);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_is_gone_is_made_anew_only_for_a_new_secret_and_may_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_NAME);
        let first = Vault::of_folder(folder.path()).unwrap();
        assert!(first.close("name", "secret").is_err(), "nothing is stored under no key");
        first.make_ready().unwrap();
        let closed = first.close("name", "secret").unwrap();
        let away = folder.path().join("away");
        std::fs::rename(&path, &away).unwrap();
        let blind = Vault::of_folder(folder.path()).unwrap();
        assert_eq!((blind.open("name", &closed), path.exists()), (None, false));
        std::fs::rename(&away, &path).unwrap();
        blind.make_ready().unwrap();
        assert_eq!(blind.open("name", &closed).as_deref(), Some("secret"), "put back while it runs");
        std::fs::remove_file(&path).unwrap();
        let other = Vault::of_folder(folder.path()).unwrap();
        other.make_ready().unwrap();
        assert_eq!(other.open("name", &closed), None, "a new key opens nothing old");
    }

    #[test]
    fn what_is_no_key_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_NAME);
        for bytes in [0, 31, 33] {
            std::fs::write(&path, vec![7; bytes]).unwrap();
            let error = Vault::of_folder(folder.path()).unwrap_err().to_string();
            assert!(error.contains("master.key") && error.contains("put the right one back"), "{error}");
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(Vault::of_folder(folder.path()).is_err(), "what cannot be read is not replaced");
        assert!(path.is_dir());
    }
}

//! A backup that a command reads: a file, or what the configured places have under a name, decrypted if it is encrypted.
//!
//! The rule it keeps: the private key stays in this process, and a running server is asked for the file only, because it knows
//! the ways. What is fetched has no name on the disk, so that nothing is left of it however the command ends. And a name
//! leads to all places that have it, one after the other, until a copy is whole.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::CommandError;
use crate::backups::encryption::{self, Identities, OpenError, is_sealed};
use crate::backups::mark::{Marked, Origin};
use crate::backups::{Backups, Digest, Listed, Listing, Name, PlaceError};
use crate::clock::Clock;
use crate::config::{Config, Unread, text_in};
use crate::control::{ControlError, Line, Request};
use crate::export::Part;
use crate::resolve::Resolver;
use crate::say::say;
use crate::store::backup::BackupError;
use crate::store::vault::Vault;
use crate::store::{self, Store};

/// A file of private keys has a few hundred bytes.
const IDENTITY_BYTES_MAX: u64 = 64 << 10;

/// Why a backup cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("{0} is encrypted; name the file with the private key: --identity FILE")]
    Sealed(String),
    #[error("{path} cannot be decrypted: {source}")]
    Open { path: String, source: OpenError },
    #[error("{path} cannot be used as a private key: {source}; name the file that age-keygen wrote: --identity FILE")]
    NoKey { path: String, source: OpenError },
    #[error("the private key in {path} cannot be read: {source}; name the file that age-keygen wrote: --identity FILE")]
    UnreadKey { path: String, source: Unread },
    #[error("no place has a backup named {0}; quittance backup list shows what there is")]
    Nowhere(String),
    #[error("there is no backup yet; make one: quittance backup now")]
    None,
    #[error(
        "{0} is not the file that was stored there under this name, as the books noted it; take another one: quittance \
         backup list"
    )]
    NotAsStored(String),
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error(transparent)]
    Http(#[from] crate::http::SetupError),
    #[error("a temporary file cannot be used: {0}; make room there, or name another folder in TMPDIR")]
    Temporary(io::Error),
}

/// What was read to its end, beside its contents.
pub(super) struct Found {
    /// What it is called in the places; none of a file that was named.
    pub name: Option<Name>,
    pub is_sealed: bool,
    pub origin: Origin,
}

/// The plain bytes of a backup.
pub(super) type Plain<'a> = &'a mut dyn Read;

/// Does something with a backup, which is read to its end: a file, or what the places have under a name.
pub(super) async fn read<T>(
    config: &Config,
    named: &Path,
    identity: Option<&Path>,
    mut work: impl FnMut(Plain<'_>) -> Result<T, BackupError>,
) -> Result<(Found, T), CommandError> {
    let reading = Reading { shown: named.display().to_string(), identity, vault: vault_of(config) };
    let Some(name) = named.to_str().and_then(|text| text.parse::<Name>().ok()).filter(|_| !named.exists()) else {
        return reading.read(plain_file(named)?, None, &mut work);
    };
    let listing = listing(config).await?;
    let mut there = listing.backups.into_iter().filter(|listed| listed.name == reading.shown).peekable();
    if there.peek().is_none() {
        listing.errors.iter().for_each(|error| say(format_args!("note: {error}")));
    }
    while let Some(listed) = there.next() {
        let fetched = fetched(config, &name, &listed).await;
        match fetched.and_then(|file| reading.read(file, Some(name.clone()), &mut work)) {
            Err(error) if there.peek().is_some() && is_of_one_copy(&error) => {
                say(format_args!("note: {}: {error}", listed.place));
                say("Another place has a backup of this name, too, which is taken instead.");
            }
            done => return done,
        }
    }
    Err(CopyError::Nowhere(reading.shown).into())
}

/// Whether the same backup in another place may be better.
fn is_of_one_copy(error: &CommandError) -> bool {
    match error {
        CommandError::Read { .. } | CommandError::Control(_) => true,
        CommandError::Backup(error) => matches!(error, BackupError::Damaged(_) | BackupError::NotWhole(_)),
        CommandError::Copy(error) => {
            matches!(error, CopyError::Open { .. } | CopyError::NotAsStored(_) | CopyError::Place(_))
        }
        _ => false,
    }
}

/// The key of the data folder, if it is there and can be read: a restore needs none.
fn vault_of(config: &Config) -> Option<Vault> {
    Vault::of_folder(&config.data_dir).ok()
}

/// How the copies of one backup are read.
struct Reading<'a> {
    /// What the owner called it.
    shown: String,
    identity: Option<&'a Path>,
    vault: Option<Vault>,
}

impl Reading<'_> {
    fn read<T>(
        &self,
        file: File,
        name: Option<Name>,
        work: &mut impl FnMut(Plain<'_>) -> Result<T, BackupError>,
    ) -> Result<(Found, T), CommandError> {
        let mut file = BufReader::new(file);
        let is_sealed = is_sealed(file.fill_buf().map_err(|source| self.unread(source))?);
        let input: Box<dyn Read> = if is_sealed { self.opened(file)? } else { Box::new(file) };
        let mut plain = Marked::new(input, self.vault.as_ref().and_then(Vault::marker));
        let done = work(&mut plain).map_err(|error| match error {
            BackupError::Stream(source) => self.unread(source),
            other => CommandError::Backup(other),
        })?;
        Ok((Found { name, is_sealed, origin: plain.origin() }, done))
    }

    fn opened(&self, file: BufReader<File>) -> Result<Box<dyn Read>, CommandError> {
        let Some(key) = self.identity else { return Err(CopyError::Sealed(self.shown.clone()).into()) };
        let path = key.display().to_string();
        // It may well be a pipe from whatever keeps the keys.
        let opened = File::open(key).map_err(|error| Unread::Refused(error.to_string()));
        let text = opened.and_then(|file| text_in(file, IDENTITY_BYTES_MAX));
        let text = text.map_err(|source| CopyError::UnreadKey { path: path.clone(), source })?;
        let keys = Identities::read(&text).map_err(|source| CopyError::NoKey { path, source })?;
        let opened = encryption::open(file, &keys);
        let opened = opened.map_err(|source| CopyError::Open { path: self.shown.clone(), source })?;
        Ok(Box::new(opened))
    }

    fn unread(&self, source: io::Error) -> CommandError {
        CommandError::Read { path: self.shown.clone(), source }
    }
}

fn plain_file(path: &Path) -> Result<File, CommandError> {
    let opened = || {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() { Err(io::Error::other("it is a folder")) } else { Ok(file) }
    };
    opened().map_err(|source| CommandError::Read { path: path.display().to_string(), source })
}

/// The backup as one place has it, which is the one that was stored there as far as the books noted it.
async fn fetched(config: &Config, name: &Name, listed: &Listed) -> Result<File, CommandError> {
    let mut file = nameless()?;
    let mut out = file.try_clone().map_err(CopyError::Temporary)?;
    match Line::to_server(config)? {
        Some(line) => {
            let taker = move |part: Part<'_>| match part {
                Part::Data(bytes) => out.write_all(bytes),
                Part::File(_) => Err(io::Error::other("a backup is one file")),
            };
            let request = Request::FetchBackup { name: name.to_string(), place: Some(listed.place.clone()) };
            line.take(&request, Box::new(taker)).await?;
        }
        None => {
            let ways = ways(config)?;
            let nowhere = || CopyError::Nowhere(name.to_string());
            let place = ways.find(name, Some(&listed.place)).await.ok_or_else(nowhere)?;
            place.read_into(&name.to_string(), out).await.map_err(CopyError::from)?;
        }
    }
    file.rewind().map_err(CopyError::Temporary)?;
    if let Some(noted) = &listed.sha256
        && Digest::of_all(&file).map_err(CopyError::Temporary)?.sha256 != *noted
    {
        return Err(CopyError::NotAsStored(name.to_string()).into());
    }
    file.rewind().map_err(CopyError::Temporary)?;
    Ok(file)
}

/// A place for a file that is made, and loses its name at once.
pub(super) fn scratch() -> Result<PathBuf, CopyError> {
    let mut chance = [0; 8];
    getrandom::fill(&mut chance).map_err(|error| CopyError::Temporary(io::Error::other(error)))?;
    Ok(std::env::temp_dir().join(format!("quittance-{:016x}", u64::from_be_bytes(chance))))
}

/// A file that nobody else can find, and that goes with this process.
fn nameless() -> Result<File, CopyError> {
    let path = scratch()?;
    let made = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path);
    let file = made.map_err(CopyError::Temporary)?;
    std::fs::remove_file(&path).map_err(CopyError::Temporary)?;
    Ok(file)
}

/// What is in the places: asked of the running server, which has their keys, or looked up without one.
pub(super) async fn listing(config: &Config) -> Result<Listing, CommandError> {
    if let Some(line) = Line::to_server(config)? {
        return Ok(serde_json::from_str(&line.ask(&Request::Backups).await?)?);
    }
    let listing = ways(config)?.list(None).await;
    // Backups are asked for where the books are lost, too.
    let noted = Store::look(&config.data_dir, Clock::machine()).and_then(|books| books.read(|r| r.all_backup_runs()));
    Ok(match noted {
        Ok(runs) => listing.compared_with(&runs),
        Err::<_, store::Error>(_) => listing,
    })
}

fn ways(config: &Config) -> Result<Backups, CommandError> {
    let resolver = Resolver::system().map_err(ControlError::from)?;
    Ok(Backups::new(config, &resolver, &Clock::machine()).map_err(CopyError::from)?)
}

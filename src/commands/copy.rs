//! A backup that a command reads: from a file or from one of the configured places, decrypted if it is encrypted.
//!
//! The private key stays in this process. A running server is asked for the file only, because it knows the ways.

use std::fs::{DirBuilder, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::backups::encryption::{self, Identities, OpenError, is_sealed};
use crate::backups::{Backups, Listing, Name, PlaceError};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{ControlError, Line, Request};
use crate::export::Part;
use crate::resolve::Resolver;

/// A file of private keys has a few hundred bytes.
const IDENTITY_BYTES_MAX: u64 = 64 << 10;

/// Why a backup cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("{0} is encrypted; name the file with the private key: --identity FILE")]
    Sealed(String),
    #[error("{path} cannot be decrypted: {source}")]
    Open { path: String, source: OpenError },
    #[error("no place has a backup named {0}; quittance backup list shows what there is")]
    Nowhere(String),
    #[error("there is no backup yet; make one: quittance backup now")]
    None,
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error(transparent)]
    Http(#[from] crate::http::SetupError),
    #[error("a temporary folder cannot be used: {0}; make room there, or name another one in TMPDIR")]
    Temporary(io::Error),
}

/// A folder that goes away with its owner.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    pub fn new() -> Result<Self, CopyError> {
        let mut chance = [0; 8];
        getrandom::fill(&mut chance).map_err(|error| CopyError::Temporary(io::Error::other(error)))?;
        let path = std::env::temp_dir().join(format!("quittance-{:016x}", u64::from_be_bytes(chance)));
        // Not recursive: a folder that is there already is somebody else's.
        DirBuilder::new().mode(0o700).create(&path).map_err(CopyError::Temporary)?;
        Ok(Self(path))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// What is in the places: asked of the running server, which has their keys, or looked up without one.
pub(super) async fn listing(config: &Config) -> Result<Listing, super::CommandError> {
    match Line::to_server(config)? {
        Some(line) => Ok(serde_json::from_str(&line.ask(&Request::Backups).await?)?),
        None => Ok(ways(config)?.list(None).await),
    }
}

fn ways(config: &Config) -> Result<Backups, super::CommandError> {
    let resolver = Resolver::system().map_err(ControlError::from)?;
    Ok(Backups::new(config, &resolver, &Clock::machine()).map_err(CopyError::from)?)
}

/// The file that holds the backup which `named` names: a file, or one that is fetched into `folder`.
pub(super) async fn find(config: &Config, named: &Path, folder: &Temporary) -> Result<PathBuf, super::CommandError> {
    let name = named.to_str().and_then(|text| text.parse::<Name>().ok());
    let Some(name) = name.filter(|_| !named.exists()) else { return Ok(named.to_path_buf()) };
    let path = folder.file("fetched");
    let mut file =
        File::options().write(true).create_new(true).mode(0o600).open(&path).map_err(CopyError::Temporary)?;
    match Line::to_server(config)? {
        Some(line) => {
            let taker = move |part: Part<'_>| match part {
                Part::Data(bytes) => file.write_all(bytes),
                Part::File(_) => Err(io::Error::other("a backup is one file")),
            };
            line.take(&Request::FetchBackup { name: name.to_string() }, Box::new(taker)).await?;
        }
        None => {
            let ways = ways(config)?;
            let place = ways.find(&name).await.ok_or_else(|| CopyError::Nowhere(name.to_string()))?;
            place.read_into(&name.to_string(), file).await.map_err(CopyError::from)?;
        }
    }
    Ok(path)
}

/// The plain bytes of a backup.
pub(super) fn open(path: &Path, identity: Option<&Path>) -> Result<Box<dyn Read + Send>, super::CommandError> {
    let unread = |path: &Path, source| super::CommandError::Read { path: path.display().to_string(), source };
    let mut file = BufReader::new(File::open(path).map_err(|source| unread(path, source))?);
    if file.get_ref().metadata().map_err(|source| unread(path, source))?.is_dir() {
        return Err(unread(path, io::Error::other("it is a folder")));
    }
    let is_sealed = is_sealed(file.fill_buf().map_err(|source| unread(path, source))?);
    if !is_sealed {
        return Ok(Box::new(file));
    }
    let shown = path.display().to_string();
    let Some(key) = identity else { return Err(CopyError::Sealed(shown).into()) };
    let mut text = String::new();
    File::open(key)
        .and_then(|file| file.take(IDENTITY_BYTES_MAX).read_to_string(&mut text))
        .map_err(|source| CopyError::Open { path: key.display().to_string(), source: source.into() })?;
    let keys = Identities::read(&text).map_err(|source| CopyError::Open { path: key.display().to_string(), source })?;
    let opened = encryption::open(file, &keys).map_err(|source| CopyError::Open { path: shown, source })?;
    Ok(Box::new(opened))
}

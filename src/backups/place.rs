//! A place that backups are kept in, whichever way leads there.

use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::folder::Folder;
use super::name::Name;
use super::s3::{Bucket, S3Error};

/// Pieces of a store's answer that wait to be written, of some 16 KiB each.
const PIECES_WAITING: usize = 16;

/// A place. Clones share it.
#[derive(Clone)]
pub struct Place {
    /// What the owner calls it.
    label: &'static str,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Folder(Folder),
    S3(Arc<Bucket>),
}

/// Why a place did not do it.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("{path} cannot be used: {source}; {}", remedy(source))]
    Folder { path: String, source: io::Error },
    #[error(transparent)]
    S3(#[from] S3Error),
    #[error("what is read there is not what was written; look at the disk or store, and make another backup")]
    NotSame,
    #[error("it was stored and is not proven, since it could not be read back: {0}")]
    Unproven(Box<PlaceError>),
    #[error(
        "the work on a file was broken off ({0}); please report this, and make another backup: quittance backup now"
    )]
    BrokenOff(#[from] tokio::task::JoinError),
}

fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room there, or keep fewer: backup.keep",
        io::ErrorKind::NotFound => "make the folder, or attach the disk that it is on",
        io::ErrorKind::ReadOnlyFilesystem => "make it writable, or name another one",
        io::ErrorKind::PermissionDenied => "let the user that Quittance runs as write there",
        _ => "look at the disk",
    }
}

/// How long a file is, and its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub bytes: u64,
    pub sha256: String,
}

impl Digest {
    /// Of what is in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX), sha256: HEXLOWER.encode(&Sha256::digest(bytes)) }
    }

    /// Of what can be read to its end.
    ///
    /// # Errors
    /// It cannot.
    pub fn of_all(input: impl Read) -> io::Result<Self> {
        let mut hashed = Hashed::default();
        io::copy(&mut BufReader::new(input), &mut hashed)?;
        Ok(hashed.digest())
    }
}

impl Place {
    pub fn folder(label: &'static str, folder: Folder) -> Self {
        Self { label, way: Way::Folder(folder) }
    }

    pub fn s3(bucket: Bucket) -> Self {
        Self { label: "s3", way: Way::S3(Arc::new(bucket)) }
    }

    #[must_use]
    pub fn label(&self) -> &'static str {
        self.label
    }

    /// Stores a file under a name, and reads it back. What cannot be read at the moment stays: it may well be whole.
    pub async fn put(&self, from: &Path, name: &Name, expected: &Digest) -> Result<(), PlaceError> {
        let name = name.to_string();
        match &self.way {
            Way::Folder(folder) => {
                let (from, name) = (from.to_path_buf(), name.clone());
                aside(folder, move |folder| folder.put(&from, &name)).await?;
            }
            Way::S3(bucket) => bucket.put(from, &name).await?,
        }
        match self.digest(&name).await {
            Ok(found) if found == *expected => Ok(()),
            Ok(_) => {
                // What bears the name of a backup is a whole one.
                drop(self.discard(&name).await);
                Err(PlaceError::NotSame)
            }
            Err(error) => Err(PlaceError::Unproven(Box::new(error))),
        }
    }

    /// Reads a file there and says what it is.
    async fn digest(&self, name: &str) -> Result<Digest, PlaceError> {
        Ok(self.read_into(name, Hashed::default()).await?.digest())
    }

    /// Writes a file that is there into `out` to its end, and gives that back. Nobody is held up by an `out` that takes its
    /// time.
    pub async fn read_into<W: Write + Send + 'static>(&self, name: &str, mut out: W) -> Result<W, PlaceError> {
        match &self.way {
            Way::Folder(folder) => {
                let name = name.to_owned();
                aside(folder, move |folder| {
                    folder.read(&name, |piece| out.write_all(piece))?;
                    out.flush()?;
                    Ok(out)
                })
                .await
            }
            Way::S3(bucket) => {
                let (into, mut pieces) = mpsc::channel::<Bytes>(PIECES_WAITING);
                let writing = tokio::task::spawn_blocking(move || {
                    while let Some(piece) = pieces.blocking_recv() {
                        out.write_all(&piece)?;
                    }
                    out.flush()?;
                    Ok::<_, io::Error>(out)
                });
                let (read, written) = tokio::join!(bucket.read(name, into), writing);
                // Who cannot write any more ends the reading, too.
                let out = written?.map_err(S3Error::from)?;
                read?;
                Ok(out)
            }
        }
    }

    /// The backups that are there, of one installation or of all, the newest first.
    pub async fn list(&self, appliance: Option<&str>) -> Result<Vec<(Name, u64)>, PlaceError> {
        let mut found = match &self.way {
            Way::Folder(folder) => aside(folder, Folder::list).await?,
            Way::S3(bucket) => bucket.list(&Name::beginning(appliance)).await?,
        };
        found.retain(|(name, _)| appliance.is_none_or(|appliance| name.is_of(appliance)));
        found.sort_by_key(|(name, _)| std::cmp::Reverse(name.made_at));
        Ok(found)
    }

    pub async fn remove(&self, name: &Name) -> Result<(), PlaceError> {
        self.discard(&name.to_string()).await
    }

    async fn discard(&self, name: &str) -> Result<(), PlaceError> {
        match &self.way {
            Way::Folder(folder) => {
                let name = name.to_owned();
                aside(folder, move |folder| folder.remove(&name)).await
            }
            Way::S3(bucket) => Ok(bucket.remove(name).await?),
        }
    }

    /// Ends what an installation has been sending there for more than a day, or only looks; what it was to be called.
    pub async fn end_uploads(&self, appliance: &str, now: Timestamp, dry_run: bool) -> Result<Vec<Name>, PlaceError> {
        match &self.way {
            Way::Folder(_) => Ok(Vec::new()),
            Way::S3(bucket) => Ok(bucket.end_uploads(appliance, now, dry_run).await?),
        }
    }

    /// Takes away what a killed process left behind.
    pub async fn sweep(&self, appliance: &str) -> Result<(), PlaceError> {
        let Way::Folder(folder) = &self.way else { return Ok(()) };
        let appliance = appliance.to_owned();
        aside(folder, move |folder| {
            folder.sweep(&appliance);
            Ok(())
        })
        .await
    }

    /// Does what a backup does with something small, and leaves nothing behind.
    pub async fn probe(&self, name: &str, bytes: &'static [u8]) -> Result<(), PlaceError> {
        let name = name.to_owned();
        match &self.way {
            Way::Folder(folder) => aside(folder, move |folder| folder.probe(&name, bytes)).await,
            Way::S3(bucket) => Ok(bucket.probe(&name, bytes).await?),
        }
    }
}

/// Does what waits for a disk where it holds nobody up.
async fn aside<T: Send + 'static>(
    folder: &Folder,
    work: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
) -> Result<T, PlaceError> {
    let theirs = folder.clone();
    let done = tokio::task::spawn_blocking(move || work(&theirs)).await?;
    done.map_err(|source| PlaceError::Folder { path: folder.path().display().to_string(), source })
}

/// Counts and hashes what is written to it.
#[derive(Default)]
pub(super) struct Hashed {
    hasher: Sha256,
    bytes: u64,
}

impl Hashed {
    pub(super) fn digest(self) -> Digest {
        Digest { bytes: self.bytes, sha256: HEXLOWER.encode(&self.hasher.finalize()) }
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).map_err(io::Error::other)?);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

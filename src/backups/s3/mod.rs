//! A bucket of a store that speaks the S3 protocol.
//!
//! The rule it keeps: of a file of any size one part is in memory; an object is there under its name only when all of its
//! parts are; and no sentence has the key, its secret or a signed address in it. How a request is signed is for
//! `rusty_s3`, how it travels for `http`.

mod error;
mod uploads;
mod wire;
pub mod xml;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use rusty_s3::{Bucket as Place, Credentials, UrlStyle};
use tokio::sync::mpsc;

pub use error::S3Error;
use wire::{Ask, Wire};

use super::name::Name;
use crate::clock::Clock;
use crate::config::ObjectStore;
use crate::http::SetupError;
use crate::resolve::Resolver;

/// A part: stores take at least five and at most five thousand MiB, and ten thousand of them. A file that is no larger is
/// sent as a whole.
const PART_BYTES: usize = 16 << 20;
const PARTS_MAX: u16 = 10_000;
/// Lists that are read: a thousand names each, so a hundred times what rotation leaves.
const LISTS_MAX: usize = 100;

/// The bucket, and the key that opens it.
pub struct Bucket {
    place: Place,
    credentials: Credentials,
    prefix: String,
    wire: Wire,
}

impl Bucket {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// The client for HTTP cannot be set up.
    pub fn new(store: &ObjectStore, resolver: Resolver, clock: Clock) -> Result<Self, SetupError> {
        let (host, roots_file) = (store.endpoint.host().to_string(), store.roots_file.as_deref());
        let wire = Wire::new(host, roots_file, resolver, clock)?;
        let credentials = Credentials::new(store.access_key.clone(), store.secret_key.expose());
        Ok(Self {
            place: place(store).ok_or_else(SetupError::address)?,
            credentials,
            prefix: store.prefix.clone(),
            wire,
        })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Sends a file.
    pub async fn put(&self, from: &Path, name: &str) -> Result<(), S3Error> {
        let (file, first) = part(File::open(from)?).await?;
        if first.len() < PART_BYTES {
            return self.put_bytes(name, first).await;
        }
        let key = self.key(name);
        let created =
            self.wire.ask(Ask::post(&self.place.create_multipart_upload(Some(&self.credentials), &key), "")).await?;
        let upload = xml::text(&created.text()?, "UploadId").ok_or(S3Error::NotUnderstood)?;
        let sent = self.send_parts(&key, &upload, first, file).await;
        if sent.is_err() {
            // What is left of it costs money as long as it is there. If this fails, one of the next nights does it.
            let abort = self.place.abort_multipart_upload(Some(&self.credentials), &key, &upload);
            let _ = self.wire.ask(Ask::delete(&abort)).await;
        }
        sent
    }

    async fn put_bytes(&self, name: &str, bytes: Bytes) -> Result<(), S3Error> {
        let key = self.key(name);
        self.wire.ask(Ask::put(&self.place.put_object(Some(&self.credentials), &key), bytes)).await.map(drop)
    }

    async fn send_parts(&self, key: &str, upload: &str, first: Bytes, mut file: File) -> Result<(), S3Error> {
        let (mut next, mut tags) = (first, Vec::new());
        for number in 1..=PARTS_MAX {
            let action = self.place.upload_part(Some(&self.credentials), key, number, upload);
            let answer = self.wire.ask(Ask::put(&action, next)).await?;
            tags.push(answer.tag.ok_or(S3Error::NotUnderstood)?);
            (file, next) = part(file).await?;
            if next.is_empty() {
                let tags = tags.iter().map(String::as_str);
                let action = self.place.complete_multipart_upload(Some(&self.credentials), key, upload, tags.clone());
                let body = self.place.complete_multipart_upload(Some(&self.credentials), key, upload, tags).body();
                // A store may say yes first, and then why not.
                let answer = self.wire.ask(Ask::post(&action, &body)).await?.text()?;
                return if answer.contains("<Error>") { Err(error::refusal(200, &answer)) } else { Ok(()) };
            }
        }
        Err(S3Error::TooLarge)
    }

    /// The backups below the prefix whose names begin with `beginning`, with their bytes. Other objects are passed over.
    pub async fn list(&self, beginning: &str) -> Result<Vec<(Name, u64)>, S3Error> {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        for _ in 0..LISTS_MAX {
            let mut action = self.place.list_objects_v2(Some(&self.credentials));
            action.with_prefix(self.key(beginning));
            if let Some(token) = after.take() {
                action.with_continuation_token(token);
            }
            let answer = self.wire.ask(Ask::get(&action)).await?.text()?;
            if !answer.contains("<ListBucketResult") {
                return Err(S3Error::NotUnderstood);
            }
            for object in xml::texts(&answer, "Contents") {
                let key = xml::text(object, "Key").unwrap_or_default();
                let key = percent_decode_str(&key).decode_utf8_lossy().into_owned();
                let bytes = xml::text(object, "Size").and_then(|size| size.parse().ok()).unwrap_or_default();
                found.extend(key.strip_prefix(&self.prefix).and_then(|name| Some((name.parse().ok()?, bytes))));
            }
            after = xml::text(&answer, "NextContinuationToken");
            if after.is_none() {
                return Ok(found);
            }
        }
        Err(S3Error::TooMany)
    }

    /// Hands on the bytes of an object, piece by piece.
    pub async fn read(&self, name: &str, into: mpsc::Sender<Bytes>) -> Result<(), S3Error> {
        let key = self.key(name);
        self.wire.read(Ask::get(&self.place.get_object(Some(&self.credentials), &key)), into).await
    }

    pub async fn remove(&self, name: &str) -> Result<(), S3Error> {
        let key = self.key(name);
        self.wire.ask(Ask::delete(&self.place.delete_object(Some(&self.credentials), &key))).await.map(drop)
    }

    /// Writes a small object, finds it, reads it back and takes it away again: what the key must be allowed to do.
    pub async fn probe(&self, name: &str, bytes: &[u8]) -> Result<(), S3Error> {
        self.put_bytes(name, Bytes::copy_from_slice(bytes)).await?;
        let key = self.key(name);
        let read = self.wire.ask(Ask::get(&self.place.get_object(Some(&self.credentials), &key))).await;
        let listed = self.list(name).await;
        self.remove(name).await?;
        listed?;
        if read?.is(bytes) { Ok(()) } else { Err(S3Error::NotSame) }
    }
}

/// The bucket stands in the path, which every store but a few understands; those want it in the host's name, where the
/// owner wrote it then. What the host begins with decides, so that a store whose own name begins as the bucket does cannot be
/// told from those: the example of the configuration says so.
fn place(store: &ObjectStore) -> Option<Place> {
    let url = store.endpoint.as_str();
    let (scheme, host) = url.split_once("://")?;
    let (bucket, region) = (store.bucket.clone(), store.region.clone());
    match host.strip_prefix(&format!("{bucket}.")) {
        Some(rest) => {
            Place::new(format!("{scheme}://{rest}").parse().ok()?, UrlStyle::VirtualHost, bucket, region).ok()
        }
        None => Place::new(url.parse().ok()?, UrlStyle::Path, bucket, region).ok(),
    }
}

/// The next part of a file; empty at its end. It is read where it holds up no request.
async fn part(mut file: File) -> Result<(File, Bytes), S3Error> {
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        file.by_ref().take(u64::try_from(PART_BYTES).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        Ok((file, bytes.into()))
    });
    read.await.map_err(io::Error::other)?
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{ObjectStore, place};
    use crate::config::Secret;

    fn store(endpoint: &str) -> ObjectStore {
        ObjectStore {
            endpoint: endpoint.parse().unwrap(),
            region: "us-east-1".into(),
            bucket: "books".into(),
            prefix: String::new(),
            access_key: "key".into(),
            secret_key: Secret::new("hush").unwrap(),
            roots_file: None,
        }
    }

    #[test]
    fn the_bucket_is_in_the_path_unless_it_was_written_into_the_host() {
        for (endpoint, url) in [
            ("https://s3.example.com", "https://s3.example.com/books/a"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/books/a"),
            ("https://books.s3.example.com", "https://books.s3.example.com/a"),
        ] {
            assert_eq!(place(&store(endpoint)).unwrap().object_url("a").as_str(), url);
        }
    }
}

//! Uploads in parts that nobody ended: what a killed process leaves behind there costs money and is in no list of objects.
//!
//! The rule it keeps: only what was to bear one of this installation's own names is ended, and only a day after it began, so
//! that nothing goes that is still under way. A store that does not list uploads, or a key that may not, makes no backup a bad
//! one: then the bucket's own rule has to do it.

use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use reqwest::{Method, Url};
use rusty_s3::signing::sign;

use super::error::S3Error;
use super::wire::{Ask, SIGNED_FOR};
use super::{Bucket, xml};
use crate::backups::name::Name;

/// The slowest line sends a backup in hours.
const LEFT_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Lists that are read, of a thousand each: what is left is ended the night after.
const LISTS_MAX: usize = 10;
/// What a store calls an upload that somebody has ended meanwhile.
const GONE: &str = "NoSuchUpload";

struct Upload {
    name: Name,
    id: String,
    begun_at: Timestamp,
}

/// Where a list goes on: a key, and an upload of it.
type Marker = (String, String);

impl Bucket {
    /// Ends what an installation began to send more than a day ago, or only looks with `dry_run`; what it was to be called.
    pub async fn end_uploads(&self, appliance: &str, now: Timestamp, dry_run: bool) -> Result<Vec<Name>, S3Error> {
        let mut uploads = match self.uploads(&Name::beginning(Some(appliance))).await {
            Err(error @ S3Error::Refused { .. }) => {
                tracing::info!(%error, "whether uploads were broken off is not told by the store for backups");
                return Ok(Vec::new());
            }
            listed => listed?,
        };
        uploads.retain(|upload| upload.name.is_of(appliance) && now.duration_since(upload.begun_at) > LEFT_AFTER);
        for upload in uploads.iter().filter(|_| !dry_run) {
            let key = self.key(&upload.name.to_string());
            let end = self.place.abort_multipart_upload(Some(&self.credentials), &key, &upload.id);
            match self.wire.ask(Ask::delete(&end)).await {
                Err(S3Error::Refused { code, .. }) if code == GONE => {}
                ended => drop(ended?),
            }
        }
        Ok(uploads.into_iter().map(|upload| upload.name).collect())
    }

    async fn uploads(&self, beginning: &str) -> Result<Vec<Upload>, S3Error> {
        let (mut found, mut after, prefix) = (Vec::new(), None::<Marker>, self.key(beginning));
        for _ in 0..LISTS_MAX {
            let from = after.take();
            let ask = Ask::signed(Method::GET, |now| self.list_url(&prefix, from.as_ref(), now));
            let answer = self.wire.ask(ask).await?.text()?;
            let uploads = xml::texts(&answer, "Upload");
            found.extend(uploads.into_iter().filter_map(|upload| self.upload(upload)));
            let marker = (xml::text(&answer, "NextKeyMarker"), xml::text(&answer, "NextUploadIdMarker"));
            after = match marker {
                (Some(key), Some(upload)) if xml::text(&answer, "IsTruncated").as_deref() == Some("true") => {
                    Some((decoded(&key), upload))
                }
                _ => return Ok(found),
            };
        }
        Ok(found)
    }

    /// The library knows every request that a backup is made of, and not this one (`ListMultipartUploads`).
    fn list_url(&self, prefix: &str, after: Option<&Marker>, now: &Timestamp) -> Url {
        let mut query = vec![("encoding-type", "url"), ("prefix", prefix), ("uploads", "1")];
        if let Some((key, upload)) = after {
            query.extend([("key-marker", key.as_str()), ("upload-id-marker", upload.as_str())]);
        }
        query.sort_unstable();
        let (place, own) = (&self.place, &self.credentials);
        let (method, url) = (rusty_s3::Method::Get, place.base_url().clone());
        let (names, region) = (query.into_iter(), place.region());
        sign(
            now,
            method,
            url,
            own.key(),
            own.secret(),
            own.token(),
            region,
            SIGNED_FOR.as_secs(),
            names,
            [].into_iter(),
        )
    }

    /// `None` of what was not to be a backup.
    fn upload(&self, text: &str) -> Option<Upload> {
        let key = decoded(&xml::text(text, "Key")?);
        Some(Upload {
            name: key.strip_prefix(&self.prefix)?.parse().ok()?,
            id: xml::text(text, "UploadId")?,
            begun_at: xml::text(text, "Initiated")?.parse().ok()?,
        })
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

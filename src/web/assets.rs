//! Style sheets, scripts and pictures: embedded in the program, named by their content, kept by browsers for a year.
//!
//! `/a/{first 8 digits of SHA-256}/app.css`: another content is another address, so that nothing old is ever shown and
//! nothing unchanged is fetched twice. A known name with another hash is not found.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{LazyLock, OnceLock};

use bytes::Bytes;
use flate2::Compression;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};

use super::compress;
use super::error::Error;
use super::reply::{self, AsItIs, Response};
use super::request::Request;
use super::slim::slim;

const CSS: &str = "text/css; charset=utf-8";
const PUBLIC_SHEET: &str = "public.css";
const OWNERS_SHEET: &str = "app.css";

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

struct Asset {
    hash: String,
    kind: &'static str,
    plain: Bytes,
    /// Filled at first use; empty if compressing does not make it smaller.
    gzip: OnceLock<Option<Bytes>>,
}

static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let named = |name: Cow<'static, str>| Some((name.to_string(), Asset::new(&name, sent(&name)?)));
    Files::iter().filter_map(named).collect()
});

/// The bytes under a name. Style sheets are made slim, and the owner's has the public one in front: the owner's pages
/// need both, and one request is faster than two.
fn sent(name: &str) -> Option<Bytes> {
    let file = Files::get(name)?;
    if kind_of(name) != CSS {
        return Some(match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        });
    }
    let before = if name == OWNERS_SHEET { Files::get(PUBLIC_SHEET) } else { None };
    let sheets = before.iter().chain([&file]).map(|file| String::from_utf8_lossy(&file.data));
    Some(slim(&sheets.collect::<Vec<_>>().join("\n")).into())
}

/// The address of the asset `name`. One that does not exist gets an address that is not found, and an entry in the log.
#[must_use]
pub fn url(name: &str) -> String {
    let Some(asset) = ASSETS.get(name) else {
        tracing::error!(name, "a page names an asset that is not embedded");
        return format!("/a/0/{name}");
    };
    format!("/a/{}/{name}", asset.hash)
}

/// What is sent under the name, for tests that weigh it.
#[cfg(test)]
pub fn bytes_of(name: &str) -> Bytes {
    ASSETS.get(name).map(|asset| asset.plain.clone()).unwrap_or_default()
}

/// The handler of `/a/{hash}/{name}`.
pub async fn asset<S>(_state: S, request: Request) -> Result<Response, Error> {
    let (hash, name) = (request.param::<String>("hash")?, request.param::<String>("name")?);
    match ASSETS.get(&name) {
        Some(asset) if asset.hash == hash => Ok(asset.answer(&request.headers)),
        _ => Err(Error::NotFound),
    }
}

impl Asset {
    fn new(name: &str, plain: Bytes) -> Self {
        let mut hash = String::new();
        for byte in Sha256::digest(&plain).iter().take(4) {
            // Writing to a string cannot fail.
            let _ = write!(hash, "{byte:02x}");
        }
        Self { hash, kind: kind_of(name), plain, gzip: OnceLock::new() }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let gzip = if compress::accepts_gzip(headers) { self.gzip().cloned() } else { None };
        let is_gzip = gzip.is_some();
        let mut response = reply::bytes(StatusCode::OK, self.kind, gzip.unwrap_or_else(|| self.plain.clone()));
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if is_gzip {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response.extensions_mut().insert(AsItIs);
        response
    }

    fn gzip(&self) -> Option<&Bytes> {
        let smaller = || {
            let packed = compress::gzip(&self.plain, Compression::best()).ok()?;
            (packed.len() < self.plain.len()).then(|| packed.into())
        };
        self.gzip.get_or_init(smaller).as_ref()
    }
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => CSS,
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use http_body_util::BodyExt;

    use super::{ASSETS, Error, asset, kind_of, url};
    use crate::web::request::Request;

    fn asked(hash: &str, name: &str, encoding: &str) -> Request {
        let params = [("hash", hash.to_owned()), ("name", name.to_owned())];
        Request::for_test("/a", params.to_vec(), &[("accept-encoding", encoding)])
    }

    #[tokio::test]
    async fn an_asset_is_found_by_its_own_hash_only() {
        let address = url("app.css");
        let [_, _, hash, name] = address.split('/').collect::<Vec<_>>()[..] else { panic!("{address}") };
        assert_eq!((hash.len(), name), (8, "app.css"));
        let found = asset((), asked(hash, name, "")).await.unwrap();
        assert_eq!(found.headers()["content-type"], "text/css; charset=utf-8");
        assert!(!found.headers().contains_key("content-encoding"));
        for (hash, name) in [("00000000", "app.css"), (hash, "app.js"), (hash, "../Cargo.toml"), ("", "")] {
            assert!(matches!(asset((), asked(hash, name, "")).await, Err(Error::NotFound)), "{hash} {name}");
        }
        assert_eq!(url("none.css"), "/a/0/none.css");
    }

    #[tokio::test]
    async fn who_takes_gzip_gets_the_same_bytes_packed() {
        let hash = ASSETS["app.css"].hash.clone();
        let packed = asset((), asked(&hash, "app.css", "gzip, br")).await.unwrap();
        let headers = packed.headers().clone();
        assert_eq!(
            (&headers["content-encoding"], &headers["vary"]),
            (&"gzip".parse().unwrap(), &"accept-encoding".parse().unwrap())
        );
        let bytes = packed.into_body().collect().await.unwrap().to_bytes();
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*bytes), &mut plain).unwrap();
        assert_eq!(plain, ASSETS["app.css"].plain);
    }

    #[test]
    fn the_owners_sheet_begins_with_the_public_one() {
        let (public, owners) = (super::bytes_of("public.css"), super::bytes_of("app.css"));
        assert!(owners.starts_with(&public) && owners.len() > public.len());
        assert!(!owners.windows(2).any(|pair| pair == b"/*"), "comments stay here");
    }

    #[test]
    fn every_asset_has_a_type_and_a_flat_name() {
        for name in ASSETS.keys() {
            assert_ne!(kind_of(name), "application/octet-stream", "{name}");
            assert!(!name.contains('/'), "{name} would not match /a/{{hash}}/{{name}}");
        }
    }
}

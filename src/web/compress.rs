//! gzip for what is text and long enough to gain by it.
//!
//! Answers marked [`AsItIs`] stay as they are. `Vary` is set on everything that could have been compressed, so that a
//! cache between us and the visitor never hands gzip to somebody who cannot read it.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use warp::http::{HeaderMap, HeaderValue, header, response};

use super::reply::AsItIs;

/// Shorter answers fit into the first packet as they are.
pub const WORTH_BYTES_MIN: usize = 1 << 10;
/// Most of the gain for a fraction of the time: pages are made for one reader.
const PAGE_LEVEL: Compression = Compression::new(4);

/// Packs `body` if the visitor takes gzip and it is worth it.
#[must_use]
pub fn pack(takes_gzip: bool, parts: &mut response::Parts, body: Bytes) -> Bytes {
    if !is_packable(parts) {
        return body;
    }
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if body.len() < WORTH_BYTES_MIN || !takes_gzip {
        return body;
    }
    match gzip(&body, PAGE_LEVEL) {
        Ok(packed) if packed.len() < body.len() => {
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            packed.into()
        }
        _ => body,
    }
}

/// HTML, JSON, XML and other text, unless it is marked or packed already.
fn is_packable(parts: &response::Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_text = kind.starts_with("text/") || kind.contains("json") || kind.contains("xml");
    is_text && !parts.headers.contains_key(header::CONTENT_ENCODING) && parts.extensions.get::<AsItIs>().is_none()
}

pub fn gzip(bytes: &[u8], level: Compression) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Whether `Accept-Encoding` names gzip, or everything, with a weight above zero (RFC 9110, 12.5.3).
#[must_use]
pub fn accepts_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let (mut named, mut any) = (None, None);
    for entry in values.flat_map(|value| value.split(',')) {
        let (coding, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let accepted = !is_zero(weight);
        match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => named = Some(accepted),
            "*" => any = Some(accepted),
            _ => {}
        }
    }
    named.or(any).unwrap_or(false)
}

/// `q=0`, `q=0.0`, `q=0.000`.
fn is_zero(weight: &str) -> bool {
    let weight = weight.trim().to_ascii_lowercase();
    weight
        .strip_prefix("q=")
        .is_some_and(|number| number.starts_with('0') && !number.contains(|digit| ('1'..='9').contains(&digit)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{AsItIs, Bytes, HeaderMap, accepts_gzip, header, pack};
    use crate::web::reply::Response;

    fn accepting(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())])
    }

    #[test]
    fn gzip_is_accepted_when_it_is_named_and_wanted() {
        for (value, expected) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("deflate, br", false),
            ("gzip;q=0", false),
            ("gzip; q=0.000, *", false),
            ("*", true),
            ("*;q=0", false),
            ("gzip;q=0.001", true),
            ("identity", false),
        ] {
            assert_eq!(accepts_gzip(&accepting(value)), expected, "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn only_long_text_is_packed_and_only_for_who_takes_it() {
        let long = "<p>Quittance</p>".repeat(100);
        for (kind, marked, accept, body, packed, varies) in [
            ("text/html; charset=utf-8", false, "gzip", long.as_str(), true, true),
            ("application/json", false, "gzip", &long, true, true),
            ("application/problem+json", false, "gzip", &long, true, true),
            ("text/html; charset=utf-8", false, "br", &long, false, true),
            ("text/html; charset=utf-8", false, "gzip", "<p>short</p>", false, true),
            ("text/html; charset=utf-8", true, "gzip", &long, false, false),
            ("application/pdf", false, "gzip", &long, false, false),
        ] {
            let mut response = Response::default();
            response.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
            if marked {
                response.extensions_mut().insert(AsItIs);
            }
            let (mut parts, _) = response.into_parts();
            let sent = pack(accept == "gzip", &mut parts, Bytes::copy_from_slice(body.as_bytes()));
            assert_eq!(sent.len() < body.len(), packed, "{kind} {accept} {marked}");
            assert_eq!(parts.headers.contains_key(header::CONTENT_ENCODING), packed);
            assert_eq!(parts.headers.contains_key(header::VARY), varies);
        }
    }
}

//! Pages that are asked for again are answered `304` if they would be the same, so that going back costs nothing.
//!
//! The tag is weak: it names the page's text, whether it was sent packed or not.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use warp::http::HeaderValue;

/// The tag of a page's text, before it is packed.
#[must_use]
pub fn tag(page: &[u8]) -> HeaderValue {
    let mut tag = String::from("W/\"");
    for byte in Sha256::digest(page).iter().take(12) {
        // Writing to a string cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    HeaderValue::from_str(&tag).unwrap_or_else(|_| HeaderValue::from_static("W/\"\""))
}

/// Whether `tag` is among those of `If-None-Match`, compared weakly (RFC 9110, 13.1.2).
#[must_use]
pub fn is_known(known: &[HeaderValue], tag: &HeaderValue) -> bool {
    let opaque = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let Ok(own) = tag.to_str().map(opaque) else { return false };
    let values = known.iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|entry| entry.trim() == "*" || opaque(entry) == own)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{is_known, tag};

    #[test]
    fn a_tag_is_known_in_any_of_its_forms() {
        let own = tag(b"page");
        assert_ne!(own, tag(b"pagf"));
        let text = own.to_str().unwrap();
        let strong = text.trim_start_matches("W/");
        for (asked, expected) in [
            (text.to_owned(), true),
            (strong.to_owned(), true),
            (format!("\"other\", {text}"), true),
            ("*".to_owned(), true),
            ("W/\"other\"".to_owned(), false),
            (String::new(), false),
            (strong.trim_matches('"').to_owned(), false),
        ] {
            assert_eq!(is_known(&[asked.parse().unwrap()], &own), expected, "{asked}");
        }
        assert!(!is_known(&[], &own));
    }
}

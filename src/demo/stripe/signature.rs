//! The `Stripe-Signature` header: `t=…,v1=…`, an HMAC-SHA256 of the time, a point and the raw body.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header for `payload` sent at `at` (Stripe's time, in seconds): one `v1` for each secret, as while one is being
/// rolled. Test mode adds a `v0` that proves nothing and must not be accepted.
pub fn header(payload: &str, at: i64, secrets: &[String], test_mode: bool) -> String {
    let mut header = format!("t={at}");
    for secret in secrets {
        header.push_str(",v1=");
        header.push_str(&digest(secret, &format!("{at}.{payload}")));
    }
    if test_mode {
        header.push_str(",v0=");
        header.push_str(&digest("v0", &format!("{at}.{payload}")));
    }
    header
}

fn digest(secret: &str, signed: &str) -> String {
    // An HMAC takes a key of any length, so there is no second branch to test.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(signed.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::header;

    /// `openssl dgst -sha256 -hmac whsec_new` of the signed text, so that the code does not judge itself.
    const NEW: &str = "bcd5b8f84c1762e896c564b29f53d2d26064aba6607250fa924f75df06e0f8a4";
    /// The same with `whsec_old`.
    const OLD: &str = "a85586098ed25668b9475bf48d42d1f057a0a8a99fb0ec5cf4574c0cdd237ef5";

    #[test]
    fn the_signature_is_what_openssl_computes() {
        let one = header("{\"id\":\"evt_1\"}", 1_800_000_000, &["whsec_new".to_owned()], false);
        assert_eq!(one, format!("t=1800000000,v1={NEW}"));
        let both = header("{\"id\":\"evt_1\"}", 1_800_000_000, &["whsec_new".to_owned(), "whsec_old".to_owned()], true);
        assert!(both.starts_with(&format!("t=1800000000,v1={NEW},v1={OLD},v0=")));
    }
}

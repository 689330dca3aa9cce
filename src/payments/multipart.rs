//! A file among form fields (RFC 7578), as exact bytes: the same file is the same body, however often it is sent.

use std::fmt::Write;

/// RFC 2046 allows 70 characters in all.
const DIGEST_CHARS: usize = 32;

/// The finished body and the line that parts its fields. Not `Debug`: it may be a letter of a customer.
pub struct Multipart {
    boundary: String,
    bytes: Vec<u8>,
}

impl Multipart {
    /// A file of evidence. `digest` is that of the content, so that the boundary is the same at every try; a content that
    /// holds its own digest does not exist.
    pub fn evidence(name: &str, media_type: &str, digest: &str, content: &[u8]) -> Self {
        let boundary = format!("quittance-{}", digest.get(..DIGEST_CHARS).unwrap_or(digest));
        let mut head = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            head,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
        );
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        Self { boundary, bytes }
    }

    pub fn media_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Multipart;

    #[test]
    fn the_same_file_is_the_same_body() {
        let made = || Multipart::evidence("a.pdf", "application/pdf", "ab12", b"%PDF-\xff");
        assert_eq!(made().bytes(), made().bytes());
        let text = String::from_utf8_lossy(made().bytes()).into_owned();
        assert_eq!(text.matches("--quittance-ab12").count(), 3);
        assert!(text.contains("filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-"), "{text}");
        assert!(text.ends_with("\r\n--quittance-ab12--\r\n"));
    }
}

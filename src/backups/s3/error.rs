//! What a store can say against a request, and what to do about it.

use std::io;

use super::xml;

/// Letters of a code that are repeated; S3's longest has forty.
const CODE_CHARS_MAX: usize = 60;

/// Why the store did not do it. No sentence has a key or an address with a signature in it.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    #[error("{host} cannot be reached ({reason}); check backup.s3.endpoint and the connection")]
    Unreachable { host: String, reason: String },
    #[error(
        "the certificate of {host} is not to be trusted ({reason}); if it is of an authority of your own, name its root in \
         backup.s3.roots_file"
    )]
    Untrusted { host: String, reason: String },
    #[error("the store refused it ({code}); {remedy}")]
    Refused { code: String, remedy: &'static str },
    /// Later may be better.
    #[error("the store is busy or out of order ({0}); it is tried again")]
    Later(String),
    #[error("the answer is none of an S3 store; check backup.s3.endpoint")]
    NotUnderstood,
    #[error("the bucket has more objects below the prefix than are looked at; give Quittance a prefix of its own")]
    TooMany,
    #[error("the backup is larger than a store takes; please report this")]
    TooLarge,
    #[error("what is read there is not what was written; look at the store")]
    NotSame,
    #[error("a file on this machine cannot be used: {0}; look at the disk")]
    File(#[from] io::Error),
}

impl S3Error {
    /// Whether asking again may help.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Later(_))
    }
}

/// What an answer that is no yes means (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
pub(super) fn refusal(status: u16, body: &str) -> S3Error {
    let code = code(body);
    let remedy = match code.as_deref() {
        Some("InvalidAccessKeyId" | "InvalidAccessKey") => "check backup.s3.access_key",
        Some("SignatureDoesNotMatch") => "check backup.s3.secret_key and backup.s3.region",
        Some("AccessDenied" | "AllAccessDisabled" | "AccountProblem") => {
            "give the key permission to list, read, write and delete there"
        }
        Some("NoSuchBucket" | "InvalidBucketName") => "check backup.s3.bucket, and make the bucket if there is none",
        Some("RequestTimeTooSkewed" | "RequestExpired") => "set this machine's clock, best by NTP",
        Some(
            "AuthorizationHeaderMalformed"
            | "AuthorizationQueryParametersError"
            | "PermanentRedirect"
            | "TemporaryRedirect",
        ) => "check backup.s3.region and backup.s3.endpoint",
        Some("QuotaExceeded" | "StorageQuotaExceeded" | "XMinioStorageFull") => {
            "make room there, or keep fewer: backup.keep"
        }
        Some("NotImplemented") => "this store lacks that, use one that has all of S3",
        Some("NoSuchKey") => "it is not there any more",
        _ if matches!(status, 429 | 500..) || code.as_deref() == Some("SlowDown") => {
            return S3Error::Later(code.unwrap_or_else(|| status.to_string()));
        }
        _ if status == 403 => "give the key permission to list, read, write and delete there",
        _ if matches!(status, 301 | 302 | 307 | 308) => "check backup.s3.region and backup.s3.endpoint",
        _ => "look at the store, and at [backup.s3]",
    };
    S3Error::Refused { code: code.unwrap_or_else(|| format!("status {status}")), remedy }
}

/// The store's word for it, if it is one.
fn code(body: &str) -> Option<String> {
    let code = xml::text(body, "Code")?;
    let is_word = !code.is_empty() && code.len() <= CODE_CHARS_MAX && code.chars().all(|c| c.is_ascii_alphanumeric());
    is_word.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn each_refusal_names_what_to_look_at() {
        let said = |code: &str| format!("<Error><Code>{code}</Code><Message>secret words</Message></Error>");
        let rows = [
            (403, said("InvalidAccessKeyId"), "backup.s3.access_key"),
            (403, said("SignatureDoesNotMatch"), "backup.s3.secret_key"),
            (403, said("AccessDenied"), "permission"),
            (404, said("NoSuchBucket"), "backup.s3.bucket"),
            (403, said("RequestTimeTooSkewed"), "clock"),
            (501, said("NotImplemented"), "lacks that"),
            (301, String::new(), "backup.s3.region"),
            (403, "<html>no</html>".into(), "permission"),
            (418, said("<b>"), "status 418"),
            (503, said("SlowDown"), "tried again"),
            (500, String::new(), "tried again"),
        ];
        for (status, body, words) in rows {
            let said = refusal(status, &body).to_string();
            assert!(said.contains(words) && !said.contains("secret words"), "{status} {body}: {said}");
        }
        assert!(refusal(503, "").may_pass() && !refusal(403, &said("AccessDenied")).may_pass());
    }
}

//! A store that speaks S3, strictly: one bucket, in memory. Every request must bear a signature that is right (AWS Signature
//! Version 4 in the query), made within the last quarter of an hour; lists come two names at a time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use quittance::clock::Clock;
use sha2::{Digest, Sha256};

use crate::process::{Bench, Said, said};

pub const KEY: &str = "TESTKEY";
pub const SECRET: &str = "hush/with+signs=";
const BUCKET: &str = "/books/";
/// Names of one list.
const PAGE: usize = 2;

#[derive(Default)]
pub struct Kept {
    pub objects: BTreeMap<String, Vec<u8>>,
    parts: BTreeMap<(String, u32), Vec<u8>>,
    /// Uploads that are under way: key, id, and when they were begun.
    pub uploads: Vec<(String, String, String)>,
    /// Parts that objects were put together from.
    pub completed: usize,
    /// How many requests are still to be answered with "slow down".
    pub busy: usize,
    /// Objects can be put there, and not be read.
    pub is_unreadable: bool,
}

pub struct StoreServer {
    pub kept: Arc<Mutex<Kept>>,
    pub port: u16,
}

struct Asked {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    raw_query: String,
    host: String,
    body: Vec<u8>,
}

type Answer = (u16, String, Vec<u8>);

impl StoreServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let theirs = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, kept) = (stream.unwrap(), Arc::clone(&theirs));
                std::thread::spawn(move || serve(stream, &kept));
            }
        });
        Self { kept, port }
    }

    /// A command that knows the store, with `more` in its environment.
    pub fn run(&self, bench: &Bench, arguments: &[&str], more: &[(&str, &str)]) -> Said {
        let mut command = bench.command(arguments);
        self.name_in(&mut command);
        said(command.envs(more.iter().copied()).output().unwrap())
    }

    pub fn name_in(&self, command: &mut Command) {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        for (name, value) in [
            ("ENDPOINT", endpoint.as_str()),
            ("BUCKET", "books"),
            ("PREFIX", "shop"),
            ("ACCESS_KEY", KEY),
            ("SECRET_KEY", SECRET),
        ] {
            command.env(format!("QUITTANCE_BACKUP__S3__{name}"), value);
        }
    }

    /// The names below the prefix.
    pub fn names(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        kept.objects.keys().filter_map(|key| key.strip_prefix("shop/").map(str::to_owned)).collect()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Kept>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let Some(asked) = read(&mut reader) else { return };
    let (status, head, body) = answer(&asked, &mut kept.lock().unwrap());
    let head = format!("HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n{head}\r\n", body.len());
    let mut stream = stream;
    drop(stream.write_all(&[head.as_bytes(), &body].concat()));
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (mut host, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "host" => value.clone_into(&mut host),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, raw_query) = target.split_once('?').unwrap_or((&target, ""));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = raw_query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let query = pairs.map(|(name, value)| (decoded(name), decoded(value))).collect();
    Some(Asked { method, path: path.to_owned(), query, raw_query: raw_query.to_owned(), host, body })
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// The word for what is wrong with the signature.
fn unsigned(asked: &Asked) -> Option<&'static str> {
    let said = |name: &str| asked.query.get(name).map(String::as_str).unwrap_or_default();
    let (credential, date) = (said("X-Amz-Credential"), said("X-Amz-Date"));
    let Some((key, scope)) = credential.split_once('/') else { return Some("AccessDenied") };
    if key != KEY {
        return Some("InvalidAccessKeyId");
    }
    let signed_at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date).unwrap();
    let signed_at = signed_at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    if Clock::machine().now().duration_since(signed_at).as_secs().abs() > 900 {
        return Some("RequestTimeTooSkewed");
    }
    let mut pairs: Vec<&str> =
        asked.raw_query.split('&').filter(|pair| !pair.starts_with("X-Amz-Signature=")).collect();
    pairs.sort_unstable();
    assert_eq!(said("X-Amz-SignedHeaders"), "host");
    let canonical =
        format!("{}\n{}\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD", asked.method, asked.path, pairs.join("&"), asked.host);
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    (hex(&mac(&key, &to_sign)) != said("X-Amz-Signature")).then_some("SignatureDoesNotMatch")
}

fn refused(status: u16, code: &str) -> Answer {
    (status, String::new(), format!("<Error><Code>{code}</Code><Message>no</Message></Error>").into_bytes())
}

fn good(head: &str, body: impl Into<Vec<u8>>) -> Answer {
    (200, head.to_owned(), body.into())
}

fn answer(asked: &Asked, kept: &mut Kept) -> Answer {
    if kept.busy > 0 {
        kept.busy -= 1;
        return refused(503, "SlowDown");
    }
    if let Some(code) = unsigned(asked) {
        return refused(403, code);
    }
    let Some(key) = asked.path.strip_prefix(BUCKET) else { return refused(404, "NoSuchBucket") };
    let key = percent_decode_str(key).decode_utf8().unwrap().into_owned();
    let part = asked.query.get("partNumber").and_then(|number| number.parse().ok());
    match (asked.method.as_str(), part) {
        ("PUT", Some(part)) => {
            kept.parts.insert((key, part), asked.body.clone());
            good(&format!("ETag: \"{part}\"\r\n"), "")
        }
        ("PUT", None) => {
            kept.objects.insert(key, asked.body.clone());
            good("ETag: \"whole\"\r\n", "")
        }
        ("POST", _) if asked.query.contains_key("uploads") => {
            good("", "<InitiateMultipartUploadResult><UploadId>up&amp;load</UploadId></InitiateMultipartUploadResult>")
        }
        ("POST", _) => complete(asked, key, kept),
        ("GET", _) if key.is_empty() && asked.query.contains_key("uploads") => good("", list_uploads(asked, kept)),
        ("GET", _) if key.is_empty() => good("", list(asked, kept)),
        ("GET", _) if kept.is_unreadable => refused(403, "AccessDenied"),
        ("GET", _) => kept.objects.get(&key).map_or_else(|| refused(404, "NoSuchKey"), |bytes| good("", bytes.clone())),
        ("DELETE", _) if asked.query.contains_key("uploadId") => {
            let id = &asked.query["uploadId"];
            let before = kept.uploads.len();
            kept.uploads.retain(|(known, own, _)| (known, own) != (&key, id));
            if kept.uploads.len() < before { (204, String::new(), Vec::new()) } else { refused(404, "NoSuchUpload") }
        }
        ("DELETE", _) => {
            kept.objects.remove(&key);
            (204, String::new(), Vec::new())
        }
        _ => refused(405, "MethodNotAllowed"),
    }
}

/// Puts the parts together, in the order in which they are named.
fn complete(asked: &Asked, key: String, kept: &mut Kept) -> Answer {
    assert_eq!(asked.query.get("uploadId").map(String::as_str), Some("up&load"));
    let body = String::from_utf8(asked.body.clone()).unwrap();
    let mut whole = Vec::new();
    for (place, part) in body.split("<Part>").skip(1).enumerate() {
        let number = u32::try_from(place).unwrap() + 1;
        let names_it = part.contains(&format!("<PartNumber>{number}</PartNumber>"));
        let tags_it = [format!("\"{number}\""), format!("&quot;{number}&quot;")].iter().any(|tag| part.contains(tag));
        let Some(bytes) = kept.parts.remove(&(key.clone(), number)).filter(|_| names_it && tags_it) else {
            return refused(400, "InvalidPart");
        };
        whole.extend(bytes);
        kept.completed += 1;
    }
    kept.objects.insert(key, whole);
    good("", "<CompleteMultipartUploadResult><ETag>\"all\"</ETag></CompleteMultipartUploadResult>")
}

fn list(asked: &Asked, kept: &Kept) -> String {
    let said = |name: &str| asked.query.get(name).cloned().unwrap_or_default();
    let (prefix, after) = (said("prefix"), said("continuation-token"));
    let found: Vec<_> = kept
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix) && (after.is_empty() || **key > after))
        .collect();
    let mut page = String::from("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (key, bytes) in found.iter().take(PAGE) {
        let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
        write!(page, "<Contents><Key>{key}</Key><Size>{}</Size></Contents>", bytes.len()).unwrap();
    }
    if let Some((last, _)) = found.get(PAGE - 1).filter(|_| found.len() > PAGE) {
        write!(page, "<NextContinuationToken>{last}</NextContinuationToken>").unwrap();
    }
    page + "</ListBucketResult>"
}

fn list_uploads(asked: &Asked, kept: &Kept) -> String {
    let said = |name: &str| asked.query.get(name).cloned().unwrap_or_default();
    let (prefix, after) = (said("prefix"), (said("key-marker"), said("upload-id-marker")));
    let of_prefix = kept.uploads.iter().filter(|(key, _, _)| key.starts_with(&prefix));
    let mut found: Vec<_> = of_prefix.filter(|(key, id, _)| (key, id) > (&after.0, &after.1)).collect();
    found.sort();
    let mut page = String::from("<ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    if let Some((key, id, _)) = found.get(PAGE - 1).filter(|_| found.len() > PAGE) {
        let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
        write!(page, "<IsTruncated>true</IsTruncated><NextKeyMarker>{key}</NextKeyMarker>").unwrap();
        write!(page, "<NextUploadIdMarker>{id}</NextUploadIdMarker>").unwrap();
    }
    for (key, id, begun) in found.iter().take(PAGE) {
        let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
        write!(page, "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{begun}</Initiated></Upload>")
            .unwrap();
    }
    page + "</ListMultipartUploadsResult>"
}

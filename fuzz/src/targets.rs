//! What each fuzz target does with the bytes it is given: reads them as a stranger's, and checks what must then be so.
//!
//! A target passes when nothing panics and what was read is what was written. Shared by the fuzzer and by tests/fuzzed.rs.

use std::fmt::Write;
use std::fs;

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quittance::backups::s3::xml;
use quittance::billing::currency::Currency;
use quittance::billing::customer::Customer;
use quittance::billing::decimal::DecimalSeparator;
use quittance::billing::event::Event;
use quittance::billing::invoice::{Document, Invoice};
use quittance::billing::ledger::Entry;
use quittance::billing::letter::Letter;
use quittance::billing::log::LogLine;
use quittance::billing::money::Money;
use quittance::billing::payment::Payment;
use quittance::billing::settings::Settings;
use quittance::billing::sheet;
use quittance::config::{Config, Surroundings, WebhookSecret};
use quittance::payments::webhook::{HookEvent, verify};
use quittance::store::{ApiToken, Owner, Session, codec};
use quittance::web::form::Form;
use quittance::web::framing::Framing;
use quittance::web::multipart::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A target, and what it does with some bytes.
pub type Target = (&'static str, fn(&[u8]));

pub const ALL: [Target; 10] = [
    ("webhook_header", webhook_header),
    ("webhook_body", webhook_body),
    ("money", money),
    ("form", form),
    ("multipart", multipart),
    ("cells", cells),
    ("configuration", configuration),
    ("records", records),
    ("store_answer", store_answer),
    ("framing", framing),
];

/// What signs in these targets, and when.
const SECRET: &str = "whsec_fuzzed_0123456789abcdef0123456789";
const NOW: i64 = 1_795_348_800;

/// A first line, and what stands behind it.
fn headed(data: &[u8]) -> (String, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    (String::from_utf8_lossy(&data[..end]).into_owned(), data.get(end + 1..).unwrap_or_default())
}

/// The first line is the header `Stripe-Signature`, what follows is the body. The secret is known to nobody, so whatever is
/// taken was signed with it: then a body with one byte more is not.
pub fn webhook_header(data: &[u8]) {
    let (header, body) = headed(data);
    let Ok(secret) = SECRET.parse::<WebhookSecret>() else { return };
    let Ok(now) = Timestamp::from_second(NOW) else { return };
    let secrets = [secret];
    if verify(&secrets, &header, body, now).is_ok() {
        let more = [body, b" "].concat();
        assert!(verify(&secrets, &header, &more, now).is_err(), "a signature is good for two bodies");
    }
}

pub fn webhook_body(data: &[u8]) {
    if let Ok(event) = HookEvent::parse(data) {
        let _ = (event.is_thin(), event.is_connect());
        assert!(!event.id.is_empty() && !event.kind.is_empty(), "an event without a name");
    }
}

/// What is read as an amount is written and read again as the same, in every currency and way of writing.
pub fn money(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for currency in ["EUR", "JPY", "KWD", "ISK", "CHF"].into_iter().filter_map(|code| Currency::parse(code).ok()) {
        for separator in [DecimalSeparator::Point, DecimalSeparator::Comma] {
            if let Ok(amount) = Money::parse_typed(&text, currency, separator) {
                assert_eq!(Money::from_decimal_str(&amount.to_decimal_string(), currency), Ok(amount), "{text:?}");
            }
        }
    }
}

/// What is read of a form is written and read again as the same fields in the same order.
pub fn form(data: &[u8]) {
    let Ok(form) = Form::parse(data) else { return };
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let mut written = String::new();
    for (name, value) in form.iter() {
        let _ = write!(written, "{}{}={}", if written.is_empty() { "" } else { "&" }, encoded(name), encoded(value));
    }
    let pairs = |form: &Form| form.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect::<Vec<_>>();
    let again = Form::parse(written.as_bytes()).map(|again| pairs(&again));
    assert_eq!(again.ok(), Some(pairs(&form)));
    let _ = (form.rows("lines"), form.section("address"));
}

/// The first line is the content type.
pub fn multipart(data: &[u8]) {
    let (kind, body) = headed(data);
    if let Ok(parts) = Parts::parse(&kind, body) {
        assert!(parts.form.iter().all(|(name, value)| name.len() + value.len() <= body.len()), "more than was sent");
    }
}

/// A cell of an export begins no formula and comes back from the file as it went in.
pub fn cells(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let cell = sheet::text(&text);
    assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']), "{cell:?} is a formula");
    assert!(cell == text || cell.strip_prefix('\'') == Some(&*text), "{cell:?} is another text");
    let mut table = csv::Writer::from_writer(Vec::new());
    // The first cell of a file loses a byte order mark; ours are never text that somebody typed.
    table.write_record(["begin", cell.as_str(), "end"]).expect("a row is written to memory");
    let bytes = table.into_inner().expect("a table is written to memory");
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    let row = rows.records().next().and_then(Result::ok).expect("a row");
    assert_eq!((row.get(1), row.get(2)), (Some(cell.as_str()), Some("end")));
}

/// The bytes are a configuration file.
pub fn configuration(data: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let file = folder.path().join("config.toml");
    if fs::write(&file, data).is_err() {
        return;
    }
    let surroundings = Surroundings { variables: Vec::new(), folder: folder.path().to_owned() };
    match Config::load_from(&surroundings, Some(&file), None) {
        Ok(config) => drop(format!("{config:?}")),
        Err(errors) => assert!(!errors.to_string().is_empty(), "nothing is said"),
    }
}

/// Stored records: as bytes of the disk, and as JSON that a former version, or a broken one, may have written. What is
/// read is written and read again as the same.
pub fn records(data: &[u8]) {
    assert!(codec::decode::<serde_json::Value>("table", b"key", data).is_none() || data.first() == Some(&1));
    same::<Invoice>(data);
    same::<Document>(data);
    same::<Payment>(data);
    same::<Entry>(data);
    same::<LogLine>(data);
    same::<Letter>(data);
    same::<Customer>(data);
    same::<Settings>(data);
    same::<Event>(data);
    same::<Owner>(data);
    same::<Session>(data);
    same::<ApiToken>(data);
}

fn same<T: Serialize + DeserializeOwned>(data: &[u8]) {
    let Ok(record) = serde_json::from_slice::<T>(data) else { return };
    let bytes = codec::encode("table", b"key", &record).expect("what was read can be written");
    let again: T = codec::decode("table", b"key", &bytes).expect("what was written can be read");
    assert_eq!(codec::encode("table", b"key", &again).ok(), Some(bytes), "it is another after a round");
    assert!(codec::decode::<T>("other", b"key", &codec::encode("table", b"key", &again).unwrap_or_default()).is_none());
}

/// The text of elements in what a store of backups answers is part of the answer.
pub fn store_answer(data: &[u8]) {
    let page = String::from_utf8_lossy(data);
    for name in ["Key", "Contents", "Message", "NextContinuationToken"] {
        let texts = xml::texts(&page, name);
        assert!(texts.iter().map(|text| text.len()).sum::<usize>() <= page.len(), "more than was answered");
        assert_eq!(xml::text(&page, name).is_some(), !texts.is_empty());
    }
}

/// The beginning and end of requests are found at the same places however the bytes arrive.
pub fn framing(data: &[u8]) {
    let (mut whole, mut single) = (Framing::default(), Framing::default());
    whole.read(data);
    for byte in data {
        single.read(std::slice::from_ref(byte));
    }
    let seen = |framing: &Framing| (framing.refuse_from(), framing.awaits_head(), framing.is_between_bodies());
    assert_eq!(seen(&whole), seen(&single));
}

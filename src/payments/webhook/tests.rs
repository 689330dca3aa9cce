//! Signatures against headers that four official and public libraries were given too, and bodies of every shape.

use crate::payments::reconcile::EVENT_TYPES;

use super::{BadSignature, HookEvent, NotAnEvent, SIGNATURES_MAX, Verified, WebhookSecret, verify};
use jiff::Timestamp;

const BODY: &[u8] = include_bytes!("../../../tests/data/stripe_event.json");
const HEADERS: &str = include_str!("../../../tests/data/stripe_signatures.txt");
const NOW: i64 = 1_800_000_000;

fn secrets(texts: &[&str]) -> Vec<WebhookSecret> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn header(name: &str) -> &'static str {
    let line = HEADERS.lines().find_map(|line| line.split_once('|').filter(|(given, _)| *given == name));
    line.unwrap().1
}

fn check(texts: &[&str], header: &str, body: &[u8]) -> Result<Verified, BadSignature> {
    verify(&secrets(texts), header, body, Timestamp::from_second(NOW).unwrap())
}

fn parse(text: &str) -> Result<HookEvent, NotAnEvent> {
    HookEvent::parse(text.as_bytes())
}

#[test]
fn every_header_of_the_differential_table_is_judged_as_the_table_says() {
    let on_time = Ok(Verified { skew: 0, secret: 0 });
    let expected = [
        ("good", on_time),
        ("new_first", on_time),
        ("new_last", on_time),
        ("with_v0", on_time),
        ("roll_plus_v0", on_time),
        ("v0_only", Err(BadSignature::NoSignature)),
        ("wrong", Err(BadSignature::Wrong)),
        ("future_200s", Ok(Verified { skew: 200, secret: 0 })),
        ("future_1h", Ok(Verified { skew: 3600, secret: 0 })),
        ("old_299", Ok(Verified { skew: -299, secret: 0 })),
        ("old_300", Ok(Verified { skew: -300, secret: 0 })),
        ("old_301", Err(BadSignature::TooOld { age: 301 })),
        ("old_1h", Err(BadSignature::TooOld { age: 3600 })),
        ("upper_hex", on_time),
        ("no_t", Err(BadSignature::Malformed)),
        ("empty_v1", Err(BadSignature::NoSignature)),
        ("spaces", Err(BadSignature::NoSignature)),
        ("dup_t", Err(BadSignature::Malformed)),
        ("neg_t", Err(BadSignature::Malformed)),
        ("overflow_t", Err(BadSignature::Malformed)),
        ("junk", Err(BadSignature::Malformed)),
    ];
    for (name, verdict) in expected {
        assert_eq!(check(&["whsec_new"], header(name), BODY), verdict, "{name}");
    }
    assert_eq!(HEADERS.lines().count(), expected.len(), "every header is played");
}

#[test]
fn c10_while_a_secret_is_rolled_the_old_and_the_new_are_both_accepted() {
    for both in [["whsec_new", "whsec_old"], ["whsec_old", "whsec_new"]] {
        for name in ["good", "wrong", "new_first", "new_last", "roll_plus_v0"] {
            assert!(check(&both, header(name), BODY).is_ok(), "{name}");
        }
    }
    assert_eq!(check(&["whsec_old"], header("good"), BODY), Err(BadSignature::Wrong));
    assert!(check(&["whsec_old"], header("new_first"), BODY).is_ok());
}

#[test]
fn c11_a_signature_of_the_scheme_v0_alone_is_refused() {
    assert_eq!(check(&["whsec_new"], header("v0_only"), BODY), Err(BadSignature::NoSignature));
}

#[test]
fn c12_c13_a_late_signature_is_refused_and_an_early_one_tells_of_a_wrong_clock() {
    assert!(check(&["whsec_new"], header("old_301"), BODY).is_err());
    assert!(check(&["whsec_new"], header("future_1h"), BODY).unwrap().clock_is_behind());
    assert!(!check(&["whsec_new"], header("future_200s"), BODY).unwrap().clock_is_behind());
}

#[test]
fn c9_one_byte_of_the_body_changed_breaks_the_signature() {
    let mut body = BODY.to_vec();
    for at in [0, BODY.len() / 2, BODY.len() - 1] {
        body[at] ^= 1;
        assert_eq!(check(&["whsec_new"], header("good"), &body), Err(BadSignature::Wrong));
        body[at] ^= 1;
    }
    assert_eq!(check(&["whsec_new"], header("good"), &BODY[..BODY.len() - 1]), Err(BadSignature::Wrong));
}

#[test]
fn odd_headers_are_refused_and_never_a_panic() {
    let good = header("good");
    let too_many = format!("t={NOW}{}", format!(",v1={}", "0".repeat(64)).repeat(SIGNATURES_MAX + 1));
    let odd =
        ["", ",", "=", "t=", "t=1", "t=+1,v1=aa", "t= 1,v1=aa", "t=1,v1=\u{e9}\u{e9}", &format!("{good},"), &too_many];
    for header in odd {
        assert!(check(&["whsec_new"], header, BODY).is_err(), "{header:?}");
    }
    assert!(check(&["whsec_new"], &format!("v2=x,{good},v1=short"), BODY).is_ok(), "unknown schemes are skipped");
}

#[test]
fn without_a_secret_nothing_is_accepted_and_a_secret_cannot_be_empty() {
    assert_eq!(check(&[], header("good"), BODY), Err(BadSignature::NoSecret));
    for text in ["", "new", "sk_live_1", "whsec_", "whsec_a b"] {
        assert!(text.parse::<WebhookSecret>().is_err(), "{text:?}");
    }
    let secret: WebhookSecret = "whsec_new".parse().unwrap();
    assert!(!format!("{secret:?}").contains("new"));
}

#[test]
fn the_recorded_event_says_which_object_to_ask_about() {
    let event = HookEvent::parse(BODY).unwrap();
    assert_eq!(event.id, "evt_1TESTcompleted0001");
    assert_eq!(event.kind, "checkout.session.completed");
    assert_eq!(event.livemode, Some(false));
    assert_eq!(event.api_version.as_deref(), Some("2026-05-27.dahlia"));
    assert_eq!(event.created, Timestamp::from_second(NOW).ok());
    assert_eq!(
        (event.object_id.as_deref(), event.object_kind.as_deref()),
        (Some("cs_test_a1"), Some("checkout.session"))
    );
    assert!(!event.is_thin() && !event.is_connect());
    assert!(EVENT_TYPES.contains(&event.kind.as_str()));
}

#[test]
fn what_is_not_json_is_told_from_json_that_is_no_event() {
    for text in ["", "hello", "{", "{\"id\":", "\u{feff}{}", "<html>", "{}x"] {
        assert_eq!(parse(text), Err(NotAnEvent::NotJson), "{text:?}");
    }
    assert_eq!(HookEvent::parse(&[0xff, 0xfe]), Err(NotAnEvent::NotJson));
    let mut skipped = br#"{"id":"evt_1","object":"event","type":"ping","x":"_","data":{"object":{}}}"#.to_vec();
    assert!(HookEvent::parse(&skipped).is_ok());
    let place = skipped.iter().position(|byte| *byte == b'_').into_iter().chain([50]).max().unwrap_or_default();
    skipped[place] = 0xff;
    assert_eq!(HookEvent::parse(&skipped), Err(NotAnEvent::NotJson), "also in a field that nobody reads");
    assert_eq!(parse(&"[".repeat(100_000)), Err(NotAnEvent::NotStripes));
    let long = format!(r#"{{"object":"event","id":"{}","type":"x","data":{{"object":{{}}}}}}"#, "e".repeat(256));
    for text in [
        "{}",
        "[]",
        "null",
        "1",
        r#"{"object":"checkout.session","id":"cs_1","type":"x","data":{"object":{}}}"#,
        r#"{"object":"event","type":"x","data":{"object":{}}}"#,
        r#"{"object":"event","id":"","type":"x","data":{"object":{}}}"#,
        r#"{"object":"event","id":"evt_1\nINFO paid","type":"x","data":{"object":{}}}"#,
        r#"{"object":"event","id":"evt_\u0000","type":"x","data":{"object":{}}}"#,
        r#"{"object":"event","id":"evt_1","data":{"object":{}}}"#,
        r#"{"object":"event","id":"evt_1","type":"x"}"#,
        r#"{"object":"event","id":7,"type":"x","data":{"object":{}}}"#,
        &long,
    ] {
        assert_eq!(parse(text), Err(NotAnEvent::NotStripes), "{text}");
    }
}

#[test]
fn c14_an_unknown_kind_and_an_object_without_id_are_events_all_the_same() {
    let event =
        parse(r#"{"object":"event","id":"evt_1","type":"balance.available","data":{"object":{"object":"balance"}}}"#);
    let event = event.unwrap();
    assert_eq!((event.kind.as_str(), event.object_id, event.livemode), ("balance.available", None, None));
}

#[test]
fn c19_a_thin_event_is_recognised() {
    let event = parse(
        r#"{"id":"evt_t","object":"v2.core.event","type":"v1.billing.meter.no_meter_found","livemode":false,
            "created":"2026-11-22T10:00:00.123Z","related_object":{"id":"mtr_1","type":"billing.meter","url":"/v1/x"}}"#,
    )
    .unwrap();
    assert!(event.is_thin());
    assert_eq!(event.object_id.as_deref(), Some("mtr_1"));
    assert!(event.created.is_some());
}

#[test]
fn c20_an_event_of_a_connected_account_is_recognised() {
    let text =
        r#"{"object":"event","id":"evt_1","type":"charge.updated","account":"acct_2","data":{"object":{"id":"ch_1"}}}"#;
    assert!(parse(text).unwrap().is_connect());
}

#[test]
fn a_listed_event_reads_like_a_sent_one() {
    let listed = serde_json::from_slice(BODY).unwrap();
    assert_eq!(HookEvent::from_listed(listed), HookEvent::parse(BODY).ok());
    assert_eq!(HookEvent::from_listed(super::Event::default()), None);
}

//! The bodies that are sent to Stripe, as exact bytes, and the keys that make sending them twice harmless.
//!
//! The rule it keeps: the same request is the same bytes. A body is built once, stored beside its idempotency key
//! before Stripe is called, and sent from there however often it takes; Stripe refuses a key that comes with another
//! body. Order is therefore fixed, and nothing here looks at a clock or at anything else that may change.
//!
//! Left to others: amounts arrive in Stripe's own scaling ([`super::scale`]), addresses arrive whole.

use std::fmt::{Display, Write};

use jiff::{SignedDuration, Timestamp};

use super::API_VERSION;
use super::objects::{APP, NUMBER};
use super::reconcile::EVENT_TYPES;
use crate::billing::filing::{Attached, FileField, TextField, Texts};

/// Stripe may forget a key after 24 hours: until then the same bytes bring the same answer, and from then on they could
/// do the same a second time.
pub const KEY_LIFE: SignedDuration = SignedDuration::from_hours(23);
/// Stripe's limit is 5000 characters; a page shows far fewer.
const TITLE_CHARS_MAX: usize = 250;

/// Key and value pairs in the order in which they were added, percent-encoded as `application/x-www-form-urlencoded`.
///
/// Nested keys are written out: `line_items[0][quantity]`. The same text serves as a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(String);

impl Form {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pair at the end.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Display) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        encode_into(&mut self.0, key);
        self.0.push('=');
        encode_into(&mut self.0, &value.to_string());
        self
    }

    /// Adds `metadata[…]` pairs below `prefix`, which is empty for the object's own.
    #[must_use]
    fn with_metadata(self, prefix: &str, notes: &[(&str, &str)]) -> Self {
        notes.iter().fold(self, |form, (name, value)| {
            let key =
                if prefix.is_empty() { format!("metadata[{name}]") } else { format!("{prefix}[metadata][{name}]") };
            form.with(&key, value)
        })
    }

    /// The finished text.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// RFC 3986's unreserved characters stay, every other byte becomes `%XX`: one spelling, which every decoder reads.
fn encode_into(text: &mut String, raw: &str) {
    for byte in raw.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

/// Which methods the payer is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    /// Cards only (and the wallets that hold them): paid at once or not at all.
    Card,
    /// What the owner turned on at Stripe, delayed methods included.
    AsSetAtStripe,
}

/// Everything that a Checkout Session is made from.
#[derive(Clone, Copy)]
pub struct CheckoutRequest<'a> {
    /// Which installation asks: several may share one Stripe account.
    pub appliance: &'a str,
    /// The attempt's id.
    pub attempt: &'a str,
    /// The invoice's id as the API names it, `inv_…`.
    pub invoice: &'a str,
    /// The invoice's revision that the amount was read from.
    pub revision: u32,
    /// The invoice's number: books that are put back from an older copy learn from it which were given out since.
    pub number: &'a str,
    /// The one line that the payer sees, as in `Invoice 2026-0001`.
    pub title: &'a str,
    /// What of the invoice is to be paid, in Stripe's scaling.
    pub amount: i64,
    /// The fee on top of it, if one is taken: what the payer reads, and how much.
    pub fee: Option<(&'a str, i64)>,
    /// ISO 4217 code, in either case.
    pub currency: &'a str,
    /// Filled in for the payer, if it is known and Stripe takes it.
    pub customer_email: Option<&'a str>,
    /// When the page stops taking money, in Stripe's time: 30 minutes to 24 hours ahead.
    pub expires_at: Timestamp,
    /// Where a payer who paid returns to; holds `{CHECKOUT_SESSION_ID}` as it stands.
    pub success_url: &'a str,
    /// Where a payer who went back returns to.
    pub cancel_url: &'a str,
    pub methods: Methods,
}

/// The body of `POST /v1/checkout/sessions`.
///
/// One line for the whole amount and one for the fee, if there is one, without tax, discount or shipping, so that what
/// Stripe charges is what is due.
/// `adaptive_pricing` is off so that it is charged in the invoice's currency. `receipt_email` is absent: Stripe would
/// send a receipt of its own whatever the owner set. The notes are repeated for the PaymentIntent because Stripe does
/// not copy them.
pub fn checkout_body(request: &CheckoutRequest<'_>) -> String {
    let title: String = request.title.chars().take(TITLE_CHARS_MAX).collect();
    let currency = request.currency.to_ascii_lowercase();
    let (amount, revision) = (request.amount.to_string(), request.revision.to_string());
    let notes = [
        (APP, request.appliance),
        ("attempt", request.attempt),
        ("invoice", request.invoice),
        (NUMBER, request.number),
        ("rev", &revision),
        ("amount", &amount),
        ("currency", &currency),
    ];
    let form = Form::new()
        .with("mode", "payment")
        .with("client_reference_id", request.attempt)
        .with("line_items[0][quantity]", 1)
        .with("line_items[0][price_data][currency]", &currency)
        .with("line_items[0][price_data][unit_amount]", &amount)
        .with("line_items[0][price_data][product_data][name]", &title);
    let form = match request.fee {
        Some((name, fee)) => form
            .with("line_items[1][quantity]", 1)
            .with("line_items[1][price_data][currency]", &currency)
            .with("line_items[1][price_data][unit_amount]", fee)
            .with("line_items[1][price_data][product_data][name]", name),
        None => form,
    };
    let form = match request.methods {
        Methods::Card => form.with("payment_method_types[0]", "card"),
        Methods::AsSetAtStripe => form,
    };
    let form = form.with("adaptive_pricing[enabled]", false).with("submit_type", "pay");
    let form = match request.customer_email {
        Some(email) => form.with("customer_email", email),
        None => form,
    };
    form.with("expires_at", request.expires_at.as_second())
        .with_metadata("", &notes)
        .with_metadata("payment_intent_data", &notes)
        .with("payment_intent_data[description]", &title)
        .with("success_url", request.success_url)
        .with("cancel_url", request.cancel_url)
        .into_text()
}

/// Everything that a refund is made from.
#[derive(Clone, Copy)]
pub struct RefundRequest<'a> {
    pub appliance: &'a str,
    /// The refund's own id, by which it is found again if Stripe's answer is lost.
    pub refund: &'a str,
    pub payment_intent: &'a str,
    /// In Stripe's scaling; always said, so that a change at Stripe cannot make it another.
    pub amount: i64,
    /// Stripe's word, if one was chosen.
    pub reason: Option<&'a str>,
}

/// The body of `POST /v1/refunds`.
pub fn refund_body(request: &RefundRequest<'_>) -> String {
    let form = Form::new().with("payment_intent", request.payment_intent).with("amount", request.amount);
    let form = match request.reason {
        Some(reason) => form.with("reason", reason),
        None => form,
    };
    form.with_metadata("", &[(APP, request.appliance), ("refund", request.refund)]).into_text()
}

/// The body of `POST /v1/webhook_endpoints`: our events, in our version, sent to `url`.
pub fn webhook_endpoint_body(url: &str, appliance: &str) -> String {
    let form = Form::new().with("url", url).with("api_version", API_VERSION).with_metadata("", &[(APP, appliance)]);
    with_events(form).into_text()
}

/// The body of `POST /v1/webhook_endpoints/{id}` that makes an endpoint of ours as it should be: all our events, switched
/// on. Its version and its secret stay what they are.
pub fn webhook_endpoint_update() -> String {
    with_events(Form::new().with("disabled", false)).into_text()
}

/// With numbers, so that every reader takes them for a list.
fn with_events(form: Form) -> Form {
    let events = EVENT_TYPES.iter().enumerate();
    events.fold(form, |form, (place, kind)| form.with(&format!("enabled_events[{place}]"), kind))
}

/// The body of `POST /v1/disputes/{id}`: every text that we offer, empty where nothing is said, so that what was taken
/// out of a draft is taken out at Stripe too; and the files. `gone` are those that Stripe has and is to forget. `submit`
/// hands it on to the bank, which takes it once.
pub fn evidence_body(texts: &Texts, files: &[Attached], gone: &[FileField], submit: bool) -> String {
    let form = TextField::ALL.into_iter().fold(Form::new(), |form, field| {
        form.with(&format!("evidence[{}]", field.name()), texts.get(&field).map_or("", String::as_str))
    });
    let form = files.iter().fold(form, |form, file| match &file.stripe_file {
        Some(name) => form.with(&format!("evidence[{}]", file.slot.name()), name),
        None => form,
    });
    let form = gone.iter().fold(form, |form, slot| form.with(&format!("evidence[{}]", slot.name()), ""));
    form.with("submit", submit).into_text()
}

/// What a key is for: one key cannot serve two of Stripe's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    CreateSession,
    ExpireSession,
    CreateWebhookEndpoint,
    UpdateWebhookEndpoint,
    /// Something that Stripe must refuse, to learn whether the key may.
    Probe,
    Refund,
    UploadEvidence,
    UpdateDispute,
    CloseDispute,
}

/// The idempotency key for `operation` on the row that a person's decision made: the same after a crash, and never
/// shared by two decisions. Where one row may decide again, number the decisions: `att_1:2`.
///
/// Holds no personal data, as Stripe asks, and at most 255 characters while both ids are ordinary.
pub fn idempotency_key(operation: Operation, appliance: &str, row: &str) -> String {
    let name = match operation {
        Operation::CreateSession => "cs",
        Operation::ExpireSession => "csx",
        Operation::CreateWebhookEndpoint => "we",
        Operation::UpdateWebhookEndpoint => "weu",
        Operation::Probe => "try",
        Operation::Refund => "re",
        Operation::UploadEvidence => "file",
        Operation::UpdateDispute => "dpe",
        Operation::CloseDispute => "dpc",
    };
    format!("v1:{name}:{appliance}:{row}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    fn request() -> CheckoutRequest<'static> {
        CheckoutRequest {
            appliance: "4d0c",
            attempt: "att_01",
            invoice: "inv_01",
            number: "2026-0001",
            revision: 3,
            title: "Invoice 2026-0001",
            amount: 12_345,
            fee: None,
            currency: "EUR",
            customer_email: Some("ann+x@example.com"),
            expires_at: Timestamp::from_second(1_800_007_200).unwrap(),
            success_url: "https://pay.example.com/i/tok/return?session_id={CHECKOUT_SESSION_ID}",
            cancel_url: "https://pay.example.com/i/tok",
            methods: Methods::Card,
        }
    }

    /// The body as a server reads it.
    fn decoded(body: &str) -> Vec<(String, String)> {
        let pairs = body.split('&').map(|pair| pair.split_once('=').unwrap());
        pairs.map(|(key, value)| (unescaped(key), unescaped(value))).collect()
    }

    fn unescaped(text: &str) -> String {
        let mut parts = text.split('%');
        let mut bytes = parts.next().unwrap().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
            bytes.extend(part[2..].bytes());
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_session_is_asked_for_with_exactly_these_pairs_in_this_order() {
        let expected = [
            ("mode", "payment"),
            ("client_reference_id", "att_01"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "eur"),
            ("line_items[0][price_data][unit_amount]", "12345"),
            ("line_items[0][price_data][product_data][name]", "Invoice 2026-0001"),
            ("payment_method_types[0]", "card"),
            ("adaptive_pricing[enabled]", "false"),
            ("submit_type", "pay"),
            ("customer_email", "ann+x@example.com"),
            ("expires_at", "1800007200"),
            ("metadata[app]", "4d0c"),
            ("metadata[attempt]", "att_01"),
            ("metadata[invoice]", "inv_01"),
            ("metadata[number]", "2026-0001"),
            ("metadata[rev]", "3"),
            ("metadata[amount]", "12345"),
            ("metadata[currency]", "eur"),
            ("payment_intent_data[metadata][app]", "4d0c"),
            ("payment_intent_data[metadata][attempt]", "att_01"),
            ("payment_intent_data[metadata][invoice]", "inv_01"),
            ("payment_intent_data[metadata][number]", "2026-0001"),
            ("payment_intent_data[metadata][rev]", "3"),
            ("payment_intent_data[metadata][amount]", "12345"),
            ("payment_intent_data[metadata][currency]", "eur"),
            ("payment_intent_data[description]", "Invoice 2026-0001"),
            ("success_url", "https://pay.example.com/i/tok/return?session_id={CHECKOUT_SESSION_ID}"),
            ("cancel_url", "https://pay.example.com/i/tok"),
        ];
        let expected: Vec<(String, String)> = expected.map(|(key, value)| (key.into(), value.into())).into();
        assert_eq!(decoded(&checkout_body(&request())), expected);
    }

    #[test]
    fn a_fee_stands_on_a_line_of_its_own() {
        let pairs = decoded(&checkout_body(&CheckoutRequest { fee: Some(("Payment fee", 463)), ..request() }));
        let line = |name: &str| {
            let key = format!("line_items[1]{name}");
            pairs.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
        };
        assert_eq!(line("[quantity]"), Some("1"));
        assert_eq!(line("[price_data][unit_amount]"), Some("463"));
        assert_eq!(line("[price_data][currency]"), Some("eur"));
        assert_eq!(line("[price_data][product_data][name]"), Some("Payment fee"));
        assert!(pairs.contains(&("line_items[0][price_data][unit_amount]".into(), "12345".into())));
    }

    #[test]
    fn a6_the_same_request_is_the_same_bytes() {
        let body = checkout_body(&request());
        assert_eq!(checkout_body(&request()), body);
        assert!(body.starts_with("mode=payment&client_reference_id=att_01&line_items%5B0%5D%5Bquantity%5D=1&"));
        assert!(body.is_ascii() && !body.contains([' ', '+', '{']));
    }

    #[test]
    fn k5_what_is_not_known_or_not_wanted_is_not_sent() {
        let body =
            checkout_body(&CheckoutRequest { customer_email: None, methods: Methods::AsSetAtStripe, ..request() });
        for absent in ["customer_email", "payment_method_types", "receipt_email", "customer="] {
            assert!(!body.contains(absent), "{absent}");
        }
    }

    #[test]
    fn every_text_survives_the_encoding_and_none_can_add_a_pair() {
        for title in ["Überweisung & Söhne = 100 %", "a&mode=setup#x", "雪 ☃ \u{1f600}", "\"\\\r\n\t", "+%2B"] {
            let pairs = decoded(&checkout_body(&CheckoutRequest { title, ..request() }));
            let named: Vec<&String> =
                pairs.iter().filter(|(key, _)| key.ends_with("[name]")).map(|(_, value)| value).collect();
            assert_eq!(named, [title]);
            assert_eq!(pairs.iter().filter(|(key, _)| key == "mode").count(), 1);
        }
        let long = "ß".repeat(TITLE_CHARS_MAX + 1);
        let pairs = decoded(&checkout_body(&CheckoutRequest { title: &long, ..request() }));
        assert!(pairs.iter().all(|(_, value)| value.chars().count() <= TITLE_CHARS_MAX));
    }

    #[test]
    fn an_endpoint_is_asked_for_in_our_version_with_our_events() {
        let pairs = decoded(&webhook_endpoint_body("https://pay.example.com/webhooks/stripe", "4d0c"));
        assert!(pairs.contains(&("api_version".into(), API_VERSION.into())));
        assert!(pairs.contains(&("metadata[app]".into(), "4d0c".into())));
        let events: Vec<&str> =
            pairs.iter().filter(|(key, _)| key.starts_with("enabled_events[")).map(|(_, kind)| kind.as_str()).collect();
        assert_eq!(events, EVENT_TYPES);
    }

    #[test]
    fn a_refund_says_whose_it_is_and_how_much() {
        let request =
            RefundRequest { appliance: "4d0c", refund: "rfd_1", payment_intent: "pi_1", amount: 500, reason: None };
        let body = refund_body(&RefundRequest { reason: Some("duplicate"), ..request });
        let named = "payment_intent=pi_1&amount=500&reason=duplicate&metadata%5Bapp%5D=4d0c&metadata%5Brefund%5D=rfd_1";
        assert_eq!(body, named);
        assert!(!refund_body(&request).contains("reason"));
    }

    #[test]
    fn evidence_names_every_field_so_that_what_was_taken_out_is_gone() {
        let texts = Texts::from([(TextField::CustomerName, "Anna & Söhne".to_owned())]);
        let pairs = decoded(&evidence_body(&texts, &[], &[FileField::Receipt], true));
        assert_eq!(pairs.len(), TextField::ALL.len() + 2);
        assert!(pairs.contains(&("evidence[receipt]".into(), String::new())));
        assert!(pairs.contains(&("evidence[customer_name]".into(), "Anna & Söhne".into())));
        assert!(pairs.contains(&("evidence[service_date]".into(), String::new())));
        assert_eq!(pairs.last(), Some(&("submit".into(), "true".into())));
    }

    #[test]
    fn a7_f20_keys_differ_by_operation_and_by_decision() {
        let key = |operation, row| idempotency_key(operation, "4d0c", row);
        assert_eq!(key(Operation::CreateSession, "att_1"), "v1:cs:4d0c:att_1");
        assert_eq!(key(Operation::ExpireSession, "att_1:2"), "v1:csx:4d0c:att_1:2");
        assert_ne!(key(Operation::CreateSession, "att_1"), key(Operation::CreateSession, "att_2"));
        assert_ne!(key(Operation::Refund, "x"), key(Operation::CreateSession, "x"));
    }
}

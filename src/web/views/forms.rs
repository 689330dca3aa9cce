//! The forms that the first-run wizard and the settings share: business, numbers and taxes, mail, Stripe.
//!
//! A field's name in the form is the path written beside it. A form with an [`Origin`] is shown read-only.

use super::parts::{Field, Origin, Problem, Select, Tag, Trial, When};

/// A postal address, of the business or of a customer.
#[derive(Clone, Debug, Default)]
pub struct AddressFields {
    /// `line1`
    pub line1: Field,
    /// `line2`
    pub line2: Field,
    /// `postal_code`
    pub postal_code: Field,
    /// `city`
    pub city: Field,
    /// `state`
    pub state: Field,
    /// `country`: ISO 3166 codes
    pub country: Select,
}

/// Legal name, address and accounts.
#[derive(Clone, Debug, Default)]
pub struct BusinessForm {
    /// `seen`: what was stored when the form was opened
    pub seen: String,
    pub problems: Vec<Problem>,
    /// `name`
    pub name: Field,
    pub address: AddressFields,
    /// `tax_id`
    pub tax_id: Field,
    /// `email`: shown to customers, and where their questions go
    pub email: Field,
    /// `phone`
    pub phone: Field,
    /// `website`
    pub website: Field,
    /// `iban`
    pub iban: Field,
    /// `bic`
    pub bic: Field,
    /// `currency`: for new invoices
    pub currency: Select,
    /// `time_zone`: decides every date
    pub time_zone: Select,
    /// `language`: decides how amounts and dates are written
    pub language: Select,
}

/// Numbers, terms and taxes.
#[derive(Clone, Debug, Default)]
pub struct NumberingForm {
    /// `seen`
    pub seen: String,
    pub problems: Vec<Problem>,
    /// `pattern`, such as `{YYYY}-{SEQ:4}`
    pub pattern: Field,
    /// `next`: the number that the next invoice takes
    pub next: Field,
    /// What the next three invoices would be called: `2026-0001, 2026-0002, 2026-0003`.
    pub sample: String,
    /// `credit_pattern`
    pub credit_pattern: Field,
    /// `credit_next`
    pub credit_next: Field,
    /// What the next three credit notes would be called.
    pub credit_sample: String,
    /// `fee_pattern`
    pub fee_pattern: Field,
    /// `fee_next`
    pub fee_next: Field,
    /// What the next three invoices over fees would be called.
    pub fee_sample: String,
    /// `terms_days`
    pub terms_days: Field,
    /// `rates.N.name` and `rates.N.rate`; one empty row at the end to fill in.
    pub rates: Vec<RateRow>,
    /// `prices_include_tax`
    pub prices_include_tax: bool,
}

#[derive(Clone, Debug, Default)]
pub struct RateRow {
    /// `VAT`
    pub name: Field,
    /// Percent: `19`
    pub rate: Field,
}

/// How mail leaves.
#[derive(Clone, Debug, Default)]
pub struct MailForm {
    /// `seen`
    pub seen: String,
    /// Above the form: what was typed in before is lost, and why.
    pub lost: Option<&'static str>,
    /// The mail server is set by file or environment: shown, not asked.
    pub origin: Option<Origin>,
    /// Whom mails are from is.
    pub from_origin: Option<Origin>,
    pub problems: Vec<Problem>,
    /// `host`
    pub host: Field,
    /// `port`
    pub port: Field,
    /// `security`: `starttls`, `tls` or `none` (loopback only)
    pub security: Select,
    /// `username`
    pub username: Field,
    /// A password is stored; it is never printed. `password`, empty keeps it.
    pub has_password: bool,
    pub password_error: Option<String>,
    /// `from`: `Name <address>`
    pub from: Field,
    /// `test_to`: where the test mail goes
    pub test_to: Field,
    /// The last test.
    pub trial: Option<Trial>,
}

/// How cards are taken.
#[derive(Clone, Debug, Default)]
pub struct StripeForm {
    /// Above the form: what was typed in before is lost, and why.
    pub lost: Option<&'static str>,
    /// The secret key is set by file or environment.
    pub key_origin: Option<Origin>,
    /// The webhook secrets are.
    pub webhook_origin: Option<Origin>,
    pub problems: Vec<Problem>,
    /// A key is in force; shown as `sk_test_…4242`, never whole. `secret_key`, empty keeps it.
    pub key_hint: Option<String>,
    pub key_error: Option<String>,
    /// A webhook secret is in force: `whsec_…9f3a`. `webhook_secret`, empty keeps it.
    pub webhook_hint: Option<String>,
    pub webhook_error: Option<String>,
    /// `test` or `live`, by the key; `None` without one.
    pub mode: Option<Mode>,
    /// What to enter at Stripe as endpoint.
    pub webhook_url: String,
    /// Stripe can reach that address: it is HTTPS and not loopback.
    pub webhook_reachable: bool,
    pub webhook: WebhookView,
    /// What to subscribe to.
    pub events: Vec<String>,
    /// When the last event arrived; `None` before the first.
    pub last_event: Option<LastEvent>,
    /// The last test of the key.
    pub trial: Option<Trial>,
    /// Checkouts are open under the present key: `close_checkouts` closes them and takes the new one.
    pub asks_to_close: bool,
}

/// A choice about the fee: `NAME.kind` and so on.
#[derive(Clone, Debug, Default)]
pub struct FeeFields {
    /// `inherit`, `off`, `rate`
    pub kind: Select,
    pub percent: Field,
    pub fixed: Field,
}

/// What payers are asked for on top.
#[derive(Clone, Debug, Default)]
pub struct FeeForm {
    /// `seen`
    pub seen: String,
    pub problems: Vec<Problem>,
    /// `fee_passthrough.…`
    pub usual: FeeFields,
    /// `fee_account.…`
    pub of_account: FeeFields,
    /// `acct_…`, once it is known.
    pub account: Option<String>,
    /// `fee_off_in`: codes of countries
    pub off_in: Field,
    /// `EUR`
    pub currency: String,
    /// What the rate in force comes to; `None` if there is none.
    pub example: Option<String>,
}

/// How Stripe tells us.
#[derive(Clone, Debug, Default)]
pub struct WebhookView {
    /// It can be set up by itself. `do=register`, with `setup_key` if the key in use may not; `do=look` looks at Stripe.
    pub can_set_up: bool,
    /// `register` is proposed: none is set up yet.
    pub proposes: bool,
    /// The way by hand is shown open.
    pub by_hand: bool,
    /// What to choose as the API version at Stripe.
    pub version: String,
    pub setup_key_error: Option<String>,
    /// How setting up or looking went.
    pub trial: Option<Trial>,
    /// The secrets in force, newest first; all are accepted.
    pub secrets: Vec<SecretRow>,
    /// What was at Stripe when it was looked at.
    pub endpoints: Vec<EndpointRow>,
    pub looked: Option<When>,
    /// A host, other than ours, that an event was sent to, and when.
    pub old_host: Option<String>,
}

/// A signing secret. No letter of it is shown.
#[derive(Clone, Debug, Default)]
pub struct SecretRow {
    /// When it last signed an event that arrived.
    pub used: Option<When>,
    /// `None` if the configuration says it.
    pub remove_url: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct EndpointRow {
    /// `we_…`
    pub id: String,
    pub url: String,
    pub tag: Tag,
    pub words: String,
    /// For one of ours that leads elsewhere.
    pub delete_url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Test,
    Live,
}

#[derive(Clone, Debug, Default)]
pub struct LastEvent {
    /// `checkout.session.completed`
    pub kind: String,
    pub at: When,
}

//! The public link: who holds it may see and pay one invoice.
//!
//! A wrong, a revoked and a malformed token are refused here, before any handler, and all in the same words.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::billing::id::AttemptId;
use crate::billing::invoice::Invoice;
use crate::billing::language::Language;
use crate::web::client_address::{Client, RateKey};
use crate::web::error::Error;
use crate::web::guard::{Class, Guard};
use crate::web::limits::Limiter;
use crate::web::request::Request;
use crate::web::routes::State;

/// New sessions that one address may start in [`STARTS_PERIOD`]: an office pays a dozen invoices, a card tester hundreds.
const STARTS_MAX: NonZeroU32 = NonZeroU32::new(20).unwrap();
const STARTS_PERIOD: Duration = Duration::from_hours(1);
/// Stripe is asked about one attempt at most this often, however often the return page is loaded.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Lets in whoever holds the link of an issued invoice.
#[derive(Clone, Default)]
pub struct Link(Arc<Desk>);

/// Who came with a link.
pub struct Visit {
    /// The invoice that the link opens, as it is now.
    pub invoice: Invoice,
    /// The language that they chose on the page: it goes with them in its addresses.
    pub language: Option<Language>,
    pub desk: Arc<Desk>,
}

/// The place of a payment, of its fee or of a credit note in the address of its document: written in one way only.
pub struct Ordinal(pub u64);

impl FromStr for Ordinal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let ordinal = text.parse().map_err(|_| Error::NotFound)?;
        if u64::to_string(&ordinal) == text { Ok(Self(ordinal)) } else { Err(Error::NotFound) }
    }
}

/// What is counted over all visits.
pub struct Desk {
    starts: Limiter<RateKey>,
    looks: Limiter<AttemptId>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { starts: Limiter::new(STARTS_MAX, STARTS_PERIOD), looks: Limiter::new(NonZeroU32::MIN, LOOK_EVERY) }
    }
}

impl Desk {
    /// Counts one more new session for an address. Neighbours are not counted: behind a proxy that nobody entered in
    /// `server.trusted_proxies`, every payer comes from there.
    ///
    /// # Errors
    /// There were too many.
    pub fn start(&self, client: &Client) -> Result<(), Error> {
        if is_neighbour(client.address) { Ok(()) } else { self.starts.check(&client.rate_key()) }
    }

    /// Whether Stripe may be asked about an attempt now; counts as asking.
    #[must_use]
    pub fn may_look(&self, attempt: AttemptId) -> bool {
        self.looks.check(&attempt).is_ok()
    }
}

/// Whether an address is this machine's or of a private network.
fn is_neighbour(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

impl Guard<State> for Link {
    type By = Visit;

    fn class(&self) -> Class {
        Class::Public
    }

    fn admit(&self, app: &State, request: &Request) -> Result<Visit, Error> {
        let invoice = opened(app, &request.param::<String>("token")?)?;
        Ok(Visit { invoice, language: Language::of(request.query.text("lang")), desk: Arc::clone(&self.0) })
    }
}

fn opened(app: &App, token: &str) -> Result<Invoice, Error> {
    app.store.read(|r| r.invoice_by_link(token))?.ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::{Client, Desk, IpAddr, STARTS_MAX, is_neighbour};

    #[test]
    fn an_address_starts_so_many_sessions_and_neighbours_any_number() {
        let desk = Desk::default();
        let client = |text: &str| Client { address: text.parse().unwrap_or(IpAddr::from([0; 4])), secure: true };
        for start in 1..=STARTS_MAX.get() {
            assert!(desk.start(&client("203.0.113.7")).is_ok(), "start {start}");
        }
        assert!(desk.start(&client("203.0.113.7")).is_err());
        assert!(desk.start(&client("203.0.113.8")).is_ok(), "another address has its own count");
        for _ in 0..=STARTS_MAX.get() {
            assert!(desk.start(&client("10.1.2.3")).is_ok());
        }
    }

    #[test]
    fn neighbours_are_loopback_and_private_addresses() {
        for (text, expected) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:192.168.1.1", true),
            ("172.16.0.1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("172.32.0.1", false),
            ("203.0.113.7", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(text.parse().map(is_neighbour), Ok(expected), "{text}");
        }
    }
}

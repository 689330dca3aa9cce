//! Figures for Prometheus: counted as things happen. What can be asked of the store is asked when the page is.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// One label that tells the ends of a thing apart, such as `accepted` and `refused`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcome {
    pub outcome: &'static str,
}

type Counts = Family<Outcome, Counter<u64, AtomicU64>>;

/// The counters.
#[derive(Clone, Default)]
pub struct Metrics {
    /// Answers by class of status: `2xx` and so on.
    pub requests: Counts,
    /// Webhooks by what became of them: `stored`, `duplicate`, `bad_signature`, `not_an_event`, `not_stored`.
    pub webhooks: Counts,
    /// Mails by what the server said: `accepted`, `later`, `refused`, `needless`.
    pub mails: Counts,
    /// Sign-ins: `accepted`, `refused`, `throttled`.
    pub sign_ins: Counts,
    /// Milliseconds from the start of the program until everything answered.
    pub startup: Gauge<i64, AtomicI64>,
    /// Webhooks that no secret of ours signed.
    pub unsigned_webhooks: Arc<HourCount>,
    /// Webhooks that were signed too long ago.
    pub stale_webhooks: Arc<HourCount>,
}

/// How often something happened within the hour of the clock.
#[derive(Debug, Default)]
pub struct HourCount(Mutex<(i64, u32)>);

impl HourCount {
    /// Counts one more; how many there were in this hour.
    pub fn count(&self, now: Timestamp) -> u32 {
        const SECONDS: i64 = 3_600;
        let this = now.as_second().div_euclid(SECONDS);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if counted.0 == this { counted.1 } else { 0 };
        *counted = (this, before.saturating_add(1));
        counted.1
    }
}

impl Metrics {
    /// Counts one more.
    pub fn count(counts: &Counts, outcome: &'static str) {
        counts.get_or_create(&Outcome { outcome }).inc();
    }

    /// A registry of the counters, to which the page adds what it asks of the store.
    #[must_use]
    pub fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("quittance");
        registry.register("http_answers", "Answers by class of status", self.requests.clone());
        registry.register("webhooks", "Webhooks by what became of them", self.webhooks.clone());
        registry.register("mails", "Mails by what the mail server said", self.mails.clone());
        registry.register("sign_ins", "Sign-ins by outcome", self.sign_ins.clone());
        let help = "Milliseconds from the start of the program until everything answered";
        registry.register("startup_milliseconds", help, self.startup.clone());
        registry
    }
}

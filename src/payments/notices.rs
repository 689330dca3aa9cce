//! Notices: what is wrong on the way to Stripe or back, and only the owner can mend.
//!
//! The rule it keeps: a notice is one mark in the store. Whoever meets the trouble sets it, whoever sees that it is over
//! takes it away, and the owner's first page shows those that stand. Troubles that nobody can see the end of stand for a
//! day. What each says, and what to do about it, is written here once.

use jiff::{SignedDuration, Timestamp};

use super::API_VERSION;
use super::client::{CallError, FailKind};
use super::till::Till;
use crate::store::{Error, Reader, Store, Writer};

/// How long a trouble stands that is only known to have been.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// Such a trouble is noted once an hour, however often it is met: each note costs a write to the disk.
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Beyond this the clock is called wrong; Stripe's webhooks are refused from five minutes on.
const CLOCKS_DIFFER_SECONDS: u64 = 120;

/// Something that only the owner can mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The secret key is wrong, or was revoked.
    KeyRefused,
    /// The key may not open checkouts.
    CheckoutForbidden,
    /// Stripe took the key and refused the checkout; the attempt says why.
    CheckoutRefused,
    /// The key may not read what payments are proven and compared with.
    ReadingForbidden,
    Unreachable,
    /// Many webhooks came within an hour that no secret of ours signed.
    WebhooksRefused,
    ThinEvents,
    /// Events are written in another version of the API than ours.
    OtherVersion,
    ClockWrong,
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub title: &'static str,
    /// Why it matters and what to do, in whole sentences.
    pub remedy: String,
    /// Whether payers or payments suffer while it stands.
    pub is_grave: bool,
}

/// What Stripe was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// To open a checkout.
    Checkout,
    /// To show one session.
    Session,
    /// To show everything that is compared.
    Pass,
}

/// The gravest first.
const ALL: [Notice; 9] = [
    Notice::KeyRefused,
    Notice::CheckoutForbidden,
    Notice::CheckoutRefused,
    Notice::Unreachable,
    Notice::ReadingForbidden,
    Notice::ClockWrong,
    Notice::WebhooksRefused,
    Notice::ThinEvents,
    Notice::OtherVersion,
];
/// Those about the key and the line: another key is another story.
const OF_THE_KEY: [Notice; 5] = [
    Notice::KeyRefused,
    Notice::CheckoutForbidden,
    Notice::CheckoutRefused,
    Notice::ReadingForbidden,
    Notice::Unreachable,
];

impl Notice {
    /// The name of its mark.
    fn mark(self) -> &'static str {
        match self {
            Self::KeyRefused => "notice.key_refused",
            Self::CheckoutForbidden => "notice.checkout_forbidden",
            Self::CheckoutRefused => "notice.checkout_refused",
            Self::ReadingForbidden => "notice.reading_forbidden",
            Self::Unreachable => "notice.unreachable",
            Self::WebhooksRefused => "notice.webhooks_refused",
            Self::ThinEvents => "notice.thin_events",
            Self::OtherVersion => "notice.other_version",
            Self::ClockWrong => "notice.clock_wrong",
        }
    }

    /// Whether it is about the way to Stripe, which there is none of without a key.
    #[must_use]
    pub fn is_of_the_key(self) -> bool {
        OF_THE_KEY.contains(&self)
    }

    /// How long it stands by itself; `None` if somebody sees its end.
    fn lasts(self) -> Option<SignedDuration> {
        matches!(self, Self::WebhooksRefused | Self::ThinEvents | Self::ClockWrong).then_some(A_DAY)
    }

    #[must_use]
    pub fn words(self) -> Words {
        let version = format!(
            "Nothing is lost by it, because every object is asked for anew. When it suits you, make the endpoint again \
             at Stripe with the version {API_VERSION}."
        );
        let (is_grave, title, remedy) = match self {
            Self::KeyRefused => (
                true,
                "Stripe does not accept the secret key",
                "Nobody can pay by card. Enter the present key; Stripe shows it under Developers, API keys.",
            ),
            Self::CheckoutForbidden => (
                true,
                "The Stripe key may not open checkouts",
                "Nobody can pay by card. Give the restricted key write permission for Checkout Sessions at Stripe.",
            ),
            Self::CheckoutRefused => (
                true,
                "Stripe refused to open a checkout",
                "Somebody could not pay by card. Stripe's reason stands in the payment log of the invoice.",
            ),
            Self::ReadingForbidden => (
                true,
                "The Stripe key may not read what payments are proven with",
                "Payments may be noticed late. Give the restricted key read permission for Checkout Sessions, \
                 PaymentIntents, Charges, Events, Balance, balance transactions and Payouts at Stripe.",
            ),
            Self::Unreachable => (
                true,
                "Stripe cannot be reached",
                "Card payments wait, and bank transfer is offered. It is tried again by itself; if it lasts, look at \
                 this server's connection and at status.stripe.com.",
            ),
            Self::WebhooksRefused => (
                true,
                "Webhooks with a wrong signature are refused",
                "More than twenty came within an hour. Compare the signing secret with the endpoint at Stripe; if there \
                 is a second endpoint for this address, it has a secret of its own.",
            ),
            Self::ThinEvents => (
                true,
                "The webhook endpoint at Stripe sends thin events",
                "They say too little, so payments are noticed some minutes late. Make an endpoint with snapshot events \
                 at Stripe and enter its signing secret.",
            ),
            Self::OtherVersion => {
                (false, "The webhook endpoint uses another version of Stripe's API", version.as_str())
            }
            Self::ClockWrong => (
                true,
                "This server's clock is wrong",
                "It differs from Stripe's by minutes. Set it, best by NTP: webhooks that seem five minutes old are \
                 refused, and dates on receipts come out wrong.",
            ),
        };
        Words { title, remedy: remedy.to_owned(), is_grave }
    }
}

/// The notices that stand, the gravest first, and since when.
///
/// # Errors
/// The store failed.
pub fn standing(r: &Reader<'_>, now: Timestamp) -> Result<Vec<(Notice, Timestamp)>, Error> {
    let mut notices = Vec::new();
    for notice in ALL {
        let since = r.mark(notice.mark())?;
        let ends = |since: Timestamp| notice.lasts().and_then(|lasts| since.checked_add(lasts).ok());
        if let Some(since) = since.filter(|since| ends(*since).is_none_or(|end| now < end)) {
            notices.push((notice, since));
        }
    }
    Ok(notices)
}

/// Whether putting a notice up would change anything.
fn is_new(r: &Reader<'_>, notice: Notice, now: Timestamp) -> Result<bool, Error> {
    Ok(match r.mark(notice.mark())? {
        Some(since) => notice.lasts().is_some() && now.duration_since(since) > AN_HOUR,
        None => true,
    })
}

/// Puts a notice up.
///
/// # Errors
/// The store failed.
pub fn raise(w: &mut Writer<'_>, notice: Notice) -> Result<(), Error> {
    let now = w.now();
    if is_new(w, notice, now)? { w.put_mark(notice.mark(), now) } else { Ok(()) }
}

/// Takes a notice down, if it is up.
///
/// # Errors
/// The store failed.
pub fn lower(w: &mut Writer<'_>, notice: Notice) -> Result<(), Error> {
    match w.mark(notice.mark())? {
        Some(_) => w.remove_mark(notice.mark()),
        None => Ok(()),
    }
}

/// Takes down what was said about the key that was in use.
///
/// # Errors
/// The store failed.
pub async fn key_was_changed(store: &Store) -> Result<(), Error> {
    store.write(|w| OF_THE_KEY.into_iter().try_for_each(|notice| lower(w, notice))).await
}

/// Puts up and takes down in one change, and writes nothing if nothing is to be changed.
async fn change(till: &Till, up: Option<Notice>, down: &[Notice]) -> Result<(), Error> {
    let now = till.now();
    let is_due = till.store.read(|r| {
        let mut is_due = up.map_or(Ok(false), |notice| is_new(&r, notice, now))?;
        for notice in down {
            is_due |= r.mark(notice.mark())?.is_some();
        }
        Ok::<_, Error>(is_due)
    })?;
    if !is_due {
        return Ok(());
    }
    let down = down.to_vec();
    till.store
        .write(move |w| {
            down.iter().try_for_each(|notice| lower(w, *notice))?;
            up.map_or(Ok(()), |notice| raise(w, notice))
        })
        .await
}

/// That it cannot be noted stops nobody.
async fn note(till: &Till, up: Option<Notice>, down: &[Notice]) {
    if let Err(error) = change(till, up, down).await {
        tracing::warn!(error = %error, "a notice for the owner could not be stored");
    }
}

/// Notes what a call says about the key and the line: `error` is `None` if it worked.
pub(super) async fn note_call(till: &Till, task: Task, error: Option<&CallError>) {
    let (up, down) = verdict(task, error);
    note(till, up, down).await;
}

fn verdict(task: Task, error: Option<&CallError>) -> (Option<Notice>, &'static [Notice]) {
    const ANSWERED: &[Notice] = &[Notice::Unreachable];
    const KNOWN: &[Notice] = &[Notice::Unreachable, Notice::KeyRefused];
    let kind = match error {
        Some(CallError::Retry { .. }) => return (Some(Notice::Unreachable), &[]),
        Some(CallError::Fail { kind, .. }) => Some(kind),
        None => None,
    };
    match (kind, task) {
        (None, Task::Checkout) => {
            (None, &[Notice::Unreachable, Notice::KeyRefused, Notice::CheckoutForbidden, Notice::CheckoutRefused])
        }
        (None, Task::Pass) => (None, &[Notice::Unreachable, Notice::KeyRefused, Notice::ReadingForbidden]),
        (Some(FailKind::NoKey), _) => (Some(Notice::KeyRefused), ANSWERED),
        (Some(FailKind::NoPermission { .. }), Task::Checkout) => (Some(Notice::CheckoutForbidden), KNOWN),
        (Some(FailKind::NoPermission { .. }), _) => (Some(Notice::ReadingForbidden), KNOWN),
        (Some(FailKind::NotSent { .. }), _) => (None, &[]),
        (Some(_), Task::Checkout) => (Some(Notice::CheckoutRefused), KNOWN),
        (Some(_), _) | (None, Task::Session) => (None, KNOWN),
    }
}

/// Notes whether the clock is right, by the time that Stripe's answers bore.
pub(super) async fn note_clock(till: &Till) {
    let is_wrong = till.client.skew().unsigned_abs() > CLOCKS_DIFFER_SECONDS;
    let (up, down) =
        if is_wrong { (Some(Notice::ClockWrong), [].as_slice()) } else { (None, [Notice::ClockWrong].as_slice()) };
    note(till, up, down).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_has_a_mark_of_its_own_and_says_what_to_do() {
        let marks: std::collections::BTreeSet<_> = ALL.iter().map(|notice| notice.mark()).collect();
        assert_eq!(marks.len(), ALL.len());
        for notice in ALL {
            let words = notice.words();
            assert!(!words.title.ends_with('.') && words.remedy.ends_with('.'), "{words:?}");
        }
    }

    #[test]
    fn only_an_opened_checkout_proves_that_checkouts_can_be_opened() {
        for (task, down) in [(Task::Checkout, true), (Task::Session, false), (Task::Pass, false)] {
            assert_eq!(verdict(task, None).1.contains(&Notice::CheckoutForbidden), down, "{task:?}");
            assert!(verdict(task, None).1.contains(&Notice::KeyRefused));
        }
    }
}

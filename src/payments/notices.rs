//! Notices: what is wrong on the way to Stripe or back, and only the owner can mend.
//!
//! The rule it keeps: a notice is one mark in the store. Whoever meets the trouble sets it, whoever sees that it is over
//! takes it away, and the owner's first page shows those that stand. Troubles that nobody can see the end of stand for a
//! day. Grave ones are mailed, too. What each says, and what to do about it, is written once, in `words`.

mod checkouts;
mod marks;
mod silence;
mod words;

use jiff::{SignedDuration, Timestamp};

use super::client::{CallError, FailKind};
use super::till::{Thrift, Till};
use crate::actions::alerts;
use crate::billing::settings::Settings;
use crate::store::{Error, Reader, Store, Writer};

pub(super) use checkouts::note_open_checkouts;
pub use silence::note_silence;
pub use words::Words;

/// How long a trouble stands that is only known to have been.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// Such a trouble is noted once an hour, however often it is met: each note costs a write to the disk.
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A line that is down for a quarter of an hour is worth a mail; one that hiccups is not.
const MAY_PASS: SignedDuration = SignedDuration::from_mins(15);
/// A backup that failed is made again an hour later, and once more: a store that is down for so long is worth a mail.
const TRIED_TWICE: SignedDuration = SignedDuration::from_mins(130);
/// As long as a mail is put off at most.
const SOME_HOURS: SignedDuration = SignedDuration::from_hours(4);
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
    /// A refund waits for money on the Stripe balance.
    RefundsUnfunded,
    /// A bank transfer to Stripe came in part: a method that Quittance does not offer.
    PartlyFunded,
    /// Payments happened, and no event told of them.
    WebhooksSilent,
    /// Our webhook endpoint is switched off at Stripe.
    EndpointDisabled,
    /// The endpoint that we made is not at Stripe any more.
    EndpointMissing,
    /// The endpoint does not send everything that we act on.
    EndpointLacksEvents,
    /// An endpoint at Stripe leads to an address that is not ours any more.
    EndpointElsewhere,
    /// Events came for a host that is not the public address.
    OldAddress,
    /// Events of connected accounts came.
    ConnectEvents,
    /// Events of the other mode (test or live) came.
    OtherMode,
    /// Most of a month's reads are used up.
    ReadsLow,
    /// The key opens another account than the books are of.
    OtherAccount,
    /// A pass found more differences than can be believed.
    TooManyDifferences,
    /// The nightly proof of the stored data found something broken.
    BooksUnsound,
    /// The disk has little room left.
    DiskFilling,
    /// No good backup was made for two days.
    BackupOld,
    /// The latest backup failed, or a place has it not.
    BackupFailing,
    /// An endpoint at Stripe leads here whose signing secret is not known.
    EndpointUnknown,
    /// A checkout that nobody is to pay any more could not be closed yet.
    CheckoutStaysOpen,
    /// Events were last asked for longer ago than Stripe lists them.
    EventsLost,
    /// There is no HTTPS certificate that browsers accept.
    CertificateMissing,
    /// The HTTPS certificate is good, and was not renewed when it should have been.
    CertificateOld,
    /// A port that visitors come to could not be opened.
    DoorLocked,
    /// Many wrong passwords came for one account within a day.
    PasswordsTried,
    /// The mail server that was in force before did not take what the owners were to be told about another one.
    FormerServerSilent,
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
const ALL: [Notice; 34] = [
    Notice::BooksUnsound,
    Notice::PasswordsTried,
    Notice::FormerServerSilent,
    Notice::CertificateMissing,
    Notice::DoorLocked,
    Notice::DiskFilling,
    Notice::BackupOld,
    Notice::BackupFailing,
    Notice::KeyRefused,
    Notice::OtherAccount,
    Notice::TooManyDifferences,
    Notice::CheckoutForbidden,
    Notice::CheckoutRefused,
    Notice::Unreachable,
    Notice::ReadingForbidden,
    Notice::RefundsUnfunded,
    Notice::ClockWrong,
    Notice::EndpointDisabled,
    Notice::EndpointMissing,
    Notice::WebhooksSilent,
    Notice::WebhooksRefused,
    Notice::ThinEvents,
    Notice::ReadsLow,
    Notice::CertificateOld,
    Notice::EndpointLacksEvents,
    Notice::EndpointUnknown,
    Notice::EndpointElsewhere,
    Notice::CheckoutStaysOpen,
    Notice::EventsLost,
    Notice::OldAddress,
    Notice::OtherMode,
    Notice::OtherVersion,
    Notice::PartlyFunded,
    Notice::ConnectEvents,
];
/// Those about the key and the line: another key is another story.
const OF_THE_KEY: [Notice; 6] = [
    Notice::KeyRefused,
    Notice::OtherAccount,
    Notice::CheckoutForbidden,
    Notice::CheckoutRefused,
    Notice::ReadingForbidden,
    Notice::Unreachable,
];

impl Notice {
    /// Whether it is about the way to Stripe, which there is none of without a key.
    #[must_use]
    pub fn is_of_the_key(self) -> bool {
        OF_THE_KEY.contains(&self)
    }

    /// How long it stands by itself; `None` if somebody sees its end.
    fn lasts(self) -> Option<SignedDuration> {
        let has_no_end = matches!(
            self,
            Self::WebhooksRefused
                | Self::ThinEvents
                | Self::ClockWrong
                | Self::OldAddress
                | Self::ConnectEvents
                | Self::OtherMode
                | Self::PartlyFunded
                | Self::EventsLost
                | Self::PasswordsTried
                | Self::FormerServerSilent
        );
        has_no_end.then_some(A_DAY)
    }

    /// The notice whose mark has this name.
    #[must_use]
    pub fn named(mark: &str) -> Option<Self> {
        ALL.into_iter().find(|notice| notice.mark() == mark)
    }

    /// Whether it stands.
    ///
    /// # Errors
    /// The store failed.
    pub fn stands(self, r: &Reader<'_>, now: Timestamp) -> Result<bool, Error> {
        Ok(r.mark(self.mark())?.is_some_and(|since| !self.is_over(since, now)))
    }

    fn is_over(self, since: Timestamp, now: Timestamp) -> bool {
        self.lasts().and_then(|lasts| since.checked_add(lasts).ok()).is_some_and(|end| now >= end)
    }

    /// Whether the owner wants a mail about it.
    fn is_mailed(self, settings: &Settings) -> bool {
        match self {
            Self::ReadsLow => settings.notify_reads,
            // About the server itself, and nothing that may be switched off.
            Self::BooksUnsound
            | Self::DiskFilling
            | Self::BackupOld
            | Self::BackupFailing
            | Self::CertificateMissing
            | Self::CertificateOld
            | Self::DoorLocked
            | Self::PasswordsTried => true,
            notice => notice.words().is_grave && settings.notify_stripe,
        }
    }

    /// How long it may mend itself before the owner is mailed.
    fn patience(self) -> SignedDuration {
        match self {
            Self::Unreachable | Self::CertificateMissing | Self::DoorLocked => MAY_PASS,
            // Weeks are left, and most that keeps an authority from issuing is over within hours.
            Self::CertificateOld => SOME_HOURS,
            Self::BackupFailing => TRIED_TWICE,
            _ => SignedDuration::ZERO,
        }
    }
}

/// The notices that stand, the gravest first, and since when.
///
/// # Errors
/// The store failed.
pub fn standing(r: &Reader<'_>, now: Timestamp) -> Result<Vec<(Notice, Timestamp)>, Error> {
    let mut notices = Vec::new();
    for notice in ALL {
        if let Some(since) = r.mark(notice.mark())?.filter(|since| !notice.is_over(*since, now)) {
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

/// Puts a notice up, and owes the owner a mail if it did not stand yet.
///
/// # Errors
/// The store failed.
pub fn raise(w: &mut Writer<'_>, notice: Notice) -> Result<(), Error> {
    let now = w.now();
    if !is_new(w, notice, now)? {
        return Ok(());
    }
    if !notice.stands(w, now)? && notice.is_mailed(&w.settings()?) {
        alerts::trouble(w, notice.mark(), notice.patience())?;
    }
    w.put_mark(notice.mark(), now)
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

/// Notes that a pass stopped itself, or that what had stopped one is over.
pub(super) async fn note_stop(till: &Till, up: Option<Notice>, down: &[Notice]) {
    note(till, up, down).await;
}

/// Notes that events were last asked for longer ago than Stripe lists them.
pub(super) async fn note_lost_events(till: &Till) {
    note(till, Some(Notice::EventsLost), &[]).await;
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

/// Notes whether the month's reads last.
pub(super) async fn note_reads(till: &Till) {
    match till.thrift() {
        Ok(Thrift::None) => note(till, None, &[Notice::ReadsLow]).await,
        Ok(_) => note(till, Some(Notice::ReadsLow), &[]).await,
        Err(error) => tracing::warn!(error = %error, "the month's reads could not be looked up"),
    }
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
    fn no_mail_is_put_off_so_long_that_it_seems_put_off_by_a_wrong_clock() {
        let longest = ALL.iter().map(|notice| notice.patience()).max();
        assert!(longest.is_some_and(|longest| longest + AN_HOUR <= crate::store::MAIL_WAITS_MAX), "{longest:?}");
    }

    #[test]
    fn only_an_opened_checkout_proves_that_checkouts_can_be_opened() {
        for (task, down) in [(Task::Checkout, true), (Task::Session, false), (Task::Pass, false)] {
            assert_eq!(verdict(task, None).1.contains(&Notice::CheckoutForbidden), down, "{task:?}");
            assert!(verdict(task, None).1.contains(&Notice::KeyRefused));
        }
    }
}

//! When a certificate is renewed: when the authority advises it (RFC 9773), else after two thirds of its life.
//!
//! Lifetimes shrink (90 days, 64, 45, six), so nothing here counts days. Chance spreads the moment, so that not everybody
//! comes at once.

use instant_acme::{Account, CertificateIdentifier, Error};
use jiff::{SignedDuration, Timestamp};

use super::failure::Failure;
use crate::store::certificates::Certificate;
use crate::tls::Identity;

/// The moment is spread over this part of the life of a certificate.
const SPREAD_PART: i64 = 50;
/// The authority is asked for its advice no more often than it wants, and between these.
const ASK_MIN_SECONDS: i64 = 60 * 60;
const ASK_MAX_SECONDS: i64 = 24 * 60 * 60;

/// Two thirds of the life, and a little.
#[must_use]
pub fn usual(identity: &Identity) -> Timestamp {
    usual_between(identity.life.from, identity.life.until, chance())
}

fn usual_between(from: Timestamp, to: Timestamp, chance: u32) -> Timestamp {
    let life = to.as_second().saturating_sub(from.as_second()).max(0);
    let spread = (life / SPREAD_PART).saturating_mul(i64::from(chance)) / i64::from(u32::MAX);
    let moment = from.as_second().saturating_add(life / 3 * 2).saturating_add(spread);
    Timestamp::from_second(moment).unwrap_or(to)
}

/// A moment of the window by chance.
fn within(from: i64, to: i64, chance: u32) -> i64 {
    let width = i128::from(to.saturating_sub(from).max(0));
    let offset = width * i128::from(chance) / i128::from(u32::MAX);
    from.saturating_add(i64::try_from(offset).unwrap_or(0))
}

/// The certificate with the authority's advice, or with the usual moment if it gives none.
pub(super) async fn advised(
    account: &Account,
    certificate: Certificate,
    identity: &Identity,
    now: Timestamp,
) -> Result<Certificate, Failure> {
    let Ok(id) = CertificateIdentifier::try_from(identity.site()) else {
        return Ok(Certificate { ask_at: None, ..certificate });
    };
    let (info, again) = match account.renewal_info(&id).await {
        Ok(advice) => advice,
        Err(Error::Unsupported(_)) => return Ok(Certificate { ask_at: None, ..certificate }),
        Err(error) => return Err(Failure::of(error)),
    };
    let window = info.suggested_window;
    let (from, to) = (window.start.unix_timestamp(), window.end.unix_timestamp());
    if let Some(page) = &info.explanation_url {
        tracing::info!(page, "the certificate authority explains when to renew");
    }
    Ok(with_window(certificate, identity, (from, to), again.as_secs(), now))
}

/// Stays with a moment that was drawn in the same window: asking often must not draw it ever earlier.
fn with_window(
    certificate: Certificate,
    identity: &Identity,
    (from, to): (i64, i64),
    again_seconds: u64,
    now: Timestamp,
) -> Certificate {
    let again = i64::try_from(again_seconds).unwrap_or(ASK_MAX_SECONDS).clamp(ASK_MIN_SECONDS, ASK_MAX_SECONDS);
    let ask_at = now.checked_add(SignedDuration::from_secs(again)).ok();
    let stays = (from..=to).contains(&certificate.renew_at.as_second());
    let drawn = if stays { certificate.renew_at.as_second() } else { within(from, to, chance()) };
    // A window behind the end of the certificate is a mistake that must not cost it.
    let latest = usual_between(identity.life.from, identity.life.until, u32::MAX).max(now);
    let is_in_life = drawn < identity.life.until.as_second();
    let renew_at = Timestamp::from_second(drawn).ok().filter(|_| is_in_life).unwrap_or(latest);
    Certificate { renew_at, ask_at, ..certificate }
}

fn chance() -> u32 {
    // Without chance everybody comes at the same moment, which authorities survive.
    getrandom::u32().unwrap_or(0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Certificate, Timestamp, usual_between, with_window, within};
    use crate::tls::Identity;

    const DAY: i64 = 86_400;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn two_thirds_of_any_life_and_a_little() {
        for (life, chance, expected) in [
            (90 * DAY, 0, 60 * DAY),
            (90 * DAY, u32::MAX, 60 * DAY + 90 * DAY / 50),
            (6 * DAY, 0, 4 * DAY),
            (15, 0, 10),
            (0, u32::MAX, 0),
        ] {
            assert_eq!(usual_between(second(1_000), second(1_000 + life), chance), second(1_000 + expected), "{life}");
        }
    }

    #[test]
    fn a_moment_of_the_window_is_inside() {
        for (from, to, chance, expected) in
            [(10, 20, 0, 10), (10, 20, u32::MAX, 20), (10, 10, 7, 10), (20, 10, u32::MAX, 20)]
        {
            assert_eq!(within(from, to, chance), expected);
        }
    }

    fn identity() -> Identity {
        let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let pem = (made.cert.pem(), made.signing_key.serialize_pem());
        let mut identity = Identity::from_pem(pem.0.as_bytes(), pem.1.as_bytes()).unwrap();
        (identity.life.from, identity.life.until) = (second(0), second(90 * DAY));
        identity
    }

    #[test]
    fn the_authoritys_window_counts_and_is_asked_for_again() {
        let identity = identity();
        let certificate = Certificate {
            chain: String::new(),
            directory: String::new(),
            obtained_at: second(0),
            renew_at: second(60 * DAY),
            ask_at: None,
        };
        let asked = |window, again| with_window(certificate.clone(), &identity, window, again, second(10 * DAY));
        let kept = asked((59 * DAY, 61 * DAY), 6 * 3_600);
        assert_eq!((kept.renew_at, kept.ask_at), (second(60 * DAY), Some(second(10 * DAY + 6 * 3_600))));
        let sooner = asked((0, DAY), 1);
        assert!(sooner.renew_at <= second(DAY), "a window in the past: at once");
        assert_eq!(sooner.ask_at, Some(second(10 * DAY + 3_600)), "no more often than once an hour");
        let mistaken = asked((100 * DAY, 101 * DAY), u64::MAX);
        assert!(mistaken.renew_at < identity.life.until, "{mistaken:?}");
        assert_eq!(mistaken.ask_at, Some(second(11 * DAY)));
    }
}

//! What is wrong with a certificate that can be read, or soon will be. It is judged here alike before the start, while it is
//! shown and before it takes another's place.

use jiff::Timestamp;

use super::identity::Identity;
use crate::said::Said;

const RENEW: &str = "renew it, and put it where server.cert_file and server.key_file name it";

/// Why a certificate is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Continues "the certificate".
    pub fault: String,
    pub remedy: &'static str,
    /// Browsers refuse it already.
    pub is_refused: bool,
}

/// `name` is what visitors call who come over HTTPS; `None` if nobody does.
#[must_use]
pub fn doubt(identity: &Identity, name: Option<&str>, now: Timestamp) -> Option<Doubt> {
    let (from, until) = (date(identity.life.from), date(identity.life.until));
    let (fault, remedy, is_refused) = if now >= identity.life.until {
        (format!("ended on {until}"), RENEW, true)
    } else if now < identity.life.from {
        let clock = "set the clock, and let it be kept by NTP (timedatectl set-ntp true)";
        (format!("begins on {from}, or this machine's clock is wrong"), clock, true)
    } else if let Some(name) = name.filter(|name| !identity.is_for(name)) {
        (format!("is not for {name}"), "have it issued for this name", true)
    } else if identity.life.is_near_its_end(now) {
        (format!("ends on {until}, and nobody has renewed it"), RENEW, false)
    } else {
        return None;
    };
    Some(Doubt { fault, remedy, is_refused })
}

impl Doubt {
    #[must_use]
    pub fn said(&self) -> Said {
        let so = if self.is_refused { ", so that browsers refuse it" } else { "" };
        Said::new(format!("the certificate {}{so}", self.fault), self.remedy)
    }
}

/// `2026-12-31`, for a sentence.
#[must_use]
pub fn date(moment: Timestamp) -> String {
    moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use jiff::Timestamp;

    use super::doubt;
    use crate::tls::{Identity, Life};

    const DAY: i64 = 86_400;

    #[test]
    fn what_browsers_refuse_is_told_from_what_nobody_renewed() {
        let made = rcgen::generate_simple_self_signed(["pay.example.com".to_owned()]).unwrap();
        let mut identity =
            Identity::from_pem(made.cert.pem().as_bytes(), made.signing_key.serialize_pem().as_bytes()).unwrap();
        let day = |day: i64| Timestamp::from_second(day * DAY).unwrap();
        for (life_days, name, now, expected) in [
            (90, Some("pay.example.com"), 10, None),
            (90, None, 10, None),
            (90, Some("pay.example.com"), 75, None),
            (90, Some("pay.example.com"), 77, Some(("and nobody has renewed it", false))),
            // A week is all the life that it has.
            (6, Some("pay.example.com"), 4, None),
            (6, Some("pay.example.com"), 5, None),
            (90, Some("pay.example.com"), 90, Some(("ended on 1970-04-01", true))),
            (90, Some("pay.example.com"), -1, Some(("this machine's clock is wrong", true))),
            (90, Some("other.example.com"), 10, Some(("is not for other.example.com", true))),
            (90, None, 90, Some(("ended on", true))),
        ] {
            identity.life = Life { from: day(0), until: day(life_days) };
            let found = doubt(&identity, name, day(now));
            let is_as_expected = match (&found, expected) {
                (None, None) => true,
                (Some(found), Some((words, is_refused))) => {
                    found.fault.contains(words)
                        && found.is_refused == is_refused
                        && found.said().what.contains("so that browsers refuse it") == is_refused
                }
                _ => false,
            };
            assert!(is_as_expected, "{life_days} {name:?} {now}: {found:?}");
        }
        identity.life = Life { from: day(0), until: day(6) };
        let hours = |hours: i64| Timestamp::from_second(hours * 3_600).unwrap();
        assert!(doubt(&identity, None, hours(6 * 24 - 23)).is_some(), "the last sixth");
    }
}

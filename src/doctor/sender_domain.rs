//! What the DNS says of the domain that mails are from: who may send for it, who signs, and what is to become of forgeries.
//!
//! Only what can be known is told. Which addresses a mail server sends from, only its owner knows; so it is said whether a domain
//! has its records, and not that they fit.

use std::net::IpAddr;

use crate::config::Host;
use crate::config::check::Finding;
use crate::resolve::{Reach, ResolveError, Resolver};
use crate::said::Said;

const SPF: &str = "v=spf1";
const DMARC: &str = "v=DMARC1";

/// Services whose key for DKIM has a usual place: how their servers' names end, and its selector.
const SELECTORS: [(&str, &str); 7] = [
    ("gmail.com", "google"),
    ("google.com", "google"),
    ("office365.com", "selector1"),
    ("outlook.com", "selector1"),
    ("sendgrid.net", "s1"),
    ("messagingengine.com", "fm1"),
    ("mailjet.com", "mailjet"),
];

/// RFC 7208: one record of the domain says which servers may send for it.
pub(super) async fn spf(resolver: &Resolver, domain: &str) -> Finding {
    match resolver.texts(domain).await {
        Ok(texts) => judge_spf(domain, &texts),
        Err(error) => not_asked(&error),
    }
}

fn judge_spf(domain: &str, texts: &[String]) -> Finding {
    let is_spf = |text: &&String| text.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(SPF));
    let found: Vec<&String> = texts.iter().filter(is_spf).collect();
    match found.as_slice() {
        [] => Finding::warn(
            "",
            format!("{domain} does not say who may send mail for it, so that mails may land among the unwanted"),
            format!("add the TXT record that your mail provider names ({SPF} …) to {domain}"),
        ),
        [one] if one.split(' ').any(|word| matches!(word, "+all" | "all")) => Finding::warn(
            "",
            format!("{domain} lets everybody send mail for it ({one})"),
            "end the record with ~all or -all",
        ),
        [one] => Finding::ok("", format!("{domain} says who may send for it ({one})")),
        many => Finding::fail(
            "",
            format!("{domain} has {} such records, and whoever finds more than one believes none", many.len()),
            "make one record of them",
        ),
    }
}

/// RFC 6376. Whoever signs chooses a name, the selector, which only mails tell; some services always choose the same.
pub(super) async fn dkim(resolver: &Resolver, domain: &str, server: &str) -> Finding {
    let known = SELECTORS.iter().find(|(ending, _)| {
        server == *ending || server.strip_suffix(ending).is_some_and(|before| before.ends_with('.'))
    });
    let Some((_, selector)) = known else {
        let words = "not looked at: the name of the key is known to the mail server alone. Send the test mail to yourself, and \
                     look for dkim=pass in its source";
        return Finding::skipped("", words);
    };
    let place = format!("{selector}._domainkey.{domain}");
    match resolver.texts(&place).await {
        Ok(texts) => judge_dkim(&place, server, &texts),
        Err(error) => not_asked(&error),
    }
}

fn judge_dkim(place: &str, server: &str, texts: &[String]) -> Finding {
    let key = texts.iter().find_map(|text| text.split(';').find_map(|part| part.trim().strip_prefix("p=")));
    match key {
        Some("") => {
            Finding::warn("", format!("the key at {place} was taken back"), "set up signing anew at your mail provider")
        }
        Some(_) => Finding::ok("", format!("there is a key at {place}")),
        None => Finding::warn(
            "",
            format!("there is no key at {place}, its usual place with {server}"),
            "turn signing (DKIM) on at your mail provider, and add the record that it names",
        ),
    }
}

/// RFC 7489: a record of the domain, or of one that it belongs to.
pub(super) async fn dmarc(resolver: &Resolver, domain: &str) -> Finding {
    let labels: Vec<&str> = domain.split('.').collect();
    // A country's or a registry's own domain has none; asking it costs one question.
    for from in 0..labels.len().saturating_sub(1) {
        let above = labels[from..].join(".");
        match resolver.texts(&format!("_dmarc.{above}")).await {
            Ok(texts) => {
                if let Some(found) = judge_dmarc(&above, &texts) {
                    return found;
                }
            }
            Err(error) => return not_asked(&error),
        }
    }
    Finding::warn(
        "",
        format!("{domain} does not say what is to become of forged mails, and large providers want it to"),
        format!("add a TXT record at _dmarc.{domain}: {DMARC}; p=none"),
    )
}

fn judge_dmarc(domain: &str, texts: &[String]) -> Option<Finding> {
    let record = texts.iter().find(|text| text.trim_start().starts_with(DMARC))?;
    let policy = record.split(';').find_map(|part| part.trim().strip_prefix("p=")).map(str::trim);
    Some(match policy {
        Some("quarantine" | "reject" | "none") => Finding::ok("", format!("{domain} says it ({record})")),
        _ => Finding::warn(
            "",
            format!("the record at _dmarc.{domain} has no policy that is known ({record})"),
            "write p=none, p=quarantine or p=reject into it",
        ),
    })
}

/// The reverse name counts for whoever hands mails over to strangers: this machine, if the mail server is on it.
pub(super) async fn ptr(resolver: &Resolver, server: &Host, public: &Host) -> Finding {
    if !server.is_loopback() {
        let words = format!("mails leave by {server}, whose own reverse name counts");
        return Finding::skipped("", words);
    }
    if public.is_loopback() {
        return Finding::skipped("", "the mail server is on this machine, whose public address is not known");
    }
    let public = public.to_string();
    let addresses = match resolver.addresses(&public, Reach::Configured).await {
        Ok(addresses) => addresses,
        Err(error) => return not_asked(&error),
    };
    for address in addresses {
        match resolver.names(address).await {
            Ok(names) => {
                if let Some(trouble) = judge_ptr(resolver, address, &names).await {
                    return trouble;
                }
            }
            Err(error) => return not_asked(&error),
        }
    }
    Finding::ok("", format!("the addresses of {public} have names that lead back to them"))
}

async fn judge_ptr(resolver: &Resolver, address: IpAddr, names: &[String]) -> Option<Finding> {
    let remedy = format!("have whoever rents you {address} set its reverse name (PTR) to the name of this machine");
    let Some(name) = names.first() else {
        let words = format!("{address} has no name, and many mail servers take no mail from such an address");
        return Some(Finding::warn("", words, remedy));
    };
    let back = resolver.addresses(name, Reach::Configured).await;
    let leads_back = back.is_ok_and(|addresses| addresses.contains(&address));
    (!leads_back)
        .then(|| Finding::warn("", format!("{address} is called {name}, which does not lead back to it"), remedy))
}

fn not_asked(error: &ResolveError) -> Finding {
    let Said { what, remedy } = error.said();
    Finding::warn("", what, remedy)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Finding, Host, dkim, dmarc, judge_dkim, judge_dmarc, judge_spf, ptr, spf};
    use crate::config::check::Level;
    use crate::resolve::Resolver;

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|text| (*text).to_owned()).collect()
    }

    fn named(name: &str) -> Host {
        Host::Name(name.to_owned())
    }

    #[test]
    fn one_record_says_who_may_send() {
        for (found, level, words) in [
            (
                &["v=spf1 include:_spf.example.net ~all", "google-site-verification=x"][..],
                Level::Ok,
                "says who may send",
            ),
            (&["V=SPF1 -all"], Level::Ok, "says who may send"),
            (&[], Level::Warn, "does not say who may send"),
            (&["v=spf10 -all"], Level::Warn, "does not say who may send"),
            (&["v=spf1 +all"], Level::Warn, "everybody"),
            (&["v=spf1 mx all"], Level::Warn, "everybody"),
            (&["v=spf1 -all", "v=spf1 ~all"], Level::Fail, "2 such records"),
        ] {
            let finding = judge_spf("example.com", &texts(found));
            assert!(finding.level == level && finding.detail.contains(words), "{found:?}: {finding}");
        }
    }

    #[test]
    fn a_key_is_one_that_was_not_taken_back() {
        for (found, level) in [
            (&["v=DKIM1; k=rsa; p=MIIB"][..], Level::Ok),
            (&["v=DKIM1; p="], Level::Warn),
            (&["something else"], Level::Warn),
            (&[], Level::Warn),
        ] {
            assert_eq!(
                judge_dkim("s1._domainkey.example.com", "smtp.sendgrid.net", &texts(found)).level,
                level,
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_policy_is_one_of_three() {
        let level = |found: &[&str]| judge_dmarc("example.com", &texts(found)).map(|finding| finding.level);
        assert_eq!(level(&["v=DMARC1; p=reject; rua=mailto:a@example.com"]), Some(Level::Ok));
        assert_eq!(level(&["v=DMARC1; p=none"]), Some(Level::Ok));
        assert_eq!(level(&["v=DMARC1"]), Some(Level::Warn));
        assert_eq!(level(&["v=DMARC1; p=maybe"]), Some(Level::Warn));
        assert_eq!(level(&["v=spf1 -all"]), None);
    }

    #[tokio::test]
    async fn what_cannot_be_known_is_not_looked_at_and_what_cannot_be_asked_is_said() {
        let nobody = Resolver::with_server("127.0.0.1:9".parse().unwrap()).unwrap();
        let is_skipped =
            |finding: &Finding, words: &str| finding.level == Level::Skipped && finding.detail.contains(words);
        let own = dkim(&nobody, "example.com", "mail.example.com").await;
        assert!(
            is_skipped(&own, "not looked at") && is_skipped(&dkim(&nobody, "example.com", "notgmail.com").await, "not")
        );
        let elsewhere = ptr(&nobody, &named("mx.example.com"), &named("pay.example.com")).await;
        assert!(is_skipped(&elsewhere, "mails leave by mx.example.com"), "{elsewhere}");
        for finding in [
            spf(&nobody, "example.com").await,
            dmarc(&nobody, "example.com").await,
            dkim(&nobody, "example.com", "smtp.gmail.com").await,
            ptr(&nobody, &named("localhost"), &named("pay.example.com")).await,
        ] {
            assert!(finding.level == Level::Warn && finding.remedy.is_some(), "{finding}");
        }
    }
}

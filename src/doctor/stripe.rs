//! What Stripe says of the key and of the way back, and what the books know of it.

use std::sync::Arc;

use super::Asked;
use crate::app::{App, Line};
use crate::config::check::{Finding, Level};
use crate::payments::API_VERSION;
use crate::trials;
use crate::trials::stripe::subjects;

const CODES: &[&str] =
    &["stripe-key", "stripe-permissions", "webhook-endpoint", "webhook-delivery", "webhook-secret", "clock"];

pub(super) fn looks(app: &Arc<App>) -> Vec<Asked<'_>> {
    vec![
        Asked::new(CODES, async move {
            let found = trials::stripe::tried(app, &app.connections()).await;
            lines(&found, app.connections().till.is_some())
        }),
        Asked::aside(app, &["card-payments"], |app| {
            let well = || match app.till() {
                Some(_) => Finding::ok("", "nothing holds them back"),
                None => Finding::skipped("", "there is no Stripe key: invoices offer bank transfer"),
            };
            vec![Line::of("card-payments", trials::payments_held(app).unwrap_or_else(well))]
        }),
    ]
}

/// What was tried, under the names that it has here: a line each, and one for all permissions that are there.
fn lines(found: &[Finding], has_key: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for code in CODES {
        let own: Vec<&Finding> = found.iter().filter(|finding| code_of(&finding.subject) == *code).collect();
        let count = own.len();
        let odd: Vec<&Finding> = own.iter().copied().filter(|finding| finding.level > Level::Ok).collect();
        let is_list = *code == "stripe-permissions";
        let told: Vec<Finding> = match (is_list, odd.is_empty()) {
            (true, true) if count > 0 => vec![Finding::ok("", format!("all {count} permissions that are needed"))],
            (true, false) => odd.into_iter().cloned().collect(),
            _ => own.into_iter().cloned().collect(),
        };
        lines.extend(told.into_iter().map(|finding| Line::of(code, versioned(code, finding))));
        if count == 0 {
            lines.push(Line::of(code, missing(code, has_key)));
        }
    }
    lines
}

fn versioned(code: &str, finding: Finding) -> Finding {
    if code != "stripe-key" || finding.level != Level::Ok {
        return finding;
    }
    Finding { detail: format!("{}; it is asked in version {API_VERSION} of its API", finding.detail), ..finding }
}

fn code_of(subject: &str) -> &'static str {
    match subject {
        subjects::ENDPOINT => "webhook-endpoint",
        subjects::DELIVERY => "webhook-delivery",
        subjects::SECRETS => "webhook-secret",
        subjects::CLOCK => "clock",
        _ if subject.starts_with(subjects::PERMISSION) => "stripe-permissions",
        // That nothing can be asked is told where the key is.
        _ => "stripe-key",
    }
}

/// What is said where nothing was tried.
fn missing(code: &str, has_key: bool) -> Finding {
    match code {
        _ if !has_key => Finding::skipped("", "there is no Stripe key"),
        "webhook-delivery" => Finding::warn(
            "",
            "no event has arrived yet",
            "pay an invoice with a test card; if none arrives then, look at Developers, Webhooks at Stripe",
        ),
        "webhook-secret" => Finding::ok("", "there is one, so that events are believed"),
        "clock" => Finding::skipped("", "Stripe's answer, which bears the time, did not come"),
        _ => Finding::skipped("", "it needs a key that Stripe takes"),
    }
}

#[cfg(test)]
mod tests {
    use super::{CODES, Finding, Level, lines};

    #[test]
    fn every_name_has_a_line_whatever_was_tried() {
        let tried = [
            Finding::ok("stripe.secret_key", "Stripe takes it, in test mode"),
            Finding::ok("stripe: Events, read", "may be read"),
            Finding::fail("stripe: Balance, read", "no permission", "give it"),
            Finding::ok("webhook endpoint", "we_1 leads here"),
        ];
        for (found, has_key) in [(&tried[..], true), (&tried[..1], true), (&[][..], false)] {
            let told = lines(found, has_key);
            for code in CODES {
                assert!(told.iter().any(|line| line.code == *code), "{code}");
            }
        }
        let told = lines(&tried, true);
        let level =
            |code: &str| told.iter().filter(|line| line.code == code).map(|line| line.level).collect::<Vec<_>>();
        assert_eq!(level("stripe-permissions"), [Level::Fail], "only what is missing");
        assert_eq!(level("webhook-delivery"), [Level::Warn], "none has arrived");
        assert!(told[0].detail.contains("it is asked in version 20"), "{}", told[0]);
        let whole = lines(&tried[..2], true);
        assert!(whole.iter().any(|line| line.detail == "all 1 permissions that are needed"));
        assert!(lines(&[], false).iter().all(|line| line.level == Level::Skipped));
    }
}

//! `quittance reconcile`: one pass now, and its report.

use super::{CommandError, Verdict};
use crate::billing::report::{Finding, Run};
use crate::control::{Line, Request};
use crate::say::say;

pub(super) async fn run(line: Line, as_json: bool) -> Result<Verdict, CommandError> {
    let answer = line.ask(&Request::Reconcile).await?;
    let report: Run = serde_json::from_str(&answer)?;
    if as_json {
        say(&answer);
    } else {
        tell(&report);
    }
    match report.error {
        Some(error) => Err(CommandError::NotFinished(error)),
        None => Ok(Verdict::Good),
    }
}

fn tell(report: &Run) {
    let compared: Vec<String> =
        report.compared.iter().map(|(what, count)| format!("{count} {}", what.replace('_', " "))).collect();
    if !compared.is_empty() {
        say(format_args!("Compared: {}.", compared.join(", ")));
    }
    list("Repaired", &report.repaired, report.left_out.repaired);
    list("Differs, and a person must decide", &report.differences, report.left_out.differences);
    for words in &report.unseen {
        say(words);
    }
    if report.is_whole() && report.repaired.is_empty() && report.differences.is_empty() {
        say("Stripe and the books agree.");
    }
}

fn list(heading: &str, findings: &[Finding], left_out: u64) {
    if findings.is_empty() {
        return;
    }
    say(format_args!("{heading}:"));
    for finding in findings {
        let invoice = finding.invoice.map(|id| format!(" ({id})")).unwrap_or_default();
        say(format_args!("  {}{invoice}: {}", finding.object, finding.detail));
    }
    if left_out > 0 {
        say(format_args!("  and {left_out} more"));
    }
}

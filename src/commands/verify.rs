//! `quittance verify`: every invariant of the stored data, and a list of those that are broken.

use super::{CommandError, Verdict};
use crate::control::{Line, Request};
use crate::say::say;
use crate::store::verify::Proof;

pub(super) async fn run(line: Line, as_json: bool) -> Result<Verdict, CommandError> {
    let answer = line.ask(&Request::Verify).await?;
    let proof: Proof = serde_json::from_str(&answer)?;
    if as_json {
        say(&answer);
    } else {
        tell(&proof);
    }
    Ok(if proof.is_whole() { Verdict::Good } else { Verdict::Bad })
}

fn tell(proof: &Proof) {
    say(format_args!(
        "Looked at {} invoices, {} payments, {} ledger entries and {} seals.",
        proof.invoices, proof.payments, proof.entries, proof.seals
    ));
    say(format_args!("Journal head: {}", proof.journal_head));
    if !proof.unreadable_secrets.is_empty() {
        say(format_args!(
            "note: {} cannot be read: master.key is gone, or is another one. Put the file back, or type them in again in \
             the admin page.",
            proof.unreadable_secrets.join(", ")
        ));
    }
    if !proof.lost_numbers.is_empty() {
        say(format_args!(
            "note: these numbers were given out before an older backup was put back; their invoices are not here, and \
             the numbers are not given again: {}",
            proof.lost_numbers.join(", ")
        ));
    }
    if !proof.numbers_unknown.is_empty() {
        say(format_args!(
            "note: a backup was put back, and which numbers were given since is not known: save the next number of {} under \
             Settings, Numbers and taxes.",
            proof.numbers_unknown.join(", ")
        ));
    }
    if proof.is_whole() {
        say("Everything is as it should be.");
    }
    for problem in &proof.problems {
        say(format_args!("broken: {problem}"));
    }
    if !proof.is_whole() {
        say(
            "Stop Quittance, keep a copy of the data folder as it is, and put the latest backup back: quittance restore FILE --force",
        );
    }
}

//! `quittance backup now`, `list`, `verify` and `prune`: the backups that are made by themselves.

use std::path::{Path, PathBuf};

use super::copy::{self, CopyError, Temporary};
use super::{CommandError, Verdict};
use crate::cli::BackupCommand;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{IfMissing, Line, Pruned, Request};
use crate::say::say;
use crate::store::BackupRun;
use crate::store::backup::{Examined, examine};

pub(super) async fn run(config: Config, command: BackupCommand) -> Result<Verdict, CommandError> {
    match command {
        BackupCommand::Now => now(Line::open(config, IfMissing::Refuse)?).await,
        BackupCommand::List { json } => list(&config, json).await,
        BackupCommand::Verify { backup, identity } => verify(&config, backup, identity.as_deref()).await,
        BackupCommand::Prune { dry_run } => prune(Line::open(config, IfMissing::Refuse)?, dry_run).await,
    }
}

async fn now(line: Line) -> Result<Verdict, CommandError> {
    let run: BackupRun = serde_json::from_str(&line.ask(&Request::BackUpNow).await?)?;
    if let Some(name) = &run.name {
        say(format_args!("Made {name}, {}, and proved it by putting it back.", size(run.bytes)));
    }
    for stored in &run.places {
        match &stored.error {
            None => say(format_args!("ok    {}", stored.place)),
            Some(error) => say(format_args!("fail  {}: {error}", stored.place)),
        }
    }
    if let Some(error) = &run.error {
        say(format_args!("fail  {error}"));
    }
    Ok(if run.is_good() { Verdict::Good } else { Verdict::Bad })
}

async fn list(config: &Config, as_json: bool) -> Result<Verdict, CommandError> {
    let listing = copy::listing(config).await?;
    if as_json {
        say(serde_json::to_string(&listing)?);
    } else {
        if listing.backups.is_empty() {
            say("There is no backup yet.");
        }
        for backup in &listing.backups {
            let made_at = backup.made_at.strftime("%Y-%m-%d %H:%M UTC");
            say(format_args!("{made_at}  {:<11}  {:>9}  {}", backup.place, size(backup.bytes), backup.name));
        }
        for error in &listing.errors {
            say(format_args!("fail  {error}"));
        }
    }
    Ok(if listing.errors.is_empty() { Verdict::Good } else { Verdict::Bad })
}

async fn verify(config: &Config, named: Option<PathBuf>, identity: Option<&Path>) -> Result<Verdict, CommandError> {
    let folder = Temporary::new()?;
    let named = match named {
        Some(named) => named,
        None => {
            let (listed, now) = (copy::listing(config).await?.backups, Clock::machine().now());
            // What seems to be of the future was named by a wrong clock.
            let latest = listed.iter().find(|listed| listed.made_at <= now).or(listed.first());
            latest.map(|latest| PathBuf::from(&latest.name)).ok_or(CopyError::None)?
        }
    };
    let path = copy::find(config, &named, &folder).await?;
    let copy = copy::open(&path, identity)?;
    let examined = examine(copy, &folder.file("proof"))?;
    say(format_args!("{} is whole.", named.display()));
    tell(&examined);
    Ok(Verdict::Good)
}

/// What a backup is, in figures.
pub(super) fn tell(examined: &Examined) {
    let (header, proof) = (&examined.header, &examined.proof);
    say(format_args!(
        "Made {} by installation {}.",
        header.made_at.strftime("%Y-%m-%d %H:%M UTC"),
        header.appliance.chars().take(8).collect::<String>()
    ));
    say(format_args!(
        "It holds {} invoices, {} payments, {} ledger entries and {} seals.",
        proof.invoices, proof.payments, proof.entries, proof.seals
    ));
    say(format_args!("Journal head: {}", proof.journal_head));
    match &header.contents {
        Some(_) => say("Rows, ledger sums and journal head are those that were counted when it was made."),
        None => say(
            "It is of a version that did not count rows and sums when a backup was made; the journal head is as it was.",
        ),
    }
}

async fn prune(line: Line, dry_run: bool) -> Result<Verdict, CommandError> {
    let pruned: Pruned = serde_json::from_str(&line.ask(&Request::PruneBackups { dry_run }).await?)?;
    let verb = if dry_run { "would be removed" } else { "removed" };
    for name in &pruned.removed {
        say(format_args!("{verb}  {name}"));
    }
    if pruned.removed.is_empty() && pruned.errors.is_empty() {
        say("There is nothing to remove.");
    }
    for error in &pruned.errors {
        say(format_args!("fail  {error}"));
    }
    Ok(if pruned.errors.is_empty() { Verdict::Good } else { Verdict::Bad })
}

/// `1.2 MiB`, as far as a person needs it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => tenths(bytes, 1_024, "KiB"),
        _ => tenths(bytes, 1_048_576, "MiB"),
    }
}

fn tenths(bytes: u64, unit: u64, name: &str) -> String {
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_for_people() {
        for (bytes, told) in [(0, "0 B"), (1_023, "1023 B"), (1_536, "1.5 KiB"), (5_505_024, "5.2 MiB")] {
            assert_eq!(size(bytes), told);
        }
    }
}

//! `quittance backup now`, `list`, `verify` and `prune`: the backups that are made by themselves.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::copy::{self, CopyError, Found};
use super::{CommandError, Verdict};
use crate::backups::mark::Origin;
use crate::backups::{Listed, Noted};
use crate::cli::BackupCommand;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{IfMissing, Line, Pruned, Request};
use crate::say::say;
use crate::size::size;
use crate::store::BackupRun;
use crate::store::backup::{Examined, Header, prove_copy};

/// How far apart the time in a name and the one in the file itself may be: the file is begun when it is named.
const A_MOMENT: SignedDuration = SignedDuration::from_hours(1);

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
        let proven = if run.error.is_none() { ", and proved it by putting it back" } else { "" };
        say(format_args!("Made {name}, {}{proven}.", size(run.bytes)));
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
            say(line(backup, !config.backup.recipients.is_empty()));
        }
        if listing.backups.iter().any(|backup| backup.origin == Noted::NotProven) {
            say(
                "What is not proven to be ours is not in these books; quittance backup verify NAME looks for our mark in it.",
            );
        }
        for error in &listing.errors {
            say(format_args!("fail  {error}"));
        }
    }
    Ok(if listing.errors.is_empty() { Verdict::Good } else { Verdict::Bad })
}

async fn verify(config: &Config, named: Option<PathBuf>, identity: Option<&Path>) -> Result<Verdict, CommandError> {
    let named = match named {
        Some(named) => named,
        None => {
            let (listed, now) = (copy::listing(config).await?.backups, Clock::machine().now());
            // What seems to be of the future was named by a wrong clock.
            let latest = listed.iter().find(|listed| listed.made_at <= now).or(listed.first());
            latest.map(|latest| PathBuf::from(&latest.name)).ok_or(CopyError::None)?
        }
    };
    let scratch = copy::scratch()?;
    let (found, examined) = copy::read(config, &named, identity, |plain| prove_copy(plain, &scratch)).await?;
    say(format_args!("{} is whole.", named.display()));
    tell(&examined);
    tell_origin(config, &found, &examined.header);
    Ok(Verdict::Good)
}

/// A backup in the list.
fn line(backup: &Listed, should_be_sealed: bool) -> String {
    let made_at = backup.made_at.strftime("%Y-%m-%d %H:%M UTC");
    let mut line = format!("{made_at}  {:<11}  {:>9}  {}", backup.place, size(backup.bytes), backup.name);
    let plain = if should_be_sealed && !backup.encrypted { "not encrypted" } else { "" };
    for words in [backup.origin.words(), plain].into_iter().filter(|words| !words.is_empty()) {
        line.push_str("  ");
        line.push_str(words);
    }
    line
}

/// Says whether a backup is ours, as far as it can be proven, and what is odd about it. Nothing is refused for that: the key
/// is easily lost with the machine.
pub(super) fn tell_origin(config: &Config, found: &Found, header: &Header) {
    let folder = config.data_dir.display();
    match found.origin {
        Origin::Here => say(format_args!("Made here: it bears the mark of the master.key in {folder}.")),
        Origin::Elsewhere => {
            say(format_args!("Not proven to be ours: its mark is of another master.key than the one in {folder}."));
        }
        Origin::Unmarked => say("Not proven to be ours: it bears no mark of a master.key."),
        Origin::NoKey => say(format_args!(
            "Not proven to be ours: there is no master.key in {folder} to compare its mark with. If you have the one of that \
             time, put it there first."
        )),
    }
    if found.origin != Origin::Here {
        say(
            "Whoever may write where it lay can have made it, with an owner and a token of their own: look at both after a \
             restore, and trust it only if you know where it comes from.",
        );
    }
    if !found.is_sealed && !config.backup.recipients.is_empty() {
        say(
            "It is not encrypted, although backup.recipients says that backups are: it is from before that, or not ours.",
        );
    }
    if let Some(name) = &found.name
        && (!name.is_of(&header.appliance) || name.made_at.duration_since(header.made_at).abs() > A_MOMENT)
    {
        say("It is not what its name says: it bears the name of another installation or time.");
    }
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

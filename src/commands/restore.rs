//! `quittance restore`: a backup becomes the data, never under a running server.

use std::fs::File;
use std::io;

use super::{CommandError, Verdict};
use crate::cli::Restore;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::somebody_answers;
use crate::say::say;
use crate::store;
use crate::store::backup::{BackupError, restore};

pub(super) fn run(config: &Config, asked: &Restore) -> Result<Verdict, CommandError> {
    let unread = |source| CommandError::Read { path: asked.file.display().to_string(), source };
    let file = File::open(&asked.file).map_err(unread)?;
    if file.metadata().map_err(unread)?.is_dir() {
        return Err(unread(io::Error::other("it is a folder")));
    }
    // Whoever answers has the data open, whatever has become of the files by which a restore would see it.
    if somebody_answers(config) {
        return Err(BackupError::Store(store::Error::InUse(config.data_dir.display().to_string())).into());
    }
    let restored = restore(&config.data_dir, file, asked.force, &Clock::machine()).map_err(|error| match error {
        BackupError::Stream(source) => unread(source),
        other => CommandError::Backup(other),
    })?;
    let folder = config.data_dir.display();
    let made_at = restored.header.made_at.strftime("%Y-%m-%d %H:%M UTC");
    say(format_args!("Restored the backup of {made_at} into {folder}."));
    if let Some(kept) = &restored.kept {
        say(format_args!("What was there before is kept as {}; remove it when you need it no more.", kept.display()));
    }
    say(
        "Passwords of Stripe and the mail server that were typed into the admin page can be read with the master.key of \
         that time only: put it into the data folder, or enter them again.",
    );
    Ok(Verdict::Good)
}

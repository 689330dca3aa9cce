//! `quittance restore`: a backup becomes the data, never under a running server.

use std::fs::File;

use super::{CommandError, Verdict};
use crate::cli::Restore;
use crate::clock::Clock;
use crate::config::Config;
use crate::say::say;
use crate::store::backup::restore;

pub(super) fn run(config: &Config, asked: &Restore) -> Result<Verdict, CommandError> {
    let path = asked.file.display().to_string();
    let file = File::open(&asked.file).map_err(|source| CommandError::Read { path, source })?;
    let header = restore(&config.data_dir, file, asked.force, &Clock::machine())?;
    let folder = config.data_dir.display();
    say(format_args!("Restored the backup of {} into {folder}.", header.made_at.strftime("%Y-%m-%d %H:%M UTC")));
    say(
        "Passwords of Stripe and the mail server that were typed into the admin page are not part of a backup: if this is another machine, enter them again.",
    );
    Ok(Verdict::Good)
}

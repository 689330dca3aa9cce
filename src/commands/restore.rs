//! `quittance restore`: a backup becomes the data, never under a running server; with `--dry-run` it only says what would be.

use super::backups::{tell, tell_origin};
use super::copy::{self, Found};
use super::{CommandError, Verdict};
use crate::backups::mark::Origin;
use crate::cli::Restore;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::somebody_answers;
use crate::say::say;
use crate::store::backup::{BackupError, Examined, prove_copy, restore};
use crate::store::{self, Store, height};

pub(super) async fn run(config: &Config, asked: &Restore) -> Result<Verdict, CommandError> {
    let (named, identity) = (asked.file.as_path(), asked.identity.as_deref());
    if asked.dry_run {
        let scratch = copy::scratch()?;
        let (found, examined) = copy::read(config, named, identity, |plain| prove_copy(plain, &scratch)).await?;
        return foresee(config, &found, &examined);
    }
    // Whoever answers has the data open, whatever has become of the files by which a restore would see it.
    if somebody_answers(config) {
        return Err(BackupError::Store(store::Error::InUse(config.data_dir.display().to_string())).into());
    }
    let clock = Clock::machine();
    let put_back = |plain: copy::Plain<'_>| restore(&config.data_dir, plain, asked.force, &clock);
    let (found, restored) = copy::read(config, named, identity, put_back).await?;
    height::forget(&config.data_dir, &restored.header.appliance);
    let into = config.data_dir.display();
    let made_at = restored.header.made_at.strftime("%Y-%m-%d %H:%M UTC");
    say(format_args!("Restored the backup of {made_at} into {into}."));
    if let Some(kept) = &restored.kept {
        say(format_args!("What was there before is kept as {}; remove it when you need it no more.", kept.display()));
    }
    if !restored.knows_numbers {
        say(
            "Which numbers were given out since that backup is not known in that folder. No invoices and no credit notes can be \
             issued until you look up the last number of each that you have sent, and save the next one under Settings, \
             Numbers and taxes. Those that Stripe has seen are asked for by themselves, and not given again.",
        );
    }
    say(
        "Whoever could sign in at that time can again, with the password, the second step and the recovery codes of that time: \
         add and remove people, and change passwords, as has been done since.",
    );
    if !restored.tokens.is_empty() {
        say(format_args!(
            "These API tokens are good again, also if they were taken back since: {}. Take back those that you do not know.",
            restored.tokens.join(", ")
        ));
    }
    tell_origin(config, &found, &restored.header);
    if found.origin != Origin::Here {
        say(
            "Passwords of Stripe and the mail server that were typed into the admin page can be read with the master.key of \
             that time only: put it into the data folder, or enter them again.",
        );
    }
    Ok(Verdict::Good)
}

/// Says what the copy is and what it would take the place of.
fn foresee(config: &Config, found: &Found, examined: &Examined) -> Result<Verdict, CommandError> {
    let header = &examined.header;
    say("This backup is whole.");
    tell(examined);
    tell_origin(config, found, header);
    let age = Clock::machine().now().duration_since(header.made_at);
    say(format_args!("It is {} days and {} hours old.", age.as_hours() / 24, age.as_hours() % 24));
    let into = config.data_dir.display();
    if Store::is_in(&config.data_dir).map_err(BackupError::from)? {
        say(format_args!(
            "Restoring it with --force would take the place of the data in {into}, which would be kept beside it as \
             quittance.replaced-MILLISECONDS."
        ));
        let there = height::noted_in(&config.data_dir, &header.appliance);
        match there.map(|there| there.saturating_sub(examined.proof.seals)) {
            Some(0) => say("The journal there has got no further than the backup's."),
            Some(newer) => say(format_args!(
                "The journal there has got {newer} entries further: what they tell of is not in the backup."
            )),
            None => say("Nothing there says how far the same installation has got: the data there may be another's."),
        }
    } else {
        say(format_args!("There is no data in {into}: restoring would put it there."));
    }
    if somebody_answers(config) {
        say("A server is running on that folder: it has to be stopped first.");
    }
    say("Nothing was changed.");
    Ok(Verdict::Good)
}

//! `quittance owner`: somebody who may sign in to the admin page, and may again after the password was forgotten.

use std::io::{IsTerminal, Read, stdin};

use serde::Deserialize;

use super::{CommandError, Verdict};
use crate::config::Config;
use crate::control::{IfMissing, Line, Request};
use crate::credentials::{Chosen, PASSWORD_CHARS_MAX, Whose};
use crate::say::say;

/// Four bytes a character, the end of the line, and one more by which a text that is too long is noticed.
const INPUT_BYTES_MAX: u64 = PASSWORD_CHARS_MAX as u64 * 4 + 3;

pub(super) async fn add(config: Config, email: String) -> Result<Verdict, CommandError> {
    let password = password()?;
    Chosen::new(&password, Whose { email: &email, business: "" })?;
    let line = Line::open(config, IfMissing::Make)?;
    line.ask(&Request::AddOwner { email: email.clone(), password }).await?;
    say(format_args!("{email} may sign in now."));
    Ok(Verdict::Good)
}

#[derive(Deserialize)]
struct Reset {
    address: String,
    /// The names of the API tokens that are good, which this changes nothing about.
    tokens: Vec<String>,
    /// Whether codes were asked for behind the password, which is over. A server of a former version says nothing.
    #[serde(default)]
    second_step: bool,
}

/// Prints the one-time address at which the owner chooses another password.
pub(super) async fn reset_access(config: Config, email: String) -> Result<Verdict, CommandError> {
    let line = Line::open(config, IfMissing::Refuse)?;
    let reset: Reset = serde_json::from_str(&line.ask(&Request::ResetAccess { email: email.clone() }).await?)?;
    if !reset.tokens.is_empty() {
        say(format_args!(
            "API tokens stay good ({}). If somebody else knew the password, take back those that you did not make, in the \
             settings under API tokens.",
            reset.tokens.join(", ")
        ));
    }
    if reset.second_step {
        say("The second step of the sign-in is switched off with it; set it up again under Settings, Your account.");
    }
    say(format_args!(
        "{email} was signed out everywhere, and the old password works no more. Open this address once, within an hour, to \
         choose a new one:"
    ));
    say(reset.address);
    Ok(Verdict::Good)
}

/// Asked for twice where somebody types; otherwise all of standard input.
fn password() -> Result<String, CommandError> {
    if stdin().is_terminal() {
        let typed = rpassword::prompt_password("Password: ").map_err(CommandError::PasswordRead)?;
        let again = rpassword::prompt_password("The same again: ").map_err(CommandError::PasswordRead)?;
        return if typed == again { Ok(typed) } else { Err(CommandError::PasswordsDiffer) };
    }
    let mut given = Vec::new();
    stdin().lock().take(INPUT_BYTES_MAX).read_to_end(&mut given).map_err(CommandError::PasswordRead)?;
    one_line(given)
}

/// The one line, without its end. What stands behind it would otherwise be taken for nothing without a word.
fn one_line(given: Vec<u8>) -> Result<String, CommandError> {
    let text = String::from_utf8(given).map_err(|_| CommandError::PasswordNotText)?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.contains(['\r', '\n']) { Err(CommandError::PasswordLines) } else { Ok(line.to_owned()) }
}

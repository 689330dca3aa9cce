//! `quittance owner add`: somebody who may sign in to the admin page.

use std::io::{BufRead, IsTerminal, Read, stdin};

use super::{CommandError, Verdict};
use crate::control::{Line, Request};
use crate::credentials::{PASSWORD_CHARS_MAX, check_password};
use crate::say::say;

/// Four bytes a character, and the end of the line.
const LINE_BYTES_MAX: u64 = PASSWORD_CHARS_MAX as u64 * 4 + 2;

pub(super) async fn add(line: Line, email: String) -> Result<Verdict, CommandError> {
    let password = password()?;
    check_password(&password)?;
    line.ask(&Request::AddOwner { email: email.clone(), password }).await?;
    say(format_args!("{email} may sign in now."));
    Ok(Verdict::Good)
}

/// Asked for twice where somebody types; otherwise the first line of standard input.
fn password() -> Result<String, CommandError> {
    if stdin().is_terminal() {
        let typed = rpassword::prompt_password("Password: ").map_err(CommandError::PasswordRead)?;
        let again = rpassword::prompt_password("The same again: ").map_err(CommandError::PasswordRead)?;
        return if typed == again { Ok(typed) } else { Err(CommandError::PasswordsDiffer) };
    }
    let mut given = String::new();
    stdin().lock().take(LINE_BYTES_MAX).read_line(&mut given).map_err(CommandError::PasswordRead)?;
    Ok(given.trim_end_matches(['\r', '\n']).to_owned())
}

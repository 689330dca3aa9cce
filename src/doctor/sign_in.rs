//! Whether owners sign in with more than a password.

use std::sync::Arc;

use super::Asked;
use super::books::or_unreadable;
use crate::app::{App, Line};
use crate::config::check::Finding;
use crate::store::Error;

pub(super) fn looks(app: &Arc<App>) -> Vec<Asked<'_>> {
    vec![Asked::aside(app, &["sign-in"], |app| vec![Line::of("sign-in", or_unreadable(second_steps(app)))])]
}

fn second_steps(app: &App) -> Result<Finding, Error> {
    if app.config.server.is_for_show {
        return Ok(Finding::skipped("", "what is for show is open to everybody"));
    }
    let owners = app.store.read(|r| r.owners())?;
    let unreadable = app.unreadable_second_steps()?;
    if !unreadable.is_empty() {
        return Ok(Finding::warn(
            "",
            format!("codes of {} cannot be checked: master.key is gone, or is another one", unreadable.join(", ")),
            "put the file back and start again, or sign in with a recovery code and set the second step up again",
        ));
    }
    let without: Vec<String> =
        owners.iter().filter(|owner| owner.second_step.is_none()).map(|owner| owner.email.clone()).collect();
    Ok(match (owners.is_empty(), without.is_empty()) {
        (true, _) => Finding::skipped("", "there is no owner yet"),
        (_, true) => Finding::ok("", "every owner shows a code behind the password"),
        _ => Finding::warn(
            "",
            format!("a password alone opens everything: {}", without.join(", ")),
            "set up a second step under Settings, Your account",
        ),
    })
}

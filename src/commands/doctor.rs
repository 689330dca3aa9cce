//! `quittance doctor`: one line a look, and a bad verdict if any fails.
//!
//! A running server is asked, because it knows more and has the books open. Without one the data is looked at as it lies there.

use std::sync::Arc;
use std::time::Duration;

use super::{CommandError, Verdict};
use crate::app::{App, Line};
use crate::clock::Clock;
use crate::config::Config;
use crate::config::check::{Finding, Level};
use crate::control::{self, ControlError, Request};
use crate::doctor::{Who, examine};
use crate::resolve::Resolver;
use crate::said::Said;
use crate::say::{say, without_code};
use crate::store::Store;

/// A server answers before; one that hangs is a finding itself.
const WITHIN: Duration = Duration::from_secs(28);

pub(super) async fn run(config: Config, as_json: bool) -> Result<Verdict, CommandError> {
    let lines = match control::Line::to_server(&config)? {
        Some(server) => of_the_server(server).await?,
        None => looked(config).await?,
    };
    if as_json {
        say(serde_json::to_string_pretty(&lines)?);
    } else {
        list(&lines);
    }
    Ok(if lines.iter().any(|line| line.level == Level::Fail) { Verdict::Bad } else { Verdict::Good })
}

async fn of_the_server(server: control::Line) -> Result<Vec<Line>, CommandError> {
    match tokio::time::timeout(WITHIN, server.ask(&Request::Doctor)).await {
        Ok(answer) => Ok(serde_json::from_str(&answer?)?),
        Err(_) => {
            let words = format!("it runs, and gave no answer within {} s", WITHIN.as_secs());
            Ok(vec![Line::of("server", Finding::fail("", words, "look at its log, and restart it"))])
        }
    }
}

/// Without a server. Where the data cannot be read, everything else is looked at all the same.
async fn looked(config: Config) -> Result<Vec<Line>, CommandError> {
    let resolver = Resolver::system().map_err(ControlError::from)?;
    let clock = Clock::machine();
    let about_books = |finding| Line::of("books", finding);
    let trouble = match Store::is_in(&config.data_dir) {
        Ok(false) => {
            let place = config.data_dir.display();
            about_books(Finding::skipped("", format!("there is no data at {place} yet")))
        }
        Ok(true) => match over_the_data(&config, &clock, &resolver) {
            Ok(app) => return Ok(examine(&app, Who::Command, |_, _| ()).await),
            Err(error) => about_books(unreadable(&error)),
        },
        Err(error) => about_books(unreadable(&ControlError::from(error))),
    };
    let app = App::without_data(config, clock, resolver).map_err(ControlError::from)?;
    let mut lines = examine(&app, Who::Command, |_, _| ()).await;
    for line in &mut lines {
        if line.code == trouble.code {
            line.clone_from(&trouble);
        } else if OF_THE_BOOKS.contains(&line.code.as_str()) {
            *line = Line::of(&line.code, Finding::skipped("", "there is no data that could be looked at"));
        }
    }
    Ok(lines)
}

/// What is read from the books, and would look well in empty ones.
const OF_THE_BOOKS: [&str; 6] = ["notices", "secrets", "inbox", "outbox", "backup", "card-payments"];

fn over_the_data(config: &Config, clock: &Clock, resolver: &Resolver) -> Result<Arc<App>, ControlError> {
    let store = Store::look(&config.data_dir, clock.clone())?;
    Ok(App::over(store, config.clone(), clock.clone(), resolver.clone())?)
}

fn unreadable(error: &ControlError) -> Finding {
    let Said { what, remedy } = Said::read(&error.to_string(), "restore a backup");
    Finding::fail("", what, remedy)
}

fn list(lines: &[Line]) {
    for line in lines {
        say(without_code(&line.to_string()));
    }
    let count = |level| lines.iter().filter(|line| line.level == level).count();
    say(format!(
        "{} ok, {} warn, {} fail, {} skipped. Settings, Health in the admin page explains each line.",
        count(Level::Ok),
        count(Level::Warn),
        count(Level::Fail),
        count(Level::Skipped)
    ));
}

//! `quittance upgrade --check`: whether an upgrade can begin, or has come to its end, a line and a remedy each.
//!
//! The rule it keeps: nobody else is asked. Which version is the newest, this program does not know; what it says is about the
//! program, the server and the books of this machine, and nothing of them is changed.

use std::sync::Arc;

use super::{CommandError, Verdict};
use crate::app::{App, Line};
use crate::clock::Clock;
use crate::config::Config;
use crate::config::check::{Finding, Level};
use crate::control::{self, ControlError, Request, Running};
use crate::doctor::{self, Package, Program};
use crate::resolve::Resolver;
use crate::said::Said;
use crate::say::{say, without_code};
use crate::size::size;
use crate::store::{Store, present_format, room};

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) async fn run(config: Config, as_json: bool) -> Result<Verdict, CommandError> {
    let package = Program::of_this_process().package;
    let server = server(&config).await?;
    let books = books(&config, &server);
    let mut lines = vec![
        Line::of("version", Finding::ok("", format!("this command is of version {VERSION}, {}", package.words()))),
        Line::of("server", of_the_server(&server, package)),
        Line::of("format", of_the_format(&books, package)),
    ];
    lines.push(match server {
        Server::Runs(running) => running.backup,
        Server::Silent => {
            Line::of("backup", Finding::skipped("", "only the running server could say, and it does not"))
        }
        Server::None => last_backup(config, &books),
    });
    lines.push(Line::of(
        "upgrade",
        Finding::ok("", format!("to another version, once you have it here: {}", package.install())),
    ));
    if as_json {
        say(serde_json::to_string_pretty(&lines)?);
    } else {
        tell(&lines);
    }
    Ok(if lines.iter().any(is_to_do) { Verdict::Bad } else { Verdict::Good })
}

fn is_to_do(line: &Line) -> bool {
    line.level > Level::Ok
}

fn tell(lines: &[Line]) {
    for line in lines {
        say(without_code(&line.to_string()));
    }
    let count = lines.iter().filter(|line| is_to_do(line)).count();
    let words = match count {
        0 => "There is nothing to do.".to_owned(),
        1 => "One thing is to be done.".to_owned(),
        _ => format!("{count} things are to be done."),
    };
    say(format_args!("{words} Nothing was asked of the network."));
}

/// Who has the books open.
enum Server {
    Runs(Running),
    /// One that does not know the question.
    Silent,
    None,
}

async fn server(config: &Config) -> Result<Server, CommandError> {
    let Some(line) = control::Line::to_server(config)? else { return Ok(Server::None) };
    match line.ask(&Request::Running).await {
        Ok(answer) => Ok(Server::Runs(serde_json::from_str(&answer)?)),
        Err(ControlError::Stranger | ControlError::CutOff) => Ok(Server::Silent),
        Err(error) => Err(error.into()),
    }
}

fn of_the_server(server: &Server, package: Package) -> Finding {
    let restart = format!("restart it: {}", package.restart());
    match server {
        Server::None => Finding::skipped("", "none runs on these books"),
        Server::Silent => Finding::warn("", "one runs that is of another version and does not say which", restart),
        Server::Runs(running) if running.version != VERSION => {
            Finding::warn("", format!("it still runs version {}", running.version), restart)
        }
        Server::Runs(running) if running.is_replaced => {
            Finding::warn("", format!("it runs version {VERSION}, and its program was replaced since"), restart)
        }
        Server::Runs(_) => Finding::ok("", format!("it runs version {VERSION}, too")),
    }
}

/// What format the books are in.
enum Books {
    None,
    Of {
        format: u64,
        bytes: u64,
        left: Option<u64>,
    },
    Unreadable(String),
    /// Somebody has them open who does not say.
    Unknown,
}

fn books(config: &Config, server: &Server) -> Books {
    let folder = &config.data_dir;
    let format = match (Store::is_in(folder), server) {
        (Ok(false), _) => return Books::None,
        (Err(error), _) => return Books::Unreadable(error.to_string()),
        (_, Server::Runs(running)) => running.format,
        (_, Server::Silent) => return Books::Unknown,
        (_, Server::None) => match Store::format_in(folder) {
            Ok(format) => format,
            Err(error) => return Books::Unreadable(error.to_string()),
        },
    };
    Books::Of { format, bytes: room::taken_in(folder).unwrap_or_default(), left: room::left_in(folder) }
}

fn of_the_format(books: &Books, package: Package) -> Finding {
    let known = present_format();
    match books {
        Books::None => Finding::skipped("", "there is no data yet"),
        Books::Unknown => Finding::skipped("", "only the running server could say, and it does not"),
        Books::Unreadable(words) => {
            let Said { what, remedy } = Said::read(words, "restore a backup");
            Finding::fail("", what, remedy)
        }
        Books::Of { format, .. } if *format > known => Finding::fail(
            "",
            format!("the books are in format {format}, of a newer version; this one knows formats up to {known}"),
            format!("install that version again ({}), or restore a backup from before", package.install()),
        ),
        Books::Of { format, .. } if *format == known => Finding::ok(
            "",
            format!("the books are in format {known}, which this version writes: a start changes nothing"),
        ),
        Books::Of { format, bytes, left } => {
            let words = format!(
                "the books are in format {format}, and this version writes {known}: its first start changes them, and keeps \
                 them as they are in quittance.format-{format} before"
            );
            match left.filter(|left| *left < bytes.saturating_add(room::ROOM_MIN_BYTES)) {
                Some(left) => Finding::fail(
                    "",
                    format!("{words}; that takes {}, some room has to stay, and {} are left", size(*bytes), size(left)),
                    "make room on the disk that the data is on",
                ),
                None => Finding::warn("", words, format!("have a good backup, then start it: {}", package.restart())),
            }
        }
    }
}

/// As the books say that nobody has open.
fn last_backup(config: Config, books: &Books) -> Line {
    if !matches!(books, Books::Of { .. }) {
        return Line::of("backup", Finding::skipped("", "there are no books that could say"));
    }
    over_the_data(config).map_or_else(
        |error| Line::of("backup", Finding::skipped("", format!("the books cannot be read ({error})"))),
        |app| doctor::backup(&app),
    )
}

fn over_the_data(config: Config) -> Result<Arc<App>, ControlError> {
    let (clock, resolver) = (Clock::machine(), Resolver::system()?);
    let store = Store::look(&config.data_dir, clock.clone())?;
    Ok(App::over(store, config, clock, resolver)?)
}

#[cfg(test)]
mod tests {
    use super::{
        Books, Finding, Level, Line, Package, Running, Server, VERSION, of_the_format, of_the_server, present_format,
        room,
    };

    fn running(version: &str, is_replaced: bool) -> Server {
        let backup = Line::of("backup", Finding::ok("", ""));
        Server::Runs(Running { version: version.to_owned(), format: 1, is_replaced, backup })
    }

    #[test]
    fn a_server_of_another_version_is_to_be_restarted() {
        for (server, level, words) in [
            (running(VERSION, false), Level::Ok, "too"),
            (running(VERSION, true), Level::Warn, "was replaced"),
            (running("0.0.1", false), Level::Warn, "still runs version 0.0.1"),
            (Server::Silent, Level::Warn, "does not say which"),
            (Server::None, Level::Skipped, "none runs"),
        ] {
            let found = of_the_server(&server, Package::Debian);
            assert!(found.level == level && found.detail.contains(words), "{found}");
            let remedy = found.remedy.unwrap_or_default();
            assert_eq!(remedy.ends_with("systemctl restart quittance"), level == Level::Warn, "{remedy}");
        }
    }

    #[test]
    fn what_a_start_would_do_to_the_books_is_said_before() {
        let known = present_format();
        let books = |format, left| Books::Of { format, bytes: 10, left: Some(left) };
        for (books, level, words) in [
            (books(known, 0), Level::Ok, "a start changes nothing"),
            (books(known - 1, room::ROOM_MIN_BYTES + 10), Level::Warn, "before"),
            (books(known - 1, 9), Level::Fail, "that takes 10 B, some room has to stay, and 9 B are left"),
            (books(known + 1, 10), Level::Fail, "of a newer version"),
            (Books::Unreadable("it is cut off; restore it".into()), Level::Fail, "it is cut off"),
            (Books::None, Level::Skipped, "no data yet"),
            (Books::Unknown, Level::Skipped, "running server"),
        ] {
            let found = of_the_format(&books, Package::Debian);
            assert!(found.level == level && found.detail.contains(words), "{found}");
        }
        let older = of_the_format(&books(known - 1, room::ROOM_MIN_BYTES + 10), Package::None);
        assert!(older.detail.contains(&format!("quittance.format-{}", known - 1)), "{older}");
    }
}

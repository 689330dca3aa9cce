//! The program itself: which one it is, how it came here, and what its configuration says without being tried.

use std::path::Path;
use std::sync::Arc;

use super::package::Program;
use super::{Asked, Who};
use crate::app::{App, Line};
use crate::config::Config;
use crate::config::check::{Finding, Level, settings};

pub(super) fn looks<'a>(app: &Arc<App>, who: Who) -> Vec<Asked<'a>> {
    vec![
        Asked::aside(app, &["configuration"], |app| configuration(&app.config)),
        Asked::aside(app, &["version"], |_| vec![Line::of("version", version(Path::new("/")))]),
        Asked::new(&["server"], async move { vec![Line::of("server", server(who))] }),
    ]
}

/// What should be otherwise, a line each, or that nothing should.
fn configuration(config: &Config) -> Vec<Line> {
    let all = settings(config);
    let count = all.len();
    let told = |finding: Finding| {
        let detail = format!("{}: {}", finding.subject, finding.detail);
        Line::of("configuration", Finding { detail, ..finding })
    };
    let lines: Vec<Line> = all.into_iter().filter(|finding| finding.level > Level::Ok).map(told).collect();
    if !lines.is_empty() {
        return lines;
    }
    let place = config.file().map_or("no file".to_owned(), |path| path.display().to_string());
    vec![Line::of(
        "configuration",
        Finding::ok("", format!("{place}: {count} settings were looked at, and none is odd")),
    )]
}

fn server(who: Who) -> Finding {
    match who {
        Who::Server => Finding::ok("", "it runs, and what follows is what it sees"),
        Who::Command => Finding::warn(
            "",
            "it does not run: nobody can pay, and what only it knows is not looked at",
            "start it (systemctl start quittance), and look again",
        ),
    }
}

/// Which version it is, and which kind of package it came in. `root` is where paths of the machine begin.
fn version(root: &Path) -> Finding {
    let version = concat!("version ", env!("CARGO_PKG_VERSION"));
    let program = Program::in_root(root);
    if program.is_replaced {
        let words = format!("{version} goes on running, but {} was replaced since", program.path);
        return Finding::warn("", words, "restart it: systemctl restart quittance");
    }
    Finding::ok("", format!("{version}, {}", program.package.words()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{Level, configuration, version};
    use crate::config::Config;

    #[test]
    fn a_program_that_was_replaced_while_it_runs_is_told() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("proc/self")).unwrap();
        let link = root.path().join("proc/self/exe");
        symlink("/usr/bin/quittance", &link).unwrap();
        assert_eq!(version(root.path()).level, Level::Ok);
        fs::remove_file(&link).unwrap();
        symlink("/usr/bin/quittance (deleted)", &link).unwrap();
        let found = version(root.path());
        assert!(found.level == Level::Warn && found.detail.contains("/usr/bin/quittance was replaced"), "{found}");
    }

    #[test]
    fn only_what_is_odd_about_the_settings_is_told() {
        let mut config = Config::default();
        config.server.public_url = "https://pay.example.com".parse().unwrap();
        config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        let lines = configuration(&config);
        assert!(lines.len() == 1 && lines[0].level == Level::Ok, "{lines:?}");
        config.reconcile.interval = None;
        let lines = configuration(&config);
        assert!(lines.len() == 1 && lines[0].detail.starts_with("reconcile.interval: the scheduled"), "{lines:?}");
    }
}

//! The program itself: which one it is, how it came here, and what its configuration says without being tried.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{Asked, Who};
use crate::app::{App, Line};
use crate::config::Config;
use crate::config::check::{Finding, Level, settings};

/// What the kernel says behind the name of a program that was replaced while it runs.
const REPLACED: &str = " (deleted)";

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
    let program = fs::read_link(root.join("proc/self/exe")).unwrap_or_default();
    let shown = program.to_string_lossy();
    if let Some(was) = shown.strip_suffix(REPLACED) {
        let words = format!("{version} goes on running, but {was} was replaced since");
        return Finding::warn("", words, "restart it: systemctl restart quittance");
    }
    Finding::ok("", format!("{version}, {}", package(root, &shown)))
}

/// How a program at this place came here.
fn package(root: &Path, program: &str) -> &'static str {
    let is_there = |path: &str| root.join(path).exists();
    match program {
        "/quittance" => "from a container image",
        "/usr/bin/quittance" if is_there("var/lib/dpkg/info/quittance.list") => "from the Debian package",
        "/usr/bin/quittance" if is_there("usr/lib/sysimage/rpm") || is_there("var/lib/rpm") => "from the RPM package",
        "/usr/local/bin/quittance" => "from the archive",
        _ => "from no package",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{Level, configuration, package, version};
    use crate::config::Config;

    #[test]
    fn the_package_is_known_by_where_the_program_lies() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(package(root.path(), "/usr/bin/quittance"), "from no package");
        fs::create_dir_all(root.path().join("usr/lib/sysimage/rpm")).unwrap();
        assert_eq!(package(root.path(), "/usr/bin/quittance"), "from the RPM package");
        fs::create_dir_all(root.path().join("var/lib/dpkg/info/quittance.list")).unwrap();
        for (program, expected) in [
            ("/usr/bin/quittance", "from the Debian package"),
            ("/usr/local/bin/quittance", "from the archive"),
            ("/quittance", "from a container image"),
            ("/home/jane/target/release/quittance", "from no package"),
        ] {
            assert_eq!(package(root.path(), program), expected, "{program}");
        }
    }

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

//! `quittance doctor`: the whole machine and the books in operation, a line and a remedy for each thing that may be wrong.
//!
//! The rule of the room: nothing is written anywhere, every look has its own time and all go on at once, so that the whole ends
//! whatever hangs. `check --online` tries what a configuration names; what both want to know is tried by `trials`, once written.
//! The command and the admin page show the same lines, because there is one list of looks.

mod backups;
mod books;
mod explained;
mod folder;
pub mod list;
mod mail;
mod package;
mod ports;
mod process;
mod program;
mod sender_domain;
mod sign_in;
mod stripe;
mod visitors;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use crate::app::{App, Line};
use crate::config::check::Finding;

pub use self::backups::backup;
pub use self::explained::explanation;
pub use self::list::{ALL, Look, look};
pub use self::package::{Package, Program};

/// The longest look: a call to Stripe gives up by itself before, and says why.
pub const WITHIN: Duration = Duration::from_secs(25);

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The server that is in operation: what it knows of its own doors and limits counts.
    Server,
    /// A command, because no server runs.
    Command,
}

/// What is found out in one go, and the names under which it is told.
struct Asked<'a> {
    codes: &'static [&'static str],
    answer: BoxFuture<'a, Vec<Line>>,
}

impl<'a> Asked<'a> {
    fn new(codes: &'static [&'static str], answer: impl Future<Output = Vec<Line>> + Send + 'a) -> Self {
        Self { codes, answer: answer.boxed() }
    }

    /// A look at the machine, which may hang on a disk that does not answer.
    fn aside(
        app: &Arc<App>,
        codes: &'static [&'static str],
        look: impl FnOnce(&App) -> Vec<Line> + Send + 'static,
    ) -> Self {
        let app = Arc::clone(app);
        Self::new(codes, async move {
            let looked = tokio::task::spawn_blocking(move || look(&app)).await;
            looked.unwrap_or_else(|_| broke_off(codes))
        })
    }
}

/// Looks at everything. `found` is told of each look as it ends, with the names that it stands for.
pub async fn examine(app: &Arc<App>, who: Who, mut found: impl FnMut(&'static [&'static str], &[Line])) -> Vec<Line> {
    let looks = everything(app, who);
    let mut under_way: FuturesUnordered<_> = looks.into_iter().map(|asked| answered(asked, WITHIN)).collect();
    let mut lines = Vec::new();
    while let Some((codes, told)) = under_way.next().await {
        found(codes, &told);
        lines.extend(told);
    }
    lines.sort_by_key(|line| list::place(&line.code));
    lines
}

/// One examination by the server, written down where the admin page reads it.
pub async fn examine_for_the_page(app: &Arc<App>) {
    let board = &app.examination;
    board.begin(app.clock.now(), ALL.iter().map(|look| look.code).collect());
    examine(app, Who::Server, |codes, lines| board.found(codes, lines)).await;
    board.end(app.clock.now());
}

/// Every look; each name of the list is in exactly one.
fn everything(app: &Arc<App>, who: Who) -> Vec<Asked<'_>> {
    let mut looks = program::looks(app, who);
    looks.extend(process::looks(app, who));
    looks.extend(folder::looks(app));
    looks.extend(books::looks(app, who));
    looks.extend(backups::looks(app));
    looks.extend(visitors::looks(app, who));
    looks.extend(ports::looks(app, who));
    looks.extend(sign_in::looks(app));
    looks.extend(stripe::looks(app));
    looks.extend(mail::looks(app));
    looks
}

/// The answer of a look, or that it gave none.
async fn answered(asked: Asked<'_>, within: Duration) -> (&'static [&'static str], Vec<Line>) {
    let Asked { codes, answer } = asked;
    let lines = match tokio::time::timeout(within, AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(lines)) => lines,
        Ok(Err(_)) => broke_off(codes),
        Err(_) => {
            let words = format!("was not found out within {} s", within.as_secs());
            told(
                codes,
                &Finding::fail("", words, "look at what does not answer, the network or the disk, and try again"),
            )
        }
    };
    (codes, lines)
}

fn broke_off(codes: &[&str]) -> Vec<Line> {
    told(codes, &Finding::fail("", "could not be found out, because the look broke off", "please report this"))
}

/// The same about each of these.
fn told(codes: &[&str], finding: &Finding) -> Vec<Line> {
    codes.iter().map(|code| Line::of(code, finding.clone())).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{ALL, App, Asked, Line, Who, answered, everything, explanation};
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::config::check::Level;
    use crate::resolve::Resolver;

    fn app() -> Arc<App> {
        let resolver = Resolver::with_server("127.0.0.1:9".parse().unwrap()).unwrap();
        App::without_data(Config::default(), Clock::machine(), resolver).unwrap()
    }

    #[tokio::test]
    async fn each_name_of_the_list_is_looked_at_once_and_explained() {
        let app = app();
        for who in [Who::Server, Who::Command] {
            let mut looked: Vec<&str> = everything(&app, who).iter().flat_map(|asked| asked.codes).copied().collect();
            let mut listed: Vec<&str> = ALL.iter().map(|look| look.code).collect();
            looked.sort_unstable();
            listed.sort_unstable();
            assert_eq!(looked, listed, "{who:?}");
        }
        for look in &ALL {
            assert!(explanation(look.code).is_some_and(|text| text.ends_with('.')), "{}", look.code);
        }
    }

    #[tokio::test]
    async fn what_hangs_or_panics_is_a_line_like_any_other() {
        let hangs = Asked::new(&["a", "b"], std::future::pending());
        let panics = Asked::new(&["c"], async { panic!("a mistake of ours") });
        let well = Asked::new(&["d"], async { Vec::<Line>::new() });
        for (asked, codes, words) in [
            (hangs, vec!["a", "b"], "was not found out within 0 s"),
            (panics, vec!["c"], "broke off"),
            (well, vec![], ""),
        ] {
            let (_, lines) = answered(asked, Duration::from_millis(20)).await;
            assert_eq!(lines.iter().map(|line| line.code.as_str()).collect::<Vec<_>>(), codes);
            let is_said =
                |line: &Line| line.level == Level::Fail && line.detail.contains(words) && line.remedy.is_some();
            assert!(lines.iter().all(is_said), "{lines:?}");
        }
    }
}

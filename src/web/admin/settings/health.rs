//! Health: what `quittance doctor` finds, shown as it is found, with what to do about it and what it means.

use crate::app::{Examined, Line};
use crate::config::check::Level;
use crate::doctor::list::{ALL, Group, Look};
use crate::doctor::{explanation, look};
use crate::said::sentence;
use crate::web::admin::counts::counted;
use crate::web::admin::desk::Desk;
use crate::web::admin::guard::SignedIn;
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::health::{HealthGroup, HealthPage, HealthRow};
use crate::web::views::parts::{Link, Tag, Tone};
use crate::web::views::shell::Section;

pub const PAGE: &str = "/admin/settings/health";

/// `GET /admin/settings/health`
pub async fn page(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&health(&desk)?)
}

/// `POST /admin/settings/health`: the job looks; the page shows how far it has got until it is done.
pub async fn examine(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    if !desk.app.examination.is_under_way() {
        desk.app.examination.wish.make();
    }
    Ok(reply::see_other(PAGE))
}

fn health(desk: &Desk) -> Result<HealthPage, Error> {
    let examined = desk.app.examination.so_far();
    let is_under_way = desk.app.examination.is_under_way();
    let count = |level| examined.lines.iter().filter(|line| line.level == level).count();
    let (fails, warnings) = (count(Level::Fail), count(Level::Warn));
    Ok(HealthPage {
        shell: desk.shell(Section::Settings)?,
        progress: is_under_way.then(|| progress(&examined)),
        looked: examined.ended_at.filter(|_| !is_under_way).map(|at| desk.ago(at)),
        tone: match (fails, warnings) {
            (0, 0) => Tone::Good,
            (0, _) => Tone::Warn,
            _ => Tone::Bad,
        },
        verdict: verdict(fails, warnings),
        wrong: links(&examined.lines),
        groups: Group::ALL
            .into_iter()
            .map(|group| of_group(group, &examined))
            .filter(|group| !group.rows.is_empty())
            .collect(),
    })
}

fn progress(examined: &Examined) -> String {
    let left = examined.under_way.len();
    if left == 0 {
        return "It begins in a moment.".to_owned();
    }
    let titles: Vec<&str> = examined.under_way.iter().filter_map(|code| Some(look(code)?.title)).take(3).collect();
    format!("{} of {} things were looked at; now: {} …", ALL.len() - left, ALL.len(), titles.join(", "))
}

fn verdict(fails: usize, warnings: usize) -> String {
    let things = |count: usize| counted(u64::try_from(count).unwrap_or(u64::MAX), "thing", "things");
    match (fails, warnings) {
        (0, 0) => "All is well.".to_owned(),
        (0, warnings) => format!("Nothing fails; {} could be better.", things(warnings)),
        (fails, 0) => format!("{} should be mended.", things(fails)),
        (fails, warnings) => format!("{} should be mended, and {} could be better.", things(fails), things(warnings)),
    }
}

/// Where each kind of trouble is told, once, in the order of the page; what fails comes first.
fn links(found: &[Line]) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for level in [Level::Fail, Level::Warn] {
        let is_told = |look: &&Look| found.iter().any(|line| line.code == look.code && line.level == level);
        for Look { code, title, .. } in ALL.iter().filter(is_told) {
            let url = format!("#{code}");
            if !links.iter().any(|known| known.url == url) {
                links.push(Link::new(*title, &url));
            }
        }
    }
    links
}

fn title(code: &str) -> &str {
    look(code).map_or(code, |look| look.title)
}

fn of_group(group: Group, examined: &Examined) -> HealthGroup {
    let looks = ALL.iter().filter(|look| look.group == group);
    let rows = looks.flat_map(|look| {
        let lines = examined.lines.iter().filter(|line| line.code == look.code);
        lines.enumerate().map(|(place, line)| row(line, place == 0))
    });
    HealthGroup { title: group.title(), rows: rows.collect() }
}

/// The first line about something bears its name, and says what it means.
fn row(line: &Line, is_first: bool) -> HealthRow {
    HealthRow {
        code: is_first.then(|| line.code.clone()),
        title: title(&line.code).to_owned(),
        tag: match line.level {
            Level::Ok => Tag::new("Well", Tone::Good),
            Level::Warn => Tag::new("Could be better", Tone::Warn),
            Level::Fail => Tag::new("To be mended", Tone::Bad),
            Level::Skipped => Tag::new("Not looked at", Tone::Plain),
        },
        detail: sentence(&line.detail),
        remedy: line.remedy.as_deref().map(sentence),
        meaning: explanation(&line.code).filter(|_| is_first),
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn the_verdict_counts() {
        for (fails, warnings, expected) in [
            (0, 0, "All is well."),
            (0, 1, "Nothing fails; 1 thing could be better."),
            (2, 0, "2 things should be mended."),
            (1, 3, "1 thing should be mended, and 3 things could be better."),
        ] {
            assert_eq!(verdict(fails, warnings), expected);
        }
    }
}

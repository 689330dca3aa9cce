//! What was found out about the machine and the books.

use askama::Template;

use super::parts::{Link, Tag, Tone, When};
use super::shell::Shell;

/// `/admin/settings/health`. Looking posts there.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/health.html")]
pub struct HealthPage {
    pub shell: Shell,
    /// How far it has got, while it goes on.
    pub progress: Option<String>,
    /// When it was looked last; `None` before the first time since the start, and while it goes on.
    pub looked: Option<When>,
    pub tone: Tone,
    pub verdict: String,
    /// Where the lines are about what is not well.
    pub wrong: Vec<Link>,
    pub groups: Vec<HealthGroup>,
}

#[derive(Clone, Debug, Default)]
pub struct HealthGroup {
    pub title: &'static str,
    pub rows: Vec<HealthRow>,
}

#[derive(Clone, Debug, Default)]
pub struct HealthRow {
    /// The anchor.
    pub code: Option<String>,
    pub title: String,
    pub tag: Tag,
    pub detail: String,
    pub remedy: Option<String>,
    pub meaning: Option<String>,
}

//! The small pieces that many pages share: tags, links, form fields, lists of choices.
//!
//! The macros in `templates/parts/` print them; a page template never repeats their markup.

use std::fmt;

/// What a tag, notice or figure says by its colour. The words beside it always say the same, so colour is never alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Info,
    Good,
    Warn,
    Bad,
}

/// The name of the CSS class.
impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tone::Plain => "plain",
            Tone::Info => "info",
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        })
    }
}

/// A word about a state: `Paid`, `12 days overdue`, `Disputed`.
#[derive(Clone, Debug, Default)]
pub struct Tag {
    pub text: String,
    pub tone: Tone,
}

impl Tag {
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Link {
    pub text: String,
    /// A path of this site, or an `https:` or `mailto:` address.
    pub url: String,
}

impl Link {
    pub fn new(text: impl Into<String>, url: impl Into<String>) -> Self {
        Self { text: text.into(), url: url.into() }
    }
}

/// A moment, twice: for machines and for people.
#[derive(Clone, Debug, Default)]
pub struct When {
    /// RFC 3339 or `YYYY-MM-DD`, for the `datetime` attribute.
    pub iso: String,
    /// In the reader's zone and language: `22 Nov 2026, 14:02`.
    pub text: String,
}

impl When {
    pub fn new(iso: impl Into<String>, text: impl Into<String>) -> Self {
        Self { iso: iso.into(), text: text.into() }
    }
}

/// One entry field: what stands in it, and what is wrong with that.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// What the person typed, unchanged, so that a mistake can be corrected and not retyped.
    pub value: String,
    /// A sentence that says what to do: `Enter a date such as 2026-12-06.`
    pub error: Option<String>,
}

impl Field {
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    pub fn wrong(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self { value: value.into(), error: Some(error.into()) }
    }
}

/// One entry of a [`Select`].
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub value: String,
    pub text: String,
    pub selected: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, text: impl Into<String>, selected: bool) -> Self {
        Self { value: value.into(), text: text.into(), selected }
    }
}

/// A list to choose one from.
#[derive(Clone, Debug, Default)]
pub struct Select {
    pub choices: Vec<Choice>,
    pub error: Option<String>,
}

/// A line of the summary above a form that was refused. The first page element after the heading, and focused.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// The `name` (and `id`) of the field: `lines.0.quantity`.
    pub field: String,
    pub text: String,
}

impl Problem {
    pub fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self { field: field.into(), text: text.into() }
    }
}

/// Says that a setting comes from the configuration and is therefore shown without a way to change it.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Completes "Set by …": `the environment (QUITTANCE_STRIPE__SECRET_KEY)`, `config.toml, line 14`.
    pub text: String,
}

/// A tab above a list.
#[derive(Clone, Debug, Default)]
pub struct Tab {
    pub text: String,
    pub url: String,
    /// Already formatted, `1,204`. `None` shows no number.
    pub count: Option<String>,
    pub current: bool,
}

/// The way onward in a list that is read by key, newest first.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// Back to the first page; `None` on it.
    pub first_url: Option<String>,
    /// `None` on the last page.
    pub next_url: Option<String>,
}

/// A QR code as geometry, so that no page needs ready-made markup.
#[derive(Clone, Debug, Default)]
pub struct Qr {
    /// The `d` of one SVG path, stroked one unit wide, one unit a module: `M4 4.5h7m1 0h2…`.
    pub path: String,
    /// Modules along one side, quiet zone included.
    pub size: u32,
}

/// The outcome of a connection that was tried: what was said, word for word.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    pub ok: bool,
    /// One sentence: `The server accepted the mail for anna@example.com.`
    pub summary: String,
    /// The conversation, a line each (`→ EHLO …`, `← 250 …`), without secrets. Empty shows none.
    pub lines: Vec<String>,
}

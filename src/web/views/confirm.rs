//! A question before something that cannot be undone, and the owner's error page.

use super::parts::{Field, Link, Tone};
use super::shell::Shell;
use askama::Template;

/// `GET` of an action's own address. With JavaScript the same question comes as a dialog on the page before.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/confirm.html")]
pub struct ConfirmPage {
    pub shell: Shell,
    /// `Void invoice 2026-0042?`
    pub title: String,
    /// What will happen, a paragraph each.
    pub text: Vec<String>,
    /// Posted to.
    pub action: String,
    /// `Void invoice`
    pub button: String,
    /// [`Tone::Bad`] for what destroys.
    pub tone: Tone,
    /// Asks for a reason, sent as `reason`.
    pub reason: Option<Reason>,
    pub cancel_url: String,
}

#[derive(Clone, Debug, Default)]
pub struct Reason {
    pub label: String,
    pub hint: String,
    pub field: Field,
}

/// Any refusal on the owner's side, inside the navigation.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/error.html")]
pub struct ErrorPage {
    pub shell: Shell,
    /// `This invoice was changed meanwhile`
    pub title: String,
    pub text: String,
    /// Where to go on; the way to Today is always there.
    pub link: Option<Link>,
    /// What was typed in the form that was refused: label and value.
    pub typed: Vec<(String, String)>,
    /// What else can be made of it.
    pub elsewhere: Option<Elsewhere>,
}

/// Another form that takes what was typed.
#[derive(Clone, Debug, Default)]
pub struct Elsewhere {
    /// Posted to.
    pub action: String,
    /// `Make a new draft with this text`
    pub button: String,
    pub fields: Vec<(String, String)>,
}

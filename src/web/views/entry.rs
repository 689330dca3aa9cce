//! Signing in.

use super::parts::{Field, Problem};
use askama::Template;

/// `GET /admin/login`, and again after a refusal. The form posts `email`, `password` and `next` to the same address.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/login.html")]
pub struct LoginPage {
    pub business: String,
    /// Where to go afterwards, a path of this site.
    pub next: String,
    pub email: Field,
    /// `That e-mail and password do not match.` or how long to wait; the same whatever was wrong.
    pub refusal: Option<String>,
    /// Said after signing out or after a session ended.
    pub notice: Option<String>,
    /// A form that was sent without a session.
    pub kept: Option<Kept>,
}

/// After the right password of an owner who has a second step. Posts `ticket`, `next`, and `code` or `recovery` to
/// `/admin/login/code`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/code.html")]
pub struct CodePage {
    pub business: String,
    /// Says whose password was right, and until when.
    pub ticket: String,
    pub next: String,
    pub kept: Option<Kept>,
    pub refusal: Option<String>,
    /// Codes of the app cannot be checked here.
    pub is_unreadable: bool,
}

/// At the one-time address for whoever forgot the password. Posts `password` to the same address.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/access.html")]
pub struct AccessPage {
    pub email: String,
    pub problems: Vec<Problem>,
    pub password_error: Option<String>,
    pub action: String,
}

/// A form that was sent without a session, without its secrets and files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Where it was sent, a path of this site.
    pub path: String,
    /// It was a form with files.
    pub has_files: bool,
    /// It was too large to be kept.
    pub is_lost: bool,
    pub fields: Vec<(String, String)>,
}

/// The password once more, in answer to a form: posts everything that was sent, and `proof`, to the same address.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/proof.html")]
pub struct ProofPage {
    /// Who is signed in.
    pub owner: String,
    pub action: String,
    /// What was typed: label and value.
    pub rows: Vec<(String, String)>,
    pub fields: Vec<(String, String)>,
    pub error: Option<String>,
}

/// What was sent without a session, after signing in. It is sent only by its own button.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/send_again.html")]
pub struct SendAgainPage {
    /// Who is signed in.
    pub owner: String,
    /// What was typed: label and value.
    pub rows: Vec<(String, String)>,
    pub kept: Kept,
}

//! Signing in.

use super::parts::Field;
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
}

//! Who may sign in.

use askama::Template;

use super::parts::{Choice, Field, Problem, Select, When};
use super::shell::Shell;

/// `/admin/settings/people`. Inviting posts `email` and `role` there.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/people.html")]
pub struct PeopleSettings {
    pub shell: Shell,
    pub problems: Vec<Problem>,
    pub email: Field,
    pub role: Select,
    /// Who was just invited, with the address that is shown this once.
    pub invited: Option<Invitation>,
    pub rows: Vec<PersonRow>,
}

#[derive(Clone, Debug, Default)]
pub struct Invitation {
    pub email: String,
    pub address: String,
}

/// Another role posts `role` to `{path}/role`, removing is asked at `{path}/remove`.
#[derive(Clone, Debug, Default)]
pub struct PersonRow {
    /// `/admin/settings/people/own_…`
    pub path: String,
    pub email: String,
    pub is_you: bool,
    pub added: When,
    pub has_second_step: bool,
    /// No password was chosen yet.
    pub is_invited: bool,
    /// Until when one can be.
    pub invited_until: Option<When>,
    /// `Staff`
    pub role: String,
    pub roles: Vec<Choice>,
}

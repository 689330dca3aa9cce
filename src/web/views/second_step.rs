//! The second step of one's own sign-in.

use askama::Template;

use super::parts::{Field, Problem, Qr, When};
use super::shell::Shell;

/// `/admin/settings/account/second-step`. Every form posts `do` there: `begin`; `confirm` with `code`; `codes` and `off` with
/// `current`, and `code` or `recovery`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/second_step.html")]
pub struct SecondStepSettings {
    pub shell: Shell,
    pub problems: Vec<Problem>,
    pub current_error: Option<String>,
    pub code: Field,
    pub standing: Standing,
}

/// How far it is.
#[derive(Clone, Debug, Default)]
pub enum Standing {
    #[default]
    Off,
    /// An app is to take the secret, and to show a code.
    Begun {
        qr: Option<Qr>,
        /// In groups, for whoever types it.
        secret: String,
        /// The same as the picture, for an app on this machine.
        address: String,
    },
    On {
        since: When,
        /// Recovery codes that are left.
        left: usize,
        /// Those that were just made.
        codes: Vec<String>,
    },
}

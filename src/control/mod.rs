//! How commands reach the data: through the running server if there is one, else by opening the store themselves.
//!
//! The store belongs to one process. A server answers on a socket in the data folder that only its own user may use; a
//! command that finds nobody there starts the appliance without pages and jobs and asks that, through the same kind of
//! socket, so that there is one way to do each thing.

mod client;
mod door;
mod frames;
mod named;
mod perform;
mod place;

use serde::{Deserialize, Serialize};

use crate::app;
use crate::export::Format;
use crate::store::Scope;

pub use client::{ControlError, IfMissing, Line, somebody_answers};
pub use door::{Door, DoorError};
pub use named::Named;

/// A request is a line of JSON; the longest is what a configuration names, its keys and origins, of some kilobytes.
const REQUEST_BYTES_MAX: u64 = 16 << 10;

/// Which backups were removed, or would be, and which places could not be asked.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pruned {
    pub removed: Vec<String>,
    pub errors: Vec<String>,
}

/// What a running server says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Running {
    pub version: String,
    /// Of the books, and the one that it writes.
    pub format: u64,
    /// Whether another program was put where it lay when it was started.
    pub is_replaced: bool,
    /// Whether there is a good one, and how old it is.
    pub backup: app::Line,
}

/// What a command may ask for. It has no `Debug`: one holds a password.
#[derive(Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    AddOwner {
        email: String,
        password: String,
    },
    ResetAccess {
        email: String,
    },
    CreateToken {
        name: String,
        scope: Scope,
    },
    Reconcile,
    Verify,
    /// Tries what the configuration names: the command's own, or the server's if the command is too old to say it.
    Check {
        #[serde(default)]
        named: Option<Box<Named>>,
    },
    /// Looks at the machine and the books; of a running server only.
    Doctor,
    /// Says which program it is and what its books are like; of a running server only.
    Running,
    Backup,
    /// Makes a backup in every place, now.
    BackUpNow,
    /// Lists what is in every place.
    Backups,
    /// Sends one of them: from the place of this label, or from the first that has it.
    FetchBackup {
        name: String,
        #[serde(default)]
        place: Option<String>,
    },
    /// Removes those that later ones supersede.
    PruneBackups {
        dry_run: bool,
    },
    Export {
        format: Format,
    },
}

//! A hint from Stripe that something changed. It is kept, never believed: what it names is asked for again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A row of the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Stripe's `evt_…`.
    pub id: String,
    /// Such as `checkout.session.completed`.
    pub kind: String,
    pub object_id: String,
    /// Such as `checkout.session`.
    pub object_kind: String,
    pub livemode: bool,
    #[serde(default)]
    pub api_version: Option<String>,
    /// The Connect account it speaks of, if any.
    #[serde(default)]
    pub account: Option<String>,
    /// When Stripe made it.
    pub created: Timestamp,
    pub received_at: Timestamp,
    pub arrival: Arrival,
    pub state: Handling,
    #[serde(default)]
    pub tries: u32,
    #[serde(default)]
    pub last_error: Option<String>,
    /// The payload as text, so that the owner can read what came.
    #[serde(default)]
    pub payload: String,
}

/// The way it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    Webhook,
    /// Asked for, because it had not been delivered.
    Poll,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Handling {
    Pending {
        next_try: Timestamp,
    },
    Done {
        at: Timestamp,
    },
    /// Kept and not acted on, with the reason.
    Ignored {
        reason: String,
    },
    /// Of the other mode (test or live) than the key in use; it is taken up when a key of its mode is.
    OtherMode,
    /// About an object of another program on the same Stripe account.
    Foreign,
    /// Could not be worked off for two days.
    Dead {
        at: Timestamp,
    },
}

/// What became of it, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Waiting,
    Done,
    NotActedOn,
    GivenUp,
}

impl Event {
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.state {
            Handling::Pending { .. } => Outcome::Waiting,
            Handling::Done { .. } => Outcome::Done,
            Handling::Ignored { .. } | Handling::OtherMode | Handling::Foreign => Outcome::NotActedOn,
            Handling::Dead { .. } => Outcome::GivenUp,
        }
    }

    /// Whether nothing is to be done about it with the key in use, by the program or by a person.
    #[must_use]
    pub fn is_dealt_with(&self) -> bool {
        match self.state {
            Handling::Done { .. } | Handling::Ignored { .. } | Handling::OtherMode | Handling::Foreign => true,
            Handling::Pending { .. } | Handling::Dead { .. } => false,
        }
    }

    /// Whether working it off again may come to something else.
    #[must_use]
    pub fn may_be_tried(&self) -> bool {
        !self.is_dealt_with() || self.state == Handling::OtherMode
    }
}

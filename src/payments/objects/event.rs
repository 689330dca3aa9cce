//! An event as `GET /v1/events` lists it: the same hint that a webhook brings, for when the webhook was lost.
//!
//! Only what identifies it is read. The object inside is a picture of the past; it is fetched anew before anything is
//! decided.

use serde::Deserialize;

use super::Identified;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Event {
    pub id: Option<String>,
    pub object: Option<String>,
    /// As in `checkout.session.completed`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub livemode: Option<bool>,
    /// The version that the object inside is written in.
    pub api_version: Option<String>,
    /// Seconds since 1970. Two events may share it: never an order.
    pub created: Option<i64>,
    /// Present on events of connected accounts, which are not ours.
    pub account: Option<String>,
    pub data: Option<EventData>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EventData {
    pub object: Option<EventObject>,
}

/// Which object the event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EventObject {
    pub id: Option<String>,
    /// As in `checkout.session`.
    pub object: Option<String>,
}

impl Identified for Event {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

//! What is to be known about HTTPS just now: which doors are open, and what is wrong.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::said::Said;

/// A way in for visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Https,
    Http,
}

/// How a door is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DoorState {
    /// Nobody asked for it, or it was not tried yet.
    #[default]
    Shut,
    Open(SocketAddr),
    /// It could not be opened.
    Failed(Said),
}

/// Written by whoever knows, read by whoever shows it.
#[derive(Debug, Default)]
pub struct State {
    known: Mutex<Known>,
    doors_changed: Notify,
}

#[derive(Debug, Default)]
struct Known {
    https: DoorState,
    http: DoorState,
    trouble: Option<Said>,
}

impl State {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[must_use]
    pub fn door(&self, door: Door) -> DoorState {
        let known = self.known();
        match door {
            Door::Https => known.https.clone(),
            Door::Http => known.http.clone(),
        }
    }

    pub fn set_door(&self, door: Door, state: &DoorState) {
        let mut known = self.known();
        let before = match door {
            Door::Https => std::mem::replace(&mut known.https, state.clone()),
            Door::Http => std::mem::replace(&mut known.http, state.clone()),
        };
        drop(known);
        if before != *state {
            self.doors_changed.notify_one();
        }
    }

    /// Done when a door has changed since this was asked last. One listener is told.
    pub async fn doors_changed(&self) {
        self.doors_changed.notified().await;
    }

    /// What is wrong with the certificate.
    #[must_use]
    pub fn trouble(&self) -> Option<Said> {
        self.known().trouble.clone()
    }

    /// Why a door could not be opened.
    #[must_use]
    pub fn locked(&self) -> Option<Said> {
        [Door::Https, Door::Http].into_iter().find_map(|door| match self.door(door) {
            DoorState::Failed(said) => Some(said),
            DoorState::Shut | DoorState::Open(_) => None,
        })
    }

    pub fn set_trouble(&self, trouble: Option<Said>) {
        self.known().trouble = trouble;
    }
}

impl Door {
    /// The key that says where it is.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Https => "server.https_listen",
            Self::Http => "server.http_listen",
        }
    }
}

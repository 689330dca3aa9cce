//! What is to be known about HTTPS just now: which doors are open, and what is wrong.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

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
    /// It could not be opened; one sentence with the remedy.
    Failed(String),
}

/// What is wrong with the certificate, in one sentence, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub sentence: String,
    pub remedy: String,
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
    trouble: Option<Trouble>,
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
    pub fn trouble(&self) -> Option<Trouble> {
        self.known().trouble.clone()
    }

    /// Why a door could not be opened.
    #[must_use]
    pub fn locked(&self) -> Option<String> {
        [Door::Https, Door::Http].into_iter().find_map(|door| match self.door(door) {
            DoorState::Failed(words) => Some(words),
            DoorState::Shut | DoorState::Open(_) => None,
        })
    }

    /// What is wrong with the certificate, in sentences for a person.
    #[must_use]
    pub fn trouble_in_full(&self) -> Option<String> {
        self.trouble().map(|trouble| format!("{}. {}.", begun(&trouble.sentence), begun(&trouble.remedy)))
    }

    /// Why a door could not be opened, in sentences for a person.
    #[must_use]
    pub fn locked_in_full(&self) -> Option<String> {
        let words = self.locked()?;
        let (sentence, remedy) = words.split_once("; ")?;
        Some(format!("{}. {}.", begun(sentence), begun(remedy)))
    }

    pub fn set_trouble(&self, trouble: Option<Trouble>) {
        self.known().trouble = trouble;
    }
}

/// Begun as sentences begin, but for names.
fn begun(words: &str) -> String {
    let is_name = words.split(' ').next().is_some_and(|first| first.contains('.'));
    let mut rest = words.chars();
    match rest.next().filter(|_| !is_name) {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => words.to_owned(),
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

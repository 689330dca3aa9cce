//! Backups that are made by themselves: where they go, who can read them, how many stay, and whether they are good.
//!
//! The rule of the room: what bears the name of a backup was put back once, in full, and came out with the rows, the sums and
//! the head of the journal that the books have, before it got the name; what is stored elsewhere is read back from there, and
//! goes if it is not the same. What cannot be read at the moment is called unproven, and stays. Then the books that were put
//! back are proven: a copy of books that are not whole is kept, called so, and takes no other's place. Nothing is deleted
//! that this installation did not write, nor the latest of what it wrote. How a copy is made and proven is for `store`, when
//! for `jobs`.

mod copying;
pub mod encryption;
mod folder;
mod listing;
pub mod mark;
mod name;
mod place;
mod rotation;
mod run;
pub mod s3;
mod unfinished;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokio::sync::{Mutex, watch};

pub use listing::{Listed, Listing, Noted};
pub use name::Name;
pub use place::{Digest, Place, PlaceError};
pub use rotation::superseded;
pub use run::room_needed;
pub use unfinished::Unfinished;

use crate::clock::Clock;
use crate::config::{Config, Keep, Recipient};
use crate::http::SetupError;
use crate::resolve::Resolver;
use crate::store::{BACKUPS_NAME, Wish};
use folder::Folder;

/// What the names of files have behind them that somebody is at work on: the copy, the place where it is put back to prove
/// it, what is encrypted, and what a place is tried with.
const AT_WORK: [&str; 4] = [COPY, PROOF, SEALED, TRIED];
const COPY: &str = ".copy";
const PROOF: &str = ".proof";
const SEALED: &str = ".sealed";
const TRIED: &str = ".tried";
const PROBE: &[u8] = b"quittance was here\n";

/// The ways to all places, and whatever is done there, one at a time.
pub struct Backups {
    places: Vec<Place>,
    home: Folder,
    data_dir: PathBuf,
    recipients: Vec<Recipient>,
    keep: Keep,
    clock: Clock,
    /// Held by whoever makes or removes backups, with the moment in the last name that was given.
    working: Mutex<Option<Timestamp>>,
    step: watch::Sender<Option<Step>>,
    /// Somebody wants a backup now; the job takes the wish.
    pub wish: Wish,
}

/// What a backup that is being made is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Copying,
    Encrypting,
    Storing,
    Proving,
    Rotating,
}

impl Step {
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Copying => "The data is being copied, and the copy put back elsewhere and compared.",
            Self::Encrypting => "The copy is being encrypted.",
            Self::Storing => "The copy is being stored and read back.",
            Self::Proving => "The backup is stored. What was put back of it is being proven, entry by entry.",
            Self::Rotating => "Old backups are being removed.",
        }
    }
}

impl Backups {
    /// Nothing is made or asked yet.
    ///
    /// # Errors
    /// The client for HTTP cannot be set up.
    pub fn new(config: &Config, resolver: &Resolver, clock: &Clock) -> Result<Self, SetupError> {
        let home = Folder::at(config.data_dir.join(BACKUPS_NAME));
        let mut places = vec![Place::folder("data folder", home.clone())];
        if let Some(directory) = &config.backup.directory {
            places.push(Place::folder("directory", Folder::at(directory.clone())));
        }
        if let Some(store) = &config.backup.s3 {
            places.push(Place::s3(s3::Bucket::new(store, resolver.clone(), clock.clone())?));
        }
        Ok(Self {
            places,
            home,
            data_dir: config.data_dir.clone(),
            recipients: config.backup.recipients.clone(),
            keep: config.backup.keep,
            clock: clock.clone(),
            working: Mutex::new(None),
            step: watch::Sender::new(None),
            wish: Wish::default(),
        })
    }

    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// What the backup that is being made is at; `None` if none is.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        *self.step.borrow()
    }

    /// What is in every place, of one installation or of all, the newest first.
    pub async fn list(&self, appliance: Option<&str>) -> Listing {
        let mut listing = Listing::default();
        for place in &self.places {
            match place.list(appliance).await {
                Ok(found) => listing.backups.extend(found.into_iter().map(|(name, bytes)| Listed {
                    place: place.label().to_owned(),
                    name: name.to_string(),
                    made_at: name.made_at,
                    bytes,
                    encrypted: name.is_sealed,
                    origin: Noted::NotAsked,
                    sha256: None,
                })),
                Err(error) if is_absent(&error) && self.is_home(place) => {}
                Err(error) => listing.errors.push(format!("{}: {error}", place.label())),
            }
        }
        listing.backups.sort_by_key(|listed| std::cmp::Reverse(listed.made_at));
        listing
    }

    /// What an installation has in the data folder; nothing if that cannot be seen.
    pub async fn here(&self, appliance: &str) -> Vec<Name> {
        let Some(home) = self.places.first() else { return Vec::new() };
        home.list(Some(appliance)).await.unwrap_or_default().into_iter().map(|(name, _)| name).collect()
    }

    /// The first place that has a backup of this name: of this label, if one is given, or else of all.
    pub async fn find(&self, name: &Name, label: Option<&str>) -> Option<&Place> {
        for place in self.places.iter().filter(|place| label.is_none_or(|label| label == place.label())) {
            if place.list(None).await.is_ok_and(|found| found.iter().any(|(known, _)| known == name)) {
                return Some(place);
            }
        }
        None
    }

    /// The places that can be tried: the folder in the data folder is made with the first backup only.
    pub fn triable(&self) -> impl Iterator<Item = &Place> {
        let unmade = usize::from(!self.home.path().exists());
        self.places.iter().skip(unmade)
    }

    /// Tries a place with something small, and leaves nothing behind.
    ///
    /// # Errors
    /// Why a backup could not be stored there.
    pub async fn probe(&self, place: &Place, appliance: &str) -> Result<(), PlaceError> {
        let name = Name::of(appliance, self.clock.now(), false);
        place.probe(&format!("{name}{TRIED}"), PROBE).await
    }

    fn is_home(&self, place: &Place) -> bool {
        self.places.first().is_some_and(|home| home.label() == place.label())
    }

    fn is_at(&self, step: Step) {
        self.step.send_replace(Some(step));
    }

    fn data_dir(&self) -> &Path {
        &self.data_dir
    }
}

/// The folder in the data folder is made with the first backup.
fn is_absent(error: &PlaceError) -> bool {
    matches!(error, PlaceError::Folder { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
}

//! What lies in the places, and what the books noted of each when it was made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::BackupRun;

/// A backup somewhere, for a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub place: String,
    pub name: String,
    pub made_at: Timestamp,
    pub bytes: u64,
    pub encrypted: bool,
    #[serde(default)]
    pub origin: Noted,
    /// Of what the books noted as made under this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What the books say of a backup that lies somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noted {
    /// There are no books to ask.
    #[default]
    NotAsked,
    /// One of this name and length was made here. That its bytes are the same is seen when it is read.
    NotedHere,
    /// One of this name and length was made here, and could not be read back from this place when it was stored.
    NotReadBack,
    /// One of this name and length was made here, and the books in it are not whole.
    NotWhole,
    /// One of this name was made here, of another length.
    Changed,
    /// None of this name was: it is older than these books remember, younger than they are, or somebody else's.
    NotProven,
}

impl Noted {
    /// Beside its name; empty if there is nothing to say.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NotAsked => "",
            Self::NotedHere => "noted here",
            Self::NotReadBack => "noted here, not read back from there",
            Self::NotWhole => "noted here, its books are not whole",
            Self::Changed => "not as it was made",
            Self::NotProven => "not proven to be ours",
        }
    }
}

/// What is where, and which places could not be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub backups: Vec<Listed>,
    /// A sentence each.
    pub errors: Vec<String>,
}

impl Listing {
    /// Compares what is there with what the books noted of what was made.
    #[must_use]
    pub fn compared_with(mut self, runs: &[BackupRun]) -> Self {
        for listed in &mut self.backups {
            let mut made = runs.iter().filter(|run| run.name.as_ref() == Some(&listed.name)).peekable();
            let is_known = made.peek().is_some();
            let same = made.find(|run| run.bytes == listed.bytes);
            listed.sha256 = same.map(|run| run.sha256.clone());
            listed.origin = match same {
                Some(run) if run.is_doubtful_at(&listed.place) => Noted::NotReadBack,
                Some(run) if run.is_of_broken_books() => Noted::NotWhole,
                Some(_) => Noted::NotedHere,
                None if is_known => Noted::Changed,
                None => Noted::NotProven,
            };
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{BackupRun, Listed, Listing, Noted, Timestamp};
    use crate::store::Stored;

    #[test]
    fn what_the_books_do_not_know_is_not_proven() {
        let listed = |name: &str, bytes| Listed {
            place: "s3".into(),
            name: name.into(),
            made_at: Timestamp::UNIX_EPOCH,
            bytes,
            encrypted: false,
            origin: Noted::NotAsked,
            sha256: None,
        };
        let run = BackupRun { name: Some("a".into()), bytes: 7, sha256: "00".into(), ..BackupRun::default() };
        let failed = BackupRun { error: Some("no room".into()), ..BackupRun::default() };
        let there = Listing { backups: vec![listed("a", 7), listed("a", 8), listed("b", 7)], errors: Vec::new() };
        let found = there.compared_with(&[failed, run]).backups;
        let doubtful = BackupRun {
            name: Some("a".into()),
            bytes: 7,
            places: vec![Stored { place: "s3".into(), error: Some("no answer".into()) }],
            ..BackupRun::default()
        };
        let there = Listing { backups: vec![listed("a", 7)], errors: Vec::new() };
        assert_eq!(there.compared_with(&[doubtful]).backups[0].origin, Noted::NotReadBack);
        let broken =
            BackupRun { name: Some("a".into()), bytes: 7, error: Some("no sums".into()), ..BackupRun::default() };
        let there = Listing { backups: vec![listed("a", 7)], errors: Vec::new() };
        assert_eq!(there.compared_with(&[broken]).backups[0].origin, Noted::NotWhole);
        let origins: Vec<_> = found.iter().map(|listed| (listed.origin, listed.sha256.as_deref())).collect();
        assert_eq!(origins, [(Noted::NotedHere, Some("00")), (Noted::Changed, None), (Noted::NotProven, None)]);
    }
}

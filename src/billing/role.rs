//! What somebody who signs in may do. Each role may all that the one before it may.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The roles, from the least to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads everything that is in the books, and changes nothing but the own account.
    Bookkeeper,
    /// Everything about customers, invoices and payments.
    Staff,
    /// Keys, bank details, people, tokens, backups, too. Whoever a former version knew is one.
    #[default]
    Owner,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Owner, Self::Staff, Self::Bookkeeper];

    /// In forms, and as it is stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Staff => "staff",
            Self::Bookkeeper => "bookkeeper",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it may, for people.
    #[must_use]
    pub fn may(self) -> &'static str {
        match self {
            Self::Owner => "Owner: everything",
            Self::Staff => "Staff: customers, invoices and payments, no settings",
            Self::Bookkeeper => "Bookkeeper: reads, and changes nothing",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "Owner",
            Self::Staff => "Staff",
            Self::Bookkeeper => "Bookkeeper",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn each_may_what_the_one_before_it_may() {
        assert!(Role::Bookkeeper < Role::Staff && Role::Staff < Role::Owner);
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
            assert!(role.may().starts_with(&role.to_string()));
        }
        assert_eq!(Role::named("root"), None);
    }
}

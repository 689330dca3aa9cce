//! Everything that is looked at: a name that stays, what people call it, and in which order it is shown.

/// One thing that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// For programs, and the anchor of its explanation. It stays.
    pub code: &'static str,
    /// For people.
    pub title: &'static str,
    pub group: Group,
}

/// Under which heading it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Books,
    Stripe,
    Visitors,
    Mail,
    Machine,
}

impl Group {
    pub const ALL: [Self; 5] = [Self::Books, Self::Stripe, Self::Visitors, Self::Mail, Self::Machine];

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Books => "Books and backups",
            Self::Stripe => "Stripe",
            Self::Visitors => "Visitors",
            Self::Mail => "Mail",
            Self::Machine => "This machine",
        }
    }
}

const fn of(group: Group, code: &'static str, title: &'static str) -> Look {
    Look { code, title, group }
}

/// All of them, in the order in which they are shown.
pub const ALL: [Look; 37] = [
    of(Group::Books, "books", "The stored data"),
    of(Group::Books, "notices", "What needs you"),
    of(Group::Books, "secrets", "Stored secrets"),
    of(Group::Books, "backup", "The last backup"),
    of(Group::Books, "backup-places", "Where backups go"),
    of(Group::Stripe, "clock", "The clock"),
    of(Group::Stripe, "stripe-key", "The secret key"),
    of(Group::Stripe, "stripe-permissions", "What the key may do"),
    of(Group::Stripe, "webhook-endpoint", "The webhook endpoint"),
    of(Group::Stripe, "webhook-delivery", "Events from Stripe"),
    of(Group::Stripe, "webhook-secret", "The signing secret"),
    of(Group::Stripe, "inbox", "Events to be worked off"),
    of(Group::Stripe, "card-payments", "Card payments"),
    of(Group::Visitors, "public-name", "The public name"),
    of(Group::Visitors, "public-address", "The public address"),
    of(Group::Visitors, "certificate", "The certificate"),
    of(Group::Visitors, "certificate-authority", "The certificate authority"),
    of(Group::Visitors, "forwarding", "What the proxy says"),
    of(Group::Visitors, "doors", "Ways in for visitors"),
    of(Group::Visitors, "ports", "Ports 80 and 443"),
    of(Group::Visitors, "listening", "Where Quittance listens"),
    of(Group::Visitors, "sign-in", "Signing in"),
    of(Group::Mail, "mail-server", "The mail server"),
    of(Group::Mail, "outbox", "Mails to be sent"),
    of(Group::Mail, "spf", "SPF"),
    of(Group::Mail, "dkim", "DKIM"),
    of(Group::Mail, "dmarc", "DMARC"),
    of(Group::Mail, "ptr", "Reverse name"),
    of(Group::Machine, "configuration", "The configuration"),
    of(Group::Machine, "data-folder", "The data folder"),
    of(Group::Machine, "disk", "Room on the disk"),
    of(Group::Machine, "file-system", "The file system"),
    of(Group::Machine, "memory", "Memory"),
    of(Group::Machine, "open-files", "Open files"),
    of(Group::Machine, "sandbox", "The sandbox"),
    of(Group::Machine, "server", "The server"),
    of(Group::Machine, "version", "The version"),
];

/// The look of this name.
#[must_use]
pub fn look(code: &str) -> Option<&'static Look> {
    ALL.iter().find(|look| look.code == code)
}

/// Where in the order it is shown.
pub(super) fn place(code: &str) -> usize {
    ALL.iter().position(|look| look.code == code).unwrap_or(ALL.len())
}

#[cfg(test)]
mod tests {
    use super::{ALL, Group};

    #[test]
    fn every_name_is_there_once_and_groups_stand_together() {
        for (place, look) in ALL.iter().enumerate() {
            assert_eq!(super::place(look.code), place, "{}", look.code);
            assert!(look.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", look.code);
        }
        let mut groups: Vec<Group> = ALL.iter().map(|look| look.group).collect();
        groups.dedup();
        assert_eq!(groups, Group::ALL);
    }
}

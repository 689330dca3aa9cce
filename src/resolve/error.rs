//! Why a name has no address that can be called: what is wrong, and what to do.

use super::RESOLV_CONF;
use crate::said::Said;

/// Why there is no address to connect to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said())]
pub enum ResolveError {
    NotAName {
        host: String,
    },
    NotFound {
        host: String,
    },
    NoNameServer {
        host: String,
    },
    TimedOut {
        host: String,
    },
    Failed {
        host: String,
        reason: String,
    },
    /// An address inside this machine or its network, which a stranger chose.
    NotPublic {
        host: String,
    },
    Start {
        reason: String,
    },
}

impl ResolveError {
    #[must_use]
    pub fn said(&self) -> Said {
        let look = || format!("check the network and {RESOLV_CONF}");
        match self {
            Self::NotAName { host } => {
                Said::new(format!("'{host}' is neither a host name nor an IP address"), "check its spelling")
            }
            Self::NotFound { host } => {
                Said::new(format!("no address is known for '{host}'"), "check its spelling and its DNS records")
            }
            Self::NoNameServer { host } => Said::new(
                format!("'{host}' could not be looked up because {RESOLV_CONF} names no DNS server"),
                "add one there ('nameserver ADDRESS'), or use an IP address",
            ),
            Self::TimedOut { host } => Said::new(format!("no DNS server answered about '{host}' in time"), look()),
            Self::Failed { host, reason } => {
                Said::new(format!("the DNS server could not answer about '{host}' ({reason})"), look())
            }
            Self::NotPublic { host } => Said::new(
                format!(
                    "'{host}' leads to an address inside this machine or its network, which may not be called from here"
                ),
                "check its DNS records",
            ),
            Self::Start { reason } => {
                Said::new(format!("the resolver could not be started ({reason})"), format!("check {RESOLV_CONF}"))
            }
        }
    }

    /// Whether other servers might know more.
    pub(super) fn is_of_the_servers(&self) -> bool {
        matches!(self, Self::NoNameServer { .. } | Self::TimedOut { .. } | Self::Failed { .. })
    }
}

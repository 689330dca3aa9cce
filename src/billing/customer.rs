//! Who is invoiced.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::CustomerId;
use super::party::Party;

/// A customer; an issued invoice keeps its own copy of the party as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: CustomerId,
    pub party: Party,
    pub created_at: Timestamp,
    #[serde(default)]
    pub revision: u32,
}

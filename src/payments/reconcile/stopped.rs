//! Why a pass ended early, in words for its report.

use super::REPAIRS_MAX;
use super::account::OTHER_ACCOUNT;
use crate::payments::client::CallError;
use crate::payments::sync::SyncError;
use crate::store::Error;

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stopped {
    #[error(transparent)]
    Stripe(CallError),
    /// The month's reads are nearly used up.
    #[error(
        "Most of the reads that Stripe grants a month are used up, so only open checkouts and refunds were looked at. \
         Webhooks and payments go on as ever, and every night the last days are compared; a pass that you start yourself \
         does everything."
    )]
    Saving,
    /// More differences than can be believed.
    #[error(
        "{0} differences were found, and perhaps there are more, where {REPAIRS_MAX} at most are usual, so none of them \
         was repaired. Check that the key and the webhook belong to the same Stripe account, then run it again."
    )]
    TooMuch(usize),
    /// The key opens another account than the books are of.
    #[error(
        "{OTHER_ACCOUNT} {is}, and the books are of {was}. Nothing was compared or repaired. If \
         you mean to go on with the new account, say so on the reconciliation page; else enter the former key again."
    )]
    OtherAccount { was: String, is: String },
    #[error(transparent)]
    Store(Error),
}

impl From<CallError> for Stopped {
    fn from(error: CallError) -> Self {
        Self::Stripe(error)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<SyncError> for Stopped {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Stripe(error) => Self::Stripe(error),
            SyncError::Store(error) => Self::Store(error),
        }
    }
}

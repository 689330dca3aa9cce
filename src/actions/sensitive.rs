//! Every owner is mailed when something changed that money or access depends on, and whoever's own account it is.
//!
//! The rule it keeps: the mail is owed in the transaction of the change, so that there is no change without it, and no
//! setting switches it off. What is entered for the first time before anything was issued is setting up, and no change:
//! nobody pays anything yet.

use super::{Refusal, mailings, reviews};
use crate::billing::letter::{Letter, Matter};
use crate::billing::sensitive::Sensitive;
use crate::store::{Error, Writer};

/// Whether something stood in the place of what is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    Nothing,
    Something,
}

/// Owes the owners a mail about a change, and whoever it concerns. `by` says who made it and with what: `anna@example.com, in Firefox on Linux`.
///
/// # Errors
/// The store failed.
pub fn tell(w: &mut Writer<'_>, change: Sensitive, before: Before, by: &str) -> Result<(), Error> {
    if before == Before::Nothing && !w.has_issued()? {
        return Ok(());
    }
    let (mut to, at) = (reviews::owners(w)?, w.now());
    if let Some(own) = change.concerns()
        && !to.is_empty()
        && !to.iter().any(|owner| owner == own)
    {
        to.push(own.to_owned());
    }
    mailings::queue(w, Matter::OwnerChange { change, by: by.to_owned(), at }, to, Vec::new(), at).map(drop)
}

/// Refuses to take such a mail back, or to send it elsewhere: whoever is signed in may be the one it tells of.
///
/// # Errors
/// It is one.
pub fn keep_from_nobody(letter: &Letter) -> Result<(), Refusal> {
    if letter.subject_matter.is_for_all_owners() {
        return Err(Refusal::conflict(
            "This mail tells every owner of a change, so it goes to all of them and nowhere else.",
        ));
    }
    Ok(())
}

//! Owners come to be and sign in. Passwords are hashed by the caller: hashing takes long and must not hold the writer.

use jiff::SignedDuration;

use super::Refusal;
use crate::billing::email::check_email;
use crate::billing::id::{OwnerId, SessionId};
use crate::store::{Error, Owner, Session, Writer};

/// A session ends after this long without a request.
pub const IDLE_MAX: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after this long in any case.
pub const AGE_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Sessions that one owner may have open: beyond it the oldest ends.
const SESSIONS_MAX: usize = 20;
const USER_AGENT_CHARS_MAX: usize = 200;

/// Stores a new owner.
///
/// # Errors
/// The address is none, or is an owner's already.
pub fn add(w: &mut Writer<'_>, email: &str, password_hash: &str) -> Result<Owner, Refusal> {
    check_email(email).map_err(|problem| Refusal::field("email", problem))?;
    if w.owner_by_email(email)?.is_some() {
        return Err(Refusal::conflict(format!("{email} is an owner already.")));
    }
    let owner = Owner {
        id: w.id()?,
        email: email.to_lowercase(),
        password_hash: password_hash.to_owned(),
        created_at: w.now(),
    };
    w.put_owner(&owner)?;
    Ok(owner)
}

/// The very first owner, made by whoever holds the one-time setup address.
///
/// # Errors
/// There is an owner already: setting up is over.
pub fn add_first(w: &mut Writer<'_>, email: &str, password_hash: &str) -> Result<Owner, Refusal> {
    if !w.owners()?.is_empty() {
        return Err(Refusal::conflict("This Quittance has an owner already. Sign in instead."));
    }
    add(w, email, password_hash)
}

/// Gives an owner another password and ends every session but `keep`.
///
/// # Errors
/// There is no such owner.
pub fn change_password(
    w: &mut Writer<'_>,
    id: OwnerId,
    password_hash: &str,
    keep: Option<SessionId>,
) -> Result<(), Refusal> {
    let owner = w.owner(id)?.ok_or(Refusal::NotFound("owner"))?;
    w.put_owner(&Owner { password_hash: password_hash.to_owned(), ..owner })?;
    for session in w.sessions()?.into_iter().filter(|session| session.owner == id && Some(session.id) != keep) {
        w.remove_session(session.id)?;
    }
    Ok(())
}

/// Opens a session whose cookie holds the secret of this digest.
///
/// # Errors
/// The store failed.
pub fn sign_in(w: &mut Writer<'_>, owner: OwnerId, secret_digest: &str, user_agent: &str) -> Result<Session, Refusal> {
    let of_owner: Vec<_> = w.sessions()?.into_iter().filter(|session| session.owner == owner).collect();
    for oldest in of_owner.iter().skip(SESSIONS_MAX - 1) {
        w.remove_session(oldest.id)?;
    }
    let session = Session {
        id: w.id()?,
        owner,
        secret_digest: secret_digest.to_owned(),
        created_at: w.now(),
        seen_at: w.now(),
        user_agent: user_agent.chars().take(USER_AGENT_CHARS_MAX).collect(),
    };
    w.put_session(&session)?;
    Ok(session)
}

/// Ends the sessions that nobody has used for too long, or that have lasted too long.
///
/// # Errors
/// The store failed.
pub fn end_old_sessions(w: &mut Writer<'_>) -> Result<(), Error> {
    let now = w.now();
    for session in w.sessions()? {
        if now.duration_since(session.seen_at) > IDLE_MAX || now.duration_since(session.created_at) > AGE_MAX {
            w.remove_session(session.id)?;
        }
    }
    Ok(())
}

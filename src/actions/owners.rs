//! Owners come to be and sign in. Passwords are hashed by the caller: hashing takes long and must not hold the writer.

use jiff::{SignedDuration, Timestamp};

use super::people::LOCKED;
use super::sensitive::{self, Before};
use super::{Refusal, second_step};
use crate::billing::email::check_email;
use crate::billing::id::{OwnerId, SessionId};
use crate::billing::role::Role;
use crate::billing::sensitive::Sensitive;
use crate::store::{Error, Owner, Reader, Session, Writer};

/// A session ends after this long without a request.
pub const IDLE_MAX: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after this long in any case.
pub const AGE_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Sessions that one owner may have open: beyond it the oldest ends.
const SESSIONS_MAX: usize = 20;
const USER_AGENT_CHARS_MAX: usize = 200;
/// Browsers of one owner that are known again: beyond it the one that signed in longest ago is new once more.
const BROWSERS_MAX: usize = 50;

/// Stores a new owner; `by` says who adds them and with what, for the owners.
///
/// # Errors
/// The address is none, or is an owner's already.
pub fn add(w: &mut Writer<'_>, email: &str, password_hash: &str, by: &str) -> Result<Owner, Refusal> {
    check_email(email).map_err(|problem| Refusal::field("email", problem))?;
    if let Some(known) = w.owner_by_email(email)? {
        let what = match known.role {
            Role::Owner => "an owner already",
            Role::Staff | Role::Bookkeeper => "among the people who sign in already; an owner can give them that role",
        };
        return Err(Refusal::conflict(format!(
            "{email} is {what}. If the password is forgotten, run quittance owner reset-access --email {email}."
        )));
    }
    let owner = Owner {
        id: w.id()?,
        email: email.to_lowercase(),
        password_hash: password_hash.to_owned(),
        created_at: w.now(),
        second_step: None,
        browsers: Vec::new(),
        role: Role::Owner,
        without_shortcuts: false,
    };
    let before = if w.owners()?.is_empty() { Before::Nothing } else { Before::Something };
    w.put_owner(&owner)?;
    sensitive::tell(w, Sensitive::OwnerAdded { email: owner.email.clone() }, before, by)?;
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
    add(w, email, password_hash, "the one-time setup address")
}

/// Gives an owner another password and ends every session of theirs; whoever changed it is given a new one.
///
/// # Errors
/// There is no such owner.
pub fn change_password(w: &mut Writer<'_>, id: OwnerId, password_hash: &str, by: &str) -> Result<Owner, Refusal> {
    let owner = w.owner(id)?.ok_or(Refusal::NotFound("owner"))?;
    let owner = Owner { password_hash: password_hash.to_owned(), ..owner };
    w.put_owner(&owner)?;
    end_sessions(w, id)?;
    sensitive::tell(w, Sensitive::Password { owner: owner.email.clone() }, Before::Something, by)?;
    Ok(owner)
}

/// The same password under another hash. Of whoever has another password by now nothing is changed, and `of` comes back as
/// it is: what was proven is that one.
///
/// # Errors
/// There is no such owner.
pub fn renew_hash(w: &mut Writer<'_>, of: &Owner, password_hash: &str) -> Result<Owner, Refusal> {
    let owner = w.owner(of.id)?.ok_or(Refusal::NotFound("owner"))?;
    if owner.password_hash != of.password_hash {
        return Ok(of.clone());
    }
    let owner = Owner { password_hash: password_hash.to_owned(), ..owner };
    w.put_owner(&owner)?;
    Ok(owner)
}

/// How long whoever forgot the password may take with the one-time address.
pub const REGAIN_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// How the mark of a one-time address begins; owner and digest of its secret follow.
const ACCESS: &str = "access:";
/// How long whoever was invited may take.
pub const INVITED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The same for the address that an invitation is.
const INVITATION: &str = "invitation:";
/// Both sorts of address, each with how long it is good.
const ADDRESSES: [(&str, SignedDuration); 2] = [(ACCESS, REGAIN_WITHIN), (INVITATION, INVITED_WITHIN)];

/// Lets an owner choose another password by a one-time address, whose secret has this digest. Whoever asks for it may
/// have lost the password to somebody else: it stops working at once, and every session of the owner ends, and an address
/// that was given before. What showed the codes of the second step may be lost, too: it is switched off, and whether it was
/// there is told.
///
/// # Errors
/// Nobody signs in with that address.
pub fn reset_access(w: &mut Writer<'_>, email: &str, digest: &str) -> Result<bool, Refusal> {
    let Some(owner) = w.owner_by_email(email)? else {
        let known: Vec<String> = w.owners()?.into_iter().map(|owner| owner.email).collect();
        let known = if known.is_empty() { "there is no owner yet".to_owned() } else { known.join(", ") };
        return Err(Refusal::conflict(format!(
            "Nobody signs in with {email} ({known}); name an address of those, or add one with quittance owner add."
        )));
    };
    forget_addresses(w, owner.id)?;
    // No hash: no password is the one of it. Nobody knows it, since browsers are told apart by it, too.
    w.put_owner(&Owner { password_hash: format!("{LOCKED}{digest}"), ..owner.clone() })?;
    let had_second_step = second_step::switch_off(w, owner.id, "quittance owner reset-access on the server")?;
    end_sessions(w, owner.id)?;
    give_address(w, owner.id, digest, false)?;
    Ok(had_second_step)
}

/// Notes an address whose secret has this digest.
pub(super) fn give_address(w: &mut Writer<'_>, id: OwnerId, digest: &str, is_invitation: bool) -> Result<(), Error> {
    let (kind, within) = ADDRESSES[usize::from(is_invitation)];
    let until = w.now().saturating_add(within).unwrap_or(w.now());
    w.put_mark(&format!("{kind}{id}:{digest}"), until)
}

/// Until when an address that somebody was given is good.
pub(super) fn address_until(r: &Reader<'_>, id: OwnerId, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    for (kind, within) in ADDRESSES {
        let marks = r.marks_under(&format!("{kind}{id}:"))?;
        if let Some((_, until)) = marks.into_iter().find(|(_, until)| is_good(*until, now, within)) {
            return Ok(Some(until));
        }
    }
    Ok(None)
}

/// Whom a one-time address is for, while it is good.
///
/// # Errors
/// The store failed.
pub fn owner_of_address(r: &Reader<'_>, digest: &str, now: Timestamp) -> Result<Option<Owner>, Error> {
    for (kind, within) in ADDRESSES {
        for (name, until) in r.marks_under(kind)? {
            if let Some((id, own)) = name.split_once(':')
                && own == digest
                && is_good(until, now, within)
                && let Ok(id) = id.parse()
            {
                return r.owner(id);
            }
        }
    }
    Ok(None)
}

/// Whether an address is good that was made for `within` and ends at `until`. One that would be good for longer was made by a
/// clock that was set back since.
#[must_use]
pub fn is_good(until: Timestamp, now: Timestamp, within: SignedDuration) -> bool {
    now < until && until.duration_since(now) <= within
}

/// Gives whoever holds a one-time address another password; the address is used up by it.
///
/// # Errors
/// The address was used already, or is too old.
pub fn regain_access(w: &mut Writer<'_>, digest: &str, password_hash: &str, by: &str) -> Result<Owner, Refusal> {
    let owner = owner_of_address(w, digest, w.now())?.ok_or_else(|| Refusal::conflict(ADDRESS_USED))?;
    forget_addresses(w, owner.id)?;
    change_password(w, owner.id, password_hash, by)
}

/// What is said about a one-time address that is good no more.
pub const ADDRESS_USED: &str = "This address was used already, or is too old. Ask an owner for another one. Run quittance \
                                owner reset-access on the server if there is nobody to ask.";

pub(super) fn forget_addresses(w: &mut Writer<'_>, owner: OwnerId) -> Result<(), Error> {
    for (kind, _) in ADDRESSES {
        for (name, _) in w.marks_under(&format!("{kind}{owner}:"))? {
            w.remove_mark(&format!("{kind}{owner}:{name}"))?;
        }
    }
    Ok(())
}

pub(super) fn end_sessions(w: &mut Writer<'_>, owner: OwnerId) -> Result<(), Error> {
    for session in w.sessions()?.into_iter().filter(|session| session.owner == owner) {
        w.remove_session(session.id)?;
    }
    Ok(())
}

/// Opens a session whose cookie holds the secret of this digest, in the place of the one that the browser had, for whoever
/// has shown to be `proven`. To show it takes a while: whoever changed the password, removed them or set the second step up
/// meanwhile ended every session that there was, and must not be left with one more.
///
/// # Errors
/// What was shown is not enough any more.
pub fn sign_in(
    w: &mut Writer<'_>,
    proven: &Owner,
    secret_digest: &str,
    user_agent: &str,
    before: Option<SessionId>,
) -> Result<Session, Refusal> {
    let owner = proven.id;
    let is_enough = |present: &Owner| {
        present.password_hash == proven.password_hash && (present.second_step.is_none() || proven.second_step.is_some())
    };
    if !w.owner(owner)?.is_some_and(|present| is_enough(&present)) {
        return Err(Refusal::conflict("How you sign in was changed in the meantime. Please sign in again."));
    }
    if let Some(before) = before {
        w.remove_session(before)?;
    }
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
        proved_at: Some(w.now()),
        user_agent: user_agent.chars().take(USER_AGENT_CHARS_MAX).collect(),
    };
    w.put_session(&session)?;
    Ok(session)
}

/// Notes which browser an owner has just signed in with, by the digest of its mark, and owes the owners a mail if it was
/// never seen; `is_known` says that the mark itself proved it. Nobody is kept out by it. `by` says what browser it is, and
/// from where: nothing is said of the first of an owner before there is anything to be had.
///
/// # Errors
/// The store failed.
pub fn note_browser(w: &mut Writer<'_>, id: OwnerId, digest: &str, is_known: bool, by: &str) -> Result<(), Error> {
    let Some(mut owner) = w.owner(id)? else { return Ok(()) };
    let before = if owner.browsers.is_empty() { Before::Nothing } else { Before::Something };
    let place = owner.browsers.iter().position(|own| own == digest);
    if place.is_some_and(|place| place + 1 == owner.browsers.len()) {
        return Ok(());
    }
    match place {
        Some(place) => drop(owner.browsers.remove(place)),
        None if is_known => {}
        None => sensitive::tell(w, Sensitive::NewBrowser { owner: owner.email.clone() }, before, by)?,
    }
    owner.browsers.push(digest.to_owned());
    let beyond = owner.browsers.len().saturating_sub(BROWSERS_MAX);
    owner.browsers.drain(..beyond);
    w.put_owner(&owner)
}

/// Whether single keys do nothing on the pages of this person.
///
/// # Errors
/// The person is gone, or the store failed.
pub fn set_keyboard(w: &mut Writer<'_>, id: OwnerId, without_shortcuts: bool) -> Result<(), Refusal> {
    let owner = w.owner(id)?.ok_or(Refusal::NotFound("person"))?;
    Ok(w.put_owner(&Owner { without_shortcuts, ..owner })?)
}

/// Ends every session of an owner but one.
///
/// # Errors
/// The store failed.
pub fn end_other_sessions(w: &mut Writer<'_>, owner: OwnerId, but: SessionId) -> Result<(), Error> {
    for session in w.sessions()?.into_iter().filter(|session| session.owner == owner && session.id != but) {
        w.remove_session(session.id)?;
    }
    Ok(())
}

/// Whether a session still opens anything. One of the future, made while the clock was ahead, ends as one of the past does:
/// it is not alive for years.
#[must_use]
pub fn is_alive(session: &Session, now: Timestamp) -> bool {
    now.duration_since(session.seen_at).abs() < IDLE_MAX && now.duration_since(session.created_at).abs() < AGE_MAX
}

/// Notes that whoever uses a session has just shown to know the password.
///
/// # Errors
/// The store failed.
pub fn prove(w: &mut Writer<'_>, id: SessionId) -> Result<(), Error> {
    match w.session(id)? {
        Some(session) => {
            let proved_at = Some(w.now());
            w.put_session(&Session { proved_at, ..session })
        }
        None => Ok(()),
    }
}

/// Ends the sessions that nobody has used for too long, or that have lasted too long.
///
/// # Errors
/// The store failed.
pub fn end_old_sessions(w: &mut Writer<'_>) -> Result<(), Error> {
    let now = w.now();
    for session in w.sessions()? {
        if !is_alive(&session, now) {
            w.remove_session(session.id)?;
        }
    }
    Ok(())
}

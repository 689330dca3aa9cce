//! Who may sign in beside the first owner: invited by an address of one use, given another role, removed.
//!
//! The rule it keeps: there is always an owner who has a password.

use jiff::Timestamp;

use super::Refusal;
use super::owners::{end_sessions, forget_addresses, give_address};
use super::second_step;
use super::sensitive::{self, Before};
use crate::billing::email::check_email;
use crate::billing::id::OwnerId;
use crate::billing::role::Role;
use crate::billing::sensitive::Sensitive;
use crate::store::{Error, Owner, Reader, Writer};

/// Everybody who may sign in, owners included.
const PEOPLE_MAX: usize = 50;

/// Stores somebody who may choose a password by an address whose secret has this digest.
///
/// # Errors
/// The address is none, or somebody signs in with it already; or there are too many people.
pub fn invite(w: &mut Writer<'_>, email: &str, role: Role, digest: &str, by: &str) -> Result<Owner, Refusal> {
    check_email(email).map_err(|problem| Refusal::field("email", problem))?;
    if w.owner_by_email(email)?.is_some() {
        return Err(Refusal::conflict(format!("{email} is among these people already.")));
    }
    if w.owners()?.len() >= PEOPLE_MAX {
        return Err(Refusal::conflict(format!("{PEOPLE_MAX} people may sign in already; remove one first.")));
    }
    let person = Owner {
        id: w.id()?,
        email: email.to_lowercase(),
        // No hash: no password is the one of it.
        password_hash: format!("{LOCKED}{digest}"),
        created_at: w.now(),
        second_step: None,
        browsers: Vec::new(),
        role,
        without_shortcuts: false,
    };
    w.put_owner(&person)?;
    give_address(w, person.id, digest, true)?;
    let what = Sensitive::PersonInvited { email: person.email.clone(), role };
    sensitive::tell(w, what, Before::Something, by)?;
    Ok(person)
}

/// How what is stored of a password begins while there is none.
pub const LOCKED: &str = "locked ";

/// Whether somebody has chosen a password.
#[must_use]
pub fn has_password(person: &Owner) -> bool {
    !person.password_hash.starts_with(LOCKED)
}

/// Gives somebody another role, and signs them out: what is open was opened under the former one.
///
/// # Errors
/// There is no such person, or nobody would be left who may everything.
pub fn change_role(w: &mut Writer<'_>, id: OwnerId, role: Role, by: &str) -> Result<(), Refusal> {
    let person = w.owner(id)?.ok_or(Refusal::NotFound("person"))?;
    if person.role == role {
        return Ok(());
    }
    if role != Role::Owner {
        keep_an_owner(w, &person)?;
    }
    let what = Sensitive::RoleChanged { email: person.email.clone(), role };
    w.put_owner(&Owner { role, ..person })?;
    end_sessions(w, id)?;
    Ok(sensitive::tell(w, what, Before::Something, by)?)
}

/// Removes somebody, with every session and what they sign in with. What they did stays, under their address.
///
/// # Errors
/// There is no such person, or nobody would be left who may everything.
pub fn remove(w: &mut Writer<'_>, id: OwnerId, by: &str) -> Result<(), Refusal> {
    let person = w.owner(id)?.ok_or(Refusal::NotFound("person"))?;
    keep_an_owner(w, &person)?;
    second_step::forget(w, id)?;
    forget_addresses(w, id)?;
    end_sessions(w, id)?;
    w.remove_owner(id)?;
    let what = Sensitive::PersonRemoved { email: person.email };
    Ok(sensitive::tell(w, what, Before::Something, by)?)
}

fn keep_an_owner(r: &Reader<'_>, without: &Owner) -> Result<(), Refusal> {
    let others = r.owners()?.into_iter().filter(|other| other.id != without.id);
    if others.into_iter().any(|other| other.role == Role::Owner && has_password(&other)) {
        return Ok(());
    }
    Err(Refusal::conflict("Somebody must remain who may do everything. Make another person an owner first."))
}

/// Until when an invitation that was not taken up is good; `None` for whoever has a password, or one that is over.
///
/// # Errors
/// The store failed.
pub fn invited_until(r: &Reader<'_>, person: &Owner, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    if has_password(person) { Ok(None) } else { super::owners::address_until(r, person.id, now) }
}

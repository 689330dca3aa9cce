//! The second step of an owner's sign-in: codes of an app, and recovery codes. What was typed is compared by the caller; here
//! it is used up, in the transaction that says so, and every owner is told of what changed.

use super::sensitive::{self, Before};
use super::{Refusal, owners};
use crate::billing::id::{OwnerId, SessionId};
use crate::billing::sensitive::Sensitive;
use crate::store::vault::Vault;
use crate::store::{Error, Owner, Reader, SecondStep, Writer};

/// How the names of the secrets behind the codes begin. Who cannot read one signs in with a recovery code.
pub const SECRETS: &str = "second_step";
/// A step ahead of the present one may be taken; one further ahead was used by a clock that was set back since.
const AHEAD_MAX: u64 = 1;

fn in_force(owner: OwnerId) -> String {
    format!("{SECRETS}:{owner}")
}

/// Of an app that has not shown yet that it knows it.
fn begun(owner: OwnerId) -> String {
    format!("{SECRETS}.begun:{owner}")
}

/// The secret behind an owner's codes; `None` if there is none, or it cannot be read.
///
/// # Errors
/// The store failed.
pub fn secret(r: &Reader<'_>, vault: &Vault, owner: OwnerId) -> Result<Option<String>, Error> {
    r.secret(vault, &in_force(owner))
}

/// The secret of an app that is being set up.
///
/// # Errors
/// The store failed.
pub fn begun_secret(r: &Reader<'_>, vault: &Vault, owner: OwnerId) -> Result<Option<String>, Error> {
    r.secret(vault, &begun(owner))
}

/// Keeps the secret of an app that is to be set up. Nothing is asked of anybody before it has shown a code.
///
/// # Errors
/// There is a second step already.
pub fn begin(w: &mut Writer<'_>, vault: &Vault, id: OwnerId, secret: &str) -> Result<(), Refusal> {
    if owner(w, id)?.second_step.is_some() {
        return Err(Refusal::conflict("The second step is set up already. Switch it off first."));
    }
    Ok(w.put_secret(vault, &begun(id), secret)?)
}

/// From now on codes of the app are asked for; `step` is the one whose code it showed. Sessions that the password alone opened
/// end, all but `here`.
///
/// # Errors
/// It was not begun, or another window was quicker.
pub fn confirm(
    w: &mut Writer<'_>,
    vault: &Vault,
    (id, here): (OwnerId, SessionId),
    step: u64,
    recovery: Vec<String>,
    by: &str,
) -> Result<Owner, Refusal> {
    let owner = owner(w, id)?;
    let secret = begun_secret(w, vault, id)?.filter(|_| owner.second_step.is_none());
    let secret = secret.ok_or_else(|| Refusal::conflict("Setting it up was over already. Look how it stands now."))?;
    w.put_secret(vault, &in_force(id), &secret)?;
    w.remove_secret(&begun(id))?;
    let owner = Owner { second_step: Some(SecondStep { since: w.now(), used: step, recovery }), ..owner };
    w.put_owner(&owner)?;
    owners::end_other_sessions(w, id, here)?;
    let what = Sensitive::SecondStep { owner: owner.email.clone() };
    sensitive::tell(w, what, Before::Something, by)?;
    Ok(owner)
}

/// Uses the code of a step up; whether it was good still. `now` is the present step.
///
/// # Errors
/// The store failed.
pub fn use_code(w: &mut Writer<'_>, id: OwnerId, step: u64, now: u64) -> Result<bool, Error> {
    let Some((owner, second)) = with_second_step(w, id)? else { return Ok(false) };
    if step <= second.used && second.used <= now + AHEAD_MAX {
        return Ok(false);
    }
    w.put_owner(&Owner { second_step: Some(SecondStep { used: step, ..second }), ..owner })?;
    Ok(true)
}

/// Uses a recovery code up, by its digest; whether there was such a one.
///
/// # Errors
/// The store failed.
pub fn use_recovery_code(w: &mut Writer<'_>, id: OwnerId, digest: &str, by: &str) -> Result<bool, Error> {
    let Some((owner, mut second)) = with_second_step(w, id)? else { return Ok(false) };
    let Some(place) = second.recovery.iter().position(|own| own == digest) else { return Ok(false) };
    second.recovery.remove(place);
    let what = Sensitive::RecoveryCodeUsed { owner: owner.email.clone(), left: second.recovery.len() };
    w.put_owner(&Owner { second_step: Some(second), ..owner })?;
    sensitive::tell(w, what, Before::Something, by)?;
    Ok(true)
}

/// Other recovery codes in the place of those that there were.
///
/// # Errors
/// There is no second step.
pub fn renew_codes(w: &mut Writer<'_>, id: OwnerId, recovery: Vec<String>, by: &str) -> Result<Owner, Refusal> {
    let (owner, second) = with_second_step(w, id)?.ok_or_else(|| Refusal::conflict(OFF))?;
    let owner = Owner { second_step: Some(SecondStep { recovery, ..second }), ..owner };
    w.put_owner(&owner)?;
    let what = Sensitive::RecoveryCodes { owner: owner.email.clone() };
    sensitive::tell(w, what, Before::Something, by)?;
    Ok(owner)
}

const OFF: &str = "The second step is switched off already.";

/// The password alone again, from now on. Whether there was a second step.
///
/// # Errors
/// There is no such owner.
pub fn switch_off(w: &mut Writer<'_>, id: OwnerId, by: &str) -> Result<bool, Refusal> {
    let owner = owner(w, id)?;
    forget(w, id)?;
    if owner.second_step.is_none() {
        return Ok(false);
    }
    let what = Sensitive::SecondStepOff { owner: owner.email.clone() };
    w.put_owner(&Owner { second_step: None, ..owner })?;
    sensitive::tell(w, what, Before::Something, by)?;
    Ok(true)
}

/// Forgets the secrets behind somebody's codes.
///
/// # Errors
/// The store failed.
pub fn forget(w: &mut Writer<'_>, id: OwnerId) -> Result<(), Error> {
    w.remove_secret(&in_force(id))?;
    w.remove_secret(&begun(id))
}

fn owner(r: &Reader<'_>, id: OwnerId) -> Result<Owner, Refusal> {
    r.owner(id)?.ok_or(Refusal::NotFound("owner"))
}

fn with_second_step(r: &Reader<'_>, id: OwnerId) -> Result<Option<(Owner, SecondStep)>, Error> {
    Ok(r.owner(id)?.and_then(|owner| owner.second_step.clone().map(|second| (owner, second))))
}

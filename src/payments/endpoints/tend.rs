//! The endpoint that we made is kept as it should be: after an upgrade it gets the new events, or a successor that speaks
//! the new version; the old one is deleted once the successor has delivered.
//!
//! Done by itself, with the key in use, and only to what this installation made for the address that it has. Where the key
//! may not, the notices say what is to be done.

use super::look::look;
use super::{EndpointError, delete, is_enabled, list, make_right, missing, remove_secret, set_up, url};
use crate::billing::endpoint::{Endpoint, Making, Observed};
use crate::payments::API_VERSION;
use crate::payments::objects::WebhookEndpoint;
use crate::payments::sync::SyncError;
use crate::payments::till::Till;
use crate::store::vault::Vault;
use crate::store::{Error, Reader};

/// Looks after the endpoint. Whether secrets were changed, so that they must be put in force. `may_follow` says whether one
/// may be made because the key in use is of the other mode than when it was set up.
///
/// # Errors
/// Stripe refused or could not be asked, or the store failed.
pub async fn tend(till: &Till, vault: &Vault, may_follow: bool) -> Result<bool, EndpointError> {
    let observed = match look(till).await {
        Ok(observed) => observed,
        Err(SyncError::Stripe(error)) => return Err(error.into()),
        Err(SyncError::Store(error)) => return Err(error.into()),
    };
    let here = url(till);
    let mut known = till.store.read(|r| r.endpoints())?;
    known.retain(|endpoint| endpoint.url == here && endpoint.livemode == till.livemode);
    let mut changed = false;
    if needs_mending(&known, &observed) || (may_follow && till.store.read(|r| is_of_other_mode(&r, till))?) {
        set_up(till, vault).await?;
        changed = true;
    }
    for old in superseded(till, &known)? {
        retire(till, vault, old).await?;
        changed = true;
    }
    Ok(changed)
}

/// Has the endpoint that we made send the events that it lacks, and changes nothing else.
///
/// # Errors
/// As [`tend`].
pub async fn add_events(till: &Till) -> Result<(), EndpointError> {
    let (here, known) = (url(till), till.store.read(|r| r.endpoints())?);
    let at_stripe = list(till).await?;
    for ours in known.iter().filter(|ours| ours.url == here && ours.livemode == till.livemode) {
        let is_it = |seen: &&WebhookEndpoint| seen.id.as_deref() == ours.made().map(|(id, _)| id) && is_enabled(seen);
        if let Some(seen) = at_stripe.iter().find(is_it).filter(|seen| !missing(seen).is_empty()) {
            make_right(till, ours, seen).await?;
        }
    }
    Ok(())
}

/// Whether this installation made an endpoint here for test or for live payments, and none for those of the key in use:
/// the two have endpoints of their own at Stripe. One that was deleted or refused is not made again by itself.
///
/// # Errors
/// The store failed.
pub fn is_of_other_mode(r: &Reader<'_>, till: &Till) -> Result<bool, Error> {
    let mut known = r.endpoints()?;
    known.retain(|endpoint| endpoint.url == url(till));
    let has_other = known.iter().any(|endpoint| endpoint.livemode != till.livemode && endpoint.made().is_some());
    Ok(has_other && known.iter().all(|endpoint| endpoint.livemode != till.livemode))
}

/// Whether ours was asked for and no answer came, or lacks events, or speaks another version. One that the owner switched
/// off or deleted at Stripe stays as it is.
fn needs_mending(known: &[Endpoint], observed: &Observed) -> bool {
    let seen = |id: &str| observed.endpoints.iter().find(|seen| seen.id == id && seen.is_enabled);
    let of_version = |endpoint: &&Endpoint| endpoint.api_version == API_VERSION;
    let present = known.iter().filter(of_version).find_map(|endpoint| seen(endpoint.made()?.0));
    let older = known.iter().find_map(|endpoint| seen(endpoint.made()?.0));
    let is_asked = known.last().is_some_and(|endpoint| endpoint.state == Making::Asked);
    match (present, older) {
        (Some(seen), _) => !seen.missing.is_empty(),
        (None, Some(_)) => true,
        (None, None) => is_asked,
    }
}

/// Those of another version beside one of ours that has delivered.
fn superseded(till: &Till, known: &[Endpoint]) -> Result<Vec<Endpoint>, Error> {
    till.store.read(|r| {
        let mut delivers = false;
        for (_, secret) in known.iter().filter(|one| one.api_version == API_VERSION).filter_map(Endpoint::made) {
            delivers |= r.last_signed_by(secret)?.is_some();
        }
        let is_old = |one: &&Endpoint| one.api_version != API_VERSION && one.made().is_some();
        Ok(known.iter().filter(is_old).filter(|_| delivers).cloned().collect())
    })
}

async fn retire(till: &Till, vault: &Vault, old: Endpoint) -> Result<(), EndpointError> {
    let Some((id, secret)) = old.made().map(|(id, secret)| (id.to_owned(), secret.to_owned())) else { return Ok(()) };
    delete(till, &id).await?;
    let vault = vault.clone();
    till.store
        .write(move |w| {
            remove_secret(w, &vault, &secret)?;
            w.put_endpoint(&Endpoint { state: Making::Gone { at: w.now() }, ..old.clone() })
        })
        .await?;
    Ok(())
}

//! What Stripe says of the endpoints that concern us, and what is wrong with them.
//!
//! Concerned are those that lead to the public address, those that bear our name, and those that lead to a Quittance at
//! another address and bear no other name. The rest belongs to other programs.

use super::{PATH, is_enabled, list, missing, url};
use crate::billing::endpoint::{Endpoint, Observed, Seen};
use crate::payments::client::CallError;
use crate::payments::notices::{self, Notice};
use crate::payments::objects::{APP, WebhookEndpoint, bears};
use crate::payments::sync::SyncError;
use crate::payments::till::Till;
use crate::store::{Error, Writer};

/// Asks Stripe for its endpoints, keeps what it says, and puts up or takes down what is to be said about them.
///
/// # Errors
/// Stripe refused, as it does if the key may not read endpoints, or could not be asked; or the store failed.
pub async fn look(till: &Till) -> Result<Observed, SyncError> {
    let observed = Observed { at: till.now(), endpoints: seen(till).await? };
    let (kept, livemode, secrets) = (observed.clone(), till.livemode, till.webhook_secrets.clone());
    till.store
        .write(move |w| {
            w.put_observed_endpoints(&kept)?;
            judge(w, &kept, livemode, &secrets)
        })
        .await?;
    Ok(observed)
}

/// The endpoints that concern us, as they are at Stripe.
///
/// # Errors
/// Stripe refused or could not be asked.
pub async fn seen(till: &Till) -> Result<Vec<Seen>, CallError> {
    Ok(list(till).await?.into_iter().filter_map(|endpoint| concerning(till, endpoint)).collect())
}

fn concerning(till: &Till, endpoint: WebhookEndpoint) -> Option<Seen> {
    let (id, at) = (endpoint.id.clone()?, endpoint.url.clone()?);
    let (is_ours, leads_here) = (bears(&endpoint.metadata, &till.appliance), at == url(till));
    let is_a_quittance = !endpoint.metadata.contains_key(APP) && at.ends_with(PATH);
    (is_ours || leads_here || is_a_quittance).then(|| Seen {
        id,
        url: at,
        is_enabled: is_enabled(&endpoint),
        missing: missing(&endpoint),
        api_version: endpoint.api_version,
        is_ours,
        leads_here,
    })
}

/// Whether more endpoints lead here than there are secrets for: each that we did not make needs one that was entered.
fn one_is_unknown(here: &[&Seen], known: &[Endpoint], secrets: &[String]) -> bool {
    let made: Vec<(&str, &str)> = known.iter().filter_map(Endpoint::made).collect();
    let theirs = here.iter().filter(|seen| seen.is_enabled && !made.iter().any(|(id, _)| *id == seen.id));
    let entered = secrets.iter().filter(|secret| !made.iter().any(|(_, of)| of == secret));
    let here = here.iter().filter(|seen| seen.is_enabled).count();
    here > 1 && theirs.count() > entered.count()
}

fn judge(w: &mut Writer<'_>, observed: &Observed, livemode: bool, secrets: &[String]) -> Result<(), Error> {
    let here: Vec<&Seen> = observed.endpoints.iter().filter(|seen| seen.leads_here).collect();
    let is_there = |id: &str| observed.endpoints.iter().any(|seen| seen.id == id);
    let known = w.endpoints()?;
    let made = known.iter().filter(|endpoint| endpoint.livemode == livemode).filter_map(|endpoint| endpoint.made());
    let is_missing = here.is_empty() && made.into_iter().any(|(id, _)| !is_there(id));
    // One that works is enough, whatever an older one beside it does.
    let works = here.iter().any(|seen| seen.is_enabled);
    let is_whole = here.iter().any(|seen| seen.is_enabled && seen.missing.is_empty());
    for (notice, stands) in [
        (Notice::EndpointMissing, is_missing),
        (Notice::EndpointDisabled, !here.is_empty() && !works),
        (Notice::EndpointLacksEvents, works && !is_whole),
        (Notice::EndpointUnknown, one_is_unknown(&here, &known, secrets)),
        (Notice::EndpointElsewhere, observed.endpoints.iter().any(|seen| !seen.leads_here && seen.is_enabled)),
    ] {
        if stands {
            notices::raise(w, notice)?;
        } else {
            notices::lower(w, notice)?;
        }
    }
    Ok(())
}

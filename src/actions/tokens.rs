//! API tokens are made and taken back. The token itself is shown once; only its digest is stored.

use super::Refusal;
use super::sensitive::{self, Before};
use crate::billing::field::{Findings, Lines};
use crate::billing::id::TokenId;
use crate::billing::sensitive::Sensitive;
use crate::store::{ApiToken, Scope, Writer};

const NAME_CHARS_MAX: usize = 100;
const TOKENS_MAX: usize = 100;

/// Stores a new token of this digest; `by` says who makes it and with what, for the owners. Whoever makes one on the machine
/// itself can read the books without it, so that before anything was issued it is `Before::Nothing`; by a page it never is.
///
/// # Errors
/// The name is empty or too long, or there are too many tokens.
pub fn create(
    w: &mut Writer<'_>,
    name: &str,
    scope: Scope,
    secret_digest: &str,
    before: Before,
    by: &str,
) -> Result<ApiToken, Refusal> {
    let name = name.trim();
    let mut findings = Findings::under("");
    if name.is_empty() {
        findings.add("name", "Say what the token is for.");
    }
    findings.text("name", name, NAME_CHARS_MAX, Lines::One);
    let errors = findings.into_errors();
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    if w.api_tokens()?.len() >= TOKENS_MAX {
        return Err(Refusal::conflict(format!("There are {TOKENS_MAX} tokens already; take one back first.")));
    }
    let token = ApiToken {
        id: w.id()?,
        name: name.to_owned(),
        scope,
        secret_digest: secret_digest.to_owned(),
        created_at: w.now(),
        used_at: None,
    };
    w.put_api_token(&token)?;
    sensitive::tell(w, Sensitive::TokenMade { name: token.name.clone() }, before, by)?;
    Ok(token)
}

/// Takes a token back.
///
/// # Errors
/// There is no such token.
pub fn revoke(w: &mut Writer<'_>, id: TokenId, by: &str) -> Result<(), Refusal> {
    let token = w.api_token(id)?.ok_or(Refusal::NotFound("token"))?;
    w.remove_api_token(id)?;
    Ok(sensitive::tell(w, Sensitive::TokenRevoked { name: token.name }, Before::Something, by)?)
}

//! Who may use the API: whoever holds a token, as far as its scope goes.
//!
//! The secret is compared by its digest in constant time, and a token that does not exist takes as long as a wrong one.

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};

use super::idempotency::Claim;
use crate::billing::id::TokenId;
use crate::credentials::{ApiKey, matches};
use crate::store::{self, ApiToken};
use crate::web::error::Error;
use crate::web::guard::{Class, Guard, Scope};
use crate::web::request::Request;
use crate::web::routes::State;

/// How exactly it is known when a token was last used: a write for each request would be one `fsync` for each.
const USED_AT_STEP: SignedDuration = SignedDuration::from_mins(1);

/// Lets in whoever holds a token of at least this scope.
#[derive(Clone, Copy, Debug)]
pub struct Token(pub Scope);

/// The program that asks.
#[derive(Clone, Debug)]
pub struct Caller {
    pub token: TokenId,
    /// The token's name.
    pub name: String,
    /// The idempotency key that the request came with, while it is worked on.
    pub claim: Option<Claim>,
}

impl Guard<State> for Token {
    type By = Caller;

    fn class(&self) -> Class {
        Class::Api(self.0)
    }

    fn admit(&self, app: &State, request: &Request) -> Result<Caller, Error> {
        let key: ApiKey = bearer(request).and_then(|text| text.parse().ok()).ok_or(Error::Unauthorized)?;
        let stored = app.store.read(|r| r.api_token(key.token))?;
        let digest = stored.as_ref().map_or("", |token| token.secret_digest.as_str());
        let right = matches(&key.secret, digest);
        let token = stored.filter(|_| right).ok_or(Error::Unauthorized)?;
        note_use(app, &token);
        if self.0 == Scope::Write && token.scope == store::Scope::Read {
            return Err(Error::Forbidden("This token may only read. Use one that may write.".to_owned()));
        }
        Ok(Caller { token: token.id, name: token.name, claim: None })
    }
}

/// The credentials of `Authorization: Bearer …`; the scheme's name may be written in any case (RFC 9110, 11.1).
fn bearer(request: &Request) -> Option<&str> {
    let (scheme, credentials) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(credentials.trim())
}

fn note_use(app: &State, token: &ApiToken) {
    let now = app.clock.now();
    let is_fresh = |at: Timestamp| now.duration_since(at) < USED_AT_STEP;
    if token.used_at.is_some_and(is_fresh) {
        return;
    }
    let id = token.id;
    let noted = app.store.write(move |w| {
        // Read again: a token that was taken back meanwhile must not come back.
        match w.api_token(id)? {
            Some(token) => w.put_api_token(&ApiToken { used_at: Some(now), ..token }),
            None => Ok(()),
        }
    });
    // The first poll hands the change to the writer. Nobody waits for it, because nobody is worse off without it.
    let _ = noted.now_or_never();
}

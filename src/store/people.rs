//! Owners, their sessions, and API tokens. Secrets are stored as digests only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::table::{Order, Reader, Span};
use super::tables::{API_TOKENS, OWNERS, SESSIONS};
use super::writer::Writer;
use crate::billing::id::{OwnerId, SessionId, TokenId};
use crate::billing::role::Role;

/// Somebody who may sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Owner {
    pub id: OwnerId,
    /// Lower case; signs in with it.
    pub email: String,
    /// argon2id, in the PHC format.
    pub password_hash: String,
    pub created_at: Timestamp,
    /// `None` if the password alone opens.
    #[serde(default)]
    pub second_step: Option<SecondStep>,
    /// SHA-256 of the marks of browsers that signed in, in hexadecimal, the latest last.
    #[serde(default)]
    pub browsers: Vec<String>,
    #[serde(default)]
    pub role: Role,
    /// Single keys do nothing on the admin page (WCAG 2.1.4).
    #[serde(default)]
    pub without_shortcuts: bool,
}

/// What an owner shows behind the password. The secret of the app's codes is among the encrypted ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecondStep {
    pub since: Timestamp,
    /// The latest step of thirty seconds whose code was used: none is good twice.
    pub used: u64,
    /// SHA-256 of the recovery codes that are left, in hexadecimal.
    pub recovery: Vec<String>,
}

/// A signed-in browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub owner: OwnerId,
    /// SHA-256 of the cookie's secret part, in hexadecimal.
    pub secret_digest: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    /// When its user last typed the password; at the sign-in, if a former version noted none.
    #[serde(default)]
    pub proved_at: Option<Timestamp>,
    #[serde(default)]
    pub user_agent: String,
}

impl Session {
    /// When its user last showed to know the password.
    #[must_use]
    pub fn proved_at(&self) -> Timestamp {
        self.proved_at.unwrap_or(self.created_at)
    }
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Read,
    Write,
}

/// A key to the JSON API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiToken {
    pub id: TokenId,
    pub name: String,
    pub scope: Scope,
    /// SHA-256 of the token's secret part, in hexadecimal.
    pub secret_digest: String,
    pub created_at: Timestamp,
    #[serde(default)]
    pub used_at: Option<Timestamp>,
}

impl Reader<'_> {
    pub fn owners(&self) -> Result<Vec<Owner>, Error> {
        Ok(self.all(&OWNERS, Span::all(), Order::Ascending)?.into_iter().map(|(_, o)| o).collect())
    }

    pub fn owner(&self, id: OwnerId) -> Result<Option<Owner>, Error> {
        self.get(&OWNERS, &id)
    }

    pub fn owner_by_email(&self, email: &str) -> Result<Option<Owner>, Error> {
        let email = email.to_lowercase();
        Ok(self.owners()?.into_iter().find(|owner| owner.email == email))
    }

    pub fn session(&self, id: SessionId) -> Result<Option<Session>, Error> {
        self.get(&SESSIONS, &id)
    }

    /// Every session, newest first.
    pub fn sessions(&self) -> Result<Vec<Session>, Error> {
        Ok(self.all(&SESSIONS, Span::all(), Order::Descending)?.into_iter().map(|(_, s)| s).collect())
    }

    pub fn api_token(&self, id: TokenId) -> Result<Option<ApiToken>, Error> {
        self.get(&API_TOKENS, &id)
    }

    /// Every token, newest first.
    pub fn api_tokens(&self) -> Result<Vec<ApiToken>, Error> {
        Ok(self.all(&API_TOKENS, Span::all(), Order::Descending)?.into_iter().map(|(_, t)| t).collect())
    }
}

impl Writer<'_> {
    pub fn put_owner(&mut self, owner: &Owner) -> Result<(), Error> {
        self.put(&OWNERS, &owner.id, owner)
    }

    pub fn remove_owner(&mut self, id: OwnerId) -> Result<(), Error> {
        self.remove(&OWNERS, &id)
    }

    pub fn put_session(&mut self, session: &Session) -> Result<(), Error> {
        self.put(&SESSIONS, &session.id, session)
    }

    pub fn remove_session(&mut self, id: SessionId) -> Result<(), Error> {
        self.remove(&SESSIONS, &id)
    }

    pub fn put_api_token(&mut self, token: &ApiToken) -> Result<(), Error> {
        self.put(&API_TOKENS, &token.id, token)
    }

    pub fn remove_api_token(&mut self, id: TokenId) -> Result<(), Error> {
        self.remove(&API_TOKENS, &id)
    }
}

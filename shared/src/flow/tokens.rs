//! The tokens of a session: whoever begins one or refreshes one hands them out.

use std::sync::Arc;

use futures_core::future::BoxFuture;

use domain::browser::known_browser::Mark;
use domain::clock::Timestamp;
use domain::error::{Dependency, Fault};
use domain::keys::KeySet;
use domain::keys::signing_key::SigningKey;
use domain::keys::token_key::TokenKey;
use domain::session::Session;
use domain::session::access_token::{Issued, Issuer};
use domain::session::refresh_token::RefreshToken;
use domain::sign_in::outcome::{BrowserCredentials, Credentials, Delivery, Tokens};

use crate::adapter::secrets::Cached;
use crate::app::{App, StartError};

/// The issuer and its keys.
#[derive(Debug)]
pub struct TokenIssuer {
    /// In whose name, and for how long.
    pub issuer: Issuer,
    signing_keys: Cached<KeySet<SigningKey>>,
    token_keys: Cached<KeySet<TokenKey>>,
}

/// The keys of one moment.
#[derive(Clone, Debug)]
pub struct IssuingKeys {
    /// What access tokens are signed with.
    pub signing: Arc<KeySet<SigningKey>>,
    /// What refresh tokens are authenticated with.
    pub token: Arc<KeySet<TokenKey>>,
}

/// What a browser keeps of `session`, by whoever has the token keys alone.
pub(super) fn for_browser(session: &mut Session, token_keys: &KeySet<TokenKey>) -> Result<BrowserCredentials, Fault> {
    let mark = Mark::of(session.user_id(), token_keys)
        .ok_or_else(|| Fault::new(Dependency::Secrets, "the token keys have no current key"))?;
    Ok(BrowserCredentials { session: session.issue_token(), mark })
}

impl TokenIssuer {
    /// Opens what issuing needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self { issuer: app.env.issuer()?, signing_keys: app.signing_keys()?, token_keys: app.token_keys()? })
    }

    /// The keys, fetched side by side. To be asked for before anything is used up, so that a missing key costs nobody
    /// their link.
    pub fn keys(&self, now: Timestamp) -> BoxFuture<'_, Result<IssuingKeys, Fault>> {
        Box::pin(async move {
            let (signing, token) = tokio::try_join!(self.signing_keys(now), self.token_keys.value(now))?;
            Ok(IssuingKeys { signing, token })
        })
    }

    /// What access tokens are signed with at `now`.
    pub async fn signing_keys(&self, now: Timestamp) -> Result<Arc<KeySet<SigningKey>>, Fault> {
        self.signing_keys.value(now).await
    }

    /// The one token of a session under the contract `actor`.
    pub fn actor_token(&self, session: &Session, keys: &IssuingKeys, now: Timestamp) -> Result<Issued, Fault> {
        let token = self.issuer.actor_token(session, &keys.signing, now);
        token.map_err(|problem| Fault::new(Dependency::Secrets, problem))
    }

    /// What opens `session`, which begins, in the way that its client wants it.
    ///
    /// # Errors
    ///
    /// When a key set has no key that can make it.
    pub fn credentials(
        &self,
        session: &mut Session,
        delivery: Delivery,
        keys: &IssuingKeys,
        now: Timestamp,
    ) -> Result<Credentials, Fault> {
        Ok(match delivery {
            Delivery::ActorToken { auth_identity_id } => {
                session.name_identity(auth_identity_id);
                Credentials::ActorToken(self.actor_token(session, keys, now)?)
            }
            Delivery::Cookie => Credentials::Cookie(for_browser(session, &keys.token)?),
            Delivery::Social { provider, json } => {
                Credentials::Social { kept: for_browser(session, &keys.token)?, provider, json }
            }
            Delivery::Tokens => Credentials::Tokens(self.tokens(session, keys, now)?),
        })
    }

    /// An access token for the session.
    pub fn access_token(&self, session: &Session, keys: &IssuingKeys, now: Timestamp) -> Result<Issued, Fault> {
        let token = self.issuer.access_token(session, &keys.signing, now);
        token.map_err(|problem| Fault::new(Dependency::Secrets, problem))
    }

    /// The tokens of the session's live generation.
    ///
    /// # Errors
    ///
    /// When a key set has no key that can make them.
    pub fn tokens(&self, session: &Session, keys: &IssuingKeys, now: Timestamp) -> Result<Tokens, Fault> {
        let access = self.access_token(session, keys, now)?;
        let refresh =
            RefreshToken { session: session.id, generation: session.generation, user_id: session.user_id().to_owned() }
                .issue(&keys.token)
                .ok_or_else(|| Fault::new(Dependency::Secrets, "the token keys have no current key"))?;
        Ok(Tokens { access, refresh })
    }
}

//! Looking at sessions: the one that asks, all of the person's, and ending one of them.

use std::cmp::Reverse;

use super::guard::{Claim, Guard};
use crate::access_token::{AccessClaims, Issued, Issuer};
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::clock::Timestamp;
use crate::failure::{Broken, Denied, Dependency, Failure};
use crate::identity::{Pointer, User};
use crate::key_set::KeySet;
use crate::secret::Secret;
use crate::secrets::Cached;
use crate::session::{Credential, EndReason, Session, SessionId, SessionToken};
use crate::store::sessions::{Ended, Holder, Sessions};
use crate::store::users::Users;
use crate::token_key::TokenKey;

/// `GET /v1/auth/session`, `GET /v1/auth/session/external-token`, `GET /v1/auth/sessions`, `DELETE
/// /v1/auth/sessions/{id}` and `GET /auth/session/current`.
#[derive(Debug)]
pub struct Lookup {
    guard: Guard,
    issuer: Issuer,
    sessions: Sessions,
    token_keys: Cached<KeySet<TokenKey>>,
    users: Users,
}

/// A session and whose it is.
#[derive(Debug)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
}

impl Lookup {
    /// Opens what the endpoints need.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let dynamodb = app.aws.dynamodb();
        Ok(Self {
            guard: Guard::open(app)?,
            issuer: app.env.issuer()?,
            sessions: Sessions::new(dynamodb.clone(), app.env.text("SESSIONS_TABLE")?),
            token_keys: Cached::new(app.aws.secretsmanager(), app.env.text("TOKEN_KEYS_SECRET")?, KeySet::parse),
            users: Users::new(dynamodb, app.env.text("USERS_TABLE")?),
        })
    }

    /// The session that `credential` opens, and an access token for it: the one that asked, because an access token
    /// never begets another, or a stolen one would live as long as the session; a fresh one for a browser's cookie.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn current(&self, credential: Credential, caller: &Caller) -> Result<(Found, Issued), Failure> {
        match self.guard.claim(credential, caller).await? {
            Claim::AccessToken(token, claims) => {
                let expires_at = claims.exp;
                let found = self.of_access_token(&token, claims, caller).await?;
                Ok((found, Issued { token, expires_at }))
            }
            Claim::SessionToken(token) => {
                let keys = self.guard.signing_keys(caller.now).await?;
                let found = self.of_browser(token, caller).await?;
                let access = self.issuer.access_token(&found.session, &keys, caller.now);
                Ok((found, access.map_err(|problem| Broken::new(Dependency::Secrets, problem))?))
            }
        }
    }

    /// The token of the external login by which the person came, and when it is over.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `NotFound` when the session has none or its time is over, or a failure of the secrets or the store.
    pub async fn external_token(
        &self,
        credential: Credential,
        caller: &Caller,
    ) -> Result<(Secret, Timestamp), Failure> {
        let (Found { session, .. }, _) = self.current(credential, caller).await?;
        let kept =
            session.external_token.as_ref().filter(|kept| caller.now < kept.expires_at).ok_or(Denied::NotFound)?;
        let keys = self.token_keys.value(caller.now).await?;
        // A key that has been retired since opens nothing any more, as if the token's time were over.
        let token = keys.open(&kept.sealed, session.user_id()).ok_or(Denied::NotFound)?;
        record(caller, &Event::ExternalTokenRead { session: session.id, user: session.user_id() });
        Ok((token, kept.expires_at))
    }

    /// The session that `credential` opens, which may be a session token in the header, too.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn of_either(&self, credential: Credential, caller: &Caller) -> Result<Found, Failure> {
        match self.guard.claim_either(credential, caller).await? {
            Claim::AccessToken(token, claims) => self.of_access_token(&token, claims, caller).await,
            Claim::SessionToken(token) => self.of_browser(token, caller).await,
        }
    }

    async fn of_access_token(
        &self,
        token: &Secret,
        claims: Box<AccessClaims>,
        caller: &Caller,
    ) -> Result<Found, Failure> {
        let pointer = Pointer::user(&claims.sub);
        let (session, user) = tokio::try_join!(self.sessions.find(claims.sid), self.users.find(&pointer))?;
        let session = Claim::AccessToken(token.clone(), claims).check(session, caller.now)?;
        Ok(Found { session, user: user.ok_or(Denied::Unauthorized)? })
    }

    /// The session that a session token opens.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the store.
    pub async fn of_browser(&self, token: SessionToken, caller: &Caller) -> Result<Found, Failure> {
        found(token, &self.sessions, &self.users, caller).await
    }

    /// The live sessions of the person whose `credential` this is, the youngest first, and the one that asks.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn all(&self, credential: Credential, caller: &Caller) -> Result<(Vec<Session>, Session), Failure> {
        let claim = self.guard.claim(credential, caller).await?;
        let (own, ids) = match &claim {
            Claim::AccessToken(_, claims) => {
                let ids = self.sessions.of_user(&claims.sub, caller.now);
                let (own, ids) = tokio::try_join!(self.sessions.find(claims.sid), ids)?;
                (claim.check(own, caller.now)?, ids)
            }
            Claim::SessionToken(token) => {
                let own = claim.check(self.sessions.find(token.session).await?, caller.now)?;
                let ids = self.sessions.of_user(own.user_id(), caller.now).await?;
                (own, ids)
            }
        };
        // The index may not know the session that asks yet.
        let others: Vec<_> = ids.into_iter().filter(|id| *id != own.id).collect();
        let mut sessions = self.sessions.find_all(&others).await?;
        sessions.retain(|session| session.is_live(caller.now));
        sessions.push(own.clone());
        sessions.sort_by_key(|session| Reverse(session.auth_time));
        Ok((sessions, own))
    }

    /// Ends the session `id` of the person whose `credential` this is.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `Forbidden`, `NotFound` when the person has no such live session, or a failure of the secrets or
    /// the store.
    pub async fn end(&self, id: &str, credential: Credential, caller: &Caller) -> Result<(), Failure> {
        let claim = self.guard.claim(credential, caller).await?;
        let own = claim.check(self.sessions.find(claim.session_id()).await?, caller.now)?;
        let id = SessionId::parse(id).ok_or(Denied::NotFound)?;
        let (user, reason) = (own.user_id(), EndReason::Ended);
        match self.sessions.end(id, Holder::User(user), reason, caller.now).await? {
            Ended::Now(_) => {
                record(caller, &Event::SessionRevoked { session: id, user, reason });
                Ok(())
            }
            Ended::Before => Err(Denied::NotFound.into()),
        }
    }
}

/// The session that a session token opens, and whose it is.
pub(super) async fn found(
    token: SessionToken,
    sessions: &Sessions,
    users: &Users,
    caller: &Caller,
) -> Result<Found, Failure> {
    let kept = sessions.find(token.session).await?;
    let session = Claim::SessionToken(token).check(kept, caller.now)?;
    let user = users.find(&Pointer::user(session.user_id())).await?.ok_or(Denied::Unauthorized)?;
    Ok(Found { session, user })
}

//! Looking at sessions: the one that asks, all of the person's, and ending one of them.

use std::cmp::Reverse;

use domain::clock::Timestamp;
use domain::error::{Dependency, Error, Fault, Rejection, Unauthenticated};
use domain::keys::KeySet;
use domain::keys::signing_key::SigningKey;
use domain::keys::token_key::TokenKey;
use domain::request::RequestContext;
use domain::secret::Secret;
use domain::session::EndReason;
use domain::session::access_token::{ChallengeClaims, Issued, Issuer, RegistrationClaims};
use domain::session::credential::Credential;
use domain::session::page::{Cursor, Listing, PageRequest};
use domain::session::session_token::SessionToken;
use domain::session_id::SessionId;
use domain::sign_in::outcome::{CookieOutcome, Credentials, SignedIn};

use super::guard::{Found, Guard, VerifiedCredential};
use super::tokens::for_browser;
use crate::adapter::audit::{Event, record};
use crate::adapter::secrets::Cached;
use crate::adapter::store::sessions::{Ended, SessionOwner, Sessions};
use crate::adapter::store::users::Users;
use crate::app::{App, StartError};

/// `GET /v1/auth/session`, `GET /v1/auth/session/external-token`, `GET /v1/auth/sessions`, `DELETE
/// /v1/auth/sessions/{id}` and `GET /auth/session/current`.
#[derive(Debug)]
pub struct Lookup {
    guard: Guard,
    issuer: Issuer,
    sessions: Sessions,
    signing_keys: Cached<KeySet<SigningKey>>,
    token_keys: Cached<KeySet<TokenKey>>,
    users: Users,
}

impl Lookup {
    /// Opens what the endpoints need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            guard: Guard::open(app)?,
            issuer: app.env.issuer()?,
            sessions: app.sessions()?,
            signing_keys: app.signing_keys()?,
            token_keys: app.token_keys()?,
            users: app.users()?,
        })
    }

    /// The session that `credential` opens, and an access token for it: the one that asked, because an access token
    /// never begets another, or a stolen one would live as long as the session; a fresh one for a browser's cookie.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn current(&self, credential: Credential, caller: &RequestContext) -> Result<(Found, Issued), Error> {
        let claim = self.guard.claim(credential, caller).await?;
        let keys = self.signing_keys.value(caller.now).await?;
        let found = claim.find(&self.sessions, &self.users, caller).await?;
        match claim {
            VerifiedCredential::AccessToken(token, claims) => Ok((found, Issued { token, expires_at: claims.exp })),
            VerifiedCredential::SessionToken(_) => {
                let access = self.issuer.access_token(&found.session, &keys, caller.now);
                Ok((found, access.map_err(|problem| Fault::new(Dependency::Secrets, problem))?))
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
        caller: &RequestContext,
    ) -> Result<(Secret, Timestamp), Error> {
        let (Found { session, .. }, _) = self.current(credential, caller).await?;
        let kept =
            session.external_token.as_ref().filter(|kept| caller.now < kept.expires_at).ok_or(Rejection::NotFound)?;
        let keys = self.token_keys.value(caller.now).await?;
        // A key that has been retired since opens nothing any more, as if the token's time were over.
        let token = keys.open(&kept.sealed, session.user_id()).ok_or(Rejection::NotFound)?;
        record(caller, &Event::ExternalTokenRead { session: session.id, user: session.user_id() });
        Ok((token, kept.expires_at))
    }

    /// The session that `credential` opens, which may be a session token in the header, too.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn of_either(&self, credential: Credential, caller: &RequestContext) -> Result<Found, Error> {
        let claim = self.guard.claim_either(credential, caller).await?;
        claim.find(&self.sessions, &self.users, caller).await
    }

    /// The session that a session token opens.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the store.
    pub async fn of_browser(&self, token: SessionToken, caller: &RequestContext) -> Result<Found, Error> {
        VerifiedCredential::SessionToken(token).find(&self.sessions, &self.users, caller).await
    }

    /// Has the session that an access token of contract `actor` opens kept in a cookie as well. Whoever has yet to register,
    /// or to show a second factor, has a token of ours and no session: their client puts whatever token it gets there, and
    /// nothing comes of it.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, also for a session of another contract, or a failure of the secrets or the store.
    pub async fn put_into_cookie(&self, token: Secret, caller: &RequestContext) -> Result<CookieOutcome, Error> {
        let (keys, realm) = (self.signing_keys.value(caller.now).await?, &self.issuer.realm);
        if let Ok(claims) = realm.verify_registration(token.reveal(), &keys, caller.now) {
            let RegistrationClaims { actor_type, auth_identity_id, .. } = claims;
            return Ok(CookieOutcome::Nothing { actor_type, auth_identity_id });
        }
        if let Ok(claims) = realm.verify_challenge(token.reveal(), &keys, caller.now) {
            let ChallengeClaims { actor_type, auth_identity_id, .. } = claims;
            return Ok(CookieOutcome::Nothing { actor_type, auth_identity_id });
        }
        let credential = Credential { bearer: Some(token), ..Credential::default() };
        let Found { mut session, user } = self.guard.open_session(credential, caller).await?;
        if session.auth_identity_id.is_none() {
            return Err(Unauthenticated::OtherContract.into());
        }
        let token_keys = self.token_keys.value(caller.now).await?;
        let credentials = Credentials::Cookie(for_browser(&mut session, &token_keys)?);
        if !self.sessions.keep_token(&session, caller.now).await? {
            return Err(Unauthenticated::SessionEnded.into());
        }
        record(caller, &Event::SessionPutIntoCookie { session: session.id, user: &user.id });
        Ok(CookieOutcome::Kept(Box::new(SignedIn { user, session, credentials })))
    }

    /// A page of the live sessions of the person whose `credential` this is, the newest first. It may have fewer than there
    /// is room for, because some were over.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn page(
        &self,
        page: PageRequest,
        credential: Credential,
        caller: &RequestContext,
    ) -> Result<Listing, Error> {
        let Found { session: own, user } = self.guard.open_session(credential, caller).await?;
        let found = self.sessions.of_user(&user, page.after, page.limit + 1).await?;
        let (listed, next) = page.cut(found, Cursor::of(&own));
        let ids: Vec<_> = listed.iter().map(|cursor| cursor.id).collect();
        let mut sessions = self.sessions.find_all(&ids).await?;
        sessions.retain(|session| session.is_live(caller.now) && session.is_of(&user));
        sessions.sort_by_key(|session| Reverse(session.created_at));
        Ok(Listing { sessions, own: own.id, next })
    }

    /// Ends the session `id` of the person whose `credential` this is.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `Forbidden`, `NotFound` when the person has no such live session, or a failure of the secrets or
    /// the store.
    pub async fn end(&self, id: &str, credential: Credential, caller: &RequestContext) -> Result<(), Error> {
        let Found { user, .. } = self.guard.open_session(credential, caller).await?;
        let id = SessionId::parse(id).ok_or(Rejection::NotFound)?;
        let reason = EndReason::Ended;
        match self.sessions.end(id, SessionOwner::User(&user.id), reason, caller.now).await? {
            Ended::Now(session) if session.is_of(&user) => {
                record(caller, &Event::SessionRevoked { session: id, user: &user.id, reason });
                Ok(())
            }
            // It was over before.
            Ended::Now(_) | Ended::Before => Err(Rejection::NotFound.into()),
        }
    }
}

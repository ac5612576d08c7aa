//! Refreshing a session: one conditional update moves it on to its next generation, while its account is read beside it.

use std::time::Duration;

use domain::account::{Pointer, User};
use domain::error::{Error, Rejection, Unauthenticated};
use domain::request::RequestContext;
use domain::request::origin::AllowedOrigins;
use domain::session::access_token::Issued;
use domain::session::credential::{Credential, RefreshRequest};
use domain::session::refresh_token::RefreshToken;
use domain::session::session_token::SessionToken;
use domain::session::stale_token::StaleToken;
use domain::session::{EndReason, Session};
use domain::sign_in::outcome::Refreshed;

use super::guard::{Guard, settled};
use super::tokens::TokenIssuer;
use crate::adapter::audit::{Event, record};
use crate::adapter::store::sessions::{Ended, Prolonged, Rotated, SessionOwner, Sessions};
use crate::adapter::store::users::Users;
use crate::app::{App, StartError};

/// `POST /v1/auth/refresh` and `POST /auth/token/refresh`.
#[derive(Debug)]
pub struct Refresh {
    grace: Duration,
    guard: Guard,
    idle: Duration,
    origins: AllowedOrigins,
    sessions: Sessions,
    tokens: TokenIssuer,
    users: Users,
}

impl Refresh {
    /// Opens what the endpoint needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        Ok(Self {
            grace: env.seconds("REFRESH_GRACE_SECONDS")?,
            guard: Guard::open(app)?,
            idle: env.positive_seconds("SESSION_IDLE_SECONDS")?,
            origins: env.origins()?,
            sessions: app.sessions()?,
            tokens: TokenIssuer::open(app)?,
            users: app.users()?,
        })
    }

    /// Keeps a session alive: by its refresh token, which is exchanged for its successor, or by the browser's cookie, for an
    /// access token alone: no page gets to hold what outlives it.
    ///
    /// # Errors
    ///
    /// `RefreshTokenInvalid`, `RefreshTokenExpired`, `RefreshTokenRevoked`; `Forbidden` for a cookie that a foreign page
    /// sends along; `InvalidRequest` for a token and a cookie of different sessions; or a failure of the secrets or the
    /// store.
    pub async fn refresh(&self, request: RefreshRequest, caller: &RequestContext) -> Result<Refreshed, Error> {
        let now = caller.now;
        let keys = self.tokens.keys(now).await?;
        let (session, refreshed) = match request {
            RefreshRequest::Token { token, cookie } => {
                // A token that is not ours never reaches the store.
                let presented = RefreshToken::verify(token.reveal(), &keys.token)
                    .ok_or_else(|| refused(Rejection::RefreshTokenInvalid, caller))?;
                if cookie.is_some_and(|cookie| cookie.session != presented.session) {
                    let problem = "The refresh token and the cookie name different sessions: send one of them.";
                    return Err(Rejection::InvalidRequest(problem.to_owned()).into());
                }
                caller.subject.is_user(&presented.user_id);
                caller.subject.is_session(presented.session);
                let session = self.rotate(&presented, caller).await?;
                let tokens = self.tokens.tokens(&session, &keys, now)?;
                (session, Refreshed::Tokens(tokens))
            }
            RefreshRequest::Cookie { cookie, source } => {
                self.origins.admit(&source)?;
                let session = self.prolong(&cookie, caller).await?;
                let access = self.tokens.access_token(&session, &keys, now)?;
                (session, Refreshed::Access(access))
            }
        };
        record(caller, &Event::SessionRefreshed { session: session.id, user: session.user_id() });
        Ok(refreshed)
    }

    /// Renews the one token of a session under contract `actor`: by that token, while it is in time, or by the cookie. In no
    /// other contract does an access token beget another. The session is used, and so its end is put off.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, also for a session of another contract; `Forbidden` for a cookie that a foreign page sends along;
    /// `InvalidRequest` for a token and a cookie of different sessions; or a failure of the secrets or the store.
    pub async fn renew(&self, credential: Credential, caller: &RequestContext) -> Result<Issued, Error> {
        let now = caller.now;
        let claim = self.guard.claim(credential, caller).await?;
        if !claim.may_be_of_actor() {
            return Err(refused(Unauthenticated::OtherContract.into(), caller));
        }
        let keys = self.tokens.keys(now).await?;
        let account = claim.account();
        let prolonging = self.sessions.prolong(claim.session_id(), claim.holder(), now + self.idle, now);
        let (prolonged, user) = tokio::try_join!(prolonging, self.users.find(&account))?;
        match (prolonged, user) {
            (Prolonged::Done(session), _) if session.auth_identity_id.is_none() => {
                Err(refused(Unauthenticated::OtherContract.into(), caller))
            }
            (Prolonged::Done(session), Some(user)) if session.is_of(&user) => {
                let session = session.with_role_of(&user);
                let token = self.tokens.actor_token(&session, &keys, now)?;
                record(caller, &Event::SessionRefreshed { session: session.id, user: &user.id });
                Ok(token)
            }
            (Prolonged::Done(_), Some(_)) => Err(refused(Unauthenticated::AccountMovedOn.into(), caller)),
            (_, None) => Err(refused(Unauthenticated::AccountGone.into(), caller)),
            (Prolonged::Refused(session), Some(_)) => {
                let checked = session.map_or(Err(Unauthenticated::SessionUnknown), |session| session.check(now));
                Err(refused(checked.err().unwrap_or(Unauthenticated::OtherToken).into(), caller))
            }
        }
    }

    async fn rotate(&self, presented: &RefreshToken, caller: &RequestContext) -> Result<Session, Error> {
        let now = caller.now;
        let account = Pointer::user(&presented.user_id);
        let rotating = self.sessions.rotate(presented, now + self.idle, now);
        let (rotated, user) = tokio::try_join!(rotating, self.users.find(&account))?;
        match rotated {
            Rotated::Done(session) => self.settled(session, user, caller).await,
            // The token is ours and its session gone: it ran out and was swept.
            Rotated::Refused(None) => Err(refused(Rejection::RefreshTokenExpired, caller)),
            // A browser's session has no generations: no token of ours refreshes it.
            Rotated::Refused(Some(session)) if session.token_hash.is_some() => {
                Err(refused(Rejection::RefreshTokenInvalid, caller))
            }
            Rotated::Refused(Some(session)) => {
                match session.check_stale(presented.generation, user.as_ref(), now, self.grace) {
                    StaleToken::Repeated => self.settled(session, user, caller).await,
                    StaleToken::Expired => Err(refused(Rejection::RefreshTokenExpired, caller)),
                    StaleToken::Revoked => Err(refused(Rejection::RefreshTokenRevoked, caller)),
                    StaleToken::Reused => Err(self.end_reused(&session, caller).await?),
                }
            }
        }
    }

    /// A browser's cookie stays what it is: two tabs that refresh at once disturb nobody.
    async fn prolong(&self, cookie: &SessionToken, caller: &RequestContext) -> Result<Session, Error> {
        let now = caller.now;
        let account = Pointer::user(&cookie.user_id);
        let prolonging = self.sessions.prolong(cookie.session, SessionOwner::Token(cookie), now + self.idle, now);
        let (prolonged, user) = tokio::try_join!(prolonging, self.users.find(&account))?;
        match prolonged {
            Prolonged::Done(session) => self.settled(session, user, caller).await,
            Prolonged::Refused(Some(session)) if session.token_hash.as_ref() != Some(&cookie.hash()) => {
                Err(refused(Rejection::RefreshTokenInvalid, caller))
            }
            Prolonged::Refused(Some(session)) if session.revoked_at.is_some() => {
                Err(refused(Rejection::RefreshTokenRevoked, caller))
            }
            Prolonged::Refused(_) => Err(refused(Rejection::RefreshTokenExpired, caller)),
        }
    }

    /// The session, unless its account has ended it: that it was written just now changes nothing about that.
    async fn settled(&self, session: Session, user: Option<User>, caller: &RequestContext) -> Result<Session, Error> {
        match settled((Some(session), user), &self.sessions, &self.users).await {
            Ok(found) => Ok(found.session),
            Err(Error::Rejection(_)) => Err(refused(Rejection::RefreshTokenRevoked, caller)),
            Err(error) => Err(error),
        }
    }

    /// Ends a session whose token was used twice. Of many who notice, one raises the alarm.
    async fn end_reused(&self, session: &Session, caller: &RequestContext) -> Result<Error, Error> {
        let user = session.user_id();
        Ok(match self.sessions.end(session.id, SessionOwner::User(user), EndReason::Reuse, caller.now).await? {
            Ended::Now(_) => {
                record(caller, &Event::RefreshReuseDetected { session: session.id, user });
                Rejection::RefreshTokenRevoked.into()
            }
            Ended::Before => refused(Rejection::RefreshTokenRevoked, caller),
        })
    }
}

fn refused(denied: Rejection, caller: &RequestContext) -> Error {
    record(caller, &Event::RefreshRefused { reason: &denied });
    denied.into()
}

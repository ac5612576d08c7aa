//! Looking at sessions: the one that asks, all of the person's, and ending one of them.

use std::cmp::Reverse;

use super::guard::Guard;
use crate::access_token::{AccessClaims, Issued};
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::failure::{Denied, Failure};
use crate::identity::{Pointer, User};
use crate::secret::Secret;
use crate::session::{EndReason, Session, SessionId};
use crate::store::sessions::{Ended, Sessions};
use crate::store::users::Users;

/// `GET /v1/auth/session`, `GET /v1/auth/sessions` and `DELETE /v1/auth/sessions/{id}`.
#[derive(Debug)]
pub struct Lookup {
    guard: Guard,
    sessions: Sessions,
    users: Users,
}

/// A session, whose it is, and the token that asked.
#[derive(Debug)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
    /// The token that asked: an access token never begets another, or a stolen one would live as long as the session.
    pub access: Issued,
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
            sessions: Sessions::new(dynamodb.clone(), app.env.text("SESSIONS_TABLE")?),
            users: Users::new(dynamodb, app.env.text("USERS_TABLE")?),
        })
    }

    /// The session of `token`.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn current(&self, token: Secret, caller: &Caller) -> Result<Found, Failure> {
        let claims = self.guard.claims(&token, caller).await?;
        let pointer = Pointer::user(&claims.sub);
        let (session, user) = tokio::try_join!(self.sessions.find(claims.sid), self.users.find(&pointer))?;
        let session = live(session, &claims, caller)?;
        let user = user.ok_or(Denied::Unauthorized)?;
        Ok(Found { session, user, access: Issued { token, expires_at: claims.exp } })
    }

    /// The live sessions of the person whose `token` this is, the youngest first, and the one that asks.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn all(&self, token: &Secret, caller: &Caller) -> Result<(Vec<Session>, Session), Failure> {
        let claims = self.guard.claims(token, caller).await?;
        let (own, ids) =
            tokio::try_join!(self.sessions.find(claims.sid), self.sessions.of_user(&claims.sub, caller.now))?;
        let own = live(own, &claims, caller)?;
        // The index may not know the session that asks yet.
        let others: Vec<_> = ids.into_iter().filter(|id| *id != own.id).collect();
        let mut sessions = self.sessions.find_all(&others).await?;
        sessions.retain(|session| session.is_live(caller.now));
        sessions.push(own.clone());
        sessions.sort_by_key(|session| Reverse(session.auth_time));
        Ok((sessions, own))
    }

    /// Ends the session `id` of the person whose `token` this is.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `NotFound` when the person has no such live session, or a failure of the secrets or the store.
    pub async fn end(&self, id: &str, token: &Secret, caller: &Caller) -> Result<(), Failure> {
        let claims = self.guard.claims(token, caller).await?;
        live(self.sessions.find(claims.sid).await?, &claims, caller)?;
        let id = SessionId::parse(id).ok_or(Denied::NotFound)?;
        let (user, reason) = (&claims.sub, EndReason::Ended);
        match self.sessions.end(id, user, reason, caller.now).await? {
            Ended::Now => {
                record(&caller.request_id, &Event::SessionRevoked { session: id, user, reason });
                Ok(())
            }
            Ended::Before => Err(Denied::NotFound.into()),
        }
    }
}

fn live(session: Option<Session>, claims: &AccessClaims, caller: &Caller) -> Result<Session, Denied> {
    session.filter(|session| session.is_live(caller.now) && session.user_id == claims.sub).ok_or(Denied::Unauthorized)
}

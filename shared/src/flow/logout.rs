//! Logging out: once it is answered, no endpoint accepts the session again.

use super::guard::Guard;
use crate::access_token::AccessClaims;
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::failure::{Denied, Failure};
use crate::secret::Secret;
use crate::session::{EndReason, SessionId};
use crate::store::sessions::{Ended, Sessions};

/// `POST /v1/auth/logout`.
#[derive(Debug)]
pub struct Logout {
    guard: Guard,
    sessions: Sessions,
}

impl Logout {
    /// Opens what the endpoint needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let sessions = Sessions::new(app.aws.dynamodb(), app.env.text("SESSIONS_TABLE")?);
        Ok(Self { guard: Guard::open(app)?, sessions })
    }

    /// Ends the session of `token`.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn here(&self, token: &Secret, caller: &Caller) -> Result<(), Failure> {
        let claims = self.guard.claims(token, caller).await?;
        match self.end(claims.sid, &claims, EndReason::Logout, caller).await? {
            Ended::Now => Ok(()),
            Ended::Before => Err(Denied::Unauthorized.into()),
        }
    }

    /// Ends every session of the person whose `token` this is; its own comes last, so that whoever is interrupted can
    /// call again.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn everywhere(&self, token: &Secret, caller: &Caller) -> Result<(), Failure> {
        let claims = self.guard.claims(token, caller).await?;
        let own = self.sessions.find(claims.sid).await?.filter(|session| session.is_live(caller.now));
        if own.is_none_or(|session| session.user_id != claims.sub) {
            return Err(Denied::Unauthorized.into());
        }
        for id in self.sessions.of_user(&claims.sub, caller.now).await? {
            if id != claims.sid {
                self.end(id, &claims, EndReason::LogoutEverywhere, caller).await?;
            }
        }
        self.end(claims.sid, &claims, EndReason::LogoutEverywhere, caller).await?;
        Ok(())
    }

    async fn end(
        &self,
        id: SessionId,
        claims: &AccessClaims,
        reason: EndReason,
        caller: &Caller,
    ) -> Result<Ended, Failure> {
        let ended = self.sessions.end(id, &claims.sub, reason, caller.now).await?;
        if ended == Ended::Now {
            record(&caller.request_id, &Event::SessionRevoked { session: id, user: &claims.sub, reason });
        }
        Ok(ended)
    }
}

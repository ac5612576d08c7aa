//! Refreshing a session: one conditional update moves it on to its next generation.

use std::time::Duration;

use super::tokens::TokenIssuer;
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::failure::{Denied, Failure};
use crate::outcome::Tokens;
use crate::secret::Secret;
use crate::session::{EndReason, Misfit, RefreshToken, Session};
use crate::store::sessions::{Ended, Rotated, Sessions};

/// `POST /v1/auth/refresh`.
#[derive(Debug)]
pub struct Refresh {
    grace: Duration,
    idle: Duration,
    sessions: Sessions,
    tokens: TokenIssuer,
}

impl Refresh {
    /// Opens what the endpoint needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        Ok(Self {
            grace: env.seconds("REFRESH_GRACE_SECONDS")?,
            idle: env.some_seconds("SESSION_IDLE_SECONDS")?,
            sessions: Sessions::new(app.aws.dynamodb(), env.text("SESSIONS_TABLE")?),
            tokens: TokenIssuer::open(app)?,
        })
    }

    /// Exchanges `token` for its successor.
    ///
    /// # Errors
    ///
    /// `RefreshTokenInvalid`, `RefreshTokenExpired`, `RefreshTokenRevoked`, or a failure of the secrets or the store.
    pub async fn refresh(&self, token: &Secret, caller: &Caller) -> Result<Tokens, Failure> {
        let now = caller.now;
        let keys = self.tokens.keys(now).await?;
        // A token that is not ours never reaches the store.
        let presented = RefreshToken::verify(token.reveal(), &keys.token)
            .ok_or_else(|| refused(Denied::RefreshTokenInvalid, caller))?;
        let session = match self.sessions.rotate(&presented, now + self.idle, now).await? {
            Rotated::Done(session) => session,
            // The token is ours and its session gone: it ran out and was swept.
            Rotated::Refused(None) => return Err(refused(Denied::RefreshTokenExpired, caller)),
            Rotated::Refused(Some(session)) => match session.judge_misfit(presented.generation, now, self.grace) {
                Misfit::Repeated => session,
                Misfit::Expired => return Err(refused(Denied::RefreshTokenExpired, caller)),
                Misfit::Revoked => return Err(refused(Denied::RefreshTokenRevoked, caller)),
                Misfit::Reused => return Err(self.end_reused(&session, caller).await?),
            },
        };
        let tokens = self.tokens.tokens(&session, &keys, now)?;
        record(&caller.request_id, &Event::SessionRefreshed { session: session.id, user: &session.user_id });
        Ok(tokens)
    }

    /// Ends a session whose token was used twice. Of many who notice, one raises the alarm.
    async fn end_reused(&self, session: &Session, caller: &Caller) -> Result<Failure, Failure> {
        let user = &session.user_id;
        Ok(match self.sessions.end(session.id, user, EndReason::Reuse, caller.now).await? {
            Ended::Now => {
                record(&caller.request_id, &Event::RefreshReuseDetected { session: session.id, user });
                Denied::RefreshTokenRevoked.into()
            }
            Ended::Before => refused(Denied::RefreshTokenRevoked, caller),
        })
    }
}

fn refused(denied: Denied, caller: &Caller) -> Failure {
    record(&caller.request_id, &Event::RefreshRefused { reason: &denied });
    denied.into()
}

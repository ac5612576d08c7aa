//! Refreshing a session: one conditional update moves it on to its next generation.

use std::time::Duration;

use super::admission::{Keys, session_tokens};
use crate::access_token::{Issuer, SigningKey};
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::failure::{Denied, Failure};
use crate::key_set::KeySet;
use crate::outcome::Tokens;
use crate::secret::Secret;
use crate::secrets::Cached;
use crate::session::{EndReason, Misfit, RefreshToken, Session};
use crate::store::sessions::{Ended, Rotated, Sessions};
use crate::token_key::TokenKey;

/// `POST /v1/auth/refresh`.
#[derive(Debug)]
pub struct Refresh {
    grace: Duration,
    idle: Duration,
    issuer: Issuer,
    sessions: Sessions,
    signing_keys: Cached<KeySet<SigningKey>>,
    token_keys: Cached<KeySet<TokenKey>>,
}

impl Refresh {
    /// Opens what the endpoint needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let (env, secretsmanager) = (&app.env, app.aws.secretsmanager());
        Ok(Self {
            grace: env.seconds("REFRESH_GRACE_SECONDS")?,
            idle: env.some_seconds("SESSION_IDLE_SECONDS")?,
            issuer: env.issuer()?,
            sessions: Sessions::new(app.aws.dynamodb(), env.text("SESSIONS_TABLE")?),
            signing_keys: Cached::new(secretsmanager.clone(), env.text("SIGNING_KEYS_SECRET")?, KeySet::parse),
            token_keys: Cached::new(secretsmanager, env.text("TOKEN_KEYS_SECRET")?, KeySet::parse),
        })
    }

    /// Exchanges `token` for its successor.
    ///
    /// # Errors
    ///
    /// `RefreshTokenInvalid`, `RefreshTokenExpired`, `RefreshTokenRevoked`, or a failure of the secrets or the store.
    pub async fn refresh(&self, token: &Secret, caller: &Caller) -> Result<Tokens, Failure> {
        let now = caller.now;
        let (signing, token_keys) = tokio::try_join!(self.signing_keys.value(now), self.token_keys.value(now))?;
        let keys = Keys {
            signing,
            token: token_keys,
        };
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
        let tokens = session_tokens(&session, &self.issuer, &keys, now)?;
        record(
            &caller.request_id,
            &Event::SessionRefreshed {
                session: session.id,
                user: &session.user_id,
            },
        );
        Ok(tokens)
    }

    /// Ends a session whose token was used twice. Of many who notice, one raises the alarm.
    async fn end_reused(&self, session: &Session, caller: &Caller) -> Result<Failure, Failure> {
        let user = &session.user_id;
        Ok(
            match self
                .sessions
                .end(session.id, user, EndReason::Reuse, caller.now)
                .await?
            {
                Ended::Now => {
                    record(
                        &caller.request_id,
                        &Event::RefreshReuseDetected {
                            session: session.id,
                            user,
                        },
                    );
                    Denied::RefreshTokenRevoked.into()
                }
                Ended::Before => refused(Denied::RefreshTokenRevoked, caller),
            },
        )
    }
}

fn refused(denied: Denied, caller: &Caller) -> Failure {
    record(&caller.request_id, &Event::RefreshRefused { reason: &denied });
    denied.into()
}

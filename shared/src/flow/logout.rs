//! Logging out: once it is answered, no endpoint accepts the session again.

use super::guard::Guard;
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::brand::Site;
use crate::caller::Caller;
use crate::failure::{Denied, Failure};
use crate::session::{Credential, EndReason, SessionId};
use crate::store::partials::Partials;
use crate::store::sessions::{Ended, Holder, Sessions};

/// `POST /v1/auth/logout`.
#[derive(Debug)]
pub struct Logout {
    guard: Guard,
    partials: Partials,
    sessions: Sessions,
    site: Site,
}

impl Logout {
    /// Opens what the endpoint needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let (dynamodb, table) = (app.aws.dynamodb(), app.env.text("SESSIONS_TABLE")?);
        let partials = Partials::new(dynamodb.clone(), table.clone());
        let sessions = Sessions::new(dynamodb, table);
        Ok(Self { guard: Guard::open(app)?, partials, sessions, site: app.env.site()? })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Ends the session that `credential` opens, or the partial session whose id it bears.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `Forbidden`, or a failure of the secrets or the store.
    pub async fn here(&self, credential: Credential, caller: &Caller) -> Result<(), Failure> {
        if let Some(id) = credential.bearer.as_ref().and_then(|bearer| SessionId::parse(bearer.reveal())) {
            let partial = self.partials.end(id, caller.now).await?.ok_or(Denied::Unauthorized)?;
            let (user, reason) = (partial.user_id(), EndReason::Logout);
            record(caller, &Event::SessionRevoked { session: id, user, reason });
            return Ok(());
        }
        let claim = self.guard.claim_either(credential, caller).await?;
        match self.end(claim.session_id(), claim.holder(), EndReason::Logout, caller).await? {
            Ended::Now(_) => Ok(()),
            Ended::Before => Err(Denied::Unauthorized.into()),
        }
    }

    /// Ends every session of the person whose `credential` this is; its own comes last, so that whoever is interrupted
    /// can call again.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `Forbidden`, or a failure of the secrets or the store.
    pub async fn everywhere(&self, credential: Credential, caller: &Caller) -> Result<(), Failure> {
        let claim = self.guard.claim_either(credential, caller).await?;
        let own = claim.check(self.sessions.find(claim.session_id()).await?, caller.now)?;
        let holder = Holder::User(own.user_id());
        for id in self.sessions.of_user(own.user_id(), caller.now).await? {
            if id != own.id {
                self.end(id, holder, EndReason::LogoutEverywhere, caller).await?;
            }
        }
        self.end(own.id, holder, EndReason::LogoutEverywhere, caller).await?;
        Ok(())
    }

    async fn end(
        &self,
        id: SessionId,
        holder: Holder<'_>,
        reason: EndReason,
        caller: &Caller,
    ) -> Result<Ended, Failure> {
        let ended = self.sessions.end(id, holder, reason, caller.now).await?;
        if let Ended::Now(session) = &ended {
            record(caller, &Event::SessionRevoked { session: id, user: session.user_id(), reason });
        }
        Ok(ended)
    }
}

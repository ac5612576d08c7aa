//! Logging out: once it is answered, no endpoint accepts the session again.

use domain::account::Pointer;
use domain::error::{Error, Unauthenticated};
use domain::page::brand::Site;
use domain::request::RequestContext;
use domain::session::EndReason;
use domain::session::credential::Credential;
use domain::session_id::SessionId;

use super::guard::{Found, Guard};
use crate::adapter::audit::{Event, record};
use crate::adapter::store::partials::Partials;
use crate::adapter::store::sessions::{Ended, Sessions};
use crate::adapter::store::users::Users;
use crate::adapter::store::{Attempts, Committed, Transactions};
use crate::app::{App, StartError};

/// `POST /v1/auth/logout`.
#[derive(Debug)]
pub struct Logout {
    guard: Guard,
    partials: Partials,
    sessions: Sessions,
    site: Site,
    transactions: Transactions,
    users: Users,
}

impl Logout {
    /// Opens what the endpoint needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            guard: Guard::open(app)?,
            partials: app.partials()?,
            sessions: app.sessions()?,
            site: app.env.site()?,
            transactions: app.transactions(),
            users: app.users()?,
        })
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
    pub async fn here(&self, credential: Credential, caller: &RequestContext) -> Result<(), Error> {
        if let Some(id) = credential.bearer.as_ref().and_then(|bearer| SessionId::parse(bearer.reveal())) {
            let partial = self.partials.end(id, caller.now).await?.ok_or(Unauthenticated::SessionUnknown)?;
            record(caller, &Event::PartialSessionEnded { user: partial.user_id() });
            return Ok(());
        }
        self.session(credential, caller).await
    }

    /// Ends the session that `credential` opens.
    ///
    /// # Errors
    ///
    /// As [`here`](Self::here).
    pub async fn session(&self, credential: Credential, caller: &RequestContext) -> Result<(), Error> {
        let claim = self.guard.claim_either(credential, caller).await?;
        let (account, reason) = (claim.account(), EndReason::Logout);
        let ending = self.sessions.end(claim.session_id(), claim.holder(), reason, caller.now);
        match tokio::try_join!(ending, self.users.find(&account))? {
            (Ended::Now(session), Some(user)) if session.is_of(&user) => {
                record(caller, &Event::SessionRevoked { session: session.id, user: &user.id, reason });
                Ok(())
            }
            // It was over before.
            (Ended::Now(_) | Ended::Before, _) => Err(Unauthenticated::SessionEnded.into()),
        }
    }

    /// Ends every session of the person whose `credential` this is, and whatever is halfway to one: their account moves to
    /// its next epoch, in one transaction, however many there are.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `Forbidden`, or a failure of the secrets or the store.
    pub async fn everywhere(&self, credential: Credential, caller: &RequestContext) -> Result<(), Error> {
        let Found { session, mut user } =
            self.guard.find(&self.guard.claim_either(credential, caller).await?, caller).await?;
        let mut attempts = Attempts::at("an account");
        loop {
            if attempts.next().await? > 1 {
                let found = self.users.find(&Pointer::user(&user.id)).await?;
                user = found.filter(|user| session.is_of(user)).ok_or(Unauthenticated::AccountMovedOn)?;
            }
            let after = user.clone().ending_sessions(caller.now);
            if let Committed::Done = self.transactions.commit(self.users.saving(Some(&user), &after)?).await? {
                let (user, reason) = (user.id.as_str(), EndReason::LogoutEverywhere);
                record(caller, &Event::SessionRevoked { session: session.id, user, reason });
                return Ok(());
            }
        }
    }
}

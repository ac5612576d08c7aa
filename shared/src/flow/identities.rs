//! A person's ways in: which identities lead to their account, one more, and one less.

use domain::account::undo::LinkChange;
use domain::account::{Identity, Pointer, User};
use domain::error::{Error, Rejection, Unauthenticated};
use domain::request::RequestContext;
use domain::session::credential::Credential;
use domain::sign_in::login::{LinkTo, LoginRequest, LoginStarted};

use super::guard::{Found, Guard};
use super::login::Login;
use super::notices::Notices;
use super::undo::Undoing;
use crate::adapter::audit::{Event, record};
use crate::adapter::store::users::Users;
use crate::adapter::store::{Attempts, Committed, Transactions};
use crate::app::{App, StartError};

/// `/v1/auth/identities` and what is below it.
#[derive(Debug)]
pub struct Identities {
    guard: Guard,
    login: Login,
    notices: Notices,
    transactions: Transactions,
    /// What readers of notices undo.
    pub undoing: Undoing,
    users: Users,
}

impl Identities {
    /// Opens what the endpoints need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            guard: Guard::open(app)?,
            login: Login::open(app)?,
            notices: Notices::open(app)?,
            transactions: app.transactions(),
            undoing: Undoing::open(app)?,
            users: app.users()?,
        })
    }

    /// The identities that lead to the person's account.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn all(&self, credential: Credential, caller: &RequestContext) -> Result<Vec<Identity>, Error> {
        let found = self.guard.open_session(credential, caller).await?;
        Ok(found.user.identities.clone())
    }

    /// Sends the person to a provider for one more identity, which the same session has to bring home.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `NotFresh`, and as [`Login::start`].
    pub async fn start(
        &self,
        request: LoginRequest,
        credential: Credential,
        caller: &RequestContext,
    ) -> Result<LoginStarted, Error> {
        let Found { session, user } = self.fresh(credential, caller).await?;
        let link_to = LinkTo { user_id: user.id.clone(), session_id: session.id };
        let request = LoginRequest { link_to: Some(link_to), actor_type: Some(user.actor_type.clone()), ..request };
        self.login.start(request, caller).await
    }

    /// Takes away the identities of `provider`, unless nothing else leads to the account. What sessions they began are over
    /// with them; the one that asks as well, where it is one of these.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `NotFresh`, `NotFound`, `LastIdentity`, or a failure of the
    /// secrets or the store.
    pub async fn unlink(&self, provider: &str, credential: Credential, caller: &RequestContext) -> Result<User, Error> {
        let Found { session, user: mut before } = self.fresh(credential, caller).await?;
        let mut attempts = Attempts::at("an account");
        loop {
            if attempts.next().await? > 1 {
                let found = self.users.find(&Pointer::user(&before.id)).await?;
                before = found.filter(|user| session.is_of(user)).ok_or(Unauthenticated::AccountMovedOn)?;
            }
            let after = before.clone().without(provider, caller.now)?;
            let mut writes = self.users.saving(Some(&before), &after)?;
            let mut announcements = Vec::new();
            for identity in before.identities.iter().filter(|identity| identity.provider == provider) {
                if let Some((announcement, undo)) =
                    self.notices.announce(&after, LinkChange::Unlinked, identity, caller.now)?
                {
                    announcements.push(announcement);
                    writes.push(undo);
                }
            }
            if let Committed::Done = self.transactions.commit(writes).await? {
                record(caller, &Event::IdentityUnlinked { user: &after.id, provider });
                for announcement in announcements {
                    self.notices.send(announcement, caller).await;
                }
                return Ok(after);
            }
        }
    }

    /// The person, if they have shown who they are a short while ago: what changes their ways in is not for whoever
    /// finds a session open.
    async fn fresh(&self, credential: Credential, caller: &RequestContext) -> Result<Found, Error> {
        let found = self.guard.open_session(credential, caller).await?;
        if !found.session.is_fresh(caller.now) {
            return Err(Rejection::NotFresh.into());
        }
        Ok(found)
    }
}

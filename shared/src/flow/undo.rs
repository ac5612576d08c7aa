//! "This was not me": the reader of a notice has its change undone, and every session of the account ended.

use domain::account::Pointer;
use domain::account::undo::{LinkChange, Undo};
use domain::error::{Error, Rejection};
use domain::page::brand::Site;
use domain::request::origin::{AllowedOrigins, RequestOrigin};
use domain::request::{Attempt, RequestContext};
use domain::secret::SingleUseToken;

use super::notices::Notices;
use crate::adapter::audit::{Event, record};
use crate::adapter::store::undos::Undos;
use crate::adapter::store::users::Users;
use crate::adapter::store::{Attempts, Committed, Transactions};
use crate::app::{App, StartError};

/// `/v1/auth/undo`. Whoever reads the account's mail may do this without a session: it takes away, and gives nothing.
#[derive(Debug)]
pub struct Undoing {
    notices: Notices,
    origins: AllowedOrigins,
    transactions: Transactions,
    undos: Undos,
    users: Users,
}

impl Undoing {
    /// Opens what the endpoint needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            notices: Notices::open(app)?,
            origins: app.env.origins()?,
            transactions: app.transactions(),
            undos: app.undos()?,
            users: app.users()?,
        })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        &self.notices.site
    }

    /// What the notice with `token` told of, while it can be undone; nothing changes.
    ///
    /// # Errors
    ///
    /// `MagicLinkInvalid`, `MagicLinkExpired`, `MagicLinkUsed`, or a failure of the store.
    pub async fn show(&self, token: Option<&SingleUseToken>, caller: &RequestContext) -> Result<Undo, Error> {
        let token = token.ok_or(Rejection::MagicLinkInvalid)?;
        let undo = self.undos.find(token).await?.ok_or(Rejection::MagicLinkInvalid)?;
        caller.subject.is_user(&undo.user_id);
        undo.check(caller.now)?;
        Ok(undo)
    }

    /// Undoes it, and ends every session of the account, all in one transaction that uses the notice up.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site; `LastIdentity` when nothing else would lead to the account; otherwise as
    /// [`show`](Self::show).
    pub async fn undo(
        &self,
        token: Option<SingleUseToken>,
        source: &RequestOrigin,
        caller: &RequestContext,
    ) -> Result<(), Error> {
        caller.subject.attempts(Attempt::LinkUndo);
        self.origins.admit(source)?;
        let token = token.ok_or(Rejection::MagicLinkInvalid)?;
        let mut attempts = Attempts::at("an account");
        loop {
            attempts.next().await?;
            let undo = self.show(Some(&token), caller).await?;
            if self.apply(&token, &undo, caller).await? {
                return Ok(());
            }
        }
    }

    /// Whether it could be written: somebody else may have changed the account meanwhile, or used the notice up.
    async fn apply(&self, token: &SingleUseToken, undo: &Undo, caller: &RequestContext) -> Result<bool, Error> {
        let before = self.users.find(&Pointer::user(&undo.user_id)).await?.ok_or(Rejection::MagicLinkInvalid)?;
        let after = undo.apply(before.clone(), caller.now)?;
        let mut writes = vec![self.undos.using(token, caller.now)?];
        writes.extend(self.users.saving(Some(&before), &after)?);
        let gone = before.identities.iter().find(|identity| !after.identities.contains(identity));
        let announced = match gone {
            Some(identity) => self.notices.announce(&after, LinkChange::Unlinked, identity, caller.now)?,
            None => None,
        };
        let (announcement, told) = announced.unzip();
        writes.extend(told);
        if !matches!(self.transactions.commit(writes).await?, Committed::Done) {
            return Ok(false);
        }
        record(caller, &Event::LinkUndone { user: &after.id, change: undo.change });
        if let Some(identity) = gone {
            record(caller, &Event::IdentityUnlinked { user: &after.id, provider: &identity.provider });
        }
        if let Some(announcement) = announcement {
            self.notices.send(announcement, caller).await;
        }
        Ok(true)
    }
}

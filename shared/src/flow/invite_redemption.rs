//! What an invite makes of somebody without an account: the account, and the end of the invite.

use domain::account::invite::{Invite, InviteAcceptance, InviteCredential, InviteId};
use domain::account::proof::Proof;
use domain::account::{Pointer, User};
use domain::clock::Timestamp;
use domain::error::{Error, Rejection};

use crate::adapter::store::Write;
use crate::adapter::store::invites::Invites;
use crate::adapter::store::users::Users;
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// Invites, and the accounts that may stand in their way.
#[derive(Debug)]
pub struct InviteRedemption {
    actor_types: ActorTypes,
    invites: Invites,
    users: Users,
}

/// Somebody whom an invite lets in, once all of it is written.
#[derive(Debug)]
pub struct RedeemedInvite {
    /// The account that is to be.
    pub user: User,
    /// The invite.
    pub invite: InviteId,
    /// What uses it up, and fails when somebody else did.
    pub used: Write,
}

impl InviteRedemption {
    /// Opens what redemption needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self { actor_types: app.env.actor_types()?, invites: app.invites()?, users: app.users()? })
    }

    /// What accepting makes of the person who has proven `proof`.
    ///
    /// # Errors
    ///
    /// As [`pending`](Self::pending) and [`Invite::accept`], `AccountExists` when the invited address has one, or a failure
    /// of the store.
    pub async fn redeem(
        &self,
        acceptance: &InviteAcceptance,
        proof: &Proof,
        actor_type: &str,
        now: Timestamp,
    ) -> Result<RedeemedInvite, Error> {
        let invite = match (&acceptance.invite, proof.proven_email()) {
            (InviteCredential::Secret(Some(id)), _) => self.invites.find(*id).await?,
            (InviteCredential::Address, Some(address)) => self.invites.newest(actor_type, address).await?,
            (InviteCredential::Secret(None), _) | (InviteCredential::Address, None) => None,
        };
        let invite = self.usable(invite, now)?;
        let user = invite.accept(proof, actor_type, acceptance, now)?;
        if let Some(address) = &user.email
            && self.users.find(&Pointer::email(&user.actor_type, address)).await?.is_some()
        {
            return Err(Rejection::AccountExists.into());
        }
        let used = self.invites.accepting(invite.invite_id, &invite.actor_type, now)?;
        Ok(RedeemedInvite { user, invite: invite.invite_id, used })
    }

    /// The invite of that id, if it can still be accepted.
    ///
    /// # Errors
    ///
    /// `InvalidInvite`, `InviteUsed`, `InviteRevoked`, `InviteExpired`, `SignUpClosed`, or a failure of the store.
    pub async fn pending(&self, id: Option<InviteId>, now: Timestamp) -> Result<Invite, Error> {
        let id = id.ok_or(Rejection::InvalidInvite)?;
        Ok(self.usable(self.invites.find(id).await?, now)?)
    }

    fn usable(&self, invite: Option<Invite>, now: Timestamp) -> Result<Invite, Rejection> {
        let invite = invite.ok_or(Rejection::InvalidInvite)?;
        invite.check(now)?;
        // A setting that changed since it was sent counts.
        if self.actor_types.take_invited(&invite.actor_type) { Ok(invite) } else { Err(Rejection::SignUpClosed) }
    }
}

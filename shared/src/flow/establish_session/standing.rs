//! Who the person is: whose account their proof opens, and what an invite makes of them if they have none.

use domain::account::invite::{InviteAcceptance, InviteCredential};
use domain::account::proof::Proof;
use domain::account::resolution::{AccountResolution, SignUpPolicy, resolve_account};
use domain::account::{Pointer, User};
use domain::clock::Timestamp;
use domain::error::{Error, Fault, Rejection};

use super::super::invite_redemption::RedeemedInvite;
use super::{Authentication, EstablishSession};

impl EstablishSession {
    /// The account that the proven identity, or the proven mailbox, leads to.
    pub(super) async fn holder(&self, proof: &Proof, actor_type: &str) -> Result<Option<User>, Fault> {
        let pointer = match proof {
            Proof::Subject { issuer, profile, .. } => Pointer::identity(actor_type, issuer, &profile.subject),
            Proof::Mailbox(address) => Pointer::email(actor_type, address),
        };
        self.users.find(&pointer).await
    }

    /// What their invite makes of somebody without an account; `None` if it makes nothing.
    pub(super) async fn redeemed(
        &self,
        standing: &AccountResolution,
        authentication: &Authentication,
        now: Timestamp,
    ) -> Result<Option<RedeemedInvite>, Error> {
        let presented = match (standing, &authentication.invite) {
            (AccountResolution::RegistrationRequired, Some(presented)) => presented,
            // Where anybody may sign up, following an invite still proves its address.
            (AccountResolution::New(_), Some(presented @ InviteCredential::Secret(_))) => presented,
            _ => return Ok(None),
        };
        let acceptance = InviteAcceptance::of(presented.clone());
        match self.redemption.redeem(&acceptance, &authentication.proof, &authentication.actor_type, now).await {
            // Nobody has invited this address.
            Err(Error::Rejection(Rejection::InvalidInvite)) if matches!(presented, InviteCredential::Address) => {
                Ok(None)
            }
            redeemed => redeemed.map(Some),
        }
    }

    /// Whose account the proof opens, as far as sign-up and linking are allowed.
    pub(super) async fn standing(
        &self,
        proof: &Proof,
        actor_type: &str,
        now: Timestamp,
    ) -> Result<AccountResolution, Error> {
        if let Proof::Subject { issuer, profile, .. } = proof {
            let pointer = Pointer::identity(actor_type, issuer, &profile.subject);
            if let Some(user) = self.users.find(&pointer).await? {
                return Ok(AccountResolution::Known(user));
            }
        }
        let holder = match proof.claimed_email() {
            Some(address) => self.users.find(&Pointer::email(actor_type, address)).await?,
            None => None,
        };
        // The actor type was checked when the sign-in began; if the setting has changed since, the new one holds.
        let sign_up = self.actor_types.find(Some(actor_type)).map_or(SignUpPolicy::Closed, |(_, policy)| policy);
        Ok(resolve_account(proof, holder, actor_type, sign_up, self.linking, now))
    }
}

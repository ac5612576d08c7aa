//! An identity that joins an account only after the second factor.

use serde::{Deserialize, Serialize};

use crate::account::proof::Proof;
use crate::account::{Identity, User};
use crate::clock::Timestamp;
use crate::error::{Rejection, Unauthenticated};

/// An identity that joins an account once its person has shown their second factor.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PendingLink {
    /// The identity as it will be.
    pub identity: Identity,
    proof: Proof,
}

impl PendingLink {
    /// The pending link of the identity that `proof` shows, as `after` would have it; `None` if it would have none.
    pub fn of(after: &User, proof: &Proof) -> Option<Self> {
        Some(Self { identity: after.identity(proof)?.clone(), proof: proof.clone() })
    }

    /// The account with the identity, if it still has the address that brought the two together.
    ///
    /// # Errors
    ///
    /// `Unauthorized` otherwise: what was decided minutes ago no longer holds.
    pub fn join(&self, user: &User, now: Timestamp) -> Result<User, Rejection> {
        match &self.proof {
            Proof::Subject { profile, .. }
                if user.is_claimed_by(&self.proof) && user.identity(&self.proof).is_none() =>
            {
                Ok(user.clone().joined(Identity { linked_at: now, ..self.identity.clone() }, profile, now))
            }
            _ => Err(Unauthenticated::AccountMovedOn.into()),
        }
    }
}

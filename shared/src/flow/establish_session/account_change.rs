//! A change of an account that is written as its person comes in.

use domain::account::invite::InviteId;
use domain::account::proof::Proof;
use domain::account::{LinkReason, User};
use domain::clock::Timestamp;

use super::super::invite_redemption::RedeemedInvite;
use crate::adapter::store::Write;

/// A new account, or one that gets another identity.
pub(super) struct AccountChange {
    pub(super) before: Option<User>,
    pub(super) after: User,
    /// The invite that this uses up, if any.
    pub(super) invite: Option<InviteId>,
    /// The write that uses it up.
    pub(super) used: Option<Write>,
    /// Why an identity joins; `None` for a new account.
    pub(super) reason: Option<LinkReason>,
}

impl AccountChange {
    pub(super) fn redeeming(RedeemedInvite { user, invite, used }: RedeemedInvite) -> Self {
        Self { invite: Some(invite), used: Some(used), ..Self::signing_up(user) }
    }

    pub(super) fn signing_up(user: User) -> Self {
        Self { before: None, after: user, invite: None, used: None, reason: None }
    }

    pub(super) fn linking(before: User, proof: &Proof, reason: LinkReason, now: Timestamp) -> Self {
        let after = before.clone().linked(proof, reason, now);
        Self { before: Some(before), reason: Some(reason), ..Self::signing_up(after) }
    }
}

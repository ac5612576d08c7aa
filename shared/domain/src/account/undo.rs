//! "This was not me": what the reader of a notice may undo, for as long as they have its secret.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::proof::told;
use crate::account::{Identity, LinkingId, User};
use crate::clock::Timestamp;
use crate::error::Rejection;

/// What is kept of it, under the hash of its secret. Undoing ends every session of the account, whoever began it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Undo {
    /// Whose account; under another name than a session has it, so that the index of a person's sessions stays theirs.
    #[serde(rename = "of_user")]
    pub user_id: String,
    /// What happened to it.
    pub change: LinkChange,
    /// The linking that was made, or is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linking: Option<LinkingId>,
    /// What people call the provider.
    pub label: String,
    /// What a person recognises the account there by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// When it happened.
    pub happened_at: Timestamp,
    /// When the secret's time is over.
    pub valid_until: Timestamp,
    /// When it was used, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

/// What happened to an account's identities.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkChange {
    /// It has one more.
    Linked,
    /// It has one less.
    Unlinked,
    /// It was made with one, by an invitation to its address.
    Invited,
}

impl Undo {
    /// What may be undone of `change`, which is about `identity`.
    pub fn of(user: &User, change: LinkChange, identity: &Identity, now: Timestamp) -> Self {
        Self {
            user_id: user.id.clone(),
            change,
            linking: identity.id,
            label: identity.label().to_owned(),
            account: identity.account.clone(),
            happened_at: now,
            valid_until: now + LIFETIME,
            used_at: None,
        }
    }

    /// The identity as people read it: the provider, and the account there.
    pub fn identity(&self) -> String {
        told(&self.label, self.account.as_deref())
    }

    /// Whether it can be used at `now`.
    ///
    /// # Errors
    ///
    /// `MagicLinkUsed` or `MagicLinkExpired`.
    pub fn check(&self, now: Timestamp) -> Result<(), Rejection> {
        match self.used_at {
            Some(_) => Err(Rejection::MagicLinkUsed),
            None if self.valid_until <= now => Err(Rejection::MagicLinkExpired),
            None => Ok(()),
        }
    }

    /// The account once it is undone: without the identity, if it still has it by this linking, and in a new epoch.
    ///
    /// # Errors
    ///
    /// `LastIdentity` when nothing else would lead to the account.
    pub fn apply(&self, user: User, now: Timestamp) -> Result<User, Rejection> {
        let linking = self.linking.filter(|_| self.change != LinkChange::Unlinked);
        let user = linking.map_or(Ok(user.clone()), |linking| user.undone(linking, now))?;
        Ok(user.ending_sessions(now))
    }
}

/// As long as a session can be left alone: who was away for a month still finds what somebody else began.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

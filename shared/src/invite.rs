//! Invites: a secret that lets one person make an account where sign-up takes one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::secret::{SingleUseToken, new_id};

/// What is kept of an invite. The token itself is with the person who was invited.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Invite {
    /// The public id, `inv_…`.
    pub invite_id: String,
    /// Who is invited.
    pub email: EmailAddress,
    /// As what.
    pub actor_type: String,
    /// The role that comes with it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// When its time is over.
    pub valid_until: Timestamp,
    /// When it was accepted, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

impl Invite {
    /// An invite for `email`: what to send, and what to keep under the token's hash.
    pub fn start(
        email: EmailAddress,
        actor_type: String,
        role: Option<String>,
        now: Timestamp,
        lifetime: Duration,
    ) -> (SingleUseToken, Self) {
        let invite =
            Self { invite_id: new_id("inv"), email, actor_type, role, valid_until: now + lifetime, used_at: None };
        (SingleUseToken::random(), invite)
    }
}

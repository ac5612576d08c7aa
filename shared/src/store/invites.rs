//! The table Invites: people who were invited, under the hash of their token.

use aws_sdk_dynamodb::Client;

use super::{Consumed, Table, Write, item};
use crate::binding::Shown;
use crate::clock::Timestamp;
use crate::failure::Broken;
use crate::invite::Invite;
use crate::secret::SingleUseToken;
use crate::sign_in::TOMBSTONE;

/// The table.
#[derive(Clone, Debug)]
pub struct Invites(Table);

impl Invites {
    /// Opens the table `name`.
    pub fn new(client: Client, name: String) -> Self {
        Self(Table { client, name })
    }

    /// Keeps `invite` under its token, together with other writes.
    ///
    /// # Errors
    ///
    /// Only when the write itself is malformed.
    pub fn keeping(&self, token: &SingleUseToken, invite: &Invite) -> Result<Write, Broken> {
        let item = item(&token.key(), invite, Some(invite.valid_until + TOMBSTONE))?;
        self.0.putting(item, "attribute_not_exists(id)", Vec::new())
    }

    /// Uses up the invite, if it is in time, unused, and for `actor_type`. Otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// When DynamoDB does not answer.
    pub async fn consume(
        &self,
        token: &SingleUseToken,
        actor_type: &str,
        now: Timestamp,
    ) -> Result<Consumed<Invite>, Broken> {
        self.0.consume(&token.key(), &Shown::Client(None), now, &[("actor_type", actor_type)]).await
    }
}

//! The table MagicLinks: links that were mailed, under the hash of their token.

use aws_sdk_dynamodb::Client;

use super::{Consumed, Table, Write, item};
use crate::clock::Timestamp;
use crate::failure::Broken;
use crate::magic_link::{LinkToken, MagicLink};
use crate::sign_in::{CodeChallenge, TOMBSTONE};

/// The table.
#[derive(Clone, Debug)]
pub struct MagicLinks(Table);

impl MagicLinks {
    /// Opens the table `name`.
    pub fn new(client: Client, name: String) -> Self {
        Self(Table { client, name })
    }

    /// Keeps `link` under its token, together with other writes.
    ///
    /// # Errors
    ///
    /// Only when the write itself is malformed.
    pub fn keeping(&self, token: &LinkToken, link: &MagicLink) -> Result<Write, Broken> {
        let item = item(&token.key(), link, Some(link.valid_until + TOMBSTONE))?;
        self.0.putting(item, "attribute_not_exists(id)", Vec::new())
    }

    /// Uses up the link, if it is in time, unused, and bound to `challenge` (or not bound at all). Otherwise nothing
    /// changes.
    ///
    /// # Errors
    ///
    /// When DynamoDB does not answer.
    pub async fn consume(
        &self,
        token: &LinkToken,
        challenge: Option<&CodeChallenge>,
        now: Timestamp,
    ) -> Result<Consumed<MagicLink>, Broken> {
        self.0.consume(&token.key(), challenge, now, None).await
    }
}

//! The table MagicLinks: links that were mailed, under the hash of their token, and codes, under the id of their request.

use domain::browser::binding::Shown;
use domain::clock::Timestamp;
use domain::error::Fault;
use domain::magic_link::mail_code::{MAX_TRIES, RequestId, StoredMailCode};
use domain::magic_link::{LinkKind, MagicLink};
use domain::secret::SingleUseToken;
use domain::sign_in::TOMBSTONE;

use super::{Consumed, ItemUpdate, Table, Updated, Write, bind, item, number, read};

/// The table.
#[derive(Clone, Debug)]
pub struct MagicLinks(Table);

impl MagicLinks {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Keeps `link` under its token, together with other writes.
    pub fn keeping(&self, token: &SingleUseToken, link: &MagicLink) -> Result<Write, Fault> {
        let kind = if link.wish.is_some() { LinkKind::Wish } else { LinkKind::SignIn };
        let item = item(&MagicLink::key(token, kind), link, Some(link.valid_until + TOMBSTONE))?;
        self.0.putting(item, "attribute_not_exists(id)", Vec::new())
    }

    /// Keeps `code` under the id of its request, together with other writes.
    pub fn keeping_code(&self, request_id: &RequestId, code: &StoredMailCode) -> Result<Write, Fault> {
        let item = item(request_id.as_str(), code, Some(code.valid_until + TOMBSTONE))?;
        self.0.putting(item, "attribute_not_exists(id)", Vec::new())
    }

    /// Counts a try of the code that was mailed for `request_id`, before anybody compares it. Nothing changes when it
    /// was tried too often, its time is over, or it is bound to another challenge.
    pub async fn try_code(
        &self,
        request_id: &RequestId,
        shown: &Shown,
        now: Timestamp,
    ) -> Result<Consumed<StoredMailCode>, Fault> {
        let mut condition = "tries < :most AND valid_until > :now".to_owned();
        let mut values =
            vec![(":one", number(1)), (":most", number(MAX_TRIES.into())), (":now", number(now.seconds()))];
        bind(&mut condition, &mut values, shown);
        let update = "SET tries = tries + :one";
        match self.0.update(ItemUpdate { key: request_id.as_str(), update, condition: &condition, values }).await? {
            Updated::Done(item) => read(item).map(Consumed::Once),
            Updated::Refused(item) => item.map(read).transpose().map(Consumed::Refused),
        }
    }

    /// Uses up the link kept under `key`, if it is in time, unused, and `shown` fits its binding. Otherwise nothing
    /// changes.
    pub async fn consume(&self, key: &str, shown: &Shown, now: Timestamp) -> Result<Consumed<MagicLink>, Fault> {
        self.0.consume(key, shown, now, &[]).await
    }

    /// The link kept under `key`, whatever became of it; nothing changes.
    pub async fn find(&self, key: &str) -> Result<Option<MagicLink>, Fault> {
        self.0.get(key).await
    }

    /// The link that came in the same mail as `code`, whatever became of it; nothing changes.
    pub async fn find_link_of(&self, code: &StoredMailCode) -> Result<Option<MagicLink>, Fault> {
        self.0.get(&code.link_key).await
    }

    /// The code that was mailed for `request_id`, whatever became of it; nothing changes.
    pub async fn find_code(&self, request_id: &RequestId) -> Result<Option<StoredMailCode>, Fault> {
        self.0.get(request_id.as_str()).await
    }
}

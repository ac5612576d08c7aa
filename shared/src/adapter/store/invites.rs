//! The table Invites: people who were invited, under the hash of their token, and for each address its newest invite.

use serde::{Deserialize, Serialize};

use domain::account::Pointer;
use domain::account::email::EmailAddress;
use domain::account::invite::{Invite, InviteId};
use domain::clock::Timestamp;
use domain::error::Fault;
use domain::request::reach::Reach;
use domain::sign_in::TOMBSTONE;

use super::{ItemUpdate, Table, Updated, Write, attempt, item, number, text, within};

/// The table.
#[derive(Clone, Debug)]
pub struct Invites(Table);

/// What leads from an address to its newest invite.
#[derive(Deserialize, Serialize)]
pub(super) struct Newest {
    newest: InviteId,
}

impl Invites {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Keeps `invite`, together with other writes. It is the newest of its address from now on; older ones are as good.
    ///
    /// # Errors
    ///
    /// Only when a write itself is malformed.
    pub fn keeping(&self, invite: &Invite) -> Result<[Write; 2], Fault> {
        let swept_at = Some(invite.valid_until + TOMBSTONE);
        let kept = item(&invite.invite_id.to_string(), invite, swept_at)?;
        let address = Pointer::email(&invite.actor_type, &invite.email);
        let newest = item(address.as_str(), &Newest { newest: invite.invite_id }, swept_at)?;
        Ok([self.0.putting(kept, "attribute_not_exists(id)", Vec::new())?, self.0.replacing(newest)?])
    }

    /// The invite of that id, whatever became of it.
    pub async fn find(&self, id: InviteId) -> Result<Option<Invite>, Fault> {
        self.0.get(&id.to_string()).await
    }

    /// The newest invite of an address, whatever became of it.
    pub async fn newest(&self, actor_type: &str, email: &EmailAddress) -> Result<Option<Invite>, Fault> {
        match self.0.get::<Newest>(Pointer::email(actor_type, email).as_str()).await? {
            Some(Newest { newest }) => self.find(newest).await,
            None => Ok(None),
        }
    }

    /// Uses up the invite, if it is in time, neither used nor revoked, and for `actor_type`, together with other writes.
    pub fn accepting(&self, id: InviteId, actor_type: &str, now: Timestamp) -> Result<Write, Fault> {
        self.0.updating(ItemUpdate {
            key: &id.to_string(),
            update: "SET used_at = :now",
            condition: &format!("{PENDING} AND actor_type = :actor_type"),
            values: vec![(":now", number(now.seconds())), (":actor_type", text(actor_type))],
        })
    }

    /// Takes the invite back; `false` when there is none within `reach` that could still be accepted.
    pub async fn revoke(&self, id: InviteId, reach: &Reach, now: Timestamp) -> Result<bool, Fault> {
        let attempt = attempt();
        let (within, reached) = within(reach);
        let mut values = vec![(":now", number(now.seconds())), (":attempt", attempt.clone())];
        values.extend(reached.iter().map(|(place, name)| (place.as_str(), name.clone())));
        let change = ItemUpdate {
            key: &id.to_string(),
            update: "SET revoked_at = :now, revoked_by = :attempt",
            condition: &format!("{PENDING}{within}"),
            values,
        };
        Ok(match self.0.update(change).await? {
            Updated::Done(_) => true,
            Updated::Refused(Some(item)) => item.get("revoked_by") == Some(&attempt),
            Updated::Refused(None) => false,
        })
    }

    /// The invites of an actor type that can still be accepted, the newest first. The index follows the table within
    /// moments, so that one made this very instant may be missing.
    pub async fn pending(&self, actor_type: &str, now: Timestamp) -> Result<Vec<Invite>, Fault> {
        let ids = self.0.ids_by("by_actor_type", "actor_type", actor_type, now + TOMBSTONE).await?;
        let mut invites: Vec<Invite> = self.0.get_all(&ids).await?;
        invites.retain(|invite| invite.is_pending(now));
        invites.sort_by_key(|invite| std::cmp::Reverse(invite.created_at));
        Ok(invites)
    }
}

const PENDING: &str = "attribute_not_exists(used_at) AND attribute_not_exists(revoked_at) AND valid_until > :now";

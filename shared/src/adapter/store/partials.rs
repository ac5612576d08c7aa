//! The table Sessions once more: people halfway in, under the hashes of ids that no session has.

use domain::clock::Timestamp;
use domain::error::Fault;
use domain::session::assurance::{MAX_TRIES, Partial};
use domain::session_id::SessionId;

use super::{Consumed, Item, ItemUpdate, Table, Updated, Write, attempt, item, number, read, text};

/// The table.
#[derive(Clone, Debug)]
pub struct Partials(Table);

impl Partials {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Writes a new partial session.
    pub async fn create(&self, partial: &Partial) -> Result<(), Fault> {
        self.0.create(begun(partial)?).await
    }

    /// Writes a new partial session together with other writes.
    pub fn creating(&self, partial: &Partial) -> Result<Write, Fault> {
        self.0.putting(begun(partial)?, "attribute_not_exists(id)", Vec::new())
    }

    /// The partial session of that id, open or not.
    pub async fn find(&self, id: SessionId) -> Result<Option<Partial>, Fault> {
        self.0.get_item(&key(id)).await?.map(|item| restored(id, item)).transpose()
    }

    /// Counts a try, before anybody compares it. Nothing changes when the partial session is used up or over.
    pub async fn count(&self, id: SessionId, now: Timestamp) -> Result<Consumed<Partial>, Fault> {
        let change = ItemUpdate {
            key: &key(id),
            update: "SET tries = tries + :one",
            condition: &format!("tries < :most AND {OPEN}"),
            values: vec![(":one", number(1)), (":most", number(MAX_TRIES.into())), (":now", number(now.seconds()))],
        };
        Ok(match self.0.update(change).await? {
            Updated::Done(item) => Consumed::Once(restored(id, item)?),
            Updated::Refused(item) => Consumed::Refused(item.map(|item| restored(id, item)).transpose()?),
        })
    }

    /// Uses the partial session up together with other writes.
    pub fn finishing(&self, id: SessionId, now: Timestamp) -> Result<Write, Fault> {
        let (update, values) = ("SET used_at = :now", vec![(":now", number(now.seconds()))]);
        self.0.updating(ItemUpdate { key: &key(id), update, condition: OPEN, values })
    }

    /// Ends the partial session, and gives it; `None` when there was none, or it was over.
    pub async fn end(&self, id: SessionId, now: Timestamp) -> Result<Option<Partial>, Fault> {
        let attempt = attempt();
        let change = ItemUpdate {
            key: &key(id),
            update: "SET used_at = :now, used_by = :attempt",
            condition: OPEN,
            values: vec![(":now", number(now.seconds())), (":attempt", attempt.clone())],
        };
        match self.0.update(change).await? {
            Updated::Done(item) => restored(id, item).map(Some),
            Updated::Refused(item) => {
                let own = item.filter(|item| item.get("used_by") == Some(&attempt));
                own.map(|item| restored(id, item)).transpose()
            }
        }
    }
}

/// The partial session in `item`, with the id that it was found by and that is not kept in it.
pub(super) fn restored(id: SessionId, mut item: Item) -> Result<Partial, Fault> {
    item.insert("session_id".to_owned(), text(&id.to_string()));
    read(item).map(Partial::restored)
}

/// A partial session that begins.
pub(super) fn begun(partial: &Partial) -> Result<Item, Fault> {
    item(&key(partial.id), &**partial, Some(partial.valid_until))
}

fn key(id: SessionId) -> String {
    format!("partial#{}", id.hash().as_str())
}

/// The partial session waits for a code.
const OPEN: &str = "attribute_not_exists(used_at) AND valid_until > :now";

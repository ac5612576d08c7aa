//! The table Sessions once more: what notices let their readers undo, under keys that no session has.

use domain::account::undo::Undo;
use domain::clock::Timestamp;
use domain::error::Fault;
use domain::secret::SingleUseToken;
use domain::sign_in::TOMBSTONE;

use super::{ItemUpdate, Table, Write, item, number};

/// The table.
#[derive(Clone, Debug)]
pub struct Undos(Table);

impl Undos {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Keeps `undo` under `token`, together with what it undoes.
    pub fn keeping(&self, token: &SingleUseToken, undo: &Undo) -> Result<Write, Fault> {
        let item = item(&key(token), undo, Some(undo.valid_until + TOMBSTONE))?;
        self.0.putting(item, "attribute_not_exists(id)", Vec::new())
    }

    /// What is kept under `token`, whatever became of it; nothing changes.
    pub async fn find(&self, token: &SingleUseToken) -> Result<Option<Undo>, Fault> {
        self.0.get(&key(token)).await
    }

    /// Uses it up, together with what it does.
    pub fn using(&self, token: &SingleUseToken, now: Timestamp) -> Result<Write, Fault> {
        self.0.updating(ItemUpdate {
            key: &key(token),
            update: "SET used_at = :now",
            condition: "attribute_not_exists(used_at) AND valid_until > :now",
            values: vec![(":now", number(now.seconds()))],
        })
    }
}

pub(super) fn key(token: &SingleUseToken) -> String {
    format!("undo#{}", token.key())
}

//! The table Limits: counters that end with their window.

use domain::clock::Timestamp;
use domain::error::Fault;
use domain::request::limit::Counter;

use super::{Item, ItemUpdate, Obstacle, Table, Write, number, text};

/// The table.
#[derive(Clone, Debug)]
pub struct Limits(Table);

impl Limits {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Counts one event, together with other writes.
    pub fn counting(&self, counter: &Counter, now: Timestamp) -> Result<Write, Fault> {
        let mut values = vec![
            (":none", number(0)),
            (":one", number(1)),
            (":now", number(now.seconds())),
            (":most", number(counter.most.into())),
            (":ends_at", number(counter.ends_at.seconds())),
        ];
        values.extend(counter.begun_by.as_deref().map(|id| (":id", text(id))));
        self.0.updating(ItemUpdate {
            key: &counter.key,
            update: match counter.begun_by {
                None => "SET hits = if_not_exists(hits, :none) + :one, expires_at = :ends_at",
                Some(_) => "SET hits = if_not_exists(hits, :none) + :one, expires_at = :ends_at, begun_by = :id",
            },
            // A counter whose time is over, and which the sweep has not reached, is taken over: that a pause is over shows
            // in `expires_at`, not in `hits`.
            condition: "attribute_not_exists(id) OR expires_at <= :now OR hits < :most",
            values,
        })
    }

    /// Takes back what [`counting`](Self::counting) counted, together with other writes: of a pause, unless somebody else
    /// has begun another one since.
    pub fn giving_back(&self, counter: &Counter, now: Timestamp) -> Result<Write, Fault> {
        self.0.updating(match &counter.begun_by {
            None => ItemUpdate {
                key: &counter.key,
                update: "SET hits = hits - :one",
                condition: "hits >= :one",
                values: vec![(":one", number(1))],
            },
            Some(id) => ItemUpdate {
                key: &counter.key,
                update: "SET expires_at = :now",
                condition: "begun_by = :id",
                values: vec![(":now", number(now.seconds())), (":id", text(id))],
            },
        })
    }
}

impl Obstacle {
    /// When the counter that stood in the way ends.
    pub fn counter_ends_at(&self) -> Option<Timestamp> {
        ends_at(&self.0)
    }

    /// What the pause follows that stood in the way, by its public id.
    pub fn begun_by(&self) -> Option<&str> {
        Some(self.0.get("begun_by")?.as_s().ok()?)
    }
}

pub(super) fn ends_at(item: &Item) -> Option<Timestamp> {
    item.get("expires_at")?.as_n().ok()?.parse().ok().map(Timestamp::from_seconds)
}

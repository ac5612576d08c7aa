//! The table Limits: counters that end with their window.

use aws_sdk_dynamodb::Client;

use super::{Change, Item, Obstacle, Table, Updated, Write, number};
use crate::clock::Timestamp;
use crate::failure::Broken;
use crate::limit::Counter;

/// The table.
#[derive(Clone, Debug)]
pub struct Limits(Table);

/// Whether an event was counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Counted {
    /// It was.
    Within,
    /// It was not: the limit is reached, and ends then.
    Over(Timestamp),
}

impl Limits {
    /// Opens the table `name`.
    pub fn new(client: Client, name: String) -> Self {
        Self(Table { client, name })
    }

    /// Counts one event in one call.
    ///
    /// # Errors
    ///
    /// When DynamoDB does not answer.
    pub async fn count(&self, counter: &Counter, now: Timestamp) -> Result<Counted, Broken> {
        Ok(match self.0.update(change(counter, now)).await? {
            Updated::Done(_) => Counted::Within,
            Updated::Refused(item) => Counted::Over(item.as_ref().and_then(ends_at).unwrap_or(counter.ends_at)),
        })
    }

    /// Counts one event together with other writes.
    ///
    /// # Errors
    ///
    /// Only when the write itself is malformed.
    pub fn counting(&self, counter: &Counter, now: Timestamp) -> Result<Write, Broken> {
        self.0.updating(change(counter, now))
    }
}

impl Obstacle {
    /// When the counter that stood in the way ends.
    pub fn counter_ends_at(&self) -> Option<Timestamp> {
        ends_at(&self.0)
    }
}

/// A counter whose time is over, and which the sweep has not reached, is taken over: that a pause is over shows in
/// `expires_at`, not in `hits`.
fn change(counter: &Counter, now: Timestamp) -> Change<'_> {
    Change {
        key: &counter.key,
        update: "SET hits = if_not_exists(hits, :none) + :one, expires_at = :ends_at",
        condition: "attribute_not_exists(id) OR expires_at <= :now OR hits < :most",
        values: vec![
            (":none", number(0)),
            (":one", number(1)),
            (":now", number(now.seconds())),
            (":most", number(counter.most.into())),
            (":ends_at", number(counter.ends_at.seconds())),
        ],
    }
}

fn ends_at(item: &Item) -> Option<Timestamp> {
    item.get("expires_at")?.as_n().ok()?.parse().ok().map(Timestamp::from_seconds)
}

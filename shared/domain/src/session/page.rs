//! A person's sessions, page by page, the newest first.

use std::fmt;

use serde::Deserialize;

use super::Session;
use crate::clock::Timestamp;
use crate::session_id::SessionId;

/// Where a session stands among those of its person. The page after it goes on there, whatever has become of it since.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub struct Cursor {
    /// When the session began.
    pub created_at: Timestamp,
    /// Its id.
    pub id: SessionId,
}

impl Cursor {
    /// Where `session` stands.
    pub const fn of(session: &Session) -> Self {
        Self { created_at: session.kept.created_at, id: session.kept.id }
    }

    /// Reads what [`Display`](fmt::Display) wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (created_at, id) = text.split_once('.')?;
        let created_at = Timestamp::from_seconds(created_at.parse().ok()?);
        let cursor = Self { created_at, id: SessionId::parse(id)? };
        (cursor.to_string() == text).then_some(cursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.seconds(), self.id)
    }
}

/// Which part of a person's sessions is asked for.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    /// Where it begins; with the newest session, if nowhere else.
    pub after: Option<Cursor>,
    /// How many sessions there may be on it.
    pub limit: usize,
}

impl PageRequest {
    /// How many sessions there are on a page when nobody says.
    pub const USUAL: usize = 50;
    /// The most that fit on one: what DynamoDB reads in one batch.
    pub const MAX: usize = 100;

    /// What stands on the page, and where the next one goes on, if there is one: `found` is one session more than fits, if
    /// there are as many. The session that asks stands at its place even where `found` does not know it yet.
    pub fn cut(self, mut found: Vec<Cursor>, asking: Cursor) -> (Vec<Cursor>, Option<Cursor>) {
        let place = found.partition_point(|cursor| cursor.created_at > asking.created_at);
        let is_here = self.after.is_none() && place <= self.limit.min(found.len());
        if is_here && !found.contains(&asking) {
            found.insert(place, asking);
        }
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().copied().filter(|_| more);
        (found, next)
    }
}

/// A page of a person's sessions.
#[derive(Debug)]
pub struct Listing {
    /// The sessions, the newest first.
    pub sessions: Vec<Session>,
    /// The one that asks, whether it is among them or not.
    pub own: SessionId,
    /// Where the next page goes on, if there is one.
    pub next: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: PageRequest = PageRequest { after: None, limit: 2 };

    fn begun_at<const N: usize>(seconds: [i64; N]) -> [Cursor; N] {
        seconds.map(|seconds| Cursor { created_at: Timestamp::from_seconds(seconds), id: SessionId::random() })
    }

    #[test]
    fn a_cursor_reads_back_in_one_spelling_only() {
        let [cursor] = begun_at([1_000_000]);
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        let id = cursor.id;
        for text in [
            format!("+1000000.{id}"),
            format!("01000000.{id}"),
            format!("1000000.{id}."),
            format!("{id}"),
            String::new(),
        ] {
            assert_eq!(Cursor::parse(&text), None, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_begins_after_the_last_that_does() {
        let [newest, asking, third] = begun_at([30, 20, 10]);
        assert_eq!(FIRST.cut(vec![newest, asking, third], asking), (vec![newest, asking], Some(asking)));
        assert_eq!(FIRST.cut(vec![newest, asking], asking), (vec![newest, asking], None));
    }

    #[test]
    fn a_session_that_the_index_does_not_know_yet_stands_at_its_place() {
        let [asking, newest, second, third] = begun_at([40, 30, 20, 10]);
        assert_eq!(FIRST.cut(vec![], asking), (vec![asking], None));
        assert_eq!(FIRST.cut(vec![newest, second, third], asking), (vec![asking, newest], Some(newest)));
        assert_eq!(FIRST.cut(vec![asking, second], newest), (vec![asking, newest], Some(newest)));
    }

    #[test]
    fn a_session_of_a_later_page_is_not_on_an_earlier_one_and_the_other_way_round() {
        let [newest, second, third, asking] = begun_at([40, 30, 20, 10]);
        assert_eq!(FIRST.cut(vec![newest, second, third], asking), (vec![newest, second], Some(second)));
        let later = PageRequest { after: Some(second), ..FIRST };
        assert_eq!(later.cut(vec![third], newest), (vec![third], None));
        assert_eq!(later.cut(vec![third, asking], asking), (vec![third, asking], None));
    }
}

//! The table Sessions: people who are signed in, by session id.
//!
//! The index `by_user` holds the sessions that were not ended, by their person and the epoch they count in: one that is
//! ended leaves it, and when an account moves on, all that it leaves behind are out of sight at once.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_core::future::BoxFuture;

use domain::account::User;
use domain::clock::Timestamp;
use domain::error::Fault;
use domain::session::page::Cursor;
use domain::session::refresh_token::RefreshToken;
use domain::session::session_token::SessionToken;
use domain::session::{EndReason, Session};
use domain::session_id::SessionId;

use super::{Item, ItemUpdate, Table, Updated, Write, attempt, fault_of, item, number, read, text};

/// The table.
#[derive(Clone, Debug)]
pub struct Sessions(Table);

/// How a rotation ended.
#[derive(Debug)]
pub enum Rotated {
    /// The session as it is now.
    Done(Session),
    /// The token did not fit, or the session is over; this is what is there.
    Refused(Option<Session>),
}

/// How prolonging a session ended.
#[derive(Debug)]
pub enum Prolonged {
    /// The session as it is now.
    Done(Session),
    /// The token is not its token, or the session is over; this is what is there.
    Refused(Option<Session>),
}

/// Who may end or prolong a session.
#[derive(Clone, Copy, Debug)]
pub enum SessionOwner<'a> {
    /// The person whose it is, by their id.
    User(&'a str),
    /// The browser that has its token.
    Token(&'a SessionToken),
}

/// How ending a session ended.
#[derive(Debug)]
pub enum Ended {
    /// This call ended it.
    Now(Box<Session>),
    /// There was no such session, or it was over already.
    Before,
}

impl Sessions {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Writes a new session.
    pub async fn create(&self, session: &Session) -> Result<(), Fault> {
        self.0.create(begun(session)?).await
    }

    /// Writes a new session together with other writes.
    pub fn creating(&self, session: &Session) -> Result<Write, Fault> {
        self.0.putting(begun(session)?, "attribute_not_exists(id)", Vec::new())
    }

    /// The session of that id, live or not, as the last write left it.
    pub fn find(&self, id: SessionId) -> BoxFuture<'_, Result<Option<Session>, Fault>> {
        Box::pin(async move { Ok(self.0.get(&id.to_string()).await?.map(Session::restored)) })
    }

    /// Moves the session on to the next generation, if `token` is of the live one and the session is not over.
    pub async fn rotate(&self, token: &RefreshToken, idle_until: Timestamp, now: Timestamp) -> Result<Rotated, Fault> {
        let attempt = attempt();
        let change = ItemUpdate {
            key: &token.session.to_string(),
            update: "SET generation = generation + :one, rotated_at = :now, rotated_by = :attempt, \
                     last_used_at = :now, idle_until = :idle_until",
            condition: &format!("generation = :presented AND attribute_not_exists(token_hash) AND {LIVE}"),
            values: vec![
                (":one", number(1)),
                (":now", number(now.seconds())),
                (":attempt", attempt.clone()),
                (":idle_until", number(idle_until.seconds())),
                (":presented", number(token.generation.into())),
            ],
        };
        match self.0.update(change).await? {
            Updated::Done(item) => restored(item).map(Rotated::Done),
            Updated::Refused(Some(item)) if item.get("rotated_by") == Some(&attempt) => {
                restored(item).map(Rotated::Done)
            }
            Updated::Refused(item) => item.map(restored).transpose().map(Rotated::Refused),
        }
    }

    /// Keeps that the session's person was authenticated again, together with other writes.
    pub fn stepping_up(&self, session: &Session, now: Timestamp) -> Result<Write, Fault> {
        let amr = session.amr().iter().map(|value| text(value)).collect();
        self.0.updating(ItemUpdate {
            key: &session.id.to_string(),
            update: "SET auth_time = :auth_time, amr = :amr",
            condition: LIVE,
            values: vec![
                (":auth_time", number(session.auth_time.seconds())),
                (":amr", AttributeValue::L(amr)),
                (":now", number(now.seconds())),
            ],
        })
    }

    /// Lifts the session into the epoch that `user`, its account, moves to in the same transaction: it outlives what ends
    /// all others.
    pub fn lifting(&self, session: &Session, user: &User, now: Timestamp) -> Result<Write, Fault> {
        self.0.updating(ItemUpdate {
            key: &session.id.to_string(),
            update: "SET epoch = :after, user_epoch = :user_epoch",
            condition: &format!("user_id = :user AND epoch = :before AND {LIVE}"),
            values: vec![
                (":after", number(user.epoch().into())),
                (":user_epoch", user_epoch(&user.id, user.epoch())),
                (":user", text(&user.id)),
                (":before", number(session.epoch().into())),
                (":now", number(now.seconds())),
            ],
        })
    }

    /// Puts off the end of the session, if it is `holder`'s and not over.
    pub async fn prolong(
        &self,
        id: SessionId,
        holder: SessionOwner<'_>,
        idle_until: Timestamp,
        now: Timestamp,
    ) -> Result<Prolonged, Fault> {
        let (held, holder) = holder.condition();
        let change = ItemUpdate {
            key: &id.to_string(),
            update: "SET idle_until = :idle_until, last_used_at = :now",
            condition: &format!("{held} AND {LIVE}"),
            values: vec![
                (":now", number(now.seconds())),
                (":idle_until", number(idle_until.seconds())),
                (":holder", holder),
            ],
        };
        Ok(match self.0.update(change).await? {
            Updated::Done(item) => Prolonged::Done(restored(item)?),
            Updated::Refused(item) => Prolonged::Refused(item.map(restored).transpose()?),
        })
    }

    /// Keeps the hash of the session's token, which its browser has from now on, if its person's session is not over;
    /// `false` when it is.
    pub async fn keep_token(&self, session: &Session, now: Timestamp) -> Result<bool, Fault> {
        let (held, holder) = SessionOwner::User(session.user_id()).condition();
        let change = ItemUpdate {
            key: &session.id.to_string(),
            update: "SET token_hash = :token_hash",
            condition: &format!("{held} AND {LIVE}"),
            values: vec![
                (":token_hash", text(session.token_hash.as_deref().unwrap_or_default())),
                (":now", number(now.seconds())),
                (":holder", holder),
            ],
        };
        Ok(matches!(self.0.update(change).await?, Updated::Done(_)))
    }

    /// Ends the session, if it is `holder`'s and was not over before.
    pub async fn end(
        &self,
        id: SessionId,
        holder: SessionOwner<'_>,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<Ended, Fault> {
        let attempt = attempt();
        let (held, holder) = holder.condition();
        let change = ItemUpdate {
            key: &id.to_string(),
            update: "SET revoked_at = :now, revoked_reason = :reason, revoked_by = :attempt REMOVE user_epoch",
            condition: &format!("{held} AND {LIVE}"),
            values: vec![
                (":now", number(now.seconds())),
                (":reason", text(reason.as_str())),
                (":attempt", attempt.clone()),
                (":holder", holder),
            ],
        };
        Ok(match self.0.update(change).await? {
            Updated::Done(item) => Ended::Now(Box::new(restored(item)?)),
            Updated::Refused(Some(item)) if item.get("revoked_by") == Some(&attempt) => {
                Ended::Now(Box::new(restored(item)?))
            }
            Updated::Refused(_) => Ended::Before,
        })
    }

    /// At most `most` of the sessions that `user` has in their epoch, the newest first, after `after`. Some of them may be
    /// over by time alone. The index follows the table within moments, so that a session begun this very
    /// instant may be missing, and one that was just ended still there.
    pub async fn of_user(&self, user: &User, after: Option<Cursor>, most: usize) -> Result<Vec<Cursor>, Fault> {
        let of_user = user_epoch(&user.id, user.epoch());
        let start = after.map(|Cursor { created_at, id }| {
            Item::from([
                ("id".to_owned(), text(&id.to_string())),
                ("user_epoch".to_owned(), of_user.clone()),
                ("created_at".to_owned(), number(created_at.seconds())),
            ])
        });
        let query = self
            .0
            .client
            .query()
            .table_name(&self.0.name)
            .index_name("by_user")
            .key_condition_expression("user_epoch = :user_epoch")
            .expression_attribute_values(":user_epoch", of_user)
            .set_exclusive_start_key(start)
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(i32::MAX));
        let page = query.send().await.map_err(|error| fault_of("Query", error))?;
        page.items.unwrap_or_default().into_iter().map(read).collect()
    }

    /// The sessions of those ids, as the last write left them, in no particular order.
    pub async fn find_all(&self, ids: &[SessionId]) -> Result<Vec<Session>, Fault> {
        let ids: Vec<_> = ids.iter().map(SessionId::to_string).collect();
        Ok(self.0.get_all(&ids).await?.into_iter().map(Session::restored).collect())
    }
}

impl SessionOwner<'_> {
    /// The condition that the session is the holder's, and the value of `:holder` in it.
    fn condition(self) -> (&'static str, AttributeValue) {
        match self {
            Self::User(id) => ("user_id = :holder", text(id)),
            Self::Token(token) => ("token_hash = :holder", text(&token.hash())),
        }
    }
}

/// A session that begins, in sight of the index.
pub(super) fn begun(session: &Session) -> Result<Item, Fault> {
    let mut item = item(&session.id.to_string(), &**session, Some(session.valid_until))?;
    item.insert("user_epoch".to_owned(), user_epoch(session.user_id(), session.epoch()));
    Ok(item)
}

/// The session in `item`.
pub(super) fn restored(item: Item) -> Result<Session, Fault> {
    read(item).map(Session::restored)
}

/// What the index files a session under.
fn user_epoch(user_id: &str, epoch: u32) -> AttributeValue {
    text(&format!("{user_id}#{epoch}"))
}

/// The condition that a session is accepted.
const LIVE: &str = "attribute_not_exists(revoked_at) AND idle_until > :now AND valid_until > :now";

//! The table Users: accounts, and the keys that lead to them.
//!
//! An account is kept whole under each of its [pointers](domain::account::Pointer): its id, its identities, its proven
//! address. All copies are written in one transaction, so that a sign-in needs a single read and never sees half a
//! change.

use std::borrow::Cow;

use futures_core::future::BoxFuture;
use serde::{Deserialize, Serialize};

use domain::account::{Pointer, StoredUser, User};
use domain::error::Fault;

use super::{Item, Table, Write, item, number, read};

/// The table.
#[derive(Clone, Debug)]
pub struct Users(Table);

#[derive(Deserialize, Serialize)]
struct Record<'a> {
    account: Cow<'a, StoredUser>,
}

impl Users {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// The account that `pointer` leads to.
    pub fn find<'c>(&'c self, pointer: &'c Pointer) -> BoxFuture<'c, Result<Option<User>, Fault>> {
        Box::pin(async move { self.0.get_item(pointer.as_str()).await?.map(restored).transpose() })
    }

    /// That the account is still in the epoch that it was read in, for other writes to happen.
    pub fn in_same_epoch(&self, user: &User) -> Result<Write, Fault> {
        let epoch = vec![(":epoch", number(user.epoch().into()))];
        self.0.checking(Pointer::user(&user.id).as_str(), "account.epoch = :epoch", epoch)
    }

    /// Writes `after` under each of its pointers, and takes away what led to `before` alone. Where `before` was, its
    /// version must still be there; everywhere else there must be nothing: an identity or an address never changes hands
    /// by accident.
    ///
    /// # Errors
    ///
    /// Only when a write itself is malformed.
    pub fn saving(&self, before: Option<&User>, after: &User) -> Result<Vec<Write>, Fault> {
        let held = before.map(User::pointers).unwrap_or_default();
        let write = |pointer: &Pointer| {
            let item = copied(pointer.as_str(), after)?;
            match before.filter(|_| held.contains(pointer)) {
                Some(before) => {
                    let version = vec![(":version", number(before.version.into()))];
                    self.0.putting(item, "account.version = :version", version)
                }
                None => self.0.putting(item, "attribute_not_exists(id)", Vec::new()),
            }
        };
        let kept = after.pointers();
        let dropped = before.into_iter().flat_map(|before| {
            held.iter().filter(|pointer| !kept.contains(pointer)).map(|pointer| {
                let version = vec![(":version", number(before.version.into()))];
                self.0.deleting(pointer.as_str(), "account.version = :version", version)
            })
        });
        kept.iter().map(write).chain(dropped).collect()
    }
}

/// The account in `item`.
pub(super) fn restored(item: Item) -> Result<User, Fault> {
    read(item).map(|Record { account }| User::restored(account.into_owned()))
}

/// The copy of `user` under `key`.
pub(super) fn copied(key: &str, user: &User) -> Result<Item, Fault> {
    item(key, &Record { account: Cow::Borrowed(user) }, None)
}

//! The table Users once more: a person's passkeys, in the one item that has all their second factors.

use std::collections::BTreeMap;

use domain::error::Fault;
use domain::passkey::{MAX_PASSKEYS, Passkey, PasskeyId, PasskeyName};
use domain::second_factor::recovery::StoredRecoveryCodes;
use domain::second_factor::totp::key;
use domain::second_factor::{SecondFactorProof, StoredFactor};

use super::second_factors::{NO_FACTOR, Spending, value};
use super::{ItemUpdate, Table, Updated, Write, number};

/// The table.
#[derive(Clone, Debug)]
pub struct Passkeys(Table);

impl Passkeys {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Keeps a person's first factor of all with its recovery codes, together with other writes. What was shown of
    /// another one, before there was anything to prove, is over.
    pub fn beginning(
        &self,
        user_id: &str,
        id: PasskeyId,
        passkey: &Passkey,
        codes: &StoredRecoveryCodes,
    ) -> Result<Write, Fault> {
        let passkeys = value(&BTreeMap::from([(id, passkey)]))?;
        self.0.updating(ItemUpdate {
            key: &key(user_id),
            update: "SET passkeys = :passkeys, recovery_codes = :codes, tries = :none REMOVE pending",
            condition: NO_FACTOR,
            values: vec![(":passkeys", passkeys), (":codes", value(codes)?), (":none", number(0))],
        })
    }

    /// Keeps one more passkey beside what `kept` says is there, together with other writes.
    pub fn adding(&self, user_id: &str, id: PasskeyId, passkey: &Passkey, kept: &StoredFactor) -> Result<Write, Fault> {
        if kept.passkeys().is_empty() {
            return self.0.updating(ItemUpdate {
                key: &key(user_id),
                update: "SET passkeys = :passkeys",
                condition: "attribute_exists(enrolled) AND attribute_not_exists(passkeys)",
                values: vec![(":passkeys", value(&BTreeMap::from([(id, passkey)]))?)],
            });
        }
        self.0.updating(ItemUpdate {
            key: &key(user_id),
            update: &format!("SET passkeys.{id} = :passkey"),
            condition: "attribute_exists(passkeys) AND size(passkeys) < :most",
            values: vec![(":passkey", value(passkey)?), (":most", number(MAX_PASSKEYS as i64))],
        })
    }

    /// Takes a passkey away that `kept` says is there, and uses `evidence` up, together with other writes. With the last
    /// factor of all, everything goes.
    pub fn removing(
        &self,
        user_id: &str,
        id: PasskeyId,
        evidence: Option<&SecondFactorProof>,
        kept: &StoredFactor,
    ) -> Result<Write, Fault> {
        let (others, mut removed, everything) = match (kept.passkeys().len(), kept.has_app()) {
            (..=1, true) => ("size(passkeys) = :one AND attribute_exists(enrolled)", "passkeys".to_owned(), false),
            (..=1, false) => {
                let all = "passkeys, pending, recovery_codes".to_owned();
                ("size(passkeys) = :one AND attribute_not_exists(enrolled)", all, true)
            }
            (_, _) => ("size(passkeys) > :one", format!("passkeys.{id}"), false),
        };
        let mut condition = format!("attribute_exists(passkeys.{id}) AND {others}");
        let mut values = vec![(":one", number(1))];
        // Tries are forgotten only where one of them was right.
        let mut forgetting = String::new();
        if let Some(Spending { condition: holds, set, spent, values: shown }) = evidence.map(Spending::of) {
            forgetting = format!("SET tries = :none{set} ");
            condition = format!("{condition} AND {holds}");
            values.extend(shown);
            if let Some(spent) = spent.filter(|_| !everything) {
                removed = format!("{removed}, {spent}");
            }
        }
        let update = format!("{forgetting}REMOVE {removed}");
        self.0.updating(ItemUpdate { key: &key(user_id), update: &update, condition: &condition, values })
    }

    /// Gives a passkey another name, and all that is kept beside it; `None` when there is no such passkey.
    pub async fn rename(
        &self,
        user_id: &str,
        id: PasskeyId,
        title: &PasskeyName,
    ) -> Result<Option<StoredFactor>, Fault> {
        let change = ItemUpdate {
            key: &key(user_id),
            update: &format!("SET passkeys.{id}.title = :title"),
            condition: &format!("attribute_exists(passkeys.{id})"),
            values: vec![(":title", value(title)?)],
        };
        match self.0.update(change).await? {
            Updated::Done(item) => super::read(item).map(Some),
            Updated::Refused(_) => Ok(None),
        }
    }
}

//! The table Users once more: second factors, each in one item beside its account, so that whatever changes about one
//! is a single conditional write.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use domain::clock::Timestamp;
use domain::error::Fault;
use domain::second_factor::lock::LOCKS;
use domain::second_factor::lock::MAX_FAILURES;
use domain::second_factor::recovery::StoredRecoveryCodes;
use domain::second_factor::totp::key;
use domain::second_factor::{Consumption, Enrolled, Pending, SecondFactorProof, StoredFactor};

use super::{ItemUpdate, Table, Updated, Write, attempt, defect, number, read, text};

/// The table.
#[derive(Clone, Debug)]
pub struct SecondFactors(Table);

/// How counting a try ended.
#[derive(Debug)]
pub enum Tried {
    /// It was counted; the factor as it is now.
    Counted(StoredFactor),
    /// It was not: too many failed in a row, and nothing counts until then.
    Locked(Timestamp),
    /// It was not: so many failed that what was to be tried does not count any more.
    Closed,
    /// The person has no second factor.
    NotEnrolled,
}

impl SecondFactors {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// The person's factor, or what there is of one.
    pub async fn find(&self, user_id: &str) -> Result<StoredFactor, Fault> {
        self.0.get(&key(user_id)).await.map(Option::unwrap_or_default)
    }

    /// Counts a try of something that counts up to `most` failures, before anybody compares it. Nothing changes while the
    /// factor is locked.
    pub async fn count(&self, user_id: &str, most: u32, now: Timestamp) -> Result<Tried, Fault> {
        let mut locked_until = now;
        for _ in 0..MAX_ROUNDS {
            let kept: StoredFactor = match self.0.update(counting(&key(user_id), now)).await? {
                Updated::Done(item) => return read(item).map(Tried::Counted),
                Updated::Refused(None) => return Ok(Tried::NotEnrolled),
                Updated::Refused(Some(item)) => read(item)?,
            };
            match (kept.locked_until(), kept.tried_at()) {
                _ if !kept.counts() => return Ok(Tried::NotEnrolled),
                _ if kept.failures() >= most => return Ok(Tried::Closed),
                (Some(until), _) if now < until => return Ok(Tried::Locked(until)),
                (Some(until), Some(tried_at)) => {
                    locked_until = until;
                    // The lock is over: whoever comes first counts on, and everybody else after that.
                    let counted = self.0.update(counting_on(&key(user_id), kept.failures(), tried_at, now)).await?;
                    if let Updated::Done(item) = counted {
                        return read(item).map(Tried::Counted);
                    }
                }
                // Somebody has succeeded in between.
                (None, _) | (_, None) => {}
            }
        }
        Ok(Tried::Locked(locked_until))
    }

    /// Keeps a seed that was shown to a person without an app; false when the person has one, or any factor at all where
    /// it is to be their `first`.
    pub async fn show(&self, user_id: &str, pending: &Pending, first: bool) -> Result<bool, Fault> {
        let change = ItemUpdate {
            key: &key(user_id),
            update: "SET pending = :pending",
            condition: if first { NO_FACTOR } else { "attribute_not_exists(enrolled)" },
            values: vec![(":pending", value(pending)?)],
        };
        Ok(matches!(self.0.update(change).await?, Updated::Done(_)))
    }

    /// Keeps a seed that was shown to replace the one that `evidence` is of, and uses that up; false when it was used
    /// before.
    pub async fn show_another(&self, evidence: &SecondFactorProof, pending: &Pending) -> Result<bool, Fault> {
        self.spend(evidence, ", pending = :more", (":more", value(pending)?), true).await
    }

    /// Keeps new recovery codes in place of the old ones, and uses `evidence` up; false when it was used before.
    pub async fn renew_codes(&self, evidence: &SecondFactorProof, codes: &StoredRecoveryCodes) -> Result<bool, Fault> {
        self.spend(evidence, ", recovery_codes = :more", (":more", value(codes)?), false).await
    }

    /// Keeps new recovery codes in place of the old ones for a person who has shown their passkey before; false when they
    /// have none any more.
    pub async fn replace_codes(&self, user_id: &str, codes: &StoredRecoveryCodes) -> Result<bool, Fault> {
        let change = ItemUpdate {
            key: &key(user_id),
            update: "SET recovery_codes = :codes",
            condition: "attribute_exists(passkeys) AND attribute_not_exists(enrolled)",
            values: vec![(":codes", value(codes)?)],
        };
        Ok(matches!(self.0.update(change).await?, Updated::Done(_)))
    }

    /// Uses `evidence` up together with other writes.
    pub fn spending(&self, evidence: &SecondFactorProof) -> Result<Write, Fault> {
        let Spending { condition, set, spent, values } = Spending::of(evidence);
        let update = format!("SET tries = :none{set}{}", removing(spent));
        let change = ItemUpdate { key: &key(evidence.user_id()), update: &update, condition: &condition, values };
        self.0.updating(change)
    }

    /// Takes the app off, by `evidence`, together with other writes; with the `last` factor, everything goes.
    pub fn ending(&self, evidence: &SecondFactorProof, last: bool) -> Result<Write, Fault> {
        let Spending { condition, spent, values, .. } = Spending::of(evidence);
        let (others, codes) = match (last, spent) {
            (true, _) => ("attribute_not_exists(passkeys)", ", recovery_codes".to_owned()),
            (false, Some(code)) => ("attribute_exists(passkeys)", format!(", {code}")),
            (false, None) => ("attribute_exists(passkeys)", String::new()),
        };
        let update = format!("SET tries = :none REMOVE enrolled, pending{codes}");
        let condition = format!("{condition} AND attribute_exists(enrolled) AND {others}");
        self.0.updating(ItemUpdate { key: &key(evidence.user_id()), update: &update, condition: &condition, values })
    }

    /// Makes the seed that was shown the one that counts, with new recovery codes, together with other writes.
    pub fn enrolling(
        &self,
        user_id: &str,
        shown: &Pending,
        enrolled: &Enrolled,
        codes: &StoredRecoveryCodes,
    ) -> Result<Write, Fault> {
        self.0.updating(ItemUpdate {
            key: &key(user_id),
            update: "SET enrolled = :enrolled, recovery_codes = :codes REMOVE pending",
            condition: "pending.sealed_seed = :seed",
            values: vec![
                (":enrolled", value(enrolled)?),
                (":codes", value(codes)?),
                (":seed", text(shown.sealed_seed.as_str())),
            ],
        })
    }

    async fn spend(
        &self,
        evidence: &SecondFactorProof,
        and_set: &str,
        more: (&'static str, AttributeValue),
        and_remove: bool,
    ) -> Result<bool, Fault> {
        let Spending { condition, set, spent, mut values } = Spending::of(evidence);
        let attempt = attempt();
        values.extend([(":attempt", attempt.clone()), more]);
        let remove = removing(spent.filter(|_| and_remove));
        let update = format!("SET tries = :none, spent_by = :attempt{set}{and_set}{remove}");
        let change = ItemUpdate { key: &key(evidence.user_id()), update: &update, condition: &condition, values };
        Ok(match self.0.update(change).await? {
            Updated::Done(_) => true,
            Updated::Refused(item) => item.is_some_and(|item| item.get("spent_by") == Some(&attempt)),
        })
    }
}

/// What using up evidence is, in DynamoDB's words. Failures in a row end with it.
pub(super) struct Spending {
    pub(super) condition: String,
    /// What else is set, after a comma.
    pub(super) set: String,
    /// What is not there any more.
    pub(super) spent: Option<String>,
    /// With `:none`, which is zero.
    pub(super) values: Vec<(&'static str, AttributeValue)>,
}

impl Spending {
    pub(super) fn of(evidence: &SecondFactorProof) -> Self {
        match evidence.spends() {
            Consumption::Step { step, sealed_seed } => Self {
                condition: "enrolled.last_step < :step AND enrolled.sealed_seed = :seed".to_owned(),
                set: ", enrolled.last_step = :step".to_owned(),
                spent: None,
                values: vec![
                    (":none", number(0)),
                    (":step", number(step.number())),
                    (":seed", text(sealed_seed.as_str())),
                ],
            },
            Consumption::RecoveryCode { slot, mac } => Self {
                condition: format!("recovery_codes.{slot} = :mac"),
                set: String::new(),
                spent: Some(format!("recovery_codes.{slot}")),
                values: vec![(":none", number(0)), (":mac", text(mac))],
            },
            // One that does not count says 0 each time; of those that do, each signature is used once.
            Consumption::Signature { passkey, sign_count, backed_up, .. } => Self {
                condition: match sign_count {
                    0 => format!("passkeys.{passkey}.sign_count = :count"),
                    _ => format!("passkeys.{passkey}.sign_count < :count"),
                },
                set: format!(
                    ", passkeys.{passkey}.sign_count = :count, passkeys.{passkey}.backed_up = :backed_up, \
                     passkeys.{passkey}.last_used_at = :at"
                ),
                spent: None,
                values: vec![
                    (":none", number(0)),
                    (":count", number((*sign_count).into())),
                    (":backed_up", AttributeValue::Bool(*backed_up)),
                    (":at", number(evidence.at().seconds())),
                ],
            },
        }
    }
}

/// What takes away what was spent.
fn removing(spent: Option<String>) -> String {
    spent.map(|spent| format!(" REMOVE {spent}")).unwrap_or_default()
}

fn counting(key: &str, now: Timestamp) -> ItemUpdate<'_> {
    let locks = PLACES.into_iter().zip(LOCKS.map(|failures| number(failures.into())));
    let mut values = vec![
        (":none", number(0)),
        (":one", number(1)),
        (":now", number(now.seconds())),
        (":most", number(MAX_FAILURES.into())),
    ];
    values.extend(locks);
    ItemUpdate {
        key,
        update: "SET tries = if_not_exists(tries, :none) + :one, tried_at = :now",
        condition: "(attribute_exists(enrolled) OR attribute_exists(passkeys)) \
                    AND (attribute_not_exists(tries) OR (tries < :most \
                    AND NOT (tries IN (:lock1, :lock2, :lock3, :lock4, :lock5, :lock6, :lock7, :lock8, :lock9))))",
        values,
    }
}

fn counting_on(key: &str, seen: u32, tried_at: Timestamp, now: Timestamp) -> ItemUpdate<'_> {
    ItemUpdate {
        key,
        update: "SET tries = tries + :one, tried_at = :now",
        condition: "(attribute_exists(enrolled) OR attribute_exists(passkeys)) \
                    AND tries = :seen AND tried_at = :tried_at",
        values: vec![
            (":one", number(1)),
            (":now", number(now.seconds())),
            (":seen", number(seen.into())),
            (":tried_at", number(tried_at.seconds())),
        ],
    }
}

/// The places of [`LOCKS`] in the condition.
const PLACES: [&str; 9] = [":lock1", ":lock2", ":lock3", ":lock4", ":lock5", ":lock6", ":lock7", ":lock8", ":lock9"];

pub(super) fn value(value: &impl Serialize) -> Result<AttributeValue, Fault> {
    serde_dynamo::to_attribute_value(value).map_err(defect)
}

/// The condition that no way in asks for anything yet.
pub(super) const NO_FACTOR: &str = "attribute_not_exists(enrolled) AND attribute_not_exists(passkeys)";

/// Between two looks at a lock that is over, another caller may count on and a crowd reach the next one.
const MAX_ROUNDS: usize = 3;

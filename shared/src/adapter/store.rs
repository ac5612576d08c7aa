//! The store: DynamoDB, one file for each kind of item. Nothing else uses its SDK.
//!
//! Every single-use thing is consumed by one conditional write that returns what was there; expiry is always part of
//! the condition, because DynamoDB's TTL only sweeps, up to two days late.
//!
//! Where nothing else is said, a call fails when DynamoDB does not answer, and a write that is only prepared when it is
//! malformed.

pub mod challenges;
pub mod invites;
pub mod limits;
pub mod magic_links;
pub mod partials;
pub mod passkeys;
pub mod second_factors;
pub mod sessions;
pub mod sign_ins;
#[cfg(test)]
mod tests;
pub mod undos;
pub mod users;

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, KeysAndAttributes, Put, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use futures_core::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use domain::browser::binding::Shown;
use domain::clock::Timestamp;
use domain::error::{Dependency, Fault};
use domain::request::reach::Reach;
use domain::secret::new_id;

use crate::adapter::aws::{self, AwsServiceError};
use crate::adapter::budget;

/// An item as DynamoDB has it.
type Item = HashMap<String, AttributeValue>;

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

/// A conditional update of one item.
#[derive(Debug)]
struct ItemUpdate<'a> {
    key: &'a str,
    update: &'a str,
    condition: &'a str,
    values: Vec<(&'a str, AttributeValue)>,
}

/// How a conditional update ended.
#[derive(Debug)]
enum Updated {
    /// It was made; the item as it is now.
    Done(Item),
    /// The condition failed; the item as it is, if there is one.
    Refused(Option<Item>),
}

impl Table {
    /// The table `name`, through `client`.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Makes `change` in one call; in more only while a transaction on the same item is under way.
    fn update<'c>(&'c self, change: ItemUpdate<'c>) -> BoxFuture<'c, Result<Updated, Fault>> {
        Box::pin(async move {
            let request = self
                .client
                .update_item()
                .table_name(&self.name)
                .key("id", text(change.key))
                .update_expression(change.update)
                .condition_expression(change.condition)
                .set_expression_attribute_values(Some(named(change.values)))
                .return_values(ReturnValue::AllNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            let mut attempt = 1;
            loop {
                let error = match request.clone().send().await {
                    Ok(updated) => return Ok(Updated::Done(updated.attributes.unwrap_or_default())),
                    Err(error) => error,
                };
                match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                        return Ok(Updated::Refused(failed.item.clone()));
                    }
                    Some(UpdateItemError::TransactionConflictException(_)) if attempt < MAX_ATTEMPTS => {
                        budget::pause(attempt).await;
                        attempt += 1;
                    }
                    _ => return Err(fault_of("UpdateItem", error)),
                }
            }
        })
    }

    /// Uses up a single-use item in one conditional write: in time, unused, with a binding that `shown` fits, and with
    /// the attributes `also`.
    async fn consume<T: DeserializeOwned>(
        &self,
        key: &str,
        shown: &Shown,
        now: Timestamp,
        also: &[(&str, &str)],
    ) -> Result<Consumed<T>, Fault> {
        let mut condition = "attribute_not_exists(used_at) AND valid_until > :now".to_owned();
        let attempt = attempt();
        let mut values = vec![(":now", number(now.seconds())), (":attempt", attempt.clone())];
        bind(&mut condition, &mut values, shown);
        let places: Vec<_> = also.iter().map(|(name, _)| format!(":{}", name.replace('.', "_"))).collect();
        for ((name, value), place) in also.iter().zip(&places) {
            condition.push_str(&format!(" AND {name} = {place}"));
            values.push((place, text(value)));
        }
        let update = "SET used_at = :now, used_by = :attempt";
        match self.update(ItemUpdate { key, update, condition: &condition, values }).await? {
            Updated::Done(item) => read(item).map(Consumed::Once),
            Updated::Refused(Some(item)) if item.get("used_by") == Some(&attempt) => read(item).map(Consumed::Once),
            Updated::Refused(item) => item.map(read).transpose().map(Consumed::Refused),
        }
    }

    /// The same change, to happen together with other writes.
    fn updating(&self, change: ItemUpdate<'_>) -> Result<Write, Fault> {
        let update = Update::builder()
            .table_name(&self.name)
            .key("id", text(change.key))
            .update_expression(change.update)
            .condition_expression(change.condition)
            .set_expression_attribute_values(Some(named(change.values)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(defect)?;
        Ok(Write(TransactWriteItem::builder().update(update).build()))
    }

    /// Writes a whole item on `condition`, together with other writes.
    fn putting(&self, item: Item, condition: &str, values: Vec<(&str, AttributeValue)>) -> Result<Write, Fault> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values((!values.is_empty()).then(|| named(values)))
            .build()
            .map_err(defect)?;
        Ok(Write(TransactWriteItem::builder().put(put).build()))
    }

    /// Takes an item away on `condition`, together with other writes.
    fn deleting(&self, key: &str, condition: &str, values: Vec<(&str, AttributeValue)>) -> Result<Write, Fault> {
        let delete = Delete::builder()
            .table_name(&self.name)
            .key("id", text(key))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(named(values)))
            .build()
            .map_err(defect)?;
        Ok(Write(TransactWriteItem::builder().delete(delete).build()))
    }

    /// Writes a whole item over whatever is there, together with other writes.
    fn replacing(&self, item: Item) -> Result<Write, Fault> {
        let put = Put::builder().table_name(&self.name).set_item(Some(item)).build();
        let put = put.map_err(defect)?;
        Ok(Write(TransactWriteItem::builder().put(put).build()))
    }

    /// The ids of the items that `index` files under `attribute = value` and that are swept after `now`. An index follows
    /// its table within moments, so that what was written this very instant may be missing.
    fn ids_by<'c>(
        &'c self,
        index: &'c str,
        attribute: &'c str,
        value: &'c str,
        now: Timestamp,
    ) -> BoxFuture<'c, Result<Vec<String>, Fault>> {
        Box::pin(async move {
            let mut ids = Vec::new();
            let mut start_key = None;
            loop {
                let page = self
                    .client
                    .query()
                    .table_name(&self.name)
                    .index_name(index)
                    .key_condition_expression(format!("{attribute} = :value AND expires_at > :now"))
                    .expression_attribute_values(":value", text(value))
                    .expression_attribute_values(":now", number(now.seconds()))
                    .set_exclusive_start_key(start_key)
                    .send()
                    .await
                    .map_err(|error| fault_of("Query", error))?;
                ids.extend(page.items().iter().filter_map(|item| item.get("id")?.as_s().ok().cloned()));
                start_key = page.last_evaluated_key;
                if start_key.is_none() {
                    return Ok(ids);
                }
            }
        })
    }

    /// The items of those ids, strongly consistent, in no particular order.
    async fn get_all<T: DeserializeOwned>(&self, ids: &[String]) -> Result<Vec<T>, Fault> {
        self.get_items(ids).await?.into_iter().map(read).collect()
    }

    fn get_items<'c>(&'c self, ids: &'c [String]) -> BoxFuture<'c, Result<Vec<Item>, Fault>> {
        Box::pin(async move {
            let mut found = Vec::with_capacity(ids.len());
            for batch in ids.chunks(MAX_KEYS_IN_BATCH) {
                let keys = batch.iter().map(|id| HashMap::from([("id".to_owned(), text(id))])).collect();
                let mut wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().ok();
                let mut attempt = 0;
                while let Some(keys) = wanted.take() {
                    // A throttled table leaves keys unprocessed; asking again at once would only make that worse.
                    match attempt {
                        0 => {}
                        MAX_ATTEMPTS => {
                            return Err(Fault::new(Dependency::Store, "BatchGetItem: keys were left unprocessed"));
                        }
                        _ => budget::pause(attempt).await,
                    }
                    attempt += 1;
                    let request = self.client.batch_get_item().request_items(&self.name, keys);
                    let answer = request.send().await.map_err(|error| fault_of("BatchGetItem", error))?;
                    found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
                    wanted = answer.unprocessed_keys.and_then(|mut keys| keys.remove(&self.name));
                }
            }
            Ok(found)
        })
    }

    /// Writes a new item under a key that nobody else can have. A retry of the SDK after a lost answer meets what it wrote
    /// itself, whatever has become of that since: it is left as it is.
    fn create(&self, mut item: Item) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            let attempt = attempt();
            item.insert("created_by".to_owned(), attempt.clone());
            let request = self
                .client
                .put_item()
                .table_name(&self.name)
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(id)")
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            let Err(error) = request.send().await else { return Ok(()) };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    match failed.item.as_ref().and_then(|item| item.get("created_by")) {
                        Some(by) if *by == attempt => Ok(()),
                        _ => Err(Fault::new(Dependency::Store, "PutItem: a random key came twice")),
                    }
                }
                _ => Err(fault_of("PutItem", error)),
            }
        })
    }

    /// That an item fits `condition`, for other writes to happen.
    fn checking(&self, key: &str, condition: &str, values: Vec<(&str, AttributeValue)>) -> Result<Write, Fault> {
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .key("id", text(key))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(named(values)))
            .build()
            .map_err(defect)?;
        Ok(Write(TransactWriteItem::builder().condition_check(check).build()))
    }

    /// Reads one item, strongly consistent.
    async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Fault> {
        self.get_item(key).await?.map(read).transpose()
    }

    fn get_item<'c>(&'c self, key: &'c str) -> BoxFuture<'c, Result<Option<Item>, Fault>> {
        Box::pin(async move {
            let request = self.client.get_item().table_name(&self.name).key("id", text(key)).consistent_read(true);
            let answer = request.send().await.map_err(|error| fault_of("GetItem", error))?;
            Ok(answer.item)
        })
    }
}

/// BatchGetItem takes so many keys (DynamoDB quotas).
const MAX_KEYS_IN_BATCH: usize = 100;

/// How an attempt to use something up ended.
#[derive(Debug)]
pub enum Consumed<T> {
    /// It was there and is used up now, by this attempt.
    Once(T),
    /// It was not used up; this is what is there.
    Refused(Option<T>),
}

/// A write that waits for others, to happen together with them or not at all.
#[derive(Clone, Debug)]
pub struct Write(TransactWriteItem);

/// How a transaction ended.
#[derive(Debug)]
pub enum Committed {
    /// Everything was written.
    Done,
    /// Nothing was written: for each write in order, whether its condition failed and the item that stood in its way.
    Refused(Vec<Option<Obstacle>>),
    /// Nothing was written: another transaction on the same items was under way.
    Contended,
}

/// What stood in the way of a write.
#[derive(Debug)]
pub struct Obstacle(Item);

/// Writes to several items, in any tables, that happen together or not at all.
#[derive(Clone, Debug)]
pub struct Transactions(Client);

impl Transactions {
    /// Transactions through `client`.
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    /// Performs `writes` together or not at all, in one call; in more only while DynamoDB is too busy for it. DynamoDB
    /// recognises a repetition of the same call by its client request token, so that a retry after a lost answer does not
    /// meet its own writes.
    pub fn commit(&self, writes: Vec<Write>) -> BoxFuture<'_, Result<Committed, Fault>> {
        Box::pin(async move {
            let items = writes.into_iter().map(|write| write.0).collect();
            let request = self.0.transact_write_items().set_transact_items(Some(items));
            let mut token = new_id("try");
            let mut attempt = 1;
            loop {
                let Err(error) = request.clone().client_request_token(&token).send().await else {
                    return Ok(Committed::Done);
                };
                let again = match error.as_service_error() {
                    Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                        let reasons = cancelled.cancellation_reasons();
                        if let Some(ended) = ended(reasons) {
                            return Ok(ended);
                        }
                        // Nothing was written: this is over, and the next call another one.
                        token = new_id("try");
                        reasons.iter().any(|reason| reason.code().is_some_and(|code| THROTTLED.contains(&code)))
                    }
                    // The SDK's own retry met the call that it repeats, and will be told how that ended.
                    Some(TransactWriteItemsError::TransactionInProgressException(_)) => true,
                    _ => false,
                };
                if !again || attempt == MAX_ATTEMPTS {
                    return Err(fault_of("TransactWriteItems", error));
                }
                budget::pause(attempt).await;
                attempt += 1;
            }
        })
    }

    /// Performs `writes` to what the log calls `what`, again while another transaction is at the same items; `None` when
    /// everything was written, else what stood in the way of each write.
    ///
    /// # Errors
    ///
    /// When DynamoDB does not answer, or the items are contended for too often.
    pub fn commit_contended(
        &self,
        what: &'static str,
        writes: Vec<Write>,
    ) -> BoxFuture<'_, Result<Option<Vec<Option<Obstacle>>>, Fault>> {
        Box::pin(async move {
            let mut attempts = Attempts::at(what);
            loop {
                attempts.next().await?;
                match self.commit(writes.clone()).await? {
                    Committed::Done => return Ok(None),
                    Committed::Refused(obstacles) => return Ok(Some(obstacles)),
                    Committed::Contended => {}
                }
            }
        })
    }
}

/// Attempts at something that others may change meanwhile: who loses against them starts over from what they wrote.
#[derive(Debug)]
pub struct Attempts {
    what: &'static str,
    made: u32,
}

impl Attempts {
    /// Attempts at what the log calls `what`.
    pub fn at(what: &'static str) -> Self {
        Self { what, made: 0 }
    }

    /// Begins the next one, after a pause where it is not the first, and says which it is, from 1.
    ///
    /// # Errors
    ///
    /// When the last one that may be made has failed.
    pub async fn next(&mut self) -> Result<u32, Fault> {
        if self.made == MAX_ATTEMPTS {
            return Err(Fault::new(Dependency::Store, format!("{} was contended for too often", self.what)));
        }
        if self.made > 0 {
            budget::pause(self.made).await;
        }
        self.made += 1;
        Ok(self.made)
    }
}

/// What the reasons of a cancelled transaction, one for each write, say to whoever wanted it; `None` when they say only
/// that DynamoDB was busy.
fn ended(reasons: &[CancellationReason]) -> Option<Committed> {
    if reasons.iter().any(|reason| reason.code() == Some("ConditionalCheckFailed")) {
        let obstacle = |failed: bool, item: Option<&Item>| failed.then(|| Obstacle(item.cloned().unwrap_or_default()));
        let obstacles =
            reasons.iter().map(|reason| obstacle(reason.code() == Some("ConditionalCheckFailed"), reason.item()));
        return Some(Committed::Refused(obstacles.collect()));
    }
    reasons.iter().any(|reason| reason.code() == Some("TransactionConflict")).then_some(Committed::Contended)
}

/// The item of `value` under `key`, swept after `expires_at`.
fn item(key: &str, value: &impl Serialize, expires_at: Option<Timestamp>) -> Result<Item, Fault> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(defect)?;
    item.insert("id".to_owned(), text(key));
    if let Some(expires_at) = expires_at {
        item.insert("expires_at".to_owned(), number(expires_at.seconds()));
    }
    Ok(item)
}

/// Reads back what [`item`] wrote.
fn read<T: DeserializeOwned>(item: Item) -> Result<T, Fault> {
    serde_dynamo::from_item(item).map_err(|error| Fault::new(Dependency::Store, format!("unreadable item: {error}")))
}

/// Adds to a condition that `shown` fits the item's binding.
fn bind(condition: &mut String, values: &mut Vec<(&str, AttributeValue)>, shown: &Shown) {
    const UNBOUND: &str = "attribute_not_exists(code_challenge)";
    const BOUND: &str = "code_challenge = :challenge";
    match shown {
        Shown::Client(Some(_)) => condition.push_str(&format!(" AND {BOUND}")),
        Shown::Browser(Some(_)) => condition.push_str(&format!(" AND ({UNBOUND} OR {BOUND})")),
        Shown::Client(None) | Shown::Browser(None) => condition.push_str(&format!(" AND {UNBOUND}")),
    }
    if let Shown::Client(Some(challenge)) | Shown::Browser(Some(challenge)) = shown {
        values.push((":challenge", text(challenge.as_str())));
    }
}

/// What a condition needs besides so that the item is of an actor type within `reach`, and the values that it names.
fn within(reach: &Reach) -> (String, Vec<(String, AttributeValue)>) {
    let Reach::Only(actor_types) = reach else { return Default::default() };
    let values: Vec<_> = (0..).zip(actor_types).map(|(n, name): (u32, _)| (format!(":reach{n}"), text(name))).collect();
    let places: Vec<_> = values.iter().map(|(place, _)| place.as_str()).collect();
    (format!(" AND actor_type IN ({})", places.join(", ")), values)
}

/// A name for one call, which nobody else can give: a retry of the SDK after a lost answer recognises its own write by
/// it, and is not refused for what it did itself.
fn attempt() -> AttributeValue {
    text(&new_id("try"))
}

/// How a cancelled transaction says that a table, or one key of it, has more to do than it can.
const THROTTLED: [&str; 2] = ["ProvisionedThroughputExceeded", "ThrottlingError"];

/// Whoever loses a race finds what the winner wrote at the second attempt. More are needed only under contention that
/// DynamoDB itself reports: a transaction takes some milliseconds, and a table that is busy grows within moments.
const MAX_ATTEMPTS: u32 = 5;

fn named(values: Vec<(&str, AttributeValue)>) -> Item {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// What cannot be written down: a call or a value that was put together wrongly.
fn defect(error: impl Display) -> Fault {
    Fault::new(Dependency::Service, error)
}

fn fault_of<E: AwsServiceError>(operation: &str, error: SdkError<E>) -> Fault {
    aws::fault_of(Dependency::Store, operation, error)
}

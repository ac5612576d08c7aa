//! The table SignIns: people who are at a provider, under the hash of their state.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::{Consumed, Table, broken, item, read};
use crate::binding::Shown;
use crate::clock::Timestamp;
use crate::failure::Broken;
use crate::sign_in::{CallbackRequest, SignIn, State, TOMBSTONE};

/// The table.
#[derive(Clone, Debug)]
pub struct SignIns(Table);

impl SignIns {
    /// Opens the table `name`.
    pub fn new(client: Client, name: String) -> Self {
        Self(Table { client, name })
    }

    /// Keeps `sign_in` under `state`; `false` when the state is in use already.
    ///
    /// # Errors
    ///
    /// When DynamoDB does not answer.
    pub async fn keep(&self, state: &State, sign_in: &SignIn) -> Result<bool, Broken> {
        let answer = self
            .0
            .client
            .put_item()
            .table_name(&self.0.name)
            .set_item(Some(item(&state.key(), sign_in, Some(sign_in.valid_until + TOMBSTONE))?))
            .condition_expression("attribute_not_exists(id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(true) };
        match error.as_service_error() {
            // A retry after a lost answer meets its own write, which nobody else could have sealed.
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let kept = failed.item.clone().map(read::<SignIn>).transpose()?;
                Ok(kept.is_some_and(|kept| kept.sealed_verifier == sign_in.sealed_verifier))
            }
            _ => Err(broken("PutItem", &error)),
        }
    }

    /// Uses up the sign-in kept under `state`, if `returned` came over its channel and from its provider, in time, the
    /// first time, and shows its binding. Otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// When DynamoDB does not answer.
    pub async fn consume(
        &self,
        state: &State,
        returned: &CallbackRequest,
        now: Timestamp,
    ) -> Result<Consumed<SignIn>, Broken> {
        let shown = Shown::Client(returned.code_challenge.clone());
        let channel = ("channel", returned.channel.as_str());
        let provider = returned.provider.as_deref().map(|provider| ("provider", provider));
        let also: Vec<_> = [Some(channel), provider].into_iter().flatten().collect();
        self.0.consume(&state.key(), &shown, now, &also).await
    }
}

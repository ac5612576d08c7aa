//! Secrets Manager: what is fetched on first use, kept for a bounded time, and rotated. A
//! call fails when Secrets Manager does not answer, and there is no value that may be used meanwhile.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use futures_core::future::BoxFuture;

use domain::clock::Timestamp;
use domain::error::{Dependency, Fault};

use crate::adapter::aws::{self, AwsServiceError};

/// A secret as a typed value, fetched when it is first needed and again when it is older than five minutes.
#[derive(Debug)]
pub struct Cached<T> {
    client: Client,
    secret_id: String,
    parse: fn(&str) -> Result<T, String>,
    held: Mutex<Option<(Arc<T>, Timestamp)>>,
}

impl<T> Cached<T> {
    /// The secret `secret_id`, read by `parse`, whose complaint goes to the log and so must not quote the secret.
    pub fn new(client: Client, secret_id: String, parse: fn(&str) -> Result<T, String>) -> Self {
        Self { client, secret_id, parse, held: Mutex::new(None) }
    }

    /// The value, at most five minutes old. While Secrets Manager is down or holds something unreadable, the last good
    /// value serves for an hour.
    ///
    /// # Errors
    ///
    /// When there is no value that may be used.
    pub async fn value(&self, now: Timestamp) -> Result<Arc<T>, Fault> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let younger_than = |age: Duration| held.as_ref().filter(|(_, fetched_at)| now.since(*fetched_at) < age);
        if let Some((value, _)) = younger_than(FRESH) {
            return Ok(Arc::clone(value));
        }
        match self.fetch().await {
            Ok(value) => {
                let value = Arc::new(value);
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&value), now));
                Ok(value)
            }
            Err(fault) => match younger_than(USABLE) {
                Some((value, _)) => {
                    tracing::warn!(cause = fault.causes(), "an older value of a secret is used");
                    Ok(Arc::clone(value))
                }
                None => Err(fault),
            },
        }
    }

    /// The secret itself, for whoever rotates it.
    pub fn rotating(self) -> Rotating {
        Rotating { client: self.client, secret_id: self.secret_id }
    }

    async fn fetch(&self) -> Result<T, Fault> {
        let text = current_text(&self.client, &self.secret_id).await?;
        (self.parse)(&text)
            .map_err(|problem| Fault::new(Dependency::Secrets, format!("secret {}: {problem}", self.secret_id)))
    }
}

fn current_text<'c>(client: &'c Client, secret_id: &'c str) -> BoxFuture<'c, Result<String, Fault>> {
    Box::pin(async move {
        let stage = VersionStage::Current;
        let request = client.get_secret_value().secret_id(secret_id).version_stage(stage.as_str());
        let answer = request.send().await.map_err(|error| fault_of("GetSecretValue", secret_id, error))?;
        Ok(answer.secret_string.unwrap_or_default())
    })
}

/// A secret that is being rotated: the calls that the four steps of Secrets Manager's rotation need.
#[derive(Clone, Debug)]
pub struct Rotating {
    client: Client,
    secret_id: String,
}

/// A label that names a version of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VersionStage {
    /// The version in force.
    Current,
    /// The version that a rotation prepares.
    Pending,
}

impl VersionStage {
    /// Secrets Manager's name for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Pending => "AWSPENDING",
        }
    }
}

impl Rotating {
    /// The value of a stage, or of exactly the version `token` in that stage; `None` when there is none.
    pub async fn value(&self, stage: VersionStage, token: Option<&str>) -> Result<Option<String>, Fault> {
        let request = self.client.get_secret_value().secret_id(&self.secret_id).version_stage(stage.as_str());
        match request.set_version_id(token.map(str::to_owned)).send().await {
            Ok(answer) => Ok(answer.secret_string),
            Err(error) => match error.as_service_error() {
                Some(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
                _ => Err(fault_of("GetSecretValue", &self.secret_id, error)),
            },
        }
    }

    /// Keeps `value` as the version `token`, pending. A repetition with the same value changes nothing.
    ///
    /// # Errors
    ///
    /// When Secrets Manager does not answer, or the version holds another value already.
    pub async fn put_pending(&self, token: &str, value: &str) -> Result<(), Fault> {
        let request = self.client.put_secret_value().secret_id(&self.secret_id).client_request_token(token);
        let request = request.secret_string(value).version_stages(VersionStage::Pending.as_str());
        request.send().await.map(drop).map_err(|error| fault_of("PutSecretValue", &self.secret_id, error))
    }

    /// Puts `value` in force at once. Whatever a rotation had prepared is no longer pending.
    pub async fn replace(&self, value: &str) -> Result<(), Fault> {
        let request = self.client.put_secret_value().secret_id(&self.secret_id).secret_string(value);
        let request =
            request.version_stages(VersionStage::Current.as_str()).version_stages(VersionStage::Pending.as_str());
        request.send().await.map(drop).map_err(|error| fault_of("PutSecretValue", &self.secret_id, error))
    }

    /// Its ARN or name.
    pub fn id(&self) -> &str {
        &self.secret_id
    }

    /// Whether `secret_id` names this secret.
    pub fn is(&self, secret_id: &str) -> bool {
        self.secret_id == secret_id
    }

    /// Puts the version `token` in force instead of `from`.
    ///
    /// # Errors
    ///
    /// When another version came into force meanwhile, or Secrets Manager does not answer.
    pub async fn make_current(&self, token: &str, from: Option<String>) -> Result<(), Fault> {
        let request = self.client.update_secret_version_stage().secret_id(&self.secret_id);
        let request = request.version_stage(VersionStage::Current.as_str()).move_to_version_id(token);
        let request = request.set_remove_from_version_id(from);
        request.send().await.map(drop).map_err(|error| fault_of("UpdateSecretVersionStage", &self.secret_id, error))
    }

    /// Forgets that the version `token` is pending.
    pub async fn give_up(&self, token: &str) -> Result<(), Fault> {
        let request = self.client.update_secret_version_stage().secret_id(&self.secret_id);
        let request = request.version_stage(VersionStage::Pending.as_str()).remove_from_version_id(token);
        request.send().await.map(drop).map_err(|error| fault_of("UpdateSecretVersionStage", &self.secret_id, error))
    }

    /// The version that is in force; `None` for a secret without a value.
    pub async fn current_version(&self) -> Result<Option<String>, Fault> {
        let request = self.client.describe_secret().secret_id(&self.secret_id);
        let answer = request.send().await.map_err(|error| fault_of("DescribeSecret", &self.secret_id, error))?;
        let versions = answer.version_ids_to_stages.unwrap_or_default();
        let current = |stages: &[String]| stages.iter().any(|stage| stage == VersionStage::Current.as_str());
        Ok(versions.into_iter().find(|(_, stages)| current(stages)).map(|(version, _)| version))
    }
}

fn fault_of<E: AwsServiceError>(operation: &str, secret_id: &str, error: SdkError<E>) -> Fault {
    aws::fault_of(Dependency::Secrets, format_args!("{operation} of {secret_id}"), error)
}

const FRESH: Duration = Duration::from_secs(300);
const USABLE: Duration = Duration::from_secs(3600);

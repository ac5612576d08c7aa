//! Secrets Manager: the operations that the functions and the rotation use.

mod versions;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::error::ServiceError;
use crate::clock;
use crate::failure::{Context, Result};
use crate::files;
use crate::random;
use crate::template;
use versions::{CURRENT, VersionedSecret};

/// All secrets, kept in a file between two starts if there is one.
pub struct Secrets {
    file: Option<PathBuf>,
    secrets: Mutex<BTreeMap<String, VersionedSecret>>,
    rotations: BTreeMap<String, String>,
}

impl Secrets {
    /// Reads what was kept, and adds the template's secrets that are new.
    pub fn open(file: Option<PathBuf>, described: &[template::SecretResource]) -> Result<Self> {
        let mut secrets: BTreeMap<String, VersionedSecret> = match &file {
            Some(file) if file.exists() => {
                let text = std::fs::read(file).context(file.display())?;
                serde_json::from_slice(&text).context(file.display())?
            }
            _ => BTreeMap::new(),
        };
        let mut rotations = BTreeMap::new();
        for description in described {
            if !secrets.contains_key(&description.arn) {
                let mut secret = VersionedSecret::new(&description.arn);
                if let Some(initial) = &description.initial {
                    let _ = secret.put(&random::uuid()?, initial, &[], clock::epoch_seconds());
                }
                secrets.insert(description.arn.clone(), secret);
            }
            if let Some(function) = &description.rotated_by {
                rotations.insert(description.arn.clone(), function.clone());
            }
        }
        Ok(Self { file, secrets: Mutex::new(secrets), rotations })
    }

    /// Gives a secret a new current value, unless it has it already.
    pub fn set(&self, arn: &str, value: &str) -> Result<()> {
        let version = random::uuid()?;
        let changed = self.change(arn, |secret| match secret.value_with(CURRENT) {
            Some(current) if current == value => Ok(()),
            _ => secret.put(&version, value, &[], clock::epoch_seconds()).map(drop),
        });
        changed.map_err(|error| crate::failure::Failure::new(error.message))
    }

    /// The current value of a secret.
    pub fn current(&self, arn: &str) -> Option<String> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.get(arn)?.value_with(CURRENT).map(str::to_owned)
    }

    /// Prepares a rotation; the new version's id is the token of its steps.
    pub fn begin_rotation(&self, arn: &str) -> Result<String> {
        let token = random::uuid()?;
        self.change(arn, |secret| {
            secret.begin_rotation(&token, clock::epoch_seconds());
            Ok(())
        })
        .map_err(|error| crate::failure::Failure::new(error.message))?;
        Ok(token)
    }

    /// Answers an operation.
    pub fn answer(&self, operation: &str, request: &Value) -> Result<Value, ServiceError> {
        let text = |name: &str| request[name].as_str();
        let id =
            text("SecretId").ok_or_else(|| ServiceError::new("InvalidParameterException", "SecretId is missing"))?;
        match operation {
            "GetSecretValue" => self.read(id, |secret| secret.get(text("VersionId"), text("VersionStage"))),
            "DescribeSecret" => {
                self.read(id, |secret| Ok(secret.describe(self.rotations.get(&secret.arn).map(String::as_str))))
            }
            "PutSecretValue" => {
                let value = text("SecretString")
                    .ok_or_else(|| ServiceError::new("InvalidParameterException", "SecretString is missing"))?;
                let made = random::uuid().map_err(internal)?;
                let token = text("ClientRequestToken").unwrap_or(&made);
                let stages: Vec<&str> =
                    request["VersionStages"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                self.change(id, |secret| secret.put(token, value, &stages, clock::epoch_seconds()))
            }
            "UpdateSecretVersionStage" => {
                let stage = text("VersionStage")
                    .ok_or_else(|| ServiceError::new("InvalidParameterException", "VersionStage is missing"))?;
                self.change(id, |secret| secret.move_stage(stage, text("RemoveFromVersionId"), text("MoveToVersionId")))
            }
            _ => Err(ServiceError::new("UnknownOperationException", format!("{operation} has no stand-in"))),
        }
    }

    fn read(
        &self,
        id: &str,
        read: impl FnOnce(&VersionedSecret) -> Result<Value, ServiceError>,
    ) -> Result<Value, ServiceError> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        read(secrets.values().find(|secret| is_named(secret, id)).ok_or_else(not_found)?)
    }

    /// Changes a secret and keeps the change before it is answered.
    fn change<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut VersionedSecret) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = secrets.values().find(|secret| is_named(secret, id)).cloned().ok_or_else(not_found)?;
        let answer = change(&mut changed)?;
        let before = secrets.insert(changed.arn.clone(), changed);
        if let Some(file) = &self.file
            && let Err(failure) = files::write_private(file, json!(*secrets).to_string().as_bytes())
        {
            secrets.extend(before.map(|before| (before.arn.clone(), before)));
            return Err(internal(failure));
        }
        Ok(answer)
    }
}

/// A secret goes by its full name, by that without the random ending, and by its friendly name.
fn is_named(secret: &VersionedSecret, id: &str) -> bool {
    id == secret.arn || id == secret.name() || secret.arn.rsplit_once('-').is_some_and(|(arn, _)| id == arn)
}

fn not_found() -> ServiceError {
    ServiceError::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

fn internal(failure: impl ToString) -> ServiceError {
    ServiceError::new("InternalServiceError", failure.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:Keys-Local0";

    fn described() -> Vec<template::SecretResource> {
        vec![template::SecretResource {
            logical_name: "Keys".into(),
            arn: ARN.into(),
            initial: Some("{}".into()),
            rotated_by: Some("rotate-keys".into()),
        }]
    }

    #[test]
    fn a_secret_is_found_by_each_of_its_names() {
        let secrets = Secrets::open(None, &described()).unwrap();
        for id in [ARN, "Keys", ARN.trim_end_matches("-Local0")] {
            assert_eq!(secrets.answer("GetSecretValue", &json!({"SecretId": id})).unwrap()["SecretString"], "{}");
        }
        let error = secrets.answer("GetSecretValue", &json!({"SecretId": "Other"})).unwrap_err();
        assert_eq!(error.kind, "ResourceNotFoundException");
    }

    #[test]
    fn what_was_put_is_there_after_a_restart_and_only_its_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let directory = std::env::temp_dir().join(format!("doorward-{}", random::uuid().unwrap()));
        std::fs::create_dir(&directory).unwrap();
        let file = directory.join("secrets.json");
        let secrets = Secrets::open(Some(file.clone()), &described()).unwrap();
        secrets.set(ARN, "kept").unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Secrets::open(Some(file), &described()).unwrap();
        assert_eq!(again.current(ARN).unwrap(), "kept");
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_description_names_the_rotation() {
        let secrets = Secrets::open(None, &described()).unwrap();
        let description = secrets.answer("DescribeSecret", &json!({"SecretId": ARN})).unwrap();
        assert_eq!((&description["RotationEnabled"], &description["Name"]), (&json!(true), &json!("Keys")));
    }
}

//! A secret's versions and staging labels, with Secrets Manager's rules.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::error::ServiceError;

/// The label of the version that everybody reads.
pub const CURRENT: &str = "AWSCURRENT";
/// The label of the version that a rotation prepares.
pub const PENDING: &str = "AWSPENDING";
/// The label of the version that was current before.
pub const PREVIOUS: &str = "AWSPREVIOUS";

/// A secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VersionedSecret {
    /// Its full name.
    pub arn: String,
    versions: BTreeMap<String, Version>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Version {
    /// A rotation begins with a version without a value.
    value: Option<String>,
    stages: BTreeSet<String>,
    created: f64,
}

impl VersionedSecret {
    /// A secret without any version.
    pub fn new(arn: &str) -> Self {
        Self { arn: arn.to_owned(), versions: BTreeMap::new() }
    }

    /// The friendly name: the full name's last part without its random ending.
    pub fn name(&self) -> &str {
        let name = self.arn.rsplit(':').next().unwrap_or_default();
        name.rsplit_once('-').map_or(name, |(name, _)| name)
    }

    /// The version that carries a label.
    pub fn version_with(&self, stage: &str) -> Option<&str> {
        let found = self.versions.iter().find(|(_, version)| version.stages.contains(stage));
        found.map(|(id, _)| id.as_str())
    }

    /// The value of the version that carries a label.
    pub fn value_with(&self, stage: &str) -> Option<&str> {
        self.versions.get(self.version_with(stage)?)?.value.as_deref()
    }

    /// `GetSecretValue`.
    pub fn get(&self, id: Option<&str>, stage: Option<&str>) -> Result<Value, ServiceError> {
        let wanted = match (id, stage) {
            (Some(id), _) => Some(id),
            (None, stage) => self.version_with(stage.unwrap_or(CURRENT)),
        };
        let found = wanted.and_then(|id| Some((id, self.versions.get(id)?)));
        let Some((id, version, value)) = found.and_then(|(id, it)| Some((id, it, it.value.as_deref()?))) else {
            let what = match (id, stage) {
                (Some(id), _) => format!("VersionId: {id}"),
                (None, stage) => format!("staging label: {}", stage.unwrap_or(CURRENT)),
            };
            let message = format!("Secrets Manager can't find the specified secret value for {what}");
            return Err(ServiceError::new("ResourceNotFoundException", message));
        };
        if stage.is_some_and(|stage| !version.stages.contains(stage)) {
            let message = "You provided a VersionStage that is not associated to the provided VersionId.";
            return Err(ServiceError::new("InvalidRequestException", message));
        }
        Ok(json!({
            "ARN": self.arn,
            "Name": self.name(),
            "VersionId": id,
            "SecretString": value,
            "VersionStages": version.stages,
            "CreatedDate": version.created,
        }))
    }

    /// `PutSecretValue`: the same token with the same value changes nothing, with another value is refused.
    pub fn put(&mut self, id: &str, value: &str, stages: &[&str], now: f64) -> Result<Value, ServiceError> {
        if !(32..=64).contains(&id.len()) {
            return Err(invalid("ClientRequestToken must be 32-64 characters long."));
        }
        match self.versions.get(id).and_then(|version| version.value.as_deref()) {
            Some(same) if same == value => {}
            Some(_) => {
                let message = format!(
                    "You can't use ClientRequestToken {id} because that value is already in use for a version of secret {}.",
                    self.arn
                );
                return Err(ServiceError::new("ResourceExistsException", message));
            }
            None => {
                let version = Version { value: Some(value.to_owned()), stages: BTreeSet::new(), created: now };
                let stages_so_far = self.versions.remove(id).map(|empty| empty.stages).unwrap_or_default();
                self.versions.insert(id.to_owned(), Version { stages: stages_so_far, ..version });
                for stage in if stages.is_empty() { &[CURRENT] } else { stages } {
                    self.attach(stage, id);
                }
                self.drop_versions_without_labels();
            }
        }
        let stages = self.versions.get(id).map(|version| &version.stages);
        Ok(json!({"ARN": self.arn, "Name": self.name(), "VersionId": id, "VersionStages": stages}))
    }

    /// The first thing that `RotateSecret` does: a version without a value that is pending.
    pub fn begin_rotation(&mut self, id: &str, now: f64) {
        self.versions.insert(id.to_owned(), Version { value: None, stages: BTreeSet::new(), created: now });
        self.attach(PENDING, id);
        self.drop_versions_without_labels();
    }

    /// `UpdateSecretVersionStage`.
    pub fn move_stage(&mut self, stage: &str, from: Option<&str>, to: Option<&str>) -> Result<Value, ServiceError> {
        for id in [from, to].into_iter().flatten() {
            if !self.versions.contains_key(id) {
                let message = format!("Secrets Manager can't find the specified secret version: {id}.");
                return Err(ServiceError::new("ResourceNotFoundException", message));
            }
        }
        let holder = self.version_with(stage).map(str::to_owned);
        if let Some(from) = from
            && holder.as_deref() != Some(from)
        {
            let message = format!("Staging label {stage} is not currently attached to version {from}.");
            return Err(invalid(message));
        }
        match (to, holder) {
            (None, _) if from.is_none() => {
                return Err(invalid("RemoveFromVersionId and MoveToVersionId can't both be empty."));
            }
            (None, _) if stage == CURRENT => {
                return Err(invalid(
                    "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
                ));
            }
            (Some(to), Some(holder)) if from.is_none() && holder != to => {
                return Err(invalid(format!(
                    "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
                )));
            }
            (Some(to), _) => self.attach(stage, to),
            (None, _) => self.detach(stage),
        }
        self.drop_versions_without_labels();
        Ok(json!({"ARN": self.arn, "Name": self.name()}))
    }

    /// `DescribeSecret`.
    pub fn describe(&self, rotated_by: Option<&str>) -> Value {
        let stages: Map<String, Value> =
            self.versions.iter().map(|(id, version)| (id.clone(), json!(version.stages))).collect();
        let created = self.versions.values().map(|version| version.created).fold(f64::INFINITY, f64::min);
        let changed = self.versions.values().map(|version| version.created).fold(0.0, f64::max);
        let mut description = json!({
            "ARN": self.arn,
            "Name": self.name(),
            "RotationEnabled": rotated_by.is_some(),
            "VersionIdsToStages": stages,
        });
        if let Some(function) = rotated_by {
            description["RotationLambdaARN"] = function.into();
        }
        if changed > 0.0 {
            description["CreatedDate"] = created.into();
            description["LastChangedDate"] = changed.into();
        }
        description
    }

    /// Labels a version. A label is on one version at a time, and the version that loses `AWSCURRENT` becomes
    /// `AWSPREVIOUS`.
    fn attach(&mut self, stage: &str, id: &str) {
        let holder = self.version_with(stage).map(str::to_owned);
        if holder.as_deref() == Some(id) {
            return;
        }
        self.detach(stage);
        if stage == CURRENT
            && let Some(holder) = holder
        {
            self.attach(PREVIOUS, &holder);
        }
        if let Some(version) = self.versions.get_mut(id) {
            version.stages.insert(stage.to_owned());
        }
    }

    fn detach(&mut self, stage: &str) {
        for version in self.versions.values_mut() {
            version.stages.remove(stage);
        }
    }

    /// A version without a label is deprecated and goes.
    fn drop_versions_without_labels(&mut self) {
        self.versions.retain(|_, version| !version.stages.is_empty());
    }
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidParameterException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaa-0000-4000-8000-000000000000";
    const B: &str = "bbbbbbbb-0000-4000-8000-000000000000";
    const C: &str = "cccccccc-0000-4000-8000-000000000000";

    fn secret() -> VersionedSecret {
        let mut secret = VersionedSecret::new("arn:aws:secretsmanager:us-east-1:000000000000:secret:Keys-Local0");
        secret.put(A, "first", &[], 1.0).unwrap();
        secret
    }

    fn stages(secret: &VersionedSecret) -> Value {
        secret.describe(None)["VersionIdsToStages"].clone()
    }

    #[test]
    fn the_first_value_is_current() {
        let value = secret().get(None, None).unwrap();
        assert_eq!((&value["SecretString"], &value["VersionId"]), (&json!("first"), &json!(A)));
        assert_eq!(value["Name"], "Keys");
    }

    #[test]
    fn a_new_current_value_makes_the_old_one_previous() {
        let mut secret = secret();
        secret.put(B, "second", &[], 2.0).unwrap();
        assert_eq!(stages(&secret), json!({A: [PREVIOUS], B: [CURRENT]}));
        secret.put(C, "third", &[], 3.0).unwrap();
        assert_eq!(stages(&secret), json!({B: [PREVIOUS], C: [CURRENT]}));
    }

    #[test]
    fn a_token_used_again_is_ignored_with_its_value_and_refused_with_another() {
        let mut secret = secret();
        secret.put(B, "second", &[], 2.0).unwrap();
        assert_eq!(secret.put(A, "first", &[], 3.0).unwrap()["VersionStages"], json!([PREVIOUS]));
        assert_eq!(secret.put(A, "other", &[], 3.0).unwrap_err().kind, "ResourceExistsException");
        assert_eq!(secret.put("short", "x", &[], 3.0).unwrap_err().kind, "InvalidParameterException");
    }

    #[test]
    fn a_rotation_begins_without_a_value_and_ends_by_moving_the_label() {
        let mut secret = secret();
        secret.begin_rotation(B, 2.0);
        assert_eq!(secret.get(Some(B), Some(PENDING)).unwrap_err().kind, "ResourceNotFoundException");
        secret.put(B, "second", &[PENDING], 2.0).unwrap();
        assert_eq!(secret.get(None, None).unwrap()["SecretString"], "first");
        assert_eq!(secret.get(Some(B), Some(PENDING)).unwrap()["SecretString"], "second");
        secret.move_stage(CURRENT, Some(A), Some(B)).unwrap();
        assert_eq!(stages(&secret), json!({A: [PREVIOUS], B: [CURRENT, PENDING]}));
        assert_eq!(secret.get(None, None).unwrap()["SecretString"], "second");
    }

    #[test]
    fn a_version_must_carry_the_label_that_it_is_asked_for_by() {
        assert_eq!(secret().get(Some(A), Some(PENDING)).unwrap_err().kind, "InvalidRequestException");
        assert_eq!(secret().get(Some(B), None).unwrap_err().kind, "ResourceNotFoundException");
        assert_eq!(secret().get(None, Some(PREVIOUS)).unwrap_err().kind, "ResourceNotFoundException");
    }

    #[test]
    fn a_label_moves_only_from_the_version_that_has_it() {
        let mut secret = secret();
        secret.put(B, "second", &[PENDING], 2.0).unwrap();
        for (from, to) in [(None, Some(B)), (Some(B), Some(A)), (Some(A), None), (None, None)] {
            assert_eq!(secret.move_stage(CURRENT, from, to).unwrap_err().kind, "InvalidParameterException");
        }
        assert_eq!(secret.move_stage(CURRENT, Some(A), Some(C)).unwrap_err().kind, "ResourceNotFoundException");
        assert_eq!(stages(&secret), json!({A: [CURRENT], B: [PENDING]}));
    }

    #[test]
    fn a_label_taken_from_its_version_drops_the_version() {
        let mut secret = secret();
        secret.put(B, "second", &[PENDING], 2.0).unwrap();
        secret.move_stage(PENDING, Some(B), None).unwrap();
        assert_eq!(stages(&secret), json!({A: [CURRENT]}));
    }
}

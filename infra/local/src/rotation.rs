//! The first keys: the template's rotation schedules, run as Secrets Manager runs them when a stack is deployed.

use crate::failure::{Failure, Result};
use crate::lambda::pool::{Invocation, Pool};
use crate::services::secrets::Secrets;
use crate::template::Secret;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The steps of a rotation.
const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// Rotates every secret that has a schedule and still holds what the template wrote into it.
pub async fn make_first_keys(
    secrets: &Secrets,
    described: &[Secret],
    functions: &BTreeMap<String, Arc<Pool>>,
) -> Result<()> {
    for secret in described {
        let Some(name) = &secret.rotated_by else { continue };
        if secrets.current(&secret.arn) != secret.initial {
            continue;
        }
        let function = functions.get(name).ok_or_else(|| {
            Failure::new(format!("{} is rotated by {name}, which is no function", secret.logical_name))
        })?;
        let token = secrets.begin_rotation(&secret.arn)?;
        for step in STEPS {
            let event = json!({"Step": step, "SecretId": secret.arn, "ClientRequestToken": token});
            if let Invocation::Failed(error) = function.invoke(event.to_string().into()).await {
                let message = error["errorMessage"].as_str().map_or_else(|| error.to_string(), str::to_owned);
                return Err(Failure::new(format!("{name}: {step} for {}: {message}", secret.logical_name)));
            }
        }
        if secrets.current(&secret.arn) == secret.initial {
            return Err(Failure::new(format!("{name} left {} as it was", secret.logical_name)));
        }
    }
    Ok(())
}

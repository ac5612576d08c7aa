//! The first keys and the providers' labels: the template's rotation schedules, run as Secrets Manager runs them when a
//! stack is deployed, and when its operator asks for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use domain::provider::Listed;
use domain::provider::registry::Providers;

use crate::failure::{Failure, Result};
use crate::lambda::pool::{Invocation, Pool};
use crate::services::secrets::Secrets;
use crate::template::SecretResource;

/// The steps of a rotation.
const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// Rotates every secret that has a schedule and still holds what the template wrote into it.
pub async fn make_first_keys(
    secrets: &Secrets,
    described: &[SecretResource],
    functions: &BTreeMap<String, Arc<Pool>>,
) -> Result<()> {
    for secret in described {
        if secret.rotated_by.is_some() && secrets.current(&secret.arn) == secret.initial {
            rotate(secrets, secret, functions).await?;
        }
    }
    Ok(())
}

/// Rotates the labels where they are not what the providers' rows say: what an operator does after a change of these.
pub async fn relabel(
    secrets: &Secrets,
    described: &[SecretResource],
    functions: &BTreeMap<String, Arc<Pool>>,
) -> Result<()> {
    let named = |name: &str| described.iter().find(|secret| secret.logical_name == name);
    let (Some(rows), Some(labels)) = (named("ProvidersSecret"), named("ProviderLabelsSecret")) else { return Ok(()) };
    let said = secrets.current(&rows.arn).and_then(|rows| Some(Providers::parse(&rows).ok()?.listed()));
    let told = secrets.current(&labels.arn).and_then(|labels| Listed::parse_all(&labels).ok());
    if said == told { Ok(()) } else { rotate(secrets, labels, functions).await }
}

async fn rotate(secrets: &Secrets, secret: &SecretResource, functions: &BTreeMap<String, Arc<Pool>>) -> Result<()> {
    let (name, before) = (secret.rotated_by.as_deref().unwrap_or("nobody"), secrets.current(&secret.arn));
    let function = functions.get(name).ok_or_else(|| {
        Failure::new(format!("{} is rotated by {name}, which is not a function", secret.logical_name))
    })?;
    let token = secrets.begin_rotation(&secret.arn)?;
    for step in STEPS {
        let event = json!({"Step": step, "SecretId": secret.arn, "ClientRequestToken": token});
        if let Invocation::Failed(error) = function.invoke(event.to_string().into()).await {
            let message = error["errorMessage"].as_str().map_or_else(|| error.to_string(), str::to_owned);
            return Err(Failure::new(format!("{name}: {step} for {}: {message}", secret.logical_name)));
        }
    }
    if secrets.current(&secret.arn) == before {
        return Err(Failure::new(format!("{name} left {} as it was", secret.logical_name)));
    }
    Ok(())
}

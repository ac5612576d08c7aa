//! Rotating keys: Secrets Manager's four steps, each of which may be repeated, or be the last one before a crash.

use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::access_token::SigningKey;
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::failure::{Broken, Dependency};
use crate::key_set::{KeySet, Overlap};
use crate::secrets::{Rotating, Stage};
use crate::token_key::TokenKey;

/// What Secrets Manager sends to a rotation function.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotationRequest {
    /// Which step.
    pub step: Step,
    /// The secret's ARN.
    pub secret_id: String,
    /// The id of the version that is made.
    pub client_request_token: String,
}

/// The four steps of a rotation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Make the new version.
    CreateSecret,
    /// Tell it to whoever checks it. Our functions read the secret itself, so that there is nobody to tell.
    SetSecret,
    /// Try it.
    TestSecret,
    /// Put it in force.
    FinishSecret,
}

/// The function `rotate-keys`.
#[derive(Debug)]
pub struct RotateKeys {
    algorithm: Algorithm,
    factor_keys: Rotating,
    signing_keys: Rotating,
    signing_overlap: Overlap,
    token_keys: Rotating,
    token_overlap: Overlap,
}

impl RotateKeys {
    /// Opens what the function needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let (env, client) = (&app.env, app.aws.secretsmanager());
        let longest_token =
            env.some_seconds("ACCESS_TOKEN_SECONDS")?.max(env.some_seconds("REGISTRATION_TOKEN_SECONDS")?);
        let idle = env.some_seconds("SESSION_IDLE_SECONDS")?;
        Ok(Self {
            algorithm: env.signing_algorithm()?,
            factor_keys: Rotating::new(client.clone(), env.text("FACTOR_KEYS_SECRET")?),
            signing_keys: Rotating::new(client.clone(), env.text("SIGNING_KEYS_SECRET")?),
            signing_overlap: Overlap {
                before: GATEWAY_CACHE + FUNCTION_CACHE,
                after: longest_token + GATEWAY_CACHE + FUNCTION_CACHE,
            },
            token_keys: Rotating::new(client, env.text("TOKEN_KEYS_SECRET")?),
            token_overlap: Overlap { before: FUNCTION_CACHE, after: idle + FUNCTION_CACHE },
        })
    }

    /// Takes one step of one rotation.
    ///
    /// # Errors
    ///
    /// When the secret is none of ours, holds something unreadable, or Secrets Manager does not answer. Secrets Manager
    /// then tries again later, and nothing that is in force has changed.
    pub async fn step(&self, request: &RotationRequest, caller: &Caller) -> Result<(), Broken> {
        if self.signing_keys.is(&request.secret_id) {
            let outdated = |key: &SigningKey| key.alg != self.algorithm;
            let make = || SigningKey::generate(self.algorithm).map_err(|problem| unusable(&request.secret_id, problem));
            let rotate = |keys: KeySet<_>| keys.rotated(caller.now, self.signing_overlap, outdated, make);
            take(request, &self.signing_keys, rotate, KeySet::<SigningKey>::signs, caller).await
        } else {
            let sets = [(&self.token_keys, self.token_overlap), (&self.factor_keys, FACTOR_OVERLAP)];
            let Some((secret, overlap)) = sets.into_iter().find(|(secret, _)| secret.is(&request.secret_id)) else {
                return Err(unusable(
                    &request.secret_id,
                    "neither the signing keys, the token keys nor the factor keys",
                ));
            };
            let make = || Ok(TokenKey::generate());
            let rotate = |keys: KeySet<_>| keys.rotated(caller.now, overlap, |_| false, make);
            take(request, secret, rotate, KeySet::<TokenKey>::seals, caller).await
        }
    }
}

async fn take<K: Clone + DeserializeOwned + Serialize>(
    request: &RotationRequest,
    secret: &Rotating,
    rotate: impl FnOnce(KeySet<K>) -> Result<Option<KeySet<K>>, Broken>,
    works: fn(&KeySet<K>) -> bool,
    caller: &Caller,
) -> Result<(), Broken> {
    let token = request.client_request_token.as_str();
    match request.step {
        Step::CreateSecret => {
            if secret.value(Stage::Pending, Some(token)).await?.is_some() || secret.is_current(token).await? {
                return Ok(());
            }
            let keys = match secret.value(Stage::Current, None).await? {
                Some(json) => serde_json::from_str(&json).map_err(|_| unusable(&request.secret_id, "not a key set"))?,
                None => KeySet::empty(),
            };
            // Too early to move on: the rotation goes through with the keys as they are.
            let next = rotate(keys.clone())?.unwrap_or(keys);
            let json = serde_json::to_string(&next).map_err(|error| Broken::new(Dependency::Service, error))?;
            secret.put_pending(token, &json).await
        }
        Step::SetSecret => Ok(()),
        Step::TestSecret => {
            let pending = secret.value(Stage::Pending, Some(token)).await?;
            let good = pending.is_some_and(|json| KeySet::<K>::parse(&json).is_ok_and(|keys| works(&keys)));
            if good { Ok(()) } else { Err(unusable(&request.secret_id, "the pending keys do not work")) }
        }
        Step::FinishSecret => {
            if secret.is_current(token).await? {
                return Ok(());
            }
            // A version that is no longer pending was made from keys that have moved on since: it must not come back.
            if secret.value(Stage::Pending, Some(token)).await?.is_none() {
                return Err(unusable(&request.secret_id, "the version is not pending"));
            }
            secret.make_current(token).await?;
            record(caller, &Event::KeysRotated { secret: &request.secret_id });
            Ok(())
        }
    }
}

fn unusable(secret_id: &str, problem: impl std::fmt::Display) -> Broken {
    Broken::new(Dependency::Secrets, format!("secret {secret_id}: {problem}"))
}

/// A seed stays in an authenticator app for years: the keys that sealed it are never retired. The set grows by some
/// hundred bytes a rotation, of the 64 KiB that a secret may have.
const FACTOR_OVERLAP: Overlap = Overlap { before: FUNCTION_CACHE, after: Duration::MAX };

/// API Gateway keeps a key set for up to two hours.
const GATEWAY_CACHE: Duration = Duration::from_secs(2 * 3600);

/// Our functions use an older value for up to an hour while Secrets Manager is down ([`crate::secrets`]).
const FUNCTION_CACHE: Duration = Duration::from_secs(3600);

//! Rotating keys: Secrets Manager's four steps, each of which may be repeated, or be the last one before a crash; and
//! revoking them, when somebody else may know them. The providers' labels are kept up by the same steps.

use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};

use domain::clock::Timestamp;
use domain::error::{Dependency, Fault};
use domain::keys::signing_key::SigningKey;
use domain::keys::token_key::TokenKey;
use domain::keys::{KeySet, Material, Overlap};
use domain::provider::registry::Providers;
use domain::request::RequestContext;

use crate::adapter::audit::{Event, record};
use crate::adapter::log;
use crate::adapter::secrets::{Rotating, VersionStage};
use crate::app::{App, StartError};

/// What the function is invoked with.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RotationOrder {
    /// By Secrets Manager: one step of a rotation.
    Rotation(RotationRequest),
    /// By an operator: no key of a set is to be accepted any more.
    Revocation {
        /// Which set.
        revoke: Revocable,
    },
}

/// What an operator may revoke.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Revocable {
    /// The keys that sign access tokens.
    Signing,
    /// The keys that authenticate refresh tokens.
    Token,
}

/// What Secrets Manager sends to a rotation function.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotationRequest {
    /// Which step.
    pub step: RotationStep,
    /// The secret's ARN.
    pub secret_id: String,
    /// The id of the version that is made.
    pub client_request_token: String,
}

/// The four steps of a rotation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub enum RotationStep {
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
    labels: Rotating,
    providers: Rotating,
    signing_keys: Rotating,
    signing_overlap: Overlap,
    token_keys: Rotating,
    token_overlap: Overlap,
    verifying_keys: Rotating,
}

impl RotateKeys {
    /// Opens what the function needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        let longest_token =
            env.positive_seconds("ACCESS_TOKEN_SECONDS")?.max(env.positive_seconds("REGISTRATION_TOKEN_SECONDS")?);
        let idle = env.positive_seconds("SESSION_IDLE_SECONDS")?;
        Ok(Self {
            algorithm: env.signing_algorithm()?,
            factor_keys: app.factor_keys()?.rotating(),
            labels: app.provider_labels()?.rotating(),
            providers: app.providers()?.rotating(),
            signing_keys: app.signing_keys()?.rotating(),
            signing_overlap: Overlap {
                before: GATEWAY_CACHE + FUNCTION_CACHE + PROMPT,
                after: longest_token + GATEWAY_CACHE + FUNCTION_CACHE + PROMPT,
            },
            token_keys: app.token_keys()?.rotating(),
            token_overlap: Overlap { before: FUNCTION_CACHE + PROMPT, after: idle + FUNCTION_CACHE + PROMPT },
            verifying_keys: app.verifying_keys()?.rotating(),
        })
    }

    /// Does what the function was invoked for.
    ///
    /// # Errors
    ///
    /// As `step` and `revoke`.
    pub async fn obey(&self, order: &RotationOrder, caller: &RequestContext) -> Result<(), Fault> {
        // Calls to AWS within calls are deeper than the compiler follows in one piece.
        match order {
            RotationOrder::Rotation(request) => Box::pin(self.step(request, caller)).await,
            RotationOrder::Revocation { revoke } => Box::pin(self.revoke(*revoke, caller)).await,
        }
    }

    /// Takes one step of one rotation.
    ///
    /// # Errors
    ///
    /// When the secret is none of ours, holds something unreadable, or Secrets Manager does not answer; when nothing can
    /// move yet, or the keys were made too long ago. Nothing that is in force has changed then.
    async fn step(&self, request: &RotationRequest, caller: &RequestContext) -> Result<(), Fault> {
        let (id, token, now) = (&request.secret_id, request.client_request_token.as_str(), caller.now);
        if self.labels.is(id) {
            self.relabel(request.step, Rotation { secret: &self.labels, id, token }, caller).await
        } else if self.signing_keys.is(id) {
            let rotation = Rotation { secret: &self.signing_keys, id, token };
            match request.step {
                RotationStep::CreateSecret => {
                    let outdated = |key: &SigningKey| key.public.alg != self.algorithm;
                    let make = || self.signing_key();
                    rotation.create(|keys| keys.rotated(now, self.signing_overlap, outdated, make)).await
                }
                RotationStep::SetSecret => Ok(()),
                RotationStep::TestSecret => rotation.pending::<SigningKey>().await.map(drop),
                RotationStep::FinishSecret => match rotation.due::<SigningKey>(now).await? {
                    Some(due) => {
                        // First the public halves: a key that signs is known to whoever verifies.
                        self.publish(&due.keys).await?;
                        let finished = rotation.finish(due, caller).await;
                        if finished.is_err() {
                            // A revocation may have come in between. Its keys are to be known, and these to none.
                            self.publish_what_is_in_force().await?;
                        }
                        finished
                    }
                    None => Ok(()),
                },
            }
        } else {
            let sets = [(&self.token_keys, self.token_overlap), (&self.factor_keys, FACTOR_OVERLAP)];
            let Some((secret, overlap)) = sets.into_iter().find(|(secret, _)| secret.is(id)) else {
                return Err(unusable(id, "neither the signing keys, the token keys, the factor keys nor the labels"));
            };
            let rotation = Rotation { secret, id, token };
            match request.step {
                RotationStep::CreateSecret => {
                    rotation.create(|keys| keys.rotated(now, overlap, |_| false, token_key)).await
                }
                RotationStep::SetSecret => Ok(()),
                RotationStep::TestSecret => rotation.pending::<TokenKey>().await.map(drop),
                RotationStep::FinishSecret => match rotation.due::<TokenKey>(now).await? {
                    Some(due) => rotation.finish(due, caller).await,
                    None => Ok(()),
                },
            }
        }
    }

    /// Takes one step towards labels that say what the providers' rows say today. A row that cannot be used has none.
    async fn relabel(&self, step: RotationStep, rotation: Rotation<'_>, caller: &RequestContext) -> Result<(), Fault> {
        match step {
            RotationStep::CreateSecret if rotation.is_prepared().await? => Ok(()),
            RotationStep::CreateSecret => {
                let unusable = |problem: String| unusable(self.providers.id(), problem);
                let rows = self.providers.value(VersionStage::Current, None).await?.unwrap_or_default();
                let providers = Providers::parse(&rows).map_err(unusable)?;
                if let Some(problem) = providers.problem() {
                    log::failed(&unusable(problem), &caller.request_id);
                }
                self.labels.put_pending(rotation.token, &written(&providers.listed())?).await
            }
            RotationStep::SetSecret => Ok(()),
            RotationStep::TestSecret => rotation.prepared().await.map(drop),
            RotationStep::FinishSecret => match self.labels.current_version().await? {
                Some(in_force) if in_force == rotation.token => Ok(()),
                instead_of => {
                    rotation.prepared().await?;
                    self.labels.make_current(rotation.token, instead_of).await
                }
            },
        }
    }

    /// Puts a current and a next key in force that nobody knows, in place of all others. What a rotation has prepared
    /// meanwhile never comes into force. To be repeated when it fails: that makes new keys again.
    ///
    /// Factor keys are not among them: they seal what authenticator apps were set up with, and nobody whose seed they
    /// sealed would get in any more.
    ///
    /// # Errors
    ///
    /// When a key cannot be made, or Secrets Manager does not answer.
    async fn revoke(&self, set: Revocable, caller: &RequestContext) -> Result<(), Fault> {
        let secret = match set {
            Revocable::Signing => {
                let keys = KeySet::fresh(caller.now, || self.signing_key())?;
                // First the public halves: from then on, nothing that the old keys sign is accepted.
                self.publish(&keys).await?;
                self.signing_keys.replace(&written(&keys)?).await?;
                self.publish_what_is_in_force().await?;
                &self.signing_keys
            }
            Revocable::Token => {
                let keys = KeySet::fresh(caller.now, token_key)?;
                self.token_keys.replace(&written(&keys)?).await?;
                &self.token_keys
            }
        };
        record(caller, &Event::KeysRevoked { secret: secret.id() });
        Ok(())
    }

    async fn publish(&self, keys: &KeySet<SigningKey>) -> Result<(), Fault> {
        self.verifying_keys.replace(&written(&keys.map(|key| key.public.clone()))?).await
    }

    /// For whoever may have met somebody else at work: what was published last is what is in force.
    async fn publish_what_is_in_force(&self) -> Result<(), Fault> {
        let mut in_force = self.signing_keys.value(VersionStage::Current, None).await?;
        while let Some(json) = in_force {
            self.publish(&KeySet::read(&json).map_err(|problem| unusable(self.signing_keys.id(), problem))?).await?;
            in_force = self.signing_keys.value(VersionStage::Current, None).await?.filter(|newer| *newer != json);
        }
        Ok(())
    }

    fn signing_key(&self) -> Result<(String, SigningKey), Fault> {
        SigningKey::generate(self.algorithm).map_err(|problem| unusable(self.signing_keys.id(), problem))
    }
}

/// One rotation of one secret.
#[derive(Clone, Copy)]
struct Rotation<'a> {
    secret: &'a Rotating,
    id: &'a str,
    token: &'a str,
}

impl Rotation<'_> {
    /// Whether an earlier attempt has prepared the version, or even put it in force.
    async fn is_prepared(self) -> Result<bool, Fault> {
        let pending = self.secret.value(VersionStage::Pending, Some(self.token)).await?.is_some();
        Ok(pending || self.secret.current_version().await?.as_deref() == Some(self.token))
    }

    /// What was prepared. A version that is no longer pending was made from what has moved on since: it must not come back.
    async fn prepared(self) -> Result<String, Fault> {
        let prepared = self.secret.value(VersionStage::Pending, Some(self.token)).await?;
        prepared.ok_or_else(|| unusable(self.id, "the version is not pending"))
    }

    /// Prepares the version, unless an earlier attempt did.
    async fn create<K: Material + Serialize>(
        self,
        rotate: impl FnOnce(KeySet<K>) -> Result<Option<KeySet<K>>, Fault>,
    ) -> Result<(), Fault> {
        let Self { secret, id, token } = self;
        if self.is_prepared().await? {
            return Ok(());
        }
        let keys = match secret.value(VersionStage::Current, None).await? {
            Some(json) => KeySet::read(&json).map_err(|problem| unusable(id, problem))?,
            None => KeySet::empty(),
        };
        let next = rotate(keys)?.ok_or_else(|| {
            unusable(id, "too early, so nothing changed: caches may not have the next key yet. Rotate later, or revoke to have every key refused at once")
        })?;
        secret.put_pending(token, &written(&next)?).await
    }

    /// The keys that were prepared, as they should be.
    async fn pending<K: Material>(self) -> Result<KeySet<K>, Fault> {
        KeySet::parse(&self.prepared().await?)
            .map_err(|problem| unusable(self.id, format!("the pending version: {problem}")))
    }

    /// What is to come into force; `None` when an earlier attempt put it there.
    async fn due<K: Material>(self, now: Timestamp) -> Result<Option<Due<K>>, Fault> {
        let instead_of = self.secret.current_version().await?;
        if instead_of.as_deref() == Some(self.token) {
            return Ok(None);
        }
        let keys = self.pending().await?;
        // The ages of keys count from when they were made, which has to be about when they are published.
        if keys.moved_at().is_none_or(|made| now.since(made) > PROMPT) {
            // Otherwise Secrets Manager would take this rotation up for ever.
            self.secret.give_up(self.token).await?;
            return Err(unusable(self.id, "the pending version was made more than ten minutes ago: rotate once more"));
        }
        Ok(Some(Due { keys, instead_of }))
    }

    async fn finish<K>(self, due: Due<K>, caller: &RequestContext) -> Result<(), Fault> {
        self.secret.make_current(self.token, due.instead_of).await?;
        record(caller, &Event::KeysRotated { secret: self.id });
        Ok(())
    }
}

/// Keys that are to come into force.
struct Due<K> {
    keys: KeySet<K>,
    /// The version that they were made from.
    instead_of: Option<String>,
}

fn token_key() -> Result<(String, TokenKey), Fault> {
    Ok(TokenKey::generate())
}

fn written(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::new(Dependency::Service, error))
}

fn unusable(secret_id: &str, problem: impl std::fmt::Display) -> Fault {
    Fault::new(Dependency::Secrets, format!("secret {secret_id}: {problem}"))
}

/// How long a rotation may take from making its keys to publishing them.
const PROMPT: Duration = Duration::from_secs(600);

/// A seed stays in an authenticator app for years: the keys that sealed it are never retired. The set grows by some
/// hundred bytes a rotation, of the 64 KiB that a secret may have.
const FACTOR_OVERLAP: Overlap = Overlap { before: FUNCTION_CACHE.saturating_add(PROMPT), after: Duration::MAX };

/// API Gateway keeps a key set for up to two hours.
const GATEWAY_CACHE: Duration = Duration::from_secs(2 * 3600);

/// Our functions use an older value for up to an hour while Secrets Manager is down ([`crate::adapter::secrets`]).
const FUNCTION_CACHE: Duration = Duration::from_secs(3600);

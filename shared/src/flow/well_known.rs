//! What this deployment publishes about itself.

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::Jwk;

use domain::error::Error;
use domain::keys::KeySet;
use domain::keys::signing_key::VerifyingKey;
use domain::request::RequestContext;

use crate::adapter::secrets::Cached;
use crate::app::{App, StartError};

/// `GET /.well-known/jwks.json` and `GET /.well-known/openid-configuration`.
#[derive(Debug)]
pub struct WellKnown {
    public_url: String,
    verifying_keys: Cached<KeySet<VerifyingKey>>,
}

/// The issuer and what it signs with.
#[derive(Debug)]
pub struct IssuerMetadata {
    /// `iss` of every token.
    pub issuer: String,
    /// What tokens are signed with, now and next.
    pub algorithms: Vec<Algorithm>,
}

impl WellKnown {
    /// Opens what the endpoints need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self { public_url: app.env.public_url()?, verifying_keys: app.verifying_keys()? })
    }

    /// The public halves of all keys: the next, so that caches know it before it signs, the current, and those whose
    /// tokens may still be valid.
    ///
    /// # Errors
    ///
    /// A failure of the secrets.
    pub async fn keys(&self, caller: &RequestContext) -> Result<Vec<Jwk>, Error> {
        let keys = self.verifying_keys.value(caller.now).await?;
        Ok(keys.iter().map(|key| key.material.jwk.clone()).collect())
    }

    /// The issuer's metadata.
    ///
    /// # Errors
    ///
    /// A failure of the secrets.
    pub async fn metadata(&self, caller: &RequestContext) -> Result<IssuerMetadata, Error> {
        let keys = self.verifying_keys.value(caller.now).await?;
        let mut algorithms = Vec::new();
        for key in keys.iter() {
            if !algorithms.contains(&key.material.alg) {
                algorithms.push(key.material.alg);
            }
        }
        Ok(IssuerMetadata { issuer: self.public_url.clone(), algorithms })
    }
}

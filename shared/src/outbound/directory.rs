//! What providers publish about themselves, kept for as long as it is good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jsonwebtoken::jwk::Jwk;

use super::Outbound;
use crate::clock::Timestamp;
use crate::failure::{Broken, Dependency};
use crate::provider::OpenId;
use crate::provider::discovery::{Document, Metadata, metadata_url, read_document, read_key_set};
use crate::provider::id_token::Unverified;

/// Metadata and key sets of OpenID providers.
#[derive(Debug, Default)]
pub struct Directory {
    documents: Kept<Document>,
    keys: Kept<Vec<Jwk>>,
    refetched: Kept<()>,
}

type Kept<T> = Mutex<HashMap<String, (Arc<T>, Timestamp)>>;

impl Directory {
    /// The provider's metadata, at most an hour old; nothing is asked when its row knows everything.
    ///
    /// # Errors
    ///
    /// When the provider does not answer, answers with another issuer's metadata, or offers nothing that is safe.
    pub async fn metadata(&self, provider: &OpenId, outbound: &Outbound, now: Timestamp) -> Result<Metadata, Broken> {
        match provider.known.complete() {
            Some(metadata) => Ok(metadata),
            None => {
                let document = self.document(&provider.issuer, outbound, now).await?;
                document.metadata(&provider.known).map_err(unusable)
            }
        }
    }

    async fn document(&self, issuer: &str, outbound: &Outbound, now: Timestamp) -> Result<Arc<Document>, Broken> {
        if let Some(document) = kept(&self.documents, issuer, METADATA_AGE, now) {
            return Ok(document);
        }
        let answer = outbound.public_json(&metadata_url(issuer)).await?;
        let document = read_document(answer.to_string().as_bytes(), issuer).map_err(unusable)?;
        Ok(keep(&self.documents, issuer, document, now))
    }

    /// The key that must have signed `token`; `None` when the provider has none of that name. A name that is not known
    /// asks the provider once more, but not more than once a minute, so that made-up names cannot be used to flood it.
    ///
    /// # Errors
    ///
    /// When the provider does not answer with a key set.
    pub async fn key(
        &self,
        token: &Unverified<'_>,
        jwks_url: &str,
        outbound: &Outbound,
        now: Timestamp,
    ) -> Result<Option<Jwk>, Broken> {
        if let Some(keys) = kept(&self.keys, jwks_url, KEYS_AGE, now) {
            let key = token.key(&keys).cloned();
            if key.is_some() || kept(&self.refetched, jwks_url, REFETCH_PAUSE, now).is_some() {
                return Ok(key);
            }
            keep(&self.refetched, jwks_url, (), now);
        }
        let document = outbound.public_json(jwks_url).await?;
        let keys = read_key_set(document.to_string().as_bytes()).map_err(unusable)?;
        Ok(token.key(&keep(&self.keys, jwks_url, keys, now)).cloned())
    }
}

fn unusable(problem: String) -> Broken {
    Broken::new(Dependency::Provider, problem)
}

fn kept<T>(shelf: &Kept<T>, key: &str, age: Duration, now: Timestamp) -> Option<Arc<T>> {
    let shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    shelf.get(key).filter(|(_, since)| now.since(*since) < age).map(|(value, _)| Arc::clone(value))
}

fn keep<T>(shelf: &Kept<T>, key: &str, value: T, now: Timestamp) -> Arc<T> {
    let value = Arc::new(value);
    shelf.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), (Arc::clone(&value), now));
    value
}

const METADATA_AGE: Duration = Duration::from_secs(3600);
const KEYS_AGE: Duration = Duration::from_secs(600);
const REFETCH_PAUSE: Duration = Duration::from_secs(60);

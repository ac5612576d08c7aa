//! What providers publish about themselves, kept for as long as it is good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jsonwebtoken::jwk::Jwk;

use domain::clock::Timestamp;
use domain::error::{Dependency, Fault};
use domain::provider::OpenId;
use domain::provider::discovery::{Document, Metadata, metadata_url, read_document, read_key_set};
use domain::provider::id_token::Unverified;

use super::Outbound;

/// Metadata and key sets of OpenID providers.
#[derive(Debug, Default)]
pub struct Directory {
    documents: CachedMetadata<Document>,
    failed: CachedMetadata<String>,
    keys: CachedMetadata<Vec<Jwk>>,
    refetched: CachedMetadata<()>,
}

type CachedMetadata<T> = Mutex<HashMap<String, (Arc<T>, Timestamp)>>;

impl Directory {
    /// The provider's metadata, at most an hour old; nothing is asked when its row knows everything.
    ///
    /// # Errors
    ///
    /// When the provider does not answer, or did not half a minute ago, and nothing of it is left; when it answers with another
    /// issuer's metadata, or offers nothing that is safe.
    pub async fn metadata(&self, provider: &OpenId, outbound: &Outbound, now: Timestamp) -> Result<Metadata, Fault> {
        match provider.known.complete() {
            Some(metadata) => Ok(metadata),
            None => {
                let document = self.document(&provider.issuer, outbound, now).await?;
                let metadata = document.metadata(&provider.known);
                metadata.map_err(|problem| unusable(format!("{}: {problem}", provider.issuer)))
            }
        }
    }

    async fn document(&self, issuer: &str, outbound: &Outbound, now: Timestamp) -> Result<Arc<Document>, Fault> {
        if let Some(document) = kept(&self.documents, issuer, METADATA_AGE, now) {
            return Ok(document);
        }
        // Nobody else waits for a provider that gave no usable answer a moment ago.
        let fault = match kept(&self.failed, issuer, FAILURE_PAUSE, now) {
            Some(cause) => unusable(format!("{cause} (a moment ago)")),
            None => match fetched(issuer, outbound).await {
                Ok(document) => return Ok(keep(&self.documents, issuer, document, now)),
                Err(fault) => {
                    keep(&self.failed, issuer, fault.causes(), now);
                    fault
                }
            },
        };
        let Some(stale) = kept(&self.documents, issuer, USABLE_AGE, now) else { return Err(fault) };
        tracing::warn!(issuer, cause = fault.causes(), "older metadata of a provider is used");
        Ok(stale)
    }

    /// Whether the provider's metadata is there without asking anybody.
    pub fn has(&self, provider: &OpenId, now: Timestamp) -> bool {
        provider.known.complete().is_some() || kept(&self.documents, &provider.issuer, METADATA_AGE, now).is_some()
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
    ) -> Result<Option<Jwk>, Fault> {
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

async fn fetched(issuer: &str, outbound: &Outbound) -> Result<Document, Fault> {
    let answer = outbound.public_json(&metadata_url(issuer)).await?;
    read_document(answer.to_string().as_bytes(), issuer).map_err(unusable)
}

fn unusable(problem: String) -> Fault {
    Fault::new(Dependency::Provider, problem)
}

fn kept<T>(shelf: &CachedMetadata<T>, key: &str, age: Duration, now: Timestamp) -> Option<Arc<T>> {
    let shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    shelf.get(key).filter(|(_, since)| now.since(*since) < age).map(|(value, _)| Arc::clone(value))
}

fn keep<T>(shelf: &CachedMetadata<T>, key: &str, value: T, now: Timestamp) -> Arc<T> {
    let value = Arc::new(value);
    shelf.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), (Arc::clone(&value), now));
    value
}

const METADATA_AGE: Duration = Duration::from_secs(3600);
/// For how long metadata serves that cannot be had again.
const USABLE_AGE: Duration = Duration::from_secs(24 * 3600);
const FAILURE_PAUSE: Duration = Duration::from_secs(30);
const KEYS_AGE: Duration = Duration::from_secs(600);
const REFETCH_PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::config::OutboundPolicy;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    /// A provider that publishes its metadata as often as it is told to, and fails from then on; and how often it was
    /// asked.
    fn provider(times: usize) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (asked, counted) = (Arc::new(AtomicUsize::new(0)), issuer.clone());
        let asking = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map(Result::unwrap) {
                let _ = stream.read(&mut [0; 4096]);
                let status = if asking.fetch_add(1, Ordering::SeqCst) < times { "200 OK" } else { "500 No" };
                let issuer = &counted;
                let body = serde_json::json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/jwks"),
                });
                let body = body.to_string();
                let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        (issuer, asked)
    }

    #[tokio::test]
    async fn a_failure_is_remembered_for_half_a_minute_and_older_metadata_serves_for_a_day() {
        let outbound = Outbound::new(OutboundPolicy::Any).unwrap();
        let directory = Directory::default();
        let (issuer, asked) = provider(1);
        let ask = async |after: Duration| directory.document(&issuer, &outbound, NOW + after).await.is_ok();
        assert!(ask(Duration::ZERO).await && ask(METADATA_AGE - SECOND).await);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert!(ask(METADATA_AGE).await && ask(METADATA_AGE + FAILURE_PAUSE - SECOND).await, "the older one serves");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        assert!(ask(METADATA_AGE + FAILURE_PAUSE).await);
        assert_eq!(asked.load(Ordering::SeqCst), 3);
        assert!(!ask(USABLE_AGE).await && !ask(USABLE_AGE + SECOND).await);
        assert_eq!(asked.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn a_provider_that_fails_keeps_nobody_else_waiting() {
        let outbound = Outbound::new(OutboundPolicy::Any).unwrap();
        let directory = Directory::default();
        let ((issuer, asked), (other, _)) = (provider(0), provider(1));
        for _ in 0..3 {
            assert_eq!(directory.document(&issuer, &outbound, NOW).await.unwrap_err().dependency, Dependency::Provider);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert!(directory.document(&other, &outbound, NOW).await.is_ok());
    }
}

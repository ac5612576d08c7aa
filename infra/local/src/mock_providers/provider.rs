//! One mock provider, and what it remembers.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::account::Account;
use super::expiring::Expiring;
use super::keys::MockKeys;
use super::spec::ProviderSpec;

/// One mock provider.
pub struct MockProvider {
    pub spec: &'static ProviderSpec,
    /// Where it is.
    pub url: String,
    /// Where it may send people back to.
    pub redirects: Vec<String>,
    pub keys: Arc<MockKeys>,
    pub codes: Expiring<Grant>,
    pub access_tokens: Expiring<Account>,
    /// The subjects that have been here before.
    pub consented: Mutex<HashSet<String>>,
}

/// What a code stands for.
pub struct Grant {
    pub account: Account,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    pub at: Duration,
}

impl MockProvider {
    /// Who its callbacks say they are from.
    pub fn issuer(&self) -> &str {
        self.spec.issuer.unwrap_or(&self.url)
    }
}

/// As its routes have it.
pub type Shared = axum::extract::State<Arc<MockProvider>>;

//! A small OpenID provider to sign in with: authorization code flow with PKCE, RS256 ID tokens, userinfo.
//!
//! It believes whoever one says one is, and takes everything else as seriously as any other provider: exact redirect
//! addresses, codes that work once, client authentication.

mod authorize;
mod keys;
mod token;

use crate::clock;
use crate::failure::Result;
use crate::options::Data;
use aws_lc_rs::digest::{SHA256, digest};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderName, StatusCode, header};
use keys::Keys;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The client that Doorward is.
const CLIENT_ID: &str = "doorward";

/// The provider.
pub struct DemoProvider {
    issuer: String,
    redirects: Vec<String>,
    keys: Keys,
    codes: Expiring<Grant>,
    access_tokens: Expiring<Person>,
}

/// Who signed in.
#[derive(Debug, Clone)]
struct Person {
    email: String,
    email_verified: bool,
    name: String,
}

/// What a code stands for.
struct Grant {
    person: Person,
    redirect_uri: String,
    code_challenge: Option<String>,
    nonce: Option<String>,
    at: Duration,
}

impl DemoProvider {
    /// A provider at this issuer that sends people back to these addresses and to `own`'s pages.
    pub fn new(issuer: String, redirects: Vec<String>, data: &Data) -> Result<Self> {
        Ok(Self {
            issuer,
            redirects,
            keys: Keys::open(data)?,
            codes: Expiring::new(Duration::from_secs(60)),
            access_tokens: Expiring::new(Duration::from_secs(600)),
        })
    }

    /// Its row in the providers secret.
    pub fn row(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "clientId": CLIENT_ID,
            "clientSecret": self.keys.client_secret,
            "label": "the demo provider",
            "trustEmail": true,
        })
    }

    /// Its routes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize::ask).post(authorize::decide))
            .route("/token", post(token::redeem))
            .route("/userinfo", get(token::userinfo).post(token::userinfo))
            .with_state(Arc::new(self))
    }
}

type Shared = axum::extract::State<Arc<DemoProvider>>;

async fn metadata(provider: Shared) -> Json<Value> {
    let issuer = &provider.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "scopes_supported": ["openid", "email", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported":
            ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "email", "email_verified", "name"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(provider: Shared) -> Json<Value> {
    Json(provider.keys.jwks())
}

impl Person {
    /// The claims about the person. The same address is the same person.
    fn claims(&self) -> Value {
        let subject = digest(&SHA256, self.email.to_ascii_lowercase().as_bytes());
        let mut claims = json!({
            "sub": crate::random::hex(&subject.as_ref()[..12]),
            "email": self.email,
            "email_verified": self.email_verified,
        });
        if !self.name.is_empty() {
            claims["name"] = self.name.as_str().into();
        }
        claims
    }
}

/// An OAuth error of the token or userinfo endpoint (RFC 6749, section 5.2; RFC 6750, section 3.1).
fn oauth_error(status: StatusCode, challenge: Option<&'static str>, error: &str, description: &str) -> Response {
    let mut response = (status, Json(json!({"error": error, "error_description": description}))).into_response();
    let headers: [(HeaderName, Option<&'static str>); 2] =
        [(header::CACHE_CONTROL, Some("no-store")), (header::WWW_AUTHENTICATE, challenge)];
    for (name, value) in headers {
        if let Some(value) = value {
            response.headers_mut().insert(name, http::HeaderValue::from_static(value));
        }
    }
    response
}

/// Values that are forgotten after a while.
struct Expiring<T> {
    lifetime: Duration,
    values: Mutex<HashMap<String, (Duration, T)>>,
}

impl<T> Expiring<T> {
    fn new(lifetime: Duration) -> Self {
        Self { lifetime, values: Mutex::new(HashMap::new()) }
    }

    fn insert(&self, key: String, value: T) {
        let now = clock::since_epoch();
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.retain(|_, (until, _)| *until > now);
        values.insert(key, (now + self.lifetime, value));
    }

    /// Takes a value out: nobody gets it again.
    fn take(&self, key: &str) -> Option<T> {
        let taken = self.values.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        taken.filter(|(until, _)| *until > clock::since_epoch()).map(|(_, value)| value)
    }
}

impl<T: Clone> Expiring<T> {
    fn read(&self, key: &str) -> Option<T> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(key).filter(|(until, _)| *until > clock::since_epoch()).map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests;

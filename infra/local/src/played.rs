//! Providers to sign in with that need no network: a small OpenID provider of our own, and the six that most people use,
//! played with their manners.
//!
//! They believe whoever one says one is, and take everything else as seriously as the real ones do: exact redirect
//! addresses, codes that work once, client authentication. What one of them does in its own way stands in its [`Part`].

mod account;
mod authorize;
mod keys;
mod part;
mod token;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderName, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::clock;
use crate::failure::{Failure, Result};
use crate::options::Data;
use account::Account;
use keys::Keys;
use part::{DEMO, PARTS, Part};

/// The client that Doorward is.
const CLIENT_ID: &str = "doorward";

/// Everybody who plays.
pub struct Played(Vec<Provider>);

/// One provider that is played.
struct Provider {
    part: &'static Part,
    /// Where it is.
    url: String,
    /// Where it may send people back to.
    redirects: Vec<String>,
    keys: Arc<Keys>,
    codes: Expiring<Grant>,
    access_tokens: Expiring<Account>,
    /// The subjects that have been here before.
    consented: Mutex<HashSet<String>>,
}

/// What a code stands for.
struct Grant {
    account: Account,
    redirect_uri: String,
    code_challenge: Option<String>,
    nonce: Option<String>,
    at: Duration,
}

impl Played {
    /// The demo provider, and those of these names, below `url`. `redirects` are the client's own pages; every provider
    /// may send people to Doorward's callbacks at `public_url` as well.
    pub fn new(names: &[String], url: &str, public_url: &str, redirects: &[String], data: &Data) -> Result<Self> {
        let mut parts = vec![&DEMO];
        for name in names {
            let part = PARTS.iter().find(|part| part.name == name);
            parts.push(part.ok_or_else(|| Failure::new(format!("--play {name}: there are {}", known().join(", "))))?);
        }
        let keys = Arc::new(Keys::open(data)?);
        let provider = |part: &'static Part| Provider {
            part,
            url: format!("{url}{}", part.path()),
            redirects: [redirects, &part.callbacks(public_url)].concat(),
            keys: keys.clone(),
            codes: Expiring::new(Duration::from_secs(60)),
            access_tokens: Expiring::new(Duration::from_secs(600)),
            consented: Mutex::default(),
        };
        Ok(Self(parts.into_iter().map(provider).collect()))
    }

    /// Their rows in the providers secret, by name.
    pub fn rows(&self) -> Map<String, Value> {
        self.0.iter().map(|provider| (provider.part.name.to_owned(), provider.row())).collect()
    }

    /// Their routes.
    pub fn router(self) -> Router {
        self.0.into_iter().fold(Router::new(), |router, provider| {
            let path = provider.part.path();
            router.nest(&path, provider.router())
        })
    }
}

/// The names that can be played, beside the demo provider.
pub fn known() -> Vec<String> {
    PARTS.iter().map(|part| part.name.to_owned()).collect()
}

impl Provider {
    /// Its row: the catalog knows how the six speak, so that only the addresses are other ones here.
    fn row(&self) -> Value {
        let mut row = json!({ "clientId": CLIENT_ID, "label": self.part.label });
        let at = |path: &str| json!(format!("{}{path}", self.url));
        if self.part.issuer.is_none() {
            row["issuer"] = json!(self.url);
            row["trustEmail"] = json!(true);
        } else {
            // Another site than Doorward's, so that a form which is posted from there brings no cookie along.
            let elsewhere = self.url.replacen("//localhost", "//127.0.0.1", 1);
            row["authorizeUrl"] = json!(format!("{elsewhere}/authorize"));
            row["tokenUrl"] = at("/token");
            for (field, path) in self.part.endpoints {
                row[*field] = at(path);
            }
        }
        if self.part.mints_secrets {
            row["teamId"] = json!(keys::TEAM_ID);
            row["keyId"] = json!(keys::TEAM_KEY_ID);
            row["privateKey"] = json!(self.keys.team_pem());
        } else {
            row["clientSecret"] = json!(self.keys.client_secret);
        }
        row
    }

    fn router(self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize::ask).post(authorize::decide))
            .route("/token", post(token::redeem))
            .route("/userinfo", get(token::userinfo).post(token::userinfo))
            .route("/emails", get(token::emails))
            .with_state(Arc::new(self))
    }

    /// Who its callbacks say they are from.
    fn issuer(&self) -> &str {
        self.part.issuer.unwrap_or(&self.url)
    }
}

type Shared = axum::extract::State<Arc<Provider>>;

async fn metadata(provider: Shared) -> Json<Value> {
    let (issuer, url) = (provider.issuer(), &provider.url);
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "jwks_uri": format!("{url}/jwks"),
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
        "authorization_response_iss_parameter_supported": provider.part.sends_issuer,
    }))
}

async fn jwks(provider: Shared) -> Json<Value> {
    Json(provider.keys.jwks(provider.part.keys_name_algorithm))
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

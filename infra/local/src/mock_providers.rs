//! Mock providers to sign in with that need no network: a small OpenID provider of our own, and the six that most people
//! use, with their quirks.
//!
//! They believe whoever you say you are, and take everything else as seriously as the real ones do: exact redirect
//! addresses, codes that work once, client authentication. What is special about one of them is in its [`ProviderSpec`].

mod account;
mod authorize;
mod expiring;
mod keys;
mod provider;
mod spec;
mod token;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Result};
use crate::options::DataLocation;
use expiring::Expiring;
use keys::MockKeys;
use provider::{MockProvider, Shared};
use spec::{CLIENT_ID, DEMO, ProviderSpec, SPECS};

/// All of them.
pub struct MockProviders(Vec<MockProvider>);

impl MockProviders {
    /// The demo provider, and those of these names, below `url`. `redirects` are the client's own pages; every provider
    /// may send people to Doorward's callbacks at `public_url` as well.
    pub fn new(
        names: &[String],
        url: &str,
        public_url: &str,
        redirects: &[String],
        data: &DataLocation,
    ) -> Result<Self> {
        let mut specs = vec![&DEMO];
        for name in names {
            let spec = SPECS.iter().find(|spec| spec.name == name);
            specs.push(
                spec.ok_or_else(|| {
                    Failure::new(format!("--mock-providers {name}: choose from {}", known().join(", ")))
                })?,
            );
        }
        let keys = Arc::new(MockKeys::open(data)?);
        let provider = |spec: &'static ProviderSpec| MockProvider {
            spec,
            url: format!("{url}{}", spec.path()),
            redirects: [redirects, &spec.callbacks(public_url)].concat(),
            keys: keys.clone(),
            codes: Expiring::new(Duration::from_secs(60)),
            access_tokens: Expiring::new(Duration::from_secs(600)),
            consented: Mutex::default(),
        };
        Ok(Self(specs.into_iter().map(provider).collect()))
    }

    /// Their rows in the providers secret, by name.
    pub fn rows(&self) -> Map<String, Value> {
        self.0.iter().map(|provider| (provider.spec.name.to_owned(), provider.row())).collect()
    }

    /// Their routes.
    pub fn router(self) -> Router {
        self.0.into_iter().fold(Router::new(), |router, provider| {
            let path = provider.spec.path();
            router.nest(&path, provider.router())
        })
    }
}

/// The names of those that there are, beside the demo provider.
pub fn known() -> Vec<String> {
    SPECS.iter().map(|spec| spec.name.to_owned()).collect()
}

impl MockProvider {
    /// Its row: the catalog knows how the six speak, so that only the addresses are other ones here.
    fn row(&self) -> Value {
        let mut row = json!({ "clientId": CLIENT_ID, "label": self.spec.label });
        let at = |path: &str| json!(format!("{}{path}", self.url));
        if self.spec.issuer.is_none() {
            row["issuer"] = json!(self.url);
            row["trustEmail"] = json!(true);
        } else {
            // Another site than Doorward's, so that a form which is posted from there brings no cookie along.
            let elsewhere = self.url.replacen("//localhost", "//127.0.0.1", 1);
            row["authorizeUrl"] = json!(format!("{elsewhere}/authorize"));
            row["tokenUrl"] = at("/token");
            for (field, path) in self.spec.endpoints {
                row[*field] = at(path);
            }
        }
        if self.spec.mints_secrets {
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
}

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
        "authorization_response_iss_parameter_supported": provider.spec.sends_issuer,
    }))
}

async fn jwks(provider: Shared) -> Json<Value> {
    Json(provider.keys.jwks(provider.spec.keys_name_algorithm))
}

#[cfg(test)]
mod tests;

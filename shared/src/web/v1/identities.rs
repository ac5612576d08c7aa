//! Identities in the contract `v1`.

use serde_json::{Value, json};

use domain::account::Identity;
use domain::browser::binding::CodeChallenge;
use domain::error::Denied;
use domain::sign_in::{LoginRequest, Way};

use super::{CHALLENGE, data};
use crate::web::reply::Reply;
use crate::web::request::Request;

/// Reads `POST /v1/auth/identities/{provider}`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn link(request: &Request, provider: &str) -> Result<LoginRequest, Denied> {
    let fields = request.fields()?;
    Ok(LoginRequest {
        provider: provider.to_owned(),
        way: Way::Client { redirect_uri: fields.text("redirectUri")?, return_to: None },
        scopes: Vec::new(),
        state: None,
        code_challenge: fields.parsed("codeChallenge", CHALLENGE, CodeChallenge::parse)?,
        actor_type: None,
        link_to: None,
    })
}

/// Writes the answer to `GET /v1/auth/identities`.
pub fn identities(identities: &[Identity]) -> Reply {
    data(json!({"identities": identities_body(identities)}))
}

/// Writes that an account has one more identity.
pub fn linked(identities: &[Identity]) -> Reply {
    data(json!({"linked": true, "identities": identities_body(identities)}))
}

/// Identities as they are shown to the person: where they are, since when, and why.
pub(super) fn identities_body(identities: &[Identity]) -> Vec<Value> {
    let body = |identity: &Identity| {
        json!({
            "provider": identity.provider,
            "linkedAt": identity.linked_at.rfc3339(),
            "reason": identity.reason,
        })
    };
    identities.iter().map(body).collect()
}

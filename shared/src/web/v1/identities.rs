//! Identities in the contract `v1`.

use serde::{Deserialize, Serialize};

use domain::account;
use domain::browser::binding::CodeChallenge;
use domain::error::Rejection;
use domain::sign_in::login::{Initiator, LoginRequest};

use super::body::IdentityBody;
use crate::web::request::{Parsed, Request};
use crate::web::response::{Response, data};

/// Starts to link an identity.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LinkIdentityBody {
    redirect_uri: Parsed<String>,
    code_challenge: Option<Parsed<CodeChallenge>>,
}

/// What leads to an account.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IdentitiesBody<'a> {
    identities: Vec<IdentityBody<'a>>,
}

/// An account has one more identity.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LinkedBody<'a> {
    linked: bool,
    identities: Vec<IdentityBody<'a>>,
}

/// Reads `POST /v1/auth/identities/{provider}`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn link(request: &Request, provider: &str) -> Result<LoginRequest, Rejection> {
    let link: LinkIdentityBody = request.json()?;
    Ok(LoginRequest {
        provider: provider.to_owned(),
        way: Initiator::Client { redirect_uri: link.redirect_uri.value(), return_to: None },
        scopes: Vec::new(),
        state: None,
        code_challenge: link.code_challenge.map(Parsed::value),
        actor_type: None,
        link_to: None,
    })
}

/// Writes the answer to `GET /v1/auth/identities`.
pub fn identities(identities: &[account::Identity]) -> Response {
    data(IdentitiesBody { identities: IdentityBody::all(identities) })
}

/// Writes that an account has one more identity.
pub fn linked(identities: &[account::Identity]) -> Response {
    data(LinkedBody { linked: true, identities: IdentityBody::all(identities) })
}

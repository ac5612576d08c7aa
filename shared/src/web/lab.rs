//! The contract `lab`: an external login tells whom it let in. `{"success": true}` or `{"detail"}`.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use domain::clock::Timestamp;
use domain::error::{Error, Rejection};
use domain::provider::state::State;
use domain::secret::Secret;
use domain::sign_in::callback::Confirmation;

use super::refusal::error_parts;
use super::request::{Parsed, Request};
use super::response::{self, DoneBody, Response};

/// An external login let somebody in.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LabLoginBody {
    auth_token: Parsed<String>,
    auth_token_expires_at_seconds: Parsed<i64>,
    state: Parsed<String>,
}

/// The sign-in can go on, and where.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContinueBody<'a> {
    success: bool,
    continue_url: &'a str,
}

/// Why it cannot.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LabErrorBody<'a> {
    detail: &'a str,
}

/// Reads the API key.
///
/// # Errors
///
/// When there is none.
pub fn api_key(request: &Request) -> Result<Secret, Rejection> {
    request.bearer()
}

/// Reads who was let in.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn confirmation(request: &Request) -> Result<Confirmation, Rejection> {
    let body: LabLoginBody = request.json()?;
    Ok(Confirmation {
        token: Secret::new(body.auth_token.value()),
        expires_at: Timestamp::from_seconds(body.auth_token_expires_at_seconds.value()),
        state: State::parse(&body.state.value()),
    })
}

/// Writes that the sign-in can go on.
pub fn done() -> Response {
    response::json(StatusCode::OK, &DoneBody::DONE)
}

/// Writes where the browser goes on that logged in, on the route that is not the contract's but ours.
pub fn going_on(continue_url: &str) -> Response {
    response::json(StatusCode::OK, &ContinueBody { success: true, continue_url })
}

/// Writes why it cannot: a key that is none or not allowed is 403, a path that is none 404, everything else that
/// was refused 400.
pub fn error_response<Flow>(_: &Flow, _: &Request, failure: &Error) -> Response {
    let (_, status, message) = error_parts(failure);
    let (status, detail) = match failure {
        Error::Rejection(denied) => (refusal(denied), detail(denied).unwrap_or(message)),
        Error::Fault(_) => (status, message),
    };
    response::json(status, &LabErrorBody { detail })
}

fn refusal(denied: &Rejection) -> StatusCode {
    match denied {
        Rejection::Forbidden | Rejection::NotFresh | Rejection::NotPermitted(_) | Rejection::Unauthorized(_) => {
            StatusCode::FORBIDDEN
        }
        Rejection::NotFound => StatusCode::NOT_FOUND,
        Rejection::AccessDenied
        | Rejection::AccountExists
        | Rejection::CodeExpired
        | Rejection::CodeUsed
        | Rejection::InvalidActorType
        | Rejection::InvalidCode
        | Rejection::InvalidInvite
        | Rejection::InvalidPasskey
        | Rejection::InvalidProvider
        | Rejection::InvalidRedirect
        | Rejection::InvalidRequest(_)
        | Rejection::InvalidState(_)
        | Rejection::InviteExpired
        | Rejection::InviteRevoked
        | Rejection::InviteUsed
        | Rejection::LastIdentity
        | Rejection::MagicLinkExpired
        | Rejection::MagicLinkInvalid
        | Rejection::MagicLinkUsed
        | Rejection::MailedLately(_)
        | Rejection::NotAuthenticatedYet
        | Rejection::PayloadTooLarge
        | Rejection::RateLimited(_)
        | Rejection::RefreshTokenExpired
        | Rejection::RefreshTokenInvalid
        | Rejection::RefreshTokenRevoked
        | Rejection::SecondFactorClosed
        | Rejection::SecondFactorInvalid
        | Rejection::SecondFactorLocked(_)
        | Rejection::SignUpClosed
        | Rejection::StateInFlight
        | Rejection::UnsupportedMediaType => StatusCode::BAD_REQUEST,
    }
}

/// What this contract's client has to be told in other words than `v1`'s.
const fn detail(denied: &Rejection) -> Option<&'static str> {
    match denied {
        Rejection::InvalidCode => Some("The auth_token could not be verified."),
        Rejection::InvalidProvider => Some("No external login is configured."),
        Rejection::InvalidState(_) => Some("The state is unknown, used, already authenticated or expired."),
        Rejection::Unauthorized(_) => Some("A valid API key is required in the header Authorization."),
        _ => None,
    }
}

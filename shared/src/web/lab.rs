//! The contract `lab`: an external login tells whom it let in. `{"success": true}` or `{"detail"}`.

use http::StatusCode;
use serde_json::json;

use domain::clock::Timestamp;
use domain::error::{Denied, Failure};
use domain::provider::state::State;
use domain::secret::Secret;
use domain::sign_in::Confirmation;

use super::reply::{self, Reply};
use super::request::Request;
use super::v1;

/// Reads the API key.
///
/// # Errors
///
/// When there is none.
pub fn api_key(request: &Request) -> Result<Secret, Denied> {
    request.bearer()
}

/// Reads who was let in.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn confirmation(request: &Request) -> Result<Confirmation, Denied> {
    let fields = request.fields()?;
    Ok(Confirmation {
        token: Secret::new(fields.text("auth_token")?),
        expires_at: Timestamp::from_seconds(fields.integer("auth_token_expires_at_seconds")?),
        state: State::parse(&fields.text("state")?),
    })
}

/// Writes that the sign-in can go on.
pub fn done() -> Reply {
    reply::json(StatusCode::OK, &json!({"success": true}))
}

/// Writes where the browser goes on that logged in, on the route that is not the contract's but ours.
pub fn going_on(continue_url: &str) -> Reply {
    reply::json(StatusCode::OK, &json!({"success": true, "continueUrl": continue_url}))
}

/// Writes why it cannot, for a function that speaks no other contract.
pub fn refuse<Flow>(_: &Flow, _: &Request, failure: &Failure) -> Reply {
    refused(failure)
}

/// Writes why it cannot: a key that is none or not allowed is 403, a path that is none 404, everything else that
/// was refused 400.
fn refused(failure: &Failure) -> Reply {
    let (_, status, message) = v1::told(failure);
    let (status, detail) = match failure {
        Failure::Denied(denied) => (refusal(denied), detail(denied).unwrap_or(message)),
        Failure::Broken(_) => (status, message),
    };
    reply::json(status, &json!({"detail": detail}))
}

fn refusal(denied: &Denied) -> StatusCode {
    match denied {
        Denied::Forbidden | Denied::NotFresh | Denied::NotPermitted(_) | Denied::Unauthorized(_) => {
            StatusCode::FORBIDDEN
        }
        Denied::NotFound => StatusCode::NOT_FOUND,
        Denied::AccessDenied
        | Denied::AccountExists
        | Denied::CodeExpired
        | Denied::CodeUsed
        | Denied::InvalidActorType
        | Denied::InvalidCode
        | Denied::InvalidInvite
        | Denied::InvalidPasskey
        | Denied::InvalidProvider
        | Denied::InvalidRedirect
        | Denied::InvalidRequest(_)
        | Denied::InvalidState(_)
        | Denied::InviteExpired
        | Denied::InviteRevoked
        | Denied::InviteUsed
        | Denied::LastIdentity
        | Denied::MagicLinkExpired
        | Denied::MagicLinkInvalid
        | Denied::MagicLinkUsed
        | Denied::MailedLately(_)
        | Denied::NotAuthenticatedYet
        | Denied::PayloadTooLarge
        | Denied::RateLimited(_)
        | Denied::RefreshTokenExpired
        | Denied::RefreshTokenInvalid
        | Denied::RefreshTokenRevoked
        | Denied::SecondFactorClosed
        | Denied::SecondFactorInvalid
        | Denied::SecondFactorLocked(_)
        | Denied::SignUpClosed
        | Denied::StateInFlight
        | Denied::UnsupportedMediaType => StatusCode::BAD_REQUEST,
    }
}

/// What this contract's client has to be told in other words than `v1`'s.
const fn detail(denied: &Denied) -> Option<&'static str> {
    match denied {
        Denied::InvalidCode => Some("The auth_token did not verify."),
        Denied::InvalidProvider => Some("No external login is configured."),
        Denied::InvalidState(_) => Some("The state is unknown, used, authenticated already or expired."),
        Denied::Unauthorized(_) => Some("A valid API key is needed in the header Authorization."),
        _ => None,
    }
}

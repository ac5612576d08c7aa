//! Why there is no outcome: the code, the status and the sentence of each failure, and when to come again.

#[cfg(test)]
mod tests;

use std::time::Duration;

use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use domain::error::{Dependency, Error, Rejection};

use super::response::{self, Response};

/// A failure, as `v1` and `gateway` tell of it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody<'a> {
    error: &'static str,
    message: &'a str,
    request_id: &'a str,
    /// After how many seconds it makes sense to come again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// The mailbox that a mail went to a moment ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_to: Option<&'a str>,
    /// How long ago that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_seconds_ago: Option<u64>,
}

/// Writes why there is no outcome, as `v1` and `gateway` do.
pub(super) fn error_response(failure: &Error, request_id: &str) -> Response {
    let (code, status, message) = error_parts(failure);
    let mailed = if let Error::Rejection(Rejection::MailedLately(mailed)) = failure { Some(mailed) } else { None };
    let body = ErrorBody {
        error: code,
        message,
        request_id,
        retry_after: wait(failure),
        sent_to: mailed.map(|mailed| mailed.to.reveal()),
        sent_seconds_ago: mailed.map(|mailed| mailed.ago.as_secs()),
    };
    let mut response = response::json(status, &body);
    add_headers(&mut response, failure);
    response
}

/// Adds what HTTP itself has to say about a failure.
pub(super) fn add_headers(response: &mut Response, failure: &Error) {
    if let Some(wait) = wait(failure) {
        response.headers_mut().insert(RETRY_AFTER, wait.into());
    }
    if let Error::Rejection(Rejection::Unauthorized(_)) = failure {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

/// After how many seconds it makes sense to come again, where waiting helps (RFC 9110 section 10.2.3).
fn wait(failure: &Error) -> Option<u64> {
    let wait = match failure {
        Error::Rejection(Rejection::RateLimited(wait) | Rejection::SecondFactorLocked(wait)) => *wait,
        Error::Rejection(Rejection::MailedLately(mailed)) => mailed.wait,
        Error::Fault(_) if error_parts(failure).1 == StatusCode::SERVICE_UNAVAILABLE => SOON,
        Error::Rejection(_) | Error::Fault(_) => return None,
    };
    Some(wait.as_secs().max(1))
}

/// The code, the status and the message of a failure.
pub(super) fn error_parts(failure: &Error) -> (&'static str, StatusCode, &str) {
    match failure {
        Error::Rejection(denied) => {
            let (code, status) = code(denied);
            (code, status, sentence(denied))
        }
        Error::Fault(fault) => match fault.dependency {
            Dependency::Provider => {
                ("PROVIDER_UNAVAILABLE", StatusCode::BAD_GATEWAY, "The provider gave no usable answer. Try again.")
            }
            Dependency::Mail | Dependency::Secrets | Dependency::Store | Dependency::Time => (
                "UNAVAILABLE",
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is unavailable for now. Try again in a moment.",
            ),
            Dependency::Service => (
                "INTERNAL",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong. Tell the operator the request id.",
            ),
        },
    }
}

/// The codes, each with its one status. A client need not know more than these; the sentence helps a person on.
const fn code(denied: &Rejection) -> (&'static str, StatusCode) {
    use Rejection as R;
    match denied {
        R::AccessDenied => ("ACCESS_DENIED", StatusCode::BAD_REQUEST),
        R::AccountExists => ("ACCOUNT_EXISTS", StatusCode::CONFLICT),
        R::Forbidden | R::NotFresh | R::NotPermitted(_) => ("FORBIDDEN", StatusCode::FORBIDDEN),
        R::CodeExpired | R::CodeUsed | R::InvalidCode | R::InvalidPasskey => ("INVALID_CODE", StatusCode::BAD_REQUEST),
        R::InvalidInvite | R::InviteExpired | R::InviteRevoked | R::InviteUsed => {
            ("INVALID_CODE", StatusCode::BAD_REQUEST)
        }
        R::InvalidProvider => ("INVALID_PROVIDER", StatusCode::BAD_REQUEST),
        R::InvalidRedirect => ("INVALID_REDIRECT", StatusCode::BAD_REQUEST),
        R::InvalidActorType | R::InvalidRequest(_) => ("INVALID_REQUEST", StatusCode::BAD_REQUEST),
        R::InvalidState(_) | R::NotAuthenticatedYet | R::StateInFlight => ("INVALID_STATE", StatusCode::BAD_REQUEST),
        R::LastIdentity => ("LAST_IDENTITY", StatusCode::CONFLICT),
        R::MagicLinkExpired => ("MAGIC_LINK_EXPIRED", StatusCode::BAD_REQUEST),
        R::MagicLinkInvalid => ("MAGIC_LINK_INVALID", StatusCode::BAD_REQUEST),
        R::MagicLinkUsed => ("MAGIC_LINK_USED", StatusCode::BAD_REQUEST),
        R::NotFound => ("NOT_FOUND", StatusCode::NOT_FOUND),
        R::PayloadTooLarge => ("PAYLOAD_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE),
        R::MailedLately(_) | R::RateLimited(_) => ("RATE_LIMITED", StatusCode::TOO_MANY_REQUESTS),
        R::RefreshTokenExpired => ("REFRESH_TOKEN_EXPIRED", StatusCode::UNAUTHORIZED),
        R::RefreshTokenInvalid => ("REFRESH_TOKEN_INVALID", StatusCode::UNAUTHORIZED),
        R::RefreshTokenRevoked => ("REFRESH_TOKEN_REVOKED", StatusCode::UNAUTHORIZED),
        R::SecondFactorInvalid => ("SECOND_FACTOR_INVALID", StatusCode::UNAUTHORIZED),
        R::SecondFactorClosed | R::SecondFactorLocked(_) => ("SECOND_FACTOR_LOCKED", StatusCode::TOO_MANY_REQUESTS),
        R::SignUpClosed => ("SIGN_UP_CLOSED", StatusCode::FORBIDDEN),
        R::Unauthorized(_) => ("UNAUTHORIZED", StatusCode::UNAUTHORIZED),
        R::UnsupportedMediaType => ("UNSUPPORTED_MEDIA_TYPE", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    }
}

/// What is wrong, and what to do.
fn sentence(denied: &Rejection) -> &str {
    use Rejection as R;
    match denied {
        R::AccessDenied => "The sign-in was declined at the provider.",
        R::AccountExists => "An account with this address exists. Sign in the way you did before.",
        R::CodeExpired => "The code has expired. Ask for a new email.",
        R::CodeUsed => "The code, or the link in the same email, was already used. Ask for a new email.",
        R::Forbidden => "This page may not act for the person: its origin is not one of the allowed origins.",
        R::InvalidActorType => "There is no such \"actorType\".",
        R::InvalidCode => "The code, or the identity behind it, could not be verified. Start a new sign-in.",
        R::InvalidInvite | R::InviteExpired | R::InviteRevoked | R::InviteUsed => {
            "The invite is unknown, used, revoked, expired or for somebody else. Ask for a new one."
        }
        R::InvalidPasskey => {
            "The passkey could not be verified, or the request is unknown, used or expired. Start again."
        }
        R::InvalidProvider => "No provider with this name is configured.",
        R::InvalidRedirect => "The field \"redirectUri\" must equal one of the allowed redirects.",
        R::InvalidRequest(message) | R::NotPermitted(message) => message,
        R::InvalidState(_) | R::StateInFlight => "The state is unknown, used, expired or in use. Start a new sign-in.",
        R::LastIdentity => "There is no other way into this account. Link another identity first.",
        R::MagicLinkExpired => "The link has expired. Ask for a new one.",
        R::MagicLinkInvalid => "The link is not valid. Ask for a new one.",
        R::MagicLinkUsed => "The link was already used. Ask for a new one.",
        R::MailedLately(_) => {
            "An email was just sent to this mailbox. Look there, or wait as long as Retry-After says to ask for another."
        }
        R::NotAuthenticatedYet => "not authenticated yet",
        R::NotFound => "There is no such resource.",
        R::NotFresh => "This needs a sign-in within the last ten minutes: sign in again, or step up.",
        R::PayloadTooLarge => "The body is larger than 16 KiB.",
        R::RateLimited(_) => "Too many requests. Wait as long as Retry-After says.",
        R::RefreshTokenExpired => "The session has expired. Sign in again.",
        R::RefreshTokenInvalid => "The refresh token is not valid. Sign in again.",
        R::RefreshTokenRevoked => "The session was ended. Sign in again.",
        R::SecondFactorClosed => {
            "Too many wrong codes: codes from the app are no longer accepted. Use a recovery code or a passkey."
        }
        R::SecondFactorInvalid => "The code or passkey is wrong, or was used before. Try again.",
        R::SecondFactorLocked(_) => {
            "Too many failed attempts, or this sign-in is used up. Wait as long as Retry-After says, or sign in again."
        }
        R::SignUpClosed => "There is no account, and sign-up is closed.",
        R::Unauthorized(_) => "A valid access token is required in the header Authorization.",
        R::UnsupportedMediaType => {
            "The content type must be application/json in UTF-8, or application/x-www-form-urlencoded where the route takes a form."
        }
    }
}

/// When a service that cannot answer now may answer again.
const SOON: Duration = Duration::from_secs(5);

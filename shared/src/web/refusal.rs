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
        Error::Rejection(denied) => denial(denied),
        Error::Fault(broken) => match broken.dependency {
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

fn denial(denied: &Rejection) -> (&'static str, StatusCode, &str) {
    const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;
    match denied {
        Rejection::AccessDenied => ("ACCESS_DENIED", BAD_REQUEST, "The sign-in was declined at the provider."),
        Rejection::AccountExists => (
            "ACCOUNT_EXISTS",
            StatusCode::CONFLICT,
            "An account with this address exists. Sign in the way you did before.",
        ),
        Rejection::Forbidden => (
            "FORBIDDEN",
            StatusCode::FORBIDDEN,
            "This page may not act for the person: its origin is not one of the allowed origins.",
        ),
        Rejection::InvalidCode => (
            "INVALID_CODE",
            BAD_REQUEST,
            "The code, or the identity behind it, could not be verified. Start a new sign-in.",
        ),
        // One code for all, so that a client need not know more than these; the sentence helps a person on.
        Rejection::CodeExpired => ("INVALID_CODE", BAD_REQUEST, "The code has expired. Ask for a new email."),
        Rejection::CodeUsed => (
            "INVALID_CODE",
            BAD_REQUEST,
            "The code, or the link in the same email, was already used. Ask for a new email.",
        ),
        Rejection::InvalidActorType => ("INVALID_REQUEST", BAD_REQUEST, "There is no such \"actorType\"."),
        Rejection::InvalidInvite | Rejection::InviteExpired | Rejection::InviteRevoked | Rejection::InviteUsed => (
            "INVALID_CODE",
            BAD_REQUEST,
            "The invite is unknown, used, revoked, expired or for somebody else. Ask for a new one.",
        ),
        Rejection::InvalidPasskey => (
            "INVALID_CODE",
            BAD_REQUEST,
            "The passkey could not be verified, or the request is unknown, used or expired. Start again.",
        ),
        Rejection::InvalidProvider => ("INVALID_PROVIDER", BAD_REQUEST, "No provider with this name is configured."),
        Rejection::InvalidRedirect => {
            ("INVALID_REDIRECT", BAD_REQUEST, "The field \"redirectUri\" must equal one of the allowed redirects.")
        }
        Rejection::InvalidRequest(message) => ("INVALID_REQUEST", BAD_REQUEST, message),
        Rejection::InvalidState(_) | Rejection::StateInFlight => {
            ("INVALID_STATE", BAD_REQUEST, "The state is unknown, used, expired or in use. Start a new sign-in.")
        }
        Rejection::LastIdentity => (
            "LAST_IDENTITY",
            StatusCode::CONFLICT,
            "There is no other way into this account. Link another identity first.",
        ),
        Rejection::MagicLinkExpired => ("MAGIC_LINK_EXPIRED", BAD_REQUEST, "The link has expired. Ask for a new one."),
        Rejection::MagicLinkInvalid => ("MAGIC_LINK_INVALID", BAD_REQUEST, "The link is not valid. Ask for a new one."),
        Rejection::MagicLinkUsed => ("MAGIC_LINK_USED", BAD_REQUEST, "The link was already used. Ask for a new one."),
        Rejection::NotAuthenticatedYet => ("INVALID_STATE", BAD_REQUEST, "not authenticated yet"),
        Rejection::NotFound => ("NOT_FOUND", StatusCode::NOT_FOUND, "There is no such resource."),
        Rejection::NotFresh => (
            "FORBIDDEN",
            StatusCode::FORBIDDEN,
            "This needs a sign-in within the last ten minutes: sign in again, or step up.",
        ),
        Rejection::NotPermitted(message) => ("FORBIDDEN", StatusCode::FORBIDDEN, message),
        Rejection::PayloadTooLarge => {
            ("PAYLOAD_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 16 KiB.")
        }
        Rejection::MailedLately(_) => (
            "RATE_LIMITED",
            StatusCode::TOO_MANY_REQUESTS,
            "An email was just sent to this mailbox. Look there, or wait as long as Retry-After says to ask for another.",
        ),
        Rejection::RateLimited(_) => {
            ("RATE_LIMITED", StatusCode::TOO_MANY_REQUESTS, "Too many requests. Wait as long as Retry-After says.")
        }
        Rejection::RefreshTokenExpired => {
            ("REFRESH_TOKEN_EXPIRED", StatusCode::UNAUTHORIZED, "The session has expired. Sign in again.")
        }
        Rejection::RefreshTokenInvalid => {
            ("REFRESH_TOKEN_INVALID", StatusCode::UNAUTHORIZED, "The refresh token is not valid. Sign in again.")
        }
        Rejection::RefreshTokenRevoked => {
            ("REFRESH_TOKEN_REVOKED", StatusCode::UNAUTHORIZED, "The session was ended. Sign in again.")
        }
        Rejection::SecondFactorInvalid => (
            "SECOND_FACTOR_INVALID",
            StatusCode::UNAUTHORIZED,
            "The code or passkey is wrong, or was used before. Try again.",
        ),
        Rejection::SecondFactorClosed => (
            "SECOND_FACTOR_LOCKED",
            StatusCode::TOO_MANY_REQUESTS,
            "Too many wrong codes: codes from the app are no longer accepted. Use a recovery code or a passkey.",
        ),
        Rejection::SecondFactorLocked(_) => (
            "SECOND_FACTOR_LOCKED",
            StatusCode::TOO_MANY_REQUESTS,
            "Too many failed attempts, or this sign-in is used up. Wait as long as Retry-After says, or sign in again.",
        ),
        Rejection::SignUpClosed => {
            ("SIGN_UP_CLOSED", StatusCode::FORBIDDEN, "There is no account, and sign-up is closed.")
        }
        Rejection::Unauthorized(_) => {
            ("UNAUTHORIZED", StatusCode::UNAUTHORIZED, "A valid access token is required in the header Authorization.")
        }
        Rejection::UnsupportedMediaType => (
            "UNSUPPORTED_MEDIA_TYPE",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The content type must be application/json, in UTF-8.",
        ),
    }
}

/// When a service that cannot answer now may answer again.
const SOON: Duration = Duration::from_secs(5);

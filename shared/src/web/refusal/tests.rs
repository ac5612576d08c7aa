//! The table of codes, held against what is said.

use std::time::Duration;

use serde_json::json;

use domain::error::Dependency::{Mail, Provider, Secrets, Service, Store};
use domain::error::{Error, Fault, MailedLately, Rejection, StateProblem, Unauthenticated};
use domain::secret::Secret;

use super::{error_parts, error_response};

#[track_caller]
fn is(failure: impl Into<Error>, code: &str, status: u16) {
    let failure = failure.into();
    let (said, with, message) = error_parts(&failure);
    assert_eq!((said, with.as_u16()), (code, status), "{failure:?}");
    assert!(!message.is_empty(), "{failure:?}");
}

#[test]
fn every_refusal_has_its_code_and_its_status() {
    let text = String::from("what to change");
    is(Rejection::InvalidRequest(text.clone()), "INVALID_REQUEST", 400);
    is(Rejection::InvalidActorType, "INVALID_REQUEST", 400);
    is(Rejection::InvalidProvider, "INVALID_PROVIDER", 400);
    is(Rejection::InvalidRedirect, "INVALID_REDIRECT", 400);
    is(Rejection::InvalidState(StateProblem::Used), "INVALID_STATE", 400);
    is(Rejection::StateInFlight, "INVALID_STATE", 400);
    is(Rejection::NotAuthenticatedYet, "INVALID_STATE", 400);
    is(Rejection::InvalidCode, "INVALID_CODE", 400);
    is(Rejection::InvalidInvite, "INVALID_CODE", 400);
    is(Rejection::AccessDenied, "ACCESS_DENIED", 400);
    is(Rejection::MagicLinkInvalid, "MAGIC_LINK_INVALID", 400);
    is(Rejection::MagicLinkExpired, "MAGIC_LINK_EXPIRED", 400);
    is(Rejection::MagicLinkUsed, "MAGIC_LINK_USED", 400);
    is(Rejection::NotFound, "NOT_FOUND", 404);
    is(Rejection::PayloadTooLarge, "PAYLOAD_TOO_LARGE", 413);
    is(Rejection::UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415);
    is(Rejection::AccountExists, "ACCOUNT_EXISTS", 409);
    is(Rejection::LastIdentity, "LAST_IDENTITY", 409);
    is(Rejection::RefreshTokenInvalid, "REFRESH_TOKEN_INVALID", 401);
    is(Rejection::RefreshTokenExpired, "REFRESH_TOKEN_EXPIRED", 401);
    is(Rejection::RefreshTokenRevoked, "REFRESH_TOKEN_REVOKED", 401);
    is(Rejection::from(Unauthenticated::Missing), "UNAUTHORIZED", 401);
    is(Rejection::Forbidden, "FORBIDDEN", 403);
    is(Rejection::NotFresh, "FORBIDDEN", 403);
    is(Rejection::NotPermitted(text), "FORBIDDEN", 403);
    is(Rejection::SignUpClosed, "SIGN_UP_CLOSED", 403);
    is(Rejection::SecondFactorInvalid, "SECOND_FACTOR_INVALID", 401);
    is(Rejection::SecondFactorLocked(Duration::ZERO), "SECOND_FACTOR_LOCKED", 429);
    is(Rejection::SecondFactorClosed, "SECOND_FACTOR_LOCKED", 429);
    is(Rejection::RateLimited(Duration::ZERO), "RATE_LIMITED", 429);
    is(mailed_lately(), "RATE_LIMITED", 429);
}

fn mailed_lately() -> Rejection {
    Rejection::MailedLately(MailedLately {
        to: Secret::new("ada@example.com"),
        ago: Duration::from_secs(20),
        wait: Duration::from_secs(40),
        request: Some("mlr_1".to_owned()),
        certain: true,
    })
}

#[test]
fn a_mail_that_went_out_just_now_is_told_of_without_an_address_in_the_log() {
    let denied = mailed_lately();
    assert!(!format!("{denied:?}").contains("ada@example.com"));
    let response = error_response(&denied.into(), "req");
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    let told = [&body["sentTo"], &body["sentSecondsAgo"], &body["retryAfter"]];
    assert_eq!(told, [&json!("ada@example.com"), &json!(20), &json!(40)]);
    assert_eq!(response.headers()["retry-after"], "40");
    assert!(!body.to_string().contains("mlr_1"), "a stranger is not told of which request it was");
}

#[test]
fn what_broke_is_told_without_its_cause() {
    for (dependency, code, status) in [
        (Provider, "PROVIDER_UNAVAILABLE", 502),
        (Mail, "UNAVAILABLE", 503),
        (Secrets, "UNAVAILABLE", 503),
        (Store, "UNAVAILABLE", 503),
        (Service, "INTERNAL", 500),
    ] {
        let fault = Error::from(Fault::new(dependency, "canary"));
        assert!(!error_parts(&fault).2.contains("canary"));
        is(fault, code, status);
    }
}

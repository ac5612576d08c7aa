//! The table of codes, held against what is said.

use std::time::Duration;

use serde_json::json;

use domain::error::Dependency::{Mail, Provider, Secrets, Service, Store};
use domain::error::{Broken, Denied, Failure, MailedLately, StateProblem, Unauthenticated};
use domain::secret::Secret;

use super::{error_parts, error_response};

#[track_caller]
fn is(failure: impl Into<Failure>, code: &str, status: u16) {
    let failure = failure.into();
    let (said, with, message) = error_parts(&failure);
    assert_eq!((said, with.as_u16()), (code, status), "{failure:?}");
    assert!(!message.is_empty(), "{failure:?}");
}

#[test]
fn every_refusal_has_its_code_and_its_status() {
    let text = String::from("what to change");
    is(Denied::InvalidRequest(text.clone()), "INVALID_REQUEST", 400);
    is(Denied::InvalidActorType, "INVALID_REQUEST", 400);
    is(Denied::InvalidProvider, "INVALID_PROVIDER", 400);
    is(Denied::InvalidRedirect, "INVALID_REDIRECT", 400);
    is(Denied::InvalidState(StateProblem::Used), "INVALID_STATE", 400);
    is(Denied::StateInFlight, "INVALID_STATE", 400);
    is(Denied::NotAuthenticatedYet, "INVALID_STATE", 400);
    is(Denied::InvalidCode, "INVALID_CODE", 400);
    is(Denied::InvalidInvite, "INVALID_CODE", 400);
    is(Denied::AccessDenied, "ACCESS_DENIED", 400);
    is(Denied::MagicLinkInvalid, "MAGIC_LINK_INVALID", 400);
    is(Denied::MagicLinkExpired, "MAGIC_LINK_EXPIRED", 400);
    is(Denied::MagicLinkUsed, "MAGIC_LINK_USED", 400);
    is(Denied::NotFound, "NOT_FOUND", 404);
    is(Denied::PayloadTooLarge, "PAYLOAD_TOO_LARGE", 413);
    is(Denied::UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415);
    is(Denied::AccountExists, "ACCOUNT_EXISTS", 409);
    is(Denied::LastIdentity, "LAST_IDENTITY", 409);
    is(Denied::RefreshTokenInvalid, "REFRESH_TOKEN_INVALID", 401);
    is(Denied::RefreshTokenExpired, "REFRESH_TOKEN_EXPIRED", 401);
    is(Denied::RefreshTokenRevoked, "REFRESH_TOKEN_REVOKED", 401);
    is(Denied::from(Unauthenticated::Missing), "UNAUTHORIZED", 401);
    is(Denied::Forbidden, "FORBIDDEN", 403);
    is(Denied::NotFresh, "FORBIDDEN", 403);
    is(Denied::NotPermitted(text), "FORBIDDEN", 403);
    is(Denied::SignUpClosed, "SIGN_UP_CLOSED", 403);
    is(Denied::SecondFactorInvalid, "SECOND_FACTOR_INVALID", 401);
    is(Denied::SecondFactorLocked(Duration::ZERO), "SECOND_FACTOR_LOCKED", 429);
    is(Denied::SecondFactorClosed, "SECOND_FACTOR_LOCKED", 429);
    is(Denied::RateLimited(Duration::ZERO), "RATE_LIMITED", 429);
    is(mailed_lately(), "RATE_LIMITED", 429);
}

fn mailed_lately() -> Denied {
    Denied::MailedLately(MailedLately {
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
        let broken = Failure::from(Broken::new(dependency, "canary"));
        assert!(!error_parts(&broken).2.contains("canary"));
        is(broken, code, status);
    }
}

//! `POST /v1/auth/callback`: from a code to a session.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::harness::{APP, Person, SessionTokens, Stack, now, seconds, until_after};
use crate::lies::jose::{base64url, header_of};
use crate::lies::{LIES, session_of, signs_in_at, user_from_provider};

#[tokio::test]
async fn a_second_sign_in_is_another_session_of_the_same_user() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (first, second) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    assert_eq!(first.user, second.user);
    assert_ne!(first.id(), second.id());
    assert_ne!(first.refresh_token, second.refresh_token);
}

#[tokio::test]
async fn one_subject_at_two_providers_is_two_people() {
    let visitor = Stack::shared().visitor();
    let (here, there) = (Person::new(), Person::new());
    let namesake = Person { subject: here.subject.clone(), ..there };
    let here = signs_in_at(&visitor, "honest", &here, |_| {}).await;
    let there = signs_in_at(&visitor, "other", &namesake, |_| {}).await;
    assert_ne!(here.user_id(), there.user_id());
}

#[tokio::test]
async fn an_access_token_says_who_where_how_and_until_when() {
    let stack = Stack::shared();
    let session = stack.visitor().signs_in(&Person::new()).await;

    let header = header_of(&session.access_token);
    crate::harness::assert_shape(
        &header,
        &json!({ "typ": "at+jwt", "alg": "RS256", "kid": "<url-safe>" }),
        "the header",
    );
    let claims = session.claims();
    let expected = json!({
        "iss": stack.url,
        "aud": stack.url,
        "sub": session.user_id(),
        "sid": "<session>",
        "client_id": stack.url,
        "iat": "<number>",
        "exp": claims["iat"].as_i64().unwrap() + 900,
        "jti": "<text>",
        "auth_time": claims["iat"],
        "amr": ["fed"],
        "acr": "single_factor",
        "scope": "actor:user",
        "actor_type": "user",
    });
    crate::harness::assert_shape(&claims, &expected, "the claims");
    assert_eq!(seconds(&session.expires_at), claims["exp"].as_i64().unwrap());
    assert!((now() - claims["iat"].as_i64().unwrap()).abs() <= 2);
}

#[tokio::test]
async fn a_state_is_good_once() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("honest").await;
    let codes = [LIES.code(&started, &person, |_| {}), LIES.code(&started, &person, |_| {})];
    SessionTokens::of(&visitor.callback(&started, &codes[0]).await.data());
    for code in [&codes[1], &codes[0]] {
        visitor.stack.refused_the_state(&visitor.callback(&started, code).await, "Used").await;
    }
}

#[tokio::test]
async fn a_state_that_nobody_started_is_refused() {
    let body = json!({ "provider": "honest", "code": "code", "state": "s".repeat(43) });
    let answer = Stack::shared().visitor().post("/v1/auth/callback", body).await;
    Stack::shared().refused_the_state(&answer, "Unknown").await;
}

#[tokio::test]
async fn the_state_of_another_provider_is_refused() {
    let visitor = Stack::shared().visitor();
    let mut started = visitor.starts("honest").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    started.provider = "other".to_owned();
    visitor.stack.refused_the_state(&visitor.callback(&started, &code).await, "OtherProvider").await;
}

#[tokio::test]
async fn an_expired_state_is_refused() {
    let visitor = Stack::impatient().visitor();
    let started = visitor.starts("honest").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    until_after(now() + 1).await;
    visitor.stack.refused_the_state(&visitor.callback(&started, &code).await, "Expired").await;
}

#[tokio::test]
async fn a_provider_that_is_not_configured_is_refused() {
    let body = json!({ "provider": "nobody", "code": "code", "state": "s".repeat(43) });
    Stack::shared().visitor().post("/v1/auth/callback", body).await.refuses(400, "INVALID_PROVIDER");
}

// The caller's own challenge

#[tokio::test]
async fn a_login_with_a_challenge_ends_in_a_session_for_its_verifier() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts_with("honest", json!({ "codeChallenge": challenge() })).await;
    assert_ne!(started.asks("code_challenge"), challenge(), "the provider gets a challenge of ours");
    let code = LIES.code(&started, &person, |_| {});
    let answer = visitor.callback_with(&started, &code, json!({ "codeVerifier": VERIFIER })).await;
    answer.gives(session_of(user_from_provider(&person)));
}

#[tokio::test]
async fn a_missing_verifier_is_refused_and_consumes_nothing() {
    bound_login_survives(json!({})).await;
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_consumes_nothing() {
    bound_login_survives(json!({ "codeVerifier": "w".repeat(43) })).await;
}

#[tokio::test]
async fn the_challenge_itself_is_no_verifier() {
    bound_login_survives(json!({ "codeVerifier": challenge() })).await;
}

async fn bound_login_survives(wrong: Value) {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts_with("honest", json!({ "codeChallenge": challenge() })).await;
    let code = LIES.code(&started, &person, |_| {});
    visitor.callback_with(&started, &code, wrong).await.refuses(400, "INVALID_CODE");
    let answer = visitor.callback_with(&started, &code, json!({ "codeVerifier": VERIFIER })).await;
    answer.gives(session_of(user_from_provider(&person)));
}

pub const VERIFIER: &str = "a-verifier-of-43-characters-at-the-very-least";

pub fn challenge() -> String {
    base64url(digest(&SHA256, VERIFIER.as_bytes()))
}

/// One refusal, one test: the answer to a callback with this field in place of a good one; the state stays good.
macro_rules! refused {
    ($($name:ident: $field:literal = $value:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let visitor = Stack::shared().visitor();
            let started = visitor.starts("honest").await;
            let code = LIES.code(&started, &Person::new(), |_| {});
            visitor.callback_with(&started, &code, json!({ $field: $value })).await.faults($field);
            SessionTokens::of(&visitor.callback(&started, &code).await.data());
        }
    )*};
}

refused! {
    a_code_that_is_a_number_is_refused: "code" = 1;
    a_code_that_is_null_is_refused: "code" = Value::Null;
    an_empty_code_is_refused: "code" = "";
    a_state_that_is_a_number_is_refused: "state" = 1;
    a_state_that_is_null_is_refused: "state" = Value::Null;
    a_verifier_that_is_a_list_is_refused: "codeVerifier" = ["v"];
    an_issuer_that_is_a_number_is_refused: "iss" = 1;
    an_empty_issuer_is_refused: "iss" = "";
    a_provider_that_is_a_number_is_refused: "provider" = 1;
}

#[tokio::test]
async fn the_target_of_the_login_is_the_target_at_the_token_endpoint() {
    // The provider in these tests compares them and would answer invalid_grant.
    let visitor = Stack::shared().visitor();
    let started = visitor.starts_with("honest", json!({ "redirectUri": APP })).await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    let further = json!({ "redirectUri": "https://evil.example/" });
    SessionTokens::of(&visitor.callback_with(&started, &code, further).await.data());
}

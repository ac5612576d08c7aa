//! `POST /v1/auth/refresh`: generations of one session.

use serde_json::json;

use crate::harness::{Person, SessionTokens, Stack, now, seconds, until_after};

#[tokio::test]
async fn a_refresh_gives_the_next_generation_of_the_same_session() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;

    let renewed = visitor.renews(&session).await;

    let (before, after) = (session.claims(), renewed.claims());
    for claim in ["iss", "aud", "sub", "sid", "client_id", "auth_time", "amr", "actor_type"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert_ne!(before["jti"], after["jti"]);
    assert_ne!(session.refresh_token, renewed.refresh_token);
    let left = seconds(&renewed.expires_at) - now();
    assert!((880..=900).contains(&left), "{left} seconds left");
}

#[tokio::test]
async fn every_generation_gives_the_next() {
    let visitor = Stack::shared().visitor();
    let mut session = visitor.signs_in_by_link(&Person::new().email).await;
    for _ in 0..5 {
        session = visitor.renews(&session).await;
    }
    visitor.looks_up(&session.access_token).await.data();
}

#[tokio::test]
async fn the_predecessor_gets_the_same_successor_again_while_the_grace_lasts() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let (once, again) = (visitor.renews(&session).await, visitor.renews(&session).await);
    assert_eq!(once.refresh_token, again.refresh_token);
    visitor.renews(&again).await;
}

#[tokio::test]
async fn the_generation_before_the_predecessor_is_theft_and_ends_the_session() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let first = visitor.signs_in(&Person::new()).await;
    let second = visitor.renews(&first).await;
    let third = visitor.renews(&second).await;

    let request_id = visitor.refreshes(&first.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");

    stack.audited(&request_id, &["refresh_reuse_detected"]).await;
    visitor.finds_ended(&third).await;
    visitor.refreshes(&second.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
}

#[tokio::test]
async fn the_predecessor_after_the_grace_is_theft_and_ends_the_session() {
    let visitor = Stack::unforgiving().visitor();
    let first = visitor.signs_in(&Person::new()).await;
    let second = visitor.renews(&first).await;
    visitor.refreshes(&first.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    visitor.finds_ended(&second).await;
}

#[tokio::test]
async fn theft_ends_one_session_and_no_other() {
    let visitor = Stack::unforgiving().visitor();
    let person = Person::new();
    let (stolen, other) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    visitor.renews(&stolen).await;
    visitor.refreshes(&stolen.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    visitor.renews(&other).await;
}

#[tokio::test]
async fn a_session_that_was_not_refreshed_in_time_is_expired() {
    let visitor = Stack::impatient().visitor();
    let session = visitor.signs_in_by_link(&Person::new().email).await;
    until_after(session.claims()["auth_time"].as_i64().unwrap() + 2).await;
    visitor.refreshes(&session.refresh_token).await.refuses(401, "REFRESH_TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_session_ends_at_last_however_often_it_is_refreshed() {
    let visitor = Stack::elliptic().visitor();
    let mut session = visitor.signs_in(&Person::new()).await;
    let end = session.claims()["auth_time"].as_i64().unwrap() + 6;
    while now() < end - 3 {
        session = visitor.renews(&session).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    until_after(end).await;
    visitor.refreshes(&session.refresh_token).await.refuses(401, "REFRESH_TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_refresh_token_of_another_deployment_is_invalid() {
    let session = Stack::unforgiving().visitor().signs_in(&Person::new()).await;
    Stack::shared().visitor().refreshes(&session.refresh_token).await.refuses(401, "REFRESH_TOKEN_INVALID");
}

#[tokio::test]
async fn a_forged_refresh_token_is_refused_before_anything_is_read() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let token = &session.refresh_token;
    for position in [0, 1, 10, 30, 50, 60, token.len() - 2] {
        let mut forged = token.clone().into_bytes();
        forged[position] = if forged[position] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        visitor.refreshes(&forged).await.refuses(401, "REFRESH_TOKEN_INVALID");
    }
    visitor.renews(&session).await;
}

/// One refusal, one test: something that was never a refresh token.
macro_rules! invalid {
    ($($name:ident: $token:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let visitor = Stack::shared().visitor();
            let session = visitor.signs_in(&Person::new()).await;
            let make: fn(&SessionTokens) -> String = $token;
            visitor.refreshes(&make(&session)).await.refuses(401, "REFRESH_TOKEN_INVALID");
            visitor.renews(&session).await;
        }
    )*};
}

invalid! {
    a_truncated_refresh_token_is_invalid: |session| session.refresh_token[..40].to_owned();
    a_lengthened_refresh_token_is_invalid: |session| format!("{}AAAA", session.refresh_token);
    a_padded_refresh_token_is_invalid: |session| format!("{}=", session.refresh_token);
    a_refresh_token_with_a_space_is_invalid: |session| format!("{} ", session.refresh_token);
    an_access_token_is_no_refresh_token: |session| session.access_token.clone();
    a_session_id_is_no_refresh_token: |session| session.id();
}

#[tokio::test]
async fn an_empty_refresh_token_is_named() {
    Stack::shared().visitor().refreshes("").await.faults("refreshToken");
}

#[tokio::test]
async fn a_missing_refresh_token_is_named() {
    Stack::shared().visitor().post("/v1/auth/refresh", json!({})).await.faults("refreshToken");
}

#[tokio::test]
async fn a_refresh_token_that_is_a_number_is_named() {
    Stack::shared().visitor().post("/v1/auth/refresh", json!({ "refreshToken": 7 })).await.faults("refreshToken");
}

#[tokio::test]
async fn a_refresh_token_is_no_bearer_token() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.looks_up(&session.refresh_token).await.refuses(401, "UNAUTHORIZED");
}

//! Token endpoints that answer something else than tokens.

use std::time::Duration;

use serde_json::json;

use super::{LIES, Reply, accepted, judged, refused, session_of, unusable, user_from_provider};
use crate::harness::{Person, Stack};

#[tokio::test]
async fn an_answer_without_id_token_is_refused() {
    refused(|told| drop(told.tokens.as_object_mut().unwrap().remove("id_token"))).await;
}

#[tokio::test]
async fn an_id_token_of_two_megabytes_makes_the_answer_unusable() {
    unusable(|told| told.tokens["id_token"] = json!("x".repeat(2 << 20))).await;
}

#[tokio::test]
async fn an_invalid_grant_is_an_invalid_code() {
    refused(|told| told.instead = Some(Reply::json(400, &json!({ "error": "invalid_grant" })))).await;
}

#[tokio::test]
async fn an_invalid_grant_with_status_200_is_an_invalid_code() {
    refused(|told| told.instead = Some(Reply::json(200, &json!({ "error": "invalid_grant" })))).await;
}

#[tokio::test]
async fn a_denial_at_the_token_endpoint_is_access_denied() {
    let denial = Reply::json(400, &json!({ "error": "access_denied" }));
    judged("honest", |told| told.instead = Some(denial), 400, "ACCESS_DENIED").await;
}

#[tokio::test]
async fn refused_client_credentials_are_our_fault_and_not_the_persons() {
    unusable(|told| told.instead = Some(Reply::json(401, &json!({ "error": "invalid_client" })))).await;
}

#[tokio::test]
async fn a_broken_token_endpoint_is_unavailable() {
    unusable(|told| told.instead = Some(Reply::page(500))).await;
}

#[tokio::test]
async fn tokens_with_status_500_are_not_read() {
    unusable(|told| told.instead = Some(Reply::json(500, &told.tokens))).await;
}

#[tokio::test]
async fn a_page_instead_of_tokens_is_unusable() {
    unusable(|told| told.instead = Some(Reply::page(200))).await;
}

#[tokio::test]
async fn a_list_instead_of_tokens_is_unusable() {
    unusable(|told| told.instead = Some(Reply::json(200, &json!(["access_token"])))).await;
}

#[tokio::test]
async fn a_redirect_of_the_token_endpoint_is_not_followed() {
    let before = LIES.hits("honest/elsewhere");
    let elsewhere = format!("{}/elsewhere", LIES.issuer("honest"));
    unusable(|told| told.instead = Some(Reply::redirect(elsewhere))).await;
    assert_eq!(LIES.hits("honest/elsewhere"), before);
}

#[tokio::test]
async fn an_answer_after_more_than_eight_seconds_is_too_late() {
    unusable(|told| told.after = Duration::from_secs(20)).await;
}

#[tokio::test]
async fn a_code_that_the_provider_never_gave_is_an_invalid_code() {
    let visitor = Stack::shared().visitor();
    let started = visitor.starts("honest").await;
    visitor.callback(&started, "never-given").await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn the_code_of_another_transaction_is_an_invalid_code() {
    let visitor = Stack::shared().visitor();
    let (theirs, ours) = (visitor.starts("honest").await, visitor.starts("honest").await);
    let stolen = LIES.code(&theirs, &Person::new(), |_| {});
    visitor.callback(&ours, &stolen).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn a_refresh_token_and_unknown_fields_are_ignored() {
    accepted(|told| {
        told.tokens["refresh_token"] = json!("canary-refresh");
        told.tokens["scope"] = json!("openid profile email and more");
        told.tokens["session_state"] = json!({ "deep": [1, 2, 3] });
    })
    .await;
}

#[tokio::test]
async fn client_credentials_travel_in_the_body_where_the_row_says_so() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("posting").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    answer.gives(session_of(user_from_provider(&person)));
}

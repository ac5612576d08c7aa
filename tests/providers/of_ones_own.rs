//! Plain OAuth 2 providers that nobody knows but the operator's row: `forge`, where userinfo is a POST with a header of
//! its own and an address is verified by number, and `guild`, a public client whose addresses are verified by being told.

use serde_json::json;

use super::{claims_the_account, profile, shows_and_claims_nothing, user_at};
use crate::harness::{Person, Stack};
use crate::lies::{LIES, Reply, Told, judged, session_of, user_from_provider};

#[tokio::test]
async fn a_row_is_enough_for_a_session() {
    let visitor = Stack::shared().visitor();
    for provider in ["forge", "guild"] {
        let person = Person::new();
        let started = visitor.starts(provider).await;
        assert_eq!(started.asks("scope"), "me mail:read");
        let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
        answer.gives(session_of(user_from_provider(&person)));
    }
}

#[tokio::test]
async fn userinfo_is_asked_for_as_the_row_says() {
    let mut access_token = String::new();
    user_at("forge", |told| {
        access_token = told.tokens["access_token"].as_str().unwrap().to_owned();
    })
    .await;
    let asked = LIES.asked(&access_token);
    assert_eq!((asked.method.as_str(), asked.headers.get("x-forge-version").unwrap()), ("POST", &"2".parse().unwrap()));
    assert!(asked.query.is_empty(), "{:?}", asked.query);
}

#[tokio::test]
async fn a_picture_is_put_together_by_the_row() {
    let person = Person::new();
    let visitor = Stack::shared().visitor();
    let tell = profile(|profile| profile["user"]["face"] = json!("a.png"));
    let user = crate::lies::signs_in_at(&visitor, "forge", &person, tell).await.user;
    assert_eq!(user["picture"], format!("https://forge.example/{}/a.png", person.subject));
}

// Verified by number

#[tokio::test]
async fn one_is_a_yes() {
    claims_the_account("forge", mail_state(json!(1))).await;
}

#[tokio::test]
async fn zero_is_a_no() {
    shows_and_claims_nothing("forge", mail_state(json!(0))).await;
}

#[tokio::test]
async fn two_is_a_no() {
    shows_and_claims_nothing("forge", mail_state(json!(2))).await;
}

#[tokio::test]
async fn true_is_no_number() {
    shows_and_claims_nothing("forge", mail_state(json!(true))).await;
}

// Verified by being told

#[tokio::test]
async fn an_address_that_is_told_claims_its_account() {
    claims_the_account("guild", |_| {}).await;
}

#[tokio::test]
async fn who_is_told_of_without_address_comes_in_without_one() {
    let silent = profile(|profile| drop(profile["user"].as_object_mut().unwrap().remove("mail")));
    let user = user_at("guild", silent).await;
    assert_eq!((user.get("email"), &user["emailVerified"]), (None, &json!(false)), "{user}");
}

// Token answers

#[tokio::test]
async fn an_error_with_status_200_is_an_invalid_code() {
    let error = json!({ "error": "invalid_grant", "error_description": "used" });
    refused(|told| told.tokens = error).await;
}

#[tokio::test]
async fn scopes_in_a_list_are_as_good() {
    accepted(|told| told.tokens["scope"] = json!(["me", "mail:read"])).await;
}

#[tokio::test]
async fn a_lifetime_in_quotes_is_as_good() {
    accepted(|told| told.tokens["expires_in"] = json!("3600")).await;
}

#[tokio::test]
async fn a_token_of_no_stated_type_is_as_good() {
    accepted(|told| drop(told.tokens.as_object_mut().unwrap().remove("token_type"))).await;
}

#[tokio::test]
async fn an_answer_without_access_token_is_unusable() {
    unavailable(|told| told.tokens = json!({ "token_type": "bearer" })).await;
}

// Profiles

#[tokio::test]
async fn a_profile_without_subject_is_refused() {
    refused(profile(|profile| drop(profile["user"].as_object_mut().unwrap().remove("id")))).await;
}

#[tokio::test]
async fn an_empty_subject_is_refused() {
    refused(profile(|profile| profile["user"]["id"] = json!(""))).await;
}

#[tokio::test]
async fn a_subject_that_is_an_object_is_refused() {
    refused(profile(|profile| profile["user"]["id"] = json!({ "id": 1 }))).await;
}

#[tokio::test]
async fn an_error_instead_of_a_profile_is_refused_even_with_status_200() {
    refused(|told| told.userinfo = Reply::json(200, &json!({ "ok": false, "error": "token_revoked" }))).await;
}

#[tokio::test]
async fn a_page_instead_of_a_profile_is_unavailable() {
    unavailable(|told| told.userinfo = Reply::page(200)).await;
}

#[tokio::test]
async fn a_broken_profile_is_unavailable() {
    unavailable(|told| told.userinfo = Reply::page(500)).await;
}

fn mail_state(state: serde_json::Value) -> impl FnOnce(&mut Told) {
    profile(move |profile| profile["user"]["mail_state"] = state)
}

async fn accepted(quirk: impl FnOnce(&mut Told)) {
    assert_eq!(user_at("forge", quirk).await["emailVerified"], true);
}

async fn refused(lie: impl FnOnce(&mut Told)) {
    judged("forge", lie, 400, "INVALID_CODE").await;
}

async fn unavailable(lie: impl FnOnce(&mut Told)) {
    judged("forge", lie, 502, "PROVIDER_UNAVAILABLE").await;
}

//! Facebook: a proof with every token, and an address that nobody vouches for.

use aws_lc_rs::hmac;
use serde_json::json;

use super::{profile, shows_and_claims_nothing};
use crate::harness::{Person, Stack};
use crate::lies::{CLIENT_SECRET, LIES, Reply, judged, session_of};

#[tokio::test]
async fn people_come_in_with_a_picture_and_an_unproven_address() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("facebook").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    let user = json!({
        "id": "<user>",
        "email": person.email,
        "emailVerified": false,
        "name": person.name,
        "picture": "https://pictures.example/p.jpg",
        "actorType": "user",
        "createdAt": "<time>",
    });
    answer.gives(session_of(user));
}

#[tokio::test]
async fn the_access_token_goes_with_a_proof_that_it_came_to_us() {
    let visitor = Stack::shared().visitor();
    let started = visitor.starts("facebook").await;
    let mut access_token = String::new();
    let code = LIES.code(&started, &Person::new(), |told| {
        access_token = told.tokens["access_token"].as_str().unwrap().to_owned();
    });
    visitor.callback(&started, &code).await.data();

    let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
    let tag = hmac::sign(&key, access_token.as_bytes());
    let proof: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = [("fields", "id,name,email,picture"), ("appsecret_proof", &proof)];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(LIES.asked(&access_token).query, expected.into());
}

#[tokio::test]
async fn an_address_claims_nothing() {
    shows_and_claims_nothing("facebook", |_| {}).await;
}

#[tokio::test]
async fn an_address_claims_nothing_whatever_else_is_told_of_it() {
    let boasting = profile(|profile| {
        profile["verified"] = json!(true);
        profile["email_verified"] = json!(true);
    });
    shows_and_claims_nothing("facebook", boasting).await;
}

#[tokio::test]
async fn a_used_code_is_an_invalid_code_in_facebooks_own_words() {
    let used = json!({
        "error": {
            "message": "This authorization code has been used.",
            "type": "OAuthException",
            "code": 100,
            "error_subcode": 36009,
            "fbtrace_id": "A1b2C3",
        },
    });
    judged("facebook", |told| told.instead = Some(Reply::json(400, &used)), 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn a_wrong_secret_is_our_fault_in_facebooks_own_words() {
    let error =
        json!({ "error": { "message": "Error validating client secret.", "type": "OAuthException", "code": 1 } });
    judged("facebook", |told| told.instead = Some(Reply::json(400, &error)), 502, "PROVIDER_UNAVAILABLE").await;
}

#[tokio::test]
async fn a_token_that_is_not_ours_to_use_is_unusable() {
    let error = json!({
        "error": {
            "message": "Invalid appsecret_proof provided in the API argument",
            "type": "GraphMethodException",
            "code": 100,
        },
    });
    judged("facebook", |told| told.userinfo = Reply::json(400, &error), 502, "PROVIDER_UNAVAILABLE").await;
}

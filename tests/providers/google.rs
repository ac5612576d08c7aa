//! Google: two spellings of one issuer; and whoever an operator calls by its name.

use super::particular;
use crate::harness::{Person, Stack};
use crate::lies::{LIES, judged, judged_by, session_of, user_from_provider};
use serde_json::json;

#[tokio::test]
async fn people_come_in_without_a_question_to_discovery() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("google").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    answer.gives(session_of(user_from_provider(&person)));
    assert_eq!(LIES.hits("google/metadata"), 0);
}

#[tokio::test]
async fn the_issuer_without_its_scheme_is_the_same_issuer() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let mut users = Vec::new();
    for issuer in ["https://accounts.google.com", "accounts.google.com"] {
        let started = visitor.starts("google").await;
        let code = LIES.code(&started, &person, |told| {
            told.claims["iss"] = json!(issuer);
            // So that it is the identity that leads to the account.
            told.claims["email_verified"] = json!(false);
        });
        users.push(visitor.callback(&started, &code).await.data()["user"]["id"].take());
    }
    assert_eq!(users[0], users[1]);
}

#[tokio::test]
async fn no_other_spelling_of_the_issuer_is_accepted() {
    let lie = |told: &mut crate::lies::Told| told.claims["iss"] = json!("http://accounts.google.com");
    judged("google", lie, 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn a_row_with_another_issuer_is_discovered() {
    let visitor = particular().visitor();
    let person = Person::new();
    let started = visitor.starts("google").await;
    assert!(started.auth_url.as_str().starts_with(&LIES.issuer("workspace")), "{}", started.auth_url);
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    answer.gives(session_of(user_from_provider(&person)));
    assert!(LIES.hits("workspace/metadata") > 0);
}

#[tokio::test]
async fn a_row_with_another_issuer_believes_no_token_of_googles() {
    let lie = |told: &mut crate::lies::Told| told.claims["iss"] = json!("https://accounts.google.com");
    judged_by(particular(), "google", lie, 400, "INVALID_CODE").await;
}

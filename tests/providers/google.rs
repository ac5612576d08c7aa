//! Google: two spellings of one issuer, hosted domains; and whoever an operator calls by its name.

use std::sync::LazyLock;

use serde_json::json;

use super::{claims_the_account, particular, waits_for_the_mailbox};
use crate::harness::{Person, Stack};
use crate::lies::{LIES, Told, judged, judged_by, session_of, signs_in_at, user_from_provider, user_unconfirmed};

/// A stack whose operator lets in one hosted domain, and wishes for it at another provider.
fn hosted() -> &'static Stack {
    static HOSTED: LazyLock<Stack> = LazyLock::new(|| {
        let mut rows = LIES.rows();
        rows["google"]["hostedDomain"] = json!("corp.example");
        rows["honest"]["authorizeParams"] = json!({ "hd": "corp.example" });
        Stack::start(1, &[], &rows)
    });
    &HOSTED
}

#[tokio::test]
async fn people_come_in_without_a_question_to_discovery() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("google").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    answer.gives(session_of(user_unconfirmed(&person)));
    assert_eq!(LIES.hits("google/metadata"), 0);
}

#[tokio::test]
async fn an_address_joins_at_once_where_the_token_says_that_google_answers_for_its_domain() {
    claims_the_account("google", |told| told.claims["hd"] = json!("people.example")).await;
}

#[tokio::test]
async fn an_address_of_another_domain_waits_for_its_mailbox() {
    waits_for_the_mailbox("google", |_| {}).await;
    waits_for_the_mailbox("google", |told| told.claims["hd"] = json!("example")).await;
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
    let lie = |told: &mut Told| told.claims["iss"] = json!("http://accounts.google.com");
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
    let lie = |told: &mut Told| told.claims["iss"] = json!("https://accounts.google.com");
    judged_by(particular(), "google", lie, 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn people_of_the_hosted_domain_come_in() {
    let visitor = hosted().visitor();
    let person = Person::new();
    let started = visitor.starts("google").await;
    assert_eq!(started.asks("hd"), "corp.example");
    let code = LIES.code(&started, &person, |told| told.claims["hd"] = json!("corp.example"));
    visitor.callback(&started, &code).await.gives(session_of(user_unconfirmed(&person)));
}

#[tokio::test]
async fn people_of_another_hosted_domain_are_refused_whatever_was_asked_for() {
    let lie = |told: &mut Told| told.claims["hd"] = json!("other.example");
    judged_by(hosted(), "google", lie, 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn people_of_no_hosted_domain_are_refused_whatever_their_address() {
    let lie = |told: &mut Told| told.claims["email"] = json!("ada@corp.example");
    judged_by(hosted(), "google", lie, 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn a_wish_for_a_hosted_domain_keeps_nobody_out() {
    let visitor = hosted().visitor();
    assert_eq!(visitor.starts("honest").await.asks("hd"), "corp.example");
    for hd in [None, Some("other.example")] {
        let tell = |told: &mut Told| told.claims["hd"] = json!(hd);
        signs_in_at(&visitor, "honest", &Person::new(), tell).await;
    }
}

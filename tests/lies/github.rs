//! A plain OAuth 2 provider in the manner of GitHub: no ID token, errors with status 200, addresses in a second call.

use serde_json::{Value, json};

use super::{LIES, Reply, Told, judged, session_of, signs_in_at, user_unconfirmed};
use crate::harness::{Person, Stack};

#[tokio::test]
async fn the_address_that_is_primary_and_verified_is_taken() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("github").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    answer.gives(session_of(user_unconfirmed(&person)));
}

#[tokio::test]
async fn a_primary_address_that_is_not_verified_is_no_address() {
    let user = signs_in(|told, person| {
        told.emails = Reply::json(
            200,
            &json!([
                { "email": person.email, "primary": true, "verified": false },
                { "email": format!("old-{}", person.email), "primary": false, "verified": true },
            ]),
        );
    })
    .await;
    has_no_address(&user);
}

#[tokio::test]
async fn addresses_that_we_may_not_see_are_no_addresses() {
    for status in [403, 404] {
        has_no_address(&signs_in(|told, _| told.emails = Reply::page(status)).await);
    }
}

#[tokio::test]
async fn an_emails_call_that_fails_lets_nobody_in_for_it_would_split_a_person_in_two() {
    for status in [401, 429, 500, 503] {
        judged("github", |told| told.emails = Reply::page(status), 502, "PROVIDER_UNAVAILABLE").await;
    }
}

#[tokio::test]
async fn a_public_address_in_the_profile_proves_nothing() {
    let user = signs_in(|told, person| {
        told.emails = Reply::json(200, &json!([]));
        told.userinfo = Reply::json(200, &json!({ "id": numeric(person), "name": "Somebody", "email": person.email }));
    })
    .await;
    assert_ne!(user["emailVerified"], true);
}

#[tokio::test]
async fn the_number_is_the_identity_whatever_the_name() {
    let visitor = Stack::shared().visitor();
    let (before, other) = (Person::new(), Person::new());
    let after = Person { subject: before.subject.clone(), ..Person::new() };
    let first = signs_in_at(&visitor, "github", &before, |_| {}).await;
    let again = signs_in_at(&visitor, "github", &after, |_| {}).await;
    let stranger = signs_in_at(&visitor, "github", &other, |_| {}).await;
    assert_eq!(first.user_id(), again.user_id());
    assert_ne!(first.user_id(), stranger.user_id());
}

#[tokio::test]
async fn an_error_with_status_200_is_an_invalid_code() {
    judged("github", |told| told.tokens = json!({ "error": "bad_verification_code" }), 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn wrong_credentials_with_status_200_are_our_fault() {
    let error = json!({ "error": "incorrect_client_credentials" });
    judged("github", |told| told.tokens = error, 502, "PROVIDER_UNAVAILABLE").await;
}

#[tokio::test]
async fn a_profile_without_a_number_is_refused() {
    let profile = Reply::json(200, &json!({ "login": "person" }));
    judged("github", |told| told.userinfo = profile, 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn a_broken_profile_is_unavailable() {
    judged("github", |told| told.userinfo = Reply::page(500), 502, "PROVIDER_UNAVAILABLE").await;
}

fn numeric(person: &Person) -> u64 {
    person.subject.parse().unwrap()
}

async fn signs_in(tell: impl FnOnce(&mut Told, &Person)) -> Value {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    signs_in_at(&visitor, "github", &person, |told| tell(told, &person)).await.user
}

fn has_no_address(user: &Value) {
    assert_eq!((user.get("email"), &user["emailVerified"]), (None, &json!(false)), "{user}");
}

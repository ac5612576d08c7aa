//! Apple: a client secret that is made for one exchange, spaces as %20, and truths in quotes.

use serde_json::json;

use super::{particular, shows_and_claims_nothing, waits_for_the_mailbox};
use crate::harness::{Answer, Person, Stack, Visitor, now};
use crate::lies::jose::{TEAM, claims_of, header_of, is_signed_by};
use crate::lies::{CLIENT_ID, LIES, judged, session_of};

#[tokio::test]
async fn people_come_in_without_a_name() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (answer, _) = signs_in(&visitor, &person).await;
    let user = json!({
        "id": "<user>",
        "email": person.email,
        "emailVerified": false,
        "actorType": "user",
        "createdAt": "<time>",
    });
    answer.gives(session_of(user));
}

#[tokio::test]
async fn apple_is_asked_to_post_and_reads_no_plus_as_a_space() {
    let started = Stack::shared().visitor().starts("apple").await;
    assert_eq!(started.asks("response_mode"), "form_post");
    let query = started.auth_url.query().unwrap();
    assert!(query.contains("scope=name%20email") && !query.contains('+'), "{query}");
}

#[tokio::test]
async fn the_client_secret_is_a_token_of_our_team_for_five_minutes() {
    let visitor = Stack::shared().visitor();
    let before = now();
    let (_, secret) = signs_in(&visitor, &Person::new()).await;
    let minted = claims_of(&secret)["iat"].as_i64().unwrap();
    assert!((before..=now()).contains(&minted), "{minted}");
    let claims = json!({
        "iss": "TEAM123456",
        "sub": CLIENT_ID,
        "aud": "https://appleid.apple.com",
        "iat": minted,
        "exp": minted + 300,
    });
    assert_eq!(claims_of(&secret), claims);
    assert_eq!(header_of(&secret), json!({ "typ": "JWT", "alg": "ES256", "kid": "KEY7890123" }));
    assert!(is_signed_by(&secret, &TEAM));
}

#[tokio::test]
async fn every_exchange_has_a_client_secret_of_its_own() {
    // One process answers both, so that it could remember.
    let visitor = particular().visitor();
    let (_, first) = signs_in(&visitor, &Person::new()).await;
    let (_, second) = signs_in(&visitor, &Person::new()).await;
    assert_ne!(first, second);
}

#[tokio::test]
async fn another_issuer_than_apple_is_refused() {
    let lie = |told: &mut crate::lies::Told| told.claims["iss"] = json!(LIES.issuer("apple"));
    judged("apple", lie, 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn a_true_in_quotes_is_a_yes() {
    waits_for_the_mailbox("apple", |told| told.claims["email_verified"] = json!("true")).await;
}

#[tokio::test]
async fn a_true_is_a_yes() {
    waits_for_the_mailbox("apple", |told| told.claims["email_verified"] = json!(true)).await;
}

#[tokio::test]
async fn a_false_in_quotes_is_a_no() {
    shows_and_claims_nothing("apple", |told| told.claims["email_verified"] = json!("false")).await;
}

#[tokio::test]
async fn silence_is_a_no() {
    shows_and_claims_nothing("apple", super::without("email_verified")).await;
}

/// The answer, and the client secret that Apple was shown for it.
async fn signs_in(visitor: &Visitor<'_>, person: &Person) -> (Answer, String) {
    let started = visitor.starts("apple").await;
    let code = LIES.code(&started, person, |_| {});
    let answer = visitor.callback(&started, &code).await;
    assert_eq!(answer.status, 200, "{answer}");
    (answer, LIES.form(&code)["client_secret"].clone())
}

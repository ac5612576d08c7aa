//! LINE: ID tokens that are authenticated with our secret, and an address that nobody vouches for.

use serde_json::json;

use super::shows_and_claims_nothing;
use crate::harness::{Person, Stack};
use crate::lies::jose::{FIRST, pem};
use crate::lies::{CLIENT_ID, LIES, Signer, Told, judged, session_of, user_from_provider};

#[tokio::test]
async fn a_token_under_our_secret_brings_an_unproven_address() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("line").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    let mut user = user_from_provider(&person);
    user["emailVerified"] = json!(false);
    answer.gives(session_of(user));
    assert_eq!((LIES.hits("line/metadata"), LIES.hits("line/jwks")), (0, 0));
}

#[tokio::test]
async fn an_address_claims_nothing() {
    shows_and_claims_nothing("line", |told| told.claims["email_verified"] = json!(true)).await;
}

#[tokio::test]
async fn a_token_under_another_secret_is_refused() {
    signed_with(Signer::Secret(b"thirty-two-bytes-or-more-of-secret".to_vec())).await;
}

#[tokio::test]
async fn a_token_under_a_public_key_is_refused() {
    signed_with(Signer::Secret(pem(&FIRST).into_bytes())).await;
}

#[tokio::test]
async fn a_token_under_our_public_id_is_refused() {
    signed_with(Signer::Secret(CLIENT_ID.as_bytes().to_vec())).await;
}

#[tokio::test]
async fn a_token_that_nobody_signed_is_refused() {
    signed_with(Signer::Nothing).await;
}

#[tokio::test]
async fn a_signature_with_a_published_key_is_none_of_lines() {
    let lie = |told: &mut Told| {
        told.header = json!({ "typ": "JWT", "alg": "RS256", "kid": "first" });
        told.signer = Signer::Rsa(&FIRST);
    };
    judged("line", lie, 400, "INVALID_CODE").await;
}

async fn signed_with(signer: Signer) {
    judged("line", |told| told.signer = signer, 400, "INVALID_CODE").await;
}

//! What a provider publishes about itself: metadata, keys, and who answers (RFC 8414, RFC 9207).

use serde_json::json;

use super::jose::SECOND;
use super::{CLIENT_SECRET, LIES, Signer, Told, judged, session_of, starts_nothing, user_from_provider};
use crate::harness::{Person, Stack, Visitor};

#[tokio::test]
async fn metadata_of_another_issuer_starts_nothing() {
    starts_nothing("impostor", "instead of").await;
}

#[tokio::test]
async fn broken_metadata_starts_nothing() {
    starts_nothing("broken", "status 500").await;
}

#[tokio::test]
async fn a_page_instead_of_metadata_starts_nothing() {
    starts_nothing("page", "not JSON").await;
}

#[tokio::test]
async fn metadata_of_two_megabytes_starts_nothing() {
    starts_nothing("vast", "larger than 1 MiB").await;
}

#[tokio::test]
async fn metadata_without_a_token_endpoint_starts_nothing() {
    starts_nothing("partial", "missing field `token_endpoint`").await;
}

#[tokio::test]
async fn redirected_metadata_starts_nothing() {
    starts_nothing("endless", "status 307").await;
    assert_eq!(LIES.hits("endless/elsewhere"), 0);
}

#[tokio::test]
async fn metadata_without_the_code_flow_starts_nothing() {
    starts_nothing("codeless", "response_types_supported lacks \"code\": allow the code flow").await;
}

#[tokio::test]
async fn metadata_without_a_hashed_challenge_starts_nothing() {
    starts_nothing("plain", "code_challenge_methods_supported lacks \"S256\": allow it").await;
}

#[tokio::test]
async fn metadata_without_a_signature_of_the_providers_own_starts_nothing() {
    starts_nothing("unsigned", "id_token_signing_alg_values_supported has no asymmetric signature").await;
}

#[tokio::test]
async fn a_provider_without_its_keys_is_unavailable() {
    judged("keyless", |_| {}, 502, "PROVIDER_UNAVAILABLE").await;
}

#[tokio::test]
async fn a_key_id_that_two_keys_share_signs_only_with_one_that_fits() {
    judged("duplicate", |told| told.signer = Signer::Rsa(&super::jose::STRANGER), 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn two_rows_of_one_issuer_keep_what_each_says_whichever_came_first() {
    let mut rows = LIES.rows();
    rows["sealing"] = rows["honest"].clone();
    rows["sealing"]["algorithms"] = json!(["HS256"]);
    for order in [["honest", "sealing"], ["sealing", "honest"]] {
        let stack = Stack::start(1, &[], &rows);
        let visitor = stack.visitor();
        for name in order {
            let person = Person::new();
            let started = visitor.starts(name).await;
            let by_secret = name == "sealing";
            let lie = LIES.code(&started, &person, |told| signs_by_secret(told, !by_secret));
            visitor.callback(&started, &lie).await.refuses(400, "INVALID_CODE");
            let started = visitor.starts(name).await;
            let code = LIES.code(&started, &person, |told| signs_by_secret(told, by_secret));
            visitor.callback(&started, &code).await.gives(session_of(user_from_provider(&person)));
        }
    }
}

fn signs_by_secret(told: &mut Told, by_secret: bool) {
    if by_secret {
        told.header = json!({ "alg": "HS256" });
        told.signer = Signer::Secret(CLIENT_SECRET.as_bytes().to_vec());
    }
}

#[tokio::test]
async fn new_keys_are_fetched_when_a_token_names_one_but_unknown_names_fetch_at_most_once_a_minute() {
    let stack = Stack::alone(&[]);
    let visitor = stack.visitor();
    let before = LIES.hits("rotating/jwks");

    signs_in(&visitor, |_| {}).await;
    assert_eq!(LIES.hits("rotating/jwks"), before + 1);

    LIES.turns_keys("rotating");
    signs_in(&visitor, signed_by_the_second_key).await;
    signs_in(&visitor, signed_by_the_second_key).await;
    signs_in(&visitor, |_| {}).await;
    assert_eq!(LIES.hits("rotating/jwks"), before + 2);

    for kid in ["unheard-of", "unheard-of-too", "unheard-of-as-well"] {
        let started = visitor.starts("rotating").await;
        let code = LIES.code(&started, &Person::new(), |told| told.header["kid"] = json!(kid));
        visitor.callback(&started, &code).await.refuses(400, "INVALID_CODE");
    }
    assert_eq!(LIES.hits("rotating/jwks"), before + 2);
}

#[tokio::test]
async fn a_provider_that_announces_its_name_must_give_it() {
    wrongly_answered("announcing", json!({})).await;
}

#[tokio::test]
async fn a_provider_that_announces_its_name_is_believed_when_it_gives_it() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("announcing").await;
    let code = LIES.code(&started, &person, |_| {});
    let answer = visitor.callback_with(&started, &code, json!({ "iss": LIES.issuer("announcing") })).await;
    answer.gives(session_of(user_from_provider(&person)));
}

#[tokio::test]
async fn a_wrong_name_is_refused_even_from_a_provider_that_announces_none() {
    wrongly_answered("honest", json!({ "iss": LIES.issuer("other") })).await;
}

#[tokio::test]
async fn a_name_with_a_trailing_slash_is_a_wrong_name() {
    wrongly_answered("announcing", json!({ "iss": format!("{}/", LIES.issuer("announcing")) })).await;
}

/// The answer to the browser came from somebody else (a mix-up): refused, and the state stays good for the right one.
async fn wrongly_answered(provider: &str, further: serde_json::Value) {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts(provider).await;
    let code = LIES.code(&started, &person, |_| {});
    visitor.callback_with(&started, &code, further).await.refuses(400, "INVALID_STATE");
    let right = json!({ "iss": LIES.issuer(provider) });
    visitor.callback_with(&started, &code, right).await.gives(session_of(user_from_provider(&person)));
}

fn signed_by_the_second_key(told: &mut Told) {
    told.header["kid"] = json!("second");
    told.signer = Signer::Rsa(&SECOND);
}

async fn signs_in(visitor: &Visitor<'_>, tell: impl FnOnce(&mut Told)) {
    super::signs_in_at(visitor, "rotating", &Person::new(), tell).await;
}

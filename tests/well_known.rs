//! `/.well-known/…`: what anybody needs to verify our tokens.

use serde_json::{Value, json};

use crate::harness::{Answer, Call, Person, Stack, assert_shape};
use crate::lies::jose::header_of;

#[tokio::test]
async fn the_issuer_says_where_its_keys_are() {
    let stack = Stack::shared();
    let answer = stack.visitor().send(Call::get("/.well-known/openid-configuration")).await;
    published(
        &answer,
        &json!({
            "issuer": stack.url,
            "jwks_uri": format!("{}/.well-known/jwks.json", stack.url),
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
        }),
    );
}

#[tokio::test]
async fn the_keys_are_the_signing_one_and_the_next_and_nothing_private() {
    let stack = Stack::shared();
    let answer = stack.visitor().send(Call::get("/.well-known/jwks.json")).await;
    let key =
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "<url-safe>", "n": "<url-safe>", "e": "AQAB" });
    published(&answer, &json!({ "keys": [key, key] }));
    assert_ne!(answer.json()["keys"][0]["kid"], answer.json()["keys"][1]["kid"]);
    let modulus = answer.json()["keys"][0]["n"].as_str().unwrap().len();
    assert_eq!(modulus, 342, "2048 bits");
}

#[tokio::test]
async fn the_key_that_signs_is_published() {
    let stack = Stack::shared();
    let session = stack.visitor().signs_in(&Person::new()).await;
    assert!(kids(stack).await.contains(&header_of(&session.access_token)["kid"]));
}

#[tokio::test]
async fn an_elliptic_deployment_publishes_and_uses_elliptic_keys() {
    let stack = Stack::elliptic();
    let answer = stack.visitor().send(Call::get("/.well-known/jwks.json")).await;
    let key = json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "<url-safe>", "x": "<secret>", "y": "<secret>",
    });
    published(&answer, &json!({ "keys": [key, key] }));

    let session = stack.visitor().signs_in(&Person::new()).await;
    let header = header_of(&session.access_token);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("at+jwt")));
    assert!(kids(stack).await.contains(&header["kid"]));
    assert_eq!(session.claims()["aud"], "https://api.example");
    stack.visitor().looks_up(&session.access_token).await.data();
}

#[tokio::test]
async fn an_edwards_deployment_publishes_and_uses_edwards_keys() {
    let stack = Stack::with(&["SIGNING_ALGORITHM=EdDSA"]);
    let answer = stack.visitor().send(Call::get("/.well-known/jwks.json")).await;
    let key =
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "<url-safe>", "x": "<secret>" });
    published(&answer, &json!({ "keys": [key, key] }));

    let session = stack.visitor().signs_in(&Person::new()).await;
    assert_eq!(header_of(&session.access_token)["alg"], "EdDSA");
    stack.visitor().looks_up(&session.access_token).await.data();
    stack.visitor().renews(&session).await;
}

async fn kids(stack: &Stack) -> Vec<Value> {
    let keys = stack.visitor().send(Call::get("/.well-known/jwks.json")).await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

/// A public answer: cacheable, and exactly this.
#[track_caller]
fn published(answer: &Answer, body: &Value) {
    assert_eq!(answer.status, 200, "{answer}");
    assert_shape(&answer.json(), body, &answer.to_string());
    answer.has_standing_headers("public, max-age=300");
}

//! ID tokens that are not what they say (OpenID Connect Core section 3.1.3.7).

use serde_json::{Value, json};

use super::jose::{FIRST, STRANGER, base64url, jwk, pem, token};
use super::{CLIENT_SECRET, LIES, Signer, accepted, judged, refused, refused_for, session_of, user_from_provider};
use crate::harness::{Person, Stack, now};

// Signatures

#[tokio::test]
async fn a_signature_by_another_key_is_refused() {
    refused(|told| told.signer = Signer::Rsa(&STRANGER)).await;
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    refused(|told| {
        told.header = json!({ "typ": "JWT", "alg": "none" });
        told.signer = Signer::Nothing;
    })
    .await;
}

#[tokio::test]
async fn a_token_without_its_signature_is_refused() {
    refused(|told| told.signer = Signer::Nothing).await;
}

#[tokio::test]
async fn an_encrypted_token_is_refused_by_name() {
    let encrypted = json!("eyJhbGciOiJSU0EtT0FFUCJ9.k.i.c.t");
    let words = "it is encrypted (JWE): have the provider sign it for this client, and not encrypt it";
    refused_for(|told| told.tokens["id_token"] = encrypted, words).await;
}

#[tokio::test]
async fn an_hmac_with_the_public_key_as_secret_is_refused() {
    refused(|told| {
        told.header["alg"] = json!("HS256");
        told.signer = Signer::Secret(pem(&FIRST).into_bytes());
    })
    .await;
}

#[tokio::test]
async fn an_hmac_with_the_client_secret_is_refused() {
    refused(|told| {
        told.header["alg"] = json!("HS256");
        told.signer = Signer::Secret(CLIENT_SECRET.as_bytes().to_vec());
    })
    .await;
}

#[tokio::test]
async fn an_algorithm_that_is_not_advertised_is_refused_even_with_a_published_key() {
    refused(|told| {
        told.header = json!({ "alg": "ES256", "kid": "curve" });
        told.signer = Signer::Curve;
    })
    .await;
}

#[tokio::test]
async fn an_algorithm_that_does_not_fit_the_key_is_refused() {
    refused(|told| told.header["alg"] = json!("ES256")).await;
}

#[tokio::test]
async fn a_header_without_algorithm_is_refused() {
    refused(|told| told.header = json!({ "kid": "first" })).await;
}

#[tokio::test]
async fn a_key_id_that_nobody_published_is_refused() {
    refused(|told| told.header["kid"] = json!("unheard-of")).await;
}

#[tokio::test]
async fn a_key_inside_the_header_is_ignored() {
    refused(|told| {
        told.header["jwk"] = jwk("first", &STRANGER);
        told.signer = Signer::Rsa(&STRANGER);
    })
    .await;
}

#[tokio::test]
async fn a_key_address_inside_the_header_is_never_visited() {
    let before = LIES.hits("untrusted/elsewhere");
    refused(|told| {
        told.header["jku"] = json!(format!("{}/elsewhere", LIES.issuer("untrusted")));
        told.signer = Signer::Rsa(&STRANGER);
    })
    .await;
    assert_eq!(LIES.hits("untrusted/elsewhere"), before);
}

#[tokio::test]
async fn a_certificate_inside_the_header_is_ignored() {
    refused(|told| {
        let body: String = pem(&STRANGER).lines().filter(|line| !line.starts_with('-')).collect();
        told.header["x5c"] = json!([body]);
        told.signer = Signer::Rsa(&STRANGER);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_critical_header_is_refused() {
    refused(|told| {
        told.header["crit"] = json!(["b64"]);
        told.header["b64"] = json!(true);
    })
    .await;
}

#[tokio::test]
async fn a_key_for_encryption_signs_nothing() {
    judged("enciphering", |_| {}, 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn an_elliptic_key_signs_where_it_is_advertised() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("elliptic").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    answer.gives(session_of(user_from_provider(&person)));
}

// Issuer and audience

#[tokio::test]
async fn another_issuer_is_refused() {
    refused(|told| told.claims["iss"] = json!(LIES.issuer("other"))).await;
}

#[tokio::test]
async fn the_issuer_with_a_trailing_slash_is_another_issuer() {
    refused(|told| told.claims["iss"] = json!(format!("{}/", LIES.issuer("honest")))).await;
}

#[tokio::test]
async fn a_list_of_issuers_is_refused() {
    refused(|told| told.claims["iss"] = json!([LIES.issuer("honest")])).await;
}

#[tokio::test]
async fn a_missing_issuer_is_refused() {
    refused(without("iss")).await;
}

#[tokio::test]
async fn a_foreign_audience_is_refused() {
    refused(|told| told.claims["aud"] = json!("somebody-else")).await;
}

#[tokio::test]
async fn a_list_of_foreign_audiences_is_refused() {
    refused(|told| told.claims["aud"] = json!(["somebody-else", "another"])).await;
}

#[tokio::test]
async fn an_empty_list_of_audiences_is_refused() {
    refused(|told| told.claims["aud"] = json!([])).await;
}

#[tokio::test]
async fn a_missing_audience_is_refused() {
    refused(without("aud")).await;
}

#[tokio::test]
async fn several_audiences_without_an_authorized_party_are_refused() {
    refused(|told| told.claims["aud"] = json!(["doorward", "somebody-else"])).await;
}

#[tokio::test]
async fn several_audiences_with_a_foreign_authorized_party_are_refused() {
    refused(|told| {
        told.claims["aud"] = json!(["doorward", "somebody-else"]);
        told.claims["azp"] = json!("somebody-else");
    })
    .await;
}

#[tokio::test]
async fn a_foreign_authorized_party_is_refused_with_our_audience_alone() {
    refused(|told| told.claims["azp"] = json!("somebody-else")).await;
}

#[tokio::test]
async fn a_list_with_only_our_audience_is_accepted() {
    accepted(|told| told.claims["aud"] = json!(["doorward"])).await;
}

// Time

#[tokio::test]
async fn an_expired_token_is_refused() {
    refused(|told| {
        told.claims["iat"] = json!(now() - 7200);
        told.claims["exp"] = json!(now() - 3600);
    })
    .await;
}

#[tokio::test]
async fn a_token_without_expiry_is_refused() {
    refused(without("exp")).await;
}

#[tokio::test]
async fn an_expiry_in_quotes_is_refused() {
    refused(|told| told.claims["exp"] = json!((now() + 300).to_string())).await;
}

#[tokio::test]
async fn a_negative_expiry_is_refused() {
    refused(|told| told.claims["exp"] = json!(-1)).await;
}

#[tokio::test]
async fn a_token_without_time_of_issue_is_refused() {
    refused(without("iat")).await;
}

#[tokio::test]
async fn a_token_from_the_future_is_refused() {
    refused(|told| {
        told.claims["iat"] = json!(now() + 3600);
        told.claims["exp"] = json!(now() + 7200);
    })
    .await;
}

#[tokio::test]
async fn a_time_of_issue_in_quotes_is_refused() {
    refused(|told| told.claims["iat"] = json!(now().to_string())).await;
}

#[tokio::test]
async fn a_token_that_is_not_valid_yet_is_refused() {
    refused(|told| told.claims["nbf"] = json!(now() + 3600)).await;
}

#[tokio::test]
async fn a_start_of_validity_in_quotes_is_refused() {
    refused(|told| told.claims["nbf"] = json!(now().to_string())).await;
}

#[tokio::test]
async fn fractions_of_seconds_are_accepted() {
    accepted(|told| told.claims["exp"] = json!(now() as f64 + 300.5)).await;
}

// Nonce

#[tokio::test]
async fn a_missing_nonce_is_refused() {
    refused(without("nonce")).await;
}

#[tokio::test]
async fn the_nonce_of_another_transaction_is_refused() {
    let other = Stack::shared().visitor().starts("honest").await;
    refused(|told| told.claims["nonce"] = json!(other.asks("nonce"))).await;
}

#[tokio::test]
async fn an_empty_nonce_is_refused() {
    refused(|told| told.claims["nonce"] = json!("")).await;
}

#[tokio::test]
async fn a_nonce_that_is_a_number_is_refused() {
    refused(|told| told.claims["nonce"] = json!(1)).await;
}

// Subject and address

#[tokio::test]
async fn a_missing_subject_is_refused() {
    refused(without("sub")).await;
}

#[tokio::test]
async fn an_empty_subject_is_refused() {
    refused(|told| told.claims["sub"] = json!("")).await;
}

#[tokio::test]
async fn a_subject_that_is_a_number_is_refused() {
    refused(|told| told.claims["sub"] = json!(12345)).await;
}

#[tokio::test]
async fn a_subject_of_256_characters_is_refused() {
    refused(|told| told.claims["sub"] = json!("s".repeat(256))).await;
}

#[tokio::test]
async fn a_subject_of_255_characters_is_accepted() {
    let name = Person::new().subject;
    accepted(|told| told.claims["sub"] = json!(format!("{name:0>255}"))).await;
}

#[tokio::test]
async fn an_address_verified_in_quotes_is_not_verified() {
    let user = signs_in_with(|claims| claims["email_verified"] = json!("false")).await;
    assert_eq!(user["emailVerified"], false);
}

#[tokio::test]
async fn an_address_verified_by_number_is_not_verified() {
    let user = signs_in_with(|claims| claims["email_verified"] = json!(1)).await;
    assert_eq!(user["emailVerified"], false);
}

#[tokio::test]
async fn an_address_that_is_none_counts_as_no_address() {
    let visitor = Stack::shared().visitor();
    let person = Person { email: "a@b.example\r\nBcc: c@d.example".to_owned(), ..Person::new() };
    let user = super::signs_in_at(&visitor, "honest", &person, |_| {}).await.user;
    assert_eq!((user.get("email"), &user["emailVerified"]), (None, &json!(false)));
}

#[tokio::test]
async fn unknown_claims_are_ignored() {
    accepted(|told| {
        told.claims["actorType"] = json!("admin");
        told.claims["role"] = json!({ "admin": [true, null] });
        told.claims["auth_time"] = json!(now() - 60);
    })
    .await;
}

// Form

#[tokio::test]
async fn a_token_of_two_parts_is_refused() {
    refused(|told| {
        let whole = token(&told.header, &told.claims, &told.signer);
        told.tokens["id_token"] = json!(whole.rsplit_once('.').unwrap().0);
    })
    .await;
}

#[tokio::test]
async fn a_token_of_four_parts_is_refused() {
    refused(|told| {
        let whole = token(&told.header, &told.claims, &told.signer);
        told.tokens["id_token"] = json!(format!("{whole}.{}", base64url("more")));
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_garbage_is_refused() {
    refused(|told| told.tokens["id_token"] = json!("!!!.???.***")).await;
}

#[tokio::test]
async fn claims_that_are_no_object_are_refused() {
    refused(|told| told.claims = json!(["sub", "somebody"])).await;
}

#[tokio::test]
async fn a_claim_that_was_changed_after_signing_is_refused() {
    refused(|told| {
        let honest = token(&told.header, &told.claims, &told.signer);
        told.claims["sub"] = json!("somebody-else");
        let claims = base64url(told.claims.to_string());
        let parts: Vec<_> = honest.split('.').collect();
        told.tokens["id_token"] = json!(format!("{}.{claims}.{}", parts[0], parts[2]));
    })
    .await;
}

fn without(claim: &'static str) -> impl FnOnce(&mut super::Told) {
    move |told| drop(told.claims.as_object_mut().unwrap().remove(claim).unwrap())
}

async fn signs_in_with(tell: impl FnOnce(&mut Value)) -> Value {
    let visitor = Stack::shared().visitor();
    super::signs_in_at(&visitor, "honest", &Person::new(), |told| tell(&mut told.claims)).await.user
}

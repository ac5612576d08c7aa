//! The userinfo endpoint: asked when the ID token lacks the address, believed only about the same subject.

use serde_json::{Value, json};

use super::jose::{FIRST, STRANGER, token};
use super::{LIES, Reply, Signer, Told, accepted, refused, refused_for, signs_in_at, unusable};
use crate::harness::{Person, Stack};

#[tokio::test]
async fn an_address_that_the_id_token_lacks_comes_from_userinfo() {
    accepted(no_address).await;
}

#[tokio::test]
async fn userinfo_about_another_subject_is_refused() {
    refused(|told| {
        no_address(told);
        change(told, |claims| claims["sub"] = json!("somebody-else"));
    })
    .await;
}

#[tokio::test]
async fn userinfo_about_nobody_is_refused() {
    refused(|told| {
        no_address(told);
        change(told, |claims| drop(claims.as_object_mut().unwrap().remove("sub")));
    })
    .await;
}

#[tokio::test]
async fn broken_userinfo_is_unavailable_where_it_is_needed() {
    unusable(|told| {
        no_address(told);
        told.userinfo = Reply::page(500);
    })
    .await;
}

#[tokio::test]
async fn a_page_instead_of_userinfo_is_unusable() {
    unusable(|told| {
        no_address(told);
        told.userinfo = Reply::page(200);
    })
    .await;
}

#[tokio::test]
async fn a_redirect_of_userinfo_is_not_followed() {
    let before = LIES.hits("other/elsewhere");
    unusable(|told| {
        no_address(told);
        told.userinfo = Reply::redirect(format!("{}/elsewhere", LIES.issuer("other")));
    })
    .await;
    assert_eq!(LIES.hits("other/elsewhere"), before);
}

#[tokio::test]
async fn userinfo_is_not_asked_when_the_id_token_has_the_address() {
    accepted(|told| told.userinfo = Reply::page(500)).await;
}

#[tokio::test]
async fn nobody_needs_an_address() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let session = signs_in_at(&visitor, "honest", &person, |told| {
        no_address(told);
        change(told, |claims| drop(claims.as_object_mut().unwrap().remove("email")));
    })
    .await;
    assert_eq!((session.user.get("email"), &session.user["emailVerified"]), (None, &json!(false)));
}

// In a JWT (section 5.3.2)

#[tokio::test]
async fn signed_userinfo_is_as_good() {
    accepted(|told| signs(told, |_| {}, &Signer::Rsa(&FIRST))).await;
}

#[tokio::test]
async fn userinfo_that_somebody_else_signed_is_refused() {
    refused_for(|told| signs(told, |_| {}, &Signer::Rsa(&STRANGER)), "the signature does not verify").await;
}

#[tokio::test]
async fn userinfo_in_a_jwt_that_nobody_signed_is_refused() {
    let unsigned = |told: &mut Told| {
        told.header = json!({ "alg": "none" });
        signs(told, |_| {}, &Signer::Nothing);
        told.header = json!({ "alg": "RS256", "kid": "first" });
    };
    refused_for(unsigned, "alg is not the provider's").await;
}

#[tokio::test]
async fn signed_userinfo_of_another_issuer_is_refused() {
    let other = |claims: &mut Value| claims["iss"] = json!(LIES.issuer("other"));
    refused_for(|told| signs(told, other, &Signer::Rsa(&FIRST)), "iss is another issuer").await;
}

#[tokio::test]
async fn signed_userinfo_for_another_client_is_refused() {
    let other = |claims: &mut Value| claims["aud"] = json!("somebody-else");
    refused_for(|told| signs(told, other, &Signer::Rsa(&FIRST)), "aud is not us").await;
}

#[tokio::test]
async fn signed_userinfo_about_another_subject_is_refused() {
    let other = |claims: &mut Value| claims["sub"] = json!("somebody-else");
    refused_for(|told| signs(told, other, &Signer::Rsa(&FIRST)), "it is about somebody else").await;
}

#[tokio::test]
async fn encrypted_userinfo_is_refused_by_name() {
    let encrypted = |told: &mut Told| {
        no_address(told);
        told.userinfo = Reply {
            content_type: "application/jwt",
            body: "eyJhbGciOiJSU0EtT0FFUCJ9.k.i.c.t".into(),
            ..Reply::page(200)
        };
    };
    refused_for(encrypted, "it is encrypted (JWE): have the provider sign it for this client").await;
}

/// Userinfo comes as a JWT, whose claims are as `change` makes them.
fn signs(told: &mut Told, change: impl FnOnce(&mut Value), signer: &Signer) {
    no_address(told);
    let mut claims: Value = serde_json::from_str(&told.userinfo.body).unwrap();
    claims["iss"] = told.claims["iss"].clone();
    claims["aud"] = told.claims["aud"].clone();
    change(&mut claims);
    let body = token(&told.header, &claims, signer);
    told.userinfo = Reply { content_type: "application/jwt; charset=utf-8", body, ..Reply::page(200) };
}

fn no_address(told: &mut Told) {
    let claims = told.claims.as_object_mut().unwrap();
    claims.remove("email");
    claims.remove("email_verified");
}

fn change(told: &mut Told, change: impl FnOnce(&mut Value)) {
    let mut claims = serde_json::from_str(&told.userinfo.body).unwrap();
    change(&mut claims);
    told.userinfo = Reply::json(200, &claims);
}

//! The userinfo endpoint: asked when the ID token lacks the address, believed only about the same subject.

use super::{LIES, Reply, Told, accepted, refused, signs_in_at, unusable};
use crate::harness::{Person, Stack};
use serde_json::{Value, json};

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

//! Microsoft: one issuer for many tenants, keys without algorithms, and an address that is rarely proven.

use serde_json::json;

use super::{claims_the_account, particular, shows_and_claims_nothing, without};
use crate::harness::{Person, Stack};
use crate::lies::quirks::{TENANT, microsoft_issuer, microsoft_object};
use crate::lies::{LIES, Signer, Told, judged, judged_by, session_of, signs_in_at, user_from_provider};

const ANOTHER_TENANT: &str = "99999999-2222-3333-4444-555555555555";

#[tokio::test]
async fn an_issuer_that_names_the_tokens_own_tenant_is_accepted() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("microsoft").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    answer.gives(session_of(user_from_provider(&person)));
}

#[tokio::test]
async fn the_identity_is_the_tenant_and_the_object() {
    let stack = Stack::shared();
    let person = Person::new();
    signs_in_at(&stack.visitor(), "microsoft", &person, |_| {}).await;
    let users = stack.dump().await["Users"].to_string();
    let subject = format!("{TENANT}.{}", microsoft_object(&person));
    assert!(users.contains(&format!("#{}#{subject}\"", microsoft_issuer("{tenantid}"))));
    assert!(!users.contains(&format!("pairwise-{}", person.subject)));
}

#[tokio::test]
async fn the_same_object_id_in_another_tenant_is_somebody_else() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let without_address = |told: &mut Told| drop(told.claims.as_object_mut().unwrap().remove("email"));
    let ours = signs_in_at(&visitor, "microsoft", &person, without_address).await;
    let theirs = signs_in_at(&visitor, "microsoft", &person, |told| {
        without_address(told);
        moves_to(ANOTHER_TENANT)(told);
    })
    .await;
    assert_ne!(ours.user_id(), theirs.user_id());
}

#[tokio::test]
async fn an_issuer_that_names_another_tenant_than_the_claim_is_refused() {
    refused(|told| told.claims["iss"] = json!(microsoft_issuer(ANOTHER_TENANT))).await;
}

#[tokio::test]
async fn a_claim_of_another_tenant_than_the_issuer_is_refused() {
    refused(|told| told.claims["tid"] = json!(ANOTHER_TENANT)).await;
}

#[tokio::test]
async fn an_issuer_of_nobodys_tenant_is_refused() {
    refused(moves_to("{tenantid}")).await;
}

#[tokio::test]
async fn a_token_without_a_tenant_is_refused() {
    refused(without("tid")).await;
}

#[tokio::test]
async fn a_token_without_an_object_is_refused() {
    refused(without("oid")).await;
}

#[tokio::test]
async fn a_configured_tenant_lets_its_own_people_in() {
    let visitor = particular().visitor();
    let person = Person::new();
    let started = visitor.starts("microsoft").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    answer.gives(session_of(user_from_provider(&person)));
}

#[tokio::test]
async fn a_configured_tenant_refuses_the_people_of_another() {
    judged_by(particular(), "microsoft", moves_to(ANOTHER_TENANT), 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn without_a_configured_tenant_another_is_as_good() {
    let user = super::user_at("microsoft", moves_to(ANOTHER_TENANT)).await;
    assert_eq!(user["emailVerified"], true);
}

// Keys carry no algorithm; the row pins it.

#[tokio::test]
async fn a_key_without_algorithm_serves_the_rows_algorithm_alone() {
    refused(|told| {
        told.header = json!({ "alg": "ES256", "kid": "curve" });
        told.signer = Signer::Curve;
    })
    .await;
}

// The address

#[tokio::test]
async fn an_address_whose_domain_its_owner_verified_claims_its_account() {
    claims_the_account("microsoft", |told| told.claims["xms_edov"] = json!(true)).await;
}

#[tokio::test]
async fn a_one_in_quotes_is_a_yes_as_well() {
    claims_the_account("microsoft", |told| told.claims["xms_edov"] = json!("1")).await;
}

#[tokio::test]
async fn a_zero_in_quotes_is_a_no() {
    shows_and_claims_nothing("microsoft", |told| told.claims["xms_edov"] = json!("0")).await;
}

#[tokio::test]
async fn a_false_is_a_no() {
    shows_and_claims_nothing("microsoft", |told| told.claims["xms_edov"] = json!(false)).await;
}

#[tokio::test]
async fn silence_on_the_owner_of_the_domain_is_a_no() {
    shows_and_claims_nothing("microsoft", without("xms_edov")).await;
}

#[tokio::test]
async fn the_standard_claim_is_no_word_of_microsofts() {
    shows_and_claims_nothing("microsoft", |told| {
        without("xms_edov")(told);
        told.claims["email_verified"] = json!(true);
    })
    .await;
}

fn moves_to(tenant: &'static str) -> impl FnOnce(&mut Told) {
    move |told| {
        told.claims["iss"] = json!(microsoft_issuer(tenant));
        told.claims["tid"] = json!(tenant);
    }
}

async fn refused(lie: impl FnOnce(&mut Told)) {
    judged("microsoft", lie, 400, "INVALID_CODE").await;
}

//! One person, several ways in: an address that both sides have proven leads to one user.

use serde_json::json;

use crate::harness::{Person, Stack};
use crate::lies::{LIES, session_of, signs_in_at, user_from_provider};

#[tokio::test]
async fn a_provider_after_a_link_leads_to_the_same_user() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let by_link = visitor.signs_in_by_link(&person.email).await;

    let started = visitor.starts("honest").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;

    let data = answer.gives(session_of(user_from_provider(&person)));
    assert_eq!(data["user"]["id"], by_link.user["id"]);
    stack.audited(&answer.request_id(), &["identity_linked", "sign_in_succeeded"]).await;
}

#[tokio::test]
async fn a_link_after_a_provider_leads_to_the_same_user() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let by_provider = visitor.signs_in(&person).await;
    let by_link = visitor.signs_in_by_link(&person.email).await;
    assert_eq!(by_provider.user, by_link.user);
}

#[tokio::test]
async fn two_trusted_providers_lead_to_the_same_user() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let elsewhere = Person { subject: Person::new().subject, ..person.clone() };
    let mut users = Vec::new();
    for (provider, person) in [("honest", &person), ("other", &elsewhere), ("forge", &elsewhere), ("other", &elsewhere)]
    {
        users.push(signs_in_at(&visitor, provider, person, |_| {}).await.user_id().to_owned());
    }
    assert!(users.iter().all(|user| *user == users[0]), "{users:?}");
}

#[tokio::test]
async fn the_spelling_of_an_address_does_not_matter_for_linking() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let shouting = Person { email: person.email.to_uppercase(), ..person.clone() };
    let by_link = visitor.signs_in_by_link(&person.email).await;
    let by_provider = visitor.signs_in(&shouting).await;
    assert_eq!(by_link.user_id(), by_provider.user_id());
}

#[tokio::test]
async fn an_unverified_address_claims_nothing() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    let claimant = signs_in_at(&visitor, "honest", &person, |told| told.claims["email_verified"] = json!(false)).await;
    assert_ne!(owner.user_id(), claimant.user_id());
    assert_eq!(claimant.user["emailVerified"], false);
}

#[tokio::test]
async fn the_word_of_an_untrusted_provider_claims_nothing() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    let claimant = signs_in_at(&visitor, "untrusted", &person, |_| {}).await;
    assert_ne!(owner.user_id(), claimant.user_id());
}

#[tokio::test]
async fn who_squats_on_an_address_unproven_gets_nothing_of_its_owner() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let squatter = signs_in_at(&visitor, "untrusted", &person, |_| {}).await;
    let owner = visitor.signs_in_by_link(&person.email).await;
    let again = signs_in_at(&visitor, "untrusted", &person, |_| {}).await;
    assert_ne!(owner.user_id(), squatter.user_id());
    assert_eq!(again.user_id(), squatter.user_id());
}

#[tokio::test]
async fn an_identity_stays_with_its_user_when_its_address_changes() {
    let visitor = Stack::shared().visitor();
    let (person, other) = (Person::new(), Person::new());
    let owner_of_the_new_address = visitor.signs_in_by_link(&other.email).await;
    let before = visitor.signs_in(&person).await;
    let after = visitor.signs_in(&Person { email: other.email, ..person }).await;
    assert_eq!(before.user_id(), after.user_id());
    assert_ne!(after.user_id(), owner_of_the_new_address.user_id());
}

#[tokio::test]
async fn the_decision_to_link_is_stored_with_its_reason() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    visitor.signs_in_by_link(&person.email).await;
    visitor.signs_in(&person).await;
    let dump = stack.dump().await;
    let users = dump["Users"].as_array().unwrap();
    let user = users.iter().map(ToString::to_string).find(|user| user.contains(&person.subject)).unwrap();
    assert!(user.contains("verified_email"), "{user}");
}

//! Whose account a proof opens, case by case. Linking by an address is in `linking.rs`.

use serde_json::json;

use crate::harness::{Person, SessionTokens, Stack, Visitor};
use crate::lies::{Told, signs_in_at};

// D1: upper and lower case

#[tokio::test]
async fn an_address_in_capitals_is_the_same_account_and_mail_goes_to_the_stored_spelling() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    let shouted = person.email.to_uppercase();
    visitor.asks_for_link(&shouted).await.data();
    assert!(stack.mails_to(&shouted).await.is_empty());
    let again = SessionTokens::of(&visitor.verifies(&visitor.newest_token(&person.email).await).await.data());
    assert_eq!((again.user_id(), &again.user["email"]), (owner.user_id(), &json!(person.email)));
}

// D2: plus-tags

#[tokio::test]
async fn a_plus_tag_is_another_account() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let tagged = Person { email: person.email.replace('@', "+tag@"), ..Person::new() };
    let owner = visitor.signs_in_by_link(&person.email).await;
    assert_ne!(visitor.signs_in_by_link(&tagged.email).await.user_id(), owner.user_id());
    assert_ne!(visitor.signs_in(&tagged).await.user_id(), owner.user_id());
}

// D3: international domains

#[tokio::test]
async fn a_domain_in_unicode_and_in_punycode_is_one_domain() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let local = person.email.split('@').next().unwrap();
    let punycode = format!("{local}@xn--bcher-kva.example");
    let owner = visitor.signs_in_by_link(&punycode).await;
    for domain in ["bücher.example", "BÜCHER.example", "bu\u{308}cher.example", "xn--BCHER-KVA.example"] {
        let spelled = Person { email: format!("{local}@{domain}"), ..Person::new() };
        assert_eq!(visitor.signs_in(&spelled).await.user_id(), owner.user_id(), "{domain}");
    }
}

#[tokio::test]
async fn a_letter_that_only_looks_the_same_makes_another_account() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    // A Cyrillic "е", once in the local part and once in the domain; a dotless "ı"; a Kelvin sign.
    for (from, to) in [("person", "p\u{435}rson"), ("people", "p\u{435}ople"), ("person", "p\u{131}rson")] {
        let double = Person { email: person.email.replacen(from, to, 1), ..Person::new() };
        assert_ne!(double.email, person.email);
        assert_ne!(visitor.signs_in(&double).await.user_id(), owner.user_id(), "{}", double.email);
    }
}

// D4: an address that changes at the provider

#[tokio::test]
async fn a_new_address_at_the_provider_moves_no_account_and_opens_none() {
    let visitor = Stack::shared().visitor();
    let (person, new) = (Person::new(), Person::new());
    let before = visitor.signs_in(&person).await;
    let moved = Person { email: new.email.clone(), ..person.clone() };
    assert_eq!(visitor.signs_in(&moved).await.user_id(), before.user_id());
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), before.user_id());
    assert_ne!(visitor.signs_in_by_link(&new.email).await.user_id(), before.user_id());
}

// D5 and D6: subjects

#[tokio::test]
async fn a_subject_that_another_issuer_uses_again_is_somebody_else() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let mut users = Vec::new();
    for provider in ["honest", "other", "forge", "github"] {
        let session = signs_in_at(&visitor, provider, &person, keeps_quiet).await;
        users.push(session.user_id().to_owned());
    }
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 4, "{users:?}");
}

#[tokio::test]
async fn two_providers_with_one_subject_meet_in_one_account_only_by_a_proven_address() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let there = visitor.signs_in(&person).await;
    let quiet = signs_in_at(&visitor, "other", &person, keeps_quiet).await;
    let elsewhere = Person { subject: Person::new().subject, ..person.clone() };
    let proven = signs_in_at(&visitor, "other", &elsewhere, |_| {}).await;
    assert_ne!(quiet.user_id(), there.user_id());
    assert_eq!(proven.user_id(), there.user_id());
}

#[tokio::test]
async fn a_subject_in_other_letters_is_somebody_else() {
    let visitor = Stack::shared().visitor();
    let person = Person { subject: format!("subject-{}", Person::new().subject), ..Person::new() };
    let shouted = Person { subject: person.subject.to_uppercase(), ..person.clone() };
    let person = signs_in_at(&visitor, "honest", &person, keeps_quiet).await;
    let shouted = signs_in_at(&visitor, "honest", &shouted, keeps_quiet).await;
    assert_ne!(person.user_id(), shouted.user_id());
}

// D7: pre-hijacking

#[tokio::test]
async fn who_was_there_first_without_proof_keeps_nothing_of_the_owners() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let squatter = signs_in_at(&visitor, "honest", &person, says_unverified).await;
    let owner_elsewhere = Person { subject: Person::new().subject, ..person.clone() };
    let owner = signs_in_at(&visitor, "other", &owner_elsewhere, |_| {}).await;
    assert_ne!(squatter.user_id(), owner.user_id());
    assert_eq!((&squatter.user["emailVerified"], &owner.user["emailVerified"]), (&json!(false), &json!(true)));
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), owner.user_id());
    assert_eq!(lookup(&visitor, &squatter).await, squatter.user["id"]);
}

#[tokio::test]
async fn an_address_that_turns_verified_later_does_not_move_its_account_to_the_owners() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let first = signs_in_at(&visitor, "honest", &person, says_unverified).await;
    let owner = visitor.signs_in_by_link(&person.email).await;
    let later = signs_in_at(&visitor, "honest", &person, |_| {}).await;
    assert_eq!(later.user_id(), first.user_id());
    assert_ne!(later.user_id(), owner.user_id());
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), owner.user_id());
}

// D8: the word of a provider that is not trusted

#[tokio::test]
async fn no_number_of_untrusted_words_makes_a_proof() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    for provider in ["untrusted", "facebook", "untrusted"] {
        let claimant = signs_in_at(&visitor, provider, &person, |_| {}).await;
        assert_ne!(claimant.user_id(), owner.user_id(), "{provider}");
        assert_eq!(claimant.user["emailVerified"], false, "{provider}");
    }
}

// D9: linking is off, and actor types

#[tokio::test]
async fn where_linking_is_off_a_mailbox_still_opens_its_own_account_and_an_identity_its_own() {
    let visitor = Stack::strict().visitor();
    let (mailer, federate) = (Person::new(), Person::new());
    let by_link = visitor.signs_in_by_link(&mailer.email).await;
    let by_provider = visitor.signs_in(&federate).await;
    assert_eq!(visitor.signs_in(&federate).await.user_id(), by_provider.user_id());
    assert_ne!(by_link.user_id(), by_provider.user_id());
}

#[tokio::test]
async fn one_person_is_another_user_in_every_actor_type() {
    let visitor = Stack::unforgiving().visitor();
    let person = Person::new();
    let mut users = Vec::new();
    for actor_type in ["customer", "seller", "customer"] {
        let started = visitor.starts_with("honest", json!({ "actorType": actor_type })).await;
        let code = crate::lies::LIES.code(&started, &person, |_| {});
        users.push(SessionTokens::of(&visitor.callback(&started, &code).await.data()).user_id().to_owned());
    }
    assert_ne!(users[0], users[1]);
    assert_eq!(users[0], users[2]);
}

/// Whose session that is.
async fn lookup(visitor: &Visitor<'_>, session: &SessionTokens) -> serde_json::Value {
    visitor.looks_up(&session.access_token).await.data()["user"]["id"].take()
}

/// Tells of no address.
fn keeps_quiet(told: &mut Told) {
    let claims = told.claims.as_object_mut().unwrap();
    claims.remove("email");
    claims.remove("email_verified");
    if let Ok(mut profile) = serde_json::from_str::<serde_json::Value>(&told.userinfo.body) {
        for pointer in ["/email", "/user/mail"] {
            if let Some(address) = profile.pointer_mut(pointer) {
                address.take();
            }
        }
        told.userinfo = crate::lies::Reply::json(200, &profile);
    }
    told.emails = crate::lies::Reply::json(200, &json!([]));
}

/// Tells of an address that nobody has proven.
fn says_unverified(told: &mut Told) {
    told.claims["email_verified"] = json!(false);
}

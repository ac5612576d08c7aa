//! Discord: pictures that are put together, and addresses that may be unproven or absent.

use serde_json::json;

use super::{profile, shows_and_claims_nothing, user_at, waits_for_the_mailbox};
use crate::harness::{Person, Stack};
use crate::lies::{LIES, session_of, user_unconfirmed};

#[tokio::test]
async fn a_picture_is_put_together_from_person_and_avatar() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("discord").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    let mut user = user_unconfirmed(&person);
    let avatar = "8342729096ea3675442027381ff50dfe";
    user["picture"] = json!(format!("https://cdn.discordapp.com/avatars/{}/{avatar}.png", person.subject));
    answer.gives(session_of(user));
}

#[tokio::test]
async fn who_has_no_avatar_has_no_picture() {
    let user = user_at("discord", profile(|profile| profile["avatar"] = json!(null))).await;
    assert_eq!(user.get("picture"), None);
}

#[tokio::test]
async fn who_has_no_address_comes_in_without_one() {
    let silent = profile(|profile| {
        profile["email"] = json!(null);
        profile["verified"] = json!(true);
    });
    let user = user_at("discord", silent).await;
    assert_eq!((user.get("email"), &user["emailVerified"]), (None, &json!(false)), "{user}");
}

#[tokio::test]
async fn a_verified_address_waits_for_its_mailbox() {
    waits_for_the_mailbox("discord", |_| {}).await;
}

#[tokio::test]
async fn an_address_that_is_not_verified_is_shown_and_claims_nothing() {
    shows_and_claims_nothing("discord", profile(|profile| profile["verified"] = json!(false))).await;
}

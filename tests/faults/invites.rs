//! Invites on bad days.

use serde_json::json;

use super::sweep::sweep;
use crate::contracts::{invites, registers};
use crate::harness::{Answer, Call, Person, SessionTokens, Visitor};

pub async fn an_invite_is_accepted_by_its_address_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        invites(visitor, &person.email).await;
        (registers(visitor, &person).await, person)
    };
    let accepts = |registration: &str| Call::post("/v1/auth/invites/accept").bearer(registration);
    sweep(
        "invites",
        prepare,
        async |visitor, (registration, _)| visitor.send(accepts(registration)).await,
        async |visitor, (registration, person), answer| {
            let again = visitor.send(accepts(&registration)).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            is_a_guest_once(visitor, &person, [answer, again]).await;
        },
    )
    .await;
}

pub async fn an_invite_is_accepted_by_link_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        invites(visitor, &person.email).await;
        (visitor.gets_link_with(&person.email, json!({ "actorType": "guest" })).await, person)
    };
    sweep(
        "verify",
        prepare,
        async |visitor, (token, _)| visitor.verifies(token).await,
        async |visitor, (token, person), answer| {
            let again = visitor.verifies(&token).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            is_a_guest_once(visitor, &person, [answer, again]).await;
        },
    )
    .await;
}

pub async fn a_link_for_an_invited_mailbox_is_mailed_or_can_be_asked_for_again() {
    let guest = || json!({ "actorType": "guest" });
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        invites(visitor, &person.email).await;
        person
    };
    sweep(
        "magic-link",
        prepare,
        async |visitor, person| visitor.asks_for_link_with(&person.email, guest()).await,
        async |visitor, person, answer| {
            if answer.status != 200 {
                visitor.asks_for_link_with(&person.email, guest()).await.data();
            }
            let token = visitor.newest_token(&person.email).await;
            SessionTokens::of(&visitor.verifies(&token).await.data());
        },
    )
    .await;
}

/// Asserts that an acknowledged session lives, and that the next link finds the same account, or makes it.
async fn is_a_guest_once(visitor: &Visitor<'_>, person: &Person, answers: [Answer; 2]) {
    let token = visitor.gets_link_with(&person.email, json!({ "actorType": "guest" })).await;
    let later = SessionTokens::of(&visitor.verifies(&token).await.data());
    for given in answers.iter().filter(|answer| answer.status == 200) {
        let session = SessionTokens::of(&given.data());
        assert_eq!(session.user_id(), later.user_id());
        visitor.looks_up(&session.access_token).await.data();
    }
}

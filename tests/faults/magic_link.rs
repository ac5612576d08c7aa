//! Links and codes by mail on bad days.

use serde_json::json;
use tokio::join;

use super::mailbox;
use super::sweep::sweep;
use crate::harness::{Answer, Person, SessionTokens, Visitor};

#[tokio::test]
async fn a_sign_in_by_mail_stands_every_fault() {
    join!(
        a_link_that_was_acknowledged_is_mailed_and_opens(),
        a_link_of_somebody_new_opens_one_session_at_most(),
        a_link_of_somebody_known_opens_one_session_at_most(),
        a_code_of_a_mail_opens_one_session_at_most(),
        mailbox::an_identity_whose_mailbox_agrees_is_joined_wholly_or_not_at_all(),
        mailbox::what_a_notice_told_of_is_undone_wholly_or_can_be_undone_again(),
    );
}

async fn a_link_that_was_acknowledged_is_mailed_and_opens() {
    sweep(
        "magic-link",
        async |_| Person::new().email,
        async |visitor, email| visitor.asks_for_link(email).await,
        async |visitor, email, answer| {
            if answer.status != 200 {
                visitor.asks_for_link(&email).await.data();
            }
            let token = visitor.newest_token(&email).await;
            SessionTokens::of(&visitor.verifies(&token).await.data());
        },
    )
    .await;
}

async fn a_link_of_somebody_new_opens_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let email = Person::new().email;
        let token = visitor.gets_link(&email).await;
        (email, token)
    };
    sweep("verify", prepare, verifies, is_opened_once).await;
}

async fn a_link_of_somebody_known_opens_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let email = Person::new().email;
        visitor.signs_in_by_link(&email).await;
        let token = visitor.gets_link(&email).await;
        (email, token)
    };
    sweep("verify", prepare, verifies, is_opened_once).await;
}

async fn a_code_of_a_mail_opens_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let email = Person::new().email;
        let asked = visitor.asks_for_link(&email).await.data();
        let code = visitor.newest_code(&email).await;
        (email, json!({ "requestId": asked["requestId"], "code": code }))
    };
    sweep(
        "verify",
        prepare,
        async |visitor, (_, typed)| visitor.post("/v1/auth/verify", typed.clone()).await,
        async |visitor, (email, typed), answer| {
            let again = visitor.post("/v1/auth/verify", typed).await;
            leads_to_one_account(visitor, &email, [answer, again]).await;
        },
    )
    .await;
}

async fn verifies(visitor: &Visitor<'_>, (_, token): &(String, String)) -> Answer {
    visitor.verifies(token).await
}

/// Asserts that the link gave one session at most, that an acknowledged one lives, and that the next link finds the same
/// account.
async fn is_opened_once(visitor: &Visitor<'_>, (email, token): (String, String), answer: Answer) {
    let again = visitor.verifies(&token).await;
    if answer.status == 200 {
        again.refuses(400, "MAGIC_LINK_USED");
    }
    leads_to_one_account(visitor, &email, [answer, again]).await;
}

/// Asserts that of two attempts with one secret at most one opened a session, which lives, and that the next link finds
/// the same account.
async fn leads_to_one_account(visitor: &Visitor<'_>, email: &str, answers: [Answer; 2]) {
    let [first, again] = &answers;
    assert!([first.status, again.status] != [200, 200], "{first}, and then {again}");
    let later = visitor.signs_in_by_link(email).await;
    for given in answers.iter().filter(|answer| answer.status == 200) {
        let session = SessionTokens::of(&given.data());
        assert_eq!(session.user_id(), later.user_id());
        visitor.looks_up(&session.access_token).await.data();
    }
}

//! Links and states, used by a crowd.

use serde_json::json;

use super::{CROWD, items_with, winners};
use crate::harness::{APP, Call, Person, SessionTokens, Stack, Visitor};
use crate::lies::LIES;

#[tokio::test]
async fn a_link_opened_by_a_crowd_gives_one_session() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let token = visitor.gets_link(&Person::new().email).await;

    let verify = Call::post("/v1/auth/verify").json(&json!({ "token": token }));
    let answers = visitor.race(vec![verify; CROWD]).await;

    let sessions = winners(&answers, 1, 400, "MAGIC_LINK_USED");
    let session = SessionTokens::of(&sessions[0]);
    assert_eq!(items_with(&stack.dump().await, "Sessions", session.user_id()).len(), 1);
    visitor.looks_up(&session.access_token).await.data();
}

#[tokio::test]
async fn a_state_redeemed_by_a_crowd_gives_one_session_and_asks_the_provider_once() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let started = visitor.starts("racing").await;
    let codes: Vec<_> = (0..CROWD).map(|_| LIES.code(&started, &person, |_| {})).collect();

    let answers = visitor.race(codes.iter().map(|code| Visitor::callback_call(&started, code, json!({})))).await;

    let sessions = winners(&answers, 1, 400, "INVALID_STATE");
    let session = SessionTokens::of(&sessions[0]);
    assert_eq!(items_with(&stack.dump().await, "Sessions", session.user_id()).len(), 1);
    assert_eq!(LIES.hits("racing/token"), 1);
}

#[tokio::test]
async fn a_state_chosen_by_a_crowd_is_a_sign_in_for_each() {
    let visitor = Stack::shared().visitor();
    let state = format!("state-of-a-crowd-{}", Person::new().subject);
    let login = Call::post("/v1/auth/login").json(&json!({ "provider": "honest", "redirectUri": APP, "state": state }));
    let answers = visitor.race(vec![login; 16]).await;
    let states: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| answer.data()["state"].to_string()).collect();
    assert_eq!(states.len(), 16);
}

//! One session, refreshed and ended by a crowd.

use std::collections::BTreeSet;

use serde_json::json;

use super::{CROWD, items_with, winners};
use crate::harness::{Call, Person, SessionTokens, Stack};

#[tokio::test]
async fn a_crowd_that_refreshes_one_token_within_the_grace_gets_one_successor() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;

    let answers = visitor.race(vec![refresh(&session); CROWD]).await;

    let renewed = winners(&answers, CROWD, 0, "");
    let successors: BTreeSet<_> = renewed.iter().map(|data| data["refreshToken"].as_str().unwrap()).collect();
    assert_eq!(successors.len(), 1);
    assert_eq!(generation_of(stack, &session).await, "2");
    let mut successor = session.clone();
    successor.refresh_token = successors.into_iter().next().unwrap().to_owned();
    visitor.renews(&successor).await;
    assert_eq!(generation_of(stack, &session).await, "3");
}

#[tokio::test]
async fn a_crowd_that_refreshes_one_token_without_grace_gets_one_successor_and_ends_the_session() {
    let visitor = Stack::unforgiving().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let answers = visitor.race(vec![refresh(&session); CROWD]).await;
    let renewed = winners(&answers, 1, 401, "REFRESH_TOKEN_REVOKED");
    let successor = SessionTokens { refresh_token: renewed[0]["refreshToken"].as_str().unwrap().to_owned(), ..session };
    visitor.finds_ended(&successor).await;
}

#[tokio::test]
async fn a_logout_wins_against_a_crowd_of_refreshes() {
    after_which_nothing_is_accepted(json!({})).await;
}

#[tokio::test]
async fn a_logout_everywhere_wins_against_a_crowd_of_refreshes() {
    after_which_nothing_is_accepted(json!({ "everywhere": true })).await;
}

async fn after_which_nothing_is_accepted(how: serde_json::Value) {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let logout = Call::post("/v1/auth/logout").bearer(&session.access_token).json(&how);
    let mut calls = vec![refresh(&session); CROWD];
    calls.insert(CROWD / 2, logout);

    let mut answers = visitor.race(calls).await;

    answers.remove(CROWD / 2).gives(json!({ "success": true }));
    visitor.finds_ended(&session).await;
    for answer in answers {
        if answer.status != 200 {
            answer.refuses(401, "REFRESH_TOKEN_REVOKED");
            continue;
        }
        let data = answer.data();
        visitor.looks_up(data["accessToken"].as_str().unwrap()).await.refuses(401, "UNAUTHORIZED");
        visitor.refreshes(data["refreshToken"].as_str().unwrap()).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    }
}

fn refresh(session: &SessionTokens) -> Call {
    Call::post("/v1/auth/refresh").json(&json!({ "refreshToken": session.refresh_token }))
}

async fn generation_of(stack: &Stack, session: &SessionTokens) -> String {
    let dump = stack.dump().await;
    let items = items_with(&dump, "Sessions", &session.id());
    assert_eq!(items.len(), 1);
    items[0]["generation"]["N"].as_str().unwrap().to_owned()
}

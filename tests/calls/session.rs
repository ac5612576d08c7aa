//! What it costs to keep a session alive, to look it up, and to end it.

use serde_json::json;

use super::counted;
use crate::contracts::actor;
use crate::harness::{Call, Person};

#[tokio::test]
async fn a_refresh_is_one_call_beside_a_read_and_so_is_its_repetition() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    visitor.renews(&session).await;
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
    stack.forget_trace().await;
    visitor.renews(&session).await;
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
}

#[tokio::test]
async fn an_actors_token_is_renewed_put_into_a_cookie_and_given_again_at_the_cost_of_a_refresh_or_a_look_up() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let returning = actor::returning(&visitor, "user", &Person::new()).await.header("idempotency-key", "k");
    let token = visitor.send(returning.clone()).await.json()["token"].as_str().unwrap().to_owned();
    stack.forget_trace().await;
    visitor.send(returning).await.is(200, json!({ "token": token }));
    stack.made(&["UpdateItem SignIns"]).await;
    stack.forget_trace().await;
    visitor.send(Call::post("/auth/token/refresh").bearer(&token)).await.is(200, json!({ "token": "<jwt>" }));
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
    stack.forget_trace().await;
    assert_eq!(visitor.send(Call::post("/auth/session").bearer(&token)).await.status, 200);
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Sessions"]).await;
}

#[tokio::test]
async fn a_forged_refresh_token_is_no_call() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let mut forged = visitor.signs_in(&Person::new()).await.refresh_token.into_bytes();
    forged[30] = if forged[30] == b'A' { b'B' } else { b'A' };
    stack.forget_trace().await;
    visitor.refreshes(str::from_utf8(&forged).unwrap()).await.refuses(401, "REFRESH_TOKEN_INVALID");
    stack.made(&[]).await;
}

#[tokio::test]
async fn a_logout_is_one_call_beside_a_read() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    visitor.logs_out(&session.access_token).await.data();
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
}

#[tokio::test]
async fn a_logout_everywhere_is_one_transaction_however_many_sessions_there_are() {
    let stack = counted().await;
    let (visitor, person) = (stack.visitor(), Person::new());
    let mut sessions = vec![visitor.signs_in(&person).await];
    for _ in 0..59 {
        sessions.push(stack.visitor().signs_in(&person).await);
    }
    stack.forget_trace().await;
    visitor.logs_out_everywhere(&sessions[0].access_token).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "TransactWriteItems Users"]).await;
    for session in &sessions {
        visitor.looks_up(&session.access_token).await.refuses(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn a_session_look_up_is_one_read_beside_the_users() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    visitor.looks_up(&session.access_token).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users"]).await;
}

#[tokio::test]
async fn a_forged_access_token_is_no_call() {
    let stack = counted().await;
    stack.visitor().looks_up("nonsense").await.refuses(401, "UNAUTHORIZED");
    stack.made(&[]).await;
}

#[tokio::test]
async fn sessions_are_listed_with_one_query_and_ended_with_one_write() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let (session, other) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    stack.forget_trace().await;
    visitor.lists_sessions(&session.access_token).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "Query Sessions", "BatchGetItem Sessions"]).await;
    stack.forget_trace().await;
    visitor.ends(&session.access_token, &other.id()).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Sessions"]).await;
}

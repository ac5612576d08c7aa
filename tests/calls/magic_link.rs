//! What it costs to mail a link, and to open it.

use serde_json::json;

use super::counted;
use crate::harness::Person;

#[tokio::test]
async fn a_link_is_one_transaction_beside_one_read() {
    let stack = counted().await;
    stack.visitor().gets_link(&Person::new().email).await;
    stack.made(&["GetItem Users", "TransactWriteItems Limits+MagicLinks"]).await;
}

#[tokio::test]
async fn a_verify_of_a_known_user_is_three_calls() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let email = Person::new().email;
    visitor.signs_in_by_link(&email).await;
    let token = visitor.gets_link(&email).await;
    stack.forget_trace().await;
    visitor.verifies(&token).await.data();
    stack.made(&["UpdateItem MagicLinks", "GetItem Users", "PutItem Sessions"]).await;
}

#[tokio::test]
async fn a_verify_of_a_new_user_is_three_calls_of_which_one_is_a_transaction() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let token = visitor.gets_link(&Person::new().email).await;
    stack.forget_trace().await;
    visitor.verifies(&token).await.data();
    stack.made(&["UpdateItem MagicLinks", "GetItem Users", "TransactWriteItems Sessions+Users"]).await;
}

#[tokio::test]
async fn a_verify_by_code_counts_its_try_first() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let email = Person::new().email;
    visitor.signs_in_by_link(&email).await;
    let asked = visitor.asks_for_link(&email).await.data();
    let code = visitor.newest_code(&email).await;
    stack.forget_trace().await;
    let body = json!({ "requestId": asked["requestId"], "code": code });
    visitor.post("/v1/auth/verify", body).await.data();
    stack.made(&["UpdateItem MagicLinks", "UpdateItem MagicLinks", "GetItem Users", "PutItem Sessions"]).await;
}

#[tokio::test]
async fn a_malformed_link_is_no_call() {
    let stack = counted().await;
    stack.visitor().verifies("nonsense").await.refuses(400, "MAGIC_LINK_INVALID");
    stack.made(&[]).await;
}

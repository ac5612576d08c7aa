//! What it costs to sign in with a provider or an external login, and to link an identity.

use serde_json::json;

use super::counted;
use crate::contracts::{actor, gateway, lab};
use crate::harness::{Call, Person, SessionTokens};
use crate::identities::{PATH, bringing, leaves, unlinks};
use crate::lies::{LIES, signs_in_at};

#[tokio::test]
async fn a_login_counts_and_keeps_its_state_in_one_transaction() {
    let stack = counted().await;
    stack.visitor().starts("honest").await;
    stack.made(&["TransactWriteItems Limits+SignIns"]).await;
}

#[tokio::test]
async fn a_callback_of_a_known_user_is_three_calls() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    visitor.signs_in(&person).await;
    let started = visitor.starts("honest").await;
    let code = LIES.code(&started, &person, |_| {});
    stack.forget_trace().await;
    visitor.callback(&started, &code).await.data();
    stack.made(&["UpdateItem SignIns", "GetItem Users", "PutItem Sessions"]).await;
}

#[tokio::test]
async fn a_callback_of_a_new_user_is_four_calls_of_which_one_is_a_transaction() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let started = visitor.starts("honest").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    stack.forget_trace().await;
    visitor.callback(&started, &code).await.data();
    let written = "TransactWriteItems Sessions+Users";
    stack.made(&["UpdateItem SignIns", "GetItem Users", "GetItem Users", written]).await;
}

#[tokio::test]
async fn a_refused_state_is_one_call() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let mut started = visitor.starts("honest").await;
    started.state = "s".repeat(43);
    stack.forget_trace().await;
    visitor.callback(&started, "code").await.refuses(400, "INVALID_STATE");
    stack.made(&["UpdateItem SignIns"]).await;
}

#[tokio::test]
async fn a_state_is_read_before_a_provider_is_asked_for_its_metadata() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let started = visitor.starts("guarded").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    stack.forget_trace().await;
    let mut made_up = started.clone();
    made_up.state = "s".repeat(43);
    visitor.callback(&made_up, "code").await.refuses(400, "INVALID_STATE");
    stack.made(&["GetItem SignIns"]).await;
    stack.forget_trace().await;
    visitor.callback(&started, &code).await.data();
    let calls = ["GetItem SignIns", "UpdateItem SignIns", "GetItem Users", "GetItem Users"];
    stack.made(&[&calls[..], &["TransactWriteItems Sessions+Users"]].concat()).await;
}

#[tokio::test]
async fn gateway_comes_back_in_three_calls_and_actor_says_at_the_end_that_it_is_done() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    visitor.signs_in(&person).await;
    let calls = ["UpdateItem SignIns", "GetItem Users", "PutItem Sessions"];
    let returning = gateway::returning(&visitor, &person).await;
    stack.forget_trace().await;
    visitor.send(returning).await.data();
    stack.made(&calls).await;
    let returning = actor::returning(&visitor, "user", &person).await;
    stack.forget_trace().await;
    assert_eq!(visitor.send(returning).await.status, 200);
    stack.made(&[&calls[..], &["UpdateItem SignIns"]].concat()).await;
}

#[tokio::test]
async fn an_external_login_is_confirmed_in_one_call_and_its_person_let_in_with_three() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    lab::signs_in(&visitor, &person).await;
    stack.forget_trace().await;
    let started = lab::starts(&visitor).await;
    stack.made(&["TransactWriteItems Limits+SignIns"]).await;
    stack.forget_trace().await;
    lab::confirms(&visitor, &started, &person).await;
    stack.made(&["UpdateItem SignIns"]).await;
    stack.forget_trace().await;
    let session = SessionTokens::of(&lab::goes_on(&visitor, &started).await.data());
    stack.made(&["UpdateItem SignIns", "GetItem Users", "PutItem Sessions"]).await;
    stack.forget_trace().await;
    let asks = Call::get("/v1/auth/session/external-token").bearer(&session.access_token);
    visitor.send(asks).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users"]).await;
}

#[tokio::test]
async fn an_api_key_that_is_none_is_no_call() {
    let stack = counted().await;
    let call = Call::post("/v1/auth/callback/external").bearer("none").json(&json!({}));
    assert_eq!(stack.visitor().send(call).await.status, 403);
    stack.made(&[]).await;
}

#[tokio::test]
async fn identities_are_listed_with_what_a_look_up_costs_and_changed_with_one_transaction() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    signs_in_at(&visitor, "other", &Person::new(), |_| {}).await;
    let look_up = ["GetItem Sessions", "GetItem Users"];
    stack.forget_trace().await;
    visitor.send(Call::get(PATH).bearer(&session.access_token)).await.data();
    stack.made(&look_up).await;

    stack.forget_trace().await;
    let started = leaves(&visitor, &session, "other").await;
    stack.made(&[&look_up[..], &["TransactWriteItems Limits+SignIns"]].concat()).await;

    stack.forget_trace().await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    visitor.send(bringing(&session, &started, &code)).await.data();
    // The notice's undo is kept in the same transaction.
    let written = "TransactWriteItems Sessions+Users";
    let found = ["UpdateItem SignIns", "GetItem Users", "GetItem Users", written];
    stack.made(&[&["UpdateItem SignIns"], &look_up[..], &found].concat()).await;

    stack.forget_trace().await;
    unlinks(&visitor, &session, "other").await.data();
    stack.made(&[&look_up[..], &[written]].concat()).await;
}

//! What passkeys cost.

use serde_json::json;

use super::counted;
use crate::harness::{Call, Person, VirtualPasskey};
use crate::passkeys::Holder;

#[tokio::test]
async fn a_sign_in_by_passkey_is_one_call_and_then_three_in_sequence() {
    let stack = counted().await;
    let holder = Holder::at(stack.visitor()).await;
    holder.visitor.signs_in_by_passkey(&holder.passkey).await;
    stack.forget_trace().await;
    let question = holder.visitor.is_asked_for_a_passkey().await;
    stack.made(&["TransactWriteItems Limits+SignIns"]).await;
    stack.forget_trace().await;
    holder.visitor.signs_in_by(&question, holder.signs(&question)).await.data();
    let written = "TransactWriteItems Sessions+Users";
    stack.made(&["UpdateItem SignIns", "GetItem Users", "GetItem Users", written]).await;
}

#[tokio::test]
async fn a_passkey_as_a_second_factor_costs_what_a_code_does_and_its_question() {
    let stack = counted().await;
    let holder = Holder::at(stack.visitor()).await;
    let visitor = holder.visitor;
    let partial = holder.comes_halfway().await;
    stack.forget_trace().await;
    let question = visitor.is_asked_for_second_factor(&partial).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "TransactWriteItems Limits+SignIns"]).await;
    stack.forget_trace().await;
    visitor.completes_by(&partial, &question, holder.signs(&question)).await.data();
    let written = "TransactWriteItems Sessions+Users";
    stack.made(&["UpdateItem Sessions", "UpdateItem SignIns", "UpdateItem Users", "GetItem Users", written]).await;
}

#[tokio::test]
async fn a_step_up_by_passkey_costs_what_one_by_a_code_does_and_its_question() {
    let stack = counted().await;
    let holder = Holder::at(stack.visitor()).await;
    let (visitor, session) = (holder.visitor, &holder.session);
    stack.forget_trace().await;
    let question = visitor.is_asked_to_step_up(session).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users", "PutItem SignIns"]).await;
    stack.forget_trace().await;
    visitor.steps_up_by(session, &question, holder.signs(&question)).await.data();
    let written = "TransactWriteItems Sessions+Users";
    let looks = ["GetItem Sessions", "GetItem Users"];
    stack.made(&[&looks[..], &["UpdateItem SignIns", "UpdateItem Users", written]].concat()).await;
}

#[tokio::test]
async fn a_passkey_is_registered_and_removed_with_one_transaction_and_renamed_with_one_write() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    let question = visitor.is_asked_to_register(&session, json!({})).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users", "PutItem SignIns"]).await;
    stack.forget_trace().await;
    let passkey = VirtualPasskey::made_for(&question);
    let credential = passkey.attests(&stack, &question, |_| {});
    let kept = visitor.registers(&session, &question, credential).await.data();
    let written = "TransactWriteItems Sessions+Users";
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem SignIns", written]).await;

    let session = visitor.signs_in_by_passkey(&passkey).await;
    stack.forget_trace().await;
    visitor.lists_passkeys(&session).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users"]).await;
    stack.forget_trace().await;
    let id = kept["passkey"]["id"].as_str().unwrap();
    let renaming = Call::new("PATCH", format!("/v1/auth/passkeys/{id}")).bearer(&session.access_token);
    visitor.send(renaming.json(&json!({ "name": "Key" }))).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users"]).await;
    stack.forget_trace().await;
    visitor.removes_passkey(&session, id, json!({})).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users", written]).await;
}

#[tokio::test]
async fn an_answer_to_no_question_is_one_call_and_one_that_names_nobody_none() {
    let stack = counted().await;
    let holder = Holder::at(stack.visitor()).await;
    let mut question = holder.visitor.is_asked_for_a_passkey().await;
    question["requestId"] = "A".repeat(43).into();
    stack.forget_trace().await;
    holder.visitor.signs_in_by(&question, holder.signs(&question)).await.refuses(400, "INVALID_CODE");
    stack.made(&["UpdateItem SignIns"]).await;
    stack.forget_trace().await;
    let nobody = holder.passkey.signs(&stack, &question, |said| said.handle = None);
    holder.visitor.signs_in_by(&question, nobody).await.refuses(400, "INVALID_CODE");
    stack.made(&[]).await;
}

#[tokio::test]
async fn what_a_passkey_proved_lately_costs_a_look_at_the_lock() {
    let stack = counted().await;
    let holder = Holder::at(stack.visitor()).await;
    let session = holder.visitor.signs_in_by_passkey(&holder.passkey).await;
    stack.forget_trace().await;
    holder.visitor.renews_codes_without_any(&session).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users", "UpdateItem Users"]).await;
    stack.forget_trace().await;
    holder.visitor.is_shown_a_seed(&session, json!({})).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users", "UpdateItem Users"]).await;
}

//! What a passkey says once, said by a crowd.

use super::second_factor::sessions_of;
use super::{CROWD, winners};
use crate::harness::{Call, PASSKEYS, Passkey, Person, Stack, Visitor};
use crate::passkeys::{Holder, completing_by};
use serde_json::json;

#[tokio::test]
async fn a_crowd_with_one_signature_gets_one_session() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let question = holder.visitor.is_asked_for_a_passkey().await;
    let call = Visitor::signing_in_by(&question, holder.signs(&question));
    let answers = holder.visitor.race(vec![call; CROWD]).await;
    winners(&answers, 1, 400, "INVALID_CODE");
    assert_eq!(sessions_of(stack, &holder.session).await, 2, "the one that registered, and one more");
}

#[tokio::test]
async fn signatures_of_one_count_to_many_questions_get_one_session() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let mut calls = Vec::new();
    for _ in 0..8 {
        let question = holder.visitor.is_asked_for_a_passkey().await;
        let credential = holder.passkey.signs(stack, &question, |said| said.count = 7);
        calls.push(Visitor::signing_in_by(&question, credential));
    }
    winners(&holder.visitor.race(calls).await, 1, 400, "INVALID_CODE");
    assert_eq!(sessions_of(stack, &holder.session).await, 2, "a copied key");
}

#[tokio::test]
async fn a_crowd_with_one_signature_completes_one_partial_session_once() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let partial = holder.comes_halfway().await;
    let question = holder.visitor.is_asked_for_second_factor(&partial).await.data();
    let call = completing_by(&partial, &question, holder.signs(&question));

    let answers = holder.visitor.race(vec![call; CROWD]).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        let code = lost.json()["error"].as_str().unwrap().to_owned();
        assert!(["SECOND_FACTOR_INVALID", "SECOND_FACTOR_LOCKED"].contains(&&code[..]), "{lost}");
    }
    assert_eq!(sessions_of(stack, &holder.session).await, 2, "the one that registered, and one more");
}

#[tokio::test]
async fn a_crowd_that_registers_one_passkey_gets_one_set_of_recovery_codes() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let question = visitor.is_asked_to_register(&session, json!({})).await.data();
    let credential = Passkey::made_for(&question).attests(stack, &question, |_| {});
    let body = json!({ "requestId": question["requestId"], "credential": credential });
    let call = Call::post(PASSKEYS).bearer(&session.access_token).json(&body);
    winners(&visitor.race(vec![call; CROWD]).await, 1, 400, "INVALID_CODE");
    assert_eq!(visitor.lists_passkeys(&session).await.data()["passkeys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn of_many_first_passkeys_one_is_the_first_and_the_others_start_again() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let mut calls = Vec::new();
    for _ in 0..4 {
        let question = visitor.is_asked_to_register(&session, json!({})).await.data();
        let credential = Passkey::made_for(&question).attests(stack, &question, |_| {});
        let body = json!({ "requestId": question["requestId"], "credential": credential });
        calls.push(Call::post(PASSKEYS).bearer(&session.access_token).json(&body));
    }
    let won = winners(&visitor.race(calls).await, 1, 400, "INVALID_CODE");
    visitor.steps_up(&session, won[0]["recoveryCodes"][0].as_str().unwrap()).await.data();
}

#[tokio::test]
async fn passkeys_that_go_at_the_same_moment_all_go() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    let (other, _) = visitor.adds_passkey(&session).await;
    let removing = |id: &str| Call::delete(format!("{PASSKEYS}/{id}")).bearer(&session.access_token).json(&json!({}));
    let answers = visitor.race([removing(&holder.passkey.id), removing(&other.id)]).await;
    winners(&answers, 2, 404, "NOT_FOUND");
    visitor.signs_in(&holder.person).await;
}

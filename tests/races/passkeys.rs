//! What a passkey says once, said by a crowd.

use serde_json::json;

use super::second_factor::sessions_of;
use super::{CROWD, winners};
use crate::harness::{Call, PASSKEYS, Person, SECOND_FACTOR, SessionTokens, Stack, VirtualPasskey, Visitor, codes_of};
use crate::passkeys::{Holder, completing_by};

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
async fn a_crowd_with_one_signature_of_a_passkey_that_does_not_count_gets_one_session() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let (passkey, _) = visitor.adds_passkey_that(&session, |said| said.count = 0).await;
    let question = visitor.is_asked_for_a_passkey().await;
    let call = Visitor::signing_in_by(&question, passkey.signs(stack, &question, |said| said.count = 0));
    winners(&visitor.race(vec![call; CROWD]).await, 1, 400, "INVALID_CODE");
    assert_eq!(sessions_of(stack, &session).await, 2, "the one that registered, and one more");
}

#[tokio::test]
async fn a_crowd_with_one_signature_of_a_passkey_that_does_not_count_steps_up_once() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let (passkey, _) = visitor.adds_passkey_that(&session, |said| said.count = 0).await;
    let question = visitor.is_asked_to_step_up(&session).await.data();
    let credential = passkey.signs(stack, &question, |said| said.count = 0);
    let body = json!({ "requestId": question["requestId"], "credential": credential });
    let call = Call::post(format!("{SECOND_FACTOR}/step-up/passkey")).bearer(&session.access_token).json(&body);
    winners(&visitor.race(vec![call; 8]).await, 1, 401, "SECOND_FACTOR_INVALID");
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
        assert!(["SECOND_FACTOR_INVALID", "SECOND_FACTOR_LOCKED", "UNAUTHORIZED"].contains(&&code[..]), "{lost}");
    }
    assert_eq!(sessions_of(stack, &holder.session).await, 2, "the one that registered, and one more");
}

#[tokio::test]
async fn a_crowd_that_registers_one_passkey_gets_one_set_of_recovery_codes() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let call = registering(&visitor, &session).await;
    winners(&visitor.race(vec![call; CROWD]).await, 1, 400, "INVALID_CODE");
    assert_eq!(passkeys_of(&visitor, &session).await, 1);
}

#[tokio::test]
async fn of_many_first_passkeys_one_is_the_first_and_the_others_start_again() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(registering(&visitor, &session).await);
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
    let answers = visitor.race([removing(&session, &holder.passkey.id), removing(&session, &other.id)]).await;
    winners(&answers, 2, 404, "NOT_FOUND");
    visitor.signs_in(&holder.person).await;
}

#[tokio::test]
async fn a_crowd_that_registers_one_more_passkey_keeps_it_once() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    let call = registering(&visitor, &session).await;
    winners(&visitor.race(vec![call; CROWD]).await, 1, 400, "INVALID_CODE");
    assert_eq!(passkeys_of(&visitor, &session).await, 2);
}

#[tokio::test]
async fn an_account_that_has_a_passkey_asks_for_one_however_they_come_and_go() {
    for _ in 0..8 {
        let holder = Holder::at(Stack::shared().visitor()).await;
        let visitor = holder.visitor;
        let session = visitor.signs_in_by_passkey(&holder.passkey).await;
        visitor.enrols(&session).await;
        let other = registering(&visitor, &session).await;
        visitor.race([other, removing(&session, &holder.passkey.id)]).await;
        asks_for_what_it_has(&holder, &session).await;
    }
}

#[tokio::test]
async fn an_account_that_has_a_passkey_asks_for_it_though_it_was_to_be_the_first() {
    for _ in 0..8 {
        let visitor = Stack::shared().visitor();
        let person = Person::new();
        let session = visitor.signs_in(&person).await;
        let first = registering(&visitor, &session).await;
        let (passkey, data) = visitor.adds_passkey(&session).await;
        let session = visitor.signs_in_by_passkey(&passkey).await;
        visitor.race([first, removing(&session, &passkey.id)]).await;
        let holder = Holder { visitor, person, session: session.clone(), passkey, recovery_codes: codes_of(&data) };
        asks_for_what_it_has(&holder, &session).await;
    }
}

/// A registration, ready to be sent.
async fn registering(visitor: &Visitor<'_>, session: &SessionTokens) -> Call {
    let question = visitor.is_asked_to_register(session, json!({})).await.data();
    let credential = VirtualPasskey::made_for(&question).attests(visitor.stack, &question, |_| {});
    let body = json!({ "requestId": question["requestId"], "credential": credential });
    Call::post(PASSKEYS).bearer(&session.access_token).json(&body)
}

fn removing(session: &SessionTokens, id: &str) -> Call {
    Call::delete(format!("{PASSKEYS}/{id}")).bearer(&session.access_token).json(&json!({}))
}

async fn passkeys_of(visitor: &Visitor<'_>, session: &SessionTokens) -> usize {
    visitor.lists_passkeys(session).await.data()["passkeys"].as_array().unwrap().len()
}

/// Whoever signs in is asked for a passkey exactly where the account has one.
async fn asks_for_what_it_has(holder: &Holder<'_>, session: &SessionTokens) {
    let token = holder.visitor.gets_link(&holder.person.email).await;
    let asked = holder.visitor.verifies(&token).await.data()["methods"].to_string().contains("passkey");
    assert_eq!(asked, passkeys_of(&holder.visitor, session).await > 0);
}

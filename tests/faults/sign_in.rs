//! Signing in with a provider on bad days.

use serde_json::json;
use tokio::join;

use super::sweep::sweep;
use crate::contracts::actor;
use crate::harness::{APP, Answer, NO_PAUSE, Person, SessionTokens, Stack, StartedSignIn, Visitor};
use crate::lies::LIES;

#[tokio::test]
async fn a_sign_in_with_a_provider_stands_every_fault() {
    join!(
        a_login_that_was_answered_can_be_finished_and_one_that_was_not_can_be_repeated(),
        a_callback_of_somebody_new_makes_one_account_and_one_session_at_most(),
        a_callback_of_somebody_known_leads_to_their_account_or_nowhere(),
        a_callback_that_joins_an_account_joins_it_wholly_or_not_at_all(),
    );
}

async fn a_login_that_was_answered_can_be_finished_and_one_that_was_not_can_be_repeated() {
    sweep(
        "login",
        async |_| (),
        async |visitor, ()| visitor.login(json!({ "provider": "honest", "redirectUri": APP })).await,
        async |visitor, (), answer| {
            let started = match answer.status {
                200 => StartedSignIn::of("honest", &answer.data()),
                _ => visitor.starts("honest").await,
            };
            visitor.callback(&started, &LIES.code(&started, &Person::new(), |_| {})).await.data();
        },
    )
    .await;
}

async fn a_callback_of_somebody_new_makes_one_account_and_one_session_at_most() {
    sweep("callback", async |visitor| (Person::new(), visitor.starts("honest").await), returns, is_let_in_once).await;
}

async fn a_callback_of_somebody_known_leads_to_their_account_or_nowhere() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        visitor.signs_in(&person).await;
        (person, visitor.starts("honest").await)
    };
    sweep("callback", prepare, returns, is_let_in_once).await;
}

async fn a_callback_that_joins_an_account_joins_it_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        visitor.signs_in_by_link(&person.email).await;
        (person, visitor.starts("honest").await)
    };
    sweep("callback", prepare, returns, is_let_in_once).await;
}

#[tokio::test]
async fn what_only_tidies_up_after_a_sign_in_costs_nobody_the_sign_in() {
    let stack = Stack::alone(&[NO_PAUSE]);
    let (visitor, person) = (stack.visitor(), Person::new());
    let first = actor::returning(&visitor, "user", &person).await;
    visitor.send(first).await.is(200, json!({ "token": "<jwt>" }));
    let returning = actor::returning(&visitor, "user", &person).await;
    stack.orders(&json!({ "function": "callback", "kind": "failed", "after": 3, "times": 100 })).await;
    let answer = visitor.send(returning).await;
    assert!(stack.heals().await > 0, "the fourth call is the one that tidies up");
    answer.is(200, json!({ "token": "<jwt>" }));
}

async fn returns(visitor: &Visitor<'_>, (person, started): &(Person, StartedSignIn)) -> Answer {
    visitor.callback(started, &LIES.code(started, person, |_| {})).await
}

/// Asserts that the state gave one session at most, that an acknowledged one lives, and that the next sign-in finds the
/// same account.
async fn is_let_in_once(visitor: &Visitor<'_>, (person, started): (Person, StartedSignIn), answer: Answer) {
    let again = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
    let later = visitor.signs_in(&person).await;
    for given in [answer, again].iter().filter(|answer| answer.status == 200) {
        let session = SessionTokens::of(&given.data());
        assert_eq!(session.user_id(), later.user_id());
        visitor.looks_up(&session.access_token).await.data();
    }
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), later.user_id());
}

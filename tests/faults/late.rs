//! Writes that come late, or that nobody has heard of: whatever was ended in the meantime stays ended (I3, I5).

use std::time::Duration;

use serde_json::json;
use tokio::join;

use crate::harness::{Answer, NO_PAUSE, Person, SessionTokens, Stack};

#[tokio::test]
async fn a_session_that_is_ended_before_its_writer_has_heard_of_it_does_not_come_back() {
    let stack = Stack::alone(&[NO_PAUSE]);
    let (visitor, person) = (stack.visitor(), Person::new());
    let own = visitor.signs_in_by_link(&person.email).await;
    let ending = async || {
        let id = begun_beside(&stack, &own).await;
        visitor.ends(&own.access_token, &id).await.data();
    };
    let (late, ()) = join!(signs_in_late(&stack, &person, "unheard"), ending());
    visitor.finds_ended(&SessionTokens::of(&late.data())).await;
}

#[tokio::test]
async fn a_logout_everywhere_ends_a_session_whose_writer_has_not_heard_of_it() {
    let stack = Stack::alone(&[NO_PAUSE]);
    let (visitor, person) = (stack.visitor(), Person::new());
    let own = visitor.signs_in_by_link(&person.email).await;
    let ending = async || {
        begun_beside(&stack, &own).await;
        visitor.logs_out_everywhere(&own.access_token).await.data();
    };
    let (late, ()) = join!(signs_in_late(&stack, &person, "unheard"), ending());
    visitor.finds_ended(&SessionTokens::of(&late.data())).await;
}

#[tokio::test]
async fn a_session_that_is_written_after_a_logout_everywhere_is_over_from_the_start() {
    let stack = Stack::alone(&[NO_PAUSE]);
    let (visitor, person) = (stack.visitor(), Person::new());
    let own = visitor.signs_in_by_link(&person.email).await;
    let ending = async || {
        struck(&stack).await;
        visitor.logs_out_everywhere(&own.access_token).await.data();
    };
    let (late, ()) = join!(signs_in_late(&stack, &person, "silent"), ending());
    visitor.finds_ended(&SessionTokens::of(&late.data())).await;
}

#[tokio::test]
async fn a_session_by_one_factor_that_is_written_after_a_second_one_counts_is_over_from_the_start() {
    let stack = Stack::alone(&[NO_PAUSE]);
    let (visitor, person) = (stack.visitor(), Person::new());
    let own = visitor.signs_in_by_link(&person.email).await;
    let enrolling = async || {
        struck(&stack).await;
        visitor.enrols(&own).await;
    };
    let (late, ()) = join!(signs_in_late(&stack, &person, "silent"), enrolling());
    visitor.finds_ended(&SessionTokens::of(&late.data())).await;
    visitor.looks_up(&visitor.renews(&own).await.access_token).await.data();
}

/// Somebody known opens a link, and the write of their session meets a fault of this kind, once.
async fn signs_in_late(stack: &Stack, person: &Person, kind: &str) -> Answer {
    let visitor = stack.visitor();
    let token = visitor.gets_link(&person.email).await;
    stack.orders(&json!({ "function": "verify", "kind": kind, "after": 2, "times": 1 })).await;
    visitor.verifies(&token).await
}

/// Waits for a second session beside `own`; gives its id.
async fn begun_beside(stack: &Stack, own: &SessionTokens) -> String {
    loop {
        let listed = stack.visitor().lists_sessions(&own.access_token).await.data();
        let ids = listed["sessions"].as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap());
        if let Some(id) = ids.into_iter().find(|id| *id != own.id()) {
            return id.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the fault has struck.
async fn struck(stack: &Stack) {
    while stack.struck().await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

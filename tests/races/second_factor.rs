//! Codes of a second factor, used and guessed by a crowd.

use super::{CROWD, items_with};
use crate::harness::{Authenticator, NO_PAUSE, Person, SessionTokens, Stack, Visitor, completing, second_factor_due};

/// Somebody with a second factor, and so many partial sessions of theirs.
async fn halfway(visitor: &Visitor<'_>, partials: usize) -> (SessionTokens, Authenticator, Vec<String>) {
    let person = Person::new();
    let session = visitor.signs_in(&person).await;
    let app = visitor.enrols(&session).await;
    let mut ids = Vec::new();
    for _ in 0..partials {
        let started = visitor.starts("honest").await;
        let code = crate::lies::LIES.code(&started, &person, |_| {});
        let data = visitor.callback(&started, &code).await.gives(second_factor_due());
        ids.push(data["sessionId"].as_str().unwrap().to_owned());
    }
    (session, app, ids)
}

/// So many sessions of the person are in the store.
pub async fn sessions_of(stack: &Stack, session: &SessionTokens) -> usize {
    let dump = stack.dump().await;
    let items = items_with(&dump, "Sessions", session.user_id());
    items.iter().filter(|item| item["id"]["S"].as_str().unwrap().starts_with("ses_")).count()
}

/// How many tries of the person are on record.
async fn tries_of(stack: &Stack, session: &SessionTokens) -> u32 {
    let dump = stack.dump().await;
    let items = items_with(&dump, "Users", &format!("factor#{}", session.user_id()));
    assert_eq!(items.len(), 1);
    items[0]["tries"]["N"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_crowd_with_one_right_code_on_one_partial_session_gets_one_session() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (session, app, partials) = halfway(&visitor, 1).await;
    let code = app.code().await;

    let answers = visitor.race(vec![completing(&partials[0], &code); CROWD]).await;

    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        let code = lost.json()["error"].as_str().unwrap().to_owned();
        assert!(["SECOND_FACTOR_INVALID", "SECOND_FACTOR_LOCKED", "UNAUTHORIZED"].contains(&&code[..]), "{lost}");
    }
    assert_eq!(sessions_of(stack, &session).await, 2, "the one that enrolled, and one more");
}

#[tokio::test]
async fn a_crowd_with_one_right_code_on_many_partial_sessions_gets_one_session() {
    let stack = Stack::with(&[NO_PAUSE]);
    let visitor = stack.visitor();
    for kind in ["app", "recovery"] {
        let (session, app, partials) = halfway(&visitor, 8).await;
        let code = if kind == "app" { app.code().await } else { app.recovery_codes[0].clone() };
        let answers = visitor.race(partials.iter().map(|partial| completing(partial, &code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{kind}");
        assert_eq!(sessions_of(&stack, &session).await, 2, "{kind}");
    }
}

#[tokio::test]
async fn a_crowd_of_wrong_codes_is_counted_and_no_more_than_five_are_compared() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (session, app, partials) = halfway(&visitor, 1).await;

    let answers = visitor.race(vec![completing(&partials[0], &app.wrong_code()); CROWD]).await;

    let compared = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(compared, 5);
    assert!(answers.iter().all(|answer| answer.status == 401 || answer.status == 429));
    assert_eq!(tries_of(stack, &session).await, 5);
}

#[tokio::test]
async fn fifty_partial_sessions_share_one_count_of_tries() {
    let stack = Stack::with(&[NO_PAUSE]);
    let visitor = stack.visitor();
    let (session, app, partials) = halfway(&visitor, 50).await;
    let wrong = app.wrong_code();

    let answers = visitor.race(partials.iter().map(|partial| completing(partial, &wrong))).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 10);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 40);
    assert_eq!(tries_of(&stack, &session).await, 10);
    visitor.completes(&partials[0], &app.code().await).await.refuses(429, "SECOND_FACTOR_LOCKED");
}

#[tokio::test]
async fn a_crowd_that_confirms_one_seed_gets_one_set_of_recovery_codes() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let shown = visitor.is_shown_a_seed(&session, serde_json::json!({})).await.data();
    let app = Authenticator::of(shown["secret"].as_str().unwrap());
    let code = app.code().await;
    let call = crate::harness::Call::post("/v1/auth/second-factor/totp/confirm").bearer(&session.access_token);
    let answers = visitor.race(vec![call.json(&serde_json::json!({ "code": code })); CROWD]).await;
    super::winners(&answers, 1, 401, "SECOND_FACTOR_INVALID");
}

//! Tries are counted, over all sessions of a person and all kinds of code.

use serde_json::json;

use super::EnrolledPerson;
use crate::harness::{Answer, ServiceStack, Stack, now};

#[tokio::test]
async fn five_tries_use_a_partial_session_up() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    for _ in 0..5 {
        let wrong = enrolled.app.wrong_code();
        enrolled.visitor.completes(&partial, &wrong).await.refuses(401, "SECOND_FACTOR_INVALID");
    }
    let code = enrolled.app.code().await;
    let answer = enrolled.visitor.completes(&partial, &code).await;
    answer.refuses(429, "SECOND_FACTOR_LOCKED");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
    enrolled.visitor.completes(&enrolled.comes_halfway().await, &code).await.data();
}

#[tokio::test]
async fn ten_tries_lock_the_factor_for_a_quarter_of_an_hour_whatever_is_tried() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let (visitor, session) = (enrolled.visitor, &enrolled.session);
    let partials = [enrolled.comes_halfway().await, enrolled.comes_halfway().await];
    let wrong = || enrolled.app.wrong_code();
    for partial in &partials {
        for _ in 0..3 {
            visitor.completes(partial, &wrong()).await.refuses(401, "SECOND_FACTOR_INVALID");
        }
    }
    visitor.removes_factor(session, &wrong()).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.renews_recovery_codes(session, "ABCDE-FGHJK").await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.steps_up(session, &wrong()).await.refuses(401, "SECOND_FACTOR_INVALID");
    let last = visitor.is_shown_a_seed(session, json!({ "code": wrong() })).await;
    let decisions = ["second_factor_locked", "second_factor_refused"];
    stack.audited(&last.refuses(401, "SECOND_FACTOR_INVALID"), &decisions).await;
    assert_eq!(enrolled.notices().await.len(), 2, "of the set-up, and of the lock");

    let code = enrolled.app.code().await;
    let fresh = enrolled.comes_halfway().await;
    for answer in [
        visitor.completes(&fresh, &code).await,
        visitor.completes(&fresh, &enrolled.app.recovery_codes[0]).await,
        visitor.removes_factor(session, &code).await,
        visitor.renews_recovery_codes(session, &code).await,
        visitor.steps_up(session, &code).await,
        visitor.is_shown_a_seed(session, json!({ "code": code })).await,
    ] {
        stack.audited(&answer.refuses(429, "SECOND_FACTOR_LOCKED"), &["second_factor_refused"]).await;
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((880..=900).contains(&wait), "{wait}");
    }
    assert_eq!(enrolled.notices().await.len(), 2, "the person is told once");
}

#[tokio::test]
async fn a_code_that_counts_begins_the_count_anew() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    for code in [enrolled.app.recovery_codes[0].clone(), enrolled.app.code().await, enrolled.app.code().await] {
        for _ in 0..2 {
            let partial = enrolled.comes_halfway().await;
            for _ in 0..4 {
                let wrong = enrolled.app.wrong_code();
                enrolled.visitor.completes(&partial, &wrong).await.refuses(401, "SECOND_FACTOR_INVALID");
            }
        }
        enrolled.visitor.completes(&enrolled.comes_halfway().await, &code).await.data();
    }
}

#[tokio::test]
async fn each_lock_is_longer_than_the_one_before_and_at_a_hundred_failures_a_recovery_code_alone_opens_once_an_hour() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let (visitor, key) = (enrolled.visitor, format!("factor#{}", enrolled.session.user_id()));
    // So many failed, and the last of them so many seconds ago.
    let failed = async |failures: i64, ago: i64| {
        services.sets("Users", &key, "tries", failures).await;
        services.sets("Users", &key, "tried_at", now() - ago).await;
    };
    let tries = async |code: &str| visitor.completes(&enrolled.comes_halfway().await, code).await;
    let waits = |answer: Answer, seconds: std::ops::RangeInclusive<u64>| {
        answer.refuses(429, "SECOND_FACTOR_LOCKED");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!(seconds.contains(&wait), "{wait}");
    };
    let (wrong, no_recovery_code) = (enrolled.app.wrong_code(), "ABCDE-FGHJK");
    let recovery_code = &enrolled.app.recovery_codes[0];

    failed(10, 901).await;
    tries(&wrong).await.refuses(401, "SECOND_FACTOR_INVALID");
    tries(&enrolled.app.code().await).await.data();

    failed(19, 0).await;
    tries(&wrong).await.refuses(401, "SECOND_FACTOR_INVALID");
    waits(tries(&enrolled.app.code().await).await, 1780..=1800);
    failed(90, 0).await;
    waits(tries(recovery_code).await, 230_380..=230_400);

    failed(99, 0).await;
    tries(&wrong).await.refuses(401, "SECOND_FACTOR_INVALID");
    waits(tries(no_recovery_code).await, 3580..=3600);
    failed(100, 3601).await;
    let closed = tries(&enrolled.app.code().await).await;
    closed.refuses(429, "SECOND_FACTOR_LOCKED");
    assert_eq!(closed.header("retry-after"), None, "waiting helps nobody");
    tries(no_recovery_code).await.refuses(401, "SECOND_FACTOR_INVALID");
    waits(tries(recovery_code).await, 3580..=3600);
    failed(101, 3601).await;
    tries(recovery_code).await.data();
    tries(&enrolled.app.code().await).await.data();
}

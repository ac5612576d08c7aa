//! One structured event for every decision, named by the request's id, without a secret in it (I8).

use crate::harness::{APP, Answer, Person, Session, Stack};
use crate::lies::LIES;
use serde_json::{Value, json};

#[tokio::test]
async fn a_first_sign_in_is_a_start_a_user_and_a_success() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let login = visitor.login(json!({ "provider": "honest", "redirectUri": APP })).await;
    audited(stack, &login, &["login_started"]).await;

    let started = visitor.starts("honest").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &Person::new(), |_| {})).await;
    stack.audited(&answer.request_id(), &["user_created", "sign_in_succeeded"]).await;
}

#[tokio::test]
async fn a_second_sign_in_is_a_success_alone() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    visitor.signs_in(&person).await;
    let started = visitor.starts("honest").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    let session = Session::of(&answer.data());
    audited(stack, &answer, &["sign_in_succeeded"]).await;
    let fields = stack.logged(&answer.request_id()).await.remove(0);
    assert_eq!((&fields["user"], &fields["session"]), (&json!(session.user_id()), &json!(session.id())), "{fields}");
}

#[tokio::test]
async fn a_mail_and_its_use_are_audited() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let asked = visitor.asks_for_link(&person.email).await;
    audited(stack, &asked, &["mail_sent"]).await;
    let token = visitor.newest_token(&person.email).await;
    let first = visitor.verifies(&token).await;
    audited(stack, &first, &["user_created", "sign_in_succeeded"]).await;
    let second = visitor.verifies(&token).await;
    audited(stack, &second, &["sign_in_refused"]).await;
}

#[tokio::test]
async fn a_refresh_and_its_refusals_are_audited() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let first = visitor.signs_in(&Person::new()).await;
    let renewed = visitor.refreshes(&first.refresh_token).await;
    audited(stack, &renewed, &["session_refreshed"]).await;
    audited(stack, &visitor.refreshes("nonsense").await, &["refresh_refused"]).await;
    visitor.logs_out(&first.access_token).await.data();
    audited(stack, &visitor.refreshes(&first.refresh_token).await, &["refresh_refused"]).await;
}

#[tokio::test]
async fn every_way_to_end_a_session_is_audited() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let (one, two, three) =
        (visitor.signs_in(&person).await, visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    audited(stack, &visitor.ends(&one.access_token, &two.id()).await, &["session_revoked"]).await;
    audited(stack, &visitor.logs_out(&one.access_token).await, &["session_revoked"]).await;
    audited(stack, &visitor.logs_out_everywhere(&three.access_token).await, &["session_revoked"]).await;
}

#[tokio::test]
async fn a_refused_login_is_audited() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let body = json!({ "provider": "honest", "redirectUri": "https://evil.example/" });
    audited(stack, &visitor.login(body).await, &["sign_in_refused"]).await;
}

#[tokio::test]
async fn every_event_has_a_time_a_level_and_a_name_from_the_list() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    visitor.signs_in_by_link(&Person::new().email).await;
    let log = stack.log().await;
    let records = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events: Vec<_> = records.filter(|record| record["fields"]["message"] == "audit").collect();
    assert!(!events.is_empty());
    for event in events {
        let name = event["fields"]["event"].as_str().unwrap();
        assert!(EVENTS.contains(&name), "{event}");
        assert!(event["timestamp"].is_string() && event["level"].is_string(), "{event}");
    }
}

const EVENTS: [&str; 13] = [
    "login_started",
    "sign_in_succeeded",
    "sign_in_refused",
    "user_created",
    "identity_linked",
    "mail_sent",
    "mail_withheld",
    "session_refreshed",
    "refresh_refused",
    "refresh_reuse_detected",
    "session_revoked",
    "limit_reached",
    "keys_rotated",
];

async fn audited(stack: &Stack, answer: &Answer, events: &[&str]) {
    stack.audited(&answer.request_id(), events).await;
}

//! One structured event for every decision, named by the request's id, without a secret in it (I8).

use serde_json::{Value, json};

use crate::contracts;
use crate::harness::{APP, Answer, Call, Person, SessionTokens, Stack, Tab, workspace};
use crate::lies::{LIES, jose};
use crate::second_factor::EnrolledPerson;

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
    let session = SessionTokens::of(&answer.data());
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

// Whom a refusal is about

#[tokio::test]
async fn a_wrong_code_of_a_known_person_names_them_and_where_it_came_from() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let partial = enrolled.comes_halfway().await;
    let guesser = stack.visitor();
    let answer = guesser.completes(&partial, &enrolled.app.wrong_code()).await;
    let line = decision(stack, &answer, "second_factor_refused").await;
    assert_eq!((&line["user"], &line["reason"]), (&json!(enrolled.session.user_id()), &json!("SecondFactorInvalid")));
    assert_eq!(line["source"], guesser.address.to_string());
}

#[tokio::test]
async fn a_link_that_was_used_names_its_mailbox_by_its_hash() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    visitor.asks_for_link(&person.email).await.data();
    let token = visitor.newest_token(&person.email).await;
    visitor.verifies(&token).await.data();
    let line = decision(stack, &visitor.verifies(&token).await, "sign_in_refused").await;
    assert_eq!((&line["mailbox"], &line["reason"]), (&json!(hash(&person.email)), &json!("MagicLinkUsed")));
    assert!(!line.to_string().contains(&person.email), "{line}");
    let unknown = decision(stack, &visitor.verifies(&"A".repeat(43)).await, "sign_in_refused").await;
    assert_eq!((&unknown["mailbox"], &unknown["user"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_mail_names_the_mailbox_that_it_went_to_and_a_limit_the_one_that_it_guards() {
    let stack = Stack::strict();
    let (visitor, person) = (stack.visitor(), Person::new());
    let sent = decision(stack, &visitor.asks_for_link(&person.email).await, "mail_sent").await;
    assert_eq!(sent["mailbox"], hash(&person.email));
    let limited = decision(stack, &visitor.asks_for_link(&person.email).await, "limit_reached").await;
    assert_eq!(limited["mailbox"], hash(&person.email));
}

#[tokio::test]
async fn a_forged_bearer_names_nobody_and_one_that_is_ours_its_person() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let (unsigned, signature) = session.access_token.rsplit_once('.').unwrap();
    let forged = format!("{unsigned}.{}", signature.chars().rev().collect::<String>());
    let line = decision(stack, &visitor.looks_up(&forged).await, "request_refused").await;
    assert_eq!(
        (&line["reason"], &line["source"]),
        (&json!("Unauthorized(BadSignature)"), &json!(visitor.address.to_string()))
    );
    assert_eq!((&line["user"], &line["session"]), (&Value::Null, &Value::Null), "{line}");

    visitor.logs_out(&session.access_token).await.data();
    let line = decision(stack, &visitor.looks_up(&session.access_token).await, "request_refused").await;
    assert_eq!((&line["user"], &line["session"]), (&json!(session.user_id()), &json!(session.id())), "{line}");
}

#[tokio::test]
async fn a_cookie_that_a_foreign_page_sends_along_leaves_a_line() {
    let stack = Stack::shared();
    let mut tab = Tab::of(stack.visitor());
    tab.signs_in(&Person::new()).await;
    for path in ["/v1/auth/logout", "/v1/auth/refresh", "/v1/auth/identities/honest"] {
        let body = json!({ "redirectUri": APP });
        let call = Call::post(path).json(&body).header("sec-fetch-site", "cross-site");
        let answer = tab.visitor.send(tab.with_cookies(call).header("origin", "https://evil.example")).await;
        answer.refuses(403, "FORBIDDEN");
        let records = stack.logged(&answer.request_id()).await;
        let lines: Vec<_> = records.iter().filter(|fields| fields["message"] == "audit").collect();
        assert_eq!((lines.len(), &lines[0]["reason"]), (1, &json!("Forbidden")), "{path}: {records:?}");
    }
}

#[tokio::test]
async fn a_session_that_is_not_there_to_be_ended_names_who_asked() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (session, other) = (visitor.signs_in(&Person::new()).await, visitor.signs_in(&Person::new()).await);
    let answer = visitor.ends(&session.access_token, &other.id()).await;
    answer.refuses(404, "NOT_FOUND");
    let line = decision(stack, &answer, "request_refused").await;
    assert_eq!((&line["user"], &line["reason"]), (&json!(session.user_id()), &json!("NotFound")));
}

#[tokio::test]
async fn a_refresh_token_that_was_ended_names_its_session() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.logs_out(&session.access_token).await.data();
    let line = decision(stack, &visitor.refreshes(&session.refresh_token).await, "refresh_refused").await;
    assert_eq!((&line["user"], &line["session"]), (&json!(session.user_id()), &json!(session.id())), "{line}");
}

#[tokio::test]
async fn an_external_token_that_is_read_leaves_a_line_each_time() {
    let stack = contracts::stack();
    let visitor = stack.visitor();
    let session = contracts::lab::signs_in(&visitor, &Person::new()).await;
    let asks = |session: &SessionTokens| Call::get("/v1/auth/session/external-token").bearer(&session.access_token);
    for _ in 0..2 {
        let line = decision(stack, &visitor.send(asks(&session)).await, "external_token_read").await;
        assert_eq!((&line["user"], &line["session"]), (&json!(session.user_id()), &json!(session.id())));
    }
    let without = visitor.signs_in(&Person::new()).await;
    let line = decision(stack, &visitor.send(asks(&without)).await, "request_refused").await;
    assert_eq!(line["user"], without.user_id());
}

#[tokio::test]
async fn a_target_that_is_refused_on_the_way_to_a_page_leaves_a_line() {
    let stack = Stack::shared();
    let answer = stack.visitor().send(Call::get("/login?return_to=https%3A%2F%2Fevil.example%2F")).await;
    let line = decision(stack, &answer, "request_refused").await;
    assert_eq!(line["reason"], "InvalidRedirect");
}

#[tokio::test]
async fn what_does_not_even_reach_a_decision_leaves_a_line() {
    let stack = Stack::shared();
    let answer = stack.visitor().send(Call::post("/v1/auth/verify").body("{")).await;
    decision(stack, &answer, "request_refused").await;
}

#[tokio::test]
async fn every_event_has_a_time_a_level_and_a_name_from_the_list() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    visitor.signs_in_by_link(&Person::new().email).await;
    let log = stack.log().await;
    let records = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events: Vec<_> = records.filter(|record| record["fields"]["message"] == "audit").collect();
    let names = names();
    assert!(!events.is_empty() && names.len() > 30, "{names:?}");
    for event in events {
        let name = event["fields"]["event"].as_str().unwrap();
        assert!(names.iter().any(|known| known == name), "{event}");
        assert!(event["timestamp"].is_string() && event["level"].is_string(), "{event}");
    }
}

/// The names in the one list of events.
fn names() -> Vec<String> {
    let source = std::fs::read_to_string(workspace().join("shared/src/adapter/audit.rs")).unwrap();
    let (_, list) = source.split_once("pub enum Event<'a> {\n").unwrap();
    let list = list.split("\n}\n").next().unwrap();
    let variants = list.lines().filter_map(|line| line.strip_prefix("    "));
    let variants = variants.filter(|line| line.starts_with(char::is_uppercase));
    let variants = variants.map(|line| line.split(|letter: char| !letter.is_alphanumeric()).next().unwrap());
    variants.map(in_snake_case).collect()
}

fn in_snake_case(variant: &str) -> String {
    let letters = variant.char_indices().map(|(at, letter)| match letter {
        'A'..='Z' if at > 0 => format!("_{}", letter.to_ascii_lowercase()),
        letter => letter.to_ascii_lowercase().to_string(),
    });
    letters.collect()
}

async fn audited(stack: &Stack, answer: &Answer, events: &[&str]) {
    stack.audited(&answer.request_id(), events).await;
}

/// The one decision about a request, which was `event`.
async fn decision(stack: &Stack, answer: &Answer, event: &str) -> Value {
    audited(stack, answer, &[event]).await;
    let records = stack.logged(&answer.request_id()).await;
    records.into_iter().find(|fields| fields["event"] == event).unwrap()
}

/// What stands for an address in the log.
fn hash(email: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, email.to_ascii_lowercase().as_bytes());
    jose::base64url(hash.as_ref())
}

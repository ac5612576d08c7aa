//! How many calls an operation makes to DynamoDB, counted at the store, against the table in ARCHITECTURE.md.

mod browser;
mod mailbox;
mod passkeys;

use std::sync::LazyLock;

use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::contracts::{INVITES, KEY, actor, gateway, invites, lab, mailed_secret, registers, settings_and_rows};
use crate::harness::{Authenticator, Call, Person, SessionTokens, Stack, Tab, codes_of, form};
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
async fn a_link_is_one_transaction_beside_one_read() {
    let stack = counted().await;
    stack.visitor().gets_link(&Person::new().email).await;
    stack.made(&["GetItem Users", "TransactWriteItems Limits+MagicLinks"]).await;
}

#[tokio::test]
async fn a_verify_of_a_known_user_is_three_calls() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let email = Person::new().email;
    visitor.signs_in_by_link(&email).await;
    let token = visitor.gets_link(&email).await;
    stack.forget_trace().await;
    visitor.verifies(&token).await.data();
    stack.made(&["UpdateItem MagicLinks", "GetItem Users", "PutItem Sessions"]).await;
}

#[tokio::test]
async fn a_verify_of_a_new_user_is_three_calls_of_which_one_is_a_transaction() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let token = visitor.gets_link(&Person::new().email).await;
    stack.forget_trace().await;
    visitor.verifies(&token).await.data();
    stack.made(&["UpdateItem MagicLinks", "GetItem Users", "TransactWriteItems Sessions+Users"]).await;
}

#[tokio::test]
async fn a_verify_by_code_counts_its_try_first() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let email = Person::new().email;
    visitor.signs_in_by_link(&email).await;
    let asked = visitor.asks_for_link(&email).await.data();
    let code = visitor.newest_code(&email).await;
    stack.forget_trace().await;
    let body = json!({ "requestId": asked["requestId"], "code": code });
    visitor.post("/v1/auth/verify", body).await.data();
    stack.made(&["UpdateItem MagicLinks", "UpdateItem MagicLinks", "GetItem Users", "PutItem Sessions"]).await;
}

#[tokio::test]
async fn a_malformed_link_is_no_call() {
    let stack = counted().await;
    stack.visitor().verifies("nonsense").await.refuses(400, "MAGIC_LINK_INVALID");
    stack.made(&[]).await;
}

#[tokio::test]
async fn a_refresh_is_one_call_beside_a_read_and_so_is_its_repetition() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    visitor.renews(&session).await;
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
    stack.forget_trace().await;
    visitor.renews(&session).await;
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
}

#[tokio::test]
async fn an_actors_token_is_renewed_put_into_a_cookie_and_given_again_at_the_cost_of_a_refresh_or_a_look_up() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let returning = actor::returning(&visitor, "user", &Person::new()).await.header("idempotency-key", "k");
    let token = visitor.send(returning.clone()).await.json()["token"].as_str().unwrap().to_owned();
    stack.forget_trace().await;
    visitor.send(returning).await.is(200, json!({ "token": token }));
    stack.made(&["UpdateItem SignIns"]).await;
    stack.forget_trace().await;
    visitor.send(Call::post("/auth/token/refresh").bearer(&token)).await.is(200, json!({ "token": "<jwt>" }));
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
    stack.forget_trace().await;
    assert_eq!(visitor.send(Call::post("/auth/session").bearer(&token)).await.status, 200);
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Sessions"]).await;
}

#[tokio::test]
async fn a_forged_refresh_token_is_no_call() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let mut forged = visitor.signs_in(&Person::new()).await.refresh_token.into_bytes();
    forged[30] = if forged[30] == b'A' { b'B' } else { b'A' };
    stack.forget_trace().await;
    visitor.refreshes(str::from_utf8(&forged).unwrap()).await.refuses(401, "REFRESH_TOKEN_INVALID");
    stack.made(&[]).await;
}

#[tokio::test]
async fn a_logout_is_one_call_beside_a_read() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    visitor.logs_out(&session.access_token).await.data();
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
}

#[tokio::test]
async fn a_logout_everywhere_is_one_transaction_however_many_sessions_there_are() {
    let stack = counted().await;
    let (visitor, person) = (stack.visitor(), Person::new());
    let mut sessions = vec![visitor.signs_in(&person).await];
    for _ in 0..59 {
        sessions.push(stack.visitor().signs_in(&person).await);
    }
    stack.forget_trace().await;
    visitor.logs_out_everywhere(&sessions[0].access_token).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "TransactWriteItems Users"]).await;
    for session in &sessions {
        visitor.looks_up(&session.access_token).await.refuses(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn a_session_look_up_is_one_read_beside_the_users() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    visitor.looks_up(&session.access_token).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users"]).await;
}

#[tokio::test]
async fn a_forged_access_token_is_no_call() {
    let stack = counted().await;
    stack.visitor().looks_up("nonsense").await.refuses(401, "UNAUTHORIZED");
    stack.made(&[]).await;
}

#[tokio::test]
async fn a_second_factor_on_the_way_in_is_three_calls_beside_a_read() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let app = visitor.enrols(&visitor.signs_in_by_link(&person.email).await).await;
    let token = visitor.gets_link(&person.email).await;
    stack.forget_trace().await;
    let halfway = visitor.verifies(&token).await.data();
    stack.made(&["UpdateItem MagicLinks", "GetItem Users", "PutItem Sessions"]).await;
    stack.forget_trace().await;
    visitor.completes(halfway["sessionId"].as_str().unwrap(), &app.code().await).await.data();
    let written = "TransactWriteItems Sessions+Users";
    stack.made(&["UpdateItem Sessions", "UpdateItem Users", "GetItem Users", written]).await;
}

#[tokio::test]
async fn the_page_that_asks_for_a_second_factor_is_one_read_and_the_one_that_shows_it_three() {
    let stack = counted().await;
    let (visitor, person) = (stack.visitor(), Person::new());
    let mut tab = Tab::of(stack.visitor());
    tab.signs_in(&person).await;
    stack.forget_trace().await;
    tab.opens("/login/security").await.is_page(200);
    stack.made(&["GetItem Sessions", "GetItem Users"]).await;

    let mut own = tab.opens("/v1/auth/session").await.data();
    own["refreshToken"] = "none".into();
    visitor.enrols(&SessionTokens::of(&own)).await;
    let started = visitor.starts("honest").await;
    let due = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await.data();
    stack.forget_trace().await;
    let page = format!("/login/second-factor?session_id={}", due["sessionId"].as_str().unwrap());
    visitor.send(Call::get(page)).await.is_page(200);
    stack.made(&["GetItem Sessions"]).await;
    stack.forget_trace().await;
    tab.opens("/login/security").await.is_page(200);
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users"]).await;
}

#[tokio::test]
async fn a_step_up_is_three_calls() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let app = visitor.enrols(&session).await;
    stack.forget_trace().await;
    visitor.steps_up(&session, &app.code().await).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users", "TransactWriteItems Sessions+Users"]).await;
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
    // What the owner may undo is kept with the change itself.
    let written = "TransactWriteItems Sessions+Users";
    let found = ["UpdateItem SignIns", "GetItem Users", "GetItem Users", written];
    stack.made(&[&["UpdateItem SignIns"], &look_up[..], &found].concat()).await;

    stack.forget_trace().await;
    unlinks(&visitor, &session, "other").await.data();
    stack.made(&[&look_up[..], &[written]].concat()).await;
}

#[tokio::test]
async fn an_invite_is_one_transaction_and_accepted_in_one_after_four_reads() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let id = invites(&visitor, &person.email).await;
    stack.made(&["TransactWriteItems Invites+Limits"]).await;

    stack.forget_trace().await;
    visitor.send(Call::get(format!("{INVITES}?actorType=guest")).bearer(KEY)).await.data();
    stack.made(&["Query Invites", "BatchGetItem Invites"]).await;

    let registration = registers(&visitor, &person).await;
    stack.forget_trace().await;
    visitor.send(Call::post(format!("{INVITES}/accept")).bearer(&registration)).await.data();
    let reads = ["GetItem Invites", "GetItem Invites", "GetItem Users", "GetItem Users"];
    stack.made(&[&reads[..], &["TransactWriteItems Invites+Sessions+Users"]].concat()).await;

    stack.forget_trace().await;
    visitor.send(Call::delete(format!("{INVITES}/{id}")).bearer(KEY)).await.refuses(404, "NOT_FOUND");
    stack.made(&["UpdateItem Invites"]).await;

    let other = Person::new();
    invites(&visitor, &other.email).await;
    let secret = json!({ "inviteToken": mailed_secret(&visitor, &other.email).await });
    let registration = registers(&visitor, &other).await;
    stack.forget_trace().await;
    visitor.send(Call::post(format!("{INVITES}/accept")).bearer(&registration).json(&secret)).await.data();
    stack.made(&[&reads[1..], &["TransactWriteItems Invites+Sessions+Users"]].concat()).await;
}

#[tokio::test]
async fn an_invitations_page_is_one_read_and_its_button_one_transaction_after_four() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    invites(&visitor, &person.email).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    stack.forget_trace().await;
    visitor.send(Call::get(format!("/login/invite?token={secret}"))).await.is_page(200);
    stack.made(&["GetItem Invites"]).await;
    stack.forget_trace().await;
    let pressed = form(&format!("{INVITES}/accept"), &[("token", &secret)]).header("sec-fetch-site", "same-origin");
    assert_eq!(visitor.send(pressed).await.status, 303);
    let reads = ["GetItem Invites", "GetItem Invites", "GetItem Users", "GetItem Users"];
    stack.made(&[&reads[..], &["TransactWriteItems Invites+Sessions+Users"]].concat()).await;
}

#[tokio::test]
async fn an_invited_mailbox_costs_two_reads_more_to_mail_and_three_more_to_let_in() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let guest = json!({ "actorType": "guest" });
    stack.forget_trace().await;
    visitor.asks_for_link_with(&person.email, guest.clone()).await.data();
    stack.made(&["GetItem Users", "GetItem Invites", "TransactWriteItems Limits+MagicLinks"]).await;
    invites(&visitor, &person.email).await;
    stack.forget_trace().await;
    let token = visitor.gets_link_with(&person.email, guest).await;
    let kept = "TransactWriteItems Limits+MagicLinks";
    stack.made(&["GetItem Users", "GetItem Invites", "GetItem Invites", kept]).await;
    stack.forget_trace().await;
    visitor.verifies(&token).await.data();
    let reads = ["GetItem Users", "GetItem Invites", "GetItem Invites", "GetItem Users"];
    let written = ["TransactWriteItems Invites+Sessions+Users"];
    stack.made(&[&["UpdateItem MagicLinks"], &reads[..], &written].concat()).await;
}

#[tokio::test]
async fn whoever_needs_an_invite_is_told_so_after_two_reads_and_nothing_is_kept() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let started = visitor.starts_with("honest", json!({ "actorType": "guest" })).await;
    let code = LIES.code(&started, &person, |_| {});
    stack.forget_trace().await;
    visitor.callback(&started, &code).await.data();
    stack.made(&["UpdateItem SignIns", "GetItem Users", "GetItem Users"]).await;
}

#[tokio::test]
async fn a_second_factor_is_set_up_renewed_and_taken_off() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    let shown = visitor.is_shown_a_seed(&session, json!({})).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users"]).await;

    let app = Authenticator::of(shown["secret"].as_str().unwrap());
    let code = app.code().await;
    stack.forget_trace().await;
    visitor.confirms(&session, &code).await.data();
    let written = "TransactWriteItems Sessions+Users";
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users", written]).await;

    let code = app.code().await;
    stack.forget_trace().await;
    let codes = codes_of(&visitor.renews_recovery_codes(&session, &code).await.data());
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users", "UpdateItem Users"]).await;

    stack.forget_trace().await;
    visitor.removes_factor(&session, &codes[0]).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users", written]).await;
}

#[tokio::test]
async fn sessions_are_listed_with_one_query_and_ended_with_one_write() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let (session, other) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    stack.forget_trace().await;
    visitor.lists_sessions(&session.access_token).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "Query Sessions", "BatchGetItem Sessions"]).await;
    stack.forget_trace().await;
    visitor.ends(&session.access_token, &other.id()).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Sessions"]).await;
}

#[tokio::test]
async fn what_no_code_ever_was_is_no_call() {
    let stack = counted().await;
    let partial = format!("ses_{:032x}", 7);
    stack.visitor().completes(&partial, "12345").await.refuses(401, "SECOND_FACTOR_INVALID");
    stack.made(&[]).await;
}

#[tokio::test]
async fn nothing_ever_scans_and_secrets_are_read_once_in_a_processs_life() {
    let stack = counted().await;
    let visitor = stack.visitor();
    for _ in 0..3 {
        let session = visitor.signs_in_by_link(&Person::new().email).await;
        visitor.lists_sessions(&session.access_token).await.data();
        visitor.logs_out_everywhere(&session.access_token).await.data();
    }
    stack.forget_trace().await;
    let session = visitor.signs_in(&Person::new()).await;
    visitor.lists_sessions(&visitor.renews(&session).await.access_token).await.data();
    visitor.signs_in_by_link(&Person::new().email).await;
    let calls = stack.trace().await;
    assert!(calls.iter().all(|call| call["operation"] != "Scan"), "{calls:?}");
    assert!(calls.iter().filter(|call| call["service"] == "secretsmanager").count() == 0, "{calls:?}");
}

/// A stack that one test at a time has to itself, warm, with an empty trace.
async fn counted() -> Counted {
    static COUNTED: LazyLock<Mutex<Stack>> = LazyLock::new(|| {
        let (settings, rows) = settings_and_rows();
        Mutex::new(Stack::start(1, settings, &rows))
    });
    let stack = COUNTED.lock().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let session = visitor.renews(&session).await;
    visitor.looks_up(&session.access_token).await.data();
    visitor.logs_out(&session.access_token).await.data();
    visitor.signs_in_by_link(&Person::new().email).await;
    stack.forget_trace().await;
    Counted(stack)
}

struct Counted(MutexGuard<'static, Stack>);

impl std::ops::Deref for Counted {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.0
    }
}

impl Counted {
    /// Exactly these calls were made to DynamoDB, in whatever order.
    async fn made(&self, expected: &[&str]) {
        let trace = self.trace().await;
        let mut calls: Vec<_> = trace.iter().filter(|call| call["service"] == "dynamodb").map(named).collect();
        let mut expected = expected.to_vec();
        calls.sort();
        expected.sort();
        assert_eq!(calls, expected, "{trace:?}");
    }
}

/// The operation and its tables, each once.
fn named(call: &Value) -> String {
    let mut tables: Vec<_> = match call["tables"].as_array() {
        Some(tables) => tables.iter().map(|table| table.as_str().unwrap()).collect(),
        None => vec![call["table"].as_str().unwrap()],
    };
    tables.sort();
    tables.dedup();
    format!("{} {}", call["operation"].as_str().unwrap(), tables.join("+"))
}

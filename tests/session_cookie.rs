//! A browser's cookie in place of an access token: reading, refreshing and ending a session, and from which pages.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::harness::{Call, Person, SESSION_COOKIE, SessionTokens, Stack, Tab, form, now, until_after};
use crate::lies::user_from_provider;

const FRONT_END: &str = "https://front.example";

/// A stack whose front end is on another origin.
fn stack() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::with(&["ALLOWED_ORIGINS=https://front.example"]));
    &STACK
}

async fn signed_in() -> Tab<'static> {
    let mut tab = Tab::of(stack().visitor());
    tab.signs_in(&Person::new()).await;
    tab
}

fn same_origin(call: Call) -> Call {
    call.header("sec-fetch-site", "same-origin")
}

#[tokio::test]
async fn a_cookie_looks_up_its_session_with_a_fresh_access_token() {
    let (mut tab, person) = (Tab::of(stack().visitor()), Person::new());
    tab.signs_in(&person).await;
    let session = tab.opens("/v1/auth/session").await.gives(json!({
        "user": user_from_provider(&person),
        "sessionId": tab.session_id(),
        "expiresAt": "<time>",
        "accessToken": "<jwt>",
        "amr": ["fed"],
        "identities": [{ "provider": "honest", "linkedAt": "<time>", "reason": "sign_up" }],
    }));
    let again = tab.visitor.looks_up(session["accessToken"].as_str().unwrap()).await.data();
    assert_eq!(again["user"], session["user"]);
    assert_eq!(again["sessionId"], session["sessionId"]);
}

#[tokio::test]
async fn a_cookie_lists_the_sessions_and_ends_another() {
    let person = Person::new();
    let mut tab = Tab::of(stack().visitor());
    tab.signs_in(&person).await;
    let other = tab.visitor.signs_in(&person).await;
    assert_eq!(tab.opens("/v1/auth/sessions").await.data()["sessions"].as_array().unwrap().len(), 2);
    let end = Call::delete(format!("/v1/auth/sessions/{}", other.id()));
    tab.send(same_origin(end)).await.gives(json!({ "success": true }));
    tab.visitor.finds_ended(&other).await;
}

#[tokio::test]
async fn a_cookie_with_another_secret_opens_nothing() {
    let mut tab = signed_in().await;
    let user = tab.opens("/v1/auth/session").await.data()["user"]["id"].as_str().unwrap().to_owned();
    let forged = forged(tab.session_id(), &user);
    tab.cookies.insert(SESSION_COOKIE.to_owned(), forged);
    tab.opens("/v1/auth/session").await.refuses(401, "UNAUTHORIZED");
    tab.send(same_origin(Call::post("/v1/auth/logout"))).await.refuses(401, "UNAUTHORIZED");
    tab.send(same_origin(Call::post("/v1/auth/refresh"))).await.refuses(401, "REFRESH_TOKEN_INVALID");
}

#[tokio::test]
async fn a_cookie_that_names_somebody_else_opens_nothing() {
    let mut tab = signed_in().await;
    let other = tab.visitor.signs_in(&Person::new()).await;
    let (id, secret) = tab.session_token().split_once('.').unwrap();
    let mut secret = URL_SAFE_NO_PAD.decode(secret).unwrap();
    secret.splice(32.., other.user_id().bytes());
    let altered = format!("{id}.{}", URL_SAFE_NO_PAD.encode(secret));
    tab.cookies.insert(SESSION_COOKIE.to_owned(), altered);
    tab.opens("/v1/auth/session").await.refuses(401, "UNAUTHORIZED");
    tab.send(same_origin(Call::post("/v1/auth/logout"))).await.refuses(401, "UNAUTHORIZED");
    tab.send(same_origin(Call::post("/v1/auth/refresh"))).await.refuses(401, "REFRESH_TOKEN_INVALID");
}

/// A session token with a secret that nobody was given.
pub fn forged(session_id: &str, user_id: &str) -> String {
    format!("{session_id}.{}", URL_SAFE_NO_PAD.encode([&[0; 32], user_id.as_bytes()].concat()))
}

#[tokio::test]
async fn what_was_never_a_session_token_is_no_cookie_of_ours() {
    let mut tab = Tab::of(stack().visitor());
    for value in ["", "x", "ses_1.2", "ses_00000000000000000000000000000000"] {
        tab.cookies.insert(SESSION_COOKIE.to_owned(), value.to_owned());
        tab.opens("/v1/auth/session").await.refuses(401, "UNAUTHORIZED");
        tab.send(same_origin(Call::post("/v1/auth/refresh"))).await.faults("refreshToken");
    }
}

#[tokio::test]
async fn a_session_that_a_client_began_has_no_cookie() {
    let visitor = stack().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let cookie = format!("{SESSION_COOKIE}={}", forged(&session.id(), session.user_id()));
    visitor.send(Call::get("/v1/auth/session").header("cookie", cookie)).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_cookie_refreshes_to_an_access_token_alone_and_so_do_two_tabs_at_once() {
    let tab = signed_in().await;
    let refresh = || tab.with_cookies(same_origin(Call::post("/v1/auth/refresh")));
    let answers = tab.visitor.race([refresh(), refresh()]).await;
    for answer in answers {
        let given = answer.gives(json!({ "accessToken": "<jwt>", "expiresAt": "<time>" }));
        tab.visitor.looks_up(given["accessToken"].as_str().unwrap()).await.data();
    }
}

#[tokio::test]
async fn a_cookie_puts_off_the_end_of_its_session() {
    let stack = Stack::with(&["SESSION_IDLE_SECONDS=8"]);
    let mut tab = Tab::of(stack.visitor());
    tab.signs_in(&Person::new()).await;
    for _ in 0..2 {
        until_after(now() + 4).await;
        tab.send(same_origin(Call::post("/v1/auth/refresh"))).await.data();
    }
    until_after(now() + 8).await;
    tab.send(same_origin(Call::post("/v1/auth/refresh"))).await.refuses(401, "REFRESH_TOKEN_EXPIRED");
}

#[tokio::test]
async fn logging_out_ends_the_session_and_takes_the_cookie() {
    let mut tab = signed_in().await;
    let before = tab.cookies.clone();
    let answer = tab.send(same_origin(Call::post("/v1/auth/logout"))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "data": { "success": true } })));
    let cleared = format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
    assert_eq!(answer.cookies(), [cleared]);
    tab.cookies = before;
    tab.opens("/v1/auth/session").await.refuses(401, "UNAUTHORIZED");
    tab.send(same_origin(Call::post("/v1/auth/refresh"))).await.refuses(401, "REFRESH_TOKEN_REVOKED");
}

#[tokio::test]
async fn logging_out_everywhere_by_cookie_ends_every_session() {
    let person = Person::new();
    let mut tab = Tab::of(stack().visitor());
    tab.signs_in(&person).await;
    let other = tab.visitor.signs_in(&person).await;
    let everywhere = same_origin(Call::post("/v1/auth/logout").json(&json!({ "everywhere": true })));
    assert_eq!(tab.send(everywhere).await.status, 200);
    tab.visitor.finds_ended(&other).await;
}

#[tokio::test]
async fn our_page_logs_out_by_a_form_and_is_led_to_the_sign_in_page() {
    let mut tab = signed_in().await;
    let answer = tab.submits("/v1/auth/logout", &[]).await;
    assert_eq!(answer.status, 303, "{answer}");
    assert!(answer.header("location").unwrap().starts_with("/login"), "{answer}");
    assert!(!tab.cookies.contains_key(SESSION_COOKIE));
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_write_by_cookie() {
    let mut tab = signed_in().await;
    let id = tab.session_id().to_owned();
    let evil = |call: Call| call.header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
    let sibling = |call: Call| call.header("sec-fetch-site", "same-site").header("origin", "https://x.front.example");
    let nobody = |call: Call| call;
    let opaque = |call: Call| call.header("sec-fetch-site", "cross-site").header("origin", "null");
    for from in [&evil as &dyn Fn(Call) -> Call, &sibling, &nobody, &opaque] {
        for call in [
            Call::post("/v1/auth/logout"),
            Call::post("/v1/auth/refresh"),
            Call::delete(format!("/v1/auth/sessions/{id}")),
        ] {
            tab.send(from(call)).await.refuses(403, "FORBIDDEN");
        }
        assert_eq!(tab.send(from(form("/v1/auth/logout", &[]))).await.status, 403);
    }
    tab.opens("/v1/auth/session").await.data();
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_writes_by_cookie_and_may_read_the_answer() {
    let mut tab = signed_in().await;
    let refresh = Call::post("/v1/auth/refresh").header("sec-fetch-site", "same-site").header("origin", FRONT_END);
    let answer = tab.send(refresh).await;
    answer.data();
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRONT_END));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
}

#[tokio::test]
async fn a_bearer_token_needs_no_origin() {
    let visitor = stack().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let logout = Call::post("/v1/auth/logout").bearer(&session.access_token);
    let evil = logout.header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
    assert_eq!(visitor.send(evil).await.status, 200);
}

#[tokio::test]
async fn a_bearer_token_and_a_cookie_go_together_only_for_one_session() {
    let mut tab = signed_in().await;
    let own = tab.opens("/v1/auth/session").await.data()["accessToken"].as_str().unwrap().to_owned();
    tab.send(Call::get("/v1/auth/session").bearer(&own)).await.data();
    let other = tab.visitor.signs_in(&Person::new()).await;
    tab.send(Call::get("/v1/auth/session").bearer(&other.access_token)).await.refuses(400, "INVALID_REQUEST");
    tab.send(Call::post("/v1/auth/logout").bearer(&other.access_token)).await.refuses(400, "INVALID_REQUEST");
    let body = json!({ "refreshToken": other.refresh_token });
    tab.send(Call::post("/v1/auth/refresh").json(&body)).await.refuses(400, "INVALID_REQUEST");
    tab.opens("/v1/auth/session").await.data();
    tab.visitor.looks_up(&other.access_token).await.data();
}

#[tokio::test]
async fn a_refresh_by_cookie_shows_as_use() {
    let mut tab = signed_in().await;
    until_after(now()).await;
    tab.send(same_origin(Call::post("/v1/auth/refresh"))).await.data();
    let listed = tab.opens("/v1/auth/sessions").await.data()["sessions"][0].take();
    assert!(listed["lastUsedAt"].as_str() > listed["createdAt"].as_str(), "{listed}");
}

#[tokio::test]
async fn a_session_token_is_no_access_token_and_the_other_way_round() {
    let mut tab = signed_in().await;
    let token = tab.session_token().to_owned();
    tab.cookies.clear();
    tab.send(Call::get("/v1/auth/session").bearer(&token)).await.refuses(401, "UNAUTHORIZED");
    let session: SessionTokens = tab.visitor.signs_in(&Person::new()).await;
    tab.cookies.insert(SESSION_COOKIE.to_owned(), session.access_token);
    tab.opens("/v1/auth/session").await.refuses(401, "UNAUTHORIZED");
}

//! Every route, knocked at with a credential that opens none.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{APP, Answer, Call, Person, Stack, Tab, VirtualPasskey, Visitor, form, workspace};
use crate::second_factor::EnrolledPerson;

#[tokio::test]
async fn every_route_refuses_an_ended_session() {
    let visitor = Stack::shared().visitor();
    let mut tab = Tab::of(visitor);
    tab.signs_in(&Person::new()).await;
    let data = tab.opens("/v1/auth/session").await.data();
    let (id, bearer) = (data["sessionId"].as_str().unwrap(), data["accessToken"].as_str().unwrap());
    visitor.logs_out(bearer).await.data();

    let answers = knocks(visitor, id, |call| tab.with_cookies(call.bearer(bearer)), &json!({}), &[]).await;

    assert_eq!(answers, OPEN_TO_ANYBODY);
}

#[tokio::test]
async fn every_route_refuses_a_partial_session_but_four() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let visitor = enrolled.visitor;
    let partial = enrolled.comes_halfway().await;
    let cookie = format!("__Host-doorward-session={partial}");
    let with_partial = |call: Call| call.bearer(&partial).header("cookie", cookie.clone());
    let shown = json!({ "code": enrolled.app.wrong_code(), "refreshToken": partial });

    let answers = knocks(visitor, &enrolled.session.id(), with_partial, &shown, &OPEN_TO_A_PARTIAL_SESSION).await;

    assert_eq!(answers, OPEN_TO_ANYBODY);
    visitor.looks_up(&enrolled.session.access_token).await.data();
    visitor.completes(&partial, &enrolled.app.code().await).await.data();
}

/// What a partial session is for.
const OPEN_TO_A_PARTIAL_SESSION: [&str; 4] = [
    "POST /v1/auth/logout",
    "POST /v1/auth/second-factor",
    "POST /v1/auth/second-factor/passkey",
    "POST /v1/auth/second-factor/passkey/challenge",
];

/// What answers anybody otherwise than that they should sign in.
const OPEN_TO_ANYBODY: &[(&str, u16)] = &[
    ("POST /v1/auth/login", 400),
    ("GET /v1/auth/login/{provider}", 302),
    ("GET /auth/social/{provider}", 302),
    ("POST /auth/social/{provider}", 302),
    ("POST /auth/{actor_type}/{provider}", 404),
    ("POST /v1/auth/callback", 400),
    ("GET /v1/auth/callback/{provider}", 400),
    ("POST /v1/auth/callback/{provider}", 415),
    ("GET /auth/social/{provider}/callback", 303),
    ("POST /auth/social/{provider}/callback", 303),
    ("GET /accounts/oauth/callback", 400),
    ("POST /auth/{actor_type}/{provider}/callback", 400),
    ("GET /auth/{actor_type}/{provider}/callback", 400),
    ("POST /v1/auth/magic-link", 200),
    ("POST /v1/auth/verify", 400),
    ("GET /v1/auth/verify", 400),
    ("GET /v1/auth/verify/identity", 400),
    ("POST /v1/auth/verify/identity", 415),
    ("POST /v1/auth/second-factor/totp/remove", 303),
    ("POST /v1/auth/passkeys/challenge", 200),
    ("POST /v1/auth/passkeys/sign-in", 400),
    ("POST /v1/auth/passkeys/{id}/rename", 303),
    ("POST /v1/auth/passkeys/{id}/remove", 303),
    ("DELETE /auth/session", 200),
    // The local stack has a page of its own there.
    ("GET /", 200),
    ("GET /favicon.ico", 200),
    ("GET /login", 200),
    ("GET /login/{page+}", 303),
    ("GET /.well-known/jwks.json", 200),
    ("GET /.well-known/openid-configuration", 200),
    ("POST /auth/{actor_type}/invites/accept", 404),
    ("POST /v1/auth/callback/external", 403),
    ("POST /api/v1/lab/login/{path+}", 403),
    ("GET /v1/auth/undo", 400),
    ("POST /v1/auth/undo", 415),
];

/// Knocks at every route `but` some, with whatever `dressed` adds to a call. Gives those that did not answer 401.
async fn knocks(
    visitor: Visitor<'_>,
    session_id: &str,
    dressed: impl Fn(Call) -> Call,
    shown: &Value,
    but: &[&str],
) -> Vec<(&'static str, u16)> {
    let person = Person::new();
    let question = visitor.is_asked_for_a_passkey().await;
    let passkey = VirtualPasskey::made_for(&question);
    let signed = passkey.signs(visitor.stack, &question, |_| {});
    let attested = passkey.attests(visitor.stack, &question, |_| {});
    let mut answers = Vec::new();
    for route in routes() {
        if but.contains(&route) {
            continue;
        }
        let (method, path) = route.split_once(' ').unwrap();
        let path = path
            .replace("{id}", session_id)
            .replace("{provider}", "honest")
            .replace("{page+}", "security")
            .replace("{path+}", "callback/");
        let credential = if route == "POST /v1/auth/passkeys" { &attested } else { &signed };
        let mut body = json!({
            "actorType": "user",
            "code": "123456",
            "method": "totp",
            "everywhere": true,
            "email": person.email,
            "name": "Laptop",
            "redirectUri": APP,
            "requestId": question["requestId"],
            "sessionId": session_id,
            "credential": credential,
        });
        body.as_object_mut().unwrap().extend(shown.as_object().unwrap().clone());
        let is_form = route.ends_with("/remove") || route.ends_with("/rename");
        let call = match method {
            "GET" => Call::get(path),
            _ if is_form => form(&path, &[("code", "123456"), ("name", "Laptop")]),
            _ => Call::new(method, path).json(&body),
        };
        let answer = visitor.send(dressed(call).header("sec-fetch-site", "same-origin")).await;
        assert!(answer.cookies().iter().all(|cookie| !cookie.contains("ses_")), "{answer}");
        if answer.status != 401 {
            answers.push((route, answer.status));
        }
        if answer.status >= 400 {
            leaves_a_line(visitor.stack, route, &answer).await;
        }
    }
    answers
}

/// A refusal stands in the audit log, whatever was knocked at.
async fn leaves_a_line(stack: &Stack, route: &str, answer: &Answer) {
    let patience = Instant::now() + Duration::from_secs(5);
    loop {
        let records = stack.logged(&answer.request_id()).await;
        match records.iter().filter(|fields| fields["message"] == "audit").count() {
            1 => return,
            found => assert!(found == 0 && Instant::now() < patience, "{route} left {found} lines: {records:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The keys of the routes in `template.yaml`.
fn routes() -> Vec<&'static str> {
    let template = std::fs::read_to_string(workspace().join("template.yaml")).unwrap().leak();
    template.lines().filter_map(|line| line.split_once("RouteKey: \"")?.1.split('"').next()).collect()
}

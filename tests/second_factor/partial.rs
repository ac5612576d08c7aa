//! A partial session opens nothing but the questions for the second factor, and can be ended.

use super::Enrolled;
use crate::harness::{Call, Passkey, Stack, workspace};
use serde_json::json;

#[tokio::test]
async fn every_route_refuses_a_partial_session_but_four() {
    let enrolled = Enrolled::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    let signed_in = enrolled.session.id();
    let question = enrolled.visitor.is_asked_for_a_passkey().await;
    let passkey = Passkey::made_for(&question);
    let stack = enrolled.visitor.stack;
    let (signed, attested) = (passkey.signs(stack, &question, |_| {}), passkey.attests(stack, &question, |_| {}));
    let mut refused = 0;
    for route in routes() {
        let (method, path) = route.split_once(' ').unwrap();
        if OPEN_TO_IT.contains(&route.as_str()) {
            continue;
        }
        let path = path.replace("{id}", &signed_in).replace("{provider}", "honest").replace("{page+}", "security");
        let call = Call::new(leak(method), path).bearer(&partial);
        let call = call.header("cookie", format!("__Host-doorward-session={partial}"));
        let call = call.header("sec-fetch-site", "same-origin");
        let credential = if route == "POST /v1/auth/passkeys" { &attested } else { &signed };
        let body = json!({
            "code": enrolled.app.wrong_code(),
            "refreshToken": partial,
            "everywhere": true,
            "name": "Laptop",
            "requestId": question["requestId"],
            "credential": credential,
        });
        let call = if method == "GET" { call } else { call.json(&body) };
        let answer = enrolled.visitor.send(call).await;
        assert!(!String::from_utf8_lossy(&answer.body).contains(&enrolled.person.email), "{answer}");
        assert!(answer.header("set-cookie").is_none_or(|cookie| !cookie.contains("ses_")), "{answer}");
        refused += u32::from(answer.status == 401);
    }
    assert!(refused >= 15, "{refused} routes need a session");
    enrolled.visitor.looks_up(&enrolled.session.access_token).await.data();
    enrolled.visitor.completes(&partial, &enrolled.app.code().await).await.data();
}

#[tokio::test]
async fn a_logout_ends_a_partial_session() {
    let stack = Stack::shared();
    let enrolled = Enrolled::at(stack.visitor()).await;
    let partial = enrolled.comes_halfway().await;

    let answer = enrolled.visitor.logs_out(&partial).await;

    answer.gives(json!({ "success": true }));
    stack.audited(&answer.request_id(), &["session_revoked"]).await;
    let code = enrolled.app.code().await;
    enrolled.visitor.completes(&partial, &code).await.refuses(429, "SECOND_FACTOR_LOCKED");
    enrolled.visitor.logs_out(&partial).await.refuses(401, "UNAUTHORIZED");
    enrolled.visitor.looks_up(&enrolled.session.access_token).await.data();
}

#[tokio::test]
async fn a_partial_session_ends_no_other() {
    let enrolled = Enrolled::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    enrolled.visitor.logs_out_everywhere(&partial).await.refuses(401, "UNAUTHORIZED");
    enrolled.visitor.logs_out(&enrolled.session.id()).await.refuses(401, "UNAUTHORIZED");
    enrolled.visitor.looks_up(&enrolled.session.access_token).await.data();
    enrolled.visitor.completes(&partial, &enrolled.app.code().await).await.data();
}

#[tokio::test]
async fn a_partial_session_is_not_among_the_persons_sessions() {
    let enrolled = Enrolled::at(Stack::shared().visitor()).await;
    enrolled.comes_halfway().await;
    let sessions = enrolled.visitor.lists_sessions(&enrolled.session.access_token).await.data();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions}");
}

/// What a partial session is for.
const OPEN_TO_IT: [&str; 4] = [
    "POST /v1/auth/logout",
    "POST /v1/auth/second-factor",
    "POST /v1/auth/second-factor/passkey",
    "POST /v1/auth/second-factor/passkey/challenge",
];

/// The keys of the routes in `template.yaml`.
fn routes() -> Vec<String> {
    let template = std::fs::read_to_string(workspace().join("template.yaml")).unwrap();
    let keys = template.lines().filter_map(|line| line.trim().strip_prefix("RouteKey: "));
    keys.map(str::to_owned).collect()
}

fn leak(method: &str) -> &'static str {
    ["GET", "POST", "PATCH", "DELETE"].into_iter().find(|known| *known == method).unwrap_or_else(|| panic!("{method}"))
}

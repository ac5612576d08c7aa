//! The provider's own reason (`error_description`): the operator reads it, and nobody else.

use serde_json::json;

use super::{LIES, Reply, is_logged};
use crate::harness::{APP, Person, Stack, Tab};

const DESCRIPTION: &str = "AADSTS1: no\r\nTrace\u{1b}ID: 7";
const LEGIBLE: &str = "(AADSTS1: no TraceID: 7)";

#[tokio::test]
async fn the_reason_of_a_provider_that_sends_a_person_back_is_in_the_log() {
    for (error, code) in [("access_denied", "ACCESS_DENIED"), ("server_error", "PROVIDER_UNAVAILABLE")] {
        let mut tab = Tab::of(Stack::shared().visitor());
        let started = tab.navigates("honest", APP).await;
        let sent = [("error", error), ("error_description", DESCRIPTION), ("state", &started.state)];
        let answer = tab.returns_with(&started, &sent).await;
        answer.leads_to(&format!("{APP}?error={code}"));
        is_logged(Stack::shared(), &answer.request_id(), &format!("\"{error}\" {LEGIBLE}")).await;
    }
}

#[tokio::test]
async fn a_code_that_a_token_endpoint_repeats_is_not_in_the_log() {
    let visitor = Stack::shared().visitor();
    let started = visitor.starts("honest").await;
    let code = "canary-code-of-nobody";
    let request_id = visitor.callback(&started, code).await.refuses(400, "INVALID_CODE");
    is_logged(Stack::shared(), &request_id, "\"invalid_grant\" (the code [redacted] is not good)").await;
    let logged = json!(Stack::shared().logged(&request_id).await).to_string();
    assert!(!logged.contains(code), "{logged}");
}

#[tokio::test]
async fn the_reason_of_a_token_endpoint_is_in_the_log() {
    for (error, status, code) in [
        ("invalid_grant", 400, "INVALID_CODE"),
        ("access_denied", 400, "ACCESS_DENIED"),
        ("invalid_client", 502, "PROVIDER_UNAVAILABLE"),
    ] {
        let visitor = Stack::shared().visitor();
        let started = visitor.starts("honest").await;
        let refusal = Reply::json(400, &json!({ "error": error, "error_description": DESCRIPTION }));
        let bad = LIES.code(&started, &Person::new(), |told| told.instead = Some(refusal));
        let answer = visitor.callback(&started, &bad).await;
        assert!(!answer.to_string().contains("AADSTS1"), "{answer}");
        is_logged(Stack::shared(), &answer.refuses(status, code), &format!("\"{error}\" {LEGIBLE}")).await;
    }
}

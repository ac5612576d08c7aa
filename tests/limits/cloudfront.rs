//! Behind CloudFront: who asks is who CloudFront says, and nobody gets in around it.

use serde_json::{Value, json};

use crate::harness::{APP, Answer, Call, Stack, Visitor, window_with_room};
use crate::lies::LIES;
use crate::rotate_keys::kept::KeptStack;

const NEW: &str = "canary-origin-secret-that-comes-next-00";
const OLD: &str = "canary-origin-secret-that-is-in-use-000";

/// A stack behind CloudFront, with `value` in the secret.
fn behind(value: &str) -> KeptStack {
    let mut kept = KeptStack::set(&["TRUSTED_VIEWER_ADDRESS=cloudfront", "LIMIT_LOGINS_PER_SOURCE=1"], LIES.rows());
    kept.restarts_with(|arn, secret| {
        if arn.contains("OriginSecret") {
            for version in secret["versions"].as_object_mut().unwrap().values_mut() {
                version["value"] = json!(value);
            }
        }
    });
    kept
}

fn login() -> Call {
    Call::post("/v1/auth/login").json(&json!({ "provider": "honest", "redirectUri": APP }))
}

/// What CloudFront makes of somebody's request.
fn through(call: Call, secret: &str, viewer: &str) -> Call {
    call.header("x-origin-verify", secret).header("cloudfront-viewer-address", viewer)
}

async fn is_refused(visitor: &Visitor<'_>, call: Call) -> Answer {
    let answer = visitor.send(call).await;
    assert_eq!((answer.status, answer.json()), (403, json!({ "message": "Forbidden" })), "{answer}");
    answer.has_standing_headers("no-store");
    visitor.stack.audited(&answer.request_id(), &["origin_refused"]).await;
    answer
}

#[tokio::test]
async fn who_asks_is_who_cloudfront_says() {
    let kept = behind(&json!({ "current": OLD }).to_string());
    let edge = kept.stack().visitor();
    window_with_room(300).await;
    for viewer in ["198.51.100.10:46532", "198.51.100.11:46532", "2001:db8:1:2::7:443", "[2001:db8:1:3::7]:443"] {
        edge.send(through(login(), OLD, viewer)).await.data();
        let other_port = format!("{}:1", viewer.rsplit_once(':').unwrap().0);
        let id = edge.send(through(login(), OLD, &other_port)).await.refuses(429, "RATE_LIMITED");
        kept.stack().audited(&id, &["limit_reached"]).await;
        let line = kept.stack().logged(&id).await.remove(0);
        let address = viewer.rsplit_once(':').unwrap().0.trim_matches(['[', ']']);
        assert_eq!(line["source"], address, "{line}");
    }
    edge.send(through(login(), OLD, "2001:db8:1:2::8:443")).await.refuses(429, "RATE_LIMITED");
}

#[tokio::test]
async fn without_proof_every_function_refuses_before_anything_else() {
    let kept = behind(&json!({ "current": OLD }).to_string());
    let stack = kept.stack();
    let visitor = stack.visitor();
    stack.forget_trace().await;
    for call in [
        login(),
        Call::get("/login"),
        Call::get("/.well-known/jwks.json"),
        Call::post("/v1/auth/refresh").json(&json!({ "refreshToken": "nonsense" })),
        Call::post("/auth/user/honest"),
        Call::get("/auth/social/honest"),
    ] {
        let viewer = "198.51.100.10:46532";
        for call in [
            call.clone(),
            call.clone().header("cloudfront-viewer-address", viewer),
            call.clone().header("x-origin-verify", OLD),
            through(call.clone(), NEW, viewer),
            through(call.clone(), &OLD[1..], viewer),
            through(call.clone(), OLD, "198.51.100.10"),
            through(call.clone(), OLD, viewer).header("cloudfront-viewer-address", viewer),
            through(call.clone(), OLD, viewer).header("x-origin-verify", OLD),
        ] {
            is_refused(&visitor, call).await;
        }
    }
    let trace = stack.trace().await;
    assert!(trace.iter().all(|call| call["operation"] == "GetSecretValue"), "{trace:?}");
    let log = stack.log().await.join("\n");
    assert!(!log.contains(OLD) && !log.contains(NEW), "the secret is in the log");
}

#[tokio::test]
async fn two_values_are_good_during_a_change() {
    let kept = behind(&json!({ "current": NEW, "previous": OLD }).to_string());
    let edge = kept.stack().visitor();
    for (number, secret) in [NEW, OLD].into_iter().enumerate() {
        let viewer = format!("198.51.100.{number}:443");
        let answer = edge.send(through(Call::get("/.well-known/jwks.json"), secret, &viewer)).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
}

#[tokio::test]
async fn a_secret_that_is_none_lets_nobody_in_and_is_named_to_the_operator() {
    let kept = behind("{\"current\": \"short\"}");
    let answer = kept.stack().visitor().send(through(login(), "short", "198.51.100.10:443")).await;
    let id = answer.refuses(503, "UNAVAILABLE");
    kept.stack().audited(&id, &[]).await;
    let logged = Value::from(kept.stack().logged(&id).await).to_string();
    assert!(logged.contains("OriginSecret") && !logged.contains("short"), "{logged}");
}

#[tokio::test]
async fn without_cloudfront_its_headers_mean_nothing_and_no_secret_is_fetched() {
    let stack = Stack::alone(&["LIMIT_LOGINS_PER_SOURCE=1"]);
    let visitor = stack.visitor();
    window_with_room(300).await;
    visitor.send(through(login(), OLD, "198.51.100.10:443")).await.data();
    visitor.send(through(login(), OLD, "198.51.100.11:443")).await.refuses(429, "RATE_LIMITED");
    let trace = stack.trace().await;
    let fetched = trace.iter().filter(|call| call["service"] == "secretsmanager").count();
    assert_eq!(fetched, 2, "the providers and the token keys: {trace:?}");
}

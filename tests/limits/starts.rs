//! Starts: only who goes to a provider starts anything, and what a limit refuses leaves nothing behind.

use serde_json::{Value, json};

use crate::harness::{APP, Answer, Call, Person, Stack, Tab, form, navigation, window_with_room};
use crate::lies::LIES;

/// What a browser says of something that a page loads, and of a page that it only fetches in advance.
const LOADED: [&[(&str, &str)]; 5] = [
    &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image"), ("sec-fetch-site", "cross-site")],
    &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe"), ("sec-fetch-site", "cross-site")],
    &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty"), ("sec-fetch-site", "same-origin")],
    &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "script")],
    &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("sec-purpose", "prefetch;prerender")],
];

fn with(call: Call, headers: &[(&'static str, &'static str)]) -> Call {
    headers.iter().fold(call, |call, (name, value)| call.header(name, *value))
}

/// Nothing was counted for this address, nothing was written, and a sign-in of its own starts.
async fn cost_nothing(stack: &Stack, before: &Value, tab: &mut Tab<'_>) {
    assert_eq!(&stack.dump().await, before, "something was written");
    tab.navigates("honest", APP).await;
}

#[tokio::test]
async fn what_a_page_loads_starts_nothing_and_counts_nothing() {
    let stack = Stack::with(&["LIMIT_LOGINS_PER_SOURCE=1"]);
    window_with_room(300).await;
    for headers in LOADED {
        let mut tab = Tab::of(stack.visitor());
        let before = stack.dump().await;
        let answer = tab.send(with(Call::get(navigation("honest", APP)), headers)).await;
        answer.is_page(403);
        assert_eq!(answer.cookies(), [""; 0]);
        stack.audited(&answer.request_id(), &["sign_in_refused"]).await;
        for call in [Call::get("/auth/social/honest"), form("/auth/social/honest", &[])] {
            let answer = tab.send(with(call, headers)).await;
            answer.is(403, json!({ "success": false, "error": "FORBIDDEN", "message": "<text>" }));
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.contains("image") && message.contains("link"), "{message}");
        }
        cost_nothing(&stack, &before, &mut tab).await;
    }
}

#[tokio::test]
async fn whoever_goes_there_starts_whatever_page_led_them_there() {
    for site in ["none", "same-origin", "same-site", "cross-site"] {
        let mut tab = Tab::of(Stack::shared().visitor());
        let going = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        for call in [Call::get(navigation("honest", APP)), Call::get("/auth/social/honest")] {
            let answer = tab.send(with(call, &going).header("sec-fetch-site", site)).await;
            assert_eq!(answer.status, 302, "{site}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_script_of_another_site_starts_nothing_where_no_preflight_keeps_it_away() {
    let stack = Stack::with(&["LIMIT_LOGINS_PER_SOURCE=1", "LIMIT_PASSKEYS_PER_SOURCE=1", ALLOWED]);
    window_with_room(300).await;
    for (path, status) in [("/auth/user/honest", 400), ("/v1/auth/passkeys/challenge", 403)] {
        let visitor = stack.visitor();
        let before = stack.dump().await;
        for origin in ["https://evil.example", "null"] {
            let call = Call::post(path).header("sec-fetch-site", "cross-site").header("origin", origin);
            assert_eq!(visitor.send(call).await.status, status, "{path} from {origin}");
        }
        assert_eq!(stack.dump().await, before);
        let call = Call::post(path).header("sec-fetch-site", "cross-site").header("origin", "https://shop.example");
        assert_eq!(visitor.send(call).await.status, 200, "{path}");
        assert_eq!(visitor.send(Call::post(path)).await.status, 429, "{path}");
    }
}

const ALLOWED: &str = "ALLOWED_ORIGINS=https://shop.example";

#[tokio::test]
async fn a_start_over_the_limit_writes_nothing_and_asks_no_provider_anything() {
    let stack = Stack::start(1, &["LIMIT_LOGINS_PER_SOURCE=1", "LIMIT_PASSKEYS_PER_SOURCE=1"], &LIES.rows());
    let visitor = stack.visitor();
    window_with_room(300).await;
    visitor.starts("github").await;
    let before = (stack.dump().await, LIES.hits("counted/metadata"));
    for _ in 0..3 {
        let body = json!({ "provider": "counted", "redirectUri": APP });
        visitor.login(body).await.refuses(429, "RATE_LIMITED");
        Tab::of(visitor).opens(&navigation("counted", APP)).await.is_page(429);
    }
    assert_eq!((stack.dump().await, LIES.hits("counted/metadata")), before);

    visitor.send(challenge()).await.data();
    let before = stack.dump().await;
    visitor.send(challenge()).await.refuses(429, "RATE_LIMITED");
    assert_eq!(stack.dump().await, before);
}

fn challenge() -> Call {
    Call::post("/v1/auth/passkeys/challenge")
}

#[tokio::test]
async fn sign_in_starts_and_questions_for_passkeys_are_counted_apart() {
    let stack = Stack::with(&["LIMIT_LOGINS_PER_SOURCE=2", "LIMIT_PASSKEYS_PER_SOURCE=3"]);
    let visitor = stack.visitor();
    window_with_room(300).await;
    for _ in 0..2 {
        visitor.starts("honest").await;
    }
    visitor.login(json!({ "provider": "honest", "redirectUri": APP })).await.refuses(429, "RATE_LIMITED");
    for _ in 0..3 {
        visitor.send(challenge()).await.data();
    }
    visitor.send(challenge()).await.refuses(429, "RATE_LIMITED");
}

#[tokio::test]
async fn a_provider_that_fails_is_not_asked_by_everybody() {
    let stack = Stack::alone(&[]);
    let before = LIES.hits("closed/metadata");
    for _ in 0..3 {
        let visitor = stack.visitor();
        visitor.login(json!({ "provider": "closed", "redirectUri": APP })).await.refuses(502, "PROVIDER_UNAVAILABLE");
        Tab::of(visitor).opens(&navigation("closed", APP)).await.is_page(502);
    }
    assert_eq!(LIES.hits("closed/metadata"), before + 1);
}

#[tokio::test]
async fn a_made_up_state_costs_no_call_to_a_provider() {
    let stack = Stack::alone(&[]);
    let visitor = stack.visitor();
    let before = LIES.hits("unasked/metadata");
    let mut started = visitor.starts("github").await;
    started.provider = "unasked".to_owned();
    for state in [started.state.clone(), "s".repeat(43)] {
        started.state = state;
        visitor.callback(&started, "code").await.refuses(400, "INVALID_STATE");
        let query = format!("code=code&state={}", started.state);
        let answer = visitor.send(Call::post(format!("/auth/user/unasked/callback?{query}"))).await;
        assert_eq!(answer.status, 400, "{answer}");
    }
    assert_eq!(LIES.hits("unasked/metadata"), before);

    let started = visitor.starts("unasked").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    visitor.callback(&started, &code).await.data();
    is_used(&visitor.callback(&started, &code).await);
}

fn is_used(answer: &Answer) {
    answer.refuses(400, "INVALID_STATE");
}

//! Whatever hangs, every contract answers in its own way, and before Lambda would end the function.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::contracts::{lab, settings_and_rows};
use crate::harness::{APP, Answer, Call, Person, Stack, StartedSignIn, Tab, Visitor, navigation, query};
use crate::lies::{LIES, Told};

/// Shorter than a call of a provider may take by itself, and than all attempts at DynamoDB: only the request's own time
/// ends them before Lambda would.
const END: Duration = Duration::from_secs(3);

fn stack() -> Stack {
    let (settings, rows) = settings_and_rows();
    let end = format!("REQUEST_SECONDS={}", END.as_secs());
    Stack::start(1, &[settings, &[&end]].concat(), &rows)
}

/// What the return to `callback` with a code looks like that the provider thinks about for ever.
fn with_a_slow_code(callback: &str, started: &StartedSignIn) -> String {
    let slow = |told: &mut Told| told.after = Duration::from_secs(60);
    let code = LIES.code(started, &Person::new(), slow);
    format!("{callback}?{}", query(&[("code", &code), ("state", &started.state)]))
}

/// Sends, and sees that it is answered in time; not at once, or nothing would have hung: half of what the function has,
/// without what it needs to answer, is a quarter of the whole.
async fn in_time(tab: &mut Tab<'_>, call: Call) -> Answer {
    let asked = Instant::now();
    let answer = tab.send(call).await;
    let took = asked.elapsed();
    assert!(took < END && took > END / 4, "{took:?}: {answer}");
    answer
}

/// The same while no call of `function` to AWS is answered any more.
async fn in_silence(tab: &mut Tab<'_>, function: &str, call: Call) -> Answer {
    let stack = tab.visitor.stack;
    stack.orders(&json!({ "function": function, "kind": "silent", "after": 0, "times": 100 })).await;
    let answer = in_time(tab, call).await;
    assert!(stack.heals().await > 0, "{answer}");
    answer
}

#[tokio::test]
async fn a_provider_that_hangs_is_told_by_each_contract_in_time() {
    let stack = stack();
    let mut tab = Tab::of(stack.visitor());
    tab.signs_in(&Person::new()).await;

    let started = tab.visitor.starts("honest").await;
    let code = LIES.code(&started, &Person::new(), |told| told.after = Duration::from_secs(60));
    let answer = in_time(&mut tab, Visitor::callback_call(&started, &code, json!({}))).await;
    let request_id = answer.refuses(502, "PROVIDER_UNAVAILABLE");
    stack.audited(&request_id, &[]).await;
    let logged = json!(stack.logged(&request_id).await).to_string();
    assert!(logged.contains("no answer before the request ran out of time"), "{logged}");

    let callback = "/accounts/oauth/callback";
    let start = json!({ "provider": "honest", "redirectUri": format!("{}{callback}", stack.url) });
    let started = StartedSignIn::of("honest", &tab.send(Call::post("/v1/auth/login").json(&start)).await.data());
    let answer = in_time(&mut tab, Call::get(with_a_slow_code(callback, &started))).await;
    assert_eq!((answer.status, &answer.json()["error"]), (500, &json!("PROVIDER_UNAVAILABLE")), "{answer}");

    let answer = tab.send(Call::post("/auth/user/honest").json(&json!({}))).await;
    let started = StartedSignIn::at("honest", answer.json()["location"].as_str().unwrap());
    let answer = in_time(&mut tab, Call::post(with_a_slow_code("/auth/user/honest/callback", &started))).await;
    answer.is(500, json!({ "code": "api_error", "message": "<text>", "type": "database_error" }));

    let answer = tab.opens("/auth/social/honest").await;
    let started = StartedSignIn::at("honest", answer.header("location").unwrap());
    let answer = in_time(&mut tab, Call::get(with_a_slow_code("/auth/social/honest/callback", &started))).await;
    let front_end = format!("{}/login?social_login=error&error=PROVIDER_UNAVAILABLE&provider=honest", stack.url);
    answer.leads_to(&front_end);

    let answer = tab.opens(&navigation("honest", APP)).await;
    let started = StartedSignIn::at("honest", answer.header("location").unwrap());
    let answer = in_time(&mut tab, Call::get(with_a_slow_code("/v1/auth/callback/honest", &started))).await;
    answer.leads_to(&format!("{APP}?error=PROVIDER_UNAVAILABLE"));
}

#[tokio::test]
async fn aws_that_hangs_is_told_by_each_contract_in_time() {
    let stack = stack();
    let (mut tab, person) = (Tab::of(stack.visitor()), Person::new());
    tab.signs_in(&person).await;
    let session = tab.visitor.signs_in(&person).await;

    let refresh = Call::post("/v1/auth/refresh").json(&json!({ "refreshToken": session.refresh_token }));
    let mut other = Tab::of(stack.visitor());
    in_silence(&mut other, "refresh", refresh.clone()).await.refuses(503, "UNAVAILABLE");
    other.send(refresh).await.data();

    let started = lab::starts(&tab.visitor).await;
    let confirmation = lab::confirming(&started, &person);
    in_silence(&mut other, "external-callback", confirmation.clone()).await.is(503, json!({ "detail": "<text>" }));
    other.send(confirmation).await.is(200, json!({ "success": true }));

    in_silence(&mut tab, "pages", Call::get("/login")).await.is_page(503);

    let link = Call::post("/v1/auth/magic-link").json(&json!({ "email": person.email, "redirectUri": APP }));
    in_silence(&mut other, "magic-link", link).await.refuses(503, "UNAVAILABLE");
}

#[tokio::test]
async fn a_state_is_not_used_up_when_there_is_no_time_left_to_redeem_its_code() {
    let stack = stack();
    let mut tab = Tab::of(stack.visitor());
    let started = tab.visitor.starts("honest").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    let callback = Visitor::callback_call(&started, &code, json!({}));
    // One secret comes after more than half of the time.
    stack.orders(&json!({ "function": "callback", "kind": "slow", "after": 0, "times": 1 })).await;
    let answer = in_time(&mut tab, callback.clone()).await;
    assert!(stack.heals().await > 0);
    answer.refuses(503, "UNAVAILABLE");
    tab.send(callback).await.data();
}

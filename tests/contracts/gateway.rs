//! The contract `gateway`: the provider sends the person's browser to one address, which answers in JSON.

use serde_json::{Value, json};

use super::{rows, secret, stack};
use crate::harness::{
    APP, APP_WITH_QUERY, Answer, Call, Person, SESSION_COOKIE, Stack, StartedSignIn, Visitor, assert_shape,
    second_factor_due,
};
use crate::lies::{LIES, session_of, user_from_provider};

const PATH: &str = "/accounts/oauth/callback";

/// A sign-in that comes back to the gateway's address, and the browser's cookie for it.
async fn starts(visitor: &Visitor<'_>, provider: &str, further: Value) -> (StartedSignIn, String) {
    let redirect_uri = format!("{}{PATH}", visitor.stack.url);
    let mut body = json!({ "provider": provider, "redirectUri": redirect_uri });
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    let answer = visitor.login(body).await;
    let data = answer.data();
    let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie in {answer}"));
    assert!(cookie.starts_with("__Host-doorward-tx-"), "{cookie}");
    let started = StartedSignIn::of(provider, &data);
    assert_eq!(started.asks("redirect_uri"), redirect_uri);
    (started, cookie.split(';').next().unwrap().to_owned())
}

/// The return of somebody who went to an honest provider.
pub async fn returning(visitor: &Visitor<'_>, person: &Person) -> Call {
    let (started, cookie) = starts(visitor, "honest", json!({})).await;
    let code = LIES.code(&started, person, |_| {});
    returns(&cookie, &[("code", &code), ("state", &started.state)])
}

fn returns(cookie: &str, query: &[(&str, &str)]) -> Call {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    Call::get(format!("{PATH}?{query}")).header("cookie", cookie)
}

#[track_caller]
fn refuses(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("location"), None);
    assert_shape(&answer.json(), &json!({ "error": code, "message": "<text>" }), &answer.to_string());
}

#[track_caller]
fn gives(answer: &Answer, data: Value) {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_shape(&answer.json(), &json!({ "data": data }), &answer.to_string());
}

#[tokio::test]
async fn a_person_who_comes_back_is_answered_with_the_session_of_v1() {
    let (visitor, person) = (stack().visitor(), Person::new());
    for provider in ["honest", "forge"] {
        let (started, cookie) = starts(&visitor, provider, json!({})).await;
        let code = LIES.code(&started, &person, |_| {});
        let answer = visitor.send(returns(&cookie, &[("code", &code), ("state", &started.state)])).await;
        gives(&answer, session_of(user_from_provider(&person)));
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.starts_with("__Host-doorward-tx-") && cookie.contains("Max-Age=0"), "{cookie}");
        let session = crate::harness::SessionTokens::of(&answer.data());
        visitor.looks_up(&session.access_token).await.data();
    }
}

#[tokio::test]
async fn whoever_needs_an_invite_is_answered_with_the_registration_of_v1() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let (started, cookie) = starts(&visitor, "honest", json!({ "actorType": "guest" })).await;
    let code = LIES.code(&started, &person, |_| {});
    let answer = visitor.send(returns(&cookie, &[("code", &code), ("state", &started.state)])).await;
    gives(
        &answer,
        json!({
            "registrationRequired": true,
            "registrationToken": "<jwt>",
            "expiresAt": "<time>",
            "profile": { "email": person.email, "name": person.name },
        }),
    );
}

#[tokio::test]
async fn whoever_has_a_second_factor_is_answered_with_the_question_of_v1_and_goes_on_there() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let session = visitor.signs_in(&person).await;
    let app = visitor.enrols(&session).await;
    let answer = visitor.send(returning(&visitor, &person).await).await;
    gives(&answer, second_factor_due());
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-doorward-tx-") && cookie.contains("Max-Age=0"), "{cookie}");

    let data = answer.data();
    let answer = visitor.completes(data["sessionId"].as_str().unwrap(), &app.code().await).await;
    let data = answer.gives(session_of(user_from_provider(&person)));
    assert_eq!(data["user"]["id"], session.user["id"]);
}

#[tokio::test]
async fn both_parameters_are_required() {
    let visitor = stack().visitor();
    let (started, cookie) = starts(&visitor, "honest", json!({})).await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    let (code, state) = (&code[..], &started.state[..]);
    for query in [
        &[][..],
        &[("code", code)],
        &[("state", state)],
        &[("code", ""), ("state", state)],
        &[("code", code), ("state", "")],
        &[("code", code), ("state", state), ("state", state)],
    ] {
        refuses(&visitor.send(returns(&cookie, query)).await, 400, "INVALID_REQUEST");
    }
    let answer = visitor.send(returns(&cookie, &[("code", code), ("state", state)])).await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn what_was_refused_is_400_and_says_why() {
    let visitor = stack().visitor();
    let person = Person::new();
    let go = async |further: Value, query: fn(&StartedSignIn) -> Vec<(&'static str, String)>| {
        let (started, cookie) = starts(&visitor, "honest", further).await;
        let query = query(&started);
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        visitor.send(returns(&cookie, &query)).await
    };
    let answer = go(json!({}), |started| vec![("code", "no code".to_owned()), ("state", started.state.clone())]).await;
    refuses(&answer, 400, "INVALID_CODE");
    let declined =
        |started: &StartedSignIn| vec![("error", "access_denied".to_owned()), ("state", started.state.clone())];
    refuses(&go(json!({}), declined).await, 400, "ACCESS_DENIED");
    let unknown = |_: &StartedSignIn| vec![("code", "code".to_owned()), ("state", "s".repeat(43))];
    refuses(&go(json!({}), unknown).await, 400, "INVALID_STATE");

    let (started, cookie) = starts(&visitor, "honest", json!({ "actorType": "staff" })).await;
    let code = LIES.code(&started, &person, |_| {});
    let answer = visitor.send(returns(&cookie, &[("code", &code), ("state", &started.state)])).await;
    refuses(&answer, 400, "SIGN_UP_CLOSED");
    stack().audited(&answer.request_id(), &["sign_in_refused"]).await;
}

#[tokio::test]
async fn everything_else_is_500_a_provider_that_is_down_included() {
    let visitor = stack().visitor();
    let (started, cookie) = starts(&visitor, "honest", json!({})).await;
    let code = LIES.code(&started, &Person::new(), |told| told.instead = Some(crate::lies::Reply::page(500)));
    let answer = visitor.send(returns(&cookie, &[("code", &code), ("state", &started.state)])).await;
    refuses(&answer, 500, "PROVIDER_UNAVAILABLE");
}

// A person looks on

/// What a browser says of an address that a person goes to.
fn looked_at(call: Call) -> Call {
    call.header("sec-fetch-dest", "document").header("sec-fetch-mode", "navigate")
}

#[tokio::test]
async fn a_person_who_looks_on_is_led_to_the_target_of_the_start_signed_in() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let (started, cookie) = starts(&visitor, "honest", json!({ "returnTo": APP_WITH_QUERY })).await;
    let code = LIES.code(&started, &person, |_| {});
    let call = returns(&cookie, &[("code", &code), ("state", &started.state)]);
    let answer = visitor.send(looked_at(call)).await;
    answer.leads_to(APP_WITH_QUERY);
    assert!(answer.body.is_empty(), "{answer}");
    let cookies = answer.cookies();
    let session = cookies.iter().find(|cookie| cookie.starts_with(SESSION_COOKIE)).expect("a session's cookie");
    let current = Call::get("/v1/auth/session").header("cookie", session.split(';').next().unwrap());
    assert_eq!(visitor.send(current).await.data()["user"]["email"], person.email);
}

#[tokio::test]
async fn a_browser_that_says_nothing_of_itself_looks_on_when_it_asks_for_a_page() {
    let visitor = stack().visitor();
    let (started, cookie) = starts(&visitor, "honest", json!({ "returnTo": APP })).await;
    let declined = [("error", "access_denied"), ("state", &started.state[..])];
    let answer = visitor.send(returns(&cookie, &declined).header("accept", "text/html,*/*;q=0.8")).await;
    answer.leads_to(&format!("{APP}?error=ACCESS_DENIED"));
}

#[tokio::test]
async fn a_person_who_looks_on_and_has_a_second_factor_is_asked_for_it() {
    let (visitor, person) = (stack().visitor(), Person::new());
    visitor.enrols(&visitor.signs_in(&person).await).await;
    let (started, cookie) = starts(&visitor, "honest", json!({ "returnTo": APP })).await;
    let code = LIES.code(&started, &person, |_| {});
    let call = returns(&cookie, &[("code", &code), ("state", &started.state)]);
    let answer = visitor.send(looked_at(call)).await;
    let page = answer.header("location").unwrap_or_default();
    assert!(answer.status == 303 && page.starts_with("/login/second-factor?session_id=ses_"), "{answer}");
}

#[tokio::test]
async fn a_client_is_answered_in_json_whatever_target_the_start_named() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let (started, cookie) = starts(&visitor, "honest", json!({ "returnTo": APP })).await;
    let code = LIES.code(&started, &person, |_| {});
    let call = returns(&cookie, &[("code", &code), ("state", &started.state)]);
    gives(&visitor.send(call.header("sec-fetch-dest", "empty")).await, session_of(user_from_provider(&person)));
}

#[tokio::test]
async fn a_person_who_looks_on_reads_json_where_the_start_named_no_target() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let call = looked_at(returning(&visitor, &person).await);
    gives(&visitor.send(call).await, session_of(user_from_provider(&person)));
}

#[tokio::test]
async fn a_target_that_is_not_allowed_or_of_no_use_is_refused() {
    let visitor = stack().visitor();
    let redirect_uri = format!("{}{PATH}", visitor.stack.url);
    let login = |redirect: &str, target: &str| {
        visitor.login(json!({ "provider": "honest", "redirectUri": redirect, "returnTo": target }))
    };
    login(&redirect_uri, "https://evil.example/").await.refuses(400, "INVALID_REDIRECT");
    login(APP, APP_WITH_QUERY).await.refuses(400, "INVALID_REQUEST");
    let ours = format!("{}/v1/auth/callback/honest", visitor.stack.url);
    login(&ours, APP).await.refuses(400, "INVALID_REQUEST");
}

#[tokio::test]
async fn another_browser_finishes_nothing_and_uses_nothing_up() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let (started, cookie) = starts(&visitor, "honest", json!({})).await;
    let (_, other) = starts(&visitor, "honest", json!({})).await;
    let code = LIES.code(&started, &person, |_| {});
    let query = [("code", &code[..]), ("state", &started.state)];
    for cookie in ["a=b", &other] {
        stack().refused_the_state(&visitor.send(returns(cookie, &query)).await, "OtherBrowser").await;
    }
    assert_eq!(visitor.send(returns(&cookie, &query)).await.status, 200);
    stack().refused_the_state(&visitor.send(returns(&cookie, &query)).await, "Used").await;
}

#[tokio::test]
async fn a_sign_in_of_another_contract_is_not_finished_here_nor_one_of_this_elsewhere() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let ours = visitor.starts("honest").await;
    let code = LIES.code(&ours, &person, |_| {});
    let answer = visitor.send(returns("a=b", &[("code", &code), ("state", &ours.state)])).await;
    stack().refused_the_state(&answer, "OtherChannel").await;
    visitor.callback(&ours, &code).await.data();

    let (started, cookie) = starts(&visitor, "honest", json!({})).await;
    let code = LIES.code(&started, &person, |_| {});
    visitor.callback(&started, &code).await.refuses(400, "INVALID_STATE");
    let answer = visitor.send(returns(&cookie, &[("code", &code), ("state", &started.state)])).await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn only_the_path_without_a_slash_behind_it_is_the_contracts_and_only_by_get() {
    let visitor = stack().visitor();
    visitor.send(Call::get(format!("{PATH}/?code=c"))).await.is_from_the_gateway(404, "Not Found");
    visitor.send(Call::post(PATH)).await.is_from_the_gateway(404, "Not Found");
}

#[tokio::test]
async fn the_senders_iss_is_read() {
    let stack = Stack::start(1, &[], &rows(secret()));
    let (visitor, person) = (stack.visitor(), Person::new());
    let (started, cookie) = starts(&visitor, "announcing", json!({})).await;
    let code = LIES.code(&started, &person, |_| {});
    let wrong = [("code", &code[..]), ("state", &started.state), ("iss", "https://other.example")];
    stack.refused_the_state(&visitor.send(returns(&cookie, &wrong)).await, "OtherSender").await;
}

#[tokio::test]
async fn a_start_that_could_only_end_in_a_dead_end_is_refused_and_explained() {
    let visitor = stack().visitor();
    let redirect_uri = format!("{}{PATH}", visitor.stack.url);
    for (provider, explanation) in [
        ("apple", "the provider answers by POST, and contract gateway accepts GET alone"),
        ("external", "contract gateway does not support the external login"),
    ] {
        let answer = visitor.login(json!({ "provider": provider, "redirectUri": redirect_uri })).await;
        answer.refuses(400, "INVALID_REDIRECT");
        assert_eq!(visitor.stack.explanation(&answer, &["sign_in_refused"]).await, explanation);
    }
}

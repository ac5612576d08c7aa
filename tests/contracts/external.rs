//! An external login over our own route: the browser that logged in, and no other, finishes with the code that it was sent
//! on with.

use std::sync::LazyLock;

use serde_json::{Value, json};
use url::Url;

use super::lab::{LAB, V1, call, claims, confirming_at, going_on, refuses, said, starts, token};
use super::{KEY, api_key, rows, secret};
use crate::callback::{VERIFIER, challenge};
use crate::harness::{
    APP, Answer, Call, NO_PAUSE, Person, SessionTokens, Stack, StartedSignIn, Tab, Visitor, now, second_factor_due,
};
use crate::identities;
use crate::lies::{session_of, user_from_provider};
use crate::rotate_keys::kept::KeptStack;

/// A key of a login system whose people are guests, and nobody else.
const GUESTS_KEY: &str = "canary-api-key-for-the-guests-login";

/// A stack whose row allows no unbound browser: what everybody gets who does not say otherwise.
fn stack() -> &'static Stack {
    static BOUND: LazyLock<Stack> =
        LazyLock::new(|| Stack::start(2, &[NO_PAUSE, "ACTOR_TYPES=user:open,guest:open"], &bound(secret())));
    &BOUND
}

fn bound(further: Value) -> Value {
    let mut rows = rows(further);
    let row = rows["external"].as_object_mut().unwrap();
    row.remove("allowUnboundBrowser");
    let mut guests = api_key("guests", GUESTS_KEY, &["external", "invites"]);
    guests["actorTypes"] = json!(["guest"]);
    row["apiKeys"].as_array_mut().unwrap().push(guests);
    rows
}

/// Where the login system sends the browser that logged in.
async fn continues(visitor: &Visitor<'_>, started: &StartedSignIn, person: &Person) -> Url {
    let answer = visitor.send(confirming_at(V1, started, person)).await;
    answer.is(200, json!({ "success": true, "continueUrl": "<text>" }));
    Url::parse(answer.json()["continueUrl"].as_str().unwrap()).unwrap()
}

fn code_in(url: &Url) -> String {
    url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
}

fn path_of(url: &Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// The app of the browser that came with a code goes on.
fn finishing(started: &StartedSignIn, code: &str) -> Call {
    let body = json!({ "provider": "external", "state": started.state, "code": code, "codeVerifier": VERIFIER });
    Call::post("/v1/auth/callback").json(&body)
}

async fn finishes(visitor: &Visitor<'_>, started: &StartedSignIn, code: &str) -> Answer {
    visitor.send(finishing(started, code)).await
}

#[tokio::test]
async fn the_browser_that_logged_in_comes_to_the_app_with_state_and_code_and_is_signed_in_once() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    let url = continues(&visitor, &started, &person).await;
    let code = code_in(&url);
    assert_eq!(url.as_str(), format!("{APP}?code={code}&state={}", started.state));
    assert!(!stack().dump().await.to_string().contains(&code), "the code is readable in the store");
    finishes(&visitor, &started, &code).await.gives(session_of(user_from_provider(&person)));
    finishes(&visitor, &started, &code).await.refuses(400, "INVALID_STATE");
}

#[tokio::test]
async fn who_sent_somebody_the_logins_link_gets_nothing_without_the_code_and_uses_nothing_up() {
    let (attacker, person) = (stack().visitor(), Person::new());
    let started = starts(&attacker).await;
    let code = code_in(&continues(&attacker, &started, &person).await);
    attacker.send(going_on(&started)).await.refuses(400, "INVALID_CODE");
    finishes(&attacker, &started, &"A".repeat(43)).await.refuses(400, "INVALID_CODE");
    let mut tab = Tab::of(stack().visitor());
    let cookieless = Call::get(format!("/v1/auth/callback/external?code={code}&state={}", started.state));
    tab.send(cookieless).await.is_page(400);
    let unverified = json!({ "provider": "external", "state": started.state, "code": code });
    attacker.post("/v1/auth/callback", unverified).await.refuses(400, "INVALID_CODE");
    finishes(&attacker, &started, &code).await.data();
}

#[tokio::test]
async fn contract_lab_is_refused_where_the_row_does_not_allow_it_and_says_what_to_do() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    let answer = visitor.send(confirming_at(LAB, &started, &person)).await;
    refuses(&answer, 403);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("/v1/auth/callback/external") && detail.contains("allowUnboundBrowser"), "{detail}");
    stack().audited(&answer.request_id(), &["external_login_refused"]).await;
    visitor.send(going_on(&started)).await.refuses(400, "INVALID_STATE");
}

#[tokio::test]
async fn a_login_system_whose_answer_was_lost_says_the_same_again_and_gets_the_same_address() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    let said = said(&started, &token(&claims(&person)));
    let asks = || call(V1, KEY, &said);
    let answers = visitor.race((0..16).map(|_| asks())).await;
    let urls: Vec<_> = answers.iter().map(|answer| answer.json()["continueUrl"].clone()).collect();
    assert!(urls.iter().all(|url| url.is_string() && *url == urls[0]), "{urls:?}");
    let other = self::said(&started, &token(&claims(&Person::new())));
    refuses(&visitor.send(call(V1, KEY, &other)).await, 400);
    let code = code_in(&Url::parse(urls[0].as_str().unwrap()).unwrap());
    assert_eq!(SessionTokens::of(&finishes(&visitor, &started, &code).await.data()).user["email"], person.email);
    refuses(&visitor.send(asks()).await, 400);
}

#[tokio::test]
async fn of_a_crowd_with_the_code_one_is_signed_in() {
    let visitor = stack().visitor();
    let started = starts(&visitor).await;
    let code = code_in(&continues(&visitor, &started, &Person::new()).await);
    let answers = visitor.race((0..64).map(|_| finishing(&started, &code))).await;
    crate::races::winners(&answers, 1, 400, "INVALID_STATE");
}

#[tokio::test]
async fn a_browser_that_navigated_comes_back_to_us_with_its_cookie_and_ends_at_its_target() {
    for (target, expected) in [(Some(APP), APP.to_owned()), (None, format!("{}/login", stack().url))] {
        let (mut tab, person) = (Tab::of(stack().visitor()), Person::new());
        let path = "/v1/auth/login/external".to_owned();
        let path = target.map_or(path.clone(), |target| format!("{path}?redirect_uri={target}"));
        let started = StartedSignIn::at("external", tab.opens(&path).await.header("location").unwrap());
        let url = continues(&tab.visitor, &started, &person).await;
        assert!(url.as_str().starts_with(&format!("{}/v1/auth/callback/external?code=", stack().url)), "{url}");
        Tab::of(stack().visitor()).opens(&path_of(&url)).await.is_page(400);
        let landed = tab.opens(&path_of(&url)).await;
        assert_eq!((landed.status, landed.header("location")), (303, Some(&expected[..])), "{landed}");
        let current = tab.opens("/v1/auth/session").await.data();
        assert_eq!(current["user"]["email"], person.email);
    }
}

#[tokio::test]
async fn a_browser_of_contract_social_comes_back_to_it() {
    let (mut tab, person) = (Tab::of(stack().visitor()), Person::new());
    let started = StartedSignIn::at("external", tab.opens("/auth/social/external").await.header("location").unwrap());
    let url = continues(&tab.visitor, &started, &person).await;
    assert!(url.as_str().starts_with(&format!("{}/auth/social/external/callback?code=", stack().url)), "{url}");
    let landed = tab.opens(&path_of(&url)).await;
    let expected = format!("{}/login?social_login=success&provider=external", stack().url);
    assert_eq!((landed.status, landed.header("location")), (303, Some(&expected[..])), "{landed}");
    assert_eq!(tab.opens("/v1/auth/session").await.data()["user"]["email"], person.email);
}

#[tokio::test]
async fn the_code_opens_no_session_past_the_second_factor() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    let code = code_in(&continues(&visitor, &started, &person).await);
    visitor.enrols(&SessionTokens::of(&finishes(&visitor, &started, &code).await.data())).await;
    let started = starts(&visitor).await;
    let code = code_in(&continues(&visitor, &started, &person).await);
    finishes(&visitor, &started, &code).await.gives(second_factor_due());
}

// Linking

#[tokio::test]
async fn linking_it_needs_the_challenge_the_code_and_the_verifier() {
    let (visitor, person, elsewhere) = (stack().visitor(), Person::new(), Person::new());
    let session = visitor.signs_in(&person).await;
    visitor.send(identities::starting(&session, "external")).await.faults("codeChallenge");

    let leaving = json!({ "redirectUri": APP, "codeChallenge": challenge() });
    let leaving = Call::post("/v1/auth/identities/external").bearer(&session.access_token).json(&leaving);
    let data = visitor.send(leaving).await.gives(json!({ "authUrl": "<text>", "state": "<text>" }));
    let started = StartedSignIn::of("external", &data);
    let code = code_in(&continues(&visitor, &started, &elsewhere).await);
    let brought = |call: Call| call.bearer(&session.access_token);
    let without_verifier = json!({ "provider": "external", "state": started.state, "code": code });
    let without_verifier = brought(Call::post("/v1/auth/callback").json(&without_verifier));
    visitor.send(without_verifier).await.refuses(400, "INVALID_CODE");
    visitor.send(brought(going_on(&started))).await.refuses(400, "INVALID_CODE");
    finishes(&visitor, &started, &code).await.refuses(401, "UNAUTHORIZED");
    let linked = visitor.send(brought(finishing(&started, &code))).await.data();
    assert_eq!((&linked["linked"], &linked["identities"][1]["provider"]), (&json!(true), &json!("external")));
}

// Whose account

#[tokio::test]
async fn a_login_system_in_the_place_of_another_brings_its_own_people_under_the_same_numbers() {
    let mut users = Vec::new();
    let person = Person::new();
    let rows_of = |further: Value| {
        let mut rows = bound(secret());
        rows["external"]["trustEmail"] = json!(false);
        rows["external"].as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        rows
    };
    let mut kept = KeptStack::with(rows_of(json!({})));
    for further in [
        json!({}),
        json!({ "loginUrl": "https://new.example/in" }),
        json!({ "loginUrl": "https://new.example/in", "tokenIssuer": "https://people.example" }),
        json!({ "loginUrl": "https://login.example/elsewhere" }),
    ] {
        let issuer = further["tokenIssuer"].clone();
        kept.restarts_at(rows_of(further));
        let visitor = kept.stack().visitor();
        let started = starts(&visitor).await;
        let mut claims = claims(&person);
        claims["iss"] = issuer;
        let answer = visitor.send(call(V1, KEY, &said(&started, &token(&claims)))).await;
        let url = Url::parse(answer.json()["continueUrl"].as_str().unwrap_or_else(|| panic!("{answer}"))).unwrap();
        users.push(SessionTokens::of(&finishes(&visitor, &started, &code_in(&url)).await.data()).user_id().to_owned());
    }
    assert_eq!(users[0], users[3], "another page of the same login");
    assert!(users[0] != users[1] && users[1] != users[2] && users[0] != users[2], "{users:?}");
}

#[tokio::test]
async fn a_subject_that_is_a_number_is_refused_and_the_log_says_why() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    let mut claims = claims(&person);
    claims["sub"] = json!(77);
    claims["exp"] = json!(now() + 60);
    let answer = visitor.send(call(V1, KEY, &said(&started, &token(&claims)))).await;
    refuses(&answer, 400);
    let log = stack().logged(&answer.request_id()).await;
    let problem = "the subject is a number: it must be a string";
    assert!(log.iter().any(|fields| fields["problem"] == problem), "{log:?}");
}

#[tokio::test]
async fn a_key_that_is_for_some_actor_types_lets_nobody_in_as_another() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let with_key = |started: &StartedSignIn| call(V1, GUESTS_KEY, &said(started, &token(&claims(&person))));
    let as_user = starts(&visitor).await;
    refuses(&visitor.send(with_key(&as_user)).await, 400);
    let further = json!({ "codeChallenge": challenge(), "actorType": "guest" });
    let as_guest = visitor.starts_with("external", further).await;
    visitor.send(with_key(&as_guest)).await.is(200, json!({ "success": true, "continueUrl": "<text>" }));
}

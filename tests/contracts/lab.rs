//! The contract `lab`: a login system of the operator's own tells, from server to server, whom it let in.

use serde_json::{Value, json};

use super::{EXTERNAL_KEY, INVITES_KEY, KEY, NEXT_KEY, TOKEN_SECRET, rows, stack};
use crate::callback::{VERIFIER, challenge};
use crate::harness::{
    APP, Answer, Call, NO_PAUSE, Person, SessionTokens, Stack, StartedSignIn, Tab, Visitor, now, second_factor_due,
    until_after,
};
use crate::lies::jose::{self, FIRST, Signer};
use crate::lies::{LIES, session_of, user_from_provider};
use crate::rotate_keys::TOKENS;
use crate::rotate_keys::kept::KeptStack;

pub const LAB: &str = "/api/v1/lab/login/callback/";
pub const V1: &str = "/v1/auth/callback/external";

/// Sends somebody to the external login.
pub async fn starts(visitor: &Visitor<'_>) -> StartedSignIn {
    visitor.starts_with("external", json!({ "codeChallenge": challenge() })).await
}

pub fn claims(person: &Person) -> Value {
    json!({
        "sub": person.subject,
        "email": person.email,
        "email_verified": true,
        "name": person.name,
        "exp": now() + 300,
    })
}

/// A token of the external login.
pub fn token(claims: &Value) -> String {
    jose::token(&json!({ "alg": "HS256" }), claims, &Signer::Secret(TOKEN_SECRET.to_vec()))
}

pub fn said(started: &StartedSignIn, token: &str) -> Value {
    json!({ "auth_token": token, "auth_token_expires_at_seconds": now() + 300, "state": started.state })
}

pub fn call(path: &str, key: &str, body: &Value) -> Call {
    Call::post(path).bearer(key).json(body)
}

/// The external login says that it let a person in.
pub fn confirming(started: &StartedSignIn, person: &Person) -> Call {
    confirming_at(LAB, started, person)
}

pub fn confirming_at(path: &str, started: &StartedSignIn, person: &Person) -> Call {
    call(path, KEY, &said(started, &token(&claims(person))))
}

pub async fn confirms(visitor: &Visitor<'_>, started: &StartedSignIn, person: &Person) {
    visitor.send(confirming(started, person)).await.is(200, json!({ "success": true }));
}

pub fn going_on(started: &StartedSignIn) -> Call {
    let body = json!({ "provider": "external", "state": started.state, "codeVerifier": VERIFIER });
    Call::post("/v1/auth/callback").json(&body)
}

/// The person's browser is back.
pub async fn goes_on(visitor: &Visitor<'_>, started: &StartedSignIn) -> Answer {
    visitor.send(going_on(started)).await
}

pub async fn signs_in(visitor: &Visitor<'_>, person: &Person) -> SessionTokens {
    let started = starts(visitor).await;
    confirms(visitor, &started, person).await;
    SessionTokens::of(&goes_on(visitor, &started).await.data())
}

#[track_caller]
pub fn refuses(answer: &Answer, status: u16) {
    answer.is(status, json!({ "detail": "<text>" }));
}

// The addresses

#[tokio::test]
async fn the_callback_is_there_with_and_without_the_slash_at_its_end() {
    let visitor = stack().visitor();
    for path in [LAB, "/api/v1/lab/login/callback", V1] {
        let started = starts(&visitor).await;
        let answer = visitor.send(confirming_at(path, &started, &Person::new())).await;
        assert_eq!((answer.status, &answer.json()["success"]), (200, &json!(true)), "{answer}");
    }
}

#[tokio::test]
async fn another_address_beneath_the_callbacks_is_not_found_whatever_is_said_there() {
    let visitor = stack().visitor();
    let started = starts(&visitor).await;
    for path in ["/api/v1/lab/login/other", "/api/v1/lab/login/callback/more", "/api/v1/lab/login/callback//"] {
        let answer = visitor.send(confirming_at(path, &started, &Person::new())).await;
        answer.is(404, json!({ "detail": "There is no such resource." }));
    }
    confirms(&visitor, &started, &Person::new()).await;
}

// Starting

#[tokio::test]
async fn the_person_is_sent_to_the_login_address_with_a_state_and_nothing_else() {
    let started = starts(&stack().visitor()).await;
    let expected = format!("https://login.example/in?tenant=a&state={}", started.state);
    assert_eq!(started.auth_url.as_str(), expected);
}

#[tokio::test]
async fn without_a_code_challenge_nobody_starts() {
    let visitor = stack().visitor();
    visitor.login(json!({ "provider": "external", "redirectUri": APP })).await.faults("codeChallenge");
}

#[tokio::test]
async fn a_person_whom_the_external_login_let_in_is_signed_in() {
    for (path, told) in [(LAB, json!({ "success": true })), (V1, json!({ "success": true, "continueUrl": "<text>" }))] {
        let (visitor, person) = (stack().visitor(), Person::new());
        let started = starts(&visitor).await;
        let answer = visitor.send(confirming_at(path, &started, &person)).await;
        answer.is(200, told);
        stack().audited(&answer.request_id(), &["external_login_confirmed"]).await;
        let answer = goes_on(&visitor, &started).await;
        answer.gives(session_of(user_from_provider(&person)));
        goes_on(&visitor, &started).await.refuses(400, "INVALID_STATE");
    }
}

#[tokio::test]
async fn the_same_subject_is_the_same_user() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let first = signs_in(&visitor, &person).await;
    let other_address = Person { email: Person::new().email, ..person };
    assert_eq!(signs_in(&visitor, &other_address).await.user_id(), first.user_id());
}

#[tokio::test]
async fn before_the_external_login_has_spoken_the_person_waits() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    let answer = goes_on(&visitor, &started).await;
    answer.refuses(400, "INVALID_STATE");
    assert_eq!(answer.json()["message"], "not authenticated yet");
    confirms(&visitor, &started, &person).await;
    goes_on(&visitor, &started).await.data();
}

#[tokio::test]
async fn the_login_address_alone_redeems_nothing() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    confirms(&visitor, &started, &person).await;
    let without = json!({ "provider": "external", "state": started.state });
    visitor.post("/v1/auth/callback", without).await.refuses(400, "INVALID_CODE");
    let wrong = json!({ "provider": "external", "state": started.state, "codeVerifier": "w".repeat(43) });
    visitor.post("/v1/auth/callback", wrong).await.refuses(400, "INVALID_CODE");
    goes_on(&visitor, &started).await.data();
}

#[tokio::test]
async fn a_browser_that_was_sent_there_needs_its_cookie_in_place_of_a_verifier() {
    let (mut tab, person) = (Tab::of(stack().visitor()), Person::new());
    let started = tab.navigates("external", APP).await;
    assert!(started.auth_url.as_str().starts_with("https://login.example/in?tenant=a&state="));
    confirms(&tab.visitor, &started, &person).await;
    let going_on = || Call::post("/v1/auth/callback").json(&json!({ "provider": "external", "state": started.state }));
    let mut elsewhere = Tab::of(stack().visitor());
    elsewhere.navigates("external", APP).await;
    elsewhere.send(going_on()).await.refuses(400, "INVALID_STATE");
    let data = tab.send(going_on()).await.data();
    assert_eq!(SessionTokens::of(&data).user["email"], person.email);
}

#[tokio::test]
async fn an_address_counts_for_linking_only_where_the_row_trusts_the_login_system() {
    for trusted in [true, false] {
        let mut rows = rows(super::secret());
        rows["external"]["trustEmail"] = json!(trusted);
        let stack = Stack::start(1, &[NO_PAUSE], &rows);
        let (visitor, person) = (stack.visitor(), Person::new());
        let owner = visitor.signs_in_by_link(&person.email).await;
        let session = signs_in(&visitor, &person).await;
        assert_eq!(session.user_id() == owner.user_id(), trusted);
        assert_eq!(session.user["emailVerified"], json!(trusted));
    }
}

// Refusals

#[tokio::test]
async fn a_key_that_is_missing_unknown_or_for_something_else_is_403_whatever_the_body_says() {
    let visitor = stack().visitor();
    let started = starts(&visitor).await;
    for path in [LAB, V1] {
        for call in [
            Call::post(path).json(&said(&started, &token(&claims(&Person::new())))),
            call(path, "canary-unknown-key", &said(&started, &token(&claims(&Person::new())))),
            call(path, INVITES_KEY, &said(&started, &token(&claims(&Person::new())))),
            Call::post(path).header("authorization", KEY).json(&json!({})),
            Call::post(path).body("not even JSON"),
        ] {
            let answer = visitor.send(call).await;
            refuses(&answer, 403);
            stack().audited(&answer.request_id(), &["external_login_refused"]).await;
        }
    }
    goes_on(&visitor, &started).await.refuses(400, "INVALID_STATE");
}

#[tokio::test]
async fn a_field_that_is_missing_or_ill_formed_is_400() {
    let visitor = stack().visitor();
    let started = starts(&visitor).await;
    let good = said(&started, &token(&claims(&Person::new())));
    for (field, wrong) in [
        ("auth_token", vec![Value::Null, json!(""), json!(7)]),
        ("auth_token_expires_at_seconds", vec![Value::Null, json!("1"), json!(1.5), json!(now() - 1), json!(now())]),
        ("state", vec![Value::Null, json!(""), json!("short"), json!(7), json!("s".repeat(43))]),
    ] {
        for wrong in wrong {
            let mut body = good.clone();
            body[field] = wrong.clone();
            if wrong.is_null() {
                body.as_object_mut().unwrap().remove(field);
            }
            let answer = visitor.send(call(LAB, KEY, &body)).await;
            refuses(&answer, 400);
        }
    }
    for call in [
        Call::post(LAB).bearer(KEY).header("content-type", "application/json").body("{"),
        Call::post(LAB).bearer(KEY).header("content-type", "application/x-www-form-urlencoded").body("auth_token=a"),
        Call::post(LAB).bearer(KEY).header("content-type", "application/json").body(vec![b' '; 20_000]),
    ] {
        refuses(&visitor.send(call).await, 400);
    }
    visitor.send(call(LAB, KEY, &good)).await.is(200, json!({ "success": true }));
}

#[tokio::test]
async fn a_token_that_does_not_verify_is_400_and_confirms_nothing() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    let altered = |name: &str, value: Value| {
        let mut claims = claims(&person);
        claims[name] = value;
        token(&claims)
    };
    let unsigned = jose::token(&json!({ "alg": "none" }), &claims(&person), &Signer::Nothing);
    let stranger = jose::token(&json!({ "alg": "HS256" }), &claims(&person), &Signer::Secret(vec![7; 32]));
    let asymmetric = jose::token(&json!({ "alg": "RS256" }), &claims(&person), &Signer::Rsa(&FIRST));
    for lie in [
        "opaque".to_owned(),
        unsigned,
        stranger,
        asymmetric,
        altered("exp", json!(now() - 61)),
        altered("exp", json!("soon")),
        altered("nbf", json!(now() + 120)),
        altered("sub", json!("")),
        altered("sub", Value::Null),
        altered("sub", json!(77)),
    ] {
        let answer = visitor.send(call(LAB, KEY, &said(&started, &lie))).await;
        refuses(&answer, 400);
        stack().audited(&answer.request_id(), &["external_login_refused"]).await;
    }
    goes_on(&visitor, &started).await.refuses(400, "INVALID_STATE");
    assert!(!stack().dump().await.to_string().contains(&person.email));
}

#[tokio::test]
async fn a_state_is_confirmed_once_and_only_where_it_waits_for_the_external_login() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor).await;
    confirms(&visitor, &started, &person).await;
    let other = said(&started, &token(&claims(&Person::new())));
    refuses(&visitor.send(call(LAB, KEY, &other)).await, 400);
    let session = SessionTokens::of(&goes_on(&visitor, &started).await.data());
    assert_eq!(session.user["email"], person.email);
    refuses(&visitor.send(call(LAB, KEY, &other)).await, 400);

    let elsewhere = visitor.starts("honest").await;
    refuses(&visitor.send(call(LAB, KEY, &said(&elsewhere, &token(&claims(&person))))).await, 400);
}

#[tokio::test]
async fn a_state_whose_time_is_over_is_400() {
    let stack = Stack::start(1, &["STATE_SECONDS=1"], &rows(super::secret()));
    let visitor = stack.visitor();
    let started = starts(&visitor).await;
    until_after(now() + 1).await;
    refuses(&visitor.send(call(LAB, KEY, &said(&started, &token(&claims(&Person::new()))))).await, 400);
}

// Keys

#[tokio::test]
async fn two_keys_are_good_at_once_and_one_that_was_taken_out_is_403() {
    let visitor = stack().visitor();
    for key in [KEY, NEXT_KEY, EXTERNAL_KEY] {
        let started = starts(&visitor).await;
        let body = said(&started, &token(&claims(&Person::new())));
        visitor.send(call(LAB, key, &body)).await.is(200, json!({ "success": true }));
    }
    let mut rows = rows(super::secret());
    rows["external"]["apiKeys"].as_array_mut().unwrap().remove(0);
    let after = Stack::start(1, &[], &rows);
    let visitor = after.visitor();
    let body = said(&starts(&visitor).await, &token(&claims(&Person::new())));
    refuses(&visitor.send(call(LAB, KEY, &body)).await, 403);
    visitor.send(call(LAB, NEXT_KEY, &body)).await.is(200, json!({ "success": true }));
}

#[tokio::test]
async fn on_a_machine_of_ones_own_a_key_may_be_written_out() {
    let mut rows = rows(super::secret());
    rows["external"]["apiKeys"] = json!(["canary-written-out"]);
    let stack = Stack::start(1, &[], &rows);
    let visitor = stack.visitor();
    let body = said(&starts(&visitor).await, &token(&claims(&Person::new())));
    visitor.send(call(LAB, "canary-written-out", &body)).await.is(200, json!({ "success": true }));
}

// Evidence

#[tokio::test]
async fn a_token_may_be_checked_with_a_published_key() {
    let url = format!("{}/jwks", LIES.issuer("honest"));
    let issuer = json!({ "tokenJwksUrl": url, "tokenIssuer": "https://login.example", "tokenAudience": "doorward" });
    let stack = Stack::start(1, &[], &rows(issuer));
    let (visitor, person) = (stack.visitor(), Person::new());
    let mut claims = claims(&person);
    claims["iss"] = json!("https://login.example");
    claims["aud"] = json!(["doorward", "another"]);
    let signed = |claims: &Value| jose::token(&json!({ "alg": "RS256", "kid": "first" }), claims, &Signer::Rsa(&FIRST));
    let started = starts(&visitor).await;
    for (name, wrong) in [("iss", json!("https://other.example")), ("aud", json!("another"))] {
        let mut lie = claims.clone();
        lie[name] = wrong;
        refuses(&visitor.send(call(LAB, KEY, &said(&started, &signed(&lie)))).await, 400);
    }
    // The public key is no secret: whoever takes it for one believes everybody.
    let confused = Signer::Secret(jose::pem(&FIRST).into_bytes());
    let confused = jose::token(&json!({ "alg": "HS256", "kid": "first" }), &claims, &confused);
    refuses(&visitor.send(call(LAB, KEY, &said(&started, &confused))).await, 400);
    visitor.send(call(LAB, KEY, &said(&started, &signed(&claims)))).await.is(200, json!({ "success": true }));
    assert_eq!(goes_on(&visitor, &started).await.data()["user"]["email"], person.email);
}

#[tokio::test]
async fn an_opaque_token_is_shown_to_the_userinfo_address() {
    let url = format!("{}/userinfo", LIES.issuer("honest"));
    let stack = Stack::start(1, &[], &rows(json!({ "userinfoUrl": url })));
    let (visitor, person) = (stack.visitor(), Person::new());
    let started = starts(&visitor).await;
    refuses(&visitor.send(call(LAB, KEY, &said(&started, "unknown"))).await, 400);
    refuses(&visitor.send(call(LAB, KEY, &said(&started, "two\r\nlines"))).await, 400);
    let opaque = LIES.access_token("honest", &person);
    visitor.send(call(LAB, KEY, &said(&started, &opaque))).await.is(200, json!({ "success": true }));
    assert_eq!(goes_on(&visitor, &started).await.data()["user"]["email"], person.email);
}

#[tokio::test]
async fn where_what_a_token_is_checked_against_does_not_answer_it_may_be_tried_again() {
    let url = format!("{}/jwks", LIES.issuer("keyless"));
    let stack = Stack::start(1, &[], &rows(json!({ "tokenJwksUrl": url })));
    let visitor = stack.visitor();
    let started = starts(&visitor).await;
    let signed = jose::token(&json!({ "alg": "RS256", "kid": "first" }), &claims(&Person::new()), &Signer::Rsa(&FIRST));
    refuses(&visitor.send(call(LAB, KEY, &said(&started, &signed))).await, 502);
}

// The token itself

#[tokio::test]
async fn the_sessions_owner_gets_the_token_back_until_it_expires() {
    let stack = Stack::start(1, &[NO_PAUSE], &rows(super::secret()));
    let (visitor, person) = (stack.visitor(), Person::new());
    let started = starts(&visitor).await;
    let handed = token(&claims(&person));
    let mut body = said(&started, &handed);
    let end = now() + 12;
    body["auth_token_expires_at_seconds"] = json!(end);
    visitor.send(call(LAB, KEY, &body)).await.is(200, json!({ "success": true }));
    let session = SessionTokens::of(&goes_on(&visitor, &started).await.data());

    let asks = |access_token: &str| Call::get("/v1/auth/session/external-token").bearer(access_token);
    let answer = visitor.send(asks(&session.access_token)).await;
    let data = answer.gives(json!({ "authToken": "<jwt>", "expiresAt": "<time>" }));
    assert_eq!(
        (&data["authToken"], crate::harness::seconds(data["expiresAt"].as_str().unwrap())),
        (&json!(handed), end)
    );
    let another = visitor.signs_in_by_link(&person.email).await;
    assert_eq!(another.user_id(), session.user_id());
    visitor.send(asks(&another.access_token)).await.refuses(404, "NOT_FOUND");
    visitor.send(asks("nonsense")).await.refuses(401, "UNAUTHORIZED");
    assert!(!stack.dump().await.to_string().contains(&handed), "the token is readable in the store");
    let renewed = visitor.renews(&session).await;
    visitor.send(asks(&renewed.access_token)).await.data();
    until_after(end).await;
    visitor.send(asks(&session.access_token)).await.refuses(404, "NOT_FOUND");
    visitor.logs_out(&renewed.access_token).await.data();
    visitor.send(asks(&session.access_token)).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn the_token_waits_behind_the_second_factor() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let app = visitor.enrols(&signs_in(&visitor, &person).await).await;
    let started = starts(&visitor).await;
    let handed = token(&claims(&person));
    visitor.send(call(LAB, KEY, &said(&started, &handed))).await.is(200, json!({ "success": true }));
    let due = goes_on(&visitor, &started).await.gives(second_factor_due());
    let partial = due["sessionId"].as_str().unwrap();
    let asks = |token: &str| Call::get("/v1/auth/session/external-token").bearer(token);
    visitor.send(asks(partial)).await.refuses(401, "UNAUTHORIZED");

    let session = SessionTokens::of(&visitor.completes(partial, &app.code().await).await.data());

    let data =
        visitor.send(asks(&session.access_token)).await.gives(json!({ "authToken": "<jwt>", "expiresAt": "<time>" }));
    assert_eq!(data["authToken"], handed);
}

#[tokio::test]
async fn the_token_opens_after_its_key_was_changed_once_and_is_gone_with_the_key() {
    let mut kept = KeptStack::with(rows(super::secret()));
    let visitor = kept.stack().visitor();
    let person = Person::new();
    let started = starts(&visitor).await;
    let handed = token(&claims(&person));
    let mut body = said(&started, &handed);
    body["auth_token_expires_at_seconds"] = json!(now() + 3600);
    visitor.send(call(LAB, KEY, &body)).await.is(200, json!({ "success": true }));
    // One rotation falls between the call and the browser, another one comes later.
    kept.ages_by_days(40);
    kept.rotates(TOKENS).await;
    let session = SessionTokens::of(&goes_on(&kept.stack().visitor(), &started).await.data());
    let asks = || Call::get("/v1/auth/session/external-token").bearer(&session.access_token);
    for _ in 0..2 {
        assert_eq!(kept.stack().visitor().send(asks()).await.data()["authToken"], handed);
        kept.ages_by_days(40);
        kept.rotates(TOKENS).await;
    }
    kept.stack().visitor().send(asks()).await.refuses(404, "NOT_FOUND");
}

// Races

#[tokio::test]
async fn of_a_crowd_of_confirmations_one_counts() {
    let visitor = stack().visitor();
    let started = starts(&visitor).await;
    let people: Vec<_> = (0..64).map(|_| Person::new()).collect();
    let calls = people.iter().map(|person| call(LAB, KEY, &said(&started, &token(&claims(person)))));
    let answers = visitor.race(calls).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    lost.iter().for_each(|answer| refuses(answer, 400));
    goes_on(&visitor, &started).await.data();
}

#[tokio::test]
async fn of_a_crowd_that_goes_on_one_is_signed_in() {
    let visitor = stack().visitor();
    let started = starts(&visitor).await;
    confirms(&visitor, &started, &Person::new()).await;
    let answers = visitor.race((0..64).map(|_| going_on(&started))).await;
    crate::races::winners(&answers, 1, 400, "INVALID_STATE");
}

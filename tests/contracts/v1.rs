//! The contract `v1`, row by row: every route, every field that it reads, and the whole of what it answers.

use serde_json::{Value, json};

use super::stack;
use crate::callback::{VERIFIER, challenge};
use crate::harness::{
    APP, Authenticator, Call, Person, SECOND_FACTOR, StartedSignIn, assert_shape, codes_of, completing, now,
    second_factor_due, seconds,
};
use crate::lies::{LIES, session_of, user_from_provider};

const ROUTES: [&str; 34] = [
    "POST /v1/auth/login",
    "GET /v1/auth/login/honest",
    "POST /v1/auth/callback",
    "GET /v1/auth/callback/honest",
    "POST /v1/auth/callback/honest",
    "POST /v1/auth/callback/external",
    "POST /v1/auth/magic-link",
    "POST /v1/auth/verify",
    "GET /v1/auth/verify",
    "POST /v1/auth/refresh",
    "POST /v1/auth/logout",
    "GET /v1/auth/session",
    "GET /v1/auth/session/external-token",
    "GET /v1/auth/sessions",
    "DELETE /v1/auth/sessions/ses_0",
    "POST /v1/auth/second-factor",
    "POST /v1/auth/second-factor/step-up",
    "POST /v1/auth/second-factor/totp",
    "POST /v1/auth/second-factor/totp/confirm",
    "DELETE /v1/auth/second-factor/totp",
    "POST /v1/auth/second-factor/recovery-codes",
    "POST /v1/auth/invites",
    "GET /v1/auth/invites",
    "DELETE /v1/auth/invites/inv_0",
    "POST /v1/auth/invites/accept",
    "GET /v1/auth/identities",
    "POST /v1/auth/identities/honest",
    "DELETE /v1/auth/identities/honest",
    "GET /.well-known/jwks.json",
    "GET /.well-known/openid-configuration",
    // The other contracts.
    "GET /accounts/oauth/callback",
    "POST /auth/user/honest",
    "POST /auth/user/honest/callback",
    "POST /auth/user/invites/accept",
];

/// What was given out just now is good for so many seconds.
#[track_caller]
fn lasts(expires_at: &Value, length: i64) {
    let left = seconds(expires_at.as_str().unwrap()) - now();
    assert!((length - 5..=length).contains(&left), "{left} seconds left");
}

// Paths

#[tokio::test]
async fn every_route_is_there_and_none_with_a_slash_behind_it() {
    let visitor = stack().visitor();
    for route in ROUTES {
        let (method, path) = route.split_once(' ').unwrap();
        let method = ["GET", "POST", "DELETE"].into_iter().find(|known| *known == method).unwrap();
        let answer = visitor.send(Call::new(method, path)).await;
        let from_the_gateway = answer.status == 404 && answer.body.starts_with(b"{\"message\":\"Not Found\"");
        assert!(!from_the_gateway, "{answer}");
        visitor.send(Call::new(method, format!("{path}/"))).await.is_from_the_gateway(404, "Not Found");
    }
}

// Signing in with a provider

#[tokio::test]
async fn a_login_with_every_field_leads_to_a_callback_with_every_field() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let state = format!("{:~<16}", person.subject);
    let login = json!({
        "provider": "announcing",
        "redirectUri": APP,
        "scopes": ["email", "calendar"],
        "state": state,
        "codeChallenge": challenge(),
        "actorType": "user",
    });
    let answer = visitor.login(login).await;
    let data = answer.gives(json!({ "authUrl": "<text>", "state": "<text>" }));
    let started = StartedSignIn::of("announcing", &data);
    assert!(started.state.starts_with(&format!("{state}.")), "{}", started.state);
    assert_eq!((started.asks("state"), started.asks("redirect_uri")), (started.state.clone(), APP.to_owned()));

    let further = json!({ "iss": LIES.issuer("announcing"), "codeVerifier": VERIFIER });
    let code = LIES.code(&started, &person, |_| {});
    let data = visitor.callback_with(&started, &code, further).await.gives(session_of(user_from_provider(&person)));

    lasts(&data["expiresAt"], 900);
}

// Signing in by mail

#[tokio::test]
async fn a_link_and_the_code_beside_it_give_the_session_that_a_provider_gives() {
    let visitor = stack().visitor();
    for by_code in [false, true] {
        let person = Person::new();
        let wish = json!({ "codeChallenge": challenge(), "actorType": "user" });
        let answer = visitor.asks_for_link_with(&person.email, wish).await;
        let data = answer.gives(json!({ "sent": true, "expiresAt": "<time>", "requestId": "<text>" }));
        lasts(&data["expiresAt"], 600);

        let body = match by_code {
            false => json!({ "token": visitor.newest_token(&person.email).await, "codeVerifier": VERIFIER }),
            true => json!({
                "requestId": data["requestId"],
                "code": visitor.newest_code(&person.email).await,
                "codeVerifier": VERIFIER,
            }),
        };
        let data = visitor.post("/v1/auth/verify", body).await.gives(session_of(json!({
            "id": "<user>",
            "email": person.email,
            "emailVerified": true,
            "actorType": "user",
            "createdAt": "<time>",
        })));
        lasts(&data["expiresAt"], 900);
    }
}

// A session

#[tokio::test]
async fn a_session_is_looked_up_listed_refreshed_and_ended() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let (session, other) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    visitor.looks_up(&session.access_token).await.gives(json!({
        "user": session.user,
        "sessionId": session.id(),
        "expiresAt": session.expires_at,
        "accessToken": session.access_token,
        "amr": ["fed"],
        "identities": [{ "provider": "honest", "linkedAt": "<time>", "reason": "sign_up" }],
    }));

    let listed = |id: String, current: bool| {
        json!({
            "id": id,
            "createdAt": "<time>",
            "lastUsedAt": "<time>",
            "expiresAt": "<time>",
            "current": current,
            "client": "doorward-tests/1",
            "amr": ["fed"],
        })
    };
    let mut data = visitor.lists_sessions(&session.access_token).await.data();
    data["sessions"].as_array_mut().unwrap().sort_by_key(|session| session["current"] == json!(false));
    let expected = json!({ "sessions": [listed(session.id(), true), listed(other.id(), false)] });
    assert_shape(&data, &expected, "the list");

    visitor.ends(&session.access_token, &other.id()).await.gives(json!({ "success": true }));
    lasts(&json!(visitor.renews(&session).await.expires_at), 900);
    visitor.logs_out(&session.access_token).await.gives(json!({ "success": true }));
    visitor.finds_ended(&session).await;
}

// The second factor

#[tokio::test]
async fn a_second_factor_is_set_up_asked_for_renewed_and_taken_off() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let session = visitor.signs_in(&person).await;
    let asks = |path: &str, body: &Value| {
        Call::post(format!("{SECOND_FACTOR}{path}")).bearer(&session.access_token).json(body)
    };
    let shown = visitor.send(asks("/totp", &json!({}))).await;
    let shown = shown.gives(json!({ "secret": "<text>", "otpauthUri": "<text>", "qrSvg": "<text>" }));
    let app = Authenticator::of(shown["secret"].as_str().unwrap());
    let confirmed = visitor.send(asks("/totp/confirm", &json!({ "code": app.code().await }))).await;
    let ten = json!({ "recoveryCodes": vec!["<text>"; 10] });
    let codes = codes_of(&confirmed.gives(ten.clone()));

    let token = visitor.gets_link(&person.email).await;
    let due = visitor.verifies(&token).await.gives(second_factor_due());
    lasts(&due["expiresAt"], 300);
    let partial = due["sessionId"].as_str().unwrap();
    let answer = visitor.send(completing(partial, &codes[0])).await;
    lasts(&answer.gives(session_of(session.user.clone()))["expiresAt"], 900);

    let renewed = visitor.send(asks("/recovery-codes", &json!({ "code": codes[1] }))).await;
    let codes = codes_of(&renewed.gives(ten));
    let stepped = visitor.send(asks("/step-up", &json!({ "code": codes[0] }))).await;
    stepped.gives(json!({ "accessToken": "<jwt>", "expiresAt": "<time>" }));
    let remove = Call::delete(format!("{SECOND_FACTOR}/totp")).bearer(&session.access_token);
    visitor.send(remove.json(&json!({ "code": codes[1] }))).await.gives(json!({ "success": true }));
    visitor.signs_in_by_link(&person.email).await;
}

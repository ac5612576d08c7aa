//! No secret in any log line, error text or stored item (I6): canaries through every flow, then a search.

use serde_json::json;

use crate::callback::{VERIFIER, challenge};
use crate::contracts::{KEY, invites, lab, mailed_secret, registers, settings_and_rows};
use crate::harness::{Call, Person, SessionTokens, Stack, Tab};
use crate::lies::{CLIENT_SECRET, LIES};

#[tokio::test]
async fn no_secret_is_logged_or_stored_readably() {
    let (settings, rows) = settings_and_rows();
    let stack = Stack::start(4, settings, &rows);
    let visitor = stack.visitor();
    let person = Person::new();
    let mut secrets = vec![CLIENT_SECRET.to_owned(), VERIFIER.to_owned()];
    let keep = |secrets: &mut Vec<String>, session: &SessionTokens| {
        secrets.extend([session.access_token.clone(), session.refresh_token.clone()]);
    };

    // A bound login, refused once and then good; its state and code again; a lie; a code that is no code.
    let started = visitor.starts_with("honest", json!({ "codeChallenge": challenge() })).await;
    let code = LIES.code(&started, &person, |told| told.tokens["refresh_token"] = json!("canary-refresh"));
    visitor.callback(&started, &code).await.refuses(400, "INVALID_CODE");
    let answer = visitor.callback_with(&started, &code, json!({ "codeVerifier": VERIFIER })).await;
    let session = SessionTokens::of(&answer.data());
    keep(&mut secrets, &session);
    visitor.callback(&started, &code).await.refuses(400, "INVALID_STATE");
    secrets.extend([started.state, code]);
    for _ in 0..2 {
        let started = visitor.starts("honest").await;
        let lie = LIES.code(&started, &person, |told| told.claims["nonce"] = json!("canary-nonce"));
        visitor.callback(&started, &lie).await.refuses(400, "INVALID_CODE");
        secrets.extend([started.state, lie]);
    }
    let started = visitor.starts("github").await;
    let code = LIES.code(&started, &Person::new(), |told| told.emails = crate::lies::Reply::page(500));
    visitor.callback(&started, &code).await.refuses(502, "PROVIDER_UNAVAILABLE");
    secrets.extend([started.state, code]);

    // A link, used twice and forged.
    let token = visitor.gets_link(&person.email).await;
    keep(&mut secrets, &SessionTokens::of(&visitor.verifies(&token).await.data()));
    visitor.verifies(&token).await.refuses(400, "MAGIC_LINK_USED");
    visitor.post("/v1/auth/verify", json!({ "token": [&token] })).await.refuses(400, "INVALID_REQUEST");
    secrets.push(token);

    // Generations, theft, logout, and tokens where none belong.
    let second = visitor.renews(&session).await;
    let third = visitor.renews(&second).await;
    keep(&mut secrets, &second);
    keep(&mut secrets, &third);
    visitor.refreshes(&session.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    visitor.refreshes(&third.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    visitor.refreshes(&third.access_token).await.refuses(401, "REFRESH_TOKEN_INVALID");
    let another = visitor.signs_in(&person).await;
    visitor
        .send(Call::get(format!("/v1/auth/session?token={}", another.access_token)))
        .await
        .refuses(400, "INVALID_REQUEST");
    visitor.send(Call::get("/v1/auth/session").header("authorization", another.access_token.clone())).await;
    visitor.logs_out(&another.access_token).await.data();
    visitor.looks_up(&another.access_token).await.refuses(401, "UNAUTHORIZED");
    keep(&mut secrets, &another);

    // A login system of the operator's own, with its key and without.
    let started = lab::starts(&visitor).await;
    lab::confirms(&visitor, &started, &person).await;
    let session = SessionTokens::of(&lab::goes_on(&visitor, &started).await.data());
    let asks = Call::get("/v1/auth/session/external-token").bearer(&session.access_token);
    secrets.extend([visitor.send(asks).await.data()["authToken"].as_str().unwrap().to_owned(), started.state]);
    for key in [KEY, "canary-no-such-key"] {
        visitor.send(Call::post("/v1/auth/callback/external").bearer(key).body("canary-in-a-bad-body")).await;
    }

    // An invite, accepted twice.
    let guest = Person::new();
    invites(&visitor, &guest.email).await;
    let (token, registration) = (mailed_secret(&visitor, &guest.email).await, registers(&visitor, &guest).await);
    let accept = Call::post("/v1/auth/invites/accept").bearer(&registration).json(&json!({ "inviteToken": token }));
    keep(&mut secrets, &SessionTokens::of(&visitor.send(accept.clone()).await.data()));
    visitor.send(accept).await.refuses(409, "ACCOUNT_EXISTS");
    secrets.extend([token, registration]);

    // A second factor, and a browser's cookie.
    let app = visitor.enrols(&session).await;
    let token = visitor.gets_link(&person.email).await;
    let due = visitor.verifies(&token).await.data();
    let partial = due["sessionId"].as_str().unwrap();
    visitor.completes(partial, &app.wrong_code()).await.refuses(401, "SECOND_FACTOR_INVALID");
    keep(&mut secrets, &SessionTokens::of(&visitor.completes(partial, &app.recovery_codes[0]).await.data()));
    let mut tab = Tab::of(visitor);
    tab.signs_in(&Person::new()).await;
    let (_, cookie) = tab.session_token().split_once('.').unwrap();
    secrets.extend([app.secret(), token, cookie.to_owned(), partial.to_owned()]);
    secrets.extend(app.recovery_codes);

    // Bodies that are not JSON, with secrets in them.
    for path in ["login", "callback", "magic-link", "verify", "refresh"] {
        let call = Call::post(format!("/v1/auth/{path}")).header("content-type", "application/json");
        visitor
            .send(call.body(format!("{{\"{0}\": {0}", "canary-in-a-bad-body")))
            .await
            .refuses(400, "INVALID_REQUEST");
    }

    secrets.extend(LIES.verifiers());
    let fragments = ["canary-", "PRIVATE KEY", "\"k\":\"", "authorization\":\"Bearer"].map(str::to_owned);
    let (log, stored) = (stack.log().await.join("\n"), stack.dump().await.to_string());
    assert!(log.contains("sign_in_succeeded") && stored.contains(&person.email), "there is something to search");
    for secret in secrets.iter().chain(&fragments).filter(|secret| !secret.is_empty()) {
        for (place, text) in [("the log", &log), ("the store", &stored)] {
            if let Some(at) = text.find(secret.as_str()) {
                let start = text[..at].char_indices().rev().nth(200).map_or(0, |(index, _)| index);
                panic!("{secret} is in {place}: {}", &text[start..at + secret.len()]);
            }
        }
    }
    let signatures = secrets.iter().filter_map(|secret| secret.rsplit_once('.')).map(|(_, signature)| signature);
    for signature in signatures {
        assert!(!log.contains(signature) && !stored.contains(signature), "the signature of a token is readable");
    }
}

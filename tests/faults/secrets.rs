//! Secrets that cannot be had.

use serde_json::json;

use super::sweep::FAULTS;
use crate::harness::{Call, NO_PAUSE, Person, SessionTokens, Stack, VirtualPasskey, Visitor};
use crate::lies::LIES;
use crate::races::items_with;

#[tokio::test]
async fn without_its_secrets_nothing_is_answered_and_nothing_is_used_up() {
    let stack = Stack::alone(&[NO_PAUSE]);
    let visitor = stack.visitor();
    let person = Person::new();

    let login = Call::post("/v1/auth/login").json(&json!({ "provider": "honest", "redirectUri": crate::harness::APP }));
    unavailable(&visitor, "login", &login).await;
    let started = visitor.starts("honest").await;

    let code = LIES.code(&started, &person, |_| {});
    let callback = Visitor::callback_call(&started, &code, json!({}));
    unavailable(&visitor, "callback", &callback).await;
    let session = SessionTokens::of(&visitor.send(callback).await.data());

    let link =
        Call::post("/v1/auth/magic-link").json(&json!({ "email": person.email, "redirectUri": crate::harness::APP }));
    unavailable(&visitor, "magic-link", &link).await;
    assert!(stack.mails_to(&person.email).await.is_empty());
    let token = visitor.gets_link(&person.email).await;

    let verify = Call::post("/v1/auth/verify").json(&json!({ "token": token }));
    unavailable(&visitor, "verify", &verify).await;
    assert_eq!(SessionTokens::of(&visitor.send(verify).await.data()).user_id(), session.user_id());

    let refresh = Call::post("/v1/auth/refresh").json(&json!({ "refreshToken": session.refresh_token }));
    unavailable(&visitor, "refresh", &refresh).await;
    let mut data = visitor.send(refresh).await.data();
    data["user"] = session.user.clone();
    let session = SessionTokens::of(&data);

    let question = visitor.is_asked_for_a_passkey().await;
    let mut nobodys = VirtualPasskey::made_for(&question);
    nobodys.handle = vec![7; 16];
    let sign_in = Visitor::signing_in_by(&question, nobodys.signs(&stack, &question, |_| {}));
    unavailable(&visitor, "passkeys", &sign_in).await;
    let dump = stack.dump().await;
    let asked = items_with(&dump, "SignIns", "passkey#");
    assert!(asked.len() == 1 && asked[0].get("used_at").is_none(), "{asked:?}");
    visitor.send(sign_in).await.refuses(400, "INVALID_CODE");

    unavailable(&visitor, "session", &Call::get("/v1/auth/session").bearer(&session.access_token)).await;
    visitor.looks_up(&session.access_token).await.data();
    unavailable(&visitor, "logout", &Call::post("/v1/auth/logout").bearer(&session.access_token)).await;
    visitor.logs_out(&session.access_token).await.data();
    visitor.finds_ended(&session).await;
}

#[tokio::test]
async fn without_labels_the_sign_in_page_offers_every_other_way_and_the_log_says_why() {
    let stack = Stack::alone(&[NO_PAUSE]);
    let visitor = stack.visitor();
    for (kind, times) in FAULTS.into_iter().filter(|(kind, times)| *kind != "conflict" && *times > 1) {
        stack.orders(&json!({ "function": "pages", "kind": kind, "after": 0, "times": times })).await;
        let answer = visitor.send(Call::get("/login")).await;
        assert!(stack.heals().await > 0, "{kind}: no labels were fetched");
        let page = answer.is_page(200);
        assert!(page.contains("action=\"/v1/auth/magic-link\"") && page.contains("data-passkey"), "{kind}: {page}");
        assert!(!page.contains("/v1/auth/login/"), "{kind}: {page}");
        let logged = stack.logged(answer.header("apigw-requestid").unwrap()).await;
        let causes: Vec<_> = logged.iter().filter_map(|fields| fields["cause"].as_str()).collect();
        assert!(causes.iter().any(|cause| cause.contains("ProviderLabelsSecret")), "{kind}: {logged:?}");
    }
    let page = visitor.send(Call::get("/login")).await.is_page(200);
    assert!(page.contains("/v1/auth/login/honest"), "{page}");
}

/// The first call of a fresh function fails in every way, because its secrets do.
async fn unavailable(visitor: &Visitor<'_>, function: &str, call: &Call) {
    for (kind, times) in FAULTS.into_iter().filter(|(kind, times)| *kind != "conflict" && *times > 1) {
        let fault = json!({ "function": function, "kind": kind, "after": 0, "times": times });
        visitor.stack.orders(&fault).await;
        let answer = visitor.send(call.clone()).await;
        assert!(visitor.stack.heals().await > 0, "{function} fetched no secrets");
        answer.refuses(503, "UNAVAILABLE");
    }
}

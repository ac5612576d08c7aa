//! `POST /v1/auth/login`: what is asked of the provider, and every reason not to start.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{APP, APP_WITH_QUERY, Call, Person, SessionTokens, Stack, form, navigation, now, query};
use crate::lies::LIES;

#[tokio::test]
async fn a_login_sends_the_person_to_the_provider_with_state_nonce_and_challenge() {
    let started = Stack::shared().visitor().starts("honest").await;

    assert!(started.auth_url.as_str().starts_with(&format!("{}/authorize?", LIES.issuer("honest"))));
    let asked: BTreeMap<_, _> = started.auth_url.query_pairs().into_owned().collect();
    let asked = serde_json::to_value(asked).unwrap();
    crate::harness::assert_shape(
        &asked,
        &json!({
            "client_id": "doorward",
            "redirect_uri": APP,
            "response_type": "code",
            "scope": "openid profile email",
            "state": started.state,
            "nonce": "<secret>",
            "code_challenge": "<secret>",
            "code_challenge_method": "S256",
        }),
        started.auth_url.as_str(),
    );
    assert_ne!(asked["nonce"], asked["state"]);
}

#[tokio::test]
async fn a_plain_provider_is_asked_for_its_own_scopes_and_no_nonce() {
    let started = Stack::shared().visitor().starts("github").await;
    assert_eq!(started.asks("scope"), "read:user user:email");
    assert_eq!(started.asks("code_challenge_method"), "S256");
    assert!(started.auth_url.query_pairs().all(|(name, _)| name != "nonce"));
}

#[tokio::test]
async fn a_state_of_ours_has_256_bits() {
    let visitor = Stack::shared().visitor();
    let (one, two) = (visitor.starts("honest").await.state, visitor.starts("honest").await.state);
    crate::harness::assert_shape(&json!([one, two]), &json!(["<secret>", "<secret>"]), "two states");
    assert_ne!(one, two);
}

#[tokio::test]
async fn every_transaction_has_its_own_nonce_and_challenge() {
    let visitor = Stack::shared().visitor();
    let (one, two) = (visitor.starts("honest").await, visitor.starts("honest").await);
    assert_ne!(one.asks("nonce"), two.asks("nonce"));
    assert_ne!(one.asks("code_challenge"), two.asks("code_challenge"));
}

#[tokio::test]
async fn the_callers_own_state_comes_back_at_the_head_of_one_that_nobody_can_guess() {
    let visitor = Stack::shared().visitor();
    for own in ["s".to_owned(), "/orders?page=2".to_owned(), "~".repeat(512)] {
        let started = visitor.starts_with("honest", json!({ "state": own })).await;
        assert_eq!(started.asks("state"), started.state);
        let random = started.state.strip_prefix(&format!("{own}.")).unwrap_or_else(|| panic!("{}", started.state));
        crate::harness::assert_shape(&json!(random), &json!("<secret>"), &started.state);
        let code = LIES.code(&started, &Person::new(), |_| {});
        SessionTokens::of(&visitor.callback(&started, &code).await.data());
    }
}

#[tokio::test]
async fn one_state_for_everybody_is_a_sign_in_for_each_whoever_holds_it_too() {
    let visitor = Stack::shared().visitor();
    let constant = json!({ "state": "state-value" });
    let (one, other) =
        (visitor.starts_with("honest", constant.clone()).await, visitor.starts_with("honest", constant).await);
    // The bare constant leads to nobody's sign-in.
    let bare = json!({ "provider": "honest", "code": "c", "state": "state-value" });
    visitor.send(Call::post("/v1/auth/callback").json(&bare)).await.refuses(400, "INVALID_STATE");
    for started in [other, one] {
        let person = Person::new();
        let code = LIES.code(&started, &person, |_| {});
        assert_eq!(visitor.callback(&started, &code).await.data()["user"]["email"], person.email);
    }
}

#[tokio::test]
async fn further_scopes_are_asked_for_beside_openid() {
    let started = Stack::shared().visitor().starts_with("honest", json!({ "scopes": ["email", "calendar"] })).await;
    let scope = started.asks("scope");
    let asked: Vec<_> = scope.split(' ').collect();
    for wanted in ["openid", "email", "calendar"] {
        assert_eq!(asked.iter().filter(|scope| **scope == wanted).count(), 1, "{wanted} in {asked:?}");
    }
}

#[tokio::test]
async fn every_allowed_target_is_a_target() {
    let started = Stack::shared().visitor().starts_with("honest", json!({ "redirectUri": APP_WITH_QUERY })).await;
    assert_eq!(started.asks("redirect_uri"), APP_WITH_QUERY);
}

#[tokio::test]
async fn unknown_fields_are_never_acted_on() {
    let further = json!({ "nonce": "chosen", "clientId": "other", "prompt": "none", "issuer": "https://evil.example" });
    let started = Stack::shared().visitor().starts_with("honest", further).await;
    assert_eq!(started.asks("client_id"), "doorward");
    assert_ne!(started.asks("nonce"), "chosen");
    assert!(started.auth_url.query_pairs().all(|(name, _)| name != "prompt"));
}

#[tokio::test]
async fn the_host_header_decides_nothing() {
    let visitor = Stack::shared().visitor();
    let body = json!({ "provider": "honest", "redirectUri": APP });
    let call = Call::post("/v1/auth/login").json(&body).header("x-forwarded-host", "evil.example");
    let data = visitor.send(call).await.data();
    assert!(!data.to_string().contains("evil.example"));
}

#[tokio::test]
async fn a_sixty_first_start_within_five_minutes_is_limited_whatever_is_forwarded() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    crate::harness::window_with_room(300).await;
    for _ in 0..60 {
        visitor.starts("honest").await;
    }

    let body = json!({ "provider": "honest", "redirectUri": APP });
    let call = Call::post("/v1/auth/login").json(&body).header("x-forwarded-for", "127.9.9.9");
    let answer = visitor.send(call).await;

    let request_id = answer.refuses(429, "RATE_LIMITED");
    let seconds: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    let left = 300 - now() % 300;
    assert!((left - 2..=left + 2).contains(&seconds), "{seconds} s to wait, the window has {left}");
    stack.audited(&request_id, &["limit_reached"]).await;
    stack.visitor().starts("honest").await;
}

/// One refusal, one test: the answer to a login with this field in place of a good one.
macro_rules! refused {
    ($($name:ident: $field:literal = $value:expr => $code:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let mut body = json!({ "provider": "honest", "redirectUri": APP });
            body[$field] = json!($value);
            let answer = Stack::shared().visitor().login(body).await;
            answer.refuses(400, $code);
            if $code == "INVALID_REQUEST" {
                answer.faults($field);
            }
        }
    )*};
}

refused! {
    a_provider_that_is_not_configured_is_refused: "provider" = "nobody" => "INVALID_PROVIDER";
    a_provider_in_other_letters_is_another_provider: "provider" = "Honest" => "INVALID_PROVIDER";
    an_empty_provider_is_refused: "provider" = "" => "INVALID_REQUEST";
    a_provider_that_is_a_number_is_refused: "provider" = 1 => "INVALID_REQUEST";
    a_provider_that_is_null_is_refused: "provider" = Value::Null => "INVALID_REQUEST";

    a_foreign_target_is_refused: "redirectUri" = "https://evil.example/signed-in" => "INVALID_REDIRECT";
    a_target_with_a_trailing_slash_is_refused: "redirectUri" = "https://app.example/signed-in/" => "INVALID_REDIRECT";
    a_target_below_an_allowed_one_is_refused: "redirectUri" = "https://app.example/signed-in/deeper" => "INVALID_REDIRECT";
    a_target_with_an_added_query_is_refused: "redirectUri" = "https://app.example/signed-in?next=evil" => "INVALID_REDIRECT";
    a_target_with_another_query_is_refused: "redirectUri" = "https://app.example/open?from=evil" => "INVALID_REDIRECT";
    a_target_with_a_fragment_is_refused: "redirectUri" = "https://app.example/signed-in#" => "INVALID_REDIRECT";
    a_target_with_a_port_is_refused: "redirectUri" = "https://app.example:443/signed-in" => "INVALID_REDIRECT";
    a_target_with_a_user_is_refused: "redirectUri" = "https://evil@app.example/signed-in" => "INVALID_REDIRECT";
    a_target_with_another_scheme_is_refused: "redirectUri" = "http://app.example/signed-in" => "INVALID_REDIRECT";
    a_target_in_other_letters_is_refused: "redirectUri" = "https://APP.example/signed-in" => "INVALID_REDIRECT";
    a_target_with_a_dotted_path_is_refused: "redirectUri" = "https://app.example/x/../signed-in" => "INVALID_REDIRECT";
    a_target_written_with_escapes_is_refused: "redirectUri" = "https://app.example/signed%2Din" => "INVALID_REDIRECT";
    a_target_with_a_line_break_is_refused: "redirectUri" = "https://app.example/signed-in\r\n" => "INVALID_REDIRECT";
    a_target_with_a_leading_space_is_refused: "redirectUri" = " https://app.example/signed-in" => "INVALID_REDIRECT";
    two_targets_in_one_are_refused: "redirectUri" = format!("{APP},{APP_WITH_QUERY}") => "INVALID_REDIRECT";
    an_empty_target_is_refused: "redirectUri" = "" => "INVALID_REQUEST";
    a_target_that_is_a_list_is_refused: "redirectUri" = [APP] => "INVALID_REQUEST";

    an_empty_state_is_refused: "state" = "" => "INVALID_REQUEST";
    a_state_of_513_characters_is_too_long: "state" = "s".repeat(513) => "INVALID_REQUEST";
    a_state_with_a_space_is_refused: "state" = "two words" => "INVALID_REQUEST";
    a_state_beyond_ascii_is_refused: "state" = "möre" => "INVALID_REQUEST";
    a_state_with_a_control_character_is_refused: "state" = "more\u{7f}" => "INVALID_REQUEST";
    a_state_that_is_a_number_is_refused: "state" = 1 => "INVALID_REQUEST";

    a_challenge_of_42_characters_is_refused: "codeChallenge" = "c".repeat(42) => "INVALID_REQUEST";
    a_challenge_of_44_characters_is_refused: "codeChallenge" = "c".repeat(44) => "INVALID_REQUEST";
    a_challenge_in_plain_base64_is_refused: "codeChallenge" = "+".repeat(43) => "INVALID_REQUEST";
    an_empty_challenge_is_refused: "codeChallenge" = "" => "INVALID_REQUEST";

    an_unknown_actor_type_is_refused: "actorType" = "admin" => "INVALID_REQUEST";
    an_empty_actor_type_is_refused: "actorType" = "" => "INVALID_REQUEST";

    scopes_in_one_string_are_refused: "scopes" = "openid email" => "INVALID_REQUEST";
    a_scope_with_a_space_is_refused: "scopes" = ["openid email"] => "INVALID_REQUEST";
    an_empty_scope_is_refused: "scopes" = [""] => "INVALID_REQUEST";
    a_scope_with_a_quote_is_refused: "scopes" = ["\""] => "INVALID_REQUEST";
}

#[tokio::test]
async fn a_refused_target_is_explained_to_the_operator_and_not_to_the_caller() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let (email, wanted) = (Person::new().email, format!("{APP}/"));
    let body = json!({ "provider": "honest", "email": email, "redirectUri": wanted });
    let mail_form = form("/v1/auth/magic-link", &[("email", &email), ("return_to", &wanted)]);
    let refused = &["sign_in_refused"][..];
    for (call, decisions) in [
        (Call::post("/v1/auth/login").json(&body), refused),
        (Call::post("/v1/auth/magic-link").json(&body), refused),
        (Call::post("/v1/auth/identities/honest").bearer(&session.access_token).json(&body), refused),
        (Call::post("/auth/user/honest").json(&json!({ "callback_url": wanted })), refused),
        (Call::get(navigation("honest", &wanted)), refused),
        (mail_form.header("sec-fetch-site", "same-origin"), refused),
        (Call::get(format!("/login?{}", query(&[("return_to", &wanted)]))), &["request_refused"]),
    ] {
        let answer = visitor.send(call).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
        let explanation = format!("the closest allowed target is {APP:?}; they differ by a trailing slash");
        assert_eq!(stack.explanation(&answer, decisions).await, explanation, "{answer}");
    }
}

#[tokio::test]
async fn a_callback_of_ours_can_be_what_came_closest() {
    let stack = Stack::shared();
    let wanted = format!("{}/v1/auth/callback/Honest", stack.url);
    let answer = stack.visitor().login(json!({ "provider": "honest", "redirectUri": wanted })).await;
    answer.refuses(400, "INVALID_REDIRECT");
    let own = format!("{}/v1/auth/callback/honest", stack.url);
    let explanation = format!("the closest allowed target is {own:?}; they differ in upper and lower case");
    assert_eq!(stack.explanation(&answer, &["sign_in_refused"]).await, explanation);
}

#[tokio::test]
async fn a_missing_provider_is_named() {
    Stack::shared().visitor().login(json!({ "redirectUri": APP })).await.faults("provider");
}

#[tokio::test]
async fn a_missing_target_is_named() {
    Stack::shared().visitor().login(json!({ "provider": "honest" })).await.faults("redirectUri");
}

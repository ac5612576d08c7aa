//! The contract `social`: every field, status, content type and path.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::harness::{
    APP, Answer, Call, Person, SESSION_COOKIE, Stack, StartedSignIn, Tab, assert_shape, completing, form, query,
};
use crate::lies::LIES;
use crate::session_cookie::forged;

const FRONT_END: &str = "https://front.example/app";

/// A stack whose front end is elsewhere.
fn stack() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| {
        Stack::with(&["FRONTEND_URL=https://front.example/app", "ALLOWED_ORIGINS=https://front.example"])
    });
    &STACK
}

fn tab() -> Tab<'static> {
    Tab::of(stack().visitor())
}

async fn starts(tab: &mut Tab<'_>) -> StartedSignIn {
    let answer = tab.opens("/auth/social/honest").await;
    assert_eq!(answer.status, 302, "{answer}");
    StartedSignIn::at("honest", answer.header("location").unwrap())
}

async fn returns(tab: &mut Tab<'_>, started: &StartedSignIn, person: &Person, further: &[(&str, &str)]) -> Answer {
    let code = LIES.code(started, person, |_| {});
    let parameters = [&[("code", &code[..]), ("state", &started.state)], further].concat();
    tab.opens(&format!("/auth/social/honest/callback?{}", query(&parameters))).await
}

fn user_of(person: &Person) -> Value {
    json!({
        "id": "<user>", "email": person.email, "name": person.name, "last_name": null, "user_name": null,
        "user_type": "user", "picture": null, "phone": null, "is_verified": true, "two_factor": false,
        "created_at": "<time>", "updated_at": "<time>",
    })
}

#[tokio::test]
async fn a_start_leads_to_the_provider_by_get_and_by_post() {
    for call in [Call::get("/auth/social/honest"), form("/auth/social/honest", &[])] {
        let mut tab = tab();
        let answer = tab.send(call).await;
        assert_eq!(answer.status, 302, "{answer}");
        let started = StartedSignIn::at("honest", answer.header("location").unwrap());
        assert_eq!(started.asks("redirect_uri"), format!("{}/auth/social/honest/callback", stack().url));
        assert_eq!(tab.cookies.len(), 1);
    }
}

#[tokio::test]
async fn a_web_sign_in_leads_to_the_front_end_with_the_session_in_a_cookie() {
    let (mut tab, person) = (tab(), Person::new());
    let started = starts(&mut tab).await;
    let answer = returns(&mut tab, &started, &person, &[]).await;
    answer.leads_to(&format!("{FRONT_END}/login?social_login=success&provider=honest"));
    assert_eq!(tab.cookies.keys().collect::<Vec<_>>(), ["__Host-doorward-known", SESSION_COOKIE]);
    assert_eq!(tab.opens("/v1/auth/session").await.data()["user"]["email"], person.email);
}

#[tokio::test]
async fn a_provider_that_posts_its_answer_is_answered_the_same() {
    let mut tab = tab();
    let started = starts(&mut tab).await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    let answer = tab.submits("/auth/social/honest/callback", &[("code", &code), ("state", &started.state)]).await;
    answer.leads_to(&format!("{FRONT_END}/login?social_login=success&provider=honest"));
}

#[tokio::test]
async fn each_of_the_six_comes_in_and_apples_form_brings_the_name() {
    for provider in ["google", "github", "facebook", "apple", "discord", "microsoft"] {
        let (mut tab, person) = (tab(), Person::new());
        let answer = tab.opens(&format!("/auth/social/{provider}")).await;
        let started = StartedSignIn::at(provider, answer.header("location").unwrap());
        let code = LIES.code(&started, &person, |_| {});
        let fields = [("code", &code[..]), ("state", &started.state), ("format", "json")];
        let back = format!("/auth/social/{provider}/callback");
        let (answer, name) = if provider == "apple" {
            let user = ("user", r#"{"name": {"firstName": "Ada", "lastName": "Lovelace"}}"#);
            (tab.submits(&back, &[&fields[..], &[user]].concat()).await, json!("Ada"))
        } else {
            (tab.opens(&format!("{back}?{}", query(&fields))).await, json!(person.name))
        };
        let body = answer.json();
        assert_eq!((answer.status, &body["provider"]), (200, &json!(provider)), "{answer}");
        assert_eq!(body["user"]["name"], name, "{answer}");
        let last_name = if provider == "apple" { json!("Lovelace") } else { json!(null) };
        assert_eq!(body["user"]["last_name"], last_name, "{answer}");
    }
}

#[tokio::test]
async fn a_form_without_its_cookie_is_posted_once_more() {
    let mut tab = tab();
    let started = starts(&mut tab).await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    let fields = [("code", &code[..]), ("state", &started.state)];
    let page = tab.visitor.send(form("/auth/social/honest/callback", &fields)).await.is_page(200);
    assert!(page.contains("action=\"/auth/social/honest/callback\""), "{page}");
}

#[tokio::test]
async fn a_client_that_asks_for_json_is_shown_no_page_for_want_of_its_cookie() {
    let mut tab = tab();
    let started = starts(&mut tab).await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    let fields = [("code", &code[..]), ("state", &started.state), ("format", "json")];
    let in_the_form = tab.visitor.send(form("/auth/social/honest/callback", &fields)).await;
    let in_the_query = tab.visitor.send(form("/auth/social/honest/callback?format=json", &fields[..2])).await;
    for answer in [in_the_form, in_the_query] {
        answer.is(400, json!({ "success": false, "error": "INVALID_STATE", "message": "<text>" }));
    }
}

#[tokio::test]
async fn a_person_with_a_second_factor_is_led_to_the_front_end_to_show_it() {
    let (mut tab, person) = (tab(), Person::new());
    tab.visitor.enrols(&tab.visitor.signs_in(&person).await).await;
    let started = starts(&mut tab).await;
    let answer = returns(&mut tab, &started, &person, &[]).await;
    let partial = answer.header("location").unwrap().split(['=', '&']).nth(5).unwrap().to_owned();
    assert!(partial.starts_with("ses_"), "{answer}");
    let halfway = format!("social_login=success&requires_2fa=true&session_id={partial}&provider=honest");
    answer.leads_to(&format!("{FRONT_END}/login?{halfway}"));
    assert_eq!(tab.cookies.len(), 0, "the transaction is over, and no session begun: {:?}", tab.cookies);
}

/// The partial session of somebody who is led to the front end to show a second factor.
async fn halfway(tab: &mut Tab<'_>, person: &Person) -> String {
    let started = starts(tab).await;
    let answer = returns(tab, &started, person, &[]).await;
    let target: url::Url = answer.header("location").unwrap().parse().unwrap();
    let partial = target.query_pairs().find(|(name, _)| name == "session_id").expect("a partial session").1;
    partial.into_owned()
}

#[tokio::test]
async fn the_front_end_shows_the_second_factor_and_has_the_session_in_a_cookie() {
    let (mut tab, person) = (tab(), Person::new());
    let app = tab.visitor.enrols(&tab.visitor.signs_in(&person).await).await;
    let partial = halfway(&mut tab, &person).await;
    let answer = tab.send(completing(&partial, &app.code().await).header("origin", "https://front.example")).await;
    let mut user = user_of(&person);
    user["two_factor"] = json!(true);
    let expected = json!({ "success": true, "user": user, "expiresAt": "<time>", "loginType": "social_auth", "provider": "honest" });
    assert_eq!(answer.status, 200, "{answer}");
    assert_shape(&answer.json(), &expected, &answer.to_string());
    let current = tab.opens("/auth/session/current").await;
    assert_eq!((current.status, &current.json()["user"]["email"]), (200, &json!(person.email)), "{current}");
    assert!(tab.opens("/v1/auth/session").await.data()["amr"].as_array().unwrap().contains(&json!("mfa")));
}

#[tokio::test]
async fn a_page_of_another_origin_puts_no_session_into_a_browser() {
    let (mut tab, person) = (tab(), Person::new());
    let app = tab.visitor.enrols(&tab.visitor.signs_in(&person).await).await;
    let partial = halfway(&mut tab, &person).await;
    let foreign = completing(&partial, &app.code().await).header("origin", "https://evil.example");
    let answer = tab.send(foreign).await;
    answer.refuses(403, "FORBIDDEN");
    assert_eq!(tab.cookies.len(), 0, "{:?}", tab.cookies);
}

#[tokio::test]
async fn our_page_shows_the_second_factor_and_leads_to_the_front_end_with_the_session_in_a_cookie() {
    let (mut tab, person) = (tab(), Person::new());
    let app = tab.visitor.enrols(&tab.visitor.signs_in(&person).await).await;
    let partial = halfway(&mut tab, &person).await;
    let answer = tab.submits("/v1/auth/second-factor", &[("session_id", &partial), ("code", &app.code().await)]).await;
    answer.leads_to(&format!("{FRONT_END}/login?social_login=success&provider=honest"));
    assert_eq!(tab.opens("/auth/session/current").await.json()["user"]["email"], person.email);
}

#[tokio::test]
async fn a_client_that_asked_for_json_gets_the_session_token_for_the_second_factor() {
    let (mut tab, person) = (tab(), Person::new());
    let app = tab.visitor.enrols(&tab.visitor.signs_in(&person).await).await;
    let started = starts(&mut tab).await;
    let body = returns(&mut tab, &started, &person, &[("format", "json")]).await.json();
    let answer = tab.visitor.completes(body["session_id"].as_str().unwrap(), &app.code().await).await;
    assert!(answer.cookies().is_empty(), "{answer}");
    let body = answer.json();
    let token = body["sessionId"].as_str().unwrap_or_else(|| panic!("no session token in {answer}"));
    assert_eq!((&body["loginType"], &body["provider"]), (&json!("social_auth"), &json!("honest")), "{answer}");
    let current = tab.visitor.send(Call::get("/auth/session/current").bearer(token)).await;
    assert_eq!((current.status, &current.json()["user"]["email"]), (200, &json!(person.email)), "{current}");
}

#[tokio::test]
async fn a_passkey_as_second_factor_ends_with_the_contracts_session_too() {
    let (mut tab, person) = (tab(), Person::new());
    let session = tab.visitor.signs_in(&person).await;
    let passkey = tab.visitor.adds_passkey(&session).await.0;
    let started = starts(&mut tab).await;
    let body = returns(&mut tab, &started, &person, &[("format", "json")]).await.json();
    let partial = body["session_id"].as_str().unwrap();
    let question = tab.visitor.is_asked_for_second_factor(partial).await.data();
    let credential = passkey.signs(stack(), &question, |_| {});
    let answer = tab.visitor.completes_by(partial, &question, credential).await;
    assert!(answer.json()["sessionId"].is_string(), "{answer}");
}

#[tokio::test]
async fn a_name_is_split_where_the_provider_gives_both_parts() {
    let (mut tab, person) = (tab(), Person::new());
    let started = starts(&mut tab).await;
    let code = LIES.code(&started, &person, |told| {
        told.claims["given_name"] = json!("Ada");
        told.claims["family_name"] = json!("King Lovelace");
    });
    let query = query(&[("code", &code), ("state", &started.state), ("format", "json")]);
    let user = tab.opens(&format!("/auth/social/honest/callback?{query}")).await.json()["user"].take();
    assert_eq!((&user["name"], &user["last_name"]), (&json!("Ada"), &json!("King Lovelace")));
}

#[tokio::test]
async fn whoever_needs_an_invite_is_led_to_the_page_that_says_so() {
    let stack = Stack::with(&["ACTOR_TYPES=guest:invite"]);
    let mut tab = Tab::of(stack.visitor());
    let started = starts(&mut tab).await;
    returns(&mut tab, &started, &Person::new(), &[]).await.leads_to("/login/registration?lang=en");
    assert_eq!(tab.cookies.len(), 0, "the transaction is over, and no session begun: {:?}", tab.cookies);
}

#[tokio::test]
async fn a_client_that_asks_for_json_gets_the_session_token_in_it() {
    let (mut tab, person) = (tab(), Person::new());
    let started = starts(&mut tab).await;
    let answer = returns(&mut tab, &started, &person, &[("format", "json")]).await;

    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer}");
    let body = answer.json();
    let expected = json!({
        "success": true, "user": user_of(&person), "sessionId": body["sessionId"], "expiresAt": "<time>",
        "loginType": "social_auth", "provider": "honest",
    });
    assert_shape(&body, &expected, &answer.to_string());
    let (id, secret) = body["sessionId"].as_str().unwrap().split_once('.').unwrap();
    assert!(id.starts_with("ses_") && secret.len() == 91);
    assert!(!tab.cookies.contains_key(SESSION_COOKIE), "the token is in the body");
}

#[tokio::test]
async fn the_current_session_is_told_to_its_token_in_the_header_and_in_the_cookie() {
    let (mut tab, person) = (tab(), Person::new());
    let started = starts(&mut tab).await;
    let body = returns(&mut tab, &started, &person, &[("format", "json")]).await.json();
    let token = body["sessionId"].as_str().unwrap();

    let current = Call::get("/auth/session/current");
    let by_header = tab.visitor.send(current.clone().bearer(token)).await;
    by_header.is(200, json!({ "success": true, "user": user_of(&person), "expiresAt": body["expiresAt"] }));
    let cookie = format!("{SESSION_COOKIE}={token}");
    let by_cookie = tab.visitor.send(current.header("cookie", cookie)).await;
    assert_eq!(by_cookie.json(), by_header.json());
}

#[tokio::test]
async fn the_current_session_is_told_to_an_access_token_too() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let session = visitor.signs_in(&person).await;
    let answer = visitor.send(Call::get("/auth/session/current").bearer(&session.access_token)).await;
    answer.is(200, json!({ "success": true, "user": user_of(&person), "expiresAt": "<time>" }));
}

#[tokio::test]
async fn a_session_token_logs_out_as_a_bearer_and_its_public_id_does_not() {
    let (mut tab, person) = (tab(), Person::new());
    let started = starts(&mut tab).await;
    let body = returns(&mut tab, &started, &person, &[("format", "json")]).await.json();
    let token = body["sessionId"].as_str().unwrap();
    let id = token.split('.').next().unwrap();
    let logout = |bearer: &str| tab.visitor.send(Call::post("/v1/auth/logout").bearer(bearer));
    for other in [id, &format!("{id}.{}", "A".repeat(43))] {
        logout(other).await.refuses(401, "UNAUTHORIZED");
    }
    logout(token).await.gives(json!({ "success": true }));
    let current = Call::get("/auth/session/current").bearer(token);
    assert_eq!(tab.visitor.send(current).await.status, 401);
    logout(token).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_session_token_logs_out_everywhere_and_not_beside_another_sessions_cookie() {
    let (mut tab, person) = (tab(), Person::new());
    let started = starts(&mut tab).await;
    let body = returns(&mut tab, &started, &person, &[("format", "json")]).await.json();
    let token = body["sessionId"].as_str().unwrap();
    let (other, mut another) = (tab.visitor.signs_in(&person).await, self::tab());
    another.signs_in(&person).await;
    let everywhere = Call::post("/v1/auth/logout").bearer(token).json(&json!({ "everywhere": true }));
    let foreign = format!("{SESSION_COOKIE}={}", another.cookies[SESSION_COOKIE]);
    tab.visitor.send(everywhere.clone().header("cookie", foreign)).await.refuses(400, "INVALID_REQUEST");
    tab.visitor.send(everywhere).await.gives(json!({ "success": true }));
    tab.visitor.looks_up(&other.access_token).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_second_factor_shows_in_what_is_told_of_a_person() {
    let (mut tab, person) = (tab(), Person::new());
    let app = tab.visitor.enrols(&tab.visitor.signs_in(&person).await).await;
    let started = starts(&mut tab).await;
    let body = returns(&mut tab, &started, &person, &[("format", "json")]).await.json();
    let body = tab.visitor.completes(body["session_id"].as_str().unwrap(), &app.code().await).await.json();
    let current = Call::get("/auth/session/current").bearer(body["sessionId"].as_str().unwrap());
    let mut user = user_of(&person);
    user["two_factor"] = json!(true);
    let expected = json!({ "success": true, "user": user, "expiresAt": body["expiresAt"] });
    tab.visitor.send(current).await.is(200, expected);
}

#[tokio::test]
async fn whoever_needs_an_invite_is_told_in_json_how_to_register() {
    let stack = Stack::with(&["ACTOR_TYPES=guest:invite"]);
    let mut tab = Tab::of(stack.visitor());
    let started = starts(&mut tab).await;
    let answer = returns(&mut tab, &started, &Person::new(), &[("format", "json")]).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer}");
    let expected = json!({
        "success": true, "registration_required": true, "registration_token": "<jwt>", "expiresAt": "<time>",
        "provider": "honest",
    });
    assert_shape(&answer.json(), &expected, &answer.to_string());
}

#[tokio::test]
async fn nobody_else_is_told_of_a_current_session() {
    let visitor = stack().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let forged = forged(&session.id(), session.user_id());
    let current = || Call::get("/auth/session/current");
    let message =
        "A session is required: its cookie, or its \"sessionId\" or an access token in the header Authorization.";
    for call in [current(), current().bearer(&session.refresh_token), current().bearer(&forged), current().bearer("x")]
    {
        let answer = visitor.send(call).await;
        answer.is(401, json!({ "success": false, "error": "UNAUTHORIZED", "message": message }));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
}

#[tokio::test]
async fn a_web_failure_leads_to_the_front_end_with_a_fixed_code() {
    for (parameters, code) in [
        (&[("error", "access_denied")][..], "ACCESS_DENIED"),
        (&[("code", "x")], "INVALID_CODE"),
        (&[], "INVALID_REQUEST"),
    ] {
        let mut tab = tab();
        let started = starts(&mut tab).await;
        let parameters = [parameters, &[("state", &started.state[..])]].concat();
        let answer = tab.opens(&format!("/auth/social/honest/callback?{}", query(&parameters))).await;
        answer.leads_to(&format!("{FRONT_END}/login?social_login=error&error={code}&provider=honest"));
        assert_eq!(tab.cookies.len(), 0, "the transaction is over: {:?}", tab.cookies);
    }
}

#[tokio::test]
async fn an_unknown_state_and_another_browsers_lead_to_the_front_end_too() {
    let started = starts(&mut tab()).await;
    let target = format!("{FRONT_END}/login?social_login=error&error=INVALID_STATE&provider=honest");
    returns(&mut tab(), &started, &Person::new(), &[]).await.leads_to(&target);
    tab().opens("/auth/social/honest/callback?code=c").await.leads_to(&target);
}

#[tokio::test]
async fn an_unknown_provider_leads_to_the_front_end() {
    let target = format!("{FRONT_END}/login?social_login=error&error=INVALID_PROVIDER&provider=nobody");
    tab().opens("/auth/social/nobody").await.leads_to(&target);
}

#[tokio::test]
async fn a_failure_in_json_has_v1s_status() {
    let mut tab = tab();
    let started = starts(&mut tab).await;
    let denied = query(&[("error", "access_denied"), ("state", &started.state), ("format", "json")]);
    let answer = tab.opens(&format!("/auth/social/honest/callback?{denied}")).await;
    let body = |code| json!({ "success": false, "error": code, "message": "<text>" });
    assert_eq!(answer.status, 400, "{answer}");
    assert_shape(&answer.json(), &body("ACCESS_DENIED"), &answer.to_string());
    let answer = tab.opens("/auth/social/nobody?format=json").await;
    assert_shape(&answer.json(), &body("INVALID_PROVIDER"), &answer.to_string());
}

#[tokio::test]
async fn only_the_paths_without_a_slash_behind_them_are_the_contracts() {
    for path in ["/auth/social/honest/", "/auth/social/honest/callback/", "/auth/session/current/"] {
        tab().opens(path).await.is_from_the_gateway(404, "Not Found");
    }
}

#[tokio::test]
async fn without_a_front_end_of_its_own_people_come_to_our_page() {
    let mut tab = Tab::of(Stack::shared().visitor());
    let started = starts(&mut tab).await;
    let target = format!("{}/login?social_login=success&provider=honest", Stack::shared().url);
    returns(&mut tab, &started, &Person::new(), &[]).await.leads_to(&target);
}

#[tokio::test]
async fn a_navigation_of_v1_does_not_come_back_here() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let target = format!("{FRONT_END}/login?social_login=error&error=INVALID_STATE&provider=honest");
    returns(&mut tab, &started, &Person::new(), &[]).await.leads_to(&target);
}

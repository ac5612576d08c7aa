//! A browser goes to a provider and comes back: `GET /v1/auth/login/{provider}`, `GET,POST /v1/auth/callback/{provider}`.

use serde_json::json;

use crate::harness::{
    APP, APP_WITH_QUERY, Call, Person, SESSION_COOKIE, Stack, Tab, form, navigation, query, until_after,
};
use crate::lies::LIES;

fn tab() -> Tab<'static> {
    Tab::of(Stack::shared().visitor())
}

/// The name of the one transaction's cookie that the tab holds.
fn binding(tab: &Tab<'_>) -> String {
    let mut names = tab.cookies.keys().filter(|name| name.starts_with("__Host-doorward-tx-"));
    let name = names.next().unwrap().clone();
    assert!(names.next().is_none(), "more than one transaction: {:?}", tab.cookies);
    name
}

#[tokio::test]
async fn a_browser_goes_to_the_provider_with_a_cookie_that_binds_it() {
    let mut tab = tab();
    let answer = tab.opens(&navigation("honest", APP)).await;

    assert_eq!(answer.status, 302, "{answer}");
    let started = crate::harness::StartedSignIn::at("honest", answer.header("location").unwrap());
    assert_eq!(started.asks("redirect_uri"), format!("{}/v1/auth/callback/honest", tab.visitor.stack.url));
    assert_eq!(started.asks("code_challenge_method"), "S256");
    let [cookie] = answer.cookies()[..] else { panic!("{:?}", answer.cookies()) };
    let (name, rest) = cookie.split_once('=').unwrap();
    let (value, attributes) = rest.split_once("; ").unwrap();
    assert!(name.strip_prefix("__Host-doorward-tx-").is_some_and(|id| id.len() == 16), "{name}");
    assert_eq!(value.len(), 43, "{value}");
    assert_eq!(attributes, "Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax");
}

#[tokio::test]
async fn a_browser_comes_back_signed_in_and_its_transaction_is_over() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let binding = binding(&tab);

    let answer = tab.returns(&started, &Person::new()).await;

    answer.leads_to(APP);
    let [session, mark, released] = answer.cookies()[..] else { panic!("{:?}", answer.cookies()) };
    let (value, attributes) = session.split_once('=').unwrap().1.split_once("; ").unwrap();
    let (id, secret) = value.split_once('.').unwrap();
    assert!(session.starts_with(SESSION_COOKIE) && id.starts_with("ses_") && secret.len() == 91, "{session}");
    assert_eq!(attributes, "Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Lax");
    let (value, attributes) = mark.strip_prefix("__Host-doorward-known=").unwrap().split_once("; ").unwrap();
    assert!(value.starts_with("tk_") && value.len() > 43, "{value}");
    assert_eq!(attributes, "Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax");
    assert_eq!(released, format!("{binding}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"));
}

#[tokio::test]
async fn the_secret_of_the_cookie_is_stored_nowhere() {
    let mut tab = tab();
    tab.signs_in(&Person::new()).await;
    let (_, secret) = tab.session_token().split_once('.').unwrap();
    assert!(!tab.visitor.stack.dump().await.to_string().contains(secret));
    assert!(!tab.visitor.stack.log().await.join("\n").contains(secret));
}

#[tokio::test]
async fn two_tabs_at_once_both_finish() {
    let mut tab = tab();
    let (one, other) = (tab.navigates("honest", APP).await, tab.navigates("honest", APP_WITH_QUERY).await);
    tab.returns(&other, &Person::new()).await.leads_to(APP_WITH_QUERY);
    tab.returns(&one, &Person::new()).await.leads_to(APP);
}

#[tokio::test]
async fn without_a_wish_the_browser_ends_up_at_our_own_page() {
    let mut tab = tab();
    let answer = tab.opens("/v1/auth/login/honest").await;
    let started = crate::harness::StartedSignIn::at("honest", answer.header("location").unwrap());
    let home = format!("{}/login", tab.visitor.stack.url);
    tab.returns(&started, &Person::new()).await.leads_to(&home);
}

#[tokio::test]
async fn the_language_that_was_chosen_comes_back_to_our_page() {
    let mut tab = tab();
    let answer = tab.opens("/v1/auth/login/honest?lang=fr").await;
    let started = crate::harness::StartedSignIn::at("honest", answer.header("location").unwrap());
    let answer = tab.returns_with(&started, &[("error", "access_denied"), ("state", &started.state)]).await;
    answer.leads_to(&format!("{}/login?lang=fr&error=ACCESS_DENIED", tab.visitor.stack.url));
}

#[tokio::test]
async fn a_refused_target_is_a_page_and_no_redirect() {
    for target in ["https://evil.example/", "https://app.example/", "/", "javascript:alert(1)"] {
        let answer = tab().opens(&navigation("honest", target)).await;
        let page = answer.is_page(400);
        assert!(!page.contains("evil") && !page.contains("alert(1)"), "{page}");
        assert_eq!(answer.cookies(), [""; 0]);
    }
}

#[tokio::test]
async fn an_unknown_provider_is_a_page() {
    tab().opens(&navigation("nobody", APP)).await.is_page(400);
}

#[tokio::test]
async fn another_browser_cannot_finish_a_sign_in_and_uses_nothing_up() {
    let (mut own, mut other) = (tab(), tab());
    let started = own.navigates("honest", APP).await;
    let person = Person::new();
    other.navigates("honest", APP).await;

    other.returns(&started, &person).await.is_page(400);
    assert!(!other.cookies.contains_key(SESSION_COOKIE));

    own.returns(&started, &person).await.leads_to(APP);
}

#[tokio::test]
async fn a_cookie_under_another_transactions_name_finishes_nothing() {
    let mut tab = tab();
    let (one, other) = (tab.navigates("honest", APP).await, tab.navigates("honest", APP).await);
    let names: Vec<_> = tab.cookies.keys().cloned().collect();
    let (first, second) = (tab.cookies[&names[0]].clone(), tab.cookies[&names[1]].clone());
    tab.cookies.insert(names[0].clone(), second);
    tab.cookies.insert(names[1].clone(), first);
    for started in [one, other] {
        tab.returns(&started, &Person::new()).await.is_page(400);
    }
}

#[tokio::test]
async fn a_state_that_was_used_is_a_page() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let cookies = tab.cookies.clone();
    tab.returns(&started, &Person::new()).await.leads_to(APP);
    tab.cookies = cookies;
    tab.returns(&started, &Person::new()).await.is_page(400);
}

#[tokio::test]
async fn a_state_whose_time_is_over_is_a_page() {
    let mut tab = Tab::of(Stack::impatient().visitor());
    let started = tab.navigates("honest", APP).await;
    until_after(crate::harness::now() + 1).await;
    tab.returns(&started, &Person::new()).await.is_page(400);
}

#[tokio::test]
async fn a_person_who_declines_gets_back_to_the_app() {
    for error in ["access_denied", "user_cancelled_authorize", "interaction_required"] {
        let mut tab = tab();
        let started = tab.navigates("honest", APP).await;
        let answer = tab.returns_with(&started, &[("error", error), ("state", &started.state)]).await;
        answer.leads_to(&format!("{APP}?error=ACCESS_DENIED"));
        assert_eq!(tab.cookies.len(), 0, "{:?}", tab.cookies);
    }
}

#[tokio::test]
async fn a_failure_joins_the_query_that_the_target_has() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP_WITH_QUERY).await;
    let answer = tab.returns_with(&started, &[("error", "access_denied"), ("state", &started.state)]).await;
    answer.leads_to(&format!("{APP_WITH_QUERY}&error=ACCESS_DENIED"));
}

#[tokio::test]
async fn whatever_else_a_provider_says_is_told_in_our_own_words() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let strange = [("error", "<script>"), ("error_description", "evil"), ("state", &started.state)];
    let answer = tab.returns_with(&started, &strange).await;
    answer.leads_to(&format!("{APP}?error=PROVIDER_UNAVAILABLE"));
    assert_eq!(answer.body.len(), 0);
}

#[tokio::test]
async fn a_bad_code_a_missing_one_and_a_foreign_sender_lead_back_to_the_app() {
    let wrong_code = [("code", "nonsense")];
    let foreign = [("code", "c"), ("iss", "https://evil.example")];
    for (parameters, code) in [(&wrong_code[..], "INVALID_CODE"), (&[], "INVALID_REQUEST"), (&foreign, "INVALID_STATE")]
    {
        let mut tab = tab();
        let started = tab.navigates("honest", APP).await;
        let parameters = [parameters, &[("state", &started.state)]].concat();
        tab.returns_with(&started, &parameters).await.leads_to(&format!("{APP}?error={code}"));
        tab.returns(&started, &Person::new()).await.is_page(400);
    }
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_a_page() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let twice = [("code", "a"), ("code", "b"), ("state", &started.state)];
    tab.returns_with(&started, &twice).await.is_page(400);
    tab.returns(&started, &Person::new()).await.leads_to(APP);
}

#[tokio::test]
async fn without_a_state_there_is_a_page_and_nothing_of_the_request_in_it() {
    for parameters in [&[][..], &[("state", "short")], &[("code", "<b>evil</b>"), ("error", "<b>evil</b>")]] {
        let answer = tab().opens(&format!("/v1/auth/callback/honest?{}", query(parameters))).await;
        assert!(!answer.is_page(400).contains("evil"));
    }
}

#[tokio::test]
async fn a_browsers_sign_in_cannot_be_taken_up_by_a_client_even_with_its_verifier() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let verifier = tab.cookies[&binding(&tab)].clone();
    let person = Person::new();
    let code = LIES.code(&started, &person, |_| {});
    for further in [json!({}), json!({ "codeVerifier": verifier })] {
        tab.visitor.callback_with(&started, &code, further).await.refuses(400, "INVALID_STATE");
    }
    tab.returns(&started, &person).await.leads_to(APP);
}

#[tokio::test]
async fn a_clients_sign_in_cannot_be_taken_up_by_a_browser() {
    let mut tab = tab();
    let started = tab.visitor.starts("honest").await;
    tab.returns(&started, &Person::new()).await.is_page(400);
}

#[tokio::test]
async fn a_sign_in_comes_back_to_its_own_providers_callback_only() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let person = Person::new();
    let code = LIES.code(&started, &person, |_| {});
    let elsewhere = query(&[("code", &code), ("state", &started.state)]);
    tab.opens(&format!("/v1/auth/callback/other?{elsewhere}")).await.is_page(400);
    tab.opens(&format!("/auth/social/honest/callback?{elsewhere}")).await;
    assert!(!tab.cookies.contains_key(SESSION_COOKIE));
}

#[tokio::test]
async fn a_start_by_json_whose_redirect_is_our_own_callback_sets_the_cookie() {
    let mut tab = tab();
    let stack = tab.visitor.stack;
    let redirect_uri = format!("{}/v1/auth/callback/honest", stack.url);
    let body = json!({ "provider": "honest", "redirectUri": redirect_uri });
    let answer = tab.send(Call::post("/v1/auth/login").json(&body)).await;
    let data = answer.data();
    binding(&tab);

    let started = crate::harness::StartedSignIn::at("honest", data["authUrl"].as_str().unwrap());
    tab.returns(&started, &Person::new()).await.leads_to(&format!("{}/login", stack.url));
}

#[tokio::test]
async fn our_own_callback_is_bound_by_its_cookie_and_by_no_challenge() {
    let visitor = Stack::shared().visitor();
    let redirect_uri = format!("{}/v1/auth/callback/honest", visitor.stack.url);
    let body = json!({ "provider": "honest", "redirectUri": redirect_uri, "codeChallenge": "A".repeat(43) });
    visitor.login(body).await.faults("codeChallenge");
}

#[tokio::test]
async fn the_callback_of_another_provider_is_no_redirect_of_ours() {
    let visitor = Stack::shared().visitor();
    let redirect_uri = format!("{}/v1/auth/callback/other", visitor.stack.url);
    visitor.login(json!({ "provider": "honest", "redirectUri": redirect_uri })).await.refuses(400, "INVALID_REDIRECT");
}

#[tokio::test]
async fn a_form_that_a_provider_posts_is_posted_once_more_from_our_own_page_and_then_finishes() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let user = r#"{"name":{"firstName":"Ada","lastName":"\"><script>"},"email":"eve@example.com"}"#;
    let person = Person::new();
    let code = LIES.code(&started, &person, |told| {
        told.claims.as_object_mut().unwrap().remove("name");
    });
    let fields = [("code", &code[..]), ("state", &started.state), ("user", user)];
    let path = "/v1/auth/callback/honest";

    // The browser leaves a Lax cookie behind when another site posts.
    let page = tab.visitor.send(form(path, &fields)).await.is_page(200);
    assert!(!page.contains("<script>"), "{page}");
    assert!(page.contains("name=\"resent\"") && page.contains(&code) && page.contains("<button"), "{page}");

    let again = [&fields[..], &[("resent", "1")]].concat();
    tab.submits(path, &again).await.leads_to(APP);
    let session = tab.opens("/v1/auth/session").await.data();
    assert_eq!(session["user"]["email"], person.email, "the form's address is nobody's proof");
    assert_eq!((&session["user"]["name"], &session["user"]["lastName"]), (&json!("Ada"), &json!("\"><script>")));
}

#[tokio::test]
async fn a_form_that_comes_without_its_cookie_a_second_time_is_a_page() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    let fields = [("code", &code[..]), ("state", &started.state), ("resent", "1")];
    tab.visitor.send(form("/v1/auth/callback/honest", &fields)).await.is_page(400);
}

#[tokio::test]
async fn a_form_that_comes_with_its_cookie_finishes_at_once() {
    let mut tab = tab();
    let started = tab.navigates("honest", APP).await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    tab.submits("/v1/auth/callback/honest", &[("code", &code), ("state", &started.state)]).await.leads_to(APP);
}

#[tokio::test]
async fn a_return_by_a_crowd_gives_one_session() {
    let mut tab = tab();
    let person = Person::new();
    let started = tab.navigates("honest", APP).await;
    let calls = (0..16).map(|_| {
        let code = LIES.code(&started, &person, |_| {});
        let query = query(&[("code", &code), ("state", &started.state)]);
        tab.with_cookies(Call::get(format!("/v1/auth/callback/honest?{query}")))
    });
    let answers = tab.visitor.race(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 400).count(), 15);
}

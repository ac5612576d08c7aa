//! The six providers as the local stack mocks them: a developer without network signs in through each, in a browser.

use std::collections::HashMap;

use serde_json::{Value, json};
use url::Url;

use crate::harness::{
    APP, Answer, Browser, Person, SessionTokens, Stack, StartedSignIn, VisitEnd, Visitor, assert_shape,
};
use crate::lies::session_of;

const SIX: [&str; 6] = ["google", "github", "facebook", "apple", "discord", "microsoft"];

#[tokio::test]
async fn each_of_the_six_lets_people_in_and_knows_them_again() {
    let visitor = Stack::with_mock_providers().visitor();
    for provider in SIX {
        let person = Person::new();
        let user = user_of(provider, &person);
        let first = signs_in(&visitor, provider, &person, "").await.gives(session_of(user.clone()));
        let again = signs_in(&visitor, provider, &person, "").await.gives(session_of(user));
        assert_eq!(first["user"]["id"], again["user"]["id"], "{provider}");
    }
}

#[tokio::test]
async fn who_answers_for_an_address_leads_to_its_account_and_who_made_sure_once_does_not() {
    let visitor = Stack::with_mock_providers().visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    for provider in SIX {
        let answer = signs_in(&visitor, provider, &person, "").await;
        match provider {
            "google" | "microsoft" => assert_eq!(SessionTokens::of(&answer.data()).user_id(), owner.user_id()),
            "facebook" => assert_ne!(SessionTokens::of(&answer.data()).user_id(), owner.user_id()),
            _ => drop(answer.refuses(409, "ACCOUNT_EXISTS")),
        }
    }
}

#[tokio::test]
async fn an_address_that_is_not_verified_claims_nothing_anywhere() {
    let visitor = Stack::with_mock_providers().visitor();
    for provider in SIX {
        let person = Person::new();
        let owner = visitor.signs_in_by_link(&person.email).await;
        let claimant = signs_in(&visitor, provider, &person, "&unverified=yes").await.data();
        assert_ne!(claimant["user"]["id"], owner.user_id(), "{provider}");
        assert_eq!(claimant["user"]["emailVerified"], false, "{provider}");
    }
}

#[tokio::test]
async fn nobody_needs_an_address_or_a_name() {
    let visitor = Stack::with_mock_providers().visitor();
    for provider in SIX {
        let user =
            signs_in(&visitor, provider, &Person::new(), "&no-email=yes&no-name=yes").await.data()["user"].take();
        assert_eq!((user.get("email"), user.get("name")), (None, None), "{provider}: {user}");
    }
}

#[tokio::test]
async fn a_bad_code_is_the_codes_fault_in_every_providers_words() {
    let visitor = Stack::with_mock_providers().visitor();
    for provider in SIX {
        signs_in(&visitor, provider, &Person::new(), "&bad-code=yes").await.refuses(400, "INVALID_CODE");
    }
}

#[tokio::test]
async fn a_provider_that_breaks_down_is_unavailable() {
    let visitor = Stack::with_mock_providers().visitor();
    for provider in SIX {
        signs_in(&visitor, provider, &Person::new(), "&broken=yes").await.refuses(502, "PROVIDER_UNAVAILABLE");
    }
}

#[tokio::test]
async fn whoever_declines_comes_back_with_an_error_and_the_state() {
    let visitor = Stack::with_mock_providers().visitor();
    for provider in SIX {
        let started = visitor.starts(provider).await;
        let sent = comes_back(&started, "decision=deny").await;
        let error = if provider == "apple" { "user_cancelled_authorize" } else { "access_denied" };
        assert_eq!((sent["error"].as_str(), &sent["state"]), (error, &started.state), "{provider}");
    }
}

#[tokio::test]
async fn google_may_name_its_issuer_in_two_ways() {
    let visitor = Stack::with_mock_providers().visitor();
    let person = Person::new();
    let long = signs_in(&visitor, "google", &person, "&unverified=yes").await.data();
    let short = signs_in(&visitor, "google", &person, "&unverified=yes&short-issuer=yes").await.data();
    assert_eq!(long["user"]["id"], short["user"]["id"]);
}

#[tokio::test]
async fn the_same_object_in_another_tenant_of_microsofts_is_somebody_else() {
    let visitor = Stack::with_mock_providers().visitor();
    let person = Person::new();
    let ours = signs_in(&visitor, "microsoft", &person, "&unverified=yes").await.data();
    let theirs = signs_in(&visitor, "microsoft", &person, "&unverified=yes&other-tenant=yes").await.data();
    assert_ne!(ours["user"]["id"], theirs["user"]["id"]);
}

#[tokio::test]
async fn apple_may_hide_an_address_and_vouch_for_the_relays() {
    let visitor = Stack::with_mock_providers().visitor();
    let user = signs_in(&visitor, "apple", &Person::new(), "&relay=yes").await.data()["user"].take();
    assert!(user["email"].as_str().unwrap().ends_with("@privaterelay.appleid.com"), "{user}");
    assert_eq!(user["emailVerified"], true);
}

// In the browser alone

#[tokio::test]
async fn each_of_the_six_brings_a_browser_back_with_a_session() {
    for provider in SIX {
        let person = Person::new();
        let (mut browser, at) = lands(provider, &fields_of(&person)).await;
        assert_eq!(at.as_str(), APP, "{provider}");
        let mut user = user_of(provider, &person);
        // The form that Apple posts tells it once, in two parts.
        user["name"] = json!(person.name);
        if let ("apple", Some((first, last))) = (provider, person.name.split_once(' ')) {
            (user["name"], user["lastName"]) = (json!(first), json!(last));
        }
        assert_shape(&user_in(&mut browser).await, &user, provider);
    }
}

#[tokio::test]
async fn apple_tells_a_name_at_the_first_consent_and_it_stays() {
    let person = Person::new();
    for _ in 0..2 {
        let (mut browser, _) = lands("apple", &fields_of(&person)).await;
        let user = user_in(&mut browser).await;
        let parts = [&user["name"], &user["lastName"]].map(|part| part.as_str().unwrap_or_default());
        assert_eq!(parts.join(" "), person.name);
    }
}

#[tokio::test]
async fn a_browser_that_comes_back_without_success_is_told_why_where_it_wanted_to_go() {
    for provider in SIX {
        for (scenario, code) in [
            ("decision=deny".to_owned(), "ACCESS_DENIED"),
            (format!("{}&bad-code=yes", fields_of(&Person::new())), "INVALID_CODE"),
            (format!("{}&broken=yes", fields_of(&Person::new())), "PROVIDER_UNAVAILABLE"),
        ] {
            let (_, at) = lands(provider, &scenario).await;
            assert_eq!(at.as_str(), format!("{APP}?error={code}"), "{provider}");
        }
    }
}

/// A browser's whole way, to where it ends up.
async fn lands(provider: &str, fields: &str) -> (Browser, Url) {
    let stack = Stack::with_mock_providers();
    let mut browser = Browser::default();
    let login = format!("{}/v1/auth/login/{provider}?redirect_uri={APP}", stack.url);
    let mut arrived = browser.opens(login.parse().unwrap(), APP).await;
    for step in 0..2 {
        let (page, html) = match arrived {
            VisitEnd::Away(at) => return (browser, at),
            VisitEnd::Page(page, html) => (page, html),
        };
        assert_eq!(html.status, 200, "{provider}: {html}");
        let callback = format!("{}/v1/auth/callback/{provider}", stack.url);
        let fields = if step == 0 { fields.to_owned() } else { encoded(&posted(&html, &callback)) };
        arrived = browser.submits(&page, &html, &fields, APP).await;
    }
    match arrived {
        VisitEnd::Away(at) => (browser, at),
        VisitEnd::Page(page, html) => panic!("{provider}: stranded at {page}: {html}"),
    }
}

/// Who is signed in with this browser.
async fn user_in(browser: &mut Browser) -> Value {
    let session = format!("{}/v1/auth/session", Stack::with_mock_providers().url);
    match browser.opens(session.parse().unwrap(), APP).await {
        VisitEnd::Page(_, answer) => answer.data()["user"].take(),
        VisitEnd::Away(at) => panic!("sent away to {at}"),
    }
}

fn fields_of(person: &Person) -> String {
    format!("email={}&name={}", person.email, person.name.replace(' ', "+"))
}

fn encoded(fields: &HashMap<String, String>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The user that this provider's word makes of a person.
fn user_of(provider: &str, person: &Person) -> Value {
    let mut user = json!({
        "id": "<user>",
        "email": person.email,
        "emailVerified": matches!(provider, "google" | "microsoft"),
        "name": person.name,
        "actorType": "user",
        "createdAt": "<time>",
    });
    match provider {
        "google" | "github" | "facebook" | "discord" => user["picture"] = json!("<text>"),
        // It comes in the form, which this client does not forward.
        "apple" => drop(user.as_object_mut().unwrap().remove("name")),
        _ => {}
    }
    user
}

/// The whole way, as an app that calls the JSON API goes it; `scenarios` are further fields of the provider's page.
async fn signs_in(visitor: &Visitor<'_>, provider: &str, person: &Person, scenarios: &str) -> Answer {
    let started = visitor.starts(provider).await;
    let fields = format!("{}{scenarios}", fields_of(person));
    let sent = comes_back(&started, &fields).await;
    assert_eq!(sent["state"], started.state, "{provider}");
    let more = sent.get("iss").map_or(json!({}), |iss| json!({ "iss": iss }));
    visitor.callback_with(&started, &sent["code"], more).await
}

/// What the provider sends back to the app, after these fields were filled in on its page.
async fn comes_back(started: &StartedSignIn, fields: &str) -> HashMap<String, String> {
    let mut browser = Browser::default();
    let VisitEnd::Page(page, html) = browser.opens(started.auth_url.clone(), APP).await else { panic!("no page") };
    assert_eq!(html.status, 200, "{html}");
    match browser.submits(&page, &html, fields, APP).await {
        VisitEnd::Away(url) => url.query_pairs().into_owned().collect(),
        VisitEnd::Page(_, form) => posted(&form, APP),
    }
}

/// The fields of a page that posts itself to `target`.
fn posted(page: &Answer, target: &str) -> HashMap<String, String> {
    let html = String::from_utf8_lossy(&page.body);
    assert!(html.contains(&format!("action=\"{target}\"")), "{html}");
    let fields = html.split("<input type=\"hidden\" name=\"").skip(1);
    fields
        .map(|field| field.split_once("\" value=\"").unwrap())
        .map(|(name, rest)| (name.to_owned(), rest.split('"').next().unwrap().replace("&quot;", "\"")))
        .collect()
}

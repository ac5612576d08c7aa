//! The client of contract `actor` that nobody here wrote, in a page of another origin.

use serde_json::{Value, json};

use super::chromium::{BrowserContext, BrowserTab};
use super::{browse, sibling, stack};
use crate::harness::{Person, SESSION_COOKIE, StartedSignIn};
use crate::lies::LIES;
use crate::medusa;

/// A page of a front end with the client in it, which keeps its session as `auth` says.
async fn front_end(profile: &BrowserContext, auth: &str) -> BrowserTab {
    let tab = profile.tab().await;
    tab.opens(format!("{}/app", sibling())).await;
    tab.call("addScriptTag", json!([{ "content": medusa::script() }])).await;
    let url = json!(stack().url);
    tab.evaluates(&format!("void (sdk = new Medusa({{ baseUrl: {url}, auth: {{ type: '{auth}' }} }}))")).await;
    tab
}

async fn calls(tab: &BrowserTab, call: &str) -> Value {
    tab.evaluates(&format!("sdk.auth.{call}")).await
}

async fn comes_back(tab: &BrowserTab, person: &Person) -> Value {
    let location = calls(tab, "login('user', 'honest', {})").await["location"].take();
    let started = StartedSignIn::at("honest", location.as_str().unwrap());
    let code = LIES.code(&started, person, |_| {});
    calls(tab, &format!("callback('user', 'honest', {})", json!({ "code": code, "state": started.state }))).await
}

/// What a request of the page with its cookies is told of the session.
async fn current(tab: &BrowserTab) -> Value {
    let url = json!(format!("{}/auth/session/current", stack().url));
    tab.evaluates(&format!("fetch({url}, {{ credentials: 'include' }}).then(answer => answer.json())")).await
}

#[tokio::test]
async fn it_signs_in_and_renews_its_token_from_another_origin() {
    browse(json!({}), async |profile| {
        let tab = front_end(profile, "jwt").await;
        let token = comes_back(&tab, &Person::new()).await;
        let renewed = calls(&tab, "refresh()").await["token"].take();
        assert!(token.is_string() && renewed.is_string() && token != renewed, "{token} {renewed}");
        assert_eq!(tab.evaluates("localStorage.getItem('medusa_auth_token')").await, renewed);
        assert_eq!(current(&tab).await["error"], "UNAUTHORIZED", "there is no cookie");
    })
    .await;
}

#[tokio::test]
async fn it_keeps_its_session_in_a_cookie_until_it_ends_it() {
    browse(json!({}), async |profile| {
        let (tab, person) = (front_end(profile, "session").await, Person::new());
        comes_back(&tab, &person).await;
        assert_eq!(current(&tab).await["user"]["email"], person.email);
        assert!(calls(&tab, "refresh()").await["token"].is_string());
        assert_eq!(current(&tab).await["user"]["email"], person.email);
        calls(&tab, "logout()").await;
        assert_eq!(current(&tab).await["error"], "UNAUTHORIZED");
        let cookies = profile.cookies().await;
        assert!(cookies.iter().all(|cookie| cookie["name"] != SESSION_COOKIE), "{cookies:?}");
        calls(&tab, "logout()").await;
    })
    .await;
}

#[tokio::test]
async fn it_is_shown_the_challenge_and_keeps_the_session_that_its_answer_opens() {
    browse(json!({}), async |profile| {
        let (tab, person, visitor) = (front_end(profile, "session").await, Person::new(), stack().visitor());
        let app = visitor.enrols(&visitor.signs_in(&person).await).await;
        let due = comes_back(&tab, &person).await;
        assert_eq!(current(&tab).await["error"], "UNAUTHORIZED", "nothing is begun yet");
        let (id, answer) = (&due["mfa_challenge"]["id"], json!({ "method": "totp", "code": app.code().await }));
        calls(&tab, &format!("mfa.verifyChallenge({id}, {answer})")).await;
        assert_eq!(current(&tab).await["user"]["email"], person.email);
    })
    .await;
}

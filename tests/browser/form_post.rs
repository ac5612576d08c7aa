//! Providers that post (Apple): their form comes without our cookies, so a page of ours posts it once more.

use serde_json::json;
use url::Url;

use super::{app, at, browse, browse_twice, is_signed_in, is_signed_out, stack, under_way, without_scripts};
use crate::harness::{Person, StartedSignIn};
use crate::lies::LIES;

/// Where the provider posts to.
const CALLBACK: &str = "/v1/auth/callback/apple";

/// Starts at Apple and lets its page post back; gives the status of what that leads to.
async fn is_posted_back(tab: &super::BrowserTab, person: &Person, fields: &[(&str, &str)]) -> (StartedSignIn, u64) {
    let start = Url::parse_with_params(&at("/v1/auth/login/apple"), [("redirect_uri", app())]).unwrap();
    tab.opens(start).await;
    let started = under_way(tab).await;
    assert_eq!(started.asks("redirect_uri"), at(CALLBACK));
    let code = LIES.code(&started, person, |_| {});
    let mut all = vec![("state", started.state.as_str()), ("code", code.as_str())];
    all.extend(fields);
    let status = posts(tab, &all).await;
    (started, status)
}

/// The page where the tab is posts this to the callback.
async fn posts(tab: &super::BrowserTab, fields: &[(&str, &str)]) -> u64 {
    let escape = |text: &str| text.replace('&', "&amp;").replace('\'', "&#39;").replace('<', "&lt;");
    let inputs: String =
        fields.iter().map(|(name, value)| format!("<input name={name} value='{}'>", escape(value))).collect();
    tab.becomes(&format!("<form method=post action='{}'>{inputs}<button>go</button></form>", at(CALLBACK))).await;
    tab.follows("button").await
}

const PASS_ON: &str = "form[action='/v1/auth/callback/apple'] button";

#[tokio::test]
async fn a_script_of_ours_posts_once_more_and_the_person_is_in() {
    browse(json!({}), async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        is_posted_back(&tab, &person, &[]).await;
        tab.arrives(&app()).await;
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn without_scripts_a_button_does_it() {
    browse(without_scripts(), async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        let (_, status) = is_posted_back(&tab, &person, &[]).await;
        assert_eq!((status, tab.url().await.path()), (200, CALLBACK));
        assert_eq!(tab.follows(PASS_ON).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn the_name_that_apple_tells_once_survives_the_second_post() {
    browse(without_scripts(), async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        let user = r#"{"name":{"firstName":"Ada & <b>","lastName":"O'Love\"lace"},"email":"x@y.example"}"#;
        is_posted_back(&tab, &person, &[("user", user)]).await;
        assert_eq!(tab.follows(PASS_ON).await, 200);
        tab.opens(at("/")).await;
        let session = tab.evaluates("fetch('/v1/auth/session').then((answer) => answer.json())").await;
        let user = &session["data"]["user"];
        assert_eq!((&user["name"], &user["lastName"]), (&json!("Ada & <b>"), &json!("O'Love\"lace")), "{session}");
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_never_started_it_is_refused_after_one_more_post() {
    let person = Person::new();
    let mut stolen = None;
    browse(json!({}), async |first| {
        let tab = first.tab().await;
        let start = Url::parse_with_params(&at("/v1/auth/login/apple"), [("redirect_uri", app())]).unwrap();
        tab.opens(start).await;
        let started = under_way(&tab).await;
        let code = LIES.code(&started, &person, |_| {});
        stolen = Some((started.state, code));
    })
    .await;
    let (state, code) = stolen.unwrap();
    browse_twice(async |other| {
        let tab = other.tab().await;
        tab.opens(app()).await;
        posts(&tab, &[("state", &state), ("code", &code)]).await;
        if tab.count(PASS_ON).await > 0 {
            let _ = tab.attempt("follow", json!([PASS_ON])).await;
        }
        assert_eq!(tab.count(PASS_ON).await, 0, "no third post");
        assert_eq!(tab.url().await.path(), CALLBACK);
        is_signed_out(&tab).await;
    })
    .await;
    assert!(!stack().dump().await.to_string().contains(&person.email));
}

//! Contract `social` in a browser: with no front end of one's own, people land on our pages.

use serde_json::json;

use super::{at, browse_twice, is_sent_back, is_signed_in};
use crate::harness::Person;

#[tokio::test]
async fn who_comes_in_by_the_social_contract_lands_signed_in_on_our_page() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        assert_eq!(tab.opens(at("/auth/social/honest")).await, 200);
        assert_eq!(is_sent_back(&tab, &person, |_| {}).await, 200);
        assert_eq!(tab.url().await.as_str(), at("/login?social_login=success&provider=honest"));
        assert!(tab.reads("main").await.contains(&person.email));
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_told_on_our_page() {
    browse_twice(async |browser| {
        let tab = browser.tab().await;
        tab.opens(at("/auth/social/honest")).await;
        assert_eq!(is_sent_back(&tab, &Person::new(), |told| told.claims["aud"] = json!("another")).await, 200);
        assert_eq!(tab.url().await.as_str(), at("/login?social_login=error&error=INVALID_CODE&provider=honest"));
        tab.sees("[role=alert]").await;
    })
    .await;
}

#[tokio::test]
async fn the_current_session_is_read_by_cookie() {
    super::browse(json!({}), async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        tab.opens(at("/auth/social/honest")).await;
        is_sent_back(&tab, &person, |_| {}).await;
        tab.opens(at("/")).await;
        let current = tab.evaluates("fetch('/auth/session/current').then((answer) => answer.json())").await;
        assert_eq!((&current["success"], &current["user"]["email"]), (&json!(true), &json!(person.email)), "{current}");
    })
    .await;
}

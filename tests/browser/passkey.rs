//! Passkeys, by Chromium's own authenticator.

use serde_json::json;

use super::second_factor::comes_halfway;
use super::{
    BrowserTab, app, at, browse, fits, is_accessible, is_signed_in, login_page, signs_in_by_code, stack,
    without_scripts,
};
use crate::harness::Person;

const ADD: &str = "form[action='/v1/auth/passkeys']";
const SIGN_IN: &str = "form[action='/v1/auth/passkeys/sign-in']";
const SHOW: &str = "form[action='/v1/auth/second-factor/passkey']";
const SIGN_OUT: &str = "form[action='/v1/auth/logout']";

/// An authenticator such as a phone: it keeps passkeys, and asks for a fingerprint that is always there.
async fn has_authenticator(tab: &BrowserTab) {
    tab.call("authenticator", json!([{ "isUserVerified": true }])).await;
}

/// Adds a first passkey by one press of a button; gives the recovery codes that come with it.
async fn adds_passkey(tab: &BrowserTab) -> Vec<String> {
    assert_eq!(tab.opens(at("/login/security?lang=en")).await, 200);
    assert_eq!(tab.follows(&format!("{ADD} button")).await, 200);
    let codes = tab.reads("[data-codes]").await;
    codes.split_whitespace().map(str::to_owned).collect()
}

/// Somebody who has signed in by mail and added a passkey, in a tab that has it and where they signed out again.
async fn enrolled(tab: &BrowserTab) -> (Person, Vec<String>) {
    let person = Person::new();
    has_authenticator(tab).await;
    signs_in_by_code(tab, &person, &app()).await;
    let codes = adds_passkey(tab).await;
    assert_eq!(tab.opens(at("/login")).await, 200);
    assert_eq!(tab.follows(&format!("{SIGN_OUT} button")).await, 200);
    (person, codes)
}

#[tokio::test]
async fn a_person_adds_a_passkey_and_signs_in_with_nothing_else() {
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        let (person, codes) = enrolled(&tab).await;
        assert_eq!(codes.len(), 10, "{codes:?}");

        tab.opens(login_page(&app())).await;
        assert_eq!(tab.follows(&format!("{SIGN_IN} button")).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
        assert_eq!(stack().mails_to(&person.email).await.len(), 2, "the code, and one notice of the passkey");
    })
    .await;
}

#[tokio::test]
async fn every_other_way_in_asks_for_the_passkey_and_then_leads_on() {
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        let (person, _) = enrolled(&tab).await;
        comes_halfway(&tab, &person).await;
        is_accessible(&tab).await;
        fits(&tab).await;
        assert_eq!(tab.follows(&format!("{SHOW} button")).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed_where_the_sign_in_is_protected() {
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        let (person, _) = enrolled(&tab).await;
        tab.opens(at("/login?lang=en")).await;
        assert_eq!(tab.follows(&format!("{SIGN_IN} button")).await, 200);
        tab.opens(at("/login/security?lang=en")).await;
        is_accessible(&tab).await;
        fits(&tab).await;
        assert_eq!(tab.reads(".passkey h3").await, "Chrome on Linux");

        tab.call("click", json!([".passkey summary"])).await;
        tab.fills("form[action$='/rename'] input[name=name]", "Ada’s <phone>").await;
        assert_eq!(tab.follows("form[action$='/rename'] button").await, 200);
        assert_eq!(tab.url().await.path(), "/login/security");
        assert_eq!(tab.reads(".passkey h3").await, "Ada’s <phone>");

        tab.call("click", json!([".passkey summary"])).await;
        assert_eq!(tab.follows("form[action$='/remove'] button").await, 200);
        assert_eq!((tab.url().await.path(), tab.count(".passkey").await), ("/login/security", 0));
        tab.opens(at("/login")).await;
        tab.follows(&format!("{SIGN_OUT} button")).await;
        signs_in_by_code(&tab, &person, &app()).await;
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn who_is_not_recognised_by_their_authenticator_stays_outside_and_is_told() {
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        let (_, _) = enrolled(&tab).await;
        tab.call("recognises", json!([false])).await;
        tab.opens(at("/login?lang=en")).await;
        tab.call("click", json!([format!("{SIGN_IN} button")])).await;
        tab.sees(&format!("{SIGN_IN} [data-failed]")).await;
        assert_eq!(tab.url().await.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn without_scripts_the_page_says_so_and_a_recovery_code_helps() {
    let mut known = None;
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        known = Some(enrolled(&tab).await);
    })
    .await;
    let (person, codes) = known.unwrap();
    browse(without_scripts(), async |browser| {
        let tab = browser.tab().await;
        tab.opens(at("/login")).await;
        assert!(!tab.call("isVisible", json!([format!("{SIGN_IN} button")])).await.as_bool().unwrap());
        comes_halfway(&tab, &person).await;
        tab.sees("[data-unsupported]").await;
        assert_eq!(tab.follows("main .links a").await, 200);
        tab.fills("input[name=code]", &codes[0]).await;
        assert_eq!(tab.follows("form[action='/v1/auth/second-factor'] button").await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

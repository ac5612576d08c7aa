//! The second factor's page, between whatever way in and the target.

use super::{app, at, browse_twice, is_sent_back, is_signed_in, is_signed_out, login_page, stack};
use crate::harness::{Authenticator, Person};

const FORM: &str = "form[action='/v1/auth/second-factor']";
const HONEST: &str = "a[href^='/v1/auth/login/honest']";

/// Somebody who has set up an authenticator app.
pub async fn enrolled() -> (Person, Authenticator) {
    let (visitor, person) = (stack().visitor(), Person::new());
    let app = visitor.enrols(&visitor.signs_in(&person).await).await;
    (person, app)
}

/// Signs in as far as the question for the second factor.
pub async fn comes_halfway(tab: &super::Tab, person: &Person) {
    tab.opens(login_page(&app())).await;
    tab.follows(HONEST).await;
    assert_eq!(is_sent_back(tab, person, |_| {}).await, 200);
    assert_eq!(tab.url().await.path(), "/login/second-factor");
}

/// Types a code and sends it; gives the status of what comes next.
async fn answers(tab: &super::Tab, code: &str) -> u64 {
    tab.fills("input[name=code]", code).await;
    tab.follows(&format!("{FORM} button")).await
}

#[tokio::test]
async fn a_code_of_the_app_leads_on_to_the_target() {
    browse_twice(async |browser| {
        let (person, authenticator) = enrolled().await;
        let tab = browser.tab().await;
        comes_halfway(&tab, &person).await;
        assert_eq!(answers(&tab, &authenticator.code().await).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn halfway_is_not_signed_in() {
    browse_twice(async |browser| {
        let (person, _) = enrolled().await;
        let tab = browser.tab().await;
        comes_halfway(&tab, &person).await;
        is_signed_out(&tab).await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_code_is_said_beside_its_field_and_a_recovery_code_helps() {
    browse_twice(async |browser| {
        let (person, authenticator) = enrolled().await;
        let tab = browser.tab().await;
        comes_halfway(&tab, &person).await;
        answers(&tab, &authenticator.wrong_code()).await;
        assert_eq!(tab.url().await.path(), "/login/second-factor");
        tab.sees("#fault[role=alert]").await;
        tab.sees("input[name=code][aria-invalid=true]").await;
        assert_eq!(tab.follows("main .links a").await, 200);
        assert_eq!(answers(&tab, &authenticator.recovery_codes[0]).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn who_comes_by_the_social_contract_is_asked_on_our_page() {
    browse_twice(async |browser| {
        let (person, authenticator) = enrolled().await;
        let tab = browser.tab().await;
        tab.opens(at("/auth/social/honest")).await;
        assert_eq!(is_sent_back(&tab, &person, |_| {}).await, 200);
        assert_eq!(tab.url().await.path(), "/login/second-factor");
        assert_eq!(answers(&tab, &authenticator.code().await).await, 200);
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

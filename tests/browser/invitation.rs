//! Somebody who was invited comes in by clicking alone.

use std::sync::LazyLock;

use serde_json::json;

use super::{BrowserContext, NO_LIMITS, app, without_scripts};
use crate::contracts::{self, KEY};
use crate::harness::{Call, Person, Stack};

const FORM: &str = "form[action='/v1/auth/invites/accept']";
const PROVIDER: &str = "a[href^='/v1/auth/login/honest']";

/// A stack that nobody joins uninvited.
fn inviting() -> &'static Stack {
    static INVITING: LazyLock<Stack> = LazyLock::new(|| {
        let targets = format!("ALLOWED_REDIRECTS={}", app());
        let settings = [&NO_LIMITS[..], &["ACTOR_TYPES=member:invite", &targets]].concat();
        Stack::start(4, &settings, &contracts::rows(contracts::secret()))
    });
    &INVITING
}

/// The link that somebody is mailed who is invited there.
pub async fn mailed(stack: &Stack, person: &Person) -> String {
    let visitor = stack.visitor();
    let wish = json!({ "email": person.email });
    visitor.send(Call::post("/v1/auth/invites").bearer(KEY).json(&wish)).await.data();
    let mail = visitor.newest_mail(&person.email).await;
    mail.lines().find(|line| line.starts_with("http")).unwrap_or_else(|| panic!("no link in {mail}")).to_owned()
}

/// Somebody does something in a browser of their own, with scripts and without.
async fn browse_twice(claim: impl AsyncFn(&BrowserContext)) {
    for options in [json!({}), without_scripts()] {
        eprintln!("with {options}");
        let profile = BrowserContext::with(options).await;
        claim(&profile).await;
        profile.is_content(&inviting().url).await;
    }
}

async fn is_signed_in(tab: &super::BrowserTab, email: &str) {
    assert_eq!(tab.opens(format!("{}/login", inviting().url)).await, 200);
    tab.sees(super::SIGN_OUT).await;
    let page = tab.reads("main").await;
    assert!(page.contains(email), "{page}");
}

#[tokio::test]
async fn an_invitation_is_accepted_with_one_button() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        assert_eq!(tab.opens(mailed(inviting(), &person).await).await, 200);
        let page = tab.reads("main").await;
        assert!(page.contains(&person.email), "{page}");
        assert_eq!(tab.follows(&format!("{FORM} button")).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_accepted_with_an_account_elsewhere() {
    browse_twice(async |browser| {
        let (invited, person) = (Person::new(), Person::new());
        let tab = browser.tab().await;
        tab.opens(mailed(inviting(), &invited).await).await;
        tab.follows(PROVIDER).await;
        assert_eq!(super::is_sent_back(&tab, &person, |_| {}).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &invited.email).await;
    })
    .await;
}

#[tokio::test]
async fn no_other_site_leads_to_a_provider_with_an_invitation() {
    browse_twice(async |browser| {
        let tab = browser.tab().await;
        let link = mailed(inviting(), &Person::new()).await;
        let (_, secret) = link.split_once("token=").unwrap();
        tab.opens(app()).await;
        let start = format!("{}/v1/auth/login/honest?actor_type=member&invite={secret}", inviting().url);
        tab.becomes(&format!("<a href='{start}'>a prize</a>").replace('&', "&amp;")).await;
        assert_eq!(tab.follows("a").await, 403);
    })
    .await;
}

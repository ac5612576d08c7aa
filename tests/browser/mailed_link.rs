//! The mailed link: in the browser that asked, in another one, in a scanner's; and the mail that it comes in.

use std::sync::LazyLock;

use serde_json::json;

use super::{
    CODE_FORM, NO_LIMITS, SIGN_OUT, app, asks_for_mail, at, browse, browse_twice, form, is_signed_in, is_signed_out,
    login_page, mailed_link, stack,
};
use crate::harness::{Call, Person, Stack};
use crate::lies::LIES;

/// A stack whose links work only in the browser that asked for them.
pub fn refusing() -> &'static Stack {
    static REFUSING: LazyLock<Stack> = LazyLock::new(|| {
        let settings = [&NO_LIMITS[..], &["LINK_IN_OTHER_BROWSER=refuse"]].concat();
        Stack::start(4, &settings, &LIES.rows())
    });
    &REFUSING
}

/// Asks for a mail in a browser that is then closed; gives the link.
async fn asked_for_elsewhere(person: &Person) -> String {
    browse(json!({}), async |first| {
        let tab = first.tab().await;
        tab.opens(login_page(&app())).await;
        asks_for_mail(&tab, &person.email).await;
    })
    .await;
    mailed_link(&person.email).await
}

#[tokio::test]
async fn another_browser_is_told_so_and_may_go_on() {
    browse_twice(async |other| {
        let person = Person::new();
        let link = asked_for_elsewhere(&person).await;
        let tab = other.tab().await;
        assert_eq!(tab.opens(link).await, 200);
        tab.sees(".note").await;
        assert_eq!(tab.follows(&format!("{CODE_FORM} button")).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn another_browser_is_sent_to_the_first_where_that_is_the_rule() {
    let person = Person::new();
    let (first, other) = (super::BrowserContext::with(json!({})).await, super::BrowserContext::with(json!({})).await);
    let tab = first.tab().await;
    tab.opens(format!("{}/login", refusing().url)).await;
    asks_for_mail(&tab, &person.email).await;
    let mail = refusing().visitor().newest_mail(&person.email).await;
    let link = mail.split_whitespace().find(|word| word.contains("token=")).unwrap();

    let stranger = other.tab().await;
    stranger.opens(link).await;
    assert_eq!(stranger.count(CODE_FORM).await, 0, "{}", stranger.reads("main").await);
    assert_eq!(stranger.count("h1").await, 1);

    assert_eq!(tab.opens(link).await, 200);
    assert_eq!(tab.follows(&format!("{CODE_FORM} button")).await, 200);
    assert!(tab.reads("main").await.contains(&person.email));
    first.is_content(&refusing().url).await;
    other.is_content(&refusing().url).await;
}

#[tokio::test]
async fn a_link_that_was_used_says_so_and_offers_a_new_start() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        tab.opens(login_page(&app())).await;
        asks_for_mail(&tab, &person.email).await;
        let link = mailed_link(&person.email).await;
        tab.opens(&link).await;
        tab.follows(&format!("{CODE_FORM} button")).await;
        assert_eq!(tab.opens(&link).await, 400);
        assert_eq!(tab.count(CODE_FORM).await, 0);
        assert_eq!(tab.follows("main a").await, 200);
        assert_eq!(tab.url().await.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn the_tab_that_waits_learns_that_the_link_was_opened_in_another_and_leads_on() {
    browse(json!({}), async |browser| {
        let (waiting, person) = (browser.tab().await, Person::new());
        waiting.opens(login_page(&app())).await;
        asks_for_mail(&waiting, &person.email).await;
        let tab = browser.tab().await;
        tab.opens(mailed_link(&person.email).await).await;
        tab.follows(&format!("{CODE_FORM} button")).await;
        waiting.evaluates("void window.dispatchEvent(new Event('focus'))").await;
        waiting.sees(SIGN_OUT).await;
        assert_eq!(waiting.follows("a.main").await, 200);
        assert_eq!(waiting.url().await.as_str(), app());
    })
    .await;
}

#[tokio::test]
async fn a_scanner_leaves_the_link_usable() {
    let person = Person::new();
    let link = asked_for_elsewhere(&person).await;
    let scanner = stack().visitor();
    let path = link.strip_prefix(&stack().url).expect("a link to us");
    for method in ["HEAD", "OPTIONS"] {
        scanner.send(Call::new(method, path)).await;
    }
    for _ in 0..100 {
        assert_eq!(scanner.send(Call::get(path)).await.status, 200);
    }
    // One that runs scripts, waits, and follows every link of the page.
    browse(json!({}), async |scanner| {
        let tab = scanner.tab().await;
        tab.opens(&link).await;
        tab.call("waitForTimeout", json!([1000])).await;
        let links = tab.evaluates("Array.from(document.links, (link) => link.href)").await;
        for address in links.as_array().unwrap() {
            tab.opens(address.as_str().unwrap()).await;
        }
        is_signed_out(&tab).await;
    })
    .await;
    browse_once_more(&person, &link).await;
}

async fn browse_once_more(person: &Person, link: &str) {
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        assert_eq!(tab.opens(link).await, 200);
        assert_eq!(tab.follows(&format!("{CODE_FORM} button")).await, 200);
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn the_mail_shows_without_asking_anybody_for_anything() {
    let person = Person::new();
    asked_for_elsewhere(&person).await;
    let mails = stack().mails_to(&person.email).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    let html = mail["html"].as_str().unwrap().to_owned();
    assert!(!html.contains("<script") && !html.contains(" src="), "{html}");
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        // As a mail client shows it, and without the policy that our mailbox adds.
        tab.opens(app()).await;
        let before = browser.requests().await.len();
        for (scheme, width) in [("light", 800), ("dark", 800), ("light", 320)] {
            tab.call("emulateMedia", json!([{ "colorScheme": scheme }])).await;
            tab.call("setViewportSize", json!([{ "width": width, "height": 700 }])).await;
            tab.becomes(&html).await;
            assert!(tab.reads("body").await.contains("token="));
            assert!(tab.evaluates("document.documentElement.scrollWidth").await.as_u64().unwrap() <= width);
        }
        assert_eq!(browser.requests().await.len(), before, "{:?}", browser.requests().await);
        let id = mail["id"].as_str().unwrap();
        assert_eq!(tab.opens(at(&format!("/_local/mail/{id}/html"))).await, 200);
        assert_eq!(browser.requests().await.len(), before + 1, "{:?}", browser.requests().await);
    })
    .await;
}

#[tokio::test]
async fn nothing_that_an_outsider_says_becomes_markup_in_a_mail_or_on_a_page() {
    let evil = "<img/src=x>&\"'";
    let email = format!("\"{evil}\"@people.example");
    let odd = format!("o'<b>{}", Person::new().email);
    for (address, agent) in
        [(&email, "x"), (&odd, "x"), (&Person::new().email, "Mozilla/5.0 (<b>evil</b>) Firefox/1\"'")]
    {
        let call = form("/v1/auth/magic-link", &[("email", address), ("return_to", &app()), ("lang", "<b>")])
            .header("user-agent", agent)
            .header("accept-language", "<b>evil</b>");
        let answer = stack().visitor().send(call).await;
        let page = String::from_utf8_lossy(&answer.body);
        for mark in ["<b>", "<img/src", "\"'\""] {
            assert!(!page.contains(mark), "{mark} in {page}");
            for mail in stack().mails_to(address).await {
                assert!(!mail["html"].as_str().unwrap().contains(mark), "{mark} in {mail}");
            }
        }
    }
}

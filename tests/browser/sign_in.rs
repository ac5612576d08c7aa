//! The ways in, clicked through from the first page to the last.

use serde_json::json;
use url::Url;

use super::{
    CODE_FORM, MAIL_FORM, app, asks_for_mail, at, browse_twice, consents, is_signed_in, login_page, mailed_code,
    mailed_link, sessions_of, signs_in_by_code, stack,
};
use crate::harness::{Certified, Person};

/// A provider's button on the sign-in page.
const CERTIFIED: &str = "a[href^='/v1/auth/login/certified']";

#[tokio::test]
async fn a_person_signs_in_at_a_certified_provider() {
    browse_twice(async |browser| {
        let person = Certified::person();
        let tab = browser.tab().await;
        assert_eq!(tab.opens(login_page(&app())).await, 200);
        assert_eq!(tab.follows(CERTIFIED).await, 200);
        assert_eq!(consents(&tab, &person).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn an_app_can_link_straight_to_a_provider() {
    browse_twice(async |browser| {
        let person = Certified::person();
        let tab = browser.tab().await;
        let start = Url::parse_with_params(&at("/v1/auth/login/certified"), [("redirect_uri", app())]).unwrap();
        assert_eq!(tab.opens(start).await, 200);
        assert_eq!(consents(&tab, &person).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn a_person_who_declines_at_the_provider_is_told_so_on_our_page() {
    browse_twice(async |browser| {
        let tab = browser.tab().await;
        tab.opens(at("/login")).await;
        tab.follows(CERTIFIED).await;
        assert_eq!(tab.follows("a[href$='/abort']").await, 200);
        let page = tab.url().await;
        assert_eq!((page.path(), page.query().unwrap().contains("error=ACCESS_DENIED")), ("/login", true), "{page}");
        tab.sees("[role=alert]").await;
        tab.sees(MAIL_FORM).await;
    })
    .await;
}

#[tokio::test]
async fn a_person_signs_in_by_mailed_link() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        tab.opens(login_page(&app())).await;
        asks_for_mail(&tab, &person.email).await;
        assert_eq!(tab.opens(mailed_link(&person.email).await).await, 200);
        assert!(tab.reads("main").await.contains(&person.email));
        assert_eq!(tab.follows(&format!("{CODE_FORM} button")).await, 200);
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn a_person_signs_in_by_mailed_code() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        signs_in_by_code(&tab, &person, &app()).await;
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn who_names_no_target_ends_at_our_page() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        tab.opens(at("/login")).await;
        asks_for_mail(&tab, &person.email).await;
        tab.fills("input[name=code]", &mailed_code(&person.email).await).await;
        assert_eq!(tab.follows(&format!("{CODE_FORM} button")).await, 200);
        assert_eq!(tab.url().await.path(), "/login");
        assert!(tab.reads("main").await.contains(&person.email));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_code_tells_how_many_tries_are_left_and_the_right_one_still_works() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        tab.opens(login_page(&app())).await;
        asks_for_mail(&tab, &person.email).await;
        tab.fills("input[name=code]", "2222-2222").await;
        tab.follows(&format!("{CODE_FORM} button")).await;
        assert_eq!(tab.url().await.path(), "/login/check-mail");
        assert!(tab.reads("[role=alert]").await.contains('4'));
        tab.fills("input[name=code]", &mailed_code(&person.email).await).await;
        assert_eq!(tab.follows(&format!("{CODE_FORM} button")).await, 200);
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn a_mistyped_address_stands_in_its_field_with_the_fault_beside_it() {
    browse_twice(async |browser| {
        let tab = browser.tab().await;
        tab.opens(at("/login")).await;
        // Chromium would not send what it takes for no address.
        tab.evaluates("void (document.querySelector('input[name=email]').form.noValidate = true)").await;
        tab.fills("input[name=email]", "ada@").await;
        assert_eq!(tab.follows(&format!("{MAIL_FORM} button")).await, 400);
        assert_eq!(tab.evaluates("document.querySelector('input[name=email]').value").await, "ada@");
        tab.sees("input[name=email][aria-invalid=true][aria-describedby~=fault]").await;
        tab.sees("#fault[role=alert]").await;
        tab.fills("input[name=email]", &Person::new().email).await;
        assert_eq!(tab.follows(&format!("{MAIL_FORM} button")).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_keyboard_is_enough() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        tab.opens(login_page(&app())).await;
        reaches(&tab, "input[name=email]").await;
        tab.call("keyboard.type", json!([person.email])).await;
        assert_eq!(tab.enters("Enter").await, 200);
        reaches(&tab, "input[name=code]").await;
        tab.call("keyboard.type", json!([mailed_code(&person.email).await])).await;
        reaches(&tab, &format!("{CODE_FORM} button")).await;
        assert_eq!(tab.enters("Space").await, 200);
        is_signed_in(&tab, &person.email).await;
        reaches(&tab, super::SIGN_OUT).await;
        assert_eq!(tab.enters("Enter").await, 200);
        tab.sees(MAIL_FORM).await;
    })
    .await;
}

/// Presses Tab until the element has the focus, and that is to be seen.
async fn reaches(tab: &super::BrowserTab, selector: &str) {
    for _ in 0..40 {
        if tab.evaluates(&format!("document.activeElement.matches({})", json!(selector))).await == true {
            let outline = "getComputedStyle(document.activeElement)";
            let seen = format!("{outline}.outlineStyle !== 'none' || {outline}.boxShadow !== 'none'");
            assert_eq!(tab.evaluates(&seen).await, true, "the focus on {selector} is to be seen");
            return;
        }
        tab.presses("Tab").await;
    }
    panic!("Tab does not lead to {selector}");
}

#[tokio::test]
async fn two_tabs_at_once_both_finish() {
    browse_twice(async |browser| {
        let people = [Certified::person(), Certified::person()];
        let tabs = [browser.tab().await, browser.tab().await];
        for tab in &tabs {
            tab.opens(login_page(&app())).await;
            tab.follows(CERTIFIED).await;
        }
        for (tab, person) in tabs.iter().zip(&people) {
            // The provider remembers who logged in last, and would not ask the second time.
            browser.call("clearCookies", json!([{ "name": "_session" }])).await;
            browser.call("clearCookies", json!([{ "name": "_session.sig" }])).await;
            assert_eq!(consents(tab, person).await, 200);
            assert_eq!(tab.url().await.as_str(), app());
            is_signed_in(tab, &person.email).await;
        }
    })
    .await;
}

#[tokio::test]
async fn two_tabs_at_once_both_finish_by_mail() {
    browse_twice(async |browser| {
        let (first, second) = (Person::new(), Person::new());
        let tabs = [browser.tab().await, browser.tab().await];
        for (tab, person) in tabs.iter().zip([&first, &second]) {
            tab.opens(login_page(&app())).await;
            asks_for_mail(tab, &person.email).await;
        }
        for (tab, person) in tabs.iter().zip([&first, &second]) {
            tab.fills("input[name=code]", &mailed_code(&person.email).await).await;
            assert_eq!(tab.follows(&format!("{CODE_FORM} button")).await, 200);
            assert_eq!(tab.url().await.as_str(), app());
            is_signed_in(tab, &person.email).await;
        }
    })
    .await;
}

#[tokio::test]
async fn going_back_after_signing_in_shows_no_error_and_begins_no_second_session() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        signs_in_by_code(&tab, &person, &app()).await;
        // To the page that waits for the code, and to the sign-in page.
        for _ in 0..2 {
            let status = tab.call("goBack", json!([])).await;
            assert!(status.is_null() || status == 200, "{} answered {status}", tab.url().await);
            assert!(tab.url().await.as_str().starts_with(&stack().url));
        }
        is_signed_in(&tab, &person.email).await;
        assert_eq!(sessions_of(&person.email).await, 1);
    })
    .await;
}

#[tokio::test]
async fn going_back_after_a_provider_shows_no_error_and_begins_no_second_session() {
    browse_twice(async |browser| {
        let person = Certified::person();
        let tab = browser.tab().await;
        tab.opens(login_page(&app())).await;
        tab.follows(CERTIFIED).await;
        consents(&tab, &person).await;
        // Past the provider's pages, to ours.
        for _ in 0..8 {
            let status = tab.call("goBack", json!([])).await;
            if tab.url().await.as_str().starts_with(&stack().url) {
                assert!(status.is_null() || status == 200, "{} answered {status}", tab.url().await);
                break;
            }
        }
        assert_eq!(tab.url().await.path(), "/login");
        is_signed_in(&tab, &person.email).await;
        assert_eq!(sessions_of(&person.email).await, 1);
    })
    .await;
}

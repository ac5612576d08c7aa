//! Every page that a person can meet, looked at from all sides.

use std::collections::BTreeSet;

use serde_json::json;
use url::Url;

use super::{
    BrowserContext, BrowserTab, CODE_FORM, MAIL_FORM, app, asks_for_mail, at, browse, fits, form, invitation,
    is_accessible, is_sent_back, login_page, mailed_link, second_factor, signs_in_by_code, stack, under_way,
};
use crate::harness::{Call, Person, SessionTokens};
use crate::identities::links;
use crate::mailbox;

/// A tab for every page, by name.
async fn every_page(browser: &BrowserContext) -> Vec<(&'static str, BrowserTab)> {
    let visitor = stack().visitor();
    let mut pages = Vec::new();
    let refused = login_page("https://evil.example/");
    let unbound = at(&format!("/v1/auth/callback/honest?code=c&state={}", "s".repeat(43)));
    for (name, address, status) in [
        ("sign in", at("/login"), 200),
        ("sign in, after a failure", at("/login?error=ACCESS_DENIED"), 200),
        ("refused target", refused, 400),
        ("no such page", at("/login/nowhere"), 404),
        ("no such provider", at("/v1/auth/login/nobody"), 400),
        ("refused target at a provider", at("/v1/auth/login/honest?redirect_uri=https%3A%2F%2Fevil.example%2F"), 400),
        ("callback without a sign-in", unbound, 400),
        ("mail of nobody", at("/login/check-mail?request=mlr_AAAAAAAAAAAAAAAAAAAAAA"), 400),
        ("link that is none", at(&format!("/v1/auth/verify?token={}", "A".repeat(43))), 400),
        ("invitation needed", at("/login/registration"), 200),
        ("a problem once more", at("/login/problem?error=INVITE_USED"), 200),
    ] {
        let tab = browser.tab().await;
        assert_eq!(tab.opens(&address).await, status, "{name}: {}", tab.reads("body").await);
        pages.push((name, tab));
    }
    let (person, other) = (Person::new(), Person::new());

    let tab = browser.tab().await;
    tab.opens(at("/login")).await;
    tab.evaluates("void (document.querySelector('input[name=email]').form.noValidate = true)").await;
    tab.fills("input[name=email]", "ada@").await;
    tab.follows(&format!("{MAIL_FORM} button")).await;
    pages.push(("mistyped address", tab));

    for name in ["check your mail", "wrong code", "code tried too often"] {
        let tab = browser.tab().await;
        tab.opens(login_page(&app())).await;
        asks_for_mail(&tab, &if name == "check your mail" { person.clone() } else { Person::new() }.email).await;
        let tries = ["check your mail", "wrong code"].iter().position(|known| *known == name).unwrap_or(5);
        for _ in 0..tries {
            tab.fills("input[name=code]", "2222-2222").await;
            tab.follows(&format!("{CODE_FORM} button")).await;
        }
        // It would go on by itself as soon as somebody signs in here.
        tab.evaluates("void (window.fetch = () => new Promise(() => {}))").await;
        pages.push((name, tab));
    }

    let tab = browser.tab().await;
    tab.opens(mailed_link(&person.email).await).await;
    pages.push(("mailed link", tab));

    let tab = browser.tab().await;
    tab.opens(login_page(&app())).await;
    let late = Person::new();
    asks_for_mail(&tab, &late.email).await;
    let link = mailed_link(&late.email).await;
    let (_, token) = link.split_once("token=").unwrap();
    stack().visitor().send(form("/v1/auth/verify", &[("token", token)])).await;
    tab.opens(tab.url().await).await;
    pages.push(("code used", tab));
    let tab = browser.tab().await;
    assert_eq!(tab.opens(&link).await, 400);
    pages.push(("used link", tab));

    stack().visitor().send(form("/v1/auth/magic-link", &[("email", &other.email), ("return_to", &app())])).await;
    let tab = browser.tab().await;
    tab.opens(mailed_link(&other.email).await).await;
    pages.push(("mailed link of another browser", tab));

    let (here, elsewhere) = (Person::new(), Person::new());
    let (_, owner) = (visitor.signs_in_by_link(&here.email).await, visitor.signs_in_by_link(&elsewhere.email).await);
    let tab = browser.tab().await;
    tab.opens(Url::parse_with_params(&at("/v1/auth/login/github"), [("redirect_uri", app())]).unwrap()).await;
    assert_eq!(is_sent_back(&tab, &here, |_| {}).await, 200);
    pages.push(("identity that waits for its mailbox", tab));
    mailbox::asked(stack(), &elsewhere).await;
    for (name, person) in [("identity to join", &here), ("identity of another browser", &elsewhere)] {
        let tab = browser.tab().await;
        assert_eq!(tab.opens(mailed_link(&person.email).await).await, 200, "{name}");
        pages.push((name, tab));
    }

    links(&visitor, &owner, "honest", &Person::new()).await.data();
    // The mail is in the account's language, and asks for its page in the same.
    let notice = mailed_link(&elsewhere.email).await.replace("&lang=en", "");
    for (name, status) in [("notice", 200), ("undone", 200), ("used notice", 400)] {
        let tab = browser.tab().await;
        assert_eq!(tab.opens(&notice).await, status, "{name}");
        if name == "undone" {
            assert_eq!(tab.follows("form[action='/v1/auth/undo'] button").await, 200);
        }
        pages.push((name, tab));
    }

    for (name, used) in [("invitation", false), ("used invitation", true)] {
        let tab = browser.tab().await;
        let link = invitation::mailed(stack(), &Person::new()).await;
        if used {
            let (_, secret) = link.split_once("token=").unwrap();
            stack().visitor().send(form("/v1/auth/invites/accept", &[("token", secret)])).await;
        }
        assert_eq!(tab.opens(link).await, if used { 400 } else { 200 });
        pages.push((name, tab));
    }

    let (enrolled, _) = second_factor::enrolled().await;
    for (name, method) in [("second factor", ""), ("second factor, by recovery code", "&method=recovery_code")] {
        let tab = browser.tab().await;
        second_factor::comes_halfway(&tab, &enrolled).await;
        let page = tab.url().await;
        tab.opens(format!("{page}{method}")).await;
        pages.push((name, tab));
    }

    // Its script would leave at once.
    browser.call("replace", json!(["**/login/doorward.js", ""])).await;
    let tab = browser.tab().await;
    tab.opens(at("/v1/auth/login/apple")).await;
    let started = under_way(&tab).await;
    tab.becomes(&format!(
        "<form method=post action='{}'><input name=state value='{}'><input name=code value=c><button>go</button></form>",
        at("/v1/auth/callback/apple"),
        started.state
    ))
    .await;
    assert_eq!(tab.follows("button").await, 200);
    pages.push(("once more", tab));
    browser.call("unrouteAll", json!([])).await;

    let tab = browser.tab().await;
    tab.opens(app()).await;
    let foreign = format!("<form method=post action='{}'>", at("/v1/auth/magic-link"));
    tab.becomes(&format!("{foreign}<input name=email value='{}'><button>go</button></form>", other.email)).await;
    assert_eq!(tab.follows("button").await, 403);
    pages.push(("form of another site", tab));

    signs_in_by_code(&browser.tab().await, &person, &app()).await;
    for (name, address) in [("signed in", at("/login")), ("signed in, with a target", login_page(&app()))] {
        let tab = browser.tab().await;
        assert_eq!(tab.opens(address).await, 200);
        pages.push((name, tab));
    }

    let security = at("/login/security");
    for name in ["security", "enrolment", "enrolment, after a wrong code", "recovery codes", "security, with an app"] {
        let tab = browser.tab().await;
        assert_eq!(tab.opens(&security).await, 200, "{name}");
        if !name.starts_with("security") {
            let authenticator = second_factor::is_shown_a_key(&tab).await;
            match name {
                "enrolment, after a wrong code" => {
                    assert_eq!(second_factor::confirms(&tab, &authenticator.wrong_code()).await, 400);
                }
                "recovery codes" => {
                    assert_eq!(second_factor::confirms(&tab, &authenticator.code().await).await, 200);
                }
                _ => {}
            }
        }
        pages.push((name, tab));
    }

    // Their passkey was added by this very session, which has yet to show it.
    let stepping_up = Person::new();
    browser.call("clearCookies", json!([])).await;
    signs_in_by_code(&browser.tab().await, &stepping_up, &app()).await;
    let cookies = browser.cookies().await;
    let kept = cookies.iter().find(|cookie| cookie["name"] == "__Host-doorward-session").unwrap();
    let cookie = format!("__Host-doorward-session={}", kept["value"].as_str().unwrap());
    let mut own = visitor.send(Call::get("/v1/auth/session").header("cookie", cookie)).await.data();
    own["refreshToken"] = json!("");
    visitor.adds_passkey(&SessionTokens::of(&own)).await;
    let tab = browser.tab().await;
    assert_eq!(tab.opens(&security).await, 200);
    tab.sees("form[action='/v1/auth/second-factor/step-up']").await;
    pages.push(("security, before a step-up", tab));

    for (_, tab) in &pages {
        tab.evaluates("document.querySelectorAll('details').forEach((folded) => { folded.open = true; })").await;
    }
    pages
}

#[tokio::test]
async fn axe_finds_nothing_on_any_page_light_or_dark_at_a_desk_or_on_a_phone() {
    browse(json!({}), async |browser| {
        for (name, tab) in every_page(browser).await {
            eprintln!("{name}");
            is_accessible(&tab).await;
        }
    })
    .await;
}

#[tokio::test]
async fn every_page_fits_the_narrowest_screen_and_grows_with_the_text() {
    browse(json!({}), async |browser| {
        for (name, tab) in every_page(browser).await {
            eprintln!("{name}");
            fits(&tab).await;
            // WCAG 1.4.4: text at twice its size on a desk.
            tab.call("setViewportSize", json!([{ "width": 1280, "height": 800 }])).await;
            tab.evaluates("void (document.documentElement.style.fontSize = '200%')").await;
            let width = tab.evaluates("document.documentElement.scrollWidth").await;
            assert!(width.as_u64().unwrap() <= 1280, "{name} is {width} wide");
        }
    })
    .await;
}

#[tokio::test]
async fn every_page_speaks_the_language_of_the_persons_browser() {
    browse(json!({ "locale": "ja" }), async |browser| {
        for (name, tab) in every_page(browser).await {
            assert_eq!(tab.evaluates("document.documentElement.lang").await, "ja", "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_chosen_language_stays_while_the_person_waits_for_the_mail_and_is_the_mails_too() {
    browse(json!({ "locale": "en" }), async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        tab.opens(login_page(&app())).await;
        assert_eq!(tab.follows("footer a[hreflang=ja]").await, 200);
        assert_eq!(tab.evaluates("document.documentElement.lang").await, "ja");
        asks_for_mail(&tab, &person.email).await;
        assert_eq!(tab.evaluates("document.documentElement.lang").await, "ja");
        let mails = stack().mails_to(&person.email).await;
        assert!(mails[0]["html"].as_str().unwrap().contains("<html lang=\"ja\""), "{}", mails[0]);
        tab.fills("input[name=code]", "2222-2222").await;
        tab.follows(&format!("{CODE_FORM} button")).await;
        assert_eq!(tab.evaluates("document.documentElement.lang").await, "ja");
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_declined_answers_in_the_chosen_language() {
    browse(json!({ "locale": "en" }), async |browser| {
        let tab = browser.tab().await;
        tab.opens(at("/login?lang=fr")).await;
        tab.follows("a[href^='/v1/auth/login/honest']").await;
        let started = under_way(&tab).await;
        let back = [("error", "access_denied"), ("state", &started.state)];
        let back = Url::parse_with_params(&started.asks("redirect_uri"), back).unwrap();
        assert_eq!(tab.opens(back).await, 200);
        assert_eq!(tab.evaluates("document.documentElement.lang").await, "fr", "{}", tab.url().await);
    })
    .await;
}

#[tokio::test]
async fn a_page_is_one_request_beside_its_icon_and_script() {
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        tab.opens(at("/login")).await;
        asks_for_mail(&tab, &Person::new().email).await;
        let asked: BTreeSet<_> = browser.requests().await.iter().map(|url| url.path().to_owned()).collect();
        let expected = ["/login", "/login/check-mail", "/login/doorward.js", "/login/icon.svg", "/v1/auth/magic-link"];
        assert!(asked.iter().all(|path| expected.contains(&&path[..])), "{asked:?}");
    })
    .await;
}

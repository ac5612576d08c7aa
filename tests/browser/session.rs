//! The two cookies, and who may use them.

use serde_json::{Value, json};

use super::mailed_link::refusing;
use super::{
    BrowserContext, SIGN_OUT, app, asks_for_mail, at, browse_twice, is_signed_in, is_signed_out, login_page, sibling,
    signs_in_by_code,
};
use crate::harness::{Person, now};

const SESSION: &str = "__Host-doorward-session";
const MARK: &str = "__Host-doorward-known";
const TRANSACTION: &str = "__Host-doorward-tx-";

/// A cookie as the browser keeps it, but for its name and value: for this very host alone, and until then.
#[track_caller]
fn is_kept(cookie: &Value, seconds: i64) {
    let lasts = cookie["expires"].as_f64().unwrap() as i64 - now();
    assert!((seconds - 60..=seconds).contains(&lasts), "{cookie} lasts {lasts} s");
    let attributes = ["domain", "path", "httpOnly", "secure", "sameSite"].map(|name| &cookie[name]);
    // A domain without a dot before it is the host alone.
    assert_eq!(attributes, [&json!("localhost"), &json!("/"), &json!(true), &json!(true), &json!("Lax")], "{cookie}");
}

/// The one cookie is a transaction's, for so long.
async fn keeps_a_transaction(browser: &BrowserContext, seconds: i64) {
    let cookies = browser.cookies().await;
    let [cookie] = &cookies[..] else { panic!("{cookies:?}") };
    assert!(cookie["name"].as_str().unwrap().starts_with(TRANSACTION), "{cookie}");
    is_kept(cookie, seconds);
}

#[tokio::test]
async fn the_browser_keeps_a_sign_ins_cookie_for_this_host_alone_and_ten_minutes() {
    browse_twice(async |browser| {
        let tab = browser.tab().await;
        tab.opens(at("/v1/auth/login/honest")).await;
        keeps_a_transaction(browser, 600).await;
    })
    .await;
}

#[tokio::test]
async fn the_browser_keeps_a_mails_cookie_for_this_host_alone_and_an_hour_longer_than_its_code() {
    browse_twice(async |browser| {
        let tab = browser.tab().await;
        tab.opens(at("/login")).await;
        assert_eq!(browser.cookies().await, Vec::<Value>::new(), "looking at a page leaves no cookie");
        asks_for_mail(&tab, &Person::new().email).await;
        keeps_a_transaction(browser, 600 + 3600).await;
    })
    .await;
}

#[tokio::test]
async fn the_browser_keeps_the_session_for_this_host_alone_and_forgets_the_sign_in() {
    browse_twice(async |browser| {
        signs_in_by_code(&browser.tab().await, &Person::new(), &app()).await;
        let cookies = browser.cookies().await;
        let cookie = cookies.iter().find(|cookie| cookie["name"] == SESSION).unwrap_or_else(|| panic!("{cookies:?}"));
        let mark = cookies.iter().find(|cookie| cookie["name"] == MARK).unwrap_or_else(|| panic!("{cookies:?}"));
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        is_kept(mark, 365 * 24 * 60 * 60);
        is_kept(cookie, 90 * 24 * 60 * 60);
        let value = cookie["value"].as_str().unwrap();
        assert!(value.starts_with("ses_") && value.contains('.'), "an id and a secret: {value}");
    })
    .await;
}

#[tokio::test]
async fn signing_out_leaves_nothing_behind_and_the_old_cookie_opens_nothing() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        signs_in_by_code(&tab, &person, &app()).await;
        let kept = browser.cookies().await;
        is_signed_in(&tab, &person.email).await;
        assert_eq!(tab.follows(SIGN_OUT).await, 200);
        assert_eq!(tab.url().await.path(), "/login");
        let left: Vec<_> = browser.cookies().await.iter().map(|cookie| cookie["name"].clone()).collect();
        assert_eq!(left, [MARK], "what stays opens nothing");
        is_signed_out(&tab).await;
        browser.call("addCookies", json!([kept])).await;
        is_signed_out(&tab).await;
    })
    .await;
}

#[tokio::test]
async fn a_page_of_ours_renews_the_session_by_its_cookie_until_it_ends() {
    let browser = BrowserContext::with(json!({})).await;
    let tab = browser.tab().await;
    signs_in_by_code(&tab, &Person::new(), &app()).await;
    // Our hosted pages let no script ask for anything, so this is another page of the same origin.
    tab.opens(at("/")).await;
    let kept = browser.cookies().await;
    assert_eq!(asks(&tab, "POST", &at("/v1/auth/refresh")).await, json!([200, null]));
    assert_eq!(asks(&tab, "GET", &at("/v1/auth/session")).await, json!([200, null]));
    assert_eq!(asks(&tab, "POST", &at("/v1/auth/logout")).await, json!([200, null]));
    browser.call("addCookies", json!([kept])).await;
    assert_eq!(asks(&tab, "POST", &at("/v1/auth/refresh")).await, json!([401, "REFRESH_TOKEN_REVOKED"]));
    assert_eq!(asks(&tab, "GET", &at("/v1/auth/session")).await, json!([401, "UNAUTHORIZED"]));
}

/// What a script of the page's gets when it asks with the person's cookies: the status and the failure's code, or that
/// the browser keeps the answer from it.
async fn asks(tab: &super::BrowserTab, method: &str, address: &str) -> Value {
    let script = format!(
        "fetch({}, {{ method: '{method}', credentials: 'include' }}).then(async (answer) => [answer.status, \
         (await answer.json()).error ?? null], () => 'unreadable')",
        json!(address)
    );
    tab.evaluates(&script).await
}

#[tokio::test]
async fn a_front_end_on_an_allowed_sibling_host_may_use_the_cookie() {
    let browser = BrowserContext::with(json!({})).await;
    let tab = browser.tab().await;
    signs_in_by_code(&tab, &Person::new(), &app()).await;
    tab.opens(format!("{}/app", sibling())).await;
    assert_eq!(asks(&tab, "GET", &at("/v1/auth/session")).await, json!([200, null]));
    assert_eq!(asks(&tab, "POST", &at("/v1/auth/refresh")).await, json!([200, null]));
    assert_eq!(asks(&tab, "POST", &at("/v1/auth/logout")).await, json!([200, null]));
    assert_eq!(asks(&tab, "GET", &at("/v1/auth/session")).await, json!([401, "UNAUTHORIZED"]));
}

#[tokio::test]
async fn a_page_of_another_site_reads_nothing_and_ends_nothing() {
    let browser = BrowserContext::with(json!({})).await;
    let person = Person::new();
    let tab = browser.tab().await;
    signs_in_by_code(&tab, &person, &app()).await;
    tab.opens(app()).await;
    for (method, path) in
        [("GET", "/v1/auth/session"), ("POST", "/v1/auth/refresh"), ("POST", "/v1/auth/logout"), ("GET", "/login")]
    {
        assert_eq!(asks(&tab, method, &at(path)).await, "unreadable", "{method} {path}");
    }
    is_signed_in(&tab, &person.email).await;
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_out_and_renews_nothing() {
    browse_twice(async |browser| {
        let person = Person::new();
        let tab = browser.tab().await;
        signs_in_by_code(&tab, &person, &app()).await;
        let kept = browser.cookies().await;
        // From another site the cookie does not come along, so that nobody is there to be signed out; from a host of our
        // own site that nobody allowed, it does.
        let unlisted = format!("{}/_local/mail/", refusing().url);
        for (page, out, renewed) in [(app(), 200, 400), (unlisted, 403, 403)] {
            for (path, status) in [("/v1/auth/logout", out), ("/v1/auth/refresh", renewed)] {
                tab.opens(&page).await;
                tab.becomes(&format!("<form method=post action='{}'><button>win</button></form>", at(path))).await;
                assert_eq!(tab.follows("button").await, status, "{path} from {page}");
                assert_eq!(browser.cookies().await, kept, "{path} from {page}");
            }
        }
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn the_target_of_a_sign_in_cannot_be_somebody_elses() {
    browse_twice(async |browser| {
        let tab = browser.tab().await;
        for target in ["https://evil.example/", &format!("{}/", app()), &format!("{}?x=1", app()), "//evil.example"] {
            assert_eq!(tab.opens(login_page(target)).await, 400, "{target}");
            assert_eq!(tab.url().await.path(), "/login");
            assert!(!tab.call("content", json!([])).await.as_str().unwrap().contains("evil"), "{target}");
        }
    })
    .await;
}

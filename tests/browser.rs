//! What people meet in a browser: Debian's Chromium against the real functions, with scripts and without.

mod chromium;
mod form_post;
mod invitation;
mod local_pages;
mod mailed_link;
mod medusa;
mod pages;
mod passkey;
mod second_factor;
mod session;
mod sign_in;
mod social;

use std::sync::LazyLock;

use serde_json::{Value, json};
use url::Url;

use crate::contracts;
use crate::harness::{APP, Call, Certified, NO_PAUSE, Person, Stack, StartedSignIn};
use crate::lies::{LIES, Told};
use chromium::{BrowserContext, BrowserTab};

/// What browsers share: a stack, and a provider that it knows.
struct BrowserFixture {
    stack: Stack,
    /// Asked for nothing once it knows the stack, but it lives as long as its process is held.
    _certified: Certified,
}

/// All browsers come from one address, so that limits by source would hit the innocent.
const NO_LIMITS: [&str; 3] = [NO_PAUSE, "LIMIT_MAILS_PER_SOURCE_PER_HOUR=10000", "LIMIT_LOGINS_PER_SOURCE=10000"];

static WORLD: LazyLock<BrowserFixture> = LazyLock::new(|| {
    let mut certified = Certified::start();
    let mut rows = LIES.rows();
    rows.as_object_mut().unwrap().retain(|name, _| ["honest", "apple", "github", "google"].contains(&&name[..]));
    rows["certified"] = certified.row();
    rows["external"] = contracts::rows(contracts::secret())["external"].take();
    let targets = format!("ALLOWED_REDIRECTS={APP},{}", app());
    let origins = format!("ALLOWED_ORIGINS={}", sibling());
    let settings = [&NO_LIMITS[..], &[&targets, &origins]].concat();
    let stack = Stack::start(4, &settings, &rows);
    certified.turns(&format!("{}/v1/auth/callback/certified", stack.url));
    BrowserFixture { stack, _certified: certified }
});

fn stack() -> &'static Stack {
    &WORLD.stack
}

/// The address of a page of ours.
fn at(path: &str) -> String {
    format!("{}{path}", stack().url)
}

/// Where people come back to: a page of another site (127.0.0.1 is not localhost).
fn app() -> String {
    format!("{}/app", LIES.url)
}

/// The origin of a front end on another host of our own site.
fn sibling() -> String {
    LIES.url.replace("127.0.0.1", "localhost")
}

/// The address of the sign-in page that leads to a target.
fn login_page(return_to: &str) -> String {
    Url::parse_with_params(&at("/login"), [("return_to", return_to)]).unwrap().into()
}

/// Options of a browser whose scripts are switched off.
fn without_scripts() -> Value {
    json!({ "javaScriptEnabled": false })
}

/// Somebody does something in a browser of their own. Whatever it is, our pages ask nobody but us for anything, and
/// nothing is wrong with them that Chromium would tell a developer.
async fn browse(options: Value, claim: impl AsyncFnOnce(&BrowserContext)) {
    let profile = BrowserContext::with(options).await;
    claim(&profile).await;
    profile.is_content(&stack().url).await;
}

/// What holds with scripts and without.
async fn browse_twice(claim: impl AsyncFn(&BrowserContext)) {
    browse(json!({}), &claim).await;
    eprintln!("this went well with scripts; now without");
    browse(without_scripts(), &claim).await;
}

const MAIL_FORM: &str = "form[action='/v1/auth/magic-link']";
const CODE_FORM: &str = "form[action='/v1/auth/verify']";
const SIGN_OUT: &str = "form[action='/v1/auth/logout'] button";

/// Asks for a mail on the sign-in page where the tab is.
async fn asks_for_mail(tab: &BrowserTab, email: &str) {
    tab.fills("input[name=email]", email).await;
    assert_eq!(tab.follows(&format!("{MAIL_FORM} button")).await, 200);
    assert_eq!(tab.url().await.path(), "/login/check-mail");
}

/// A form of ours with these fields, as a browser sends it.
fn form(path: &str, fields: &[(&str, &str)]) -> Call {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let call = Call::post(path).header("content-type", "application/x-www-form-urlencoded");
    call.header("sec-fetch-site", "same-origin").body(body)
}

/// The link in the newest mail to somebody.
async fn mailed_link(email: &str) -> String {
    let text = stack().visitor().newest_mail(email).await;
    let link = text.split_whitespace().find(|word| word.contains("token="));
    link.unwrap_or_else(|| panic!("no link in {text}")).to_owned()
}

/// The code in the newest mail to somebody.
async fn mailed_code(email: &str) -> String {
    let text = stack().visitor().newest_mail(email).await;
    let is_code = |word: &&str| word.len() == 9 && word.as_bytes()[4] == b'-' && !word.contains(char::is_lowercase);
    text.split_whitespace().find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// Signs in by a mailed code and ends at the target of the sign-in page.
async fn signs_in_by_code(tab: &BrowserTab, person: &Person, return_to: &str) {
    tab.opens(login_page(return_to)).await;
    asks_for_mail(tab, &person.email).await;
    tab.fills("input[name=code]", &mailed_code(&person.email).await).await;
    assert_eq!(tab.follows(&format!("{CODE_FORM} button")).await, 200);
}

/// Logs in and consents on the certified provider's own pages.
async fn consents(tab: &BrowserTab, person: &Person) -> u64 {
    tab.fills("input[name=login]", &person.subject).await;
    tab.fills("input[name=password]", "any").await;
    assert_eq!(tab.follows("button[type=submit]").await, 200);
    tab.follows("button[type=submit]").await
}

/// The sign-in that a browser at a provider's door is on.
async fn under_way(tab: &BrowserTab) -> StartedSignIn {
    let auth_url = tab.url().await;
    let provider = auth_url.path_segments().unwrap().next().unwrap().to_owned();
    let state = auth_url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    StartedSignIn { provider, auth_url, state }
}

/// At the provider's door the person says yes, or what `lie` makes of it, and the provider links back to us.
async fn is_sent_back(tab: &BrowserTab, person: &Person, lie: impl FnOnce(&mut Told)) -> u64 {
    let started = under_way(tab).await;
    let code = LIES.code(&started, person, lie);
    let back = [("code", &code), ("state", &started.state)];
    let back = Url::parse_with_params(&started.asks("redirect_uri"), back).unwrap();
    tab.becomes(&format!("<a href='{}'>back</a>", back.as_str().replace('&', "&amp;"))).await;
    tab.follows("a").await
}

/// The sign-in page says who is signed in.
async fn is_signed_in(tab: &BrowserTab, email: &str) {
    assert_eq!(tab.opens(at("/login")).await, 200);
    tab.sees(SIGN_OUT).await;
    let page = tab.reads("main").await;
    assert!(page.contains(email), "{page}");
}

/// The sign-in page asks who it is.
async fn is_signed_out(tab: &BrowserTab) {
    assert_eq!(tab.opens(at("/login")).await, 200);
    tab.sees(MAIL_FORM).await;
}

/// How many sessions somebody has.
async fn sessions_of(email: &str) -> usize {
    let session = stack().visitor().signs_in_by_link(email).await;
    let sessions = stack().visitor().lists_sessions(&session.access_token).await.data();
    sessions["sessions"].as_array().unwrap_or_else(|| panic!("{sessions}")).len() - 1
}

/// How people look at pages: in daylight at a desk, in the dark on a phone. Colours do not depend on the width, nor does the
/// layout on the hour.
const VIEWS: [(&str, u32, u32); 2] = [("light", 1280, 800), ("dark", 375, 700)];

/// axe has nothing to say against the page, however one looks at it.
async fn is_accessible(tab: &BrowserTab) {
    for (scheme, width, height) in VIEWS {
        // Colours must not be looked at while they change.
        tab.call("emulateMedia", json!([{ "colorScheme": scheme, "reducedMotion": "reduce" }])).await;
        tab.call("setViewportSize", json!([{ "width": width, "height": height }])).await;
        let judgement = tab.call("judge", json!([])).await;
        let page = tab.url().await;
        assert_eq!(judgement["violations"], json!([]), "{page}, {scheme}, {width} wide");
        assert!(judgement["passes"].as_u64().unwrap() > 10, "axe looked at {page}: {judgement}");
    }
}

/// On the narrowest of screens there is nothing to scroll sideways (WCAG 1.4.10).
async fn fits(tab: &BrowserTab) {
    tab.call("setViewportSize", json!([{ "width": 320, "height": 640 }])).await;
    let width = tab.evaluates("document.documentElement.scrollWidth").await;
    assert!(width.as_u64().unwrap() <= 320, "{} is {width} wide", tab.url().await);
}

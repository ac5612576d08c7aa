//! Signing in by mail on our own pages: the form, the link's page, and the code.

use std::sync::LazyLock;

use serde_json::json;

use crate::harness::{APP, NO_PAUSE, Person, SESSION_COOKIE, Stack, Tab, now, until_after};

/// A stack where a link opens in the browser only that asked for it.
fn jealous() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::with(&[NO_PAUSE, "LINK_IN_OTHER_BROWSER=refuse"]));
    &STACK
}

/// A mail that was asked for on our page.
struct RequestedMail {
    email: String,
    /// The public id of the request.
    request: String,
    token: String,
    code: String,
}

async fn asks(tab: &mut Tab<'_>) -> RequestedMail {
    let email = Person::new().email;
    let answer = tab.submits("/v1/auth/magic-link", &[("email", &email), ("return_to", APP)]).await;
    assert_eq!(answer.status, 303, "{answer}");
    let (_, request) = answer.header("location").unwrap().split_once("/login/check-mail?request=").unwrap();
    let request = request.split('&').next().unwrap().to_owned();
    let code = tab.visitor.newest_code(&email).await;
    RequestedMail { token: tab.visitor.newest_token(&email).await, email, request, code }
}

async fn opens(tab: &mut Tab<'_>, mailed: &RequestedMail) -> crate::harness::Answer {
    tab.opens(&format!("/v1/auth/verify?token={}", mailed.token)).await
}

async fn presses(tab: &mut Tab<'_>, mailed: &RequestedMail) -> crate::harness::Answer {
    tab.submits("/v1/auth/verify", &[("token", &mailed.token), ("request", &mailed.request)]).await
}

async fn types(tab: &mut Tab<'_>, mailed: &RequestedMail, code: &str) -> crate::harness::Answer {
    tab.submits("/v1/auth/verify", &[("request", &mailed.request), ("code", code)]).await
}

fn tab() -> Tab<'static> {
    Tab::of(Stack::shared().visitor())
}

#[tokio::test]
async fn the_mail_form_mails_a_link_to_our_own_page_and_binds_the_browser() {
    let mut tab = tab();
    let mailed = asks(&mut tab).await;
    let text = tab.visitor.newest_mail(&mailed.email).await;
    assert!(text.contains(&format!("{}/v1/auth/verify?token=", tab.visitor.stack.url)), "{text}");
    assert_eq!(tab.cookies.keys().filter(|name| name.starts_with("__Host-doorward-tx-")).count(), 1);
}

#[tokio::test]
async fn the_binding_outlives_link_and_code_by_an_hour_so_that_their_end_can_be_told() {
    let answer = tab().submits("/v1/auth/magic-link", &[("email", &Person::new().email)]).await;
    let [cookie] = answer.cookies()[..] else { panic!("{answer}") };
    assert!(cookie.ends_with("; Path=/; Max-Age=4200; HttpOnly; Secure; SameSite=Lax"), "{cookie}");
}

/// Where the browser is sent, and what it is shown there.
async fn ends_at(tab: &mut Tab<'_>, answer: &crate::harness::Answer) -> String {
    assert_eq!(answer.status, 303, "{answer}");
    tab.opens(answer.header("location").unwrap()).await.is_page(200)
}

#[tokio::test]
async fn the_right_code_is_told_as_used_once_the_link_of_its_mail_was_opened_elsewhere() {
    let (mut own, mut other) = (tab(), tab());
    let mailed = asks(&mut own).await;
    presses(&mut other, &mailed).await.leads_to(APP);
    let answer = types(&mut own, &mailed, &mailed.code).await;
    own.visitor.stack.audited(&answer.request_id(), &["sign_in_refused"]).await;
    let page = ends_at(&mut own, &answer).await;
    assert!(page.contains("<strong>This code was used already</strong>"), "{page}");
    assert!(!page.contains("name=\"code\"") && !page.contains("You have"), "{page}");
    assert!(page.contains("Send it again") && page.contains(&mailed.email), "{page}");
}

#[tokio::test]
async fn a_wrong_code_is_called_wrong_although_the_link_was_opened() {
    let (mut own, mut other) = (tab(), tab());
    let mailed = asks(&mut own).await;
    presses(&mut other, &mailed).await.leads_to(APP);
    own.visitor
        .post("/v1/auth/verify", json!({"requestId": mailed.request, "code": mailed.code}))
        .await
        .refuses(400, "MAGIC_LINK_INVALID");
    let answer = types(&mut own, &mailed, "2222-2222").await;
    own.visitor.stack.audited(&answer.request_id(), &["sign_in_refused"]).await;
    let logged = own.visitor.stack.logged(&answer.request_id()).await;
    assert_eq!(logged[0]["reason"], "InvalidCode", "{logged:?}");
}

#[tokio::test]
async fn a_code_that_was_typed_too_late_is_told_as_expired() {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::with(&[NO_PAUSE, "MAIL_CODE_SECONDS=1"]));
    let mut tab = Tab::of(STACK.visitor());
    let mailed = asks(&mut tab).await;
    until_after(now() + 1).await;
    let answer = types(&mut tab, &mailed, &mailed.code).await;
    let page = ends_at(&mut tab, &answer).await;
    assert!(page.contains("<strong>This code has expired</strong>") && !page.contains("name=\"code\""), "{page}");
    let logged = tab.visitor.stack.logged(&answer.request_id()).await;
    assert_eq!(logged[0]["reason"], "CodeExpired", "{logged:?}");
}

#[tokio::test]
async fn the_tab_that_waits_leads_on_to_where_the_person_wanted_to_go_once_the_link_was_opened_in_another() {
    let mut tab = tab();
    let mailed = asks(&mut tab).await;
    let waiting = format!("/login/check-mail?request={}&lang=de", mailed.request);
    assert!(tab.opens(&waiting).await.is_page(200).contains("data-waiting"));
    presses(&mut tab, &mailed).await.leads_to(APP);
    let answer = tab.opens(&waiting).await;
    let page = ends_at(&mut tab, &answer).await;
    assert!(page.contains("<h1>Sie sind angemeldet</h1>"), "{page}");
    assert!(page.contains(&format!("<a class=\"button main\" href=\"{APP}\">Weiter</a>")), "{page}");
}

#[tokio::test]
async fn whoever_wanted_to_go_nowhere_is_led_on_to_the_first_app() {
    let mut tab = tab();
    tab.signs_in(&Person::new()).await;
    let page = tab.opens("/login?lang=en").await.is_page(200);
    assert!(page.contains(&format!("<a class=\"button main\" href=\"{APP}\">Continue</a>")), "{page}");
}

#[tokio::test]
async fn a_link_that_was_used_offers_another_mail_to_the_same_address_and_place() {
    let mut tab = tab();
    let mailed = asks(&mut tab).await;
    presses(&mut tab, &mailed).await.leads_to(APP);
    let page = opens(&mut tab, &mailed).await.is_page(400);
    assert!(page.contains("<h1>This link was used already</h1>"), "{page}");
    for field in [format!("name=\"email\" value=\"{}\"", mailed.email), format!("name=\"return_to\" value=\"{APP}\"")] {
        assert!(page.contains(&field), "{field} in {page}");
    }
}

#[tokio::test]
async fn the_links_page_consumes_nothing_and_its_button_signs_in_once() {
    let mut tab = tab();
    let mailed = asks(&mut tab).await;
    for _ in 0..3 {
        let page = opens(&mut tab, &mailed).await.is_page(200);
        assert!(page.contains("<button") && page.contains(&mailed.email), "{page}");
    }
    presses(&mut tab, &mailed).await.leads_to(APP);
    assert_eq!(tab.opens("/v1/auth/session").await.data()["user"]["email"], mailed.email);
    presses(&mut tab, &mailed).await.is_page(400);
    opens(&mut tab, &mailed).await.is_page(400);
}

#[tokio::test]
async fn the_code_signs_in_the_browser_that_asked() {
    let mut tab = tab();
    let mailed = asks(&mut tab).await;
    types(&mut tab, &mailed, &mailed.code).await.leads_to(APP);
    assert!(tab.cookies.contains_key(SESSION_COOKIE));
    assert_eq!(tab.cookies.len(), 2, "the transaction is over: {:?}", tab.cookies);
}

#[tokio::test]
async fn the_code_is_no_use_to_another_browser() {
    let (mut own, mut other) = (tab(), tab());
    let mailed = asks(&mut own).await;
    types(&mut other, &mailed, &mailed.code).await.is_page(400);
    assert!(!other.cookies.contains_key(SESSION_COOKIE));
    types(&mut own, &mailed, &mailed.code).await.leads_to(APP);
}

#[tokio::test]
async fn a_wrong_code_leads_back_to_the_page_and_the_fifth_ends_it() {
    let mut tab = tab();
    let mailed = asks(&mut tab).await;
    for _ in 0..5 {
        let answer = types(&mut tab, &mailed, "2222-2222").await;
        assert_eq!(answer.status, 303, "{answer}");
        let location = answer.header("location").unwrap();
        assert!(location.starts_with(&format!("/login/check-mail?request={}", mailed.request)), "{location}");
        assert!(location.contains("error=INVALID_CODE"), "{location}");
    }
    assert_eq!(types(&mut tab, &mailed, &mailed.code).await.status, 303);
    assert!(!tab.cookies.contains_key(SESSION_COOKIE));
}

#[tokio::test]
async fn another_browser_is_told_and_may_go_on_where_the_setting_allows_it() {
    let (mut own, mut other) = (tab(), tab());
    let mailed = asks(&mut own).await;
    let here = opens(&mut own, &mailed).await.is_page(200);
    let there = opens(&mut other, &mailed).await.is_page(200);
    assert_ne!(here.replace(&own.visitor.stack.url, ""), there.replace(&own.visitor.stack.url, ""));
    presses(&mut other, &mailed).await.leads_to(APP);
    assert!(other.cookies.contains_key(SESSION_COOKIE));
}

#[tokio::test]
async fn another_browser_is_refused_where_the_setting_says_so() {
    let (mut own, mut other) = (Tab::of(jealous().visitor()), Tab::of(jealous().visitor()));
    let mailed = asks(&mut own).await;
    let page = opens(&mut other, &mailed).await.is_page(200);
    assert!(!page.contains(&mailed.token), "nothing to press: {page}");
    presses(&mut other, &mailed).await.is_page(400);
    own.visitor.verifies(&mailed.token).await.refuses(400, "MAGIC_LINK_INVALID");
    presses(&mut own, &mailed).await.leads_to(APP);
}

#[tokio::test]
async fn a_form_of_another_site_asks_for_nothing_and_signs_nobody_in() {
    let mut tab = tab();
    let email = Person::new().email;
    let answer = tab.submits_from_elsewhere("/v1/auth/magic-link", &[("email", &email)]).await;
    answer.is_page(403);
    assert_eq!(tab.visitor.stack.mails_to(&email).await.len(), 0);

    let mailed = asks(&mut tab).await;
    let fields = [("token", &mailed.token[..]), ("request", &mailed.request)];
    tab.submits_from_elsewhere("/v1/auth/verify", &fields).await.is_page(403);
    presses(&mut tab, &mailed).await.leads_to(APP);
}

#[tokio::test]
async fn what_is_no_address_comes_back_with_the_form_and_what_was_typed() {
    let page = tab().submits("/v1/auth/magic-link", &[("email", "ada@\"><b>"), ("return_to", APP)]).await.is_page(400);
    assert!(page.contains("ada@&#34;&#62;&#60;b&#62;") || page.contains("ada@&quot;&gt;&lt;b&gt;"), "{page}");
}

#[tokio::test]
async fn a_target_that_is_not_allowed_is_a_page_and_no_mail() {
    let mut tab = tab();
    let email = Person::new().email;
    let fields = [("email", &email[..]), ("return_to", "https://evil.example/")];
    tab.submits("/v1/auth/magic-link", &fields).await.is_page(400);
    assert_eq!(tab.visitor.stack.mails_to(&email).await.len(), 0);
}

#[tokio::test]
async fn a_mail_too_many_is_a_page_that_says_when() {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::with(&[]));
    let mut tab = Tab::of(STACK.visitor());
    let mailed = asks(&mut tab).await;
    let answer = tab.submits("/v1/auth/magic-link", &[("email", &mailed.email), ("return_to", APP)]).await;
    answer.is_page(429);
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_link_that_was_never_one_is_a_page() {
    for path in ["/v1/auth/verify", "/v1/auth/verify?token=x", &format!("/v1/auth/verify?token={}", "A".repeat(43))] {
        tab().opens(path).await.is_page(400);
    }
}

#[tokio::test]
async fn without_a_wish_the_link_ends_at_our_own_page() {
    let mut tab = tab();
    let email = Person::new().email;
    tab.submits("/v1/auth/magic-link", &[("email", &email)]).await;
    let token = tab.visitor.newest_token(&email).await;
    tab.submits("/v1/auth/verify", &[("token", &token)]).await.leads_to(&format!("{}/login", tab.visitor.stack.url));
}

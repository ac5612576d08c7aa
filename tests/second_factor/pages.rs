//! A person sets their second factor up, uses it and takes it off, all on our own pages and without a script.

use crate::harness::{APP, Answer, Authenticator, Person, Stack, Tab, query};

const FACTOR: &str = "/v1/auth/second-factor";

pub fn html(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// What stands between two texts of a page, the first time.
fn between<'a>(html: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before} in {html}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} in {rest}")).0
}

/// The key that a page shows to be typed into an app.
pub fn key_on(answer: &Answer) -> String {
    between(&html(answer), "<p><code>", "</code></p>").replace(' ', "")
}

/// The first of the recovery codes that a page shows.
pub fn code_on(answer: &Answer) -> String {
    between(&html(answer), "<li><code>", "</code>").to_owned()
}

#[tokio::test]
async fn a_person_sets_an_app_up_signs_in_with_it_and_takes_it_off() {
    let stack = Stack::shared();
    let (mut tab, person) = (Tab::of(stack.visitor()), Person::new());
    tab.signs_in(&person).await;
    let page = tab.opens("/login/security?lang=en").await;
    assert_eq!(page.status, 200, "{page}");
    assert!(html(&page).contains("action=\"/v1/auth/second-factor/totp\""), "{}", html(&page));

    let shown = tab.submits(&format!("{FACTOR}/totp"), &[("lang", "en")]).await;
    assert_eq!(shown.status, 200, "{shown}");
    assert!(html(&shown).contains("<svg "), "{}", html(&shown));
    let app = Authenticator::of(&key_on(&shown));
    let wrong = tab.submits(&format!("{FACTOR}/totp/confirm"), &[("code", &app.wrong_code()), ("lang", "en")]).await;
    assert_eq!((wrong.status, key_on(&wrong)), (400, app.secret()), "{wrong}");
    let confirmed =
        tab.submits(&format!("{FACTOR}/totp/confirm"), &[("code", &app.code().await), ("lang", "en")]).await;
    assert_eq!((confirmed.status, html(&confirmed).matches("<li><code>").count()), (200, 10), "{confirmed}");

    let mut another = Tab::of(stack.visitor());
    let started = another.navigates("honest", APP).await;
    let asked = another.returns(&started, &person).await;
    let challenge = another.opens(asked.header("location").unwrap()).await;
    let challenge = html(&challenge);
    let session_id = between(&challenge, "name=\"session_id\" value=\"", "\"");
    let fields = [("session_id", session_id), ("code", &app.code().await), ("lang", "en")];
    another.submits(FACTOR, &fields).await.leads_to(APP);
    assert_eq!(another.opens("/v1/auth/session").await.data()["user"]["email"], person.email);

    let wrong = another.submits(&format!("{FACTOR}/totp/remove"), &[("code", "000"), ("lang", "en")]).await;
    wrong.leads_to("/login/security?error=SECOND_FACTOR_INVALID&lang=en");
    for error in ["SECOND_FACTOR_INVALID", "INVALID_CODE"] {
        assert_eq!(another.opens(&format!("/login/security?error={error}&lang=en")).await.status, 400);
    }
    let fields = [("code", &code_on(&confirmed)[..]), ("lang", "en")];
    let renewed = another.submits(&format!("{FACTOR}/recovery-codes"), &fields).await;
    assert_eq!((renewed.status, html(&renewed).matches("<li><code>").count()), (200, 10), "{renewed}");
    let fields = [("code", &code_on(&renewed)[..]), ("lang", "en")];
    let removed = another.submits(&format!("{FACTOR}/totp/remove"), &fields).await;
    removed.leads_to("/login/security?lang=en");
    Tab::of(stack.visitor()).signs_in(&person).await;
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_comes_back() {
    let mut tab = Tab::of(Stack::shared().visitor());
    let page = format!("{}/login/security", tab.visitor.stack.url);
    let answer = tab.opens("/login/security?lang=en").await;
    let sign_in = format!("/login?{}", query(&[("return_to", &page), ("lang", "en")]));
    assert_eq!((answer.status, answer.header("location")), (303, Some(&*sign_in)), "{answer}");
    assert!(html(&tab.opens(&sign_in).await).contains("security"), "its ways in lead there");
    let started = tab.navigates("honest", &page).await;
    tab.returns(&started, &Person::new()).await.leads_to(&page);
    assert_eq!(tab.opens("/login/security?lang=en").await.status, 200);
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let mut tab = Tab::of(Stack::shared().visitor());
    tab.signs_in(&Person::new()).await;
    for path in ["/totp", "/totp/confirm", "/totp/remove", "/recovery-codes"] {
        let fields = [("code", "ABCDE-FGHJK"), ("lang", "en")];
        let answer = tab.submits_from_elsewhere(&format!("{FACTOR}{path}"), &fields).await;
        assert_eq!(answer.status, 403, "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_page_without_a_partial_session_asks_for_no_code() {
    let mut tab = Tab::of(Stack::shared().visitor());
    let answer = tab.opens("/login/second-factor?session_id=%3Cscript%3E&lang=en").await;
    assert_eq!(answer.status, 401, "{answer}");
    assert!(!html(&answer).contains("<script>"), "{}", html(&answer));
}

//! The second factor's pages: between whatever way in and the target, and where an app is set up and switched off.

use serde_json::json;

use super::{
    BrowserTab, SIGN_OUT, VIEWS, app, at, browse, browse_twice, is_sent_back, is_signed_in, is_signed_out, login_page,
    signs_in_by_code, stack, without_scripts,
};
use crate::harness::{Authenticator, Person};

const FORM: &str = "form[action='/v1/auth/second-factor']";
const SET_UP: &str = "form[action='/v1/auth/second-factor/totp']";
const CONFIRM: &str = "form[action='/v1/auth/second-factor/totp/confirm']";
const SWITCH_OFF: &str = "form[action='/v1/auth/second-factor/totp/remove']";
const HONEST: &str = "a[href^='/v1/auth/login/honest']";

/// Somebody who has set up an authenticator app.
pub async fn enrolled() -> (Person, Authenticator) {
    let (visitor, person) = (stack().visitor(), Person::new());
    let app = visitor.enrols(&visitor.signs_in(&person).await).await;
    (person, app)
}

/// Signs in as far as the question for the second factor.
pub async fn comes_halfway(tab: &BrowserTab, person: &Person) {
    tab.opens(login_page(&app())).await;
    tab.follows(HONEST).await;
    assert_eq!(is_sent_back(tab, person, |_| {}).await, 200);
    assert_eq!(tab.url().await.path(), "/login/second-factor");
}

/// Types a code and sends it; gives the status of what comes next.
async fn answers(tab: &BrowserTab, code: &str) -> u64 {
    tab.fills("input[name=code]", code).await;
    tab.follows(&format!("{FORM} button")).await
}

/// Starts to set an app up on the page of one's security, and types the key into it.
pub async fn is_shown_a_key(tab: &BrowserTab) -> Authenticator {
    assert_eq!(tab.follows(&format!("{SET_UP} button")).await, 200);
    tab.call("click", json!(["summary"])).await;
    Authenticator::of(&tab.reads("details code").await.replace(' ', ""))
}

/// Types the app's first code and sends it; gives the status of what comes next.
pub async fn confirms(tab: &BrowserTab, code: &str) -> u64 {
    tab.fills(&format!("{CONFIRM} input[name=code]"), code).await;
    tab.follows(&format!("{CONFIRM} button")).await
}

/// Signs out on the sign-in page.
async fn signs_out(tab: &BrowserTab) {
    assert_eq!(tab.opens(at("/login")).await, 200);
    assert_eq!(tab.follows(SIGN_OUT).await, 200);
}

#[tokio::test]
async fn a_person_sets_an_app_up_signs_in_with_it_and_switches_it_off() {
    browse_twice(async |browser| {
        let (tab, person) = (browser.tab().await, Person::new());
        signs_in_by_code(&tab, &person, &app()).await;
        assert_eq!(tab.opens(at("/login/security?lang=en")).await, 200);
        let authenticator = is_shown_a_key(&tab).await;
        assert_eq!(confirms(&tab, &authenticator.code().await).await, 200);
        assert_eq!(tab.reads("[data-codes]").await.split_whitespace().count(), 10);
        assert_eq!(tab.follows("a.main").await, 200);
        assert_eq!(tab.reads("h2 + .badge.on").await, "On");

        signs_out(&tab).await;
        signs_in_by_code(&tab, &person, &app()).await;
        assert_eq!(tab.url().await.path(), "/login/second-factor");
        assert_eq!(answers(&tab, &authenticator.code().await).await, 200);
        assert_eq!(tab.url().await.as_str(), app());

        tab.opens(at("/login/security?lang=en")).await;
        tab.call("click", json!([format!("details:has({SWITCH_OFF}) summary")])).await;
        tab.fills(&format!("{SWITCH_OFF} input[name=code]"), &authenticator.code().await).await;
        assert_eq!(tab.follows(&format!("{SWITCH_OFF} button")).await, 200);
        assert_eq!((tab.url().await.path(), tab.count(".badge.on").await), ("/login/security", 0));

        signs_out(&tab).await;
        signs_in_by_code(&tab, &person, &app()).await;
        assert_eq!(tab.url().await.as_str(), app());
        is_signed_in(&tab, &person.email).await;
    })
    .await;
}

#[tokio::test]
async fn a_camera_reads_what_the_key_says_by_day_and_by_night_at_a_desk_and_on_a_phone() {
    browse(json!({}), async |browser| {
        let (tab, person) = (browser.tab().await, Person::new());
        signs_in_by_code(&tab, &person, &app()).await;
        tab.opens(at("/login/security")).await;
        let secret = is_shown_a_key(&tab).await.secret();
        let account = person.email.replace('@', "%40");
        let uri = format!("otpauth://totp/Doorward:{account}?secret={secret}&issuer=Doorward");
        for (scheme, width, height) in VIEWS {
            tab.call("emulateMedia", json!([{ "colorScheme": scheme }])).await;
            tab.call("setViewportSize", json!([{ "width": width, "height": height }])).await;
            assert_eq!(tab.call("scans", json!([".qr"])).await, uri, "{scheme}, {width} wide");
            assert_eq!(
                tab.evaluates("document.querySelector('.steps a').href").await,
                uri,
                "a phone cannot scan itself"
            );
        }
    })
    .await;
}

/// What is copied and saved: the codes, one a line, under what they are for.
async fn as_kept(tab: &BrowserTab, codes: &[String]) -> String {
    let purpose = tab.reads("[data-purpose]").await;
    assert!(purpose.starts_with("Recovery codes for Doorward, account ") && purpose.contains('@'), "{purpose}");
    format!("{purpose}\n\n{}", codes.join("\n"))
}

/// Sets an app up, as far as the page that shows the recovery codes; gives these.
async fn is_shown_codes(tab: &BrowserTab) -> Vec<String> {
    signs_in_by_code(tab, &Person::new(), &app()).await;
    tab.opens(at("/login/security?lang=en")).await;
    let authenticator = is_shown_a_key(tab).await;
    assert_eq!(confirms(tab, &authenticator.code().await).await, 200);
    tab.reads("[data-codes]").await.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn recovery_codes_are_copied_one_a_line_and_the_page_says_so() {
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        let codes = is_shown_codes(&tab).await;
        tab.call("click", json!(["[data-copy]"])).await;
        tab.sees("[data-status]:has-text('Copied')").await;
        // To read what lies there, people would be asked; to put something there, they only click.
        browser.call("grantPermissions", json!([["clipboard-read"]])).await;
        assert_eq!(tab.evaluates("navigator.clipboard.readText()").await, as_kept(&tab, &codes).await);
    })
    .await;
}

#[tokio::test]
async fn recovery_codes_are_printed_and_nothing_is_on_the_paper_that_can_only_be_clicked() {
    browse(json!({}), async |browser| {
        let tab = browser.tab().await;
        is_shown_codes(&tab).await;
        tab.evaluates("void (window.print = () => { document.title = 'printed'; })").await;
        tab.call("click", json!(["[data-print]"])).await;
        assert_eq!(tab.evaluates("document.title").await, "printed");
        tab.call("emulateMedia", json!([{ "media": "print", "colorScheme": "dark" }])).await;
        tab.sees("[data-codes]").await;
        tab.sees("[data-purpose]").await;
        assert_eq!(tab.call("isVisible", json!([":is(button, a):visible"])).await, false);
        let paper = tab.evaluates("getComputedStyle(document.querySelector('main')).backgroundColor").await;
        assert_eq!(paper, "rgb(255, 255, 255)", "by night, too");
    })
    .await;
}

#[tokio::test]
async fn recovery_codes_are_saved_one_a_line() {
    browse_twice(async |browser| {
        let tab = browser.tab().await;
        let codes = is_shown_codes(&tab).await;
        assert_eq!(codes.len(), 10, "{codes:?}");
        let file = json!({ "name": "recovery-codes.txt", "text": as_kept(&tab, &codes).await + "\n" });
        assert_eq!(tab.call("saves", json!(["a[download]"])).await, file);
    })
    .await;
}

#[tokio::test]
async fn without_scripts_recovery_codes_have_no_button_that_would_do_nothing() {
    browse(without_scripts(), async |browser| {
        let tab = browser.tab().await;
        is_shown_codes(&tab).await;
        assert_eq!(tab.call("isVisible", json!(["main button:visible"])).await, false);
    })
    .await;
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

//! `POST /v1/auth/second-factor/step-up`, and what needs a session that is fresh.

use serde_json::json;

use super::EnrolledPerson;
use super::pages::html;
use crate::harness::{APP, Call, Person, SECOND_FACTOR, SESSION_COOKIE, ServiceStack, Stack, Tab, Visitor, now};

#[tokio::test]
async fn a_code_makes_the_session_fresh_again_and_says_so_in_a_new_token() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let before = enrolled.session.claims();
    assert_eq!((&before["amr"], &before["acr"]), (&json!(["fed"]), &json!("single_factor")));

    let answer = enrolled.visitor.steps_up(&enrolled.session, &enrolled.app.code().await).await;

    let data = answer.gives(json!({ "accessToken": "<jwt>", "expiresAt": "<time>" }));
    let after = crate::lies::jose::claims_of(data["accessToken"].as_str().unwrap());
    assert_eq!((&after["amr"], &after["acr"]), (&json!(["fed", "otp", "mfa"]), &json!("multi_factor")));
    assert_eq!((&after["sid"], &after["sub"]), (&before["sid"], &before["sub"]));
    stack.audited(&answer.request_id(), &["session_stepped_up"]).await;
    let renewed = enrolled.visitor.renews(&enrolled.session).await.claims();
    assert_eq!((&renewed["amr"], &renewed["auth_time"]), (&after["amr"], &after["auth_time"]));
    let used = enrolled.app.last_code();
    enrolled.visitor.steps_up(&enrolled.session, &used).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn a_recovery_code_steps_up_once() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let code = &enrolled.app.recovery_codes[0];
    enrolled.visitor.steps_up(&enrolled.session, code).await.data();
    enrolled.visitor.steps_up(&enrolled.session, code).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn who_has_no_second_factor_cannot_step_up() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.steps_up(&session, "123456").await.refuses(404, "NOT_FOUND");
}

#[tokio::test]
async fn an_ended_session_is_not_stepped_up() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    enrolled.visitor.logs_out(&enrolled.session.access_token).await.data();
    let code = enrolled.app.code().await;
    enrolled.visitor.steps_up(&enrolled.session, &code).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn ten_minutes_after_signing_in_nothing_is_changed_before_a_step_up() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let (visitor, session, app) = (enrolled.visitor, &enrolled.session, &enrolled.app);
    services.ages(session, 600).await;

    let code = app.code().await;
    visitor.is_shown_a_seed(session, json!({ "code": code })).await.refuses(403, "FORBIDDEN");
    visitor.confirms(session, &code).await.refuses(403, "FORBIDDEN");
    visitor.renews_recovery_codes(session, &code).await.refuses(403, "FORBIDDEN");
    visitor.removes_factor(session, &code).await.refuses(403, "FORBIDDEN");

    visitor.steps_up(session, &code).await.data();
    visitor.renews_recovery_codes(session, &app.recovery_codes[0]).await.data();
    services.ages(session, 540).await;
    visitor.removes_factor(session, &app.code().await).await.data();
    services.ages(session, 600).await;
    visitor.is_shown_a_seed(session, json!({})).await.refuses(403, "FORBIDDEN");
}

#[tokio::test]
async fn on_our_page_a_session_that_is_too_old_is_raised_before_anything_can_be_changed() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let mut tab = Tab::of(stack.visitor());
    let started = tab.navigates("honest", APP).await;
    let asked = tab.returns(&started, &enrolled.person).await;
    let (_, partial) = asked.header("location").unwrap().split_once("session_id=").unwrap();
    let partial = partial.split('&').next().unwrap();
    tab.submits(SECOND_FACTOR, &[("session_id", partial), ("code", &enrolled.app.code().await)]).await.leads_to(APP);
    let session = tab.cookies[SESSION_COOKIE].split('.').next().unwrap().to_owned();
    services.sets("Sessions", &session, "auth_time", now() - 600).await;

    let code = enrolled.app.recovery_codes[0].as_str();
    let form = [("code", code), ("lang", "en")];
    let refused = tab.submits(&format!("{SECOND_FACTOR}/totp/remove"), &form).await;
    refused.leads_to("/login/security?lang=en");
    let page = html(&tab.opens("/login/security?lang=en").await);
    let offers = |page: &str, action: &str| page.contains(&format!("action=\"{SECOND_FACTOR}/{action}\""));
    assert!(offers(&page, "step-up") && !offers(&page, "totp/remove"), "{page}");

    tab.submits(&format!("{SECOND_FACTOR}/step-up"), &form).await.leads_to("/login/security?lang=en");
    let page = html(&tab.opens("/login/security?lang=en").await);
    assert!(!offers(&page, "step-up") && offers(&page, "totp/remove"), "{page}");
}

#[tokio::test]
async fn a_quarter_of_an_hour_after_the_last_try_codes_count_again_and_half_an_hour_after_the_next_ten() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let (visitor, session, app) = (enrolled.visitor, &enrolled.session, &enrolled.app);
    for (round, lock) in [900, 1800].into_iter().enumerate() {
        for _ in 0..10 {
            visitor.steps_up(session, &app.wrong_code()).await.refuses(401, "SECOND_FACTOR_INVALID");
        }
        visitor.steps_up(session, &app.recovery_codes[0]).await.refuses(429, "SECOND_FACTOR_LOCKED");
        let item = format!("factor#{}", session.user_id());
        services.sets("Users", &item, "tried_at", now() - lock + 60).await;
        visitor.steps_up(session, &app.recovery_codes[0]).await.refuses(429, "SECOND_FACTOR_LOCKED");
        services.sets("Users", &item, "tried_at", now() - lock).await;
        assert_eq!(enrolled.notices().await.len(), round + 2, "one of the set-up, and one of each lock");
    }
    visitor.steps_up(session, &app.recovery_codes[0]).await.data();
}

#[tokio::test]
async fn a_cookie_steps_up_from_our_own_pages_only() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let cookie = signs_in_by_form(&enrolled).await;
    let visitor: Visitor<'_> = enrolled.visitor;
    let call = |site: &str, code: &str| {
        let call = Call::post(format!("{SECOND_FACTOR}/step-up")).header("cookie", cookie.clone());
        call.header("sec-fetch-site", site).json(&json!({ "code": code }))
    };
    let code = &enrolled.app.recovery_codes[1];
    visitor.send(call("cross-site", code)).await.refuses(403, "FORBIDDEN");
    let data =
        visitor.send(call("same-origin", code)).await.gives(json!({ "accessToken": "<jwt>", "expiresAt": "<time>" }));
    visitor.looks_up(data["accessToken"].as_str().unwrap()).await.data();
}

/// The cookie of a session that our own page's form opened.
async fn signs_in_by_form(enrolled: &EnrolledPerson<'_>) -> String {
    let partial = enrolled.comes_halfway().await;
    let form = Call::post(SECOND_FACTOR)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(format!("session_id={partial}&code={}", enrolled.app.code().await));
    let answer = enrolled.visitor.send(form).await;
    let cookies = answer.cookies();
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("__Host-doorward-session=")).unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

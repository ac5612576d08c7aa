//! `POST /v1/auth/second-factor`: a code completes a sign-in, once.

use serde_json::json;

use super::EnrolledPerson;
use crate::harness::{APP, Call, SECOND_FACTOR, SessionTokens, Stack, completing, now};
use crate::lies::session_of;

#[tokio::test]
async fn a_code_of_the_app_completes_the_sign_in() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let partial = enrolled.comes_halfway().await;

    let answer = enrolled.visitor.completes(&partial, &enrolled.app.code().await).await;

    let data = answer.gives(session_of(enrolled.session.user.clone()));
    let session = SessionTokens::of(&data);
    assert_ne!(session.id(), partial, "the full session has an id of its own");
    let claims = session.claims();
    assert_eq!(claims["amr"], json!(["fed", "otp", "mfa"]));
    assert_eq!(claims["acr"], "multi_factor");
    assert!((now() - claims["auth_time"].as_i64().unwrap()).abs() < 5, "{claims}");
    stack.audited(&answer.request_id(), &["sign_in_succeeded"]).await;
    enrolled.visitor.renews(&session).await;
    assert_eq!(enrolled.visitor.looks_up(&session.access_token).await.data()["amr"], claims["amr"]);
}

#[tokio::test]
async fn a_recovery_code_completes_a_sign_in_once_and_the_person_is_told() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let code = &enrolled.app.recovery_codes[4];

    let answer = enrolled.visitor.completes(&enrolled.comes_halfway().await, &code.to_lowercase()).await;
    answer.gives(session_of(enrolled.session.user.clone()));
    stack.audited(&answer.request_id(), &["sign_in_succeeded", "recovery_code_used"]).await;
    assert!(enrolled.notices().await[0].contains("recovery code"));

    let again = enrolled.visitor.completes(&enrolled.comes_halfway().await, code).await;
    stack.audited(&again.refuses(401, "SECOND_FACTOR_INVALID"), &["second_factor_refused"]).await;
    let other = &enrolled.app.recovery_codes[5];
    enrolled.visitor.completes(&enrolled.comes_halfway().await, other).await.data();
}

#[tokio::test]
async fn a_code_does_not_count_again_in_the_next_challenge() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    enrolled.visitor.completes(&enrolled.comes_halfway().await, &enrolled.app.code().await).await.data();
    let used = enrolled.app.last_code();
    let next = enrolled.comes_halfway().await;
    enrolled.visitor.completes(&next, &used).await.refuses(401, "SECOND_FACTOR_INVALID");
    enrolled.visitor.completes(&next, &enrolled.app.code().await).await.data();
}

#[tokio::test]
async fn a_code_does_not_count_again_in_another_session() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let (one, other) = (enrolled.comes_halfway().await, enrolled.comes_halfway().await);
    enrolled.visitor.completes(&one, &enrolled.app.code().await).await.data();
    enrolled.visitor.completes(&other, &enrolled.app.last_code()).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn the_code_that_confirmed_the_app_does_not_count_again() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    enrolled.visitor.completes(&partial, &enrolled.app.last_code()).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn once_a_later_code_was_used_an_earlier_one_does_not_count() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let (earlier, later) = (enrolled.app.code().await, enrolled.app.code().await);
    enrolled.visitor.completes(&enrolled.comes_halfway().await, &later).await.data();
    let partial = enrolled.comes_halfway().await;
    enrolled.visitor.completes(&partial, &earlier).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn a_code_two_steps_away_does_not_count() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    // A step may end between the two calls: three back and three ahead are still two away then.
    for away in [-3, 3] {
        let code = enrolled.app.code_of_step(away);
        enrolled.visitor.completes(&partial, &code).await.refuses(401, "SECOND_FACTOR_INVALID");
    }
}

#[tokio::test]
async fn a_partial_session_that_led_to_a_session_is_used_up() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    enrolled.visitor.completes(&partial, &enrolled.app.code().await).await.data();
    let code = enrolled.app.code().await;
    enrolled.visitor.completes(&partial, &code).await.refuses(401, "UNAUTHORIZED");
    enrolled.visitor.completes(&enrolled.comes_halfway().await, &code).await.data();
}

#[tokio::test]
async fn another_persons_code_does_not_count() {
    let visitor = Stack::shared().visitor();
    let (one, other) = (EnrolledPerson::at(visitor).await, EnrolledPerson::at(visitor).await);
    let partial = one.comes_halfway().await;
    let code = other.app.code().await;
    visitor.completes(&partial, &code).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.completes(&partial, &other.app.recovery_codes[0]).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn a_partial_session_is_over_when_its_time_is() {
    let stack = Stack::with(&[crate::harness::NO_PAUSE, "PARTIAL_SESSION_SECONDS=1"]);
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let partial = enrolled.comes_halfway().await;
    crate::harness::until_after(now() + 1).await;
    enrolled.visitor.completes(&partial, &enrolled.app.code().await).await.refuses(401, "UNAUTHORIZED");
}

/// One refusal, one test: what no code ever was costs no try.
macro_rules! invalid {
    ($($name:ident: $code:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
            let partial = enrolled.comes_halfway().await;
            for _ in 0..6 {
                enrolled.visitor.completes(&partial, $code).await.refuses(401, "SECOND_FACTOR_INVALID");
            }
            enrolled.visitor.completes(&partial, &enrolled.app.code().await).await.data();
        }
    )*};
}

invalid! {
    a_code_of_letters_is_invalid: "abcdef";
    a_code_of_five_digits_is_invalid: "12345";
    a_code_of_seven_digits_is_invalid: "1234567";
    a_code_of_full_width_digits_is_invalid: "１２３４５６";
    a_code_of_arabic_digits_is_invalid: "١٢٣٤٥٦";
    a_code_with_a_sign_is_invalid: "+12345";
    a_code_of_hyphens_is_invalid: "------";
}

#[tokio::test]
async fn an_unknown_partial_session_is_unauthorized() {
    let visitor = Stack::shared().visitor();
    let enrolled = EnrolledPerson::at(visitor).await;
    let code = enrolled.app.code().await;
    for id in [format!("ses_{:032x}", 7), enrolled.session.id(), "nonsense".to_owned(), "partial#".to_owned()] {
        visitor.completes(&id, &code).await.refuses(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let visitor = Stack::shared().visitor();
    visitor.post(SECOND_FACTOR, json!({ "code": "123456" })).await.faults("sessionId");
    visitor.post(SECOND_FACTOR, json!({ "sessionId": "ses_1" })).await.faults("code");
    visitor.post(SECOND_FACTOR, json!({ "sessionId": "ses_1", "code": 123456 })).await.faults("code");
    let call = Call::post(SECOND_FACTOR).header("content-type", "text/plain").body("123456");
    visitor.send(call).await.refuses(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn nothing_of_a_factor_can_be_read_in_the_store_or_the_log() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let shown = enrolled.visitor.is_shown_a_seed(&enrolled.session, json!({ "code": enrolled.app.code().await })).await;
    let shown = shown.gives(json!({ "secret": "<text>", "otpauthUri": "<text>", "qrSvg": "<text>" }));
    let code = &enrolled.app.recovery_codes[0];
    let partial = enrolled.comes_halfway().await;
    let answer = enrolled.visitor.completes(&partial, code).await;
    stack.audited(&answer.request_id(), &["sign_in_succeeded", "recovery_code_used"]).await;
    let session = SessionTokens::of(&answer.data());
    let kept = format!("{} {}", stack.dump().await, stack.log().await.join("\n"));
    let secret = shown["secret"].as_str().unwrap();
    let mut secrets = vec![secret.to_owned(), enrolled.app.secret(), session.refresh_token];
    secrets.extend(enrolled.app.recovery_codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]));
    for secret in secrets {
        assert!(!kept.contains(&secret), "{secret} can be read");
    }
}

#[tokio::test]
async fn a_form_of_our_page_completes_the_sign_in_in_the_browser() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    let form = |code: &str| {
        Call::post(SECOND_FACTOR)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(format!("session_id={partial}&code={code}&lang=en"))
    };

    let wrong = enrolled.visitor.send(form(&enrolled.app.wrong_code())).await;
    assert_eq!(wrong.status, 303, "{wrong}");
    let back = format!("/login/second-factor?session_id={partial}&error=SECOND_FACTOR_INVALID&lang=en");
    assert_eq!(wrong.header("location"), Some(back.as_str()));
    assert_eq!(wrong.header("set-cookie"), None);
    let page = enrolled.visitor.send(Call::get(back)).await;
    assert_eq!(page.status, 200, "{page}");
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(
        html.contains(&format!("name=\"session_id\" value=\"{partial}\"")) && html.contains("role=\"alert\""),
        "{html}"
    );

    let right = enrolled.visitor.send(form(&enrolled.app.code().await)).await;
    assert_eq!(right.status, 303, "{right}");
    assert_eq!(right.header("location"), Some(format!("{}/login", enrolled.visitor.stack.url).as_str()));
    let cookies = right.cookies();
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("__Host-doorward-session=ses_"));
    assert!(cookie.is_some_and(|cookie| !cookie.contains(&partial)), "{cookies:?}");
}

#[tokio::test]
async fn a_form_of_another_site_completes_nothing() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    let code = enrolled.app.code().await;
    let call = Call::post(SECOND_FACTOR)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .header("origin", APP.trim_end_matches("/signed-in"))
        .body(format!("session_id={partial}&code={code}"));
    let answer = enrolled.visitor.send(call).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{answer}");
    enrolled.visitor.send(completing(&partial, &code)).await.data();
}

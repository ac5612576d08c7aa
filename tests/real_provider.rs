//! The whole way in through an OpenID-certified provider that is not ours (npm `oidc-provider`).

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::harness::{APP, Browser, Certified, Person, SessionTokens, Stack, StartedSignIn, VisitEnd, Visitor};
use crate::lies::{session_of, user_from_provider};

#[tokio::test]
async fn a_person_signs_in_at_a_certified_provider() {
    let real = real().await;
    let visitor = real.stack.visitor();
    let person = Certified::person();
    let started = visitor.starts("certified").await;

    let sent = consents(&started, &person).await;

    assert_eq!((&sent["state"], &sent["iss"]), (&json!(started.state), &json!(real.provider.issuer)));
    let answer = visitor.callback_with(&started, text(&sent, "code"), json!({ "iss": sent["iss"] })).await;
    let data = answer.gives(session_of(user_from_provider(&person)));
    lives_and_ends(&visitor, SessionTokens::of(&data)).await;
}

#[tokio::test]
async fn the_provider_itself_refuses_a_code_that_was_used() {
    let real = real().await;
    let visitor = real.stack.visitor();
    let person = Certified::person();
    let (first, second) = (visitor.starts("certified").await, visitor.starts("certified").await);
    let sent = consents(&first, &person).await;
    visitor.callback_with(&first, text(&sent, "code"), json!({ "iss": sent["iss"] })).await.data();
    let again = visitor.callback_with(&second, text(&sent, "code"), json!({ "iss": sent["iss"] })).await;
    again.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn a_certified_provider_announces_its_name_so_its_absence_is_refused() {
    let real = real().await;
    let visitor = real.stack.visitor();
    let started = visitor.starts("certified").await;
    let sent = consents(&started, &Certified::person()).await;
    visitor.callback(&started, text(&sent, "code")).await.refuses(400, "INVALID_STATE");
    visitor.callback_with(&started, text(&sent, "code"), json!({ "iss": sent["iss"] })).await.data();
}

#[tokio::test]
async fn a_person_who_declines_comes_back_without_a_code() {
    let real = real().await;
    let visitor = real.stack.visitor();
    let started = visitor.starts("certified").await;
    let mut browser = Browser::default();
    let VisitEnd::Page(page, _) = browser.opens(started.auth_url.clone(), APP).await else { panic!("no page") };
    let VisitEnd::Away(url) = browser.opens(page.join(&format!("{}/abort", page.path())).unwrap(), APP).await else {
        panic!("no way back")
    };
    assert!(url.query().unwrap().contains("error=access_denied"), "{url}");
}

#[tokio::test]
async fn a_client_with_a_key_signs_in_by_an_assertion_under_it() {
    signs_in_as("keyed").await;
}

#[tokio::test]
async fn a_client_signs_in_by_an_assertion_under_its_secret() {
    signs_in_as("sealing").await;
}

#[tokio::test]
async fn a_client_that_has_to_pushes_its_requests() {
    let started = signs_in_as("pushing").await;
    let names: Vec<_> = started.auth_url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"]);
}

#[tokio::test]
async fn a_client_that_is_told_of_people_in_signed_userinfo_believes_it() {
    signs_in_as("telling").await;
}

/// Somebody signs in through the row of that name, and is who the provider says.
async fn signs_in_as(row: &str) -> StartedSignIn {
    let real = real().await;
    let visitor = real.stack.visitor();
    let person = Certified::person();
    let started = visitor.starts(row).await;
    let sent = consents(&started, &person).await;
    let answer = visitor.callback_with(&started, text(&sent, "code"), json!({ "iss": sent["iss"] })).await;
    answer.gives(session_of(user_from_provider(&person)));
    started
}

#[tokio::test]
async fn sign_in_goes_on_when_the_provider_turns_to_another_key() {
    let mut real = real().await;
    for turn in 0..2 {
        if turn == 1 {
            real.provider.turns("");
        }
        let visitor = real.stack.visitor();
        let started = visitor.starts("certified").await;
        let sent = consents(&started, &Certified::person()).await;
        let answer = visitor.callback_with(&started, text(&sent, "code"), json!({ "iss": sent["iss"] })).await;
        SessionTokens::of(&answer.data());
    }
}

/// Refresh, look-up, logout: the rest of a session's life.
async fn lives_and_ends(visitor: &Visitor<'_>, session: SessionTokens) {
    let renewed = visitor.renews(&session).await;
    assert_eq!(visitor.looks_up(&renewed.access_token).await.data()["user"], session.user);
    visitor.logs_out(&renewed.access_token).await.gives(json!({ "success": true }));
    visitor.finds_ended(&renewed).await;
}

/// The person logs in and consents on the provider's own pages; gives what the provider sends back to the app.
async fn consents(started: &StartedSignIn, person: &Person) -> Value {
    let mut browser = Browser::default();
    let mut arrived = browser.opens(started.auth_url.clone(), APP).await;
    for fields in [format!("prompt=login&login={}&password=any", person.subject), "prompt=consent".to_owned()] {
        let VisitEnd::Page(page, html) = arrived else { panic!("the provider asked nothing") };
        arrived = browser.submits(&page, &html, &fields, APP).await;
    }
    let VisitEnd::Away(url) = arrived else { panic!("the provider asked more") };
    json!(url.query_pairs().into_owned().collect::<HashMap<_, _>>())
}

fn text<'a>(sent: &'a Value, name: &str) -> &'a str {
    sent[name].as_str().unwrap_or_else(|| panic!("no {name} in {sent}"))
}

/// The provider and a stack that knows it; for one test at a time, because its key may turn.
async fn real() -> MutexGuard<'static, Real> {
    static REAL: LazyLock<Mutex<Real>> = LazyLock::new(|| {
        let provider = Certified::start();
        let stack = Stack::start(1, &[], &provider.rows());
        Mutex::new(Real { provider, stack })
    });
    REAL.lock().await
}

struct Real {
    provider: Certified,
    stack: Stack,
}

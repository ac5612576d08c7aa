//! Providers that fail in the middle of a sign-in: nobody gets in, nothing is stored, and the next sign-in goes well.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Person, Stack};
use crate::lies::{LIES, Reply, Told, judged, signs_in_at};

/// One endpoint, and what it answers.
type ProviderFault = fn(&mut Told);

const AT_THE_TOKEN_ENDPOINT: [ProviderFault; 5] = [
    |told| told.instead = Some(Reply::broken(&told.tokens)),
    |told| told.instead = Some(Reply::page(500)),
    |told| told.instead = Some(Reply::page(429)),
    |told| told.instead = Some(Reply::json(200, &json!(null))),
    |told| told.instead = Some(Reply::json(503, &json!({ "error": "temporarily_unavailable" }))),
];

const AT_USERINFO: [ProviderFault; 5] = [
    |told| told.userinfo = Reply::broken(&json!({})),
    |told| told.userinfo = Reply::page(500),
    |told| told.userinfo = Reply::page(429),
    |told| told.userinfo = Reply::json(401, &json!({ "error": "invalid_token" })),
    |told| told.userinfo = Reply { body: "{".to_owned(), ..Reply::json(200, &json!({})) },
];

#[tokio::test]
async fn a_token_endpoint_that_fails_lets_nobody_in() {
    for provider in ["honest", "google", "github", "facebook", "apple", "discord", "microsoft"] {
        for fault in AT_THE_TOKEN_ENDPOINT {
            judged(provider, fault, 502, "PROVIDER_UNAVAILABLE").await;
        }
        ends_well(provider).await;
    }
}

#[tokio::test]
async fn userinfo_that_fails_lets_nobody_in_where_it_is_needed() {
    for provider in ["honest", "google", "github", "facebook", "discord", "forge"] {
        for fault in AT_USERINFO {
            let without_address = |told: &mut Told| {
                told.claims.as_object_mut().unwrap().remove("email");
                fault(told);
            };
            judged(provider, without_address, 502, "PROVIDER_UNAVAILABLE").await;
        }
        ends_well(provider).await;
    }
}

#[tokio::test]
async fn addresses_that_cannot_be_had_let_nobody_in_and_leave_the_account_whole() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    for emails in [Reply::broken(&json!([])), Reply::page(500), Reply::json(200, &json!({ "message": "no" }))] {
        let started = visitor.starts("github").await;
        let code = LIES.code(&started, &person, |told| told.emails = emails);
        visitor.callback(&started, &code).await.refuses(502, "PROVIDER_UNAVAILABLE");
    }
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), owner.user_id());
    ends_well("github").await;
}

#[tokio::test]
async fn a_code_that_was_taken_while_nobody_waited_any_more_opens_nothing() {
    judged("github", |told| told.after = Duration::from_secs(10), 502, "PROVIDER_UNAVAILABLE").await;
}

/// The next sign-in of anybody goes well, and the one after that finds the same account.
async fn ends_well(provider: &str) {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let first = signs_in_at(&visitor, provider, &person, |_| {}).await;
    let started = visitor.starts(provider).await;
    let again = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await.data();
    assert_eq!(again["user"]["id"], first.user["id"], "{provider}");
}

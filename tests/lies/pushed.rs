//! Providers that want to be told of a request before a person comes with it (RFC 9126).

use std::collections::HashMap;

use super::{LIES, judged, session_of, starts_nothing, user_from_provider};
use crate::harness::{Person, Stack};

#[tokio::test]
async fn a_person_takes_no_more_along_than_the_name_of_the_request() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("pushing").await;
    let taken: HashMap<_, _> = started.auth_url.query_pairs().into_owned().collect();
    let mut names: Vec<_> = taken.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["client_id", "request_uri"]);
    let code = LIES.code(&started, &person, |_| {});
    visitor.callback(&started, &code).await.gives(session_of(user_from_provider(&person)));
}

#[tokio::test]
async fn the_nonce_of_a_pushed_request_has_to_come_back() {
    judged("pushing", |told| told.claims["nonce"] = "another".into(), 400, "INVALID_CODE").await;
}

#[tokio::test]
async fn nothing_is_pushed_where_nobody_wants_it() {
    Stack::shared().visitor().starts("honest").await;
    assert_eq!(LIES.hits("honest/par"), 0);
}

#[tokio::test]
async fn a_request_that_the_provider_does_not_take_starts_nothing() {
    let cause = "provider \"unpushed\": the pushed request was refused with status 400: \"invalid_scope\" (The scope is[31m \
                 not yours.)";
    starts_nothing("unpushed", cause).await;
}

#[tokio::test]
async fn a_provider_that_wants_requests_pushed_and_says_not_where_starts_nothing() {
    starts_nothing("pushless", "pushed_authorization_request_endpoint is missing: give a pushUrl").await;
}

//! What a browser costs.

use super::counted;
use crate::harness::{APP, Call, Person, Tab};
use crate::lies::LIES;

#[tokio::test]
async fn a_browser_comes_back_for_what_a_client_does_and_its_cookie_opens_both_side_by_side() {
    let stack = counted().await;
    let (mut tab, person) = (Tab::of(stack.visitor()), Person::new());
    tab.signs_in(&person).await;
    let started = tab.navigates("honest", APP).await;
    let code = LIES.code(&started, &person, |_| {});
    stack.forget_trace().await;
    tab.returns_with(&started, &[("code", &code), ("state", &started.state)]).await.leads_to(APP);
    stack.made(&["UpdateItem SignIns", "GetItem Users", "PutItem Sessions"]).await;
    for path in ["/v1/auth/session", "/login"] {
        stack.forget_trace().await;
        assert_eq!(tab.opens(path).await.status, 200);
        stack.made(&["GetItem Sessions", "GetItem Users"]).await;
    }
    stack.forget_trace().await;
    let refreshing = Call::post("/v1/auth/refresh").header("sec-fetch-site", "same-origin");
    tab.send(refreshing).await.data();
    stack.made(&["UpdateItem Sessions", "GetItem Users"]).await;
    stack.forget_trace().await;
    stack.visitor().send(Call::get("/login")).await.is_page(200);
    stack.made(&[]).await;
}

#[tokio::test]
async fn a_links_page_is_one_read_and_the_page_that_waits_for_a_code_looks_at_its_link_too() {
    let stack = counted().await;
    let (mut tab, email) = (Tab::of(stack.visitor()), Person::new().email);
    let sent = tab.submits("/v1/auth/magic-link", &[("email", &email), ("return_to", APP)]).await;
    let waiting = sent.header("location").unwrap().to_owned();
    let token = stack.visitor().newest_token(&email).await;
    stack.forget_trace().await;
    tab.opens(&format!("/v1/auth/verify?token={token}")).await.is_page(200);
    stack.made(&["GetItem MagicLinks"]).await;
    stack.forget_trace().await;
    tab.opens(&waiting).await.is_page(200);
    stack.made(&["GetItem MagicLinks", "GetItem MagicLinks"]).await;
}

//! What it costs to set up a second factor, and to show it.

use serde_json::json;

use super::counted;
use crate::harness::{Authenticator, Call, Person, SessionTokens, Tab, codes_of};
use crate::lies::LIES;

#[tokio::test]
async fn a_second_factor_on_the_way_in_is_three_calls_beside_a_read() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let app = visitor.enrols(&visitor.signs_in_by_link(&person.email).await).await;
    let token = visitor.gets_link(&person.email).await;
    stack.forget_trace().await;
    let halfway = visitor.verifies(&token).await.data();
    stack.made(&["UpdateItem MagicLinks", "GetItem Users", "PutItem Sessions"]).await;
    stack.forget_trace().await;
    visitor.completes(halfway["sessionId"].as_str().unwrap(), &app.code().await).await.data();
    let written = "TransactWriteItems Sessions+Users";
    stack.made(&["UpdateItem Sessions", "UpdateItem Users", "GetItem Users", written]).await;
}

#[tokio::test]
async fn the_page_that_asks_for_a_second_factor_is_one_read_and_the_one_that_shows_it_three() {
    let stack = counted().await;
    let (visitor, person) = (stack.visitor(), Person::new());
    let mut tab = Tab::of(stack.visitor());
    tab.signs_in(&person).await;
    stack.forget_trace().await;
    tab.opens("/login/security").await.is_page(200);
    stack.made(&["GetItem Sessions", "GetItem Users"]).await;

    let mut own = tab.opens("/v1/auth/session").await.data();
    own["refreshToken"] = "none".into();
    visitor.enrols(&SessionTokens::of(&own)).await;
    let started = visitor.starts("honest").await;
    let due = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await.data();
    stack.forget_trace().await;
    let page = format!("/login/second-factor?session_id={}", due["sessionId"].as_str().unwrap());
    visitor.send(Call::get(page)).await.is_page(200);
    stack.made(&["GetItem Sessions"]).await;
    stack.forget_trace().await;
    tab.opens("/login/security").await.is_page(200);
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users"]).await;
}

#[tokio::test]
async fn a_step_up_is_three_calls() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let app = visitor.enrols(&session).await;
    stack.forget_trace().await;
    visitor.steps_up(&session, &app.code().await).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users", "TransactWriteItems Sessions+Users"]).await;
}

#[tokio::test]
async fn a_second_factor_is_set_up_renewed_and_taken_off() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    stack.forget_trace().await;
    let shown = visitor.is_shown_a_seed(&session, json!({})).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users"]).await;

    let app = Authenticator::of(shown["secret"].as_str().unwrap());
    let code = app.code().await;
    stack.forget_trace().await;
    visitor.confirms(&session, &code).await.data();
    let written = "TransactWriteItems Sessions+Users";
    stack.made(&["GetItem Sessions", "GetItem Users", "GetItem Users", written]).await;

    let code = app.code().await;
    stack.forget_trace().await;
    let codes = codes_of(&visitor.renews_recovery_codes(&session, &code).await.data());
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users", "UpdateItem Users"]).await;

    stack.forget_trace().await;
    visitor.removes_factor(&session, &codes[0]).await.data();
    stack.made(&["GetItem Sessions", "GetItem Users", "UpdateItem Users", written]).await;
}

#[tokio::test]
async fn what_no_code_ever_was_is_no_call() {
    let stack = counted().await;
    let partial = format!("ses_{:032x}", 7);
    stack.visitor().completes(&partial, "12345").await.refuses(401, "SECOND_FACTOR_INVALID");
    stack.made(&[]).await;
}

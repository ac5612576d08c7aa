//! What it costs to ask a mailbox, to take its yes, and to undo.

use super::counted;
use crate::harness::{APP, Person, Tab};
use crate::lies::{LIES, signs_in_at};
use crate::mailbox::{UNDO, WISH, asked, hidden};

#[tokio::test]
async fn a_mailbox_is_asked_and_its_yes_taken_in_so_many_calls() {
    let stack = counted().await;
    let person = Person::new();
    stack.visitor().signs_in_by_link(&person.email).await;
    let mut tab = Tab::of(stack.visitor());
    let started = tab.navigates("github", APP).await;
    stack.forget_trace().await;
    tab.returns(&started, &person).await;
    let calls = ["UpdateItem SignIns", "GetItem Users", "GetItem Users", "TransactWriteItems Limits+MagicLinks"];
    stack.made(&calls).await;

    let (mut tab, token) = asked(&stack, &person).await;
    stack.forget_trace().await;
    let request = hidden(&tab.opens(&format!("{WISH}?token={token}")).await, "request");
    stack.made(&["GetItem MagicLinks"]).await;
    stack.forget_trace().await;
    tab.submits(WISH, &[("token", &token), ("request", &request)]).await.leads_to(APP);
    let calls = ["UpdateItem MagicLinks", "GetItem Users", "GetItem Users", "TransactWriteItems Sessions+Users"];
    stack.made(&calls).await;

    let token = stack.visitor().newest_token(&person.email).await;
    stack.forget_trace().await;
    tab.submits(UNDO, &[("token", &token)]).await;
    stack.made(&["GetItem Sessions", "GetItem Users", "TransactWriteItems Sessions+Users"]).await;
}

#[tokio::test]
async fn an_address_that_has_yet_to_be_proven_costs_two_calls_more() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    signs_in_at(&visitor, "github", &person, |_| {}).await;
    let started = visitor.starts("github").await;
    let code = LIES.code(&started, &person, |_| {});
    stack.forget_trace().await;
    visitor.callback(&started, &code).await.data();
    let calls = [
        "UpdateItem SignIns",
        "GetItem Users",
        "PutItem Sessions",
        "GetItem Users",
        "TransactWriteItems Limits+MagicLinks",
    ];
    stack.made(&calls).await;
}

//! What it costs to invite somebody, and to accept an invite.

use serde_json::json;

use super::counted;
use crate::contracts::{INVITES, KEY, invites, mailed_secret, registers};
use crate::harness::{Call, Person, form};
use crate::lies::LIES;

#[tokio::test]
async fn an_invite_is_one_transaction_and_accepted_in_one_after_four_reads() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let id = invites(&visitor, &person.email).await;
    stack.made(&["TransactWriteItems Invites+Limits"]).await;

    stack.forget_trace().await;
    visitor.send(Call::get(format!("{INVITES}?actorType=guest")).bearer(KEY)).await.data();
    stack.made(&["Query Invites", "BatchGetItem Invites"]).await;

    let registration = registers(&visitor, &person).await;
    stack.forget_trace().await;
    visitor.send(Call::post(format!("{INVITES}/accept")).bearer(&registration)).await.data();
    let reads = ["GetItem Invites", "GetItem Invites", "GetItem Users", "GetItem Users"];
    stack.made(&[&reads[..], &["TransactWriteItems Invites+Sessions+Users"]].concat()).await;

    stack.forget_trace().await;
    visitor.send(Call::delete(format!("{INVITES}/{id}")).bearer(KEY)).await.refuses(404, "NOT_FOUND");
    stack.made(&["UpdateItem Invites"]).await;

    let other = Person::new();
    invites(&visitor, &other.email).await;
    let secret = json!({ "inviteToken": mailed_secret(&visitor, &other.email).await });
    let registration = registers(&visitor, &other).await;
    stack.forget_trace().await;
    visitor.send(Call::post(format!("{INVITES}/accept")).bearer(&registration).json(&secret)).await.data();
    stack.made(&[&reads[1..], &["TransactWriteItems Invites+Sessions+Users"]].concat()).await;
}

#[tokio::test]
async fn an_invitations_page_is_one_read_and_its_button_one_transaction_after_four() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    invites(&visitor, &person.email).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    stack.forget_trace().await;
    visitor.send(Call::get(format!("/login/invite?token={secret}"))).await.is_page(200);
    stack.made(&["GetItem Invites"]).await;
    stack.forget_trace().await;
    let pressed = form(&format!("{INVITES}/accept"), &[("token", &secret)]).header("sec-fetch-site", "same-origin");
    assert_eq!(visitor.send(pressed).await.status, 303);
    let reads = ["GetItem Invites", "GetItem Invites", "GetItem Users", "GetItem Users"];
    stack.made(&[&reads[..], &["TransactWriteItems Invites+Sessions+Users"]].concat()).await;
}

#[tokio::test]
async fn an_invited_mailbox_costs_two_reads_more_to_mail_and_three_more_to_let_in() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let guest = json!({ "actorType": "guest" });
    stack.forget_trace().await;
    visitor.asks_for_link_with(&person.email, guest.clone()).await.data();
    stack.made(&["GetItem Users", "GetItem Invites", "TransactWriteItems Limits+MagicLinks"]).await;
    invites(&visitor, &person.email).await;
    stack.forget_trace().await;
    let token = visitor.gets_link_with(&person.email, guest).await;
    let kept = "TransactWriteItems Limits+MagicLinks";
    stack.made(&["GetItem Users", "GetItem Invites", "GetItem Invites", kept]).await;
    stack.forget_trace().await;
    visitor.verifies(&token).await.data();
    let reads = ["GetItem Users", "GetItem Invites", "GetItem Invites", "GetItem Users"];
    let written = ["TransactWriteItems Invites+Sessions+Users"];
    stack.made(&[&["UpdateItem MagicLinks"], &reads[..], &written].concat()).await;
}

#[tokio::test]
async fn whoever_needs_an_invite_is_told_so_after_two_reads_and_nothing_is_kept() {
    let stack = counted().await;
    let visitor = stack.visitor();
    let person = Person::new();
    let started = visitor.starts_with("honest", json!({ "actorType": "guest" })).await;
    let code = LIES.code(&started, &person, |_| {});
    stack.forget_trace().await;
    visitor.callback(&started, &code).await.data();
    stack.made(&["UpdateItem SignIns", "GetItem Users", "GetItem Users"]).await;
}

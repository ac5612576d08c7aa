//! Somebody who was invited and comes by a mailed link: nothing but their mailbox.

use serde_json::{Value, json};

use super::{ACCEPT, accepts, accounts, invited, invites_with, page, revokes, whoami};
use crate::contracts::{KEY, ROLES_KEY, mailed_secret, rows, secret, stack};
use crate::harness::{APP, Answer, Call, NO_PAUSE, Person, Stack, Tab, Visitor, form, now, until_after};

/// Asks for a link as a guest, as a client of the API.
async fn asks(visitor: &Visitor<'_>, email: &str) -> Answer {
    let answer = visitor.asks_for_link_with(email, json!({ "actorType": "guest" })).await;
    answer.gives(json!({ "sent": true, "expiresAt": "<time>", "requestId": "<text>" }));
    answer
}

/// A request that is answered like any other, and no mail.
async fn is_withheld(stack: &Stack, email: &str) {
    let before = stack.mails_to(email).await.len();
    let answer = asks(&stack.visitor(), email).await;
    stack.audited(&answer.request_id(), &["mail_withheld"]).await;
    assert_eq!(stack.mails_to(email).await.len(), before);
}

#[tokio::test]
async fn an_invited_address_gets_a_link_that_accepts_the_invitation() {
    let (visitor, person) = (stack().visitor(), Person::new());
    is_withheld(stack(), &person.email).await;
    invites_with(&visitor, ROLES_KEY, &person, json!({ "actorType": "guest", "role": "editor" })).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    let asked = asks(&visitor, &person.email).await;
    stack().audited(&asked.request_id(), &["mail_sent"]).await;
    let token = visitor.newest_token(&person.email).await;
    let answer = visitor.verifies(&token).await;
    let user = answer.data()["user"].clone();
    stack().audited(&answer.request_id(), &["user_created", "invite_accepted", "sign_in_succeeded"]).await;
    assert_eq!((&user["email"], &user["emailVerified"]), (&json!(person.email), &json!(true)));
    assert_eq!((&user["role"], &user["actorType"]), (&json!("editor"), &json!("guest")));
    visitor.verifies(&token).await.refuses(400, "MAGIC_LINK_USED");
    let used = Tab::of(visitor).opens(&page(&secret)).await.is_page(400);
    assert!(used.contains("This invitation was used already"), "{used}");
    assert_eq!(accounts(stack(), &person).await, 1);
}

#[tokio::test]
async fn a_browser_does_the_same_by_link_and_by_code() {
    let visitor = stack().visitor();
    for by_code in [false, true] {
        let person = Person::new();
        invited(&visitor, &person).await;
        let mut tab = Tab::of(visitor);
        let fields = [("email", person.email.as_str()), ("return_to", APP), ("actor_type", "guest")];
        let sent = tab.submits("/v1/auth/magic-link", &fields).await;
        let request = sent.header("location").unwrap().split("request=").nth(1).unwrap();
        let request = request.split('&').next().unwrap().to_owned();
        let mail = visitor.newest_mail(&person.email).await;
        let shown = match by_code {
            true => ("code", mail.lines().find(|line| line.len() == 9).unwrap().to_owned()),
            false => ("token", visitor.newest_token(&person.email).await),
        };
        tab.submits("/v1/auth/verify", &[("request", &request), (shown.0, &shown.1)]).await.leads_to(APP);
        assert_eq!(whoami(&mut tab).await["actorType"], "guest");
    }
}

#[tokio::test]
async fn a_mail_goes_to_the_address_as_it_was_invited() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invited(&visitor, &person).await;
    let shouted = person.email.replace("person", "PERSON");
    asks(&visitor, &shouted).await;
    assert_eq!(stack().mails_to(&shouted).await.len(), 0);
    let token = visitor.newest_token(&person.email).await;
    assert_eq!(visitor.verifies(&token).await.data()["user"]["email"], person.email);
}

#[tokio::test]
async fn a_revoked_invitation_sends_nothing() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let id = invites_with(&visitor, KEY, &person, json!({ "actorType": "guest" })).await;
    revokes(&visitor, &id).await;
    is_withheld(stack(), &person.email).await;
}

#[tokio::test]
async fn an_expired_invitation_sends_nothing() {
    let hasty = Stack::start(1, &[NO_PAUSE, "INVITE_SECONDS=1", "ACTOR_TYPES=guest:invite"], &rows(secret()));
    let person = Person::new();
    invited(&hasty.visitor(), &person).await;
    until_after(now() + 1).await;
    is_withheld(&hasty, &person.email).await;
}

#[tokio::test]
async fn an_invitation_as_somebody_else_sends_nothing() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites_with(&visitor, KEY, &person, json!({ "actorType": "partner" })).await;
    is_withheld(stack(), &person.email).await;
}

#[tokio::test]
async fn an_invitation_that_is_revoked_after_the_mail_lets_nobody_in() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let id = invites_with(&visitor, KEY, &person, json!({ "actorType": "guest" })).await;
    asks(&visitor, &person.email).await;
    let token = visitor.newest_token(&person.email).await;
    revokes(&visitor, &id).await;
    let answer = visitor.verifies(&token).await;
    answer.gives(json!({
        "registrationRequired": true,
        "registrationToken": "<jwt>",
        "expiresAt": "<time>",
        "profile": { "email": person.email },
    }));
    stack().audited(&answer.request_id(), &["invite_refused", "registration_required"]).await;
    assert_eq!(accounts(stack(), &person).await, 0);
}

#[tokio::test]
async fn of_two_invitations_the_newer_one_counts_and_the_older_one_keeps_its_link() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let older = invited(&visitor, &person).await;
    let id = invites_with(&visitor, ROLES_KEY, &person, json!({ "actorType": "guest", "role": "editor" })).await;
    revokes(&visitor, &id).await;
    is_withheld(stack(), &person.email).await;
    let mut tab = Tab::of(visitor);
    accepts(&mut tab, &older).await.leads_to(APP);
    assert_eq!(whoami(&mut tab).await.get("role"), None);
}

#[tokio::test]
async fn whoever_comes_by_link_and_by_button_at_once_is_one_person() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let secret = invited(&visitor, &person).await;
    let mut calls = Vec::new();
    for _ in 0..2 {
        asks(&visitor, &person.email).await;
        let token = visitor.newest_token(&person.email).await;
        calls.push(Call::post("/v1/auth/verify").json(&json!({ "token": token })));
    }
    for _ in 0..8 {
        calls.push(form(ACCEPT, &[("token", &secret), ("lang", "en")]).header("sec-fetch-site", "same-origin"));
    }
    let answers = visitor.race(calls).await;
    // A link signs in whoever is there by now; the button makes an account or nothing.
    let by_link: Vec<Value> = answers[..2].iter().map(|answer| answer.data()["user"]["id"].clone()).collect();
    assert_eq!(by_link[0], by_link[1]);
    let pressed: Vec<_> = answers[2..].iter().map(|answer| answer.status).collect();
    assert!(pressed.iter().filter(|status| **status == 303).count() <= 1, "{pressed:?}");
    assert!(pressed.iter().all(|status| [303, 400, 409].contains(status)), "{pressed:?}");
    assert_eq!(accounts(stack(), &person).await, 1);
}

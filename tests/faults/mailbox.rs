//! What the reader of a mail does on a page of ours, on bad days.

use std::collections::BTreeMap;

use super::sweep::{sweep, went_well};
use crate::harness::{Answer, Person, Stack, Tab, Visitor};
use crate::identities::links;
use crate::lies::signs_in_at;
use crate::mailbox::{UNDO, WISH, asked, hidden, identities};

pub async fn what_a_notice_told_of_is_undone_wholly_or_can_be_undone_again() {
    let prepare = async |visitor: &Visitor<'_>| {
        let (person, elsewhere) = (Person::new(), Person::new());
        let owner = visitor.signs_in_by_link(&person.email).await;
        links(visitor, &owner, "other", &elsewhere).await.data();
        let token = visitor.newest_token(&person.email).await;
        (person, owner, token)
    };
    sweep(
        "identities",
        prepare,
        async |visitor, (_, _, token)| Tab::of(visitor.stack.visitor()).submits(UNDO, &[("token", token)]).await,
        async |visitor, (person, owner, token), answer| {
            if answer.status != 200 {
                let again = Tab::of(visitor.stack.visitor()).submits(UNDO, &[("token", &token)]).await;
                assert!([200, 400].contains(&again.status), "{answer}, and then {again}");
            }
            visitor.finds_ended(&owner).await;
            let owner = visitor.signs_in_by_link(&person.email).await;
            assert_eq!(identities(visitor, &owner).await, [""; 0]);
        },
    )
    .await;
}

/// The browser in which an identity came, and what the page behind the link in its mailbox sends.
struct Agreement {
    cookies: BTreeMap<String, String>,
    token: String,
    request: String,
}

async fn agreement(stack: &Stack, person: &Person) -> Agreement {
    let (mut tab, token) = asked(stack, person).await;
    let request = hidden(&tab.opens(&format!("{WISH}?token={token}")).await, "request");
    Agreement { cookies: tab.cookies, token, request }
}

impl Agreement {
    async fn is_sent(&self, stack: &Stack) -> Answer {
        let mut tab = Tab { visitor: stack.visitor(), cookies: self.cookies.clone() };
        tab.submits(WISH, &[("token", &self.token), ("request", &self.request)]).await
    }
}

pub async fn an_identity_whose_mailbox_agrees_is_joined_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        let owner = visitor.signs_in_by_link(&person.email).await;
        let agreement = agreement(visitor.stack, &person).await;
        (person, owner, agreement)
    };
    sweep(
        "verify",
        prepare,
        async |visitor, (_, _, agreed)| agreed.is_sent(visitor.stack).await,
        async |visitor, (person, owner, agreed), answer| {
            let again = agreed.is_sent(visitor.stack).await;
            assert!(!(went_well(&answer) && went_well(&again)), "{answer}, and then {again}");
            if !went_well(&answer) && !went_well(&again) && identities(visitor, &owner).await.is_empty() {
                assert!(went_well(&agreement(visitor.stack, &person).await.is_sent(visitor.stack).await));
            }
            assert_eq!(identities(visitor, &owner).await, ["github mailed_link"], "{answer}, and then {again}");
            assert_eq!(signs_in_at(visitor, "github", &person, |_| {}).await.user_id(), owner.user_id());
        },
    )
    .await;
}

//! Bad days: every AWS call that an endpoint makes fails in every way, once or for good. Whatever happens, nobody gets in
//! wrongly, whatever was acknowledged is there, and another try succeeds (I1, I7).

mod invites;
mod late;
mod magic_link;
mod mailbox;
mod passkeys;
mod provider;
mod second_factor;
mod secrets;
mod session;
mod sign_in;
mod sweep;

use tokio::join;

use crate::contracts::lab;
use crate::harness::{Person, SessionTokens, Visitor};
use crate::identities::{bringing, leaves, links};
use crate::lies::{LIES, signs_in_at};
use sweep::sweep;

#[tokio::test]
async fn what_comes_after_the_first_factor_stands_every_fault() {
    join!(
        second_factor::a_second_factor_completes_one_session_at_most(),
        a_confirmation_of_the_external_login_counts_once(),
        an_identity_is_linked_wholly_or_not_at_all(),
        second_factor::an_identity_that_waited_for_the_second_factor_is_joined_wholly_or_not_at_all(),
        invites::an_invite_is_accepted_by_its_address_wholly_or_not_at_all(),
        invites::an_invite_is_accepted_by_link_wholly_or_not_at_all(),
        invites::a_link_for_an_invited_mailbox_is_mailed_or_can_be_asked_for_again(),
    );
}

async fn a_confirmation_of_the_external_login_counts_once() {
    sweep(
        "external-callback",
        async |visitor| {
            let (person, started) = (Person::new(), lab::starts(visitor).await);
            let confirming = lab::confirming_at(lab::V1, &started, &person);
            (person, started, confirming)
        },
        async |visitor, (_, _, confirming)| visitor.send(confirming.clone()).await,
        async |visitor, (person, started, confirming), answer| {
            let again = visitor.send(lab::confirming_at(lab::V1, &started, &Person::new())).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            // Nobody gets in without the address in the answer: whoever lost it asks again.
            if again.status != 200 {
                let repeated = visitor.send(confirming).await;
                assert_eq!(repeated.status, 200, "{answer}, and then {repeated}");
                assert!(answer.status != 200 || repeated.json() == answer.json(), "{answer}, and then {repeated}");
            }
            let session = SessionTokens::of(&lab::goes_on(visitor, &started).await.data());
            assert_eq!(session.user["email"] == person.email, again.status != 200, "{answer}, and then {again}");
        },
    )
    .await;
}

async fn an_identity_is_linked_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let session = visitor.signs_in(&Person::new()).await;
        let started = leaves(visitor, &session, "other").await;
        (session, started, Person::new())
    };
    sweep(
        "callback",
        prepare,
        async |visitor, (session, started, elsewhere)| {
            visitor.send(bringing(session, started, &LIES.code(started, elsewhere, |_| {}))).await
        },
        async |visitor, (session, started, elsewhere), answer| {
            let code = LIES.code(&started, &elsewhere, |_| {});
            let again = visitor.send(bringing(&session, &started, &code)).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            links(visitor, &session, "other", &elsewhere).await.data();
            let through_it = signs_in_at(visitor, "other", &elsewhere, |_| {}).await;
            assert_eq!(through_it.user_id(), session.user_id());
        },
    )
    .await;
}

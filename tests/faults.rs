//! Bad days: every call that an endpoint makes to AWS fails in every way, once or for good. Whatever happens, nobody gets
//! in who should not, what was acknowledged is there, and trying again ends well (I1, I7).

mod late;
mod mailbox;
mod passkeys;
mod provider;
mod secrets;
mod sweep;

use serde_json::json;
use tokio::join;

use crate::contracts::{actor, invites, lab, registers};
use crate::harness::{Answer, Call, NO_PAUSE, Person, SessionTokens, Stack, StartedSignIn, Visitor, second_factor_due};
use crate::identities::{bringing, leaves, links};
use crate::lies::{LIES, signs_in_at};
use sweep::sweep;

#[tokio::test]
async fn a_sign_in_with_a_provider_stands_every_fault() {
    join!(
        a_login_that_was_answered_can_be_finished_and_one_that_was_not_can_be_repeated(),
        a_callback_of_somebody_new_makes_one_account_and_one_session_at_most(),
        a_callback_of_somebody_known_leads_to_their_account_or_nowhere(),
        a_callback_that_joins_an_account_joins_it_wholly_or_not_at_all(),
    );
}

#[tokio::test]
async fn a_sign_in_by_mail_stands_every_fault() {
    join!(
        a_link_that_was_acknowledged_is_mailed_and_opens(),
        a_link_of_somebody_new_opens_one_session_at_most(),
        a_link_of_somebody_known_opens_one_session_at_most(),
        a_code_of_a_mail_opens_one_session_at_most(),
        mailbox::an_identity_whose_mailbox_agrees_is_joined_wholly_or_not_at_all(),
        mailbox::what_a_notice_told_of_is_undone_wholly_or_can_be_undone_again(),
    );
}

#[tokio::test]
async fn a_session_stands_every_fault_as_long_as_it_lives() {
    join!(
        a_refresh_goes_on_or_can_be_repeated(),
        a_logout_that_was_acknowledged_is_final_and_one_that_was_not_can_be_repeated(),
        a_logout_everywhere_that_was_acknowledged_is_final_and_one_that_was_not_can_be_repeated(),
        a_look_up_never_calls_a_living_session_ended(),
        a_list_never_leaves_a_living_session_out(),
        an_end_that_was_acknowledged_is_final_and_one_that_was_not_can_be_repeated(),
    );
}

#[tokio::test]
async fn what_comes_after_the_first_factor_stands_every_fault() {
    join!(
        a_second_factor_completes_one_session_at_most(),
        a_confirmation_of_the_external_login_counts_once(),
        an_identity_is_linked_wholly_or_not_at_all(),
        an_identity_that_waited_for_the_second_factor_is_joined_wholly_or_not_at_all(),
        an_invite_is_accepted_by_its_address_wholly_or_not_at_all(),
        an_invite_is_accepted_by_link_wholly_or_not_at_all(),
        a_link_for_an_invited_mailbox_is_mailed_or_can_be_asked_for_again(),
    );
}

#[tokio::test]
async fn what_only_tidies_up_after_a_sign_in_costs_nobody_the_sign_in() {
    let stack = Stack::alone(&[NO_PAUSE]);
    let (visitor, person) = (stack.visitor(), Person::new());
    let first = actor::returning(&visitor, "user", &person).await;
    visitor.send(first).await.is(200, json!({ "token": "<jwt>" }));
    let returning = actor::returning(&visitor, "user", &person).await;
    stack.orders(&json!({ "function": "callback", "kind": "failed", "after": 3, "times": 100 })).await;
    let answer = visitor.send(returning).await;
    assert!(stack.heals().await > 0, "the fourth call is the one that tidies up");
    answer.is(200, json!({ "token": "<jwt>" }));
}

async fn a_login_that_was_answered_can_be_finished_and_one_that_was_not_can_be_repeated() {
    sweep(
        "login",
        async |_| (),
        async |visitor, ()| visitor.login(json!({ "provider": "honest", "redirectUri": crate::harness::APP })).await,
        async |visitor, (), answer| {
            let started = match answer.status {
                200 => StartedSignIn::of("honest", &answer.data()),
                _ => visitor.starts("honest").await,
            };
            visitor.callback(&started, &LIES.code(&started, &Person::new(), |_| {})).await.data();
        },
    )
    .await;
}

async fn a_callback_of_somebody_new_makes_one_account_and_one_session_at_most() {
    sweep("callback", async |visitor| (Person::new(), visitor.starts("honest").await), returns, is_let_in_once).await;
}

async fn a_callback_of_somebody_known_leads_to_their_account_or_nowhere() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        visitor.signs_in(&person).await;
        (person, visitor.starts("honest").await)
    };
    sweep("callback", prepare, returns, is_let_in_once).await;
}

async fn a_callback_that_joins_an_account_joins_it_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        visitor.signs_in_by_link(&person.email).await;
        (person, visitor.starts("honest").await)
    };
    sweep("callback", prepare, returns, is_let_in_once).await;
}

async fn a_link_that_was_acknowledged_is_mailed_and_opens() {
    sweep(
        "magic-link",
        async |_| Person::new().email,
        async |visitor, email| visitor.asks_for_link(email).await,
        async |visitor, email, answer| {
            if answer.status != 200 {
                visitor.asks_for_link(&email).await.data();
            }
            let token = visitor.newest_token(&email).await;
            SessionTokens::of(&visitor.verifies(&token).await.data());
        },
    )
    .await;
}

async fn a_link_of_somebody_new_opens_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let email = Person::new().email;
        let token = visitor.gets_link(&email).await;
        (email, token)
    };
    sweep("verify", prepare, verifies, is_opened_once).await;
}

async fn a_link_of_somebody_known_opens_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let email = Person::new().email;
        visitor.signs_in_by_link(&email).await;
        let token = visitor.gets_link(&email).await;
        (email, token)
    };
    sweep("verify", prepare, verifies, is_opened_once).await;
}

async fn a_refresh_goes_on_or_can_be_repeated() {
    sweep(
        "refresh",
        async |visitor| visitor.signs_in(&Person::new()).await,
        async |visitor, session| visitor.refreshes(&session.refresh_token).await,
        async |visitor, session, answer| {
            let again = visitor.refreshes(&session.refresh_token).await.data();
            if answer.status == 200 {
                assert_eq!(again["refreshToken"], answer.data()["refreshToken"], "one live generation");
            }
            let mut data = again;
            data["user"] = session.user.clone();
            let renewed = visitor.renews(&SessionTokens::of(&data)).await;
            assert_eq!(visitor.looks_up(&renewed.access_token).await.data()["user"]["id"], session.user["id"]);
        },
    )
    .await;
}

async fn a_logout_that_was_acknowledged_is_final_and_one_that_was_not_can_be_repeated() {
    sweep(
        "logout",
        async |visitor| visitor.signs_in(&Person::new()).await,
        async |visitor, session| visitor.logs_out(&session.access_token).await,
        async |visitor, session, answer| {
            if answer.status != 200 {
                let again = visitor.logs_out(&session.access_token).await;
                assert!([200, 401].contains(&again.status), "{again}");
            }
            visitor.finds_ended(&session).await;
        },
    )
    .await;
}

async fn a_logout_everywhere_that_was_acknowledged_is_final_and_one_that_was_not_can_be_repeated() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        (visitor.signs_in(&person).await, visitor.signs_in(&person).await)
    };
    sweep(
        "logout",
        prepare,
        async |visitor, (session, _)| visitor.logs_out_everywhere(&session.access_token).await,
        async |visitor, (session, other), answer| {
            if answer.status != 200 {
                let again = visitor.logs_out_everywhere(&session.access_token).await;
                assert!([200, 401].contains(&again.status), "{again}");
            }
            for session in [session, other] {
                visitor.finds_ended(&session).await;
            }
        },
    )
    .await;
}

async fn a_look_up_never_calls_a_living_session_ended() {
    sweep(
        "session",
        async |visitor| visitor.signs_in(&Person::new()).await,
        async |visitor, session| visitor.looks_up(&session.access_token).await,
        async |visitor, session, _| {
            assert_eq!(visitor.looks_up(&session.access_token).await.data()["user"], session.user);
        },
    )
    .await;
}

async fn a_list_never_leaves_a_living_session_out() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        visitor.signs_in(&person).await;
        visitor.signs_in(&person).await
    };
    sweep(
        "session",
        prepare,
        async |visitor, session| visitor.lists_sessions(&session.access_token).await,
        async |visitor, session, answer| {
            let listed = visitor.lists_sessions(&session.access_token).await.data();
            assert_eq!(listed["sessions"].as_array().unwrap().len(), 2, "{listed}");
            assert!(answer.status != 200 || answer.data() == listed, "{answer}");
        },
    )
    .await;
}

async fn an_end_that_was_acknowledged_is_final_and_one_that_was_not_can_be_repeated() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        (visitor.signs_in(&person).await, visitor.signs_in(&person).await)
    };
    sweep(
        "session",
        prepare,
        async |visitor, (session, other)| visitor.ends(&session.access_token, &other.id()).await,
        async |visitor, (session, other), answer| {
            if answer.status != 200 {
                let again = visitor.ends(&session.access_token, &other.id()).await;
                assert!([200, 404].contains(&again.status), "{again}");
            }
            visitor.finds_ended(&other).await;
            visitor.looks_up(&session.access_token).await.data();
        },
    )
    .await;
}

async fn a_code_of_a_mail_opens_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let email = Person::new().email;
        let asked = visitor.asks_for_link(&email).await.data();
        let code = visitor.newest_code(&email).await;
        (email, json!({ "requestId": asked["requestId"], "code": code }))
    };
    sweep(
        "verify",
        prepare,
        async |visitor, (_, typed)| visitor.post("/v1/auth/verify", typed.clone()).await,
        async |visitor, (email, typed), answer| {
            let again = visitor.post("/v1/auth/verify", typed).await;
            leads_to_one_account(visitor, &email, [answer, again]).await;
        },
    )
    .await;
}

async fn a_second_factor_completes_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        let app = visitor.enrols(&visitor.signs_in(&person).await).await;
        let partial = comes_halfway(visitor, &person).await;
        let code = app.code().await;
        (person, app, partial, code)
    };
    sweep(
        "second-factor",
        prepare,
        async |visitor, (_, _, partial, code)| visitor.completes(partial, code).await,
        async |visitor, (person, app, partial, code), answer| {
            let again = visitor.completes(&partial, &code).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            for given in [answer, again].iter().filter(|answer| answer.status == 200) {
                let session = SessionTokens::of(&given.data());
                visitor.looks_up(&session.access_token).await.data();
                let next = comes_halfway(visitor, &person).await;
                visitor.completes(&next, &code).await.refuses(401, "SECOND_FACTOR_INVALID");
            }
            let next = comes_halfway(visitor, &person).await;
            visitor.completes(&next, &app.recovery_codes[0]).await.data();
        },
    )
    .await;
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
            // Without the address in the answer nobody gets in: whoever lost it asks again.
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

async fn an_identity_that_waited_for_the_second_factor_is_joined_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        let session = visitor.signs_in_by_link(&person.email).await;
        let app = visitor.enrols(&session).await;
        let partial = comes_halfway(visitor, &person).await;
        let code = app.code().await;
        (session, partial, code)
    };
    sweep(
        "second-factor",
        prepare,
        async |visitor, (_, partial, code)| visitor.completes(partial, code).await,
        async |visitor, (owner, partial, code), answer| {
            let again = visitor.completes(&partial, &code).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            for given in [answer, again].iter().filter(|answer| answer.status == 200) {
                let session = SessionTokens::of(&given.data());
                assert_eq!(session.user_id(), owner.user_id());
                let listed = Call::get(crate::identities::PATH).bearer(&session.access_token);
                let identities = visitor.send(listed).await.data()["identities"].take();
                assert_eq!(identities.as_array().unwrap().len(), 1, "{identities}");
            }
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

/// Somebody with a second factor gets as far as the question for it. Gives the partial session.
async fn comes_halfway(visitor: &Visitor<'_>, person: &Person) -> String {
    let started = visitor.starts("honest").await;
    let due = visitor.callback(&started, &LIES.code(&started, person, |_| {})).await.gives(second_factor_due());
    due["sessionId"].as_str().unwrap().to_owned()
}

async fn returns(visitor: &Visitor<'_>, (person, started): &(Person, StartedSignIn)) -> Answer {
    visitor.callback(started, &LIES.code(started, person, |_| {})).await
}

/// The state gave one session at most, an acknowledged one lives, and the next sign-in finds the same account.
async fn is_let_in_once(visitor: &Visitor<'_>, (person, started): (Person, StartedSignIn), answer: Answer) {
    let again = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
    let later = visitor.signs_in(&person).await;
    for given in [answer, again].iter().filter(|answer| answer.status == 200) {
        let session = SessionTokens::of(&given.data());
        assert_eq!(session.user_id(), later.user_id());
        visitor.looks_up(&session.access_token).await.data();
    }
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), later.user_id());
}

async fn verifies(visitor: &Visitor<'_>, (_, token): &(String, String)) -> Answer {
    visitor.verifies(token).await
}

/// The link gave one session at most, an acknowledged one lives, and the next link finds the same account.
async fn is_opened_once(visitor: &Visitor<'_>, (email, token): (String, String), answer: Answer) {
    let again = visitor.verifies(&token).await;
    if answer.status == 200 {
        again.refuses(400, "MAGIC_LINK_USED");
    }
    leads_to_one_account(visitor, &email, [answer, again]).await;
}

/// Of two attempts with one secret at most one opened a session, which lives, and the next link finds the same account.
async fn leads_to_one_account(visitor: &Visitor<'_>, email: &str, answers: [Answer; 2]) {
    let [first, again] = &answers;
    assert!([first.status, again.status] != [200, 200], "{first}, and then {again}");
    let later = visitor.signs_in_by_link(email).await;
    for given in answers.iter().filter(|answer| answer.status == 200) {
        let session = SessionTokens::of(&given.data());
        assert_eq!(session.user_id(), later.user_id());
        visitor.looks_up(&session.access_token).await.data();
    }
}

async fn an_invite_is_accepted_by_its_address_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        invites(visitor, &person.email).await;
        (registers(visitor, &person).await, person)
    };
    let accepts = |registration: &str| Call::post("/v1/auth/invites/accept").bearer(registration);
    sweep(
        "invites",
        prepare,
        async |visitor, (registration, _)| visitor.send(accepts(registration)).await,
        async |visitor, (registration, person), answer| {
            let again = visitor.send(accepts(&registration)).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            is_a_guest_once(visitor, &person, [answer, again]).await;
        },
    )
    .await;
}

async fn an_invite_is_accepted_by_link_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        invites(visitor, &person.email).await;
        (visitor.gets_link_with(&person.email, json!({ "actorType": "guest" })).await, person)
    };
    sweep(
        "verify",
        prepare,
        async |visitor, (token, _)| visitor.verifies(token).await,
        async |visitor, (token, person), answer| {
            let again = visitor.verifies(&token).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            is_a_guest_once(visitor, &person, [answer, again]).await;
        },
    )
    .await;
}

async fn a_link_for_an_invited_mailbox_is_mailed_or_can_be_asked_for_again() {
    let guest = || json!({ "actorType": "guest" });
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        invites(visitor, &person.email).await;
        person
    };
    sweep(
        "magic-link",
        prepare,
        async |visitor, person| visitor.asks_for_link_with(&person.email, guest()).await,
        async |visitor, person, answer| {
            if answer.status != 200 {
                visitor.asks_for_link_with(&person.email, guest()).await.data();
            }
            let token = visitor.newest_token(&person.email).await;
            SessionTokens::of(&visitor.verifies(&token).await.data());
        },
    )
    .await;
}

/// An acknowledged session lives, and the next link finds the same account, or makes it.
async fn is_a_guest_once(visitor: &Visitor<'_>, person: &Person, answers: [Answer; 2]) {
    let token = visitor.gets_link_with(&person.email, json!({ "actorType": "guest" })).await;
    let later = SessionTokens::of(&visitor.verifies(&token).await.data());
    for given in answers.iter().filter(|answer| answer.status == 200) {
        let session = SessionTokens::of(&given.data());
        assert_eq!(session.user_id(), later.user_id());
        visitor.looks_up(&session.access_token).await.data();
    }
}

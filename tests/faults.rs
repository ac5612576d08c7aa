//! Bad days: every call that an endpoint makes to AWS fails in every way, once or for good. Whatever happens, nobody gets
//! in who should not, what was acknowledged is there, and trying again ends well (SECURITY I1, I7).

mod provider;
mod secrets;
mod sweep;

use crate::harness::{Answer, Person, Session, Started, Visitor};
use crate::lies::LIES;
use serde_json::json;
use sweep::sweep;
use tokio::join;

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
    );
}

#[tokio::test]
async fn a_session_stands_every_fault_as_long_as_it_lives() {
    join!(
        a_refresh_goes_on_or_can_be_repeated(),
        a_logout_that_was_acknowledged_is_final_and_one_that_was_not_can_be_repeated(),
        a_logout_everywhere_that_was_acknowledged_is_final_and_one_that_was_not_can_be_repeated(),
        a_look_up_never_calls_a_living_session_ended(),
    );
}

async fn a_login_that_was_answered_can_be_finished_and_one_that_was_not_can_be_repeated() {
    sweep(
        "login",
        async |_| (),
        async |visitor, ()| visitor.login(json!({ "provider": "honest", "redirectUri": crate::harness::APP })).await,
        async |visitor, (), answer| {
            let started = match answer.status {
                200 => Started::of("honest", &answer.data()),
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
            Session::of(&visitor.verifies(&token).await.data());
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
            let renewed = visitor.renews(&Session::of(&data)).await;
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

async fn returns(visitor: &Visitor<'_>, (person, started): &(Person, Started)) -> Answer {
    visitor.callback(started, &LIES.code(started, person, |_| {})).await
}

/// The state gave one session at most, an acknowledged one lives, and the next sign-in finds the same account.
async fn is_let_in_once(visitor: &Visitor<'_>, (person, started): (Person, Started), answer: Answer) {
    let again = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
    let later = visitor.signs_in(&person).await;
    for given in [answer, again].iter().filter(|answer| answer.status == 200) {
        let session = Session::of(&given.data());
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
    assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
    if answer.status == 200 {
        again.refuses(400, "MAGIC_LINK_USED");
    }
    let later = visitor.signs_in_by_link(&email).await;
    for given in [answer, again].iter().filter(|answer| answer.status == 200) {
        let session = Session::of(&given.data());
        assert_eq!(session.user_id(), later.user_id());
        visitor.looks_up(&session.access_token).await.data();
    }
}

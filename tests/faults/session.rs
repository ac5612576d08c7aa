//! Sessions on bad days: kept alive, looked up, listed and ended.

use tokio::join;

use super::sweep::sweep;
use crate::harness::{Person, SessionTokens, Visitor};

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

//! The second factor on the way in, on bad days.

use super::sweep::sweep;
use crate::harness::{Call, Person, SessionTokens, Visitor, second_factor_due};
use crate::identities::PATH;
use crate::lies::LIES;

pub async fn a_second_factor_completes_one_session_at_most() {
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

pub async fn an_identity_that_waited_for_the_second_factor_is_joined_wholly_or_not_at_all() {
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
                let listed = Call::get(PATH).bearer(&session.access_token);
                let identities = visitor.send(listed).await.data()["identities"].take();
                assert_eq!(identities.as_array().unwrap().len(), 1, "{identities}");
            }
        },
    )
    .await;
}

/// Takes somebody with a second factor as far as the question for it. Returns the partial session's id.
async fn comes_halfway(visitor: &Visitor<'_>, person: &Person) -> String {
    let started = visitor.starts("honest").await;
    let due = visitor.callback(&started, &LIES.code(&started, person, |_| {})).await.gives(second_factor_due());
    due["sessionId"].as_str().unwrap().to_owned()
}

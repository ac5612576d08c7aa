//! Passkeys on bad days.

use serde_json::{Value, json};
use tokio::join;

use super::sweep::sweep;
use crate::harness::{Answer, Call, PASSKEYS, Person, SessionTokens, VirtualPasskey, Visitor};
use crate::lies::LIES;

#[tokio::test]
async fn a_passkey_stands_every_fault() {
    join!(
        a_passkey_opens_one_session_at_most(),
        a_passkey_completes_one_session_at_most(),
        a_passkey_is_kept_wholly_or_not_at_all(),
        one_more_passkey_is_kept_or_not(),
        a_passkey_goes_wholly_or_not_at_all(),
        a_passkey_makes_a_session_fresh_once_at_most(),
        nobody_is_asked_uncounted(),
    );
}

async fn a_passkey_opens_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let (_, passkey) = somebody(visitor).await;
        let question = visitor.is_asked_for_a_passkey().await;
        let credential = passkey.signs(visitor.stack, &question, |_| {});
        (passkey, question, credential)
    };
    sweep(
        "passkeys",
        prepare,
        async |visitor, (_, question, credential)| visitor.signs_in_by(question, credential.clone()).await,
        async |visitor, (passkey, question, credential), answer| {
            let again = visitor.signs_in_by(&question, credential).await;
            opens_once(visitor, [answer, again]).await;
            visitor.signs_in_by_passkey(&passkey).await;
        },
    )
    .await;
}

async fn a_passkey_completes_one_session_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let (person, passkey) = somebody(visitor).await;
        let partial = comes_halfway(visitor, &person).await["sessionId"].as_str().unwrap().to_owned();
        let question = visitor.is_asked_for_second_factor(&partial).await.data();
        let credential = passkey.signs(visitor.stack, &question, |_| {});
        (passkey, partial, question, credential)
    };
    sweep(
        "passkeys",
        prepare,
        async |visitor, (_, partial, question, credential)| {
            visitor.completes_by(partial, question, credential.clone()).await
        },
        async |visitor, (passkey, partial, question, credential), answer| {
            let again = visitor.completes_by(&partial, &question, credential).await;
            opens_once(visitor, [answer, again]).await;
            visitor.signs_in_by_passkey(&passkey).await;
        },
    )
    .await;
}

async fn a_passkey_is_kept_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let person = Person::new();
        let session = visitor.signs_in(&person).await;
        let question = visitor.is_asked_to_register(&session, json!({})).await.data();
        let passkey = VirtualPasskey::made_for(&question);
        let credential = passkey.attests(visitor.stack, &question, |_| {});
        (person, session, question, passkey, credential)
    };
    sweep(
        "passkeys",
        prepare,
        async |visitor, (_, session, question, _, credential)| {
            visitor.registers(session, question, credential.clone()).await
        },
        async |visitor, (person, session, _, passkey, _), answer| {
            let kept = visitor.lists_passkeys(&session).await.data()["passkeys"].as_array().unwrap().len();
            assert!(answer.status != 200 || kept == 1, "{answer}");
            if kept == 1 {
                visitor.signs_in_by_passkey(&passkey).await;
            } else {
                visitor.signs_in(&person).await;
                visitor.adds_passkey(&session).await;
            }
            assert_eq!(comes_halfway(visitor, &person).await["methods"], json!(["passkey", "recovery_code"]));
        },
    )
    .await;
}

async fn a_passkey_goes_wholly_or_not_at_all() {
    let prepare = async |visitor: &Visitor<'_>| {
        let (person, passkey) = somebody(visitor).await;
        let session = visitor.signs_in_by_passkey(&passkey).await;
        (person, passkey, session)
    };
    sweep(
        "passkeys",
        prepare,
        async |visitor, (_, passkey, session)| visitor.removes_passkey(session, &passkey.id, json!({})).await,
        async |visitor, (person, passkey, session), answer| {
            if answer.status != 200 {
                let again = visitor.removes_passkey(&session, &passkey.id, json!({})).await;
                assert!([200, 404].contains(&again.status), "{again}");
            }
            visitor.signs_in(&person).await;
            visitor.lists_passkeys(&session).await.gives(json!({ "passkeys": [] }));
        },
    )
    .await;
}

async fn one_more_passkey_is_kept_or_not() {
    let prepare = async |visitor: &Visitor<'_>| {
        let (_, passkey) = somebody(visitor).await;
        let session = visitor.signs_in_by_passkey(&passkey).await;
        let question = visitor.is_asked_to_register(&session, json!({})).await.data();
        let other = VirtualPasskey::made_for(&question);
        let credential = other.attests(visitor.stack, &question, |_| {});
        (passkey, session, question, other, credential)
    };
    sweep(
        "passkeys",
        prepare,
        async |visitor, (_, session, question, _, credential)| {
            visitor.registers(session, question, credential.clone()).await
        },
        async |visitor, (passkey, session, _, other, _), answer| {
            let kept = visitor.lists_passkeys(&session).await.data()["passkeys"].as_array().unwrap().len();
            assert!(kept == 2 || (answer.status != 200 && kept == 1), "{kept}: {answer}");
            visitor.signs_in_by_passkey(if kept == 2 { &other } else { &passkey }).await;
        },
    )
    .await;
}

async fn a_passkey_makes_a_session_fresh_once_at_most() {
    let prepare = async |visitor: &Visitor<'_>| {
        let (_, passkey) = somebody(visitor).await;
        let session = visitor.signs_in_by_passkey(&passkey).await;
        let question = visitor.is_asked_to_step_up(&session).await.data();
        let credential = passkey.signs(visitor.stack, &question, |_| {});
        (session, question, credential)
    };
    sweep(
        "passkeys",
        prepare,
        async |visitor, (session, question, credential)| {
            visitor.steps_up_by(session, question, credential.clone()).await
        },
        async |visitor, (session, question, credential), answer| {
            let again = visitor.steps_up_by(&session, &question, credential).await;
            assert!([answer.status, again.status] != [200, 200], "{answer}, and then {again}");
            visitor.looks_up(&session.access_token).await.data();
        },
    )
    .await;
}

/// Where the limit cannot be counted, nothing is asked.
async fn nobody_is_asked_uncounted() {
    sweep(
        "passkeys",
        async |visitor| somebody(visitor).await.1,
        async |visitor, _| visitor.send(Call::post(format!("{PASSKEYS}/challenge"))).await,
        async |visitor, passkey, answer| {
            if answer.status == 200 {
                let question = answer.data();
                let credential = passkey.signs(visitor.stack, &question, |_| {});
                visitor.signs_in_by(&question, credential).await.data();
            }
        },
    )
    .await;
}

/// One of these opens a session at most.
async fn opens_once(visitor: &Visitor<'_>, answers: [Answer; 2]) {
    let [first, second] = &answers;
    assert!([first.status, second.status] != [200, 200], "{first}, and then {second}");
    for answer in answers.iter().filter(|answer| answer.status == 200) {
        visitor.looks_up(&SessionTokens::of(&answer.data()).access_token).await.data();
    }
}

/// Somebody with a passkey.
async fn somebody(visitor: &Visitor<'_>) -> (Person, VirtualPasskey) {
    let person = Person::new();
    let (passkey, _) = visitor.adds_passkey(&visitor.signs_in(&person).await).await;
    (person, passkey)
}

/// What says that a second factor is due.
async fn comes_halfway(visitor: &Visitor<'_>, person: &Person) -> Value {
    let started = visitor.starts("honest").await;
    visitor.callback(&started, &LIES.code(&started, person, |_| {})).await.data()
}

//! Who may become a user: actor types and their policies.

use serde_json::json;

use crate::harness::{Person, SessionTokens, Stack, now, seconds};
use crate::lies::jose::{claims_of, header_of};
use crate::lies::{LIES, session_of, user_from_provider};

#[tokio::test]
async fn the_first_actor_type_is_the_default() {
    let session = Stack::strict().visitor().signs_in(&Person::new()).await;
    assert_eq!((&session.user["actorType"], &session.claims()["actor_type"]), (&json!("member"), &json!("member")));
}

#[tokio::test]
async fn a_closed_actor_type_refuses_unknown_people() {
    let stack = Stack::strict();
    let visitor = stack.visitor();
    let person = Person::new();
    let started = visitor.starts_with("honest", json!({ "actorType": "staff" })).await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    let request_id = answer.refuses(403, "SIGN_UP_CLOSED");
    stack.audited(&request_id, &["sign_in_refused"]).await;
    assert!(!stack.dump().await.to_string().contains(&person.email));
}

#[tokio::test]
async fn an_actor_type_by_invitation_answers_with_a_registration_token() {
    let stack = Stack::strict();
    let visitor = stack.visitor();
    let person = Person::new();
    let started = visitor.starts_with("honest", json!({ "actorType": "guest" })).await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    let data = answer.gives(json!({
        "registrationRequired": true,
        "registrationToken": "<jwt>",
        "expiresAt": "<time>",
        "profile": { "email": person.email, "name": person.name },
    }));
    let left = seconds(data["expiresAt"].as_str().unwrap()) - now();
    assert!((880..=900).contains(&left), "{left} seconds left");
    stack.audited(&answer.request_id(), &["registration_required"]).await;
    assert!(!stack.dump().await.to_string().contains(&person.email));
}

#[tokio::test]
async fn a_registration_token_is_no_access_token() {
    let visitor = Stack::strict().visitor();
    let started = visitor.starts_with("honest", json!({ "actorType": "guest" })).await;
    let data = visitor.callback(&started, &LIES.code(&started, &Person::new(), |_| {})).await.data();
    let token = data["registrationToken"].as_str().unwrap();
    assert_ne!(header_of(token)["typ"], "at+jwt");
    assert!(claims_of(token).get("sid").is_none());
    visitor.looks_up(token).await.refuses(401, "UNAUTHORIZED");
    visitor.lists_sessions(token).await.refuses(401, "UNAUTHORIZED");
    visitor.logs_out(token).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_link_for_an_unknown_address_where_sign_up_is_not_open_says_sent_and_mails_nothing() {
    let stack = Stack::strict();
    for actor_type in ["guest", "staff"] {
        let person = Person::new();
        let answer = stack.visitor().asks_for_link_with(&person.email, json!({ "actorType": actor_type })).await;
        answer.gives(json!({ "sent": true, "expiresAt": "<time>", "requestId": "<text>" }));
        assert_eq!(stack.mails_to(&person.email).await.len(), 0, "{actor_type}");
    }
}

#[tokio::test]
async fn a_link_for_an_unknown_address_counts_against_the_limits_even_where_nothing_is_mailed() {
    let stack = Stack::strict();
    let person = Person::new();
    let further = json!({ "actorType": "staff" });
    stack.visitor().asks_for_link_with(&person.email, further.clone()).await.data();
    let answer = stack.visitor().asks_for_link_with(&person.email, further).await;
    assert_eq!((answer.status, &answer.json()["error"]), (429, &json!("RATE_LIMITED")), "{answer}");
}

#[tokio::test]
async fn one_person_has_one_user_for_each_actor_type() {
    let stack = Stack::unforgiving();
    let visitor = stack.visitor();
    let person = Person::new();
    let mut users = Vec::new();
    for actor_type in ["customer", "seller"] {
        let started = visitor.starts_with("honest", json!({ "actorType": actor_type })).await;
        let data = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await.data();
        assert_eq!(data["user"]["actorType"], actor_type);
        users.push(SessionTokens::of(&data));
    }
    assert_ne!(users[0].user_id(), users[1].user_id());

    let started = visitor.starts_with("honest", json!({ "actorType": "seller" })).await;
    let again = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await.data();
    assert_eq!(SessionTokens::of(&again).user_id(), users[1].user_id());
}

#[tokio::test]
async fn where_linking_is_off_an_address_that_is_taken_is_refused() {
    let stack = Stack::strict();
    let visitor = stack.visitor();
    let person = Person::new();
    let by_link = visitor.signs_in_by_link(&person.email).await;

    let started = visitor.starts("honest").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;

    let request_id = answer.refuses(409, "ACCOUNT_EXISTS");
    stack.audited(&request_id, &["sign_in_refused"]).await;
    visitor.looks_up(&by_link.access_token).await.data();
}

#[tokio::test]
async fn where_linking_is_off_a_free_address_is_free() {
    let visitor = Stack::strict().visitor();
    let person = Person::new();
    let started = visitor.starts("honest").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await;
    let mut user = user_from_provider(&person);
    user["actorType"] = json!("member");
    answer.gives(session_of(user));
}

//! `/v1/auth/identities`: what leads to a person, one more, and one less.

use serde_json::{Value, json};

use crate::harness::{
    APP, Answer, Call, Person, ServiceStack, SessionTokens, Stack, StartedSignIn, Tab, Visitor, assert_shape,
};
use crate::lies::{LIES, signs_in_at};
use crate::races::winners;

pub const PATH: &str = "/v1/auth/identities";

async fn lists(visitor: &Visitor<'_>, session: &SessionTokens) -> Vec<Value> {
    let data = visitor.send(Call::get(PATH).bearer(&session.access_token)).await.data();
    data["identities"].as_array().unwrap().clone()
}

fn identity(provider: &str, reason: &str) -> Value {
    json!({ "provider": provider, "linkedAt": "<time>", "reason": reason })
}

#[track_caller]
fn are(identities: &[Value], expected: &[Value]) {
    assert_shape(&json!(identities), &json!(expected), "the identities");
}

pub fn starting(session: &SessionTokens, provider: &str) -> Call {
    Call::post(format!("{PATH}/{provider}")).bearer(&session.access_token).json(&json!({ "redirectUri": APP }))
}

/// A signed-in person leaves for a provider, for one more identity.
pub async fn leaves(visitor: &Visitor<'_>, session: &SessionTokens, provider: &str) -> StartedSignIn {
    let answer = visitor.send(starting(session, provider)).await;
    StartedSignIn::of(provider, &answer.gives(json!({ "authUrl": "<text>", "state": "<text>" })))
}

pub fn bringing(session: &SessionTokens, started: &StartedSignIn, code: &str) -> Call {
    Visitor::callback_call(started, code, json!({})).bearer(&session.access_token)
}

pub async fn links(visitor: &Visitor<'_>, session: &SessionTokens, provider: &str, person: &Person) -> Answer {
    let started = leaves(visitor, session, provider).await;
    let code = LIES.code(&started, person, |_| {});
    visitor.send(bringing(session, &started, &code)).await
}

pub async fn unlinks(visitor: &Visitor<'_>, session: &SessionTokens, provider: &str) -> Answer {
    visitor.send(Call::delete(format!("{PATH}/{provider}")).bearer(&session.access_token)).await
}

#[tokio::test]
async fn a_person_sees_what_leads_to_their_account_and_why() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let by_link = visitor.signs_in_by_link(&person.email).await;
    are(&lists(&visitor, &by_link).await, &[]);
    let session = visitor.signs_in(&person).await;
    are(&lists(&visitor, &session).await, &[identity("honest", "verified_email")]);
    let looked_up = visitor.looks_up(&session.access_token).await.data();
    are(looked_up["identities"].as_array().unwrap(), &[identity("honest", "verified_email")]);
    let other = visitor.signs_in(&Person::new()).await;
    are(&lists(&visitor, &other).await, &[identity("honest", "sign_up")]);
    visitor.send(Call::get(PATH)).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_signed_in_person_links_another_identity_whatever_address_it_has() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (person, elsewhere) = (Person::new(), Person::new());
    let session = visitor.signs_in(&person).await;

    let answer = links(&visitor, &session, "untrusted", &elsewhere).await;

    let both = [identity("honest", "sign_up"), identity("untrusted", "asked")];
    answer.gives(json!({ "linked": true, "identities": both }));
    stack.audited(&answer.request_id(), &["identity_linked"]).await;
    are(&lists(&visitor, &session).await, &both);
    let through_it = signs_in_at(&visitor, "untrusted", &elsewhere, |_| {}).await;
    assert_eq!(through_it.user_id(), session.user_id());
    let again = links(&visitor, &session, "untrusted", &elsewhere).await;
    again.gives(json!({ "linked": true, "identities": both }));
    visitor.renews(&session).await;
}

#[tokio::test]
async fn only_the_session_that_asked_brings_the_identity_home() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (person, elsewhere) = (Person::new(), Person::new());
    let (session, sibling) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    let stranger = visitor.signs_in(&Person::new()).await;
    let started = leaves(&visitor, &session, "other").await;
    let code = LIES.code(&started, &elsewhere, |_| {});
    visitor.callback(&started, &code).await.refuses(401, "UNAUTHORIZED");
    visitor.send(bringing(&stranger, &started, &code)).await.refuses(400, "INVALID_STATE");
    visitor.send(bringing(&sibling, &started, &code)).await.refuses(400, "INVALID_STATE");
    visitor.send(bringing(&session, &started, &code)).await.data();
    visitor.send(bringing(&session, &started, &code)).await.refuses(400, "INVALID_STATE");

    let started = leaves(&visitor, &session, "other").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    visitor.logs_out(&session.access_token).await.data();
    visitor.send(bringing(&session, &started, &code)).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_sign_in_is_a_sign_in_whoever_is_signed_in() {
    let visitor = Stack::shared().visitor();
    let (person, other) = (Person::new(), Person::new());
    let session = visitor.signs_in(&person).await;
    let started = visitor.starts("other").await;
    let code = LIES.code(&started, &other, |_| {});
    let signed_in = SessionTokens::of(&visitor.send(bringing(&session, &started, &code)).await.data());
    assert_ne!(signed_in.user_id(), session.user_id());
    are(&lists(&visitor, &session).await, &[identity("honest", "sign_up")]);
}

#[tokio::test]
async fn an_identity_that_leads_to_somebody_else_stays_theirs() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (person, other) = (Person::new(), Person::new());
    let session = visitor.signs_in(&person).await;
    let theirs = signs_in_at(&visitor, "other", &other, |_| {}).await;
    let request_id = links(&visitor, &session, "other", &other).await.refuses(409, "ACCOUNT_EXISTS");
    stack.audited(&request_id, &["sign_in_refused"]).await;
    assert_eq!(signs_in_at(&visitor, "other", &other, |_| {}).await.user_id(), theirs.user_id());
}

#[tokio::test]
async fn a_link_starts_only_for_a_known_provider_and_an_allowed_page() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.send(starting(&session, "nobody")).await.refuses(400, "INVALID_PROVIDER");
    for page in ["https://evil.example/", &format!("{}/v1/auth/callback/other", visitor.stack.url)] {
        let call = Call::post(format!("{PATH}/other")).bearer(&session.access_token);
        visitor.send(call.json(&json!({ "redirectUri": page }))).await.refuses(400, "INVALID_REDIRECT");
    }
    let call = Call::post(format!("{PATH}/other")).bearer(&session.access_token).json(&json!({}));
    visitor.send(call).await.faults("redirectUri");
    let nobody = Call::post(format!("{PATH}/other")).json(&json!({ "redirectUri": APP }));
    visitor.send(nobody).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn an_identity_is_taken_away_and_leads_nowhere_any_more() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (person, elsewhere) = (Person::new(), Person::new());
    let session = visitor.signs_in(&person).await;
    links(&visitor, &session, "untrusted", &elsewhere).await.data();
    let answer = unlinks(&visitor, &session, "untrusted").await;
    answer.gives(json!({ "identities": [identity("honest", "sign_up")] }));
    stack.audited(&answer.request_id(), &["identity_unlinked"]).await;
    unlinks(&visitor, &session, "untrusted").await.refuses(404, "NOT_FOUND");
    let somebody_new = signs_in_at(&visitor, "untrusted", &elsewhere, |_| {}).await;
    assert_ne!(somebody_new.user_id(), session.user_id());
}

#[tokio::test]
async fn a_proven_address_is_a_way_in_and_the_last_way_in_stays() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let session = visitor.signs_in(&person).await;
    unlinks(&visitor, &session, "honest").await.gives(json!({ "identities": [] }));
    let by_link = visitor.signs_in_by_link(&person.email).await;
    assert_eq!(by_link.user_id(), session.user_id());

    let unproven = signs_in_at(&visitor, "untrusted", &Person::new(), |_| {}).await;
    unlinks(&visitor, &unproven, "untrusted").await.refuses(409, "LAST_IDENTITY");
    let elsewhere = Person::new();
    links(&visitor, &unproven, "other", &elsewhere).await.data();
    let by_other = signs_in_at(&visitor, "other", &elsewhere, |_| {}).await;
    unlinks(&visitor, &by_other, "untrusted").await.data();
    unlinks(&visitor, &by_other, "other").await.refuses(409, "LAST_IDENTITY");
}

#[tokio::test]
async fn ten_minutes_after_signing_in_identities_are_seen_and_not_changed_before_a_step_up() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let app = visitor.enrols(&session).await;
    links(&visitor, &session, "untrusted", &Person::new()).await.data();
    let (started, elsewhere) = (leaves(&visitor, &session, "other").await, Person::new());

    services.ages(&session, 600).await;

    let request_id = unlinks(&visitor, &session, "untrusted").await.refuses(403, "FORBIDDEN");
    assert!(stack.logged(&request_id).await.iter().all(|fields| fields["event"] != "identity_unlinked"));
    visitor.send(starting(&session, "untrusted")).await.refuses(403, "FORBIDDEN");
    assert_eq!(lists(&visitor, &session).await.len(), 2);
    // Whoever left in time comes home.
    let code = LIES.code(&started, &elsewhere, |_| {});
    visitor.send(bringing(&session, &started, &code)).await.data();
    visitor.steps_up(&session, &app.code().await).await.data();
    unlinks(&visitor, &session, "untrusted").await.data();
    links(&visitor, &session, "untrusted", &Person::new()).await.data();
}

#[tokio::test]
async fn a_cookie_links_and_unlinks_from_our_own_pages_only() {
    let mut tab = Tab::of(Stack::shared().visitor());
    tab.signs_in(&Person::new()).await;
    let start = || Call::post(format!("{PATH}/other")).json(&json!({ "redirectUri": APP }));
    let (own, evil) = (("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site"));
    tab.send(start().header(evil.0, evil.1)).await.refuses(403, "FORBIDDEN");
    let data = tab.send(start().header(own.0, own.1)).await.gives(json!({ "authUrl": "<text>", "state": "<text>" }));
    let started = StartedSignIn::of("other", &data);
    let home = Visitor::callback_call(&started, &LIES.code(&started, &Person::new(), |_| {}), json!({}));
    tab.send(home.clone().header(evil.0, evil.1)).await.refuses(403, "FORBIDDEN");
    let both = [identity("honest", "sign_up"), identity("other", "asked")];
    tab.send(home.header(own.0, own.1)).await.gives(json!({ "linked": true, "identities": both }));
    tab.opens(PATH).await.gives(json!({ "identities": both }));
    let end = || Call::delete(format!("{PATH}/other"));
    tab.send(end().header(evil.0, evil.1)).await.refuses(403, "FORBIDDEN");
    let one = json!({ "identities": [identity("honest", "sign_up")] });
    tab.send(end().header(own.0, own.1)).await.gives(one);
}

#[tokio::test]
async fn an_identity_that_a_crowd_brings_home_is_linked_once() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let started = leaves(&visitor, &session, "other").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    let answers = visitor.race(vec![bringing(&session, &started, &code); 32]).await;
    winners(&answers, 1, 400, "INVALID_STATE");
    assert_eq!(lists(&visitor, &session).await.len(), 2);
}

#[tokio::test]
async fn an_identity_that_is_linked_while_its_owner_first_signs_in_leads_to_one_account() {
    let visitor = Stack::shared().visitor();
    for _ in 0..4 {
        let (session, elsewhere) = (visitor.signs_in(&Person::new()).await, Person::new());
        let (linking, signing_in) = (leaves(&visitor, &session, "other").await, visitor.starts("other").await);
        let code = |started: &StartedSignIn| LIES.code(started, &elsewhere, |_| {});
        let calls = [
            bringing(&session, &linking, &code(&linking)),
            Visitor::callback_call(&signing_in, &code(&signing_in), json!({})),
        ];
        let answers = visitor.race(calls).await;
        let signed_in = SessionTokens::of(&answers[1].data());
        if answers[0].status == 200 {
            assert_eq!(signed_in.user_id(), session.user_id());
        } else {
            answers[0].refuses(409, "ACCOUNT_EXISTS");
            assert_ne!(signed_in.user_id(), session.user_id());
        }
        assert_eq!(signs_in_at(&visitor, "other", &elsewhere, |_| {}).await.user_id(), signed_in.user_id());
    }
}

#[tokio::test]
async fn of_two_identities_that_are_taken_away_at_once_one_stays() {
    let visitor = Stack::shared().visitor();
    let (one, two) = (Person::new(), Person::new());
    let session = signs_in_at(&visitor, "untrusted", &one, |_| {}).await;
    links(&visitor, &session, "other", &two).await.data();
    let call = |provider: &str| Call::delete(format!("{PATH}/{provider}")).bearer(&session.access_token);
    let answers = visitor.race([call("untrusted"), call("other")]).await;
    let mut answers: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    answers.sort_unstable();
    // Whoever takes away the identity that began their session has ended it.
    assert!(matches!(answers[..], [200, 401 | 409]), "{answers:?}");
    let (one, two) =
        (signs_in_at(&visitor, "untrusted", &one, |_| {}).await, signs_in_at(&visitor, "other", &two, |_| {}).await);
    let still = [one, two].iter().filter(|found| found.user_id() == session.user_id()).count();
    assert_eq!(still, 1);
}

#[tokio::test]
async fn an_identity_that_two_people_link_at_once_leads_to_one() {
    let visitor = Stack::shared().visitor();
    let wanted = Person::new();
    let mut calls = Vec::new();
    let mut sessions = Vec::new();
    for _ in 0..8 {
        let session = visitor.signs_in(&Person::new()).await;
        let started = leaves(&visitor, &session, "other").await;
        calls.push(bringing(&session, &started, &LIES.code(&started, &wanted, |_| {})));
        sessions.push(session);
    }
    let answers = visitor.race(calls).await;
    winners(&answers, 1, 409, "ACCOUNT_EXISTS");
    let holder = signs_in_at(&visitor, "other", &wanted, |_| {}).await;
    let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
    assert_eq!(holder.user_id(), sessions[winner].user_id());
}

// Pre-hijacking

#[tokio::test]
async fn whoever_waits_at_an_unproven_address_is_not_joined_by_its_owner() {
    let visitor = Stack::shared().visitor();
    let owner = Person::new();
    let squatter = Person { email: owner.email.clone(), ..Person::new() };
    let waiting = signs_in_at(&visitor, "untrusted", &squatter, |_| {}).await;
    links(&visitor, &waiting, "other", &Person::new()).await.data();

    let mut ways = Vec::new();
    ways.push(visitor.signs_in_by_link(&owner.email).await);
    ways.push(visitor.signs_in(&owner).await);
    for session in &ways {
        assert_ne!(session.user_id(), waiting.user_id());
        assert_eq!(session.user_id(), ways[0].user_id());
    }
    are(&lists(&visitor, &ways[0]).await, &[identity("honest", "verified_email")]);
    // What the squatter has is theirs alone, still unproven, and leads nowhere near the owner.
    let after = visitor.looks_up(&waiting.access_token).await.data();
    assert_eq!((&after["user"]["id"], &after["user"]["emailVerified"]), (&waiting.user["id"], &json!(false)));
    let again = signs_in_at(&visitor, "untrusted", &squatter, |_| {}).await;
    assert_eq!(again.user_id(), waiting.user_id());
}

//! A provider that can be told what to lie about, and one test for each lie.

mod demands;
pub mod jose;
mod provider;
pub mod quirks;

mod client_auth;
mod complaints;
mod discovery;
mod github;
mod id_token;
mod pushed;
mod token_endpoint;
mod userinfo;

pub use jose::Signer;
pub use provider::{CLIENT_ID, CLIENT_SECRET, LIES, Reply, Told};

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{APP, Person, SessionTokens, Stack, Visitor};

/// A sign-in at an honest provider that lies once, in this way: refused as a bad code.
async fn refused(lie: impl FnOnce(&mut Told)) {
    judged("honest", lie, 400, "INVALID_CODE").await;
}

/// The same, but the answer was of no use at all.
async fn unusable(lie: impl FnOnce(&mut Told)) {
    judged("honest", lie, 502, "PROVIDER_UNAVAILABLE").await;
}

/// Tells a lie, expects this whole answer, and that nothing came of it: no user, no session, and the state is gone.
pub async fn judged(provider: &str, lie: impl FnOnce(&mut Told), status: u16, code: &str) {
    judged_by(Stack::shared(), provider, lie, status, code).await;
}

/// The same at another stack.
pub async fn judged_by(stack: &Stack, provider: &str, lie: impl FnOnce(&mut Told), status: u16, code: &str) {
    let visitor = stack.visitor();
    let person = Person::new();
    let started = visitor.starts(provider).await;

    let answer = visitor.callback(&started, &LIES.code(&started, &person, lie)).await;

    let request_id = answer.refuses(status, code);
    // A fault of the provider is no decision of ours: it is logged, not audited.
    let decisions: &[&str] = if status == 502 { &[] } else { &["sign_in_refused"] };
    visitor.stack.audited(&request_id, decisions).await;
    let stored = visitor.stack.dump().await.to_string();
    assert!(!stored.contains(&person.email), "something of {person:?} was stored");
    let honest = LIES.code(&started, &person, |_| {});
    visitor.callback(&started, &honest).await.refuses(400, "INVALID_STATE");
}

/// Tells something odd that is no lie, and expects exactly the person.
async fn accepted(quirk: impl FnOnce(&mut Told)) {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let started = visitor.starts("honest").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &person, quirk)).await;
    answer.gives(session_of(user_from_provider(&person)));
}

/// The operator reads this in the log of a request. Logs travel by pipe, so this waits for them.
async fn is_logged(stack: &Stack, request_id: &str, words: &str) {
    let says = |fields: &Value| {
        fields
            .as_object()
            .is_some_and(|fields| fields.values().any(|text| text.as_str().is_some_and(|text| text.contains(words))))
    };
    let patience = Instant::now() + Duration::from_secs(5);
    loop {
        let records = stack.logged(request_id).await;
        if records.iter().any(says) {
            return;
        }
        assert!(Instant::now() < patience, "{words:?} is not in {records:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A sign-in at an honest provider that lies once, refused as a bad code; the log says this of it.
async fn refused_for(lie: impl FnOnce(&mut Told), words: &str) {
    let visitor = Stack::shared().visitor();
    let started = visitor.starts("honest").await;
    let answer = visitor.callback(&started, &LIES.code(&started, &Person::new(), lie)).await;
    is_logged(visitor.stack, &answer.refuses(400, "INVALID_CODE"), words).await;
}

/// A start at a provider with which nobody could sign in, refused before anybody leaves; the log says this.
async fn starts_nothing(provider: &str, cause: &str) {
    let stack = Stack::shared();
    let answer = stack.visitor().login(json!({ "provider": provider, "redirectUri": APP })).await;
    let request_id = answer.refuses(502, "PROVIDER_UNAVAILABLE");
    stack.audited(&request_id, &[]).await;
    is_logged(stack, &request_id, cause).await;
}

/// A session with this user, by shape.
pub fn session_of(user: Value) -> Value {
    json!({ "user": user, "accessToken": "<jwt>", "refreshToken": "<refresh token>", "expiresAt": "<time>" })
}

/// The user that an honest provider's word makes of a person.
pub fn user_from_provider(person: &Person) -> Value {
    json!({
        "id": "<user>",
        "email": person.email,
        "emailVerified": true,
        "name": person.name,
        "actorType": "user",
        "createdAt": "<time>",
    })
}

/// The same, of a provider that made sure of the address once: it is shown, and the mailbox has yet to say so.
pub fn user_unconfirmed(person: &Person) -> Value {
    let mut user = user_from_provider(person);
    user["emailVerified"] = json!(false);
    user
}

/// Signs in at a provider with whatever it tells.
pub async fn signs_in_at(
    visitor: &Visitor<'_>,
    provider: &str,
    person: &Person,
    tell: impl FnOnce(&mut Told),
) -> SessionTokens {
    let started = visitor.starts(provider).await;
    let code = LIES.code(&started, person, tell);
    SessionTokens::of(&visitor.callback(&started, &code).await.data())
}

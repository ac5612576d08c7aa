//! `POST /v1/auth/verify`: from a mailed token to a session.

use serde_json::{Value, json};

use crate::callback::{VERIFIER, challenge};
use crate::harness::{Call, Person, SessionTokens, Stack, now, until_after};
use crate::lies::session_of;

#[tokio::test]
async fn a_link_to_an_unknown_address_makes_a_user_and_gives_a_session() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let token = visitor.gets_link(&person.email).await;
    let data = visitor.verifies(&token).await.gives(session_of(user_by_mail(&person)));
    let claims = SessionTokens::of(&data).claims();
    assert_eq!((&claims["amr"], &claims["sub"]), (&json!(["email"]), &data["user"]["id"]));
}

#[tokio::test]
async fn a_link_to_a_known_address_is_another_session_of_the_same_user() {
    let visitor = Stack::shared().visitor();
    let email = Person::new().email;
    let (first, second) = (visitor.signs_in_by_link(&email).await, visitor.signs_in_by_link(&email).await);
    assert_eq!(first.user, second.user);
    assert_ne!(first.id(), second.id());
}

#[tokio::test]
async fn spellings_of_one_mailbox_are_one_user() {
    let visitor = Stack::shared().visitor();
    let email = Person::new().email;
    let first = visitor.signs_in_by_link(&email).await;
    visitor.asks_for_link(&email.to_uppercase()).await.data();
    let token = visitor.newest_token(first.user["email"].as_str().unwrap()).await;
    let second = SessionTokens::of(&visitor.verifies(&token).await.data());
    assert_eq!(first.user_id(), second.user_id());
}

#[tokio::test]
async fn a_plus_tag_is_another_mailbox() {
    let visitor = Stack::shared().visitor();
    let email = Person::new().email;
    let tagged = email.replace('@', "+tag@");
    let (plain, tagged) = (visitor.signs_in_by_link(&email).await, visitor.signs_in_by_link(&tagged).await);
    assert_ne!(plain.user_id(), tagged.user_id());
}

#[tokio::test]
async fn a_link_opened_twice_answers_magic_link_used() {
    let visitor = Stack::shared().visitor();
    let token = visitor.gets_link(&Person::new().email).await;
    visitor.verifies(&token).await.data();
    visitor.verifies(&token).await.refuses(400, "MAGIC_LINK_USED");
}

#[tokio::test]
async fn a_link_opened_too_late_answers_magic_link_expired() {
    let stack = Stack::unforgiving();
    let visitor = stack.visitor();
    let person = Person::new();
    let token = visitor.gets_link(&person.email).await;
    until_after(now() + 1).await;
    let request_id = visitor.verifies(&token).await.refuses(400, "MAGIC_LINK_EXPIRED");
    stack.audited(&request_id, &["sign_in_refused"]).await;
}

#[tokio::test]
async fn a_link_that_was_asked_for_with_a_challenge_opens_for_its_verifier() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let token = bound_link(&person).await;
    let answer = visitor.post("/v1/auth/verify", json!({ "token": token, "codeVerifier": VERIFIER })).await;
    answer.gives(session_of(user_by_mail(&person)));
}

#[tokio::test]
async fn a_missing_verifier_is_refused_and_consumes_nothing() {
    bound_link_survives(json!({})).await;
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_consumes_nothing() {
    bound_link_survives(json!({ "codeVerifier": "w".repeat(43) })).await;
}

#[tokio::test]
async fn the_challenge_itself_is_no_verifier() {
    bound_link_survives(json!({ "codeVerifier": challenge() })).await;
}

async fn bound_link(person: &Person) -> String {
    Stack::shared().visitor().gets_link_with(&person.email, json!({ "codeChallenge": challenge() })).await
}

async fn bound_link_survives(mut wrong: Value) {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let token = bound_link(&person).await;
    wrong["token"] = json!(token);
    visitor.post("/v1/auth/verify", wrong).await.refuses(400, "MAGIC_LINK_INVALID");
    let answer = visitor.post("/v1/auth/verify", json!({ "token": token, "codeVerifier": VERIFIER })).await;
    answer.gives(session_of(user_by_mail(&person)));
}

#[tokio::test]
async fn opening_the_links_address_at_our_side_consumes_nothing() {
    let visitor = Stack::shared().visitor();
    let token = visitor.gets_link(&Person::new().email).await;
    for (method, status) in [("GET", 200), ("HEAD", 404)] {
        let answer = visitor.send(Call::new(method, format!("/v1/auth/verify?token={token}"))).await;
        assert_eq!(answer.status, status, "{answer}");
    }
    visitor.verifies(&token).await.data();
}

/// One refusal, one test: a token that no mail ever carried.
macro_rules! invalid {
    ($($name:ident: $token:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            Stack::shared().visitor().verifies(&$token).await.refuses(400, "MAGIC_LINK_INVALID");
        }
    )*};
}

invalid! {
    a_token_that_nobody_was_sent_is_invalid: "A".repeat(43);
    a_truncated_token_is_invalid: "A".repeat(42);
    a_token_with_a_character_too_many_is_invalid: "A".repeat(44);
    a_token_in_plain_base64_is_invalid: "+".repeat(43);
    a_token_with_a_null_character_is_invalid: "\0".repeat(43);
    a_token_beyond_ascii_is_invalid: "ß".repeat(43);
    a_token_as_long_as_the_body_allows_is_invalid: "A".repeat(16_000);
}

#[tokio::test]
async fn a_token_with_one_character_changed_is_invalid() {
    let visitor = Stack::shared().visitor();
    let token = visitor.gets_link(&Person::new().email).await;
    let first = if token.starts_with('A') { "B" } else { "A" };
    visitor.verifies(&format!("{first}{}", &token[1..])).await.refuses(400, "MAGIC_LINK_INVALID");
    visitor.verifies(&token).await.data();
}

#[tokio::test]
async fn a_token_that_is_a_number_is_named() {
    Stack::shared().visitor().post("/v1/auth/verify", json!({ "token": 1 })).await.faults("token");
}

#[tokio::test]
async fn an_empty_token_is_named() {
    Stack::shared().visitor().verifies("").await.faults("token");
}

#[tokio::test]
async fn a_missing_token_is_named() {
    Stack::shared().visitor().post("/v1/auth/verify", json!({})).await.faults("token");
}

/// The user that a mailed link makes of a person.
pub fn user_by_mail(person: &Person) -> Value {
    json!({
        "id": "<user>",
        "email": person.email,
        "emailVerified": true,
        "actorType": "user",
        "createdAt": "<time>",
    })
}

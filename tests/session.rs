//! `GET /v1/auth/session`, `GET /v1/auth/sessions`, `DELETE /v1/auth/sessions/{id}`, and who may ask.

use serde_json::{Value, json};

use crate::harness::{Call, Person, SessionTokens, Stack, now, until_after};
use crate::lies::Signer;
use crate::lies::jose::{STRANGER, base64url, claims_of, header_of, jwk, token};

#[tokio::test]
async fn sessions_are_listed_newest_first_and_only_while_they_live() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let oldest = visitor.signs_in_by_link(&person.email).await;
    until_after(now()).await;
    let middle = visitor.signs_in(&person).await;
    until_after(now()).await;
    let newest = visitor.signs_in(&person).await;
    let ended = visitor.signs_in(&person).await;
    visitor.logs_out(&ended.access_token).await.gives(json!({ "success": true }));
    visitor.signs_in(&Person::new()).await;

    let listed = |session: &SessionTokens, current: bool, how: &str| {
        json!({
            "id": session.id(),
            "createdAt": "<time>",
            "lastUsedAt": "<time>",
            "expiresAt": "<time>",
            "current": current,
            "client": "doorward-tests/1",
            "amr": [how],
        })
    };
    visitor.lists_sessions(&middle.access_token).await.gives(json!({ "sessions": [
        listed(&newest, false, "fed"),
        listed(&middle, true, "fed"),
        listed(&oldest, false, "email"),
    ] }));
}

/// A page, as it is asked for with `query`: the ids on it, and where the next one goes on.
async fn page(session: &SessionTokens, query: &str) -> (Vec<String>, Option<String>) {
    let call = Call::get(format!("/v1/auth/sessions?{query}")).bearer(&session.access_token);
    let data = Stack::shared().visitor().send(call).await.data();
    let ids = data["sessions"].as_array().unwrap().iter().map(|listed| listed["id"].as_str().unwrap().to_owned());
    (ids.collect(), data["next"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn sessions_come_page_by_page_and_an_ended_one_keeps_no_place() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.insert(0, visitor.signs_in(&person).await);
        until_after(now()).await;
    }
    let ids: Vec<_> = sessions.iter().map(SessionTokens::id).collect();
    let asking = &sessions[3];

    let (first, next) = page(asking, "limit=2").await;
    assert_eq!(first, ids[..2]);
    // Where it goes on does not depend on the session that it went on from.
    visitor.ends(&asking.access_token, &ids[1]).await.data();
    visitor.ends(&asking.access_token, &ids[2]).await.data();
    let rest = format!("limit=2&cursor={}", next.unwrap());
    assert_eq!(page(asking, &rest).await, (ids[3..].to_vec(), None));
    assert_eq!(page(asking, "").await, (vec![ids[0].clone(), ids[3].clone(), ids[4].clone()], None));
}

#[tokio::test]
async fn a_session_that_a_change_of_factors_left_alone_is_listed_to_those_that_came_after() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let ended = visitor.signs_in_by_link(&person.email).await;
    let stays = visitor.signs_in_by_link(&person.email).await;
    let app = visitor.enrols(&stays).await;
    let halfway = visitor.verifies(&visitor.gets_link(&person.email).await).await.data();
    let after = visitor.completes(halfway["sessionId"].as_str().unwrap(), &app.code().await).await.data();
    let after = SessionTokens::of(&after);

    let (mut listed, next) = page(&after, "").await;

    listed.sort();
    let mut expected = vec![stays.id(), after.id()];
    expected.sort();
    assert_eq!((listed, next), (expected, None));
    visitor.finds_ended(&ended).await;
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_and_says_what_it_must_be() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let number = "The field \"limit\" must be a number from 1 to 100.";
    let cursor = "The field \"cursor\" must be the \"next\" of the previous page.";
    for (query, message) in [
        ("limit=0", number),
        ("limit=101", number),
        ("limit=-1", number),
        ("limit=some", number),
        ("cursor=nonsense", cursor),
        ("cursor=1.ses_0", cursor),
    ] {
        let call = Call::get(format!("/v1/auth/sessions?{query}")).bearer(&session.access_token);
        let answer = visitor.send(call).await;
        answer.refuses(400, "INVALID_REQUEST");
        assert_eq!(answer.json()["message"], message, "{query}");
    }
    let unlike = format!("/v1/auth/sessions?cursor=9999999999.ses_{}", "0".repeat(32));
    let data = visitor.send(Call::get(unlike).bearer(&session.access_token)).await.data();
    assert_eq!(data["sessions"][0]["id"], session.id(), "a cursor is a place, whether a session was ever there or not");
}

#[tokio::test]
async fn a_refresh_shows_as_use() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    until_after(now()).await;
    let session = visitor.renews(&session).await;
    let listed = visitor.lists_sessions(&session.access_token).await.data()["sessions"][0].take();
    assert!(listed["lastUsedAt"].as_str() > listed["createdAt"].as_str(), "{listed}");
}

#[tokio::test]
async fn a_person_can_end_another_session_of_theirs() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (lost, here) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    visitor.ends(&here.access_token, &lost.id()).await.gives(json!({ "success": true }));
    visitor.finds_ended(&lost).await;
    visitor.looks_up(&here.access_token).await.data();
    visitor.ends(&here.access_token, &lost.id()).await.refuses(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_person_can_end_the_session_that_they_use() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.ends(&session.access_token, &session.id()).await.gives(json!({ "success": true }));
    visitor.finds_ended(&session).await;
}

#[tokio::test]
async fn another_persons_session_looks_like_one_that_never_was() {
    let visitor = Stack::shared().visitor();
    let (ours, theirs) = (visitor.signs_in(&Person::new()).await, visitor.signs_in(&Person::new()).await);
    let never = format!("ses_{}", "0".repeat(32));
    let refusals = [
        visitor.ends(&ours.access_token, &theirs.id()).await,
        visitor.ends(&ours.access_token, &never).await,
        visitor.ends(&ours.access_token, "nonsense").await,
        visitor.ends(&ours.access_token, "ses_%00").await,
    ];
    for refusal in &refusals {
        refusal.refuses(404, "NOT_FOUND");
        assert_eq!(refusal.json()["message"], refusals[0].json()["message"]);
    }
    visitor.looks_up(&theirs.access_token).await.data();
}

// Who may ask

/// One refusal, one test: a token that is not good, on every route that wants one.
macro_rules! unauthorized {
    ($($name:ident: $forge:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let visitor = Stack::shared().visitor();
            let session = visitor.signs_in(&Person::new()).await;
            let forge: fn(&str) -> String = $forge;
            let forged = forge(&session.access_token);
            let own = format!("/v1/auth/sessions/{}", session.id());
            for call in [
                Call::get("/v1/auth/session"),
                Call::get("/v1/auth/sessions"),
                Call::delete(own),
                Call::post("/v1/auth/logout"),
            ] {
                visitor.send(call.header("authorization", forged.clone())).await.refuses(401, "UNAUTHORIZED");
            }
            visitor.looks_up(&session.access_token).await.data();
        }
    )*};
}

unauthorized! {
    an_empty_authorization_is_unauthorized: |_| String::new();
    a_token_without_scheme_is_unauthorized: |token| token.to_owned();
    a_scheme_without_token_is_unauthorized: |_| "Bearer".to_owned();
    another_scheme_is_unauthorized: |token| format!("Basic {token}");
    garbage_is_unauthorized: |_| "Bearer !!!.???.***".to_owned();
    a_token_with_more_behind_it_is_unauthorized: |token| format!("Bearer {token} {token}");
    a_token_without_signature_is_unauthorized: |token| format!("Bearer {}.", token.rsplit_once('.').unwrap().0);
    an_unsigned_token_is_unauthorized: |token| with(token, |header| header["alg"] = json!("none"), Signer::Nothing);
    a_strangers_signature_is_unauthorized: |token| with(token, |_| {}, Signer::Rsa(&STRANGER));
    a_strangers_key_in_the_header_is_unauthorized: |token| {
        with(token, |header| header["jwk"] = jwk("stranger", &STRANGER), Signer::Rsa(&STRANGER))
    };
    an_hmac_is_unauthorized: |token| {
        with(token, |header| header["alg"] = json!("HS256"), Signer::Secret(b"doorward".to_vec()))
    };
    an_unknown_key_id_is_unauthorized: |token| {
        with(token, |header| header["kid"] = json!("unheard-of"), Signer::Rsa(&STRANGER))
    };
    changed_claims_are_unauthorized: |token| {
        let mut claims = claims_of(token);
        claims["exp"] = json!(now() + 1_000_000);
        let parts: Vec<_> = token.split('.').collect();
        format!("Bearer {}.{}.{}", parts[0], base64url(claims.to_string()), parts[2])
    };
}

fn with(original: &str, change: fn(&mut Value), signer: Signer) -> String {
    let mut header = header_of(original);
    change(&mut header);
    format!("Bearer {}", token(&header, &claims_of(original), &signer))
}

#[tokio::test]
async fn no_token_at_all_is_unauthorized() {
    let visitor = Stack::shared().visitor();
    visitor.send(Call::get("/v1/auth/session")).await.refuses(401, "UNAUTHORIZED");
    visitor.send(Call::get("/v1/auth/sessions")).await.refuses(401, "UNAUTHORIZED");
    visitor.send(Call::delete(format!("/v1/auth/sessions/ses_{}", "0".repeat(32)))).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn the_scheme_is_read_in_any_letters() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let authorization = format!("bearer {}", session.access_token);
    visitor.send(Call::get("/v1/auth/session").header("authorization", authorization)).await.data();
}

#[tokio::test]
async fn the_token_of_another_deployment_is_unauthorized() {
    let session = Stack::unforgiving().visitor().signs_in(&Person::new()).await;
    Stack::shared().visitor().looks_up(&session.access_token).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn an_expired_token_is_unauthorized() {
    let visitor = Stack::impatient().visitor();
    let session = visitor.signs_in_by_link(&Person::new().email).await;
    until_after(crate::harness::seconds(&session.expires_at)).await;
    visitor.looks_up(&session.access_token).await.refuses(401, "UNAUTHORIZED");
    visitor.logs_out(&session.access_token).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_token_in_the_query_is_refused_whatever_its_name() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let token = &session.access_token;
    for query in [format!("access_token={token}"), format!("token={token}")] {
        let bare = Call::get(format!("/v1/auth/session?{query}"));
        visitor.send(bare.clone()).await.refuses(400, "INVALID_REQUEST");
        visitor.send(bare.bearer(token)).await.refuses(400, "INVALID_REQUEST");
    }
}

#[tokio::test]
async fn two_authorizations_are_refused() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let token = &session.access_token;
    visitor.send(Call::get("/v1/auth/session").bearer(token).bearer(token)).await.refuses(400, "INVALID_REQUEST");
    let mixed = Call::get("/v1/auth/session").bearer(token).basic("somebody", "else");
    visitor.send(mixed).await.refuses(400, "INVALID_REQUEST");
}

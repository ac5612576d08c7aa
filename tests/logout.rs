//! `POST /v1/auth/logout`: after its 200, nothing accepts the session again (I3).

use serde_json::json;

use crate::harness::{Call, Person, Stack};

#[tokio::test]
async fn a_logout_ends_the_session_once() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.logs_out(&session.access_token).await.gives(json!({ "success": true }));
    visitor.finds_ended(&session).await;
    visitor.logs_out(&session.access_token).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_logout_ends_every_generation_of_the_session() {
    let visitor = Stack::shared().visitor();
    let first = visitor.signs_in(&Person::new()).await;
    let second = visitor.renews(&first).await;
    visitor.logs_out(&first.access_token).await.gives(json!({ "success": true }));
    visitor.finds_ended(&second).await;
    visitor.finds_ended(&first).await;
}

#[tokio::test]
async fn a_logout_leaves_the_persons_other_sessions_alone() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (left, kept) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    visitor.logs_out(&left.access_token).await.gives(json!({ "success": true }));
    visitor.looks_up(&kept.access_token).await.data();
    visitor.renews(&kept).await;
}

#[tokio::test]
async fn a_logout_everywhere_ends_all_sessions_of_the_person_and_of_nobody_else() {
    let visitor = Stack::shared().visitor();
    let (person, bystander) = (Person::new(), Person::new());
    let mut sessions = vec![visitor.signs_in_by_link(&person.email).await];
    for _ in 0..3 {
        sessions.push(visitor.signs_in(&person).await);
    }
    let untouched = visitor.signs_in(&bystander).await;

    visitor.logs_out_everywhere(&sessions[1].access_token).await.gives(json!({ "success": true }));

    for session in &sessions {
        visitor.finds_ended(session).await;
    }
    visitor.looks_up(&untouched.access_token).await.data();
    visitor.looks_up(&visitor.signs_in(&person).await.access_token).await.data();
}

#[tokio::test]
async fn everywhere_false_means_here() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (left, kept) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    let call = Call::post("/v1/auth/logout").bearer(&left.access_token).json(&json!({ "everywhere": false }));
    visitor.send(call).await.gives(json!({ "success": true }));
    visitor.finds_ended(&left).await;
    visitor.looks_up(&kept.access_token).await.data();
}

#[tokio::test]
async fn everywhere_in_quotes_is_refused_and_ends_nothing() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let call = Call::post("/v1/auth/logout").bearer(&session.access_token).json(&json!({ "everywhere": "true" }));
    visitor.send(call).await.faults("everywhere");
    visitor.looks_up(&session.access_token).await.data();
}

#[tokio::test]
async fn a_logout_without_token_is_unauthorized() {
    Stack::shared().visitor().send(Call::post("/v1/auth/logout")).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_logout_is_audited_with_its_reason() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.logs_out(&session.access_token).await.gives(json!({ "success": true }));
    let (id, log) = (session.id(), stack.log().await);
    let revoked = log.iter().filter(|line| line.contains("\"session_revoked\"") && line.contains(&id)).count();
    assert_eq!(revoked, 1);
}

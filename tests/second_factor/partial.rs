//! A partial session is one of nobody's sessions, and can be ended.

use serde_json::json;

use super::EnrolledPerson;
use crate::harness::Stack;

#[tokio::test]
async fn a_logout_ends_a_partial_session() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let partial = enrolled.comes_halfway().await;

    let answer = enrolled.visitor.logs_out(&partial).await;

    answer.gives(json!({ "success": true }));
    stack.audited(&answer.request_id(), &["partial_session_ended"]).await;
    let code = enrolled.app.code().await;
    enrolled.visitor.completes(&partial, &code).await.refuses(401, "UNAUTHORIZED");
    enrolled.visitor.logs_out(&partial).await.refuses(401, "UNAUTHORIZED");
    enrolled.visitor.looks_up(&enrolled.session.access_token).await.data();
}

#[tokio::test]
async fn a_partial_session_ends_no_other() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    enrolled.visitor.logs_out_everywhere(&partial).await.refuses(401, "UNAUTHORIZED");
    enrolled.visitor.logs_out(&enrolled.session.id()).await.refuses(401, "UNAUTHORIZED");
    enrolled.visitor.looks_up(&enrolled.session.access_token).await.data();
    enrolled.visitor.completes(&partial, &enrolled.app.code().await).await.data();
}

#[tokio::test]
async fn a_partial_session_is_not_among_the_persons_sessions() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    enrolled.comes_halfway().await;
    let sessions = enrolled.visitor.lists_sessions(&enrolled.session.access_token).await.data();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions}");
}

//! `POST /v1/auth/second-factor/passkey` and `POST /v1/auth/second-factor/step-up/passkey`.

use super::Holder;
use crate::harness::{Session, Stack, assert_shape};
use crate::lies::session_of;
use serde_json::json;

#[tokio::test]
async fn a_passkey_completes_the_sign_in() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let partial = holder.comes_halfway().await;

    let asked = holder.visitor.is_asked_for_second_factor(&partial).await;

    let question = asked.data();
    let options = json!({
        "challenge": "<secret>",
        "timeout": 300000,
        "rpId": "localhost",
        "allowCredentials": [{ "type": "public-key", "id": "<url-safe>", "transports": ["internal"] }],
        "userVerification": "preferred",
    });
    let expected = json!({ "requestId": "<secret>", "expiresAt": "<time>", "publicKey": options });
    assert_shape(&question, &expected, &asked.to_string());
    let answer = holder.visitor.completes_by(&partial, &question, holder.signs(&question)).await;
    let session = Session::of(&answer.gives(session_of(holder.session.user.clone())));
    assert_eq!(session.claims()["amr"], json!(["fed", "hwk", "user", "mfa"]));
    assert_eq!(session.claims()["acr"], "multi_factor");
    stack.audited(&answer.request_id(), &["sign_in_succeeded"]).await;
}

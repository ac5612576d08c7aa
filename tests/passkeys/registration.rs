//! `POST /v1/auth/passkeys/registration` and `POST /v1/auth/passkeys`.

use crate::harness::{Passkey, Person, Stack, assert_shape, now, seconds};
use crate::lies::session_of;
use serde_json::json;

#[tokio::test]
async fn a_passkey_is_made_and_signs_its_person_in() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let session = visitor.signs_in(&person).await;

    let asked = visitor.is_asked_to_register(&session, json!({})).await;

    let question = asked.data();
    let options = json!({
        "rp": { "id": "localhost", "name": "Doorward" },
        "user": { "id": "<url-safe>", "name": person.email, "displayName": person.name },
        "challenge": "<secret>",
        "pubKeyCredParams": [
            { "type": "public-key", "alg": -7 },
            { "type": "public-key", "alg": -35 },
            { "type": "public-key", "alg": -257 },
        ],
        "timeout": 300000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "preferred",
        },
        "attestation": "none",
    });
    let expected = json!({ "requestId": "<secret>", "expiresAt": "<time>", "publicKey": options });
    assert_shape(&question, &expected, &asked.to_string());
    let left = seconds(question["expiresAt"].as_str().unwrap()) - now();
    assert!((298..=300).contains(&left), "{left} seconds left");

    let passkey = Passkey::made_for(&question);
    let credential = passkey.attests(stack, &question, |_| {});
    let answer = visitor.registers(&session, &question, credential).await;
    let ten = vec!["<text>"; 10];
    answer.gives(json!({
        "passkey": { "id": "<text>", "name": "Passkey", "createdAt": "<time>", "backedUp": false },
        "recoveryCodes": ten,
    }));
    stack.audited(&answer.request_id(), &["passkey_added"]).await;

    let question = visitor.is_asked_for_a_passkey().await;
    let credential = passkey.signs(stack, &question, |_| {});
    let signed_in = visitor.signs_in_by(&question, credential).await;
    signed_in.gives(session_of(session.user.clone()));
    stack.audited(&signed_in.request_id(), &["sign_in_succeeded"]).await;
}

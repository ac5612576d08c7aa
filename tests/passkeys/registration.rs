//! `POST /v1/auth/passkeys/registration` and `POST /v1/auth/passkeys`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Holder, expires};
use crate::harness::{
    Authenticator, Call, PASSKEYS, Person, Said, ServiceStack, Stack, Tab, VirtualPasskey, assert_shape, now, seconds,
};
use crate::lies::{LIES, session_of};
use crate::second_factor::EnrolledPerson;

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
    assert!((280..=300).contains(&left), "{left} seconds left");

    let passkey = VirtualPasskey::made_for(&question);
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

#[tokio::test]
async fn the_first_factor_of_any_kind_hands_out_recovery_codes_and_no_other_does() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let (first, data) = visitor.adds_passkey(&session).await;
    assert_eq!(data["recoveryCodes"].as_array().unwrap().len(), 10);

    let session = visitor.signs_in_by_passkey(&first).await;
    let (_, data) = visitor.adds_passkey(&session).await;
    assert_eq!(data.get("recoveryCodes"), None, "{data}");

    let enrolled = EnrolledPerson::at(visitor).await;
    let body = json!({ "code": enrolled.app.recovery_codes[0] });
    let question = visitor.is_asked_to_register(&enrolled.session, body).await.data();
    let credential = VirtualPasskey::made_for(&question).attests(visitor.stack, &question, |_| {});
    let data = visitor.registers(&enrolled.session, &question, credential).await.data();
    assert_eq!(data.get("recoveryCodes"), None, "{data}");
    visitor.steps_up(&enrolled.session, &enrolled.app.recovery_codes[1]).await.data();
}

#[tokio::test]
async fn an_app_beside_a_passkey_brings_new_recovery_codes() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    let app = visitor.enrols(&session).await;
    visitor.steps_up(&session, &holder.recovery_codes[0]).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.steps_up(&session, &app.recovery_codes[0]).await.data();
    let started = visitor.starts("honest").await;
    let code = LIES.code(&started, &holder.person, |_| {});
    let halfway = visitor.callback(&started, &code).await.data();
    assert_eq!(halfway["methods"], json!(["passkey", "totp", "recovery_code"]));
}

#[tokio::test]
async fn the_person_is_told_by_mail() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    assert_eq!(holder.notices().await, ["A passkey was added for Doorward"]);
}

#[tokio::test]
async fn an_authenticator_is_told_what_it_has_already_and_refused_when_it_does_not_listen() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let session = holder.visitor.signs_in_by_passkey(&holder.passkey).await;
    let question = holder.visitor.is_asked_to_register(&session, json!({})).await.data();
    let id = URL_SAFE_NO_PAD.encode(&holder.passkey.credential_id);
    assert_eq!(question["publicKey"]["excludeCredentials"], json!([{ "type": "public-key", "id": id }]));
    let credential = holder.passkey.attests(stack, &question, |_| {});
    holder.visitor.registers(&session, &question, credential).await.refuses(400, "INVALID_CODE");
}

/// One lie, one test: nothing is kept, and the truth counts afterwards.
macro_rules! lies {
    ($($name:ident: $lie:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let stack = Stack::shared();
            let visitor = stack.visitor();
            let session = visitor.signs_in(&Person::new()).await;
            let question = visitor.is_asked_to_register(&session, json!({})).await.data();
            let lie: fn(&mut Said) = $lie;
            let credential = VirtualPasskey::made_for(&question).attests(stack, &question, lie);
            let refused = visitor.registers(&session, &question, credential).await;
            stack.audited(&refused.refuses(400, "INVALID_CODE"), &["passkey_refused"]).await;
            visitor.lists_passkeys(&session).await.gives(json!({ "passkeys": [] }));
            visitor.adds_passkey(&session).await;
        }
    )*};
}

lies! {
    a_page_of_another_site_registers_nothing: |said| said.origin = "https://evil.example".to_owned();
    a_page_of_a_host_below_ours_registers_nothing: |said| {
        said.origin = said.origin.replace("localhost", "evil.localhost");
    };
    an_origin_with_a_slash_behind_it_registers_nothing: |said| said.origin.push('/');
    a_page_that_does_not_say_whether_it_is_in_a_frame_registers_nothing: |said| said.cross_origin = json!(null);
    a_frame_in_another_site_registers_nothing: |said| said.cross_origin = json!(true);
    another_relying_party_registers_nothing: |said| said.rp_id = "evil.example".to_owned();
    another_challenge_registers_nothing: |said| said.challenge = "A".repeat(43);
    a_signature_registers_nothing: |said| said.kind = "webauthn.get";
    an_authenticator_without_anybody_present_registers_nothing: |said| said.present = false;
    a_copy_of_what_cannot_be_copied_registers_nothing: |said| said.backed_up = true;
    a_credential_id_of_1024_bytes_registers_nothing: |said| said.credential_id = vec![7; 1024];
}

#[tokio::test]
async fn a_credential_id_of_1023_bytes_is_kept() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.adds_passkey_that(&session, |said| said.credential_id = vec![7; 1023]).await;
}

#[tokio::test]
async fn a_request_registers_one_passkey() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let question = visitor.is_asked_to_register(&session, json!({})).await.data();
    for status in [200, 400] {
        let credential = VirtualPasskey::made_for(&question).attests(visitor.stack, &question, |_| {});
        assert_eq!(visitor.registers(&session, &question, credential).await.status, status);
    }
}

#[tokio::test]
async fn a_request_of_another_session_registers_nothing() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (one, other) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    let question = visitor.is_asked_to_register(&one, json!({})).await.data();
    let credential = VirtualPasskey::made_for(&question).attests(visitor.stack, &question, |_| {});
    visitor.registers(&other, &question, credential.clone()).await.refuses(400, "INVALID_CODE");
    visitor.registers(&one, &question, credential).await.data();
}

#[tokio::test]
async fn a_request_for_something_else_registers_nothing() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let session = holder.visitor.signs_in_by_passkey(&holder.passkey).await;
    let step_up = holder.visitor.is_asked_to_step_up(&session).await.data();
    for question in [step_up, holder.visitor.is_asked_for_a_passkey().await] {
        let credential = VirtualPasskey::made_for(&question).attests(holder.visitor.stack, &question, |_| {});
        holder.visitor.registers(&session, &question, credential).await.refuses(400, "INVALID_CODE");
    }
}

#[tokio::test]
async fn nothing_is_registered_in_a_session_that_is_not_fresh_or_by_a_request_that_is_over() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let ask = async || visitor.is_asked_to_register(&session, json!({})).await;
    let answer = |question: &Value| VirtualPasskey::made_for(question).attests(&stack, question, |_| {});

    let question = ask().await.data();
    expires(&services, &question).await;
    visitor.registers(&session, &question, answer(&question)).await.refuses(400, "INVALID_CODE");
    let question = ask().await.data();
    services.ages(&session, 600).await;
    ask().await.refuses(403, "FORBIDDEN");
    visitor.registers(&session, &question, answer(&question)).await.refuses(403, "FORBIDDEN");
    services.ages(&session, 590).await;
    visitor.registers(&session, &question, answer(&question)).await.data();
}

#[tokio::test]
async fn whoever_has_a_factor_proves_it_before_another_one_is_made() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let (visitor, session) = (holder.visitor, &holder.session);
    let refused = visitor.is_asked_to_register(session, json!({})).await;
    stack.audited(&refused.refuses(401, "SECOND_FACTOR_INVALID"), &["passkey_refused"]).await;
    for code in ["nonsense", "123456", "ABCDE-FGHJK"] {
        let refused = visitor.is_asked_to_register(session, json!({ "code": code })).await;
        refused.refuses(401, "SECOND_FACTOR_INVALID");
    }

    let code = json!({ "code": holder.recovery_codes[0] });
    visitor.is_asked_to_register(session, code.clone()).await.data();
    visitor.is_asked_to_register(session, code).await.refuses(401, "SECOND_FACTOR_INVALID");

    let question = visitor.is_asked_to_step_up(session).await.data();
    visitor.steps_up_by(session, &question, holder.signs(&question)).await.data();
    visitor.adds_passkey(session).await;
}

#[tokio::test]
async fn what_was_asked_while_there_was_no_factor_adds_none_beside_one() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (one, other) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    let question = visitor.is_asked_to_register(&other, json!({})).await.data();
    visitor.enrols(&one).await;
    let credential = VirtualPasskey::made_for(&question).attests(visitor.stack, &question, |_| {});
    // Whatever was begun before the account had a factor is over, the session included.
    visitor.registers(&other, &question, credential).await.refuses(401, "UNAUTHORIZED");
    visitor.lists_passkeys(&one).await.gives(json!({ "passkeys": [] }));
}

#[tokio::test]
async fn a_seed_that_was_shown_while_there_was_no_factor_counts_for_nothing_beside_a_passkey() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (one, other) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    let shown = visitor.is_shown_a_seed(&other, json!({})).await.data();
    visitor.adds_passkey(&one).await;
    let app = Authenticator::of(shown["secret"].as_str().unwrap());
    visitor.confirms(&other, &app.code().await).await.refuses(401, "UNAUTHORIZED");
    visitor.is_shown_a_seed(&other, json!({})).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_person_has_twenty_passkeys_at_most() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    for _ in 1..19 {
        visitor.adds_passkey(&session).await;
    }
    let (one, other) = (
        visitor.is_asked_to_register(&session, json!({})).await.data(),
        visitor.is_asked_to_register(&session, json!({})).await.data(),
    );
    let answer = |question: &Value| VirtualPasskey::made_for(question).attests(visitor.stack, question, |_| {});
    visitor.registers(&session, &one, answer(&one)).await.data();
    visitor.registers(&session, &other, answer(&other)).await.refuses(403, "FORBIDDEN");
    visitor.is_asked_to_register(&session, json!({})).await.refuses(403, "FORBIDDEN");
    let kept = visitor.lists_passkeys(&session).await.data();
    assert_eq!(kept["passkeys"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_name_has_1_to_64_characters_and_none_of_control() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let question = visitor.is_asked_to_register(&session, json!({})).await.data();
    let credential = VirtualPasskey::made_for(&question).attests(visitor.stack, &question, |_| {});
    for name in [json!(""), json!("  "), json!("x".repeat(65)), json!("a\u{7}b"), json!(7)] {
        let answer = visitor.registers_with(&session, &question, credential.clone(), json!({ "name": name })).await;
        answer.faults("name");
    }
    let name = json!({ "name": "  Ada’s laptop " });
    let data = visitor.registers_with(&session, &question, credential, name).await.data();
    assert_eq!(data["passkey"]["name"], "Ada’s laptop");
}

#[tokio::test]
async fn a_missing_or_malformed_field_is_named() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let question = visitor.is_asked_to_register(&session, json!({})).await.data();
    let credential = VirtualPasskey::made_for(&question).attests(visitor.stack, &question, |_| {});
    let post = async |body: Value| visitor.send(Call::post(PASSKEYS).bearer(&session.access_token).json(&body)).await;
    post(json!({ "credential": credential })).await.faults("requestId");
    post(json!({ "requestId": question["requestId"] })).await.faults("credential");
    post(json!({ "requestId": question["requestId"], "credential": {} })).await.faults("credential");
    visitor.registers(&session, &question, credential).await.data();
}

#[tokio::test]
async fn nobody_registers_anything() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let question = visitor.is_asked_to_register(&session, json!({})).await.data();
    let credential = VirtualPasskey::made_for(&question).attests(visitor.stack, &question, |_| {});
    visitor.post(&format!("{PASSKEYS}/registration"), json!({})).await.refuses(401, "UNAUTHORIZED");
    let body = json!({ "requestId": question["requestId"], "credential": credential });
    visitor.post(PASSKEYS, body).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn what_a_stranger_says_leaves_one_line_in_the_log_and_none_that_calls_for_help() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let question = visitor.is_asked_to_register(&session, json!({})).await.data();
    let passkey = VirtualPasskey::made_for(&question);
    let mut credential = passkey.attests(stack, &question, |_| {});
    credential["response"]["attestationObject"] = URL_SAFE_NO_PAD.encode("canary of a stranger").into();
    let refused = visitor.registers(&session, &question, credential).await;
    stack.audited(&refused.refuses(400, "INVALID_CODE"), &["passkey_refused"]).await;
    let bytes: Vec<_> = b"canary".iter().map(u8::to_string).collect();
    let log = stack.log().await.join("\n");
    for line in ["canary of", &bytes.join(", "), "cbor_parser"] {
        assert!(!log.contains(line), "{line}");
    }
}

#[tokio::test]
async fn a_form_of_our_page_shows_the_recovery_codes_of_the_first_passkey() {
    let stack = Stack::shared();
    let mut tab = Tab::of(stack.visitor());
    tab.signs_in(&Person::new()).await;
    let asked = Call::post(format!("{PASSKEYS}/registration")).header("sec-fetch-site", "same-origin");
    let question = tab.send(asked).await.data();
    let passkey = VirtualPasskey::made_for(&question);
    let credential = passkey.attests(stack, &question, |_| {}).to_string();
    let request = question["requestId"].as_str().unwrap();
    let fields = [("request_id", request), ("credential", &credential), ("name", "Laptop"), ("lang", "en")];
    assert_eq!(tab.submits_from_elsewhere(PASSKEYS, &fields).await.status, 403);
    let page = tab.submits(PASSKEYS, &fields).await.is_page(200);
    assert_eq!(page.matches("<li><code>").count(), 10, "{page}");
    tab.submits(PASSKEYS, &fields).await.leads_to("/login/security?error=INVALID_CODE&lang=en");

    let mut tab = Tab::of(stack.visitor());
    let question = stack.visitor().is_asked_for_a_passkey().await;
    let credential = passkey.signs(stack, &question, |_| {}).to_string();
    let fields = [("request_id", question["requestId"].as_str().unwrap()), ("credential", &credential)];
    tab.submits(&format!("{PASSKEYS}/sign-in"), &fields).await;
    let asked = Call::post(format!("{PASSKEYS}/registration")).header("sec-fetch-site", "same-origin");
    let question = tab.send(asked).await.data();
    let credential = VirtualPasskey::made_for(&question).attests(stack, &question, |_| {}).to_string();
    let fields = [("request_id", question["requestId"].as_str().unwrap()), ("credential", &credential), ("lang", "en")];
    tab.submits(PASSKEYS, &fields).await.leads_to("/login/security?lang=en");
}

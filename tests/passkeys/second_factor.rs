//! `POST /v1/auth/second-factor/passkey` and `POST /v1/auth/second-factor/step-up/passkey`.

use serde_json::json;

use super::{Holder, expires};
use crate::harness::{
    APP, Call, Person, SECOND_FACTOR, Said, ServiceStack, SessionTokens, Stack, Tab, assert_shape, codes_of,
};
use crate::lies::session_of;
use crate::second_factor::EnrolledPerson;

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
    let session = SessionTokens::of(&answer.gives(session_of(holder.session.user.clone())));
    assert_eq!(session.claims()["amr"], json!(["fed", "hwk", "user", "mfa"]));
    assert_eq!(session.claims()["acr"], "multi_factor");
    stack.audited(&answer.request_id(), &["sign_in_succeeded"]).await;
}

/// One lie, one test: refused and counted, and the truth counts afterwards.
macro_rules! lies {
    ($($name:ident: $lie:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let stack = Stack::shared();
            let holder = Holder::at(stack.visitor()).await;
            let partial = holder.comes_halfway().await;
            let lie: fn(&mut Said) = $lie;
            let question = holder.visitor.is_asked_for_second_factor(&partial).await.data();
            let credential = holder.passkey.signs(stack, &question, lie);
            let refused = holder.visitor.completes_by(&partial, &question, credential).await;
            stack.audited(&refused.refuses(401, "SECOND_FACTOR_INVALID"), &["second_factor_refused"]).await;
            let question = holder.visitor.is_asked_for_second_factor(&partial).await.data();
            holder.visitor.completes_by(&partial, &question, holder.signs(&question)).await.data();
        }
    )*};
}

lies! {
    a_page_of_another_site_completes_nothing: |said| said.origin = "https://evil.example".to_owned();
    a_frame_in_another_site_completes_nothing: |said| said.cross_origin = json!(true);
    another_relying_party_completes_nothing: |said| said.rp_id = "evil.example".to_owned();
    another_challenge_completes_nothing: |said| said.challenge = "A".repeat(43);
    a_new_credential_completes_nothing: |said| said.kind = "webauthn.create";
    a_passkey_without_anybody_present_completes_nothing: |said| said.present = false;
    a_passkey_that_verified_its_owner_once_and_does_not_now_completes_nothing: |said| said.verified = false;
    a_tampered_signature_completes_nothing: |said| said.tampered = true;
    an_unknown_credential_completes_nothing: |said| said.credential_id = b"unknown".to_vec();
    a_handle_of_somebody_else_completes_nothing: |said| said.handle = Some(vec![7; 16]);
}

#[tokio::test]
async fn a_missing_handle_does_not_matter_where_the_person_is_known() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let partial = holder.comes_halfway().await;
    let question = holder.visitor.is_asked_for_second_factor(&partial).await.data();
    let credential = holder.passkey.signs(stack, &question, |said| said.handle = None);
    holder.visitor.completes_by(&partial, &question, credential).await.data();
}

#[tokio::test]
async fn a_passkey_that_cannot_verify_its_owner_is_a_second_factor_and_no_way_in_by_itself() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let session = visitor.signs_in(&person).await;
    let (passkey, data) = visitor.adds_passkey_that(&session, |said| said.verified = false).await;
    let holder = Holder { visitor, person, session, passkey, recovery_codes: codes_of(&data) };
    for verified in [false, true] {
        let partial = holder.comes_halfway().await;
        let question = visitor.is_asked_for_second_factor(&partial).await.data();
        let credential = holder.passkey.signs(stack, &question, |said| said.verified = verified);
        visitor.completes_by(&partial, &question, credential).await.data();
    }
    // A key without a PIN gets one from whoever finds it.
    for verified in [false, true] {
        let question = visitor.is_asked_for_a_passkey().await;
        let credential = holder.passkey.signs(stack, &question, |said| said.verified = verified);
        visitor.signs_in_by(&question, credential).await.refuses(400, "INVALID_CODE");
    }
}

#[tokio::test]
async fn a_copied_passkey_completes_nothing_and_somebody_should_look() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let partial = holder.comes_halfway().await;
    let question = holder.visitor.is_asked_for_second_factor(&partial).await.data();
    let credential = holder.passkey.signs(stack, &question, |said| said.count = 1);
    let refused = holder.visitor.completes_by(&partial, &question, credential).await;
    let decisions = ["passkey_cloned", "second_factor_refused"];
    stack.audited(&refused.refuses(401, "SECOND_FACTOR_INVALID"), &decisions).await;
}

#[tokio::test]
async fn another_persons_passkey_completes_nothing() {
    let visitor = Stack::shared().visitor();
    let (one, other) = (Holder::at(visitor).await, Holder::at(visitor).await);
    let partial = one.comes_halfway().await;
    let question = visitor.is_asked_for_second_factor(&partial).await.data();
    visitor.completes_by(&partial, &question, other.signs(&question)).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn a_request_counts_once_and_for_its_own_partial_session_and_purpose() {
    let visitor = Stack::shared().visitor();
    let holder = Holder::at(visitor).await;
    let (one, other) = (holder.comes_halfway().await, holder.comes_halfway().await);
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    let foreign = [
        visitor.is_asked_for_second_factor(&other).await.data(),
        visitor.is_asked_for_a_passkey().await,
        visitor.is_asked_to_step_up(&session).await.data(),
    ];
    for question in foreign {
        let answer = visitor.completes_by(&one, &question, holder.signs(&question)).await;
        answer.refuses(401, "SECOND_FACTOR_INVALID");
    }
    let question = visitor.is_asked_for_second_factor(&one).await.data();
    visitor.completes_by(&one, &question, holder.signs(&question)).await.data();
    visitor.completes_by(&one, &question, holder.signs(&question)).await.refuses(401, "UNAUTHORIZED");
    visitor.completes_by(&other, &question, holder.signs(&question)).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn no_item_tells_the_id_of_a_partial_session_nor_does_the_log() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let partial = holder.comes_halfway().await;
    holder.visitor.is_asked_for_second_factor(&partial).await.data();
    let given_up = holder.visitor.logs_out(&partial).await;
    stack.audited(&given_up.request_id(), &["partial_session_ended"]).await;
    assert!(!stack.dump().await.to_string().contains(&partial));
    assert!(!stack.log().await.join("\n").contains(&partial));
}

#[tokio::test]
async fn five_tries_use_a_partial_session_up_and_ten_lock_whatever_was_tried() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let visitor = holder.visitor;
    for round in 0..2 {
        let partial = holder.comes_halfway().await;
        for number in 0..5 {
            let question = visitor.is_asked_for_second_factor(&partial).await.data();
            let credential = holder.passkey.signs(stack, &question, |said| said.tampered = true);
            let refused = visitor.completes_by(&partial, &question, credential).await;
            refused.refuses(401, "SECOND_FACTOR_INVALID");
            let last = (round, number) == (1, 4);
            let decisions: &[&str] =
                if last { &["second_factor_locked", "second_factor_refused"] } else { &["second_factor_refused"] };
            stack.audited(&refused.request_id(), decisions).await;
        }
        visitor.is_asked_for_second_factor(&partial).await.refuses(429, "SECOND_FACTOR_LOCKED");
        visitor.completes(&partial, &holder.recovery_codes[0]).await.refuses(429, "SECOND_FACTOR_LOCKED");
    }
    assert_eq!(holder.notices().await.len(), 2, "of the passkey, and of the lock");

    let partial = holder.comes_halfway().await;
    let question = visitor.is_asked_for_second_factor(&partial).await.data();
    let locked = visitor.completes_by(&partial, &question, holder.signs(&question)).await;
    locked.refuses(429, "SECOND_FACTOR_LOCKED");
    visitor.completes(&partial, &holder.recovery_codes[0]).await.refuses(429, "SECOND_FACTOR_LOCKED");
    let question = visitor.is_asked_to_step_up(&holder.session).await.data();
    let locked = visitor.steps_up_by(&holder.session, &question, holder.signs(&question)).await;
    locked.refuses(429, "SECOND_FACTOR_LOCKED");

    // Nobody guesses a signature: by their passkey alone the person is still let in, and the lock is over.
    visitor.signs_in_by_passkey(&holder.passkey).await;
    visitor.completes(&partial, &holder.recovery_codes[0]).await.data();
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_a_passkey() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let answer = holder.visitor.completes(&holder.comes_halfway().await, &holder.recovery_codes[3]).await;
    let session = SessionTokens::of(&answer.gives(session_of(holder.session.user.clone())));
    assert_eq!(session.claims()["amr"], json!(["fed", "otp", "mfa"]));
    let again = holder.visitor.completes(&holder.comes_halfway().await, &holder.recovery_codes[3]).await;
    again.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn somebody_with_an_app_alone_is_asked_for_no_passkey() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let partial = enrolled.comes_halfway().await;
    enrolled.visitor.is_asked_for_second_factor(&partial).await.refuses(404, "NOT_FOUND");
    enrolled.visitor.is_asked_to_step_up(&enrolled.session).await.refuses(404, "NOT_FOUND");
}

#[tokio::test]
async fn an_unknown_partial_session_is_unauthorized() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let question = holder.visitor.is_asked_for_a_passkey().await;
    for id in [format!("ses_{:032x}", 7), holder.session.id(), "nonsense".to_owned()] {
        holder.visitor.is_asked_for_second_factor(&id).await.refuses(401, "UNAUTHORIZED");
        holder.visitor.completes_by(&id, &question, holder.signs(&question)).await.refuses(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn a_passkey_makes_a_session_fresh_again() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let holder = Holder::at(stack.visitor()).await;
    let (visitor, session) = (holder.visitor, &holder.session);
    services.ages(session, 600).await;
    visitor.is_shown_a_seed(session, json!({})).await.refuses(403, "FORBIDDEN");

    let question = visitor.is_asked_to_step_up(session).await.data();
    let answer = visitor.steps_up_by(session, &question, holder.signs(&question)).await;

    let data = answer.gives(json!({ "accessToken": "<jwt>", "expiresAt": "<time>" }));
    let claims = crate::lies::jose::claims_of(data["accessToken"].as_str().unwrap());
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["fed", "hwk", "user", "mfa"]), &json!("multi_factor")));
    stack.audited(&answer.request_id(), &["session_stepped_up"]).await;
    visitor.is_shown_a_seed(session, json!({})).await.data();
    let codes = codes_of(&visitor.renews_codes_without_any(session).await.data());
    assert_eq!(holder.notices().await[0], "New recovery codes for Doorward");
    visitor.steps_up(session, &codes[0]).await.data();

    let again = visitor.steps_up_by(session, &question, holder.signs(&question)).await;
    again.refuses(401, "SECOND_FACTOR_INVALID");
    let question = visitor.is_asked_to_step_up(session).await.data();
    expires(&services, &question).await;
    let late = visitor.steps_up_by(session, &question, holder.signs(&question)).await;
    late.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn a_question_of_another_session_steps_nothing_up() {
    let visitor = Stack::shared().visitor();
    let holder = Holder::at(visitor).await;
    let other = visitor.signs_in_by_passkey(&holder.passkey).await;
    let question = visitor.is_asked_to_step_up(&other).await.data();
    let answer = visitor.steps_up_by(&holder.session, &question, holder.signs(&question)).await;
    answer.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn forms_of_our_pages_complete_a_sign_in_and_step_up() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let mut tab = Tab::of(holder.visitor);
    let started = tab.navigates("honest", APP).await;
    let asked = tab.returns(&started, &holder.person).await;
    let place = asked.header("location").unwrap().to_owned();
    let partial = place.split("session_id=").nth(1).unwrap().split('&').next().unwrap();
    let path = format!("{SECOND_FACTOR}/passkey");
    let question = holder.visitor.is_asked_for_second_factor(partial).await.data();
    let wrong = holder.passkey.signs(stack, &question, |said| said.tampered = true).to_string();
    let fields = [("session_id", partial), ("request_id", "none"), ("credential", &wrong), ("lang", "en")];
    let back = format!("/login/second-factor?session_id={partial}&error=SECOND_FACTOR_INVALID&lang=en");
    tab.submits(&path, &fields).await.leads_to(&back);
    let (right, request) = (holder.signs(&question).to_string(), question["requestId"].as_str().unwrap());
    let fields = [("session_id", partial), ("request_id", request), ("credential", &right), ("lang", "en")];
    assert_eq!(tab.submits_from_elsewhere(&path, &fields).await.status, 403);
    tab.submits(&path, &fields).await.leads_to(APP);

    let path = format!("{SECOND_FACTOR}/step-up/passkey");
    let ask = Call::post(format!("{path}/challenge")).header("sec-fetch-site", "same-origin");
    let question = tab.send(ask).await.data();
    let credential = holder.signs(&question).to_string();
    let fields =
        [("request_id", question["requestId"].as_str().unwrap()), ("credential", credential.as_str()), ("lang", "en")];
    assert_eq!(tab.submits_from_elsewhere(&path, &fields).await.status, 403);
    tab.submits(&path, &fields).await.leads_to("/login/security?lang=en");
    tab.submits(&path, &fields).await.leads_to("/login/security?error=SECOND_FACTOR_INVALID&lang=en");
}

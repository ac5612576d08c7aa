//! `POST /v1/auth/passkeys/challenge` and `POST /v1/auth/passkeys/sign-in`.

use serde_json::{Value, json};

use super::{Holder, expires};
use crate::harness::{
    APP, Call, PASSKEYS, Person, Said, ServiceStack, SessionTokens, Stack, Tab, VirtualPasskey, assert_shape, now,
    seconds, window_with_room,
};
use crate::lies::session_of;

#[tokio::test]
async fn a_passkey_that_verifies_its_owner_opens_a_full_session() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;

    let asked = holder.visitor.send(Call::post(format!("{PASSKEYS}/challenge"))).await;

    let question = asked.data();
    let options = json!({
        "challenge": "<secret>",
        "timeout": 300000,
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "required",
    });
    let expected = json!({ "requestId": "<secret>", "expiresAt": "<time>", "publicKey": options });
    assert_shape(&question, &expected, &asked.to_string());
    let left = seconds(question["expiresAt"].as_str().unwrap()) - now();
    assert!((280..=300).contains(&left), "{left} seconds left");
    let answer = holder.visitor.signs_in_by(&question, holder.signs(&question)).await;
    let session = SessionTokens::of(&answer.gives(session_of(holder.session.user.clone())));
    let claims = session.claims();
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["hwk", "user", "mfa"]), &json!("multi_factor")));
    stack.audited(&answer.request_id(), &["sign_in_succeeded"]).await;
    let kept = holder.visitor.lists_passkeys(&session).await.data();
    assert!(seconds(kept["passkeys"][0]["lastUsedAt"].as_str().unwrap()) >= now() - 5, "{kept}");
}

#[tokio::test]
async fn a_synchronised_passkey_says_that_it_is_software() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let synchronised = |said: &mut Said| (said.backup_eligible, said.backed_up) = (true, true);
    let (passkey, data) = visitor.adds_passkey_that(&session, synchronised).await;
    assert_eq!(data["passkey"]["backedUp"], true);

    let question = visitor.is_asked_for_a_passkey().await;
    let only_eligible = passkey.signs(visitor.stack, &question, |said| said.backup_eligible = true);
    let session = SessionTokens::of(&visitor.signs_in_by(&question, only_eligible).await.data());

    assert_eq!(session.claims()["amr"], json!(["swk", "user", "mfa"]));
    assert_eq!(visitor.lists_passkeys(&session).await.data()["passkeys"][0]["backedUp"], false);
}

#[tokio::test]
async fn a_passkey_that_does_not_count_signs_in_again_and_again() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let (passkey, _) = visitor.adds_passkey_that(&session, |said| said.count = 0).await;
    for _ in 0..3 {
        let question = visitor.is_asked_for_a_passkey().await;
        let credential = passkey.signs(visitor.stack, &question, |said| said.count = 0);
        visitor.signs_in_by(&question, credential).await.data();
    }
}

/// One lie, one test: refused as everything else is, and the truth counts afterwards.
macro_rules! lies {
    ($($name:ident: $lie:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let stack = Stack::shared();
            let holder = Holder::at(stack.visitor()).await;
            let question = holder.visitor.is_asked_for_a_passkey().await;
            let lie: fn(&mut Said) = $lie;
            let credential = holder.passkey.signs(stack, &question, lie);
            let refused = holder.visitor.signs_in_by(&question, credential).await;
            stack.audited(&refused.refuses(400, "INVALID_CODE"), &["passkey_refused"]).await;
            holder.visitor.signs_in_by_passkey(&holder.passkey).await;
        }
    )*};
}

lies! {
    a_page_of_another_site_is_refused: |said| said.origin = "https://evil.example".to_owned();
    a_page_of_another_port_is_refused: |said| said.origin = "http://localhost:1".to_owned();
    a_page_of_a_host_below_ours_is_refused: |said| said.origin = said.origin.replace("localhost", "evil.localhost");
    a_page_over_tls_is_another_page: |said| said.origin = said.origin.replace("http:", "https:");
    an_origin_with_a_slash_behind_it_is_refused: |said| said.origin.push('/');
    an_origin_with_a_path_is_refused: |said| said.origin.push_str("/login");
    an_origin_with_a_query_is_refused: |said| said.origin.push_str("?a=b");
    an_origin_with_a_fragment_is_refused: |said| said.origin.push_str("#a");
    an_origin_in_upper_case_is_refused: |said| said.origin = said.origin.to_uppercase();
    an_origin_with_a_user_is_refused: |said| said.origin = said.origin.replace("//", "//ada@");
    an_origin_with_a_line_end_in_it_is_refused: |said| said.origin = said.origin.replace("local", "local\n");
    an_origin_with_a_space_before_it_is_refused: |said| said.origin.insert(0, ' ');
    a_page_that_does_not_say_whether_it_is_in_a_frame_is_refused: |said| said.cross_origin = json!(null);
    a_frame_in_another_site_is_refused: |said| said.cross_origin = json!(true);
    another_relying_party_is_refused: |said| said.rp_id = "evil.example".to_owned();
    another_challenge_is_refused: |said| said.challenge = "A".repeat(43);
    an_empty_challenge_is_refused: |said| said.challenge = String::new();
    what_was_said_to_register_signs_nobody_in: |said| said.kind = "webauthn.create";
    a_passkey_without_anybody_present_is_refused: |said| said.present = false;
    a_passkey_that_did_not_verify_its_owner_is_refused: |said| said.verified = false;
    a_tampered_signature_is_refused: |said| said.tampered = true;
    an_unknown_credential_is_refused: |said| said.credential_id = b"unknown".to_vec();
    a_missing_handle_is_refused: |said| said.handle = None;
    an_empty_handle_is_refused: |said| said.handle = Some(Vec::new());
    a_handle_of_nobody_is_refused: |said| said.handle = Some(vec![7; 16]);
    a_handle_of_another_length_is_refused: |said| said.handle = Some(vec![7; 17]);
    a_passkey_that_can_be_copied_all_at_once_is_refused: |said| said.backup_eligible = true;
    a_copy_of_what_cannot_be_copied_is_refused: |said| said.backed_up = true;
}

#[tokio::test]
async fn a_passkey_that_has_signed_less_often_than_before_is_a_copy_and_somebody_should_look() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    holder.visitor.signs_in_by_passkey(&holder.passkey).await;
    for count in [0, 1, 2] {
        let question = holder.visitor.is_asked_for_a_passkey().await;
        let credential = holder.passkey.signs(stack, &question, |said| said.count = count);
        let refused = holder.visitor.signs_in_by(&question, credential).await;
        stack.audited(&refused.refuses(400, "INVALID_CODE"), &["passkey_cloned", "passkey_refused"]).await;
    }
}

#[tokio::test]
async fn a_handle_of_another_person_leads_to_nobody() {
    let visitor = Stack::shared().visitor();
    let (one, other) = (Holder::at(visitor).await, Holder::at(visitor).await);
    let question = visitor.is_asked_for_a_passkey().await;
    let credential =
        one.passkey.signs(visitor.stack, &question, |said| said.handle = Some(other.passkey.handle.clone()));
    visitor.signs_in_by(&question, credential).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn another_key_under_a_persons_credential_is_refused() {
    let visitor = Stack::shared().visitor();
    let (one, other) = (Holder::at(visitor).await, Holder::at(visitor).await);
    let question = visitor.is_asked_for_a_passkey().await;
    let credential = one.passkey.signs(visitor.stack, &question, |said| {
        said.handle = Some(other.passkey.handle.clone());
        said.credential_id = other.passkey.credential_id.clone();
        said.count = 1000;
    });
    visitor.signs_in_by(&question, credential).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn the_same_credential_elsewhere_leads_only_where_its_handle_does() {
    let visitor = Stack::shared().visitor();
    let holder = Holder::at(visitor).await;
    let session = visitor.signs_in(&Person::new()).await;
    let same = |said: &mut Said| said.credential_id = holder.passkey.credential_id.clone();
    visitor.adds_passkey_that(&session, same).await;
    let signed_in = visitor.signs_in_by_passkey(&holder.passkey).await;
    assert_eq!(signed_in.user_id(), holder.session.user_id());
}

#[tokio::test]
async fn a_request_is_used_up_by_its_answer_right_or_wrong() {
    let visitor = Stack::shared().visitor();
    let holder = Holder::at(visitor).await;
    for tampered in [false, true] {
        let question = visitor.is_asked_for_a_passkey().await;
        let first = holder.passkey.signs(visitor.stack, &question, |said| said.tampered = tampered);
        let status = visitor.signs_in_by(&question, first.clone()).await.status;
        assert_eq!(status, if tampered { 400 } else { 200 });
        for again in [first, holder.signs(&question)] {
            visitor.signs_in_by(&question, again).await.refuses(400, "INVALID_CODE");
        }
    }
}

#[tokio::test]
async fn an_unknown_request_is_refused() {
    let visitor = Stack::shared().visitor();
    let holder = Holder::at(visitor).await;
    let mut question = visitor.is_asked_for_a_passkey().await;
    for id in ["nonsense".to_owned(), "A".repeat(43)] {
        question["requestId"] = id.into();
        visitor.signs_in_by(&question, holder.signs(&question)).await.refuses(400, "INVALID_CODE");
    }
}

#[tokio::test]
async fn a_request_for_something_else_signs_nobody_in() {
    let visitor = Stack::shared().visitor();
    let holder = Holder::at(visitor).await;
    let partial = holder.comes_halfway().await;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    for question in [
        visitor.is_asked_for_second_factor(&partial).await.data(),
        visitor.is_asked_to_step_up(&session).await.data(),
        visitor.is_asked_to_register(&session, json!({})).await.data(),
    ] {
        visitor.signs_in_by(&question, holder.signs(&question)).await.refuses(400, "INVALID_CODE");
    }
}

#[tokio::test]
async fn a_request_is_over_after_five_minutes() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let holder = Holder::at(stack.visitor()).await;
    let question = holder.visitor.is_asked_for_a_passkey().await;
    expires(&services, &question).await;
    holder.visitor.signs_in_by(&question, holder.signs(&question)).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn what_a_page_of_ours_asked_is_answered_in_the_same_browser_only() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let mut tab = Tab::of(holder.visitor);
    let (question, other) = (asks(&mut tab).await, asks(&mut Tab::of(holder.visitor)).await);
    assert_eq!(tab.cookies.len(), 1);

    let stolen = holder.visitor.signs_in_by(&question, holder.signs(&question)).await;
    stolen.refuses(400, "INVALID_CODE");
    let foreign = tab.with_cookies(crate::harness::Visitor::signing_in_by(&other, holder.signs(&other)));
    holder.visitor.send(foreign).await.refuses(400, "INVALID_CODE");
    let own = tab.with_cookies(crate::harness::Visitor::signing_in_by(&question, holder.signs(&question)));
    holder.visitor.send(own).await.data();
}

#[tokio::test]
async fn a_form_signs_in_the_browser_and_leads_where_it_wanted_to_go() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let mut tab = Tab::of(holder.visitor);
    let (path, question) = (format!("{PASSKEYS}/sign-in"), asks(&mut tab).await);
    let credential = holder.signs(&question).to_string();
    let request = question["requestId"].as_str().unwrap();
    let fields = |target: &'static str| [("request_id", request), ("credential", &credential), ("return_to", target)];

    let refused = tab.submits(&path, &fields("https://app.example/signed-in/")).await;
    refused.is_page(400);
    let explanation = format!("the closest allowed target is {APP:?}; they differ by a trailing slash");
    assert_eq!(holder.visitor.stack.explanation(&refused, &["passkey_refused"]).await, explanation);
    assert_eq!(tab.submits_from_elsewhere(&path, &fields(APP)).await.status, 403);
    tab.submits(&path, &fields(APP)).await.leads_to(APP);
    assert_eq!(tab.opens("/v1/auth/session").await.data()["amr"], json!(["hwk", "user", "mfa"]));
    assert_eq!(tab.cookies.len(), 2, "the session's, and the browser's mark: {:?}", tab.cookies);

    let again = tab.submits(&path, &fields(APP)).await;
    let back = "/login?return_to=https%3A%2F%2Fapp.example%2Fsigned-in&error=INVALID_CODE&lang=en";
    again.leads_to(back);
    let malformed = [("request_id", request), ("credential", "{}"), ("return_to", APP)];
    tab.submits(&path, &malformed).await.is_page(400);
}

#[tokio::test]
async fn a_form_without_a_target_leads_to_our_page() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let mut tab = Tab::of(holder.visitor);
    let question = asks(&mut tab).await;
    let credential = holder.signs(&question).to_string();
    let fields = [("request_id", question["requestId"].as_str().unwrap()), ("credential", &credential), ("lang", "de")];
    let answer = tab.submits(&format!("{PASSKEYS}/sign-in"), &fields).await;
    answer.leads_to(&format!("{}/login?lang=de", holder.visitor.stack.url));
}

#[tokio::test]
async fn a_passkey_that_was_removed_signs_nobody_in() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let session = holder.visitor.signs_in_by_passkey(&holder.passkey).await;
    holder.visitor.removes_passkey(&session, &holder.passkey.id, json!({})).await.data();
    let question = holder.visitor.is_asked_for_a_passkey().await;
    holder.visitor.signs_in_by(&question, holder.signs(&question)).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn a_missing_or_malformed_field_is_named() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let question = holder.visitor.is_asked_for_a_passkey().await;
    let (id, credential) = (&question["requestId"], holder.signs(&question));
    let mut without = credential.clone();
    without["response"]["signature"].take();
    for (field, body) in [
        ("requestId", json!({ "credential": credential })),
        ("requestId", json!({ "requestId": 7, "credential": credential })),
        ("credential", json!({ "requestId": id })),
        ("credential", json!({ "requestId": id, "credential": credential.to_string() })),
        ("credential", json!({ "requestId": id, "credential": {} })),
        ("credential", json!({ "requestId": id, "credential": without })),
    ] {
        holder.visitor.post(&format!("{PASSKEYS}/sign-in"), body).await.faults(field);
    }
    holder.visitor.signs_in_by(&question, credential).await.data();
}

#[tokio::test]
async fn one_source_asks_sixty_times_in_five_minutes() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    window_with_room(300).await;
    for _ in 0..60 {
        visitor.is_asked_for_a_passkey().await;
    }
    let refused = visitor.send(Call::post(format!("{PASSKEYS}/challenge"))).await;
    stack.audited(&refused.refuses(429, "RATE_LIMITED"), &["limit_reached"]).await;
}

#[tokio::test]
async fn neither_request_nor_signature_can_be_read_in_the_store_or_the_log() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let open = holder.visitor.is_asked_for_a_passkey().await;
    let question = holder.visitor.is_asked_for_a_passkey().await;
    let credential = holder.signs(&question);
    let answer = holder.visitor.signs_in_by(&question, credential.clone()).await;
    stack.audited(&answer.request_id(), &["sign_in_succeeded"]).await;
    let (dump, log) = (stack.dump().await.to_string(), stack.log().await.join("\n"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let secrets = [text(&open["requestId"]), text(&question["requestId"]), text(&credential["response"]["signature"])];
    for secret in secrets.iter().chain(&holder.recovery_codes) {
        assert!(!dump.contains(secret) && !log.contains(secret), "{secret} can be read");
    }
    assert!(!log.contains(&text(&open["publicKey"]["challenge"])), "an open challenge is in the log");
}

#[tokio::test]
async fn a_passkey_nobody_registered_is_refused_as_everything_is() {
    let visitor = Stack::shared().visitor();
    let question = visitor.is_asked_for_a_passkey().await;
    let mut passkey = VirtualPasskey::made_for(&question);
    passkey.handle = vec![1; 16];
    let credential = passkey.signs(visitor.stack, &question, |_| {});
    visitor.signs_in_by(&question, credential).await.refuses(400, "INVALID_CODE");
}

/// What a page of ours asks in this browser.
async fn asks(tab: &mut Tab<'_>) -> Value {
    tab.send(Call::post(format!("{PASSKEYS}/challenge")).header("sec-fetch-site", "same-origin")).await.data()
}

//! `GET /v1/auth/passkeys`, and `PATCH` and `DELETE` of one.

use serde_json::{Value, json};

use super::Holder;
use crate::harness::{Answer, Call, PASSKEYS, Person, ServiceStack, SessionTokens, Stack, Tab, Visitor};

#[tokio::test]
async fn passkeys_are_listed_renamed_and_removed_by_their_owner() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    let (second, _) = visitor.adds_passkey(&session).await;
    let id = holder.passkey.id.as_str();

    let renamed = visitor.renames(&session, id, json!({ "name": " Laptop " })).await;
    let body = |name: &str| json!({ "id": id, "name": name, "createdAt": "<time>", "lastUsedAt": "<time>", "backedUp": false });
    renamed.gives(json!({ "passkey": body("Laptop") }));
    stack.audited(&renamed.request_id(), &["passkey_renamed"]).await;
    let new = json!({ "id": second.id, "name": "Passkey", "createdAt": "<time>", "backedUp": false });
    let mut kept = visitor.lists_passkeys(&session).await.data()["passkeys"].as_array().unwrap().clone();
    kept.sort_by_key(|passkey| passkey["id"] == second.id);
    let expected = json!([body("Laptop"), new]);
    crate::harness::assert_shape(&kept.into(), &expected, "the list");

    let removed = visitor.removes_passkey(&session, id, json!({})).await;
    removed.gives(json!({ "success": true }));
    stack.audited(&removed.request_id(), &["passkey_removed"]).await;
    assert_eq!(holder.notices().await[0], "A passkey was removed for Doorward");
    visitor.lists_passkeys(&session).await.gives(json!({ "passkeys": [new] }));
    visitor.removes_passkey(&session, id, json!({})).await.refuses(404, "NOT_FOUND");
    holder.comes_halfway().await;
}

#[tokio::test]
async fn with_the_last_factor_the_recovery_codes_and_the_lock_go() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    for _ in 0..3 {
        visitor.steps_up(&session, "ABCDE-FGHJK").await.refuses(401, "SECOND_FACTOR_INVALID");
    }
    visitor.removes_passkey(&session, &holder.passkey.id, json!({})).await.data();

    visitor.signs_in(&holder.person).await;
    let (_, data) = visitor.adds_passkey(&session).await;
    assert_eq!(data["recoveryCodes"].as_array().unwrap().len(), 10);
    visitor.steps_up(&session, &holder.recovery_codes[0]).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.steps_up(&session, data["recoveryCodes"][0].as_str().unwrap()).await.data();
}

#[tokio::test]
async fn a_lock_holds_for_whoever_has_shown_their_passkey_too() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    let (second, _) = visitor.adds_passkey(&session).await;
    for _ in 0..9 {
        visitor.steps_up(&session, "ABCDE-FGHJK").await.refuses(401, "SECOND_FACTOR_INVALID");
    }
    visitor.removes_passkey(&session, &second.id, json!({})).await.data();
    visitor.steps_up(&session, "ABCDE-FGHJK").await.refuses(401, "SECOND_FACTOR_INVALID");

    let locked = |answer: Answer| drop(answer.refuses(429, "SECOND_FACTOR_LOCKED"));
    locked(visitor.steps_up(&session, &holder.recovery_codes[0]).await);
    locked(visitor.is_asked_to_register(&session, json!({})).await);
    locked(visitor.removes_passkey(&session, &holder.passkey.id, json!({})).await);
    locked(visitor.renews_codes_without_any(&session).await);
    locked(visitor.is_shown_a_seed(&session, json!({})).await);
}

#[tokio::test]
async fn without_passkeys_an_app_and_its_recovery_codes_go_on_and_without_the_app_the_passkeys_do() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    let app = visitor.enrols(&session).await;
    visitor.removes_factor(&session, &app.recovery_codes[0]).await.data();
    visitor.steps_up(&session, &app.recovery_codes[0]).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.steps_up(&session, &app.recovery_codes[1]).await.data();
    holder.comes_halfway().await;

    let app = visitor.enrols(&session).await;
    visitor.removes_passkey(&session, &holder.passkey.id, json!({ "code": app.recovery_codes[0] })).await.data();
    visitor.steps_up(&session, &app.recovery_codes[0]).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.steps_up(&session, &app.recovery_codes[1]).await.data();
    visitor.steps_up(&session, &app.code().await).await.data();
}

#[tokio::test]
async fn a_passkey_is_removed_by_a_code_or_a_second_factor_that_was_shown_lately() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let (visitor, session, id) = (holder.visitor, &holder.session, &holder.passkey.id);
    for body in [json!({}), json!({ "code": "nonsense" }), json!({ "code": "ABCDE-FGHJK" })] {
        let refused = visitor.removes_passkey(session, id, body).await;
        stack.audited(&refused.refuses(401, "SECOND_FACTOR_INVALID"), &["passkey_refused"]).await;
    }
    let removed = visitor.removes_passkey(session, id, json!({ "code": holder.recovery_codes[0] })).await;
    removed.gives(json!({ "success": true }));
    stack.audited(&removed.request_id(), &["passkey_removed", "recovery_code_used"]).await;
}

#[tokio::test]
async fn ten_minutes_after_signing_in_nothing_is_removed_before_a_step_up() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let holder = Holder::at(stack.visitor()).await;
    let visitor = holder.visitor;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    services.ages(&session, 600).await;
    for body in [json!({}), json!({ "code": holder.recovery_codes[0] })] {
        visitor.removes_passkey(&session, &holder.passkey.id, body).await.refuses(403, "FORBIDDEN");
    }
    let question = visitor.is_asked_to_step_up(&session).await.data();
    visitor.steps_up_by(&session, &question, holder.signs(&question)).await.data();
    visitor.removes_passkey(&session, &holder.passkey.id, json!({})).await.data();
}

#[tokio::test]
async fn another_persons_passkey_does_not_exist() {
    let visitor = Stack::shared().visitor();
    let (one, other) = (Holder::at(visitor).await, Holder::at(visitor).await);
    let session = visitor.signs_in_by_passkey(&one.passkey).await;
    for id in [&other.passkey.id, "psk_1", "nonsense"] {
        visitor.renames(&session, id, json!({ "name": "Mine" })).await.refuses(404, "NOT_FOUND");
        visitor.removes_passkey(&session, id, json!({})).await.refuses(404, "NOT_FOUND");
    }
    visitor.signs_in_by_passkey(&other.passkey).await;
}

#[tokio::test]
async fn a_name_that_is_none_changes_nothing() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    for body in [json!({}), json!({ "name": " " }), json!({ "name": "x".repeat(65) }), json!({ "name": "a\nb" })] {
        holder.visitor.renames(&holder.session, &holder.passkey.id, body).await.faults("name");
    }
    let kept = holder.visitor.lists_passkeys(&holder.session).await.data();
    assert_eq!(kept["passkeys"][0]["name"], "Passkey");
}

#[tokio::test]
async fn nobody_sees_or_changes_anything() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let one = format!("{PASSKEYS}/{}", holder.passkey.id);
    for call in [
        Call::get(PASSKEYS),
        Call::new("PATCH", one.as_str()).json(&json!({ "name": "Mine" })),
        Call::delete(one.as_str()).json(&json!({})),
    ] {
        holder.visitor.send(call).await.refuses(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn forms_of_our_pages_rename_and_remove() {
    let stack = Stack::shared();
    let holder = Holder::at(stack.visitor()).await;
    let mut tab = Tab::of(holder.visitor);
    let question = holder.visitor.is_asked_for_a_passkey().await;
    let credential = holder.signs(&question).to_string();
    let fields = [("request_id", question["requestId"].as_str().unwrap()), ("credential", &credential)];
    tab.submits(&format!("{PASSKEYS}/sign-in"), &fields).await;
    let path = |what: &str| format!("{PASSKEYS}/{}/{what}", holder.passkey.id);

    for (what, fields) in [("rename", [("name", "Mine"), ("lang", "en")]), ("remove", [("code", ""), ("lang", "en")])] {
        assert_eq!(tab.submits_from_elsewhere(&path(what), &fields).await.status, 403, "{what}");
    }
    tab.submits(&path("rename"), &[("name", "Laptop"), ("lang", "en")]).await.leads_to("/login/security?lang=en");
    let kept: Value = tab.opens(PASSKEYS).await.data();
    assert_eq!(kept["passkeys"][0]["name"], "Laptop");
    tab.submits(&path("rename"), &[("name", ""), ("lang", "en")]).await.is_page(400);
    let wrong = tab.submits(&path("remove"), &[("code", "ABCDE-FGHJK"), ("lang", "en")]).await;
    wrong.leads_to("/login/security?error=SECOND_FACTOR_INVALID&lang=en");
    tab.submits(&path("remove"), &[("lang", "en")]).await.leads_to("/login/security?lang=en");
    tab.opens(PASSKEYS).await.gives(json!({ "passkeys": [] }));
}

#[tokio::test]
async fn a_cookie_changes_nothing_for_a_page_of_another_site() {
    let holder = Holder::at(Stack::shared().visitor()).await;
    let mut tab = Tab::of(holder.visitor);
    tab.signs_in(&Person::new()).await;
    let one = format!("{PASSKEYS}/{}", holder.passkey.id);
    for call in [
        Call::post(format!("{PASSKEYS}/registration")),
        Call::new("PATCH", one.as_str()).json(&json!({ "name": "Mine" })),
        Call::delete(one.as_str()),
    ] {
        let call = call.header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
        tab.send(call).await.refuses(403, "FORBIDDEN");
    }
}

impl Visitor<'_> {
    async fn renames(&self, session: &SessionTokens, id: &str, body: Value) -> Answer {
        self.send(Call::new("PATCH", format!("{PASSKEYS}/{id}")).bearer(&session.access_token).json(&body)).await
    }
}

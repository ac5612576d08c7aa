//! Second factors: by the API, on our pages, and by passkey.

use serde_json::{Value, json};

use super::{HeaderRecord, callback_of, form};
use crate::harness::{Authenticator, Call, PASSKEYS, Person, SECOND_FACTOR, VirtualPasskey, codes_of, completing};
use crate::lies::LIES;
use crate::second_factor::pages::{code_on, key_on};

pub async fn second_factors(record: &mut HeaderRecord<'_>) {
    let (visitor, person) = (record.visitor, Person::new());
    let session = visitor.signs_in(&person).await;
    let with = |method: &'static str, path: &str, code: &str| {
        Call::new(method, format!("{SECOND_FACTOR}{path}")).bearer(&session.access_token).json(&json!({ "code": code }))
    };
    let route = "POST /v1/auth/second-factor/totp";
    let shown = Call::post(format!("{SECOND_FACTOR}/totp")).bearer(&session.access_token).json(&json!({}));
    let answer = record.tries(route, "shows a seed", shown).await;
    record.tries(route, "nobody", Call::post(format!("{SECOND_FACTOR}/totp")).json(&json!({}))).await;
    let app = Authenticator::of(answer.data()["secret"].as_str().unwrap());
    let route = "POST /v1/auth/second-factor/totp/confirm";
    record.tries(route, "wrong code", with("POST", "/totp/confirm", &app.wrong_code())).await;
    let set_up = record.tries(route, "sets it up", with("POST", "/totp/confirm", &app.code().await)).await;
    let codes = codes_of(&set_up.data());

    let (cookie, started) = record.starts("/v1/auth/login/honest").await;
    let code = LIES.code(&started, &person, |_| {});
    let back = Call::get(format!("{}?code={code}&state={}", callback_of(&started), started.state));
    let answer = record.tries("GET /v1/auth/callback/{provider}", "halfway", back.header("cookie", cookie)).await;
    let page = answer.header("location").unwrap().to_owned();
    record.tries("GET /login/{page+}", "second factor", Call::get(&page)).await;
    let partial = page.split("session_id=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let route = "POST /v1/auth/second-factor";
    let form = |code: &str| form(SECOND_FACTOR, &[("session_id", &partial), ("code", code)]);
    let ours = |code: &str| form(code).header("sec-fetch-site", "same-origin");
    record.tries(route, "wrong code, by form", ours(&app.wrong_code())).await;
    let code = app.code().await;
    record.tries(route, "another site's form", form(&code).header("sec-fetch-site", "cross-site")).await;
    record.tries(route, "signs in by form", ours(&code)).await;
    record.tries(route, "wrong code", completing(&partial, &app.wrong_code())).await;

    let wrong = app.wrong_code();
    let route = "POST /v1/auth/second-factor/step-up";
    record.tries(route, "wrong code", with("POST", "/step-up", &wrong)).await;
    record.tries(route, "steps up", with("POST", "/step-up", &codes[0])).await;
    let route = "POST /v1/auth/second-factor/recovery-codes";
    record.tries(route, "wrong code", with("POST", "/recovery-codes", &wrong)).await;
    let renewed = record.tries(route, "gives new ones", with("POST", "/recovery-codes", &codes[1])).await;
    let route = "DELETE /v1/auth/second-factor/totp";
    record.tries(route, "wrong code", with("DELETE", "/totp", &wrong)).await;
    record.tries(route, "takes it off", with("DELETE", "/totp", &codes_of(&renewed.data())[0])).await;
}

/// Somebody sets an app up, uses it, and takes it off, on our pages.
pub async fn pages(record: &mut HeaderRecord<'_>) {
    let cookie = record.signs_in().await;
    let route = "GET /login/{page+}";
    record.tries(route, "security of nobody", Call::get("/login/security")).await;
    record.tries(route, "security", Call::get("/login/security").header("cookie", &cookie)).await;

    let sent =
        |path: &str, code: &str| form(&format!("{SECOND_FACTOR}{path}"), &[("code", code)]).header("cookie", &cookie);
    let ours = |path: &str, code: &str| sent(path, code).header("sec-fetch-site", "same-origin");
    let route = "POST /v1/auth/second-factor/totp";
    record.tries(route, "another site's form", sent("/totp", "").header("sec-fetch-site", "cross-site")).await;
    let app = Authenticator::of(&key_on(&record.tries(route, "by form", ours("/totp", "")).await));
    let route = "POST /v1/auth/second-factor/totp/confirm";
    record.tries(route, "wrong code, by form", ours("/totp/confirm", &app.wrong_code())).await;
    let set_up = record.tries(route, "by form", ours("/totp/confirm", &app.code().await)).await;

    let code = code_on(&set_up);
    let route = "POST /v1/auth/second-factor/recovery-codes";
    record.tries(route, "wrong code, by form", ours("/recovery-codes", &app.wrong_code())).await;
    let code = code_on(&record.tries(route, "by form", ours("/recovery-codes", &code)).await);
    let route = "POST /v1/auth/second-factor/step-up";
    record.tries(route, "wrong code, by form", ours("/step-up", &app.wrong_code())).await;
    record.tries(route, "by form", ours("/step-up", &app.code().await)).await;
    let route = "POST /v1/auth/second-factor/totp/remove";
    record.tries(route, "wrong code, by form", ours("/totp/remove", &app.wrong_code())).await;
    record.tries(route, "by form", ours("/totp/remove", &code)).await;
}

/// Somebody makes a passkey, signs in by it, and shows it as a second factor.
pub async fn passkeys(record: &mut HeaderRecord<'_>) {
    let (visitor, stack) = (record.visitor, record.visitor.stack);
    let person = Person::new();
    let session = visitor.signs_in(&person).await;
    let bearer = |call: Call| call.bearer(&session.access_token);
    let sent = |path: &str, body: &Value| Call::post(path).json(body);
    let ours = |path: &str, fields: &[(&str, &str)]| form(path, fields).header("sec-fetch-site", "same-origin");
    let answer =
        |question: &Value, credential: Value| json!({ "requestId": question["requestId"], "credential": credential });

    let (route, path) = ("POST /v1/auth/passkeys/registration", format!("{PASSKEYS}/registration"));
    let question = record.tries(route, "asks", bearer(sent(&path, &json!({})))).await.data();
    record.tries(route, "nobody", sent(&path, &json!({}))).await;
    let passkey = VirtualPasskey::made_for(&question);
    let body = answer(&question, passkey.attests(stack, &question, |_| {}));
    let route = "POST /v1/auth/passkeys";
    let kept = record.tries(route, "keeps one", bearer(sent(PASSKEYS, &body))).await.data();
    record.tries(route, "used request", bearer(sent(PASSKEYS, &body))).await;
    let credential = body["credential"].to_string();
    let fields = [("request_id", "none"), ("credential", credential.as_str())];
    record.tries(route, "nobody, by form", ours(PASSKEYS, &fields)).await;
    let cookie = record.signs_in().await;
    let question = sent(&path, &json!({})).header("cookie", &cookie).header("sec-fetch-site", "same-origin");
    let question = visitor.send(question).await.data();
    let credential = VirtualPasskey::made_for(&question).attests(stack, &question, |_| {}).to_string();
    let fields = [("request_id", question["requestId"].as_str().unwrap()), ("credential", &credential)];
    record.tries(route, "by form", ours(PASSKEYS, &fields).header("cookie", cookie)).await;
    record.tries("GET /v1/auth/passkeys", "", bearer(Call::get(PASSKEYS))).await;

    let id = format!("{PASSKEYS}/{}", kept["passkey"]["id"].as_str().unwrap());
    let renamed = Call::new("PATCH", id.as_str()).json(&json!({ "name": "Laptop" }));
    record.tries("PATCH /v1/auth/passkeys/{id}", "renames", bearer(renamed)).await;
    let renamed = ours(&format!("{id}/rename"), &[("name", "Laptop")]);
    record.tries("POST /v1/auth/passkeys/{id}/rename", "by form", bearer(renamed)).await;
    let removed = ours(&format!("{id}/remove"), &[("code", "none")]);
    record.tries("POST /v1/auth/passkeys/{id}/remove", "wrong code, by form", bearer(removed)).await;
    let removed = Call::delete(id).json(&json!({}));
    record.tries("DELETE /v1/auth/passkeys/{id}", "no code", bearer(removed)).await;

    let (route, path) = ("POST /v1/auth/passkeys/challenge", format!("{PASSKEYS}/challenge"));
    let asked = record.tries(route, "asks", Call::post(path.as_str())).await;
    assert_eq!(asked.header("set-cookie"), None, "{asked}");
    let our_page = Call::post(path.as_str()).header("sec-fetch-site", "same-origin");
    let asked = record.tries(route, "asks for our page", our_page).await;
    let question = asked.data();
    let cookie = asked.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let (route, path) = ("POST /v1/auth/passkeys/sign-in", format!("{PASSKEYS}/sign-in"));
    let body = answer(&question, passkey.signs(stack, &question, |_| {}));
    record.tries(route, "another browser", sent(&path, &body)).await;
    let credential = body["credential"].to_string();
    let fields = [("request_id", question["requestId"].as_str().unwrap()), ("credential", &credential)];
    record.tries(route, "another browser, by form", ours(&path, &fields)).await;
    record.tries(route, "signs in by form", ours(&path, &fields).header("cookie", cookie)).await;
    let question = visitor.is_asked_for_a_passkey().await;
    let body = answer(&question, passkey.signs(stack, &question, |_| {}));
    record.tries(route, "signs in", sent(&path, &body)).await;

    let step_up = format!("{SECOND_FACTOR}/step-up/passkey");
    let (route, path) = ("POST /v1/auth/second-factor/step-up/passkey/challenge", format!("{step_up}/challenge"));
    let question = record.tries(route, "asks", bearer(Call::post(path))).await.data();
    let route = "POST /v1/auth/second-factor/step-up/passkey";
    let body = answer(&question, passkey.signs(stack, &question, |_| {}));
    record.tries(route, "steps up", bearer(sent(&step_up, &body))).await;
    record.tries(route, "used request", bearer(sent(&step_up, &body))).await;
    let credential = body["credential"].to_string();
    let fields = [("request_id", "none"), ("credential", credential.as_str())];
    record.tries(route, "used request, by form", bearer(ours(&step_up, &fields))).await;

    let started = visitor.starts("honest").await;
    let code = LIES.code(&started, &person, |_| {});
    let partial = visitor.callback(&started, &code).await.data()["sessionId"].clone();
    let page = Call::get(format!("/login/second-factor?session_id={}", partial.as_str().unwrap()));
    record.tries("GET /login/{page+}", "second factor, by passkey", page).await;
    let (route, path) = ("POST /v1/auth/second-factor/passkey/challenge", format!("{SECOND_FACTOR}/passkey/challenge"));
    let question = record.tries(route, "asks", sent(&path, &json!({ "sessionId": partial }))).await.data();
    let (route, path) = ("POST /v1/auth/second-factor/passkey", format!("{SECOND_FACTOR}/passkey"));
    let mut body = answer(&question, passkey.signs(stack, &question, |said| said.tampered = true));
    body["sessionId"] = partial.clone();
    record.tries(route, "wrong signature", sent(&path, &body)).await;
    let credential = body["credential"].to_string();
    let fields =
        [("session_id", partial.as_str().unwrap()), ("request_id", "none"), ("credential", credential.as_str())];
    record.tries(route, "wrong signature, by form", ours(&path, &fields)).await;
    let question = visitor.post(&format!("{path}/challenge"), json!({ "sessionId": partial })).await.data();
    let credential = passkey.signs(stack, &question, |_| {}).to_string();
    let fields = [
        ("session_id", partial.as_str().unwrap()),
        ("request_id", question["requestId"].as_str().unwrap()),
        ("credential", credential.as_str()),
    ];
    record.tries(route, "signs in by form", ours(&path, &fields)).await;
}

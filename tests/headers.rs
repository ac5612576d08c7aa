//! What every route says in its headers, errors included, against `headers.txt`: status, content type, who may keep the
//! answer, every cookie, and every page's policy.

use crate::contracts::{self, KEY, invites, mailed_secret};
use crate::harness::{
    APP, Answer, Authenticator, Call, PASSKEYS, Passkey, Person, SECOND_FACTOR, Stack, Started, Visitor, completing,
};
use crate::lies::LIES;
use crate::template::routes;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use url::Url;

const EXPECTED: &str = include_str!("headers.txt");

#[tokio::test]
async fn every_route_says_what_headers_txt_says_and_no_cookie_beside_it() {
    let mut record = Record::new(Stack::shared());
    logins(&mut record).await;
    returns(&mut record).await;
    mails(&mut record).await;
    sessions(&mut record).await;
    second_factors(&mut record).await;
    passkeys(&mut record).await;
    strangers(&mut record).await;
    record.tries("GET /.well-known/jwks.json", "", Call::get("/.well-known/jwks.json")).await;
    let mut guests = Record::new(contracts::stack());
    invitations(&mut guests).await;
    record.adds(guests);
    let issuer = "/.well-known/openid-configuration";
    record.tries("GET /.well-known/openid-configuration", "", Call::get(issuer)).await;

    assert_eq!(record.text(), EXPECTED, "what was said:\n{}", record.text());
    let tried: BTreeSet<_> = record.said.into_keys().collect();
    let known: BTreeSet<_> = routes().into_keys().collect();
    assert_eq!(tried, known, "every route of the template is tried");
}

async fn logins(record: &mut Record<'_>) {
    let route = "POST /v1/auth/login";
    let start = json!({ "provider": "honest", "redirectUri": APP });
    record.tries(route, "starts", Call::post("/v1/auth/login").json(&start)).await;
    let own = format!("{}/accounts/oauth/callback", record.visitor.stack.url);
    let start = json!({ "provider": "honest", "redirectUri": own });
    record.tries(route, "starts for our own callback", Call::post("/v1/auth/login").json(&start)).await;
    record.tries(route, "not JSON", Call::post("/v1/auth/login").body("provider=honest")).await;

    let route = "GET /v1/auth/login/{provider}";
    record.tries(route, "starts", Call::get("/v1/auth/login/honest")).await;
    record.tries(route, "unknown provider", Call::get("/v1/auth/login/nobody")).await;
    let elsewhere = "/v1/auth/login/honest?redirect_uri=https%3A%2F%2Fevil.example%2F";
    record.tries(route, "refused target", Call::get(elsewhere)).await;

    for (route, call) in [
        ("GET /auth/social/{provider}", Call::get as fn(&'static str) -> Call),
        ("POST /auth/social/{provider}", Call::post as fn(&'static str) -> Call),
    ] {
        record.tries(route, "starts", call("/auth/social/honest")).await;
        record.tries(route, "unknown provider", call("/auth/social/nobody")).await;
    }
}

/// The other contracts, invites and linked identities, for somebody who shows nothing.
async fn strangers(record: &mut Record<'_>) {
    let invite = json!({ "email": "ada@example.com" });
    for (route, call) in [
        ("DELETE /v1/auth/identities/{provider}", Call::delete("/v1/auth/identities/honest")),
        ("DELETE /v1/auth/invites/{id}", Call::delete("/v1/auth/invites/inv_1")),
        ("GET /accounts/oauth/callback", Call::get("/accounts/oauth/callback")),
        ("GET /v1/auth/identities", Call::get("/v1/auth/identities")),
        ("GET /v1/auth/invites", Call::get("/v1/auth/invites")),
        ("GET /v1/auth/session/external-token", Call::get("/v1/auth/session/external-token")),
        ("POST /api/v1/lab/login/callback/", Call::post("/api/v1/lab/login/callback/")),
        ("POST /auth/{actor_type}/invites/accept", Call::post("/auth/user/invites/accept")),
        ("POST /auth/{actor_type}/{provider}", Call::post("/auth/nobody/honest")),
        ("POST /auth/{actor_type}/{provider}/callback", Call::post("/auth/user/honest/callback")),
        ("POST /v1/auth/callback/external", Call::post("/v1/auth/callback/external")),
        (
            "POST /v1/auth/identities/{provider}",
            Call::post("/v1/auth/identities/honest").json(&json!({ "redirectUri": APP })),
        ),
        ("POST /v1/auth/invites", Call::post("/v1/auth/invites").json(&invite)),
        (
            "POST /v1/auth/second-factor/totp/remove",
            form(&format!("{SECOND_FACTOR}/totp/remove"), &[("code", "000000")]),
        ),
        ("POST /v1/auth/invites/accept", Call::post("/v1/auth/invites/accept").json(&json!({}))),
    ] {
        record.tries(route, "a stranger", call).await;
    }
}

/// Somebody is invited, and comes in.
async fn invitations(record: &mut Record<'_>) {
    let (visitor, person) = (record.visitor, Person::new());
    let wish = json!({ "email": Person::new().email, "actorType": "guest" });
    record.tries("POST /v1/auth/invites", "invites", Call::post("/v1/auth/invites").bearer(KEY).json(&wish)).await;
    invites(&visitor, &person.email).await;
    let secret = mailed_secret(&visitor, &person.email).await;

    let (route, page) = ("GET /login/{page+}", format!("/login/invite?token={secret}"));
    record.tries(route, "invite", Call::get(&page)).await;
    let (start, route_of_start) = (format!("/v1/auth/login/honest?invite={secret}"), "GET /v1/auth/login/{provider}");
    let site = |site: &str| Call::get(&start).header("sec-fetch-site", site);
    record.tries(route_of_start, "starts with an invite", site("same-origin")).await;
    record.tries(route_of_start, "another site's link with an invite", site("cross-site")).await;

    let (route_of_form, path) = ("POST /v1/auth/invites/accept", "/v1/auth/invites/accept");
    let pressed = |site: &str| form(path, &[("token", &secret)]).header("sec-fetch-site", site);
    record.tries(route_of_form, "another site's form", pressed("cross-site")).await;
    record.tries(route_of_form, "by form", pressed("same-origin")).await;
    record.tries(route_of_form, "used, by form", pressed("same-origin")).await;
    record.tries(route, "used invite", Call::get(&page)).await;
}

/// People come back from a provider.
async fn returns(record: &mut Record<'_>) {
    let visitor = record.visitor;
    let route = "POST /v1/auth/callback";
    let started = visitor.starts("honest").await;
    let code = LIES.code(&started, &Person::new(), |_| {});
    record.tries(route, "signs in", Visitor::callback_call(&started, &code, json!({}))).await;
    record.tries(route, "used state", Visitor::callback_call(&started, &code, json!({}))).await;

    for (route, start, format) in [
        ("GET /v1/auth/callback/{provider}", "/v1/auth/login/honest", ""),
        ("GET /auth/social/{provider}/callback", "/auth/social/honest", ""),
        ("GET /auth/social/{provider}/callback", "/auth/social/honest", "&format=json"),
    ] {
        for (what, lie, bound) in [
            ("signs in", json!("doorward"), true),
            ("the provider lied", json!("another"), true),
            ("another browser", json!("doorward"), false),
        ] {
            let (cookie, started) = record.starts(start).await;
            let code = LIES.code(&started, &Person::new(), |told| told.claims["aud"] = lie);
            let call = Call::get(format!("{}?code={code}&state={}{format}", callback_of(&started), started.state));
            let call = if bound { call.header("cookie", cookie) } else { call };
            record.tries(route, &format!("{what}{format}"), call).await;
        }
        let (cookie, started) = record.starts(start).await;
        let declined = format!("{}?error=access_denied&state={}{format}", callback_of(&started), started.state);
        record.tries(route, &format!("declined{format}"), Call::get(declined).header("cookie", cookie)).await;
    }

    for (route, start) in [
        ("POST /v1/auth/callback/{provider}", "/v1/auth/login/apple"),
        ("POST /auth/social/{provider}/callback", "/auth/social/apple"),
    ] {
        let (cookie, started) = record.starts(start).await;
        let code = LIES.code(&started, &Person::new(), |_| {});
        let fields = [("code", code.as_str()), ("state", &started.state)];
        let posted = || form(&callback_of(&started), &fields).header("sec-fetch-site", "cross-site");
        record.tries(route, "posted without the cookie", posted()).await;
        record.tries(route, "posted with it", posted().header("cookie", cookie)).await;
        record.tries(route, "not a form", Call::post(callback_of(&started)).json(&json!({}))).await;
    }
}

async fn mails(record: &mut Record<'_>) {
    let visitor = record.visitor;
    let route = "POST /v1/auth/magic-link";
    let person = Person::new();
    let wanted = json!({ "email": person.email, "redirectUri": APP });
    record.tries(route, "asks", Call::post("/v1/auth/magic-link").json(&wanted)).await;
    let ours = |path: &str, fields: &[(&str, &str)]| form(path, fields).header("sec-fetch-site", "same-origin");
    let other = Person::new();
    let fields = [("email", other.email.as_str()), ("return_to", APP)];
    let sent = record.tries(route, "asks by form", ours("/v1/auth/magic-link", &fields)).await;
    record.tries(route, "no address, by form", ours("/v1/auth/magic-link", &[("email", "ada@")])).await;
    let elsewhere = [("email", other.email.as_str()), ("return_to", "https://evil.example/")];
    record.tries(route, "refused target, by form", ours("/v1/auth/magic-link", &elsewhere)).await;
    let foreign = form("/v1/auth/magic-link", &fields).header("sec-fetch-site", "cross-site");
    record.tries(route, "another site's form", foreign).await;

    let (cookie, page) = (cookie_of(&sent), sent.header("location").unwrap().to_owned());
    let request = page.split("request=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let token = visitor.newest_token(&other.email).await;

    let route = "GET /login/{page+}";
    record.tries(route, "check-mail", Call::get(&page).header("cookie", &cookie)).await;
    record.tries(route, "check-mail in another browser", Call::get(&page)).await;
    record.tries(route, "registration", Call::get("/login/registration")).await;
    record.tries(route, "doorward.js", Call::get("/login/doorward.js")).await;
    record.tries(route, "icon.svg", Call::get("/login/icon.svg")).await;
    record.tries(route, "nowhere", Call::get("/login/nowhere")).await;

    let route = "GET /v1/auth/verify";
    let link = format!("/v1/auth/verify?token={token}");
    record.tries(route, "the link is opened", Call::get(&link).header("cookie", &cookie)).await;
    record.tries(route, "the link is opened in another browser", Call::get(&link)).await;
    record.tries(route, "no such link", Call::get(format!("/v1/auth/verify?token={}", "A".repeat(43)))).await;

    let route = "POST /v1/auth/verify";
    let code = [("request", request.as_str()), ("code", "2222-2222")];
    record.tries(route, "wrong code, by form", ours("/v1/auth/verify", &code).header("cookie", &cookie)).await;
    let pressed = [("token", token.as_str()), ("request", &request)];
    record.tries(route, "another site's form", form("/v1/auth/verify", &pressed).header("cookie", &cookie)).await;
    let button = || ours("/v1/auth/verify", &pressed).header("cookie", &cookie);
    record.tries(route, "signs in by form", button()).await;
    record.tries(route, "used link, by form", button()).await;
    let token = visitor.newest_token(&person.email).await;
    let shown = || Call::post("/v1/auth/verify").json(&json!({ "token": token }));
    record.tries(route, "signs in", shown()).await;
    record.tries(route, "used link", shown()).await;
}

async fn sessions(record: &mut Record<'_>) {
    let visitor = record.visitor;
    let cookie = record.signs_in().await;
    let session = visitor.signs_in(&Person::new()).await;
    let by_cookie = |call: Call| call.header("cookie", &cookie).header("sec-fetch-site", "same-origin");

    record.tries("GET /login", "signed out", Call::get("/login")).await;
    record.tries("GET /login", "signed in", by_cookie(Call::get("/login"))).await;
    record.tries("GET /login", "refused target", Call::get("/login?return_to=https%3A%2F%2Fevil.example%2F")).await;

    for (route, path) in [
        ("GET /v1/auth/session", "/v1/auth/session"),
        ("GET /v1/auth/sessions", "/v1/auth/sessions"),
        ("GET /auth/session/current", "/auth/session/current"),
    ] {
        record.tries(route, "by cookie", by_cookie(Call::get(path))).await;
        record.tries(route, "nobody", Call::get(path)).await;
    }
    let route = "DELETE /v1/auth/sessions/{id}";
    let path = format!("/v1/auth/sessions/{}", session.id());
    let foreign = |call: Call| call.header("cookie", &cookie).header("sec-fetch-site", "cross-site");
    record.tries(route, "another site's script", foreign(Call::delete(&path))).await;
    record.tries(route, "somebody else's session", by_cookie(Call::delete(&path))).await;
    record.tries(route, "one's own", Call::delete(&path).bearer(&session.access_token)).await;

    let route = "POST /v1/auth/refresh";
    let session = visitor.signs_in(&Person::new()).await;
    let renewed = json!({ "refreshToken": session.refresh_token });
    record.tries(route, "by token", Call::post("/v1/auth/refresh").json(&renewed)).await;
    record.tries(route, "by cookie", by_cookie(Call::post("/v1/auth/refresh"))).await;
    record.tries(route, "another site's script", foreign(Call::post("/v1/auth/refresh"))).await;

    let route = "POST /v1/auth/logout";
    let (cookie, again) = (cookie.clone(), record.signs_in().await);
    let out = form("/v1/auth/logout", &[]);
    let foreign = out.clone().header("sec-fetch-site", "cross-site").header("cookie", &cookie);
    record.tries(route, "another site's form", foreign).await;
    let ours = out.header("sec-fetch-site", "same-origin").header("cookie", &cookie);
    record.tries(route, "by form", ours).await;
    let script = Call::post("/v1/auth/logout").header("sec-fetch-site", "same-origin").header("cookie", &again);
    record.tries(route, "by cookie", script).await;
    record.tries(route, "by token", Call::post("/v1/auth/logout").bearer(&session.access_token)).await;
}

async fn second_factors(record: &mut Record<'_>) {
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
    record.tries(route, "sets it up", with("POST", "/totp/confirm", &app.code().await)).await;

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
    for (route, call) in [
        ("POST /v1/auth/second-factor/step-up", with("POST", "/step-up", &wrong)),
        ("POST /v1/auth/second-factor/recovery-codes", with("POST", "/recovery-codes", &wrong)),
        ("DELETE /v1/auth/second-factor/totp", with("DELETE", "/totp", &wrong)),
    ] {
        record.tries(route, "wrong code", call).await;
    }
}

/// Somebody makes a passkey, signs in by it, and shows it as a second factor.
async fn passkeys(record: &mut Record<'_>) {
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
    let passkey = Passkey::made_for(&question);
    let body = answer(&question, passkey.attests(stack, &question, |_| {}));
    let route = "POST /v1/auth/passkeys";
    let kept = record.tries(route, "keeps one", bearer(sent(PASSKEYS, &body))).await.data();
    record.tries(route, "used request", bearer(sent(PASSKEYS, &body))).await;
    let credential = body["credential"].to_string();
    let fields = [("request_id", "none"), ("credential", credential.as_str())];
    record.tries(route, "nobody, by form", ours(PASSKEYS, &fields)).await;
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

/// What was said so far, by route.
struct Record<'a> {
    visitor: Visitor<'a>,
    said: BTreeMap<String, String>,
}

impl<'a> Record<'a> {
    fn new(stack: &'a Stack) -> Self {
        Self { visitor: stack.visitor(), said: BTreeMap::new() }
    }

    /// Sends a request and keeps what the answer's headers say.
    async fn tries(&mut self, route: &str, what: &str, call: Call) -> Answer {
        let answer = self.visitor.send(call).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name} of {answer}");
        }
        let said = self.said.entry(route.to_owned()).or_default();
        let kind = answer.header("content-type").unwrap_or("nothing");
        let what = if what.is_empty() { String::new() } else { format!("{what}: ") };
        writeln!(said, "  {what}{} {kind}, {}", answer.status, answer.header("cache-control").unwrap()).unwrap();
        let mut more: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
        more.extend(answer.header("content-security-policy"));
        more.sort_unstable();
        for line in more {
            writeln!(said, "    {}", generalized(line)).unwrap();
        }
        answer
    }

    fn text(&self) -> String {
        self.said.iter().map(|(route, said)| format!("{route}\n{said}")).collect()
    }

    /// Keeps what was said elsewhere, too.
    fn adds(&mut self, other: Self) {
        for (route, said) in other.said {
            self.said.entry(route).or_default().push_str(&said);
        }
    }

    /// Starts a sign-in as a browser does; gives its cookie and what the provider was asked.
    async fn starts(&self, path: &str) -> (String, Started) {
        let answer = self.visitor.send(Call::get(path)).await;
        let auth_url: Url = answer.header("location").unwrap_or_else(|| panic!("{answer}")).parse().unwrap();
        let state = auth_url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let provider = path.rsplit('/').next().unwrap().to_owned();
        (cookie_of(&answer), Started { provider, auth_url, state })
    }

    /// Signs in as a browser does; gives the session's cookie.
    async fn signs_in(&self) -> String {
        let (cookie, started) = self.starts("/v1/auth/login/honest").await;
        let code = LIES.code(&started, &Person::new(), |_| {});
        let back = format!("{}?code={code}&state={}", callback_of(&started), started.state);
        let answer = self.visitor.send(Call::get(back).header("cookie", cookie)).await;
        let mut cookies = answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
        let session = cookies.find(|it| it.starts_with("__Host-doorward-session="));
        session.unwrap_or_else(|| panic!("{answer}")).split(';').next().unwrap().to_owned()
    }
}

/// A cookie or a policy without what differs from run to run.
fn generalized(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.split_once('=') {
        Some((name, value)) if name.starts_with("__Host-") => {
            let name = if name.contains("-tx-") { "__Host-doorward-tx-*" } else { name };
            format!("{name}={};", if value == ";" { "" } else { "*" })
        }
        _ if word.starts_with("'sha256-") => format!("'sha256-*'{}", if word.ends_with(';') { ";" } else { "" }),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The path that the provider sends people back to.
fn callback_of(started: &Started) -> String {
    Url::parse(&started.asks("redirect_uri")).unwrap().path().to_owned()
}

/// The one cookie of an answer, as a browser sends it back.
fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap_or_else(|| panic!("{answer}")).split(';').next().unwrap().to_owned()
}

/// A form without a word about the page that sends it.
fn form(path: &str, fields: &[(&str, &str)]) -> Call {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Call::post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
}

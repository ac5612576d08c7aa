//! What every route says in its headers, errors included, against `headers.txt`: status, content type, who may keep the
//! answer, every cookie, and every page's policy.

mod contracts;
mod factors;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::json;
use url::Url;

use crate::harness::{APP, Answer, Call, Person, SECOND_FACTOR, Stack, StartedSignIn, Visitor};
use crate::lies::LIES;
use crate::template::routes;

const EXPECTED: &str = include_str!("headers.txt");

#[tokio::test]
async fn every_route_says_what_headers_txt_says_and_no_cookie_beside_it() {
    let mut record = HeaderRecord::new(Stack::shared());
    logins(&mut record).await;
    returns(&mut record).await;
    mails(&mut record).await;
    sessions(&mut record).await;
    factors::second_factors(&mut record).await;
    factors::pages(&mut record).await;
    factors::passkeys(&mut record).await;
    strangers(&mut record).await;
    record.tries("GET /.well-known/jwks.json", "", Call::get("/.well-known/jwks.json")).await;
    let mut guests = HeaderRecord::new(crate::contracts::stack());
    contracts::invitations(&mut guests).await;
    contracts::ways_in(&mut guests).await;
    record.adds(guests);
    let issuer = "/.well-known/openid-configuration";
    record.tries("GET /.well-known/openid-configuration", "", Call::get(issuer)).await;

    assert_eq!(record.text(), EXPECTED, "what was said:\n{}", record.text());
    let tried: BTreeSet<_> = record.said.into_keys().collect();
    // At the root the local stack has a page of its own.
    let known: BTreeSet<_> = routes().into_keys().filter(|route| route != "GET /").collect();
    assert_eq!(tried, known, "every route of the template is tried");
}

async fn logins(record: &mut HeaderRecord<'_>) {
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
async fn strangers(record: &mut HeaderRecord<'_>) {
    let invite = json!({ "email": "ada@example.com" });
    for (route, call) in [
        ("DELETE /v1/auth/identities/{provider}", Call::delete("/v1/auth/identities/honest")),
        ("DELETE /v1/auth/invites/{id}", Call::delete("/v1/auth/invites/inv_1")),
        ("GET /accounts/oauth/callback", Call::get("/accounts/oauth/callback")),
        ("GET /v1/auth/identities", Call::get("/v1/auth/identities")),
        ("GET /v1/auth/invites", Call::get("/v1/auth/invites")),
        ("GET /v1/auth/session/external-token", Call::get("/v1/auth/session/external-token")),
        ("POST /api/v1/lab/login/{path+}", Call::post("/api/v1/lab/login/callback/")),
        ("POST /auth/{actor_type}/invites/accept", Call::post("/auth/user/invites/accept")),
        ("POST /auth/{actor_type}/{provider}", Call::post("/auth/nobody/honest")),
        ("GET /auth/{actor_type}/{provider}/callback", Call::get("/auth/user/honest/callback")),
        ("DELETE /auth/session", Call::delete("/auth/session")),
        ("POST /auth/session", Call::post("/auth/session")),
        ("POST /auth/token/refresh", Call::post("/auth/token/refresh")),
        (
            "POST /auth/mfa/challenges/{id}/verify",
            Call::post("/auth/mfa/challenges/ses_1/verify").json(&json!({ "method": "totp", "code": "000000" })),
        ),
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
        ("GET /v1/auth/undo", Call::get("/v1/auth/undo?token=nonsense")),
        ("POST /v1/auth/undo", form("/v1/auth/undo", &[("token", "nonsense")])),
        ("GET /v1/auth/verify/identity", Call::get("/v1/auth/verify/identity?token=nonsense")),
        ("POST /v1/auth/verify/identity", form("/v1/auth/verify/identity", &[("token", "nonsense")])),
    ] {
        record.tries(route, "a stranger", call).await;
    }
}

/// People come back from a provider.
async fn returns(record: &mut HeaderRecord<'_>) {
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

async fn mails(record: &mut HeaderRecord<'_>) {
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

async fn sessions(record: &mut HeaderRecord<'_>) {
    let visitor = record.visitor;
    let cookie = record.signs_in().await;
    let session = visitor.signs_in(&Person::new()).await;
    let by_cookie = |call: Call| call.header("cookie", &cookie).header("sec-fetch-site", "same-origin");

    record.tries("GET /favicon.ico", "", Call::get("/favicon.ico")).await;
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

/// What was said so far, by route.
struct HeaderRecord<'a> {
    visitor: Visitor<'a>,
    said: BTreeMap<String, String>,
}

impl<'a> HeaderRecord<'a> {
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
        let varies = answer.header("vary").unwrap_or_default();
        assert!(varies.split(", ").any(|name| name == "Origin"), "what may read {answer} depends on the origin");
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
    async fn starts(&self, path: &str) -> (String, StartedSignIn) {
        let answer = self.visitor.send(Call::get(path)).await;
        let auth_url: Url = answer.header("location").unwrap_or_else(|| panic!("{answer}")).parse().unwrap();
        let state = auth_url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let provider = path.rsplit('/').next().unwrap().to_owned();
        (cookie_of(&answer), StartedSignIn { provider, auth_url, state })
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
fn callback_of(started: &StartedSignIn) -> String {
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

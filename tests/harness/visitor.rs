//! A client of contract v1: what an app, or a person in front of it, does.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use url::Url;

use super::call::Line;
use super::{APP, Answer, Call, Person, Stack};
use crate::lies::LIES;

/// Somebody at one source address.
#[derive(Clone, Copy)]
pub struct Visitor<'a> {
    pub stack: &'a Stack,
    pub address: Ipv4Addr,
}

/// A login that the person has yet to confirm at the provider.
#[derive(Clone, Debug)]
pub struct StartedSignIn {
    pub provider: String,
    pub auth_url: Url,
    pub state: String,
}

impl StartedSignIn {
    /// What the answer to a login names.
    pub fn of(provider: &str, data: &Value) -> Self {
        let text = |name: &str| data[name].as_str().unwrap_or_else(|| panic!("no {name} in {data}"));
        Self {
            provider: provider.to_owned(),
            auth_url: text("authUrl").parse().unwrap(),
            state: text("state").to_owned(),
        }
    }

    /// A parameter of the authorization request.
    pub fn asks(&self, name: &str) -> String {
        let mut values = self.auth_url.query_pairs().filter(|(key, _)| key == name);
        let (_, value) = values.next().unwrap_or_else(|| panic!("no {name} in {}", self.auth_url));
        assert!(values.next().is_none(), "{name} twice in {}", self.auth_url);
        value.into_owned()
    }
}

/// What a sign-in gives.
#[derive(Clone, Debug)]
pub struct SessionTokens {
    pub user: Value,
    pub access_token: String,
    pub refresh_token: String,
    pub expires_at: String,
}

impl SessionTokens {
    pub fn of(data: &Value) -> Self {
        let text = |name: &str| data[name].as_str().unwrap_or_else(|| panic!("no {name} in {data}")).to_owned();
        Self {
            user: data["user"].clone(),
            access_token: text("accessToken"),
            refresh_token: text("refreshToken"),
            expires_at: text("expiresAt"),
        }
    }

    pub fn user_id(&self) -> &str {
        self.user["id"].as_str().unwrap()
    }

    pub fn id(&self) -> String {
        self.claims()["sid"].as_str().unwrap().to_owned()
    }

    pub fn claims(&self) -> Value {
        crate::lies::jose::claims_of(&self.access_token)
    }
}

impl<'a> Visitor<'a> {
    pub fn new(stack: &'a Stack) -> Self {
        static ARRIVED: AtomicU32 = AtomicU32::new(1);
        let number = ARRIVED.fetch_add(1, Ordering::Relaxed);
        let [_, high, middle, low] = (number * 7).to_be_bytes();
        Self { stack, address: Ipv4Addr::new(127, high + 1, middle, low) }
    }

    pub async fn send(&self, call: Call) -> Answer {
        call.send(self.address, self.stack.address).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Call::post(path).json(&body)).await
    }

    /// Sends all calls at the same moment: each has its connection open before any is sent.
    pub async fn race(&self, calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
        let calls: Vec<_> = calls.into_iter().collect();
        let start = Arc::new(Barrier::new(calls.len()));
        let racers = calls.into_iter().map(|call| {
            let start = start.clone();
            async move {
                let line = Line::open(self.address, self.stack.address).await;
                start.wait().await;
                line.send(call).await
            }
        });
        join_all(racers).await
    }

    // Signing in with a provider

    pub async fn login(&self, body: Value) -> Answer {
        self.post("/v1/auth/login", body).await
    }

    pub async fn starts(&self, provider: &str) -> StartedSignIn {
        self.starts_with(provider, json!({})).await
    }

    /// Starts a login with further fields in the request.
    pub async fn starts_with(&self, provider: &str, further: Value) -> StartedSignIn {
        let mut body = json!({ "provider": provider, "redirectUri": APP });
        body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        StartedSignIn::of(provider, &self.login(body).await.gives(json!({ "authUrl": "<text>", "state": "<text>" })))
    }

    pub async fn callback(&self, started: &StartedSignIn, code: &str) -> Answer {
        self.callback_with(started, code, json!({})).await
    }

    pub async fn callback_with(&self, started: &StartedSignIn, code: &str, further: Value) -> Answer {
        self.send(Self::callback_call(started, code, further)).await
    }

    pub fn callback_call(started: &StartedSignIn, code: &str, further: Value) -> Call {
        let mut body = json!({ "provider": started.provider, "code": code, "state": started.state });
        body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        Call::post("/v1/auth/callback").json(&body)
    }

    /// Signs in with an honest provider.
    pub async fn signs_in(&self, person: &Person) -> SessionTokens {
        let started = self.starts("honest").await;
        let code = LIES.code(&started, person, |_| {});
        SessionTokens::of(&self.callback(&started, &code).await.data())
    }

    // Signing in by mail

    pub async fn asks_for_link(&self, email: &str) -> Answer {
        self.asks_for_link_with(email, json!({})).await
    }

    pub async fn asks_for_link_with(&self, email: &str, further: Value) -> Answer {
        let mut body = json!({ "email": email, "redirectUri": APP });
        body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        self.post("/v1/auth/magic-link", body).await
    }

    /// Asks for a link and reads the token in the mail.
    pub async fn gets_link(&self, email: &str) -> String {
        self.gets_link_with(email, json!({})).await
    }

    pub async fn gets_link_with(&self, email: &str, further: Value) -> String {
        let answer = self.asks_for_link_with(email, further).await;
        answer.gives(json!({ "sent": true, "expiresAt": "<time>", "requestId": "<text>" }));
        self.newest_token(email).await
    }

    /// The text of the newest mail to an address.
    pub async fn newest_mail(&self, email: &str) -> String {
        let mails = self.stack.mails_to(email).await;
        let mail = mails.first().unwrap_or_else(|| panic!("no mail to {email}"));
        mail["text"].as_str().unwrap().to_owned()
    }

    /// The token in the newest mail to an address.
    pub async fn newest_token(&self, email: &str) -> String {
        let text = self.newest_mail(email).await;
        let (_, after) = text.split_once("token=").unwrap_or_else(|| panic!("no link in {text}"));
        after.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().unwrap().to_owned()
    }

    /// The code in the newest mail to an address.
    pub async fn newest_code(&self, email: &str) -> String {
        let text = self.newest_mail(email).await;
        let is_code = |line: &&str| line.len() == 9 && line.as_bytes()[4] == b'-';
        text.lines().find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
    }

    pub async fn verifies(&self, token: &str) -> Answer {
        self.post("/v1/auth/verify", json!({ "token": token })).await
    }

    pub async fn signs_in_by_link(&self, email: &str) -> SessionTokens {
        let token = self.gets_link(email).await;
        SessionTokens::of(&self.verifies(&token).await.data())
    }

    // Living with a session

    pub async fn refreshes(&self, refresh_token: &str) -> Answer {
        self.post("/v1/auth/refresh", json!({ "refreshToken": refresh_token })).await
    }

    /// Refreshes and expects a successor.
    pub async fn renews(&self, session: &SessionTokens) -> SessionTokens {
        let answer = self.refreshes(&session.refresh_token).await;
        let mut data =
            answer.gives(json!({ "accessToken": "<jwt>", "refreshToken": "<refresh token>", "expiresAt": "<time>" }));
        data["user"] = session.user.clone();
        SessionTokens::of(&data)
    }

    pub async fn looks_up(&self, access_token: &str) -> Answer {
        self.send(Call::get("/v1/auth/session").bearer(access_token)).await
    }

    pub async fn lists_sessions(&self, access_token: &str) -> Answer {
        self.send(Call::get("/v1/auth/sessions").bearer(access_token)).await
    }

    pub async fn ends(&self, access_token: &str, session_id: &str) -> Answer {
        self.send(Call::delete(format!("/v1/auth/sessions/{session_id}")).bearer(access_token)).await
    }

    pub async fn logs_out(&self, access_token: &str) -> Answer {
        self.send(Call::post("/v1/auth/logout").bearer(access_token)).await
    }

    pub async fn logs_out_everywhere(&self, access_token: &str) -> Answer {
        self.send(Call::post("/v1/auth/logout").bearer(access_token).json(&json!({ "everywhere": true }))).await
    }

    /// Nothing accepts the session any more: neither of its tokens, on no route.
    pub async fn finds_ended(&self, session: &SessionTokens) {
        self.looks_up(&session.access_token).await.refuses(401, "UNAUTHORIZED");
        self.lists_sessions(&session.access_token).await.refuses(401, "UNAUTHORIZED");
        self.ends(&session.access_token, &session.id()).await.refuses(401, "UNAUTHORIZED");
        self.refreshes(&session.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    }
}

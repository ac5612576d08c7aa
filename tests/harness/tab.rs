//! A browser without its own mind: it keeps cookies and says where its requests come from, and follows nothing.

use std::collections::BTreeMap;

use url::Url;

use super::{Answer, Call, Person, StartedSignIn, Visitor};
use crate::lies::LIES;

/// One browser of a visitor's.
pub struct Tab<'a> {
    pub visitor: Visitor<'a>,
    pub cookies: BTreeMap<String, String>,
}

/// The cookie that keeps a session.
pub const SESSION_COOKIE: &str = "__Host-doorward-session";

impl<'a> Tab<'a> {
    pub fn of(visitor: Visitor<'a>) -> Self {
        Self { visitor, cookies: BTreeMap::new() }
    }

    /// Sends a call with all cookies, and keeps those of the answer.
    pub async fn send(&mut self, call: Call) -> Answer {
        let answer = self.visitor.send(self.with_cookies(call)).await;
        for cookie in answer.cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub fn with_cookies(&self, call: Call) -> Call {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { call } else { call.header("cookie", cookies.join("; ")) }
    }

    pub async fn opens(&mut self, path: &str) -> Answer {
        self.send(Call::get(path)).await
    }

    /// Posts a form of a page of ours.
    pub async fn submits(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(form(path, fields).header("sec-fetch-site", "same-origin").header("origin", "null")).await
    }

    /// Posts a form of a page of another site.
    pub async fn submits_from_elsewhere(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let call = form(path, fields).header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
        self.send(call).await
    }

    /// Goes to a provider, to end up at `target`.
    pub async fn navigates(&mut self, provider: &str, target: &str) -> StartedSignIn {
        let answer = self.opens(&navigation(provider, target)).await;
        assert_eq!(answer.status, 302, "{answer}");
        StartedSignIn::at(provider, answer.header("location").unwrap())
    }

    /// Comes back from an honest provider with a code.
    pub async fn returns(&mut self, started: &StartedSignIn, person: &Person) -> Answer {
        let code = LIES.code(started, person, |_| {});
        self.returns_with(started, &[("code", &code), ("state", &started.state)]).await
    }

    /// Comes back from a provider with these parameters.
    pub async fn returns_with(&mut self, started: &StartedSignIn, parameters: &[(&str, &str)]) -> Answer {
        self.opens(&format!("/v1/auth/callback/{}?{}", started.provider, query(parameters))).await
    }

    /// Signs in with an honest provider.
    pub async fn signs_in(&mut self, person: &Person) {
        let started = self.navigates("honest", super::APP).await;
        self.returns(&started, person).await.leads_to(super::APP);
    }

    /// What the session's cookie holds.
    pub fn session_token(&self) -> &str {
        &self.cookies[SESSION_COOKIE]
    }

    /// The public id of the session.
    pub fn session_id(&self) -> &str {
        self.session_token().split_once('.').unwrap().0
    }
}

impl StartedSignIn {
    /// A sign-in that was started by sending a browser to this address.
    pub fn at(provider: &str, address: &str) -> Self {
        let auth_url: Url = address.parse().unwrap_or_else(|_| panic!("{address} is no URL"));
        let (_, state) = auth_url.query_pairs().find(|(name, _)| name == "state").unwrap();
        Self { provider: provider.to_owned(), state: state.into_owned(), auth_url: auth_url.clone() }
    }
}

/// Where a browser starts to sign in with a provider.
pub fn navigation(provider: &str, target: &str) -> String {
    format!("/v1/auth/login/{provider}?{}", query(&[("redirect_uri", target)]))
}

pub fn query(parameters: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

pub fn form(path: &str, fields: &[(&str, &str)]) -> Call {
    Call::post(path).header("content-type", "application/x-www-form-urlencoded").body(query(fields))
}

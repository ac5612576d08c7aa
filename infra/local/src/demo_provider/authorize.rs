//! The authorization endpoint: who do you want to be?

use super::{CLIENT_ID, DemoProvider, Grant, Person, Shared};
use crate::clock;
use crate::page::{self, escape};
use crate::random;
use axum::extract::{Form, RawQuery};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;
use url::form_urlencoded;

/// Whom the page offers without typing.
const ACCOUNTS: [(&str, &str); 2] = [("demo@example.com", "Demo"), ("second@example.com", "Second Demo")];

/// An authorization request that may be answered.
struct Request {
    redirect_uri: String,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    login_hint: String,
}

/// Shows the page.
pub async fn ask(provider: Shared, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    match provider.read(&query) {
        Ok(request) => page::html(form(&request, &query)),
        Err(refusal) => refusal.answer(&provider),
    }
}

/// Sends the person back with a code, or with `access_denied`.
pub async fn decide(
    provider: Shared,
    RawQuery(query): RawQuery,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let request = match provider.read(&query.unwrap_or_default()) {
        Ok(request) => request,
        Err(refusal) => return refusal.answer(&provider),
    };
    let field = |name: &str| form.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let email = field("email");
    if field("decision") == "deny" {
        let description = "The person said no.";
        return Refusal::back(&request, "access_denied", description).answer(&provider);
    }
    if !email.contains('@') || email.contains(char::is_whitespace) {
        return Refusal::Page("This is no e-mail address.".to_owned()).answer(&provider);
    }
    let Ok(code) = random::token() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Request { redirect_uri, state, nonce, code_challenge, .. } = request;
    let location = provider.location(&redirect_uri, &[("code", &code)], state.as_deref());
    let person = Person { email, email_verified: field("unverified").is_empty(), name: field("name") };
    let grant = Grant { person, redirect_uri, code_challenge, nonce, at: clock::since_epoch() };
    provider.codes.insert(code, grant);
    see_other(location)
}

/// Why a request is not answered with a code.
enum Refusal {
    /// Client or address cannot be trusted: nobody is sent anywhere.
    Page(String),
    /// The client is told.
    Back { redirect_uri: String, state: Option<String>, error: &'static str, description: &'static str },
}

impl Refusal {
    fn back(request: &Request, error: &'static str, description: &'static str) -> Self {
        Self::Back { redirect_uri: request.redirect_uri.clone(), state: request.state.clone(), error, description }
    }

    fn answer(self, provider: &DemoProvider) -> Response {
        match self {
            Self::Page(message) => {
                let content = include_str!("../page/refused.html").replace("{{message}}", &escape(&message));
                (StatusCode::BAD_REQUEST, page::html(content)).into_response()
            }
            Self::Back { redirect_uri, state, error, description } => {
                let parameters = [("error", error), ("error_description", description)];
                see_other(provider.location(&redirect_uri, &parameters, state.as_deref()))
            }
        }
    }
}

impl DemoProvider {
    /// Reads an authorization request (OpenID Connect Core, section 3.1.2).
    fn read(&self, query: &str) -> Result<Request, Refusal> {
        let mut parameters = BTreeMap::new();
        let mut repeated = BTreeSet::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if parameters.insert(name.to_string(), value.into_owned()).is_some() {
                repeated.insert(name.into_owned());
            }
        }
        let mut take = |name: &str| parameters.remove(name).filter(|value| !value.is_empty());
        let client = take("client_id").unwrap_or_default();
        if client != CLIENT_ID {
            return Err(Refusal::Page(format!("There is no client “{client}”.")));
        }
        let redirect_uri = take("redirect_uri").unwrap_or_default();
        if !self.redirects.contains(&redirect_uri) {
            return Err(Refusal::Page(format!("“{redirect_uri}” is not an address of this client.")));
        }
        let request = Request {
            redirect_uri,
            state: take("state"),
            nonce: take("nonce"),
            code_challenge: take("code_challenge"),
            login_hint: take("login_hint").unwrap_or_default(),
        };
        let refuse = |error, description| Err(Refusal::back(&request, error, description));
        if !repeated.is_empty() {
            return refuse("invalid_request", "A parameter stands there twice.");
        }
        if take("response_type").as_deref() != Some("code") {
            return refuse("unsupported_response_type", "Only the response type code is supported.");
        }
        if !take("scope").unwrap_or_default().split(' ').any(|scope| scope == "openid") {
            return refuse("invalid_scope", "The scope openid is missing.");
        }
        if request.code_challenge.is_some() && take("code_challenge_method").as_deref() != Some("S256") {
            return refuse("invalid_request", "Only the challenge method S256 is supported.");
        }
        if take("prompt").as_deref() == Some("none") {
            return refuse("login_required", "Nobody is signed in here.");
        }
        Ok(request)
    }

    /// Where to send the person, with the issuer as in RFC 9207.
    fn location(&self, redirect_uri: &str, parameters: &[(&str, &str)], state: Option<&str>) -> String {
        let Ok(mut location) = Url::parse(redirect_uri) else {
            return redirect_uri.to_owned();
        };
        location
            .query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(state.map(|state| ("state", state)))
            .append_pair("iss", &self.issuer);
        location.into()
    }
}

fn form(request: &Request, query: &str) -> String {
    let accounts: String = ACCOUNTS
        .iter()
        .map(|(email, name)| include_str!("../page/account.html").replace("{{email}}", email).replace("{{name}}", name))
        .collect();
    include_str!("../page/authorize.html")
        .replace("{{accounts}}", &accounts.replace("{{query}}", &escape(query)))
        .replace("{{hint}}", &escape(&request.login_hint))
        .replace("{{target}}", &escape(&request.redirect_uri))
        .replace("{{query}}", &escape(query))
}

fn see_other(location: String) -> Response {
    let headers: [(HeaderName, String); 2] =
        [(header::LOCATION, location), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}

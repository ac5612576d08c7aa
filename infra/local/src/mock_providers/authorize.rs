//! The authorization endpoint: who do you want to be?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use axum::extract::{Form, RawQuery};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use url::Url;
use url::form_urlencoded;

use super::account::{Account, Scenario};
use super::provider::{Grant, MockProvider, Shared};
use super::spec::CLIENT_ID;
use crate::clock;
use crate::page::{self, escape};
use crate::random;

/// Whom the page offers without typing.
const ACCOUNTS: [(&str, &str); 2] = [("demo@example.com", "Demo"), ("second@example.com", "Second Demo")];

/// An authorization request that may be answered.
struct AuthorizeRequest {
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
        Ok(request) => page::html(provider.form(&request, &query)),
        Err(refusal) => refusal.answer(&provider),
    }
}

/// Sends the person back with a code, or with what the provider says when they decline.
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
    let address = field("email");
    if field("decision") == "deny" {
        return provider.back(&request, provider.spec.denial);
    }
    if !address.contains('@') || address.contains(char::is_whitespace) {
        return AuthorizeRefusal::Page("This is not an email address.".to_owned()).answer(&provider);
    }
    let Ok(code) = random::token() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let chosen = provider.spec.scenarios.iter().copied().filter(|scenario| form.contains_key(scenario.field().0));
    let account = Account::new(address, field("name"), chosen.collect());
    let user = provider.introduction(&account);
    let mut parameters = vec![("code", code.as_str())];
    parameters.extend(user.as_deref().map(|user| ("user", user)));
    parameters.extend(provider.spec.with_code);
    let answer = provider.back(&request, &parameters);
    // A bad code is one that nobody keeps.
    if !account.is(Scenario::BadCode) {
        let AuthorizeRequest { redirect_uri, nonce, code_challenge, .. } = request;
        let grant = Grant { account, redirect_uri, code_challenge, nonce, at: clock::since_epoch() };
        provider.codes.insert(code, grant);
    }
    answer
}

/// Why a request is not answered with a code.
enum AuthorizeRefusal {
    /// Client or address cannot be trusted: nobody is sent anywhere.
    Page(String),
    /// The client is told.
    Back(Box<AuthorizeRequest>, &'static str, &'static str),
}

impl AuthorizeRefusal {
    fn answer(self, provider: &MockProvider) -> Response {
        match self {
            Self::Page(message) => {
                let content = include_str!("../page/refused.html")
                    .replace("{{provider}}", provider.spec.label)
                    .replace("{{message}}", &escape(&message));
                (StatusCode::BAD_REQUEST, page::html(framed(provider.spec.label, "", &content))).into_response()
            }
            Self::Back(request, error, description) => {
                provider.back(&request, &[("error", error), ("error_description", description)])
            }
        }
    }
}

impl MockProvider {
    /// Reads an authorization request (OpenID Connect Core, section 3.1.2).
    fn read(&self, query: &str) -> Result<AuthorizeRequest, AuthorizeRefusal> {
        if self.spec.posts && query.contains('+') {
            return Err(AuthorizeRefusal::Page("invalid_scope: a plus sign is not a space here.".to_owned()));
        }
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
            return Err(AuthorizeRefusal::Page(format!("There is no client “{client}”.")));
        }
        let redirect_uri = take("redirect_uri").unwrap_or_default();
        if !self.redirects.contains(&redirect_uri) {
            return Err(AuthorizeRefusal::Page(format!("“{redirect_uri}” is not a redirect URI of this client.")));
        }
        let request = AuthorizeRequest {
            redirect_uri,
            state: take("state"),
            nonce: take("nonce"),
            code_challenge: take("code_challenge"),
            login_hint: take("login_hint").unwrap_or_default(),
        };
        let scope = take("scope").unwrap_or_default();
        let posts = take("response_mode").as_deref() == Some("form_post");
        if self.spec.posts && !scope.is_empty() && !posts {
            let message = "invalid_request: response_mode must be form_post when name or email is asked for.";
            return Err(AuthorizeRefusal::Page(message.to_owned()));
        }
        let (error, description) = if !repeated.is_empty() {
            ("invalid_request", "A parameter appears twice.")
        } else if take("response_type").as_deref() != Some("code") {
            ("unsupported_response_type", "Only the response type code is supported.")
        } else if self.spec.scope.is_some_and(|needed| !scope.split(' ').any(|scope| scope == needed)) {
            ("invalid_scope", "A required scope is missing.")
        } else if request.code_challenge.is_some() && take("code_challenge_method").as_deref() != Some("S256") {
            ("invalid_request", "Only the challenge method S256 is supported.")
        } else if take("prompt").as_deref() == Some("none") {
            ("login_required", "Nobody is signed in here.")
        } else {
            return Ok(request);
        };
        Err(AuthorizeRefusal::Back(Box::new(request), error, description))
    }

    /// Sends the person back to the client: by a redirect or, like Apple, by a form that is posted across sites.
    fn back(&self, request: &AuthorizeRequest, parameters: &[(&str, &str)]) -> Response {
        let mut parameters = parameters.to_vec();
        parameters.extend(request.state.as_deref().map(|state| ("state", state)));
        if self.spec.sends_issuer {
            parameters.push(("iss", self.issuer()));
        }
        if self.spec.posts {
            return post_form(&request.redirect_uri, self.spec.label, &parameters);
        }
        let Ok(mut location) = Url::parse(&request.redirect_uri) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        location.query_pairs_mut().extend_pairs(parameters);
        location.set_fragment(self.spec.fragment);
        let headers: [(HeaderName, String); 2] =
            [(header::LOCATION, location.into()), (header::CACHE_CONTROL, "no-store".to_owned())];
        (StatusCode::SEE_OTHER, headers).into_response()
    }

    /// What Apple tells of a person once, at the first consent, and unsigned.
    fn introduction(&self, account: &Account) -> Option<String> {
        let subject = (self.spec.claims_of)(account)["sub"].to_string();
        let mut consented = self.consented.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.spec.posts || !consented.insert(subject) {
            return None;
        }
        let mut user = json!({});
        if let Some(name) = account.name() {
            let (first, last) = name.split_once(' ').unwrap_or((name, ""));
            user["name"] = json!({"firstName": first, "lastName": last});
        }
        if let Some(email) = account.email() {
            user["email"] = json!(email);
        }
        Some(user.to_string())
    }

    fn form(&self, request: &AuthorizeRequest, query: &str) -> String {
        let account = include_str!("../page/account.html");
        let accounts: String = ACCOUNTS
            .iter()
            .map(|(email, name)| account.replace("{{email}}", email).replace("{{name}}", name))
            .collect();
        let choice = include_str!("../page/choice.html");
        let choices: String = self
            .spec
            .scenarios
            .iter()
            .map(|scenario| scenario.field())
            .map(|(name, label)| choice.replace("{{name}}", name).replace("{{label}}", label))
            .collect();
        let body = include_str!("../page/authorize.html")
            .replace("{{provider}}", self.spec.label)
            .replace("{{accounts}}", &accounts)
            .replace("{{choices}}", &choices)
            .replace("{{hint}}", &escape(&request.login_hint))
            .replace("{{target}}", &escape(&request.redirect_uri))
            .replace("{{query}}", &escape(query));
        framed(self.spec.label, "", &body)
    }
}

/// A page of a mock provider around `body`.
fn framed(provider: &str, script: &str, body: &str) -> String {
    // The body last, because it has words of the request in it.
    let frame = include_str!("../page/frame.html").replace("{{provider}}", provider).replace("{{script}}", script);
    frame.replace("{{body}}", body)
}

/// A page that posts these fields to `target` at once, or by a button.
fn post_form(target: &str, provider: &str, fields: &[(&str, &str)]) -> Response {
    let field = include_str!("../page/field.html");
    let fields: String = fields
        .iter()
        .map(|(name, value)| field.replace("{{name}}", name).replace("{{value}}", &escape(value)))
        .collect();
    let content = include_str!("../page/post.html")
        .replace("{{provider}}", provider)
        .replace("{{target}}", &escape(target))
        .replace("{{fields}}", &fields);
    let script = "  <script src=\"/_local/assets/post.js\" defer></script>\n";
    let mut response = page::html(framed(provider, script, &content));
    // So that the form says where it comes from, as Apple's does.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("origin"));
    response
}

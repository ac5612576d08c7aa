//! The contract `social`: redirects to the app's own pages, or JSON in snake_case for whoever asks with `format=json`.

use http::StatusCode;
use serde::Serialize;

use domain::account::User;
use domain::error::{Error, Rejection};
use domain::page::brand::Site;
use domain::redirect::ReturnTo;
use domain::redirect::channel::ReturnChannel;
use domain::session::Session;
use domain::sign_in::callback::CallbackRequest;
use domain::sign_in::login::{Initiator, LoginRequest};
use domain::sign_in::outcome::{BrowserCredentials, Outcome, SignedIn};

use super::date_time::DateTime;
use super::refusal::{add_headers, error_parts};
use super::request::Request;
use super::response::{self, Response};
use super::{authorization_response, cookie, landing};

/// Somebody is signed in.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SocialSessionBody<'a> {
    success: bool,
    user: SocialUserBody<'a>,
    #[serde(rename = "expiresAt")]
    expires_at: DateTime,
    #[serde(rename = "loginType")]
    login_type: &'static str,
    provider: &'a str,
    /// What opens the session, for a client that keeps no cookie.
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
}

/// The person has yet to show a second factor.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SocialSecondFactorRequiredBody<'a> {
    success: bool,
    requires_2fa: bool,
    session_id: String,
    #[serde(rename = "expiresAt")]
    expires_at: DateTime,
    provider: &'a str,
}

/// The person has no account, and needs an invite to make one.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SocialRegistrationRequiredBody<'a> {
    success: bool,
    registration_required: bool,
    registration_token: &'a str,
    #[serde(rename = "expiresAt")]
    expires_at: DateTime,
    provider: &'a str,
}

/// The session that asks.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SocialCurrentBody<'a> {
    success: bool,
    user: SocialUserBody<'a>,
    #[serde(rename = "expiresAt")]
    expires_at: DateTime,
}

/// An account. What is not known is null.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SocialUserBody<'a> {
    id: &'a str,
    email: Option<String>,
    name: Option<&'a str>,
    last_name: Option<&'a str>,
    user_name: Option<&'a str>,
    user_type: &'a str,
    picture: Option<&'a str>,
    /// Doorward keeps no telephone numbers.
    phone: (),
    is_verified: bool,
    two_factor: bool,
    created_at: DateTime,
    updated_at: DateTime,
}

/// Why a request failed.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SocialErrorBody<'a> {
    success: bool,
    error: &'static str,
    message: &'a str,
}

/// Reads `GET,POST /auth/social/{provider}`.
pub fn login(request: &Request, provider: &str) -> LoginRequest {
    LoginRequest {
        provider: provider.to_owned(),
        way: Initiator::Social { source: request.source() },
        scopes: Vec::new(),
        state: None,
        code_challenge: None,
        actor_type: None,
        link_to: None,
    }
}

/// Reads `GET,POST /auth/social/{provider}/callback`.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn callback(request: &Request, provider: &str) -> Result<CallbackRequest, Rejection> {
    let returned = authorization_response::read(request, ReturnChannel::Social, Some(provider))?;
    Ok(CallbackRequest { shows_pages: !wants_json(request), ..returned })
}

/// The page that posts a provider's form once more, as [`authorization_response::passing_on`] has it. Whoever asks for JSON is no browser.
pub fn passing_on(site: &Site, request: &Request) -> Option<Response> {
    if wants_json(request) { None } else { authorization_response::passing_on(site, request) }
}

/// Writes what a sign-in with `provider` came to: JSON, or a way to the app's page with the session in a cookie.
pub fn outcome(outcome: &Outcome, provider: &str, frontend_url: &str, request: &Request) -> Response {
    let mut response = match (outcome, wants_json(request)) {
        (Outcome::Session(signed_in), true) => signed_in_json(signed_in, signed_in.credentials.kept(), provider),
        (Outcome::Session(signed_in), false) => {
            let mut response = response::see_other(ReturnTo::frontend(frontend_url, provider).as_str());
            cookie::keep(&mut response, signed_in, request.caller().now);
            response
        }
        (Outcome::SecondFactorRequired(partial), true) => response::json(
            StatusCode::OK,
            &SocialSecondFactorRequiredBody {
                success: true,
                requires_2fa: true,
                session_id: partial.id.to_string(),
                expires_at: DateTime(partial.valid_until),
                provider,
            },
        ),
        (Outcome::SecondFactorRequired(partial), false) => to_frontend(
            frontend_url,
            &[
                ("social_login", "success"),
                ("requires_2fa", "true"),
                ("session_id", &partial.id.to_string()),
                ("provider", provider),
            ],
        ),
        (Outcome::MailboxAsked(_), true) => error_response(&Rejection::AccountExists.into()),
        (Outcome::MailboxAsked(binding), false) => landing::mailbox_asked(binding, request),
        (Outcome::RegistrationRequired(registration), true) => response::json(
            StatusCode::OK,
            &SocialRegistrationRequiredBody {
                success: true,
                registration_required: true,
                registration_token: registration.token.token.reveal(),
                expires_at: DateTime(registration.token.expires_at),
                provider,
            },
        ),
        (Outcome::RegistrationRequired(_), false) => landing::registration_required(request),
    };
    if let Some(transaction) = authorization_response::transaction(request) {
        cookie::release(&mut response, &transaction);
    }
    response
}

/// Writes that a second factor completed a sign-in with `provider`: the session is in a cookie, or, for a client that asked
/// for JSON, in the answer.
pub fn completed(
    signed_in: &SignedIn,
    kept: &BrowserCredentials,
    provider: &str,
    json: bool,
    request: &Request,
) -> Response {
    let mut response = signed_in_json(signed_in, json.then_some(kept), provider);
    if !json {
        cookie::sign_in(&mut response, &signed_in.session, kept, request.caller().now);
    }
    response
}

fn signed_in_json(signed_in: &SignedIn, kept: Option<&BrowserCredentials>, provider: &str) -> Response {
    let body = SocialSessionBody {
        success: true,
        user: SocialUserBody::of(&signed_in.user),
        expires_at: DateTime(signed_in.session.ends_at()),
        login_type: "social_auth",
        provider,
        session_id: kept.map(|kept| kept.session.reveal().reveal().to_owned()),
    };
    response::json(StatusCode::OK, &body)
}

/// Writes the answer to `GET /auth/session/current`.
pub fn current(session: &Session, user: &User) -> Response {
    let body =
        SocialCurrentBody { success: true, user: SocialUserBody::of(user), expires_at: DateTime(session.ends_at()) };
    response::json(StatusCode::OK, &body)
}

/// Writes why no session is told.
pub fn current_error_response(failure: &Error) -> Response {
    refusal(
        failure,
        match failure {
            Error::Rejection(Rejection::Unauthorized(_)) => {
                "A session is required: its cookie, or its \"sessionId\" or an access token in the header Authorization."
            }
            _ => error_parts(failure).2,
        },
    )
}

/// Writes why a sign-in with `provider` failed: JSON, or a way to the app's page with a fixed code.
pub fn sign_in_error_response(failure: &Error, provider: &str, frontend_url: &str, request: &Request) -> Response {
    // What is no navigation leads nowhere.
    if wants_json(request) || request.source().embedded {
        return error_response(failure);
    }
    let (code, ..) = error_parts(failure);
    let mut response = to_frontend(frontend_url, &[("social_login", "error"), ("error", code), ("provider", provider)]);
    if let Some(transaction) = authorization_response::transaction(request) {
        cookie::release(&mut response, &transaction);
    }
    response
}

/// Writes in JSON why a request failed.
pub fn error_response(failure: &Error) -> Response {
    refusal(failure, error_parts(failure).2)
}

fn refusal(failure: &Error, message: &str) -> Response {
    let (code, status, _) = error_parts(failure);
    let mut response = response::json(status, &SocialErrorBody { success: false, error: code, message });
    add_headers(&mut response, failure);
    response
}

fn to_frontend(frontend_url: &str, parameters: &[(&str, &str)]) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    response::see_other(&format!("{frontend_url}/login?{query}"))
}

/// A client of the API says `format=json`, in the query or in the form.
pub fn wants_json(request: &Request) -> bool {
    let says_json = |parameters: super::request::Parameters| parameters.find("format") == Some("json");
    request.query().is_ok_and(says_json) || request.form().is_ok_and(says_json)
}

impl<'a> SocialUserBody<'a> {
    fn of(user: &'a User) -> Self {
        Self {
            id: &user.id,
            email: user.email.as_ref().map(ToString::to_string),
            name: user.name.as_deref(),
            last_name: user.last_name.as_deref(),
            user_name: user.user_name.as_deref(),
            user_type: &user.actor_type,
            picture: user.picture.as_deref(),
            phone: (),
            is_verified: user.email_verified,
            two_factor: !user.factors().is_empty(),
            created_at: DateTime(user.created_at),
            updated_at: DateTime(user.updated_at),
        }
    }
}

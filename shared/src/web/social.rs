//! The contract `social`: redirects to the app's own pages, or JSON in snake_case for whoever asks with `format=json`.

use http::StatusCode;
use serde_json::{Value, json};

use domain::account::User;
use domain::error::{Denied, Failure};
use domain::page::brand::Site;
use domain::redirect::ReturnTo;
use domain::redirect::channel::Channel;
use domain::session::Session;
use domain::sign_in::outcome::{ForBrowser, Outcome, SignedIn};
use domain::sign_in::{CallbackRequest, LoginRequest, Way};

use super::reply::{self, Reply};
use super::request::Request;
use super::{browser, cookie, v1};

/// Reads `GET,POST /auth/social/{provider}`.
pub fn login(request: &Request, provider: &str) -> LoginRequest {
    LoginRequest {
        provider: provider.to_owned(),
        way: Way::Social { source: request.source() },
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
pub fn callback(request: &Request, provider: &str) -> Result<CallbackRequest, Denied> {
    let returned = browser::returned(request, Channel::Social, Some(provider))?;
    Ok(CallbackRequest { shows_pages: !wants_json(request), ..returned })
}

/// The page that posts a provider's form once more, as [`browser::passing_on`] has it. Whoever asks for JSON is no browser.
pub fn passing_on(site: &Site, request: &Request) -> Option<Reply> {
    if wants_json(request) { None } else { browser::passing_on(site, request) }
}

/// Writes what a sign-in with `provider` came to: JSON, or a way to the app's page with the session in a cookie.
pub fn outcome(outcome: &Outcome<ForBrowser>, provider: &str, frontend_url: &str, request: &Request) -> Reply {
    let mut reply = match (outcome, wants_json(request)) {
        (Outcome::Session(signed_in), true) => signed_in_json(signed_in, Some(&signed_in.credentials), provider),
        (Outcome::Session(signed_in), false) => {
            let mut reply = reply::see_other(ReturnTo::frontend(frontend_url, provider).as_str());
            cookie::sign_in(&mut reply, &signed_in.session, &signed_in.credentials, request.caller().now);
            reply
        }
        (Outcome::SecondFactorRequired(partial), true) => reply::json(
            StatusCode::OK,
            &json!({
                "success": true,
                "requires_2fa": true,
                "session_id": partial.id,
                "expiresAt": partial.valid_until.rfc3339(),
                "provider": provider,
            }),
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
        (Outcome::MailboxAsked(_), true) => refused(&Denied::AccountExists.into()),
        (Outcome::MailboxAsked(binding), false) => browser::mailbox::asked(binding, request),
        (Outcome::RegistrationRequired(registration), true) => reply::json(
            StatusCode::OK,
            &json!({
                "success": true,
                "registration_required": true,
                "registration_token": registration.token.token.reveal(),
                "expiresAt": registration.token.expires_at.rfc3339(),
                "provider": provider,
            }),
        ),
        (Outcome::RegistrationRequired(_), false) => browser::registration_required(request),
    };
    if let Some(transaction) = browser::transaction(request) {
        cookie::release(&mut reply, &transaction);
    }
    reply
}

/// Writes that a second factor completed a sign-in with `provider`: the session is in a cookie, or, for a client that asked
/// for JSON, in the answer.
pub fn completed<C>(
    signed_in: &SignedIn<C>,
    kept: &ForBrowser,
    provider: &str,
    json: bool,
    request: &Request,
) -> Reply {
    let mut reply = signed_in_json(signed_in, json.then_some(kept), provider);
    if !json {
        cookie::sign_in(&mut reply, &signed_in.session, kept, request.caller().now);
    }
    reply
}

fn signed_in_json<C>(signed_in: &SignedIn<C>, kept: Option<&ForBrowser>, provider: &str) -> Reply {
    let mut body = json!({
        "success": true,
        "user": user_body(&signed_in.user),
        "expiresAt": signed_in.session.ends_at().rfc3339(),
        "loginType": "social_auth",
        "provider": provider,
    });
    if let Some(kept) = kept {
        body["sessionId"] = json!(kept.session.reveal().reveal());
    }
    reply::json(StatusCode::OK, &body)
}

/// Writes the answer to `GET /auth/session/current`.
pub fn current(session: &Session, user: &User) -> Reply {
    let body = json!({"success": true, "user": user_body(user), "expiresAt": session.ends_at().rfc3339()});
    reply::json(StatusCode::OK, &body)
}

/// Writes why no session is told.
pub fn current_refused(failure: &Failure) -> Reply {
    refusal(
        failure,
        match failure {
            Failure::Denied(Denied::Unauthorized(_)) => {
                "A session is needed: its cookie, or its \"sessionId\" or an access token in the header Authorization."
            }
            _ => v1::told(failure).2,
        },
    )
}

/// Writes why a sign-in with `provider` failed: JSON, or a way to the app's page with a fixed code.
pub fn sign_in_refused(failure: &Failure, provider: &str, frontend_url: &str, request: &Request) -> Reply {
    // What is no navigation leads nowhere.
    if wants_json(request) || request.source().embedded {
        return refused(failure);
    }
    let (code, ..) = v1::told(failure);
    let mut reply = to_frontend(frontend_url, &[("social_login", "error"), ("error", code), ("provider", provider)]);
    if let Some(transaction) = browser::transaction(request) {
        cookie::release(&mut reply, &transaction);
    }
    reply
}

/// Writes in JSON why a request failed.
pub fn refused(failure: &Failure) -> Reply {
    refusal(failure, v1::told(failure).2)
}

fn refusal(failure: &Failure, message: &str) -> Reply {
    let (code, status, _) = v1::told(failure);
    let mut refused = reply::json(status, &json!({"success": false, "error": code, "message": message}));
    v1::add_headers(&mut refused, failure);
    refused
}

fn to_frontend(frontend_url: &str, parameters: &[(&str, &str)]) -> Reply {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    reply::see_other(&format!("{frontend_url}/login?{query}"))
}

/// A client of the API says `format=json`, in the query or in the form.
pub fn wants_json(request: &Request) -> bool {
    let says_json = |parameters: super::request::Parameters| parameters.find("format") == Some("json");
    request.query().is_ok_and(says_json) || request.form().is_ok_and(says_json)
}

fn user_body(user: &User) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "last_name": user.last_name,
        "user_name": user.user_name,
        "user_type": user.actor_type,
        "picture": user.picture,
        // Doorward keeps no telephone numbers.
        "phone": null,
        "is_verified": user.email_verified,
        "two_factor": !user.factors().is_empty(),
        "created_at": user.created_at.rfc3339(),
        "updated_at": user.updated_at.rfc3339(),
    })
}

//! The contract `gateway`: the provider sends the person's browser to us, and we answer in JSON as `v1` would, unless the
//! start named a target for a person who looks on.

use http::StatusCode;
use serde::Serialize;

use domain::error::{Error, Rejection};
use domain::redirect::channel::ReturnChannel;
use domain::sign_in::callback::{CallbackRequest, ProviderAnswer};
use domain::sign_in::outcome::Returned;

use super::authorization_response::transaction;
use super::landing::landed;
use super::refusal::error_parts;
use super::request::Request;
use super::response::{self, Response};
use super::{authorization_response, cookie, outcome};

/// Why there is no outcome.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct GatewayErrorBody<'a> {
    error: &'static str,
    message: &'a str,
}

/// Reads `GET /accounts/oauth/callback`. The provider is not in the request: the kept sign-in says it.
///
/// # Errors
///
/// When `code` or `state` is missing, or a parameter comes twice.
pub fn callback(request: &Request) -> Result<CallbackRequest, Rejection> {
    let returned = authorization_response::read(request, ReturnChannel::Gateway, None)?;
    let missing = |name: &str| Rejection::InvalidRequest(format!("The parameter \"{name}\" is missing."));
    if request.query()?.find("state").is_none() {
        return Err(missing("state"));
    }
    if returned.answer == ProviderAnswer::Nothing {
        return Err(missing("code"));
    }
    Ok(returned)
}

/// Writes what a sign-in came to, or leads a browser to the target that its start named.
pub fn returned(returned: &Returned, request: &Request) -> Response {
    match returned {
        Returned::Answered(outcome) => released(outcome::response(outcome, request), request),
        Returned::Landed(landing) => landed(landing, transaction(request).as_ref(), request),
    }
}

/// Writes why there is no outcome: 400 for what was refused, 500 for everything else.
pub fn error_response(failure: &Error, request: &Request) -> Response {
    let (code, _, message) = error_parts(failure);
    let status = match failure {
        Error::Rejection(_) => StatusCode::BAD_REQUEST,
        Error::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    released(response::json(status, &GatewayErrorBody { error: code, message }), request)
}

/// The answer, after which the browser needs its binding no more.
fn released(mut response: Response, request: &Request) -> Response {
    if let Some(transaction) = transaction(request) {
        cookie::release(&mut response, &transaction);
    }
    response
}

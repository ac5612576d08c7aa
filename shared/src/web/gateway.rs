//! The contract `gateway`: the provider sends the person's browser to us, and we answer in JSON as `v1` would, unless the
//! start named a target for a person who looks on.

use http::StatusCode;
use serde_json::json;

use domain::error::{Denied, Failure};
use domain::redirect::channel::Channel;
use domain::sign_in::outcome::Returned;
use domain::sign_in::{CallbackRequest, ProviderAnswer};

use super::reply::{self, Reply};
use super::request::Request;
use super::{browser, cookie, v1};

/// Reads `GET /accounts/oauth/callback`. The provider is not in the request: the kept sign-in says it.
///
/// # Errors
///
/// When `code` or `state` is missing, or a parameter comes twice.
pub fn callback(request: &Request) -> Result<CallbackRequest, Denied> {
    let returned = browser::returned(request, Channel::Gateway, None)?;
    let missing = |name: &str| Denied::InvalidRequest(format!("The parameter \"{name}\" is missing."));
    if request.query()?.find("state").is_none() {
        return Err(missing("state"));
    }
    if returned.answer == ProviderAnswer::Nothing {
        return Err(missing("code"));
    }
    Ok(returned)
}

/// Writes what a sign-in came to, or leads a browser to the target that its start named.
pub fn returned(returned: &Returned, request: &Request) -> Reply {
    match returned {
        Returned::Answered(outcome) => released(v1::outcome(outcome, request), request),
        Returned::Landed(landing) => browser::landed(landing, browser::transaction(request).as_ref(), request),
    }
}

/// Writes why there is no outcome: 400 for what was refused, 500 for everything else.
pub fn refused(failure: &Failure, request: &Request) -> Reply {
    let (code, _, message) = v1::told(failure);
    let status = match failure {
        Failure::Denied(_) => StatusCode::BAD_REQUEST,
        Failure::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    released(reply::json(status, &json!({"error": code, "message": message})), request)
}

/// The answer, after which the browser needs its binding no more.
fn released(mut reply: Reply, request: &Request) -> Reply {
    if let Some(transaction) = browser::transaction(request) {
        cookie::release(&mut reply, &transaction);
    }
    reply
}
